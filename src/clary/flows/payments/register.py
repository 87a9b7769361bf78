"""What syncs of payments found and did, so that the next one knows where to go on.

Whether a sync succeeded is read from its run: a process that dies in between leaves
nothing here that would have to be mended.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row, Select, delete, func, insert, select, update

from clary.companies.settlements import SettledPart
from clary.engine.codec import text_of
from clary.engine.runs import UNFINISHED, RunState
from clary.engine.tables import PLANS, RUNS
from clary.flows.payments.problems import INVOICE_UNKNOWN, LOOK_AGAIN
from clary.flows.payments.settled import Way
from clary.flows.payments.since import LastSync, Start
from clary.flows.payments.tables import PAYMENT_INVOICES, PAYMENT_SYNCS
from clary.kernel.change import Body
from clary.kernel.clock import from_timestamp, timestamp
from clary.kernel.errors import Rejected, declare
from clary.kernel.money import money_text
from clary.store import Database

SYNC_UNKNOWN = declare(
    "PAYMENTS_SYNC_UNKNOWN",
    Rejected,
    "There is no sync of payments {sync}.",
    "Check the number; `clary payments list` lists the syncs.",
    http_status=404,
    exit_code=2,
)

PAGE: Final = 500
"""Rows read or written at once."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An app and a company whose payments are compared.

    Attributes:
        app: name of the app's connection.
        site: what pins it.
        company: name of the company's connection.
        identity: what pins it.
    """

    app: str
    site: str
    company: str
    identity: str


class Standing(StrEnum):
    """How a sync ended; one that was only planned wrote nothing, such as a dry run."""

    PLANNED = "only planned"
    UNFINISHED = "not finished"
    ERRORS = "with errors"
    TAKEN_BACK = "taken back"
    SUCCEEDED = "succeeded"


@dataclass(frozen=True, slots=True)
class Sync:
    """One sync.

    Attributes:
        pair: what was compared.
        generation: generation of the books.
        way: how settlements were read.
        asked: the start, as it was stated.
        since: the day that it stands for; none is everything.
        day: the civil day on which the books were read.
        read_at: when they were read.
        newest: highest transaction number of what settles invoices, at that moment.
        plan: the plan; none while it is being made.
        run: the run that applied it, if any.
        standing: how it ended.
        id: its number.
    """

    pair: Pair
    generation: int
    way: Way
    asked: str
    since: date | None
    day: date
    read_at: datetime
    newest: int
    plan: str | None = None
    run: str | None = None
    standing: Standing = Standing.PLANNED
    id: int = 0

    @property
    def succeeded(self) -> bool:
        """Every change of the run was done, and none taken back since."""
        return self.standing is Standing.SUCCEEDED

    def as_dict(self) -> Body:
        """Return it as JSON-ready values."""
        return {
            "id": self.id,
            "app": self.pair.app,
            "company": self.pair.company,
            "way": self.way.value,
            "asked": self.asked,
            "since": None if self.since is None else self.since.isoformat(),
            "read_at": timestamp(self.read_at),
            "plan": self.plan,
            "run": self.run,
            "standing": self.standing.value,
            "succeeded": self.succeeded,
        }


@dataclass(frozen=True, slots=True)
class Looked:
    """What a sync found of one invoice, and what it makes of it.

    Attributes:
        invoice: its key in Sage.
        number: its number.
        party: its customer in Sage.
        total: minor units, as are all amounts here.
        settled: what Sage shows as paid.
        settled_on: the day on which it was paid in full.
        billed: its id in ConnectWise; none where it was not found.
        others: what payments come to that Clary did not make.
        before: what those of Clary came to.
        after: what they shall come to.
        parts: receipts and credit memos that make up what is paid.
        code: the finding that kept it back, or that concerns it.
    """

    invoice: str
    number: str | None
    party: str
    total: int
    settled: int
    settled_on: date | None
    billed: int | None = None
    others: int = 0
    before: int = 0
    after: int = 0
    parts: tuple[SettledPart, ...] = ()
    code: str | None = None

    @property
    def is_elsewhere(self) -> bool:
        """It was not billed in ConnectWise, and nothing there looks like it."""
        return self.billed is None and self.code in {None, INVOICE_UNKNOWN.name}

    def as_dict(self) -> Body:
        """Return it as JSON-ready values."""
        return {
            "invoice": self.invoice,
            "number": self.number,
            "customer_id": self.party,
            "total": money_text(self.total),
            "paid": money_text(self.settled),
            "paid_in_full_on": _day_text(self.settled_on),
            "connectwise_id": self.billed,
            "others": money_text(self.others),
            "before": money_text(self.before),
            "after": money_text(self.after),
            "finding": self.code,
            "parts": [_part_dict(part) for part in self.parts],
        }


@dataclass(frozen=True, slots=True)
class Known:
    """What the newest applied sync knows of an invoice; `sure` if all of it was written."""

    looked: Looked
    sure: bool


class PaymentRegister:
    """The syncs of payments of an installation."""

    def __init__(self, database: Database) -> None:
        """Keep syncs in `database`."""
        self._database = database

    # --- while a sync is planned ------------------------------------------------------------

    def open(self, sync: Sync) -> int:
        """Add a sync that is being planned and return its number."""
        with self._database.write() as connection:
            query = insert(PAYMENT_SYNCS).values(_sync_values(sync)).returning(PAYMENT_SYNCS.c.id)
            return int(connection.execute(query).scalar_one())

    def add(self, sync: int, looked: Sequence[Looked]) -> None:
        """Add what a sync found of some invoices."""
        if looked:
            rows = [{"sync": sync, **_looked_values(each)} for each in looked]
            with self._database.write() as connection:
                connection.execute(insert(PAYMENT_INVOICES), rows)

    def planned(self, sync: int, plan: str) -> None:
        """Note that the plan of a sync is stored."""
        with self._database.write() as connection:
            connection.execute(
                update(PAYMENT_SYNCS).where(PAYMENT_SYNCS.c.id == sync).values(plan=plan)
            )

    def forget(self, sync: int) -> None:
        """Remove a sync whose planning failed."""
        with self._database.write() as connection:
            connection.execute(delete(PAYMENT_INVOICES).where(PAYMENT_INVOICES.c.sync == sync))
            connection.execute(delete(PAYMENT_SYNCS).where(PAYMENT_SYNCS.c.id == sync))

    # --- afterwards -------------------------------------------------------------------------

    def last(self, pair: Pair) -> LastSync | None:
        """Return the sync up to which everything was looked at, or none.

        That is the newest that succeeded and went on from the one before it.  One that
        looked from a stated day on left out what was before, so it only counts where there
        is no other: then the oldest of them, as a person chose to start with that day.
        """
        serial = PAYMENT_SYNCS.c.id
        query = _SYNCS.where(*_of(pair), *_SUCCEEDED)
        went_on = query.where(PAYMENT_SYNCS.c.asked == Start.LAST.value)
        with self._database.read() as connection:
            row = connection.execute(went_on.order_by(serial.desc()).limit(1)).first()
            if row is None:
                row = connection.execute(query.order_by(serial).limit(1)).first()
        if row is None:
            return None
        return LastSync(date.fromisoformat(row.day), row.read_at, row.newest, row.generation)

    def known(self, pair: Pair) -> Iterator[Known]:
        """Yield what may have to change in ConnectWise although nothing new happened in Sage.

        These are the invoices that hold payments of ours, that a finding kept back, or
        about which the sync that looked at them did not do all that it meant to.
        """
        last = ""
        while True:
            with self._database.read() as connection:
                page = connection.execute(_known_after(pair, last)).all()
            for row in page:
                known = Known(_looked(row), _standing(row) is Standing.SUCCEEDED)
                if not known.sure or known.looked.after or known.looked.code in LOOK_AGAIN:
                    yield known
            if len(page) < PAGE:
                return
            last = page[-1].invoice

    def newest(
        self,
        app: str | None = None,
        company: str | None = None,
        limit: int = 50,
        *,
        among: Sequence[str] | None = None,
        before: int | None = None,
    ) -> Sequence[Sync]:
        """Return at most `limit` syncs, the newest first, also those that were only planned.

        Args:
            app: only those of this connection.
            company: only those of this company.
            limit: most syncs.
            among: only those of these companies.
            before: only those with a smaller number.
        """
        planned = PAYMENT_SYNCS.c.plan.is_not(None)
        query = _SYNCS.where(planned).order_by(PAYMENT_SYNCS.c.id.desc())
        if app is not None:
            query = query.where(PAYMENT_SYNCS.c.app == app)
        if company is not None:
            query = query.where(PAYMENT_SYNCS.c.company == company)
        if among is not None:
            query = query.where(PAYMENT_SYNCS.c.company.in_(among))
        if before is not None:
            query = query.where(PAYMENT_SYNCS.c.id < before)
        return self._syncs(query.limit(limit))

    def find(self, sync: int) -> Sync:
        """Return a sync.

        Raises:
            Rejected: there is none of this number (PAYMENTS_SYNC_UNKNOWN).
        """
        found = self._syncs(_SYNCS.where(PAYMENT_SYNCS.c.id == sync))
        if not found:
            raise SYNC_UNKNOWN.raised(sync=sync)
        return found[0]

    def of_plan(self, plan: str) -> Sync | None:
        """Return the sync that made a plan, if any."""
        found = self._syncs(_SYNCS.where(PAYMENT_SYNCS.c.plan == plan))
        return found[0] if found else None

    def invoices(self, sync: int, last: str = "") -> Iterator[Looked]:
        """Yield what a sync found of each invoice by its key, those after the key `last`."""
        table = PAYMENT_INVOICES.c
        query = select(PAYMENT_INVOICES).where(table.sync == sync).order_by(table.invoice)
        while True:
            with self._database.read() as connection:
                page = connection.execute(query.where(table.invoice > last).limit(PAGE)).all()
            yield from map(_looked, page)
            if len(page) < PAGE:
                return
            last = page[-1].invoice

    def _syncs(self, query: Select[Any]) -> list[Sync]:
        with self._database.read() as connection:
            return [_sync(row) for row in connection.execute(query)]


_SYNCS = (
    select(
        PAYMENT_SYNCS,
        RUNS.c.id.label("run"),
        RUNS.c.state,
        RUNS.c.rejected,
        RUNS.c.failed,
        RUNS.c.undone,
    )
    .join(PLANS, PLANS.c.id == PAYMENT_SYNCS.c.plan, isouter=True)
    .join(RUNS, RUNS.c.serial == PLANS.c.run, isouter=True)
)
_SUCCEEDED = (
    RUNS.c.state == RunState.FINISHED.value,
    RUNS.c.rejected == 0,
    RUNS.c.failed == 0,
    RUNS.c.undone == 0,
)


def _known_after(pair: Pair, last: str) -> Select[Any]:
    """Return the query of the next page of invoices, each as the newest applied sync has it."""
    table = PAYMENT_INVOICES.c
    newest = (
        select(table.invoice, func.max(table.sync).label("sync"))
        .join(PAYMENT_SYNCS, PAYMENT_SYNCS.c.id == table.sync)
        .join(PLANS, PLANS.c.id == PAYMENT_SYNCS.c.plan)
        .where(*_of(pair), PLANS.c.run.is_not(None), table.invoice > last)
        .group_by(table.invoice)
        .order_by(table.invoice)
        .limit(PAGE)
        .subquery()
    )
    return (
        select(PAYMENT_INVOICES, RUNS)
        .join(newest, (newest.c.invoice == table.invoice) & (newest.c.sync == table.sync))
        .join(PAYMENT_SYNCS, PAYMENT_SYNCS.c.id == table.sync)
        .join(PLANS, PLANS.c.id == PAYMENT_SYNCS.c.plan)
        .join(RUNS, RUNS.c.serial == PLANS.c.run)
        .order_by(table.invoice)
    )


def _standing(row: Row[Any]) -> Standing:
    """Return how a sync stands by the row of its run, whose columns are empty without one."""
    if row.state is None:
        return Standing.PLANNED
    if row.state in UNFINISHED:
        return Standing.UNFINISHED
    if row.undone:
        return Standing.TAKEN_BACK
    spoilt = row.rejected or row.failed or row.state != RunState.FINISHED.value
    return Standing.ERRORS if spoilt else Standing.SUCCEEDED


def _of(pair: Pair) -> tuple[Any, ...]:
    return PAYMENT_SYNCS.c.site == pair.site, PAYMENT_SYNCS.c.identity == pair.identity


def _sync_values(sync: Sync) -> dict[str, object]:
    return {
        "app": sync.pair.app,
        "site": sync.pair.site,
        "company": sync.pair.company,
        "identity": sync.pair.identity,
        "generation": sync.generation,
        "way": sync.way.value,
        "asked": sync.asked,
        "since": _day_text(sync.since),
        "day": sync.day.isoformat(),
        "read_at": timestamp(sync.read_at),
        "newest": sync.newest,
    }


def _sync(row: Row[Any]) -> Sync:
    return Sync(
        pair=Pair(row.app, row.site, row.company, row.identity),
        generation=row.generation,
        way=Way(row.way),
        asked=row.asked,
        since=_day_from(row.since),
        day=date.fromisoformat(row.day),
        read_at=from_timestamp(row.read_at),
        newest=row.newest,
        plan=row.plan,
        run=row.run,
        standing=_standing(row),
        id=row.id,
    )


def _looked_values(looked: Looked) -> dict[str, object]:
    return {
        "invoice": looked.invoice,
        "number": looked.number,
        "party": looked.party,
        "total": looked.total,
        "settled": looked.settled,
        "settled_on": _day_text(looked.settled_on),
        "billed": looked.billed,
        "others": looked.others,
        "ours_before": looked.before,
        "ours_after": looked.after,
        "parts": text_of([_part_dict(part) for part in looked.parts]),
        "code": looked.code,
    }


def _looked(row: Row[Any]) -> Looked:
    return Looked(
        invoice=row.invoice,
        number=row.number,
        party=row.party,
        total=row.total,
        settled=row.settled,
        settled_on=_day_from(row.settled_on),
        billed=row.billed,
        others=row.others,
        before=row.ours_before,
        after=row.ours_after,
        parts=tuple(_part(each) for each in json.loads(row.parts)),
        code=row.code,
    )


def _part_dict(part: SettledPart) -> Body:
    return {
        "record_type": part.record_type,
        "key": part.key,
        "number": part.number,
        "date": part.date.isoformat(),
        "amount": money_text(part.amount),
        "discount": money_text(part.discount),
        "made_by": part.made_by,
    }


def _part(values: Mapping[str, Any]) -> SettledPart:
    return SettledPart(
        record_type=values["record_type"],
        key=values["key"],
        number=values["number"],
        date=date.fromisoformat(values["date"]),
        amount=_minor(values["amount"]),
        discount=_minor(values["discount"]),
        made_by=values["made_by"],
    )


def _minor(text: str) -> int:
    return int(text.replace(".", ""))


def _day_text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day_from(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
