"""What can be pushed to a company: the option trees of the push API, from the declarations.

The sandbox and every other driver enforce the ledger's declarations; lengths and decimals
here are read from those, so that options and refusals cannot drift apart.  Beside the prose
each property has `maxLength` (characters, or entries of a list) and `decimals`, which the
API's schema lets us add.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from clary.flows.push import problems
from clary.flows.push.declaring import Field, Note, OptionType, PushType, PushVerb
from clary.flows.push.showing import Record, Shown
from clary.flows.push.types import PLATFORMS
from clary.kernel.errors import ClaryError
from clary.ledger.fields import EditionName, FieldSpec, Kind

OLD_RELEASES: Final[Mapping[EditionName, str]] = {
    "uk": "Releases before 22 (2016) cannot be written to.",
}
"""What the options say of a whole type (push-api.md 2.1)."""

_NUMBERS: Final = frozenset({Kind.MONEY, Kind.DECIMAL})


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the ledger's record the walk is."""

    push_type: PushType
    edition: EditionName
    prefix: str
    lengths: Mapping[str, int]

    def spec(self, field: Field) -> FieldSpec | None:
        """Return the ledger's declaration of a field, none where it has none."""
        own = field.ours.get(self.edition)
        return None if own is None else self.push_type.spec(self.edition, self.prefix + own)

    def length(self, field: Field) -> int | None:
        """Return the most characters or entries of a field, none where it has no limit."""
        spec = self.spec(field)
        rule = spec.rule(self.edition) if spec is not None else None
        if rule is None or spec is None or spec.kind not in (Kind.TEXT, Kind.GROUP):
            return None
        found = self.lengths.get(f"{self.prefix}{field.ours[self.edition]}")
        known = [length for length in (rule.length, found) if length is not None]
        return min(known) if known else None

    def inside(self, field: Field) -> _Place:
        """Return the place of a field's own properties."""
        own = field.ours.get(self.edition)
        if own is None or field.kind is not OptionType.ARRAY:
            return self
        return _Place(self.push_type, self.edition, f"{self.prefix}{own}.", self.lengths)


def options(
    push_type: PushType, edition: EditionName, lengths: Mapping[str, int] | None = None
) -> Record:
    """Return what may be pushed of a data type, as the API's PushOption.

    Args:
        push_type: the data type.
        edition: of the company.
        lengths: lengths really found at the company, by dotted path of the ledger's field.

    Raises:
        Unsupported: the edition takes no documents of the type (DATATYPE_UNSUPPORTED).
    """
    if not push_type.is_pushed_in(edition):
        raise unsupported(push_type.name, edition)
    place = _Place(push_type, edition, "", lengths or {})
    old = OLD_RELEASES.get(edition)
    information: list[Shown] = [] if old is None else [{"details": old}]
    return {
        "type": OptionType.OBJECT.value,
        "displayName": push_type.label,
        "description": push_type.help,
        "properties": _properties(push_type.written(edition), place, ""),
        "required": True,
        "validation": {"warnings": [], "information": information},
    }


def unsupported(name: str, edition: EditionName) -> ClaryError:
    """Return the error for a data type, or a verb of it, that the integration cannot do."""
    return problems.DATATYPE_UNSUPPORTED.raised(name=name, platform=PLATFORMS[edition].name)


def check_verb(push_type: PushType | None, name: str, verb: PushVerb, edition: EditionName) -> None:
    """Refuse a verb that the API has not for a data type, in the API's own words.

    Raises:
        Unsupported: DATATYPE_UNSUPPORTED.
    """
    if push_type is None or edition not in push_type.records or verb not in push_type.verbs:
        raise unsupported(name, edition)


def _properties(fields: tuple[Field, ...], place: _Place, path: str) -> Record:
    return {field.name: _property(field, place, f"{path}{field.name}") for field in fields}


def _property(field: Field, place: _Place, path: str) -> Record:
    edition = place.edition
    made: Record = {
        "type": field.kind.value,
        "displayName": field.label,
        "description": field.help,
        "required": edition in field.required,
        "validation": _validation(field, place, path),
    }
    choices = field.choices.get(edition, ())
    if choices:
        made["options"] = [_choice(value) for value in choices]
    inner = field.written(edition)
    if inner:
        # Fields of an entry are named from its list on, as the established options name them.
        below = f"{field.name}." if field.kind is OptionType.ARRAY else f"{path}."
        made["properties"] = _properties(inner, place.inside(field), below)
    length, spec = place.length(field), place.spec(field)
    if length is not None:
        made["maxLength"] = length
    if spec is not None and spec.kind in _NUMBERS:
        made["decimals"] = spec.places
    return made


def _choice(value: str) -> Record:
    return {
        "value": value,
        "type": OptionType.STRING.value,
        "displayName": value,
        "description": value,
        "required": False,
    }


def _validation(field: Field, place: _Place, path: str) -> Record:
    notes = [note for note in field.notes if place.edition in note.editions]
    length = place.length(field)
    if length is not None:
        unit = "entries" if field.kind is OptionType.ARRAY else "characters"
        notes.append(Note(f"At most {length} {unit}."))
    return {
        "warnings": [_detail(path, note) for note in notes if note.warns],
        "information": [_detail(path, note) for note in notes if not note.warns],
    }


def _detail(path: str, note: Note) -> Record:
    return {"field": path, "details": note.text}
