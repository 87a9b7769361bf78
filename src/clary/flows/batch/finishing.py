"""Finishes the changes of a batch when the documents it stands for have ended.

A batch holds exactly the GL ids of what is in the books: which documents those are is
known only when the plan is applied.  The functions are pure; plans know them by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from clary.engine.deferred import deferred
from clary.engine.guards import confirmable
from clary.kernel.change import Body, Change, JsonValue, Outcome, State
from clary.kernel.errors import Guarded, Rejected, declare

FLOW: Final = "batch"
"""Name of the flow in plans and runs."""

POSTED: Final = "batch.posted"
UNPOSTED: Final = "batch.unposted"
REMAINING: Final = "batch.remaining"
"""Names under which plans know the functions."""

RECORD_TYPE: Final = "accounting_batch"
"""What a batch of ConnectWise is called among the record types of its app."""

BATCH_BLOCKED = confirmable(
    declare(
        "BATCH_BLOCKED",
        Guarded,
        "{count} of {total} documents cannot be posted as they are{held}, so nothing is written and"
        " the number stays free.",
        "Mend what the findings name and plan again; or let the good documents go with"
        " --good-only (--confirm {code}), the rest stays queued.",
    )
)
"""Stands here because whoever applies a stored plan loads this module, to finish its batch."""

BATCH_STILL_THERE = declare(
    "BATCH_STILL_THERE",
    Rejected,
    "The batch {key} could not be removed in ConnectWise, so it still holds what it held.",
    "See why it was not removed, mend that, then un-batch the same documents again.",
)

_DONE = frozenset({State.CONFIRMED, State.SKIPPED})
"""A document with one of these outcomes is in the books (for an undo: out of them)."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one document has in a batch.

    Attributes:
        change: number of the change on whose outcome it depends; 0 where it depends on none.
        kind: kind of the document, as the batch states its kinds.
        gl_ids: its GL rows, every one.
    """

    change: int
    kind: str
    gl_ids: tuple[int, ...]

    def as_value(self) -> JsonValue:
        """Return the share as it stands in the body of a change."""
        return [self.change, self.kind, list(self.gl_ids)]


def body_of(identifier: str, shares: Iterable[Share], **more: JsonValue) -> Body:
    """Return the body of a batch that a function of this module finishes."""
    return {"identifier": identifier, "shares": [each.as_value() for each in shares], **more}


def shares_in(body: Mapping[str, JsonValue] | None) -> Iterator[Share]:
    """Yield the shares that `body_of` wrote."""
    for value in _list((body or {}).get("shares")):
        number, kind, gl_ids = _list(value)
        yield Share(_number(number), str(kind), tuple(_number(each) for each in _list(gl_ids)))


@deferred(POSTED)
def hold_what_is_posted(change: Change, outcomes: Iterable[Outcome]) -> Body | None:
    """Return the batch of the documents that are in the books; none where there is none."""
    done = {each.change for each in outcomes if each.state in _DONE}
    return _batch(change, (share for share in shares_in(change.after) if _is_in(share, done)))


@deferred(UNPOSTED)
def remove_if_taken_back(change: Change, outcomes: Iterable[Outcome]) -> Body | None:
    """Return an empty body, so that the batch is removed, once something was taken back."""
    done = {each.change for each in outcomes if each.state in _DONE}
    return {} if any(_is_in(share, done) for share in shares_in(change.after)) else None


@deferred(REMAINING)
def hold_what_remains(change: Change, outcomes: Iterable[Outcome]) -> Body | None:
    """Return the batch of what stays: the rest, and what could not be taken back.

    Raises:
        Rejected: the old batch was not removed (BATCH_STILL_THERE).
    """
    after = change.after or {}
    states = {each.change: each.state for each in outcomes}
    leaving = list(shares_in({"shares": after.get("leaving")}))
    done = {number for number, state in states.items() if state in _DONE}
    if not any(_is_in(share, done) for share in leaving):
        return None
    if states.get(_number(after.get("removal"))) not in _DONE:
        raise BATCH_STILL_THERE.raised(record=change.record, key=after.get("identifier"))
    left = (share for share in leaving if not _is_in(share, done))
    return _batch(change, (*shares_in(after), *left))


def _is_in(share: Share, done: set[int]) -> bool:
    return not share.change or share.change in done


def _batch(change: Change, shares: Iterable[Share]) -> Body | None:
    """Return the body of a batch in the app's own terms."""
    after = change.after or {}
    kinds: set[str] = set()
    record_ids: set[int] = set()
    for share in shares:
        kinds.add(share.kind)
        record_ids.update(share.gl_ids)
    if not record_ids:
        return None
    # Planning figures stay behind; what else was stated travels on.
    more = {name: value for name, value in after.items() if name not in _FIGURES}
    return {**more, "kinds": sorted(kinds), "record_ids": sorted(record_ids)}


_FIGURES = frozenset({"shares", "leaving", "removal"})


def _list(value: JsonValue) -> Sequence[JsonValue]:
    return value if isinstance(value, list | tuple) else ()


def _number(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0
