"""The batches that a plan makes: what belongs to which, and the changes that make them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from clary.flows.batch import naming
from clary.flows.batch.finishing import POSTED, RECORD_TYPE, Share, body_of
from clary.flows.batch.jobs import Job
from clary.flows.batch.kinds import Kind
from clary.flows.batch.register import TRACKED, Batch, BatchDocument, Register
from clary.flows.batch.requests import BatchPer, BatchRequest
from clary.kernel.change import Action, Change, JsonValue, Origin
from clary.kernel.clock import Clock
from clary.kernel.identifiers import new_id, token

FILL: Final = 500
"""Documents that our copy takes in at once."""

_FOREIGN = re.compile("[^A-Za-z0-9._/-]+")


@dataclass(slots=True)
class _Making:
    """One batch in the making."""

    batch: int
    identifier: str
    shares: list[Share] = field(default_factory=list)
    rows: list[BatchDocument] = field(default_factory=list)


class Batches:
    """The batches of one plan, while it is made."""

    def __init__(
        self, register: Register, clock: Clock, app: str, company: str, request: BatchRequest
    ) -> None:
        """Make batches of `request` in the register."""
        self._register = register
        self._clock = clock
        self._app = app
        self._company = company
        self._request = request
        self._made: dict[str, _Making] = {}

    @property
    def numbers(self) -> Sequence[int]:
        """Numbers of the batches among our copies."""
        return [each.batch for each in self._made.values()]

    def identifier(self, job: Job) -> str:
        """Return the number of the batch that a document belongs to."""
        request = self._request
        start = request.number
        if request.split:
            start = naming.of_kind(start, job.kind.kind)
        if request.batch_per is BatchPer.RUN:
            return start
        found = f"{start}-{_FOREIGN.sub('-', job.number)}"
        taken = self._made.get(found)
        is_other = taken is not None and taken.rows and taken.rows[0].source != job.reading.id
        if len(found) > naming.LONGEST or is_other:
            return f"{start[: naming.LONGEST - 13]}-{token(job.reading.id)}"
        return found

    def add(self, job: Job, number: int, row: BatchDocument, gl_ids: Sequence[int]) -> None:
        """Add a document to its batch.

        Args:
            job: the document.
            number: number of the change on whose outcome it depends; 0 for none.
            row: the document as our copy keeps it.
            gl_ids: its GL ids; none where it is ruled out already.
        """
        making = self._of(self.identifier(job), job.kind.kind)
        if gl_ids:
            making.shares.append(Share(number, job.kind.kind.batch_word, tuple(gl_ids)))
        making.rows.append(row)
        if len(making.rows) >= FILL:
            self._store(making)

    def _of(self, identifier: str, kind: Kind) -> _Making:
        found = self._made.get(identifier)
        if found is None:
            batch = Batch(
                app=self._app,
                company=self._company,
                identifier=identifier,
                kinds=frozenset({kind}) if self._is_of_one_kind else self._request.selection.kinds,
                created_at=self._clock.now(),
                note=self._request.note,
                asked=self._request.selection.as_body(),
            )
            found = self._made[identifier] = _Making(self._register.open(batch), identifier)
        return found

    @property
    def _is_of_one_kind(self) -> bool:
        return self._request.split or self._request.batch_per is BatchPer.DOCUMENT

    def _store(self, making: _Making) -> None:
        self._register.add(making.batch, making.rows)
        making.rows.clear()

    def changes(self, first: int) -> Iterator[Change]:
        """Yield the change that makes each batch, numbered from `first`; store the rest."""
        number = first
        for making in self._made.values():
            self._store(making)
            if making.shares:
                yield creation(number, self._app, making.identifier, making.shares)
                number += 1

    def forget(self) -> None:
        """Forget everything: the plan was not finished."""
        self._register.forget(self.numbers)

    def keep(self, plan: str, preview: Callable[[], Sequence[JsonValue]]) -> None:
        """Note the plan that makes the batches, and what it posts by account."""
        self._register.planned(self.numbers, plan, preview())


def creation(
    number: int,
    app: str,
    identifier: str,
    shares: Sequence[Share],
    *,
    deferred: str = POSTED,
    depends_on: Sequence[int] = (),
    more: Mapping[str, JsonValue] | None = None,
) -> Change:
    """Return the change that makes a batch of what its shares depend on.

    Its origin is of this change alone: a batch that is there already, with the same name
    and the same entries, is then known as done instead of being asked for again.
    """
    needed = {share.change for share in shares if share.change} | set(depends_on)
    return Change(
        number=number,
        system=app,
        action=Action.CREATE,
        record_type=RECORD_TYPE,
        after=body_of(identifier, shares, **(more or {})),
        origin=Origin("clary", identifier, new_id("batch")),
        depends_on=tuple(sorted(needed)),
        deferred=deferred,
        document=identifier,
        tracked={TRACKED: identifier},
    )
