"""The batches that a plan makes: what belongs to which, and the changes that make them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from clary.apps.connectwise.resources import Accounting
from clary.flows.batch import naming
from clary.flows.batch.finishing import POSTED, RECORD_TYPE, Share, body_of
from clary.flows.batch.gl_owners import GlOwners
from clary.flows.batch.jobs import Job
from clary.flows.batch.kinds import Kind
from clary.flows.batch.register import TRACKED, Batch, BatchDocument, Register
from clary.flows.batch.requests import BatchPer, BatchRequest
from clary.kernel.change import Action, Change, JsonValue, Origin
from clary.kernel.clock import Clock
from clary.kernel.errors import Finding
from clary.kernel.identifiers import new_id

FILL: Final = 500
"""Documents that our copy takes in at once."""


def numbers_in_use(register: Register, accounting: Accounting, app: str) -> Callable[[str], bool]:
    """Return what tells whether a number is in use, in ConnectWise or among our copies."""

    def is_taken(number: str) -> bool:
        return register.is_taken(app, number) or accounting.batch_named(number) is not None

    return is_taken


def _nothing(_: str) -> bool:
    return False


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
        self,
        register: Register,
        clock: Clock,
        app: str,
        company: str,
        request: BatchRequest,
        is_taken: Callable[[str], bool] = _nothing,
    ) -> None:
        """Make batches of `request` in the register; `is_taken` tells of numbers in use."""
        self._register = register
        self._clock = clock
        self._app = app
        self._company = company
        self._request = request
        self._is_taken = is_taken
        self._made: dict[str, _Making] = {}
        self._owners = GlOwners()

    @property
    def numbers(self) -> Sequence[int]:
        """Numbers of the batches among our copies."""
        return [each.batch for each in self._made.values()]

    def identifier(self, job: Job) -> str:
        """Return the number of the batch that a document belongs to."""
        request = self._request
        [start] = naming.made_of(request.number, (job.kind.kind,), split=request.split)
        if request.batch_per is BatchPer.RUN:
            return start
        names = naming.of_document(start, job.number, job.reading.id)
        return next(each for each in names if not self._is_used(each))

    def _is_used(self, number: str) -> bool:
        """Tell whether a batch has a number, in any case, as ConnectWise compares them."""
        return number.casefold() in self._made or self._is_taken(number)

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
        self._owners.add(row.source, row.gl_ids, stays=not gl_ids)
        making.rows.append(row)
        if len(making.rows) >= FILL:
            self._store(making)

    def _of(self, identifier: str, kind: Kind) -> _Making:
        found = self._made.get(identifier.casefold())
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
            found = _Making(self._register.open(batch), identifier)
            self._made[identifier.casefold()] = found
        return found

    @property
    def _is_of_one_kind(self) -> bool:
        return self._request.split or self._request.batch_per is BatchPer.DOCUMENT

    def _store(self, making: _Making) -> None:
        self._register.add(making.batch, making.rows)
        making.rows.clear()

    def shared(self) -> Iterator[Finding]:
        """Yield what is wrong with GL rows that several documents of the plan have."""
        yield from self._owners.shared()

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
