"""One page per record type: its names, its fields and the rules of both editions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clary.ledger.fields import EDITIONS, EditionName, FieldSpec, Kind, Rule
from clary.ledger.record import Family, Record, RecordType, fields_of, groups_of
from clary.ledger.registry import all_record_types
from scripts.reference_pages.page import FOLDER, Page, first_paragraph, table

RECORDS = f"{FOLDER}/records"

FAMILIES: Mapping[Family, str] = {
    Family.LIST: "a list record: it posts nothing itself",
    Family.ORDER: "an order or quote: it posts nothing",
    Family.POSTED: "a document that posts to the general ledger",
}

RELEASES: Mapping[EditionName, str] = {"us": "release", "uk": "version"}

INTRODUCTION = """
What a caller can read and write, each type declared once in `src/clary/ledger/types/`. The
names are the US ones; a UK company shows its own words, which are accepted everywhere as
aliases. `clary records describe` gives the same as JSON Schema.
"""

READING = """
A cell of an edition says what it asks of the field; **-** means that the edition does not
have it. A rule without a source below the table is a plausible default that no source has
confirmed (inferred). *Computed* fields are worked out by the company and can't be stated.
"""


def page_path(record_type: str) -> str:
    """Return the path of the page of a record type."""
    return f"{RECORDS}/{record_type}.md"


def pages() -> Iterator[Page]:
    """Yield the list of record types and one page for each."""
    types = sorted(all_record_types(), key=lambda declared: declared.name)
    rows = [
        (f"[{t.name}]({t.name}.md)", first_paragraph(t.record.__doc__), *_words(t)) for t in types
    ]
    head = ("record type", "what it is", "US", "UK")
    yield Page(f"{RECORDS}/README.md", "Record types", (INTRODUCTION, table(head, rows)))
    for declared in types:
        yield Page(page_path(declared.name), declared.name, tuple(_type_parts(declared)))


def _words(declared: RecordType) -> list[str]:
    words = [declared.words_in(edition) for edition in EDITIONS]
    return [f"{word.one}, {word.many}" if word else "-" for word in words]


def _type_parts(declared: RecordType) -> Iterator[str]:
    yield first_paragraph(declared.record.__doc__)
    if declared.notes:
        yield declared.notes
    us, uk = _words(declared)
    facts = [
        ("kind", FAMILIES[declared.family]),
        ("in US companies", us),
        ("in UK companies", uk),
        ("also accepted as", ", ".join(f"`{alias}`" for alias in declared.aliases)),
        ("key", f"`{declared.key}`"),
        ("number", f"`{declared.number}`" if declared.number else ""),
        ("origin stored in", f"`{declared.origin}`" if declared.origin else ""),
    ]
    yield table(("", ""), [fact for fact in facts if fact[1]])
    yield READING
    yield from _record_parts("Fields", "", declared.record)


def _record_parts(title: str, prefix: str, record: type[Record]) -> Iterator[str]:
    fields = fields_of(record)
    yield f"## {title}"
    if prefix:
        yield first_paragraph(record.__doc__)
    rows = [_row(prefix, spec) for spec in fields.values()]
    yield table(("field", "label", "holds", "US", "UK"), rows)
    yield from _sources(prefix, fields)
    for name, group in groups_of(record).items():
        inner = f"{prefix}{name}."
        yield from _record_parts(f"Fields of `{inner[:-1]}`", inner, group)


def _row(prefix: str, spec: FieldSpec) -> tuple[str, ...]:
    label = f"{spec.label}. {spec.help}" if spec.help else spec.label
    return (f"`{prefix}{spec.name}`", label, _holds(spec), *(_asked(spec, e) for e in EDITIONS))


def _holds(spec: FieldSpec) -> str:
    words = [spec.kind.value]
    if spec.kind is Kind.DECIMAL:
        words.append(f"up to {spec.places} decimals")
    if spec.reference:
        words.append(f"key of [{spec.reference}]({spec.reference}.md)")
    if spec.key:
        words.append("the key")
    if spec.computed:
        words.append("computed")
    return ", ".join(words)


def _asked(spec: FieldSpec, edition: EditionName) -> str:
    rule = spec.rule(edition)
    if rule is None:
        return "-"
    return "; ".join(_asks(spec, rule, RELEASES[edition])) or "yes"


def _asks(spec: FieldSpec, rule: Rule, release: str) -> Iterator[str]:
    if rule.label and rule.label != spec.label:
        yield f"called {rule.label}"
    if rule.required:
        yield "required"
    if rule.length is not None:
        yield f"up to {rule.length} {'entries' if spec.kind is Kind.GROUP else 'characters'}"
    if rule.characters:
        yield f"characters: `{rule.characters}`"
    if rule.upper:
        yield "stored in upper case"
    if rule.choices:
        yield "one of " + ", ".join(f"`{choice}`" for choice in rule.choices)
    if rule.since is not None:
        yield f"since {release} {rule.since}"
    if rule.until is not None:
        yield f"until {release} {rule.until}"


def _sources(prefix: str, fields: Mapping[str, FieldSpec]) -> Iterator[str]:
    named: dict[str, list[str]] = {}
    for name, spec in fields.items():
        for edition, rule in spec.rules.items():
            if rule.source:
                named.setdefault(rule.source, []).append(f"`{prefix}{name}` ({edition.upper()})")
    if named:
        lines = [f"- {source}: {', '.join(names)}" for source, names in sorted(named.items())]
        yield "Sources:\n\n" + "\n".join(lines)
