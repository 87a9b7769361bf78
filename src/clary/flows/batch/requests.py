"""What a person asks of a batch: which documents, under which number, decided how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from clary.flows.batch.kinds import DetailLevel, Kind
from clary.kernel.change import Body, JsonValue


class BatchPer(StrEnum):
    """How many batches a run makes in ConnectWise: one, or one for each document."""

    RUN = "run"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Place:
    """A location of the service company."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Which unposted documents are meant.

    Attributes:
        through: last day of the documents; the whole day counts.  None takes all.
        location: only documents of this location; none is all.
        kinds: only documents of these kinds.
        detail: how much text the lines of invoices carry.
        include: only these documents, by number or id; empty for all.
        exclude: not these documents.
    """

    through: date | None = None
    location: Place | None = None
    kinds: frozenset[Kind] = frozenset(Kind)
    detail: DetailLevel = DetailLevel.DEFAULT
    include: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """Everything that single documents are called by."""
        return self.include | self.exclude

    def chooser(self, meant: Mapping[str, str]) -> Callable[[str], bool]:
        """Return what tells of the id of a document whether it is meant, as far as names say.

        Args:
            meant: the id that each name means, see `meaning.Meaning`.
        """
        include, exclude = (
            {meant.get(name.casefold()) for name in names} for names in (self.include, self.exclude)
        )
        return lambda document: document not in exclude and (not include or document in include)

    def as_body(self) -> Body:
        """Return the selection as JSON-ready values."""
        return {
            "through": None if self.through is None else self.through.isoformat(),
            "location": None if self.location is None else self.location.name,
            "location_id": None if self.location is None else self.location.id,
            "kinds": [kind.value for kind in Kind if kind in self.kinds],
            "detail": self.detail.value,
            "include": _listed(self.include),
            "exclude": _listed(self.exclude),
        }


def scope_of(body: Mapping[str, JsonValue]) -> Selection:
    """Return the selection that `Selection.as_body` wrote, without its single documents."""
    through, place = body.get("through"), body.get("location_id")
    kinds = body.get("kinds")
    return Selection(
        through=date.fromisoformat(through) if isinstance(through, str) else None,
        location=Place(place, str(body.get("location"))) if isinstance(place, int) else None,
        kinds=frozenset(Kind(str(each)) for each in kinds) if isinstance(kinds, list) else _ALL,
    )


_ALL = frozenset(Kind)


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a person decided about single documents, by number or id.

    Attributes:
        same: the document that was found in the books, entered by hand, is this one.
        other: it is another one; this one is posted as well.
        repost: it was changed after it was posted: take that back and post it anew.
        handled: mark it as posted in ConnectWise without posting anything.
    """

    same: frozenset[str] = frozenset()
    other: frozenset[str] = frozenset()
    repost: frozenset[str] = frozenset()
    handled: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """Everything that single documents are called by."""
        return self.same | self.other | self.repost | self.handled


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """A batch as it is asked for.

    Attributes:
        selection: which documents.
        number: number of the batch, checked; with `split` the start of three.
        split: one batch for each kind, with its letter at the end of the number.
        batch_per: one batch for the run, or one for each document.
        decisions: what was decided about single documents.
        clears: everything that is selected is marked as posted, and nothing is posted.
        is_rest: the documents are what another batch left over; of what does not wait any
            more a warning is enough.
        note: a sentence for the reader.
    """

    selection: Selection
    number: str
    split: bool = False
    batch_per: BatchPer = BatchPer.RUN
    decisions: Decisions = field(default_factory=Decisions)
    clears: bool = False
    is_rest: bool = False
    note: str = ""


def _listed(names: frozenset[str]) -> JsonValue:
    return sorted(names)
