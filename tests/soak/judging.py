"""Judges a load when it is over: what was accepted, what became of it, what is in the books.

Everything is compared with what the clients know: which documents they pushed, in which
order, and under which keys they were answered.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sqlalchemy import select

from clary.hub.installation import Installation
from clary.hub.push.accepting import KIND
from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.work_tables import WORK_ITEM
from clary.kernel.clock import from_timestamp
from clary.ledger.fields import EditionName
from tests.soak.clients import Accepted, Books
from tests.soak.pushes import ACCOUNTS
from tests.soak.watching import writers

LISTS = ("customer", "vendor")


@dataclass(frozen=True, slots=True)
class Ended:
    """One accepted operation as it ended.

    Attributes:
        accepted: what the client knows.
        serial: its place among all that was accepted; none if it failed at once.
        accepted_at: when its work was accepted, in seconds since the epoch.
        ended_at: when its work ended.
    """

    accepted: Accepted
    serial: int | None
    accepted_at: float
    ended_at: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The figures of a load that was found good.

    Attributes:
        operations: how many operations were accepted.
        longest_wait: most seconds in which a lane had work and ended nothing, counted anew
            from every start of a process.
        writers: processes that wrote to the books.
    """

    operations: int
    longest_wait: float
    writers: frozenset[int]


def judge(
    installation: Installation,
    load: Iterable[Books],
    editions: Mapping[str, EditionName],
    killed: Collection[int] = (),
    starts: Sequence[float] = (),
) -> Verdict:
    """Compare what was accepted with what is stored and with the books.

    Args:
        installation: what was tested.
        load: everyone who pushed; several may have pushed to one company.
        editions: the companies, by name.
        killed: processes that were killed.
        starts: when others took their place, in order, in seconds since the epoch.

    Raises:
        AssertionError: something is missing, there twice, out of order or out of balance.
    """
    accepted: dict[str, list[list[Accepted]]] = {name: [] for name in editions}
    for books in load:
        accepted[books.name].append(books.accepted)
    found: set[int] = set()
    count, longest = 0, 0.0
    stored = _stored(installation)
    assert sum(len(one) for all_of in accepted.values() for one in all_of) == len(stored)
    for name, edition in editions.items():
        path = installation.sandbox_file(name)
        ended = _ended(name, accepted[name], stored)
        _check_order(name, ended)
        _check_books(path, edition, ended)
        found |= writers(path, killed)
        count += len(ended)
        longest = max(longest, longest_wait(ended.values(), starts))
    return Verdict(count, longest, frozenset(found))


_Stored = Mapping[str, tuple[str, str, int | None, str | None, str | None, str | None]]


def _stored(installation: Installation) -> _Stored:
    """Return status, error and work of all operations, by key."""
    query = select(
        PUSH_OPERATION.c.key,
        PUSH_OPERATION.c.status,
        PUSH_OPERATION.c.error,
        WORK_ITEM.c.serial,
        WORK_ITEM.c.state,
        WORK_ITEM.c.accepted_at,
        WORK_ITEM.c.ended_at,
    ).join(
        WORK_ITEM,
        (WORK_ITEM.c.reference == PUSH_OPERATION.c.key) & (WORK_ITEM.c.kind == KIND),
        isouter=True,
    )
    with installation.database.read() as read:
        rows = read.execute(query).all()
    twice = [key for key, many in Counter(row.key for row in rows).items() if many > 1]
    assert not twice, f"operations with work twice: {twice}"
    return {row.key: tuple(row)[1:] for row in rows}


def _ended(name: str, accepted: Sequence[Sequence[Accepted]], stored: _Stored) -> dict[str, Ended]:
    """Return a company's operations in the order of their acceptance; each has ended rightly."""
    found = []
    for one in (each for those in accepted for each in those):
        assert one.key in stored, f"{name}: {one} was answered and is not stored"
        status, error, serial, state, accepted_at, ended_at = stored[one.key]
        wanted = "Failed" if one.pushed.fails else "Success"
        assert status == wanted, f"{name}: {one} is {status}: {error}"
        if serial is None or accepted_at is None or ended_at is None:
            assert serial is None, f"{name}: the work of {one} is {state}"
            assert one.pushed.fails, one
            found.append(Ended(one, None, 0, 0))
            continue
        assert state == "done", f"{name}: the work of {one} is {state}"
        times = [from_timestamp(each).timestamp() for each in (accepted_at, ended_at)]
        found.append(Ended(one, serial, *times))
    found.sort(key=lambda each: each.serial or 0)
    keyed = {each.accepted.key: each for each in found}
    assert len(keyed) == len(found), f"{name}: two pushes were answered with one operation"
    return keyed


def _check_order(name: str, ended: Mapping[str, Ended]) -> None:
    """Make sure that whatever was answered before another was sent stands before it."""
    latest = 0.0
    for each in ended.values():  # in the order of their acceptance
        if each.serial is not None:
            answered = each.accepted.answered
            assert answered >= latest, f"{name}: {each} was answered first and stands behind"
            latest = max(latest, each.accepted.sent)
    # What is refused need not wait for those before it.
    moments = [each.ended_at for each in ended.values() if not each.accepted.pushed.fails]
    assert all(a <= b for a, b in pairwise(moments)), f"{name}: the work ended in another order"


def longest_wait(ended: Iterable[Ended], starts: Sequence[float] = ()) -> float:
    """Return the most seconds in which a lane had work and ended nothing.

    Args:
        ended: the operations of one lane.
        starts: moments at which a process that was killed was there again; what a lane had
            waited for by then is not counted on.
    """
    longest, before = 0.0, 0.0
    for each in sorted(ended, key=lambda one: one.ended_at):
        if each.serial is not None:
            begun = [start for start in starts if start < each.ended_at]
            longest = max(longest, each.ended_at - max(before, each.accepted_at, *begun[-1:]))
            before = each.ended_at
    return longest


# --- the books ---------------------------------------------------------------------


def _check_books(path: Path, edition: EditionName, ended: Mapping[str, Ended]) -> None:
    """Compare documents one by one, in order, and the trial balance with what was accepted."""
    good = [each.accepted for each in ended.values() if not each.accepted.pushed.fails]
    with closing(sqlite3.connect(path)) as books:
        _check_documents(books, path.name, good)
        _check_lists(books, path.name, good)
        _check_balance(books, path.name, edition, good)


def _check_documents(books: sqlite3.Connection, name: str, good: Sequence[Accepted]) -> None:
    rows = books.execute(
        "SELECT origin, record_type, COALESCE(number, ''), total FROM document"
        " ORDER BY transaction_number"
    ).fetchall()
    wanted = [
        (f"push:{each.key}:1:1", each.pushed.record, each.pushed.name, each.pushed.total)
        for each in good
        if each.pushed.total is not None
    ]
    twice = [row for row, many in Counter(rows).items() if many > 1]
    assert not twice, f"{name}: documents twice: {twice}"
    missing = [each for each in wanted if each not in set(rows)]
    assert not missing, f"{name}: documents missing: {missing[:5]}"
    foreign = [each for each in rows if each not in set(wanted)]
    assert not foreign, f"{name}: documents that nobody pushed: {foreign[:5]}"
    assert rows == wanted, f"{name}: the documents stand in another order"


def _check_lists(books: sqlite3.Connection, name: str, good: Sequence[Accepted]) -> None:
    for record in LISTS:
        table = f"SELECT id FROM {record}_record ORDER BY record_number"
        ids = [row[0] for row in books.execute(table)][1:]  # the first one came with the company
        wanted = [each.pushed.name for each in good if each.pushed.record == record]
        assert ids == wanted, f"{name}: the records of the type {record} are others"


def _check_balance(
    books: sqlite3.Connection, name: str, edition: EditionName, good: Sequence[Accepted]
) -> None:
    moved: Counter[str] = Counter()
    for each in good:
        assert not sum(each.pushed.moves.values()), each
        for account, amount in each.pushed.moves.items():
            moved[account] += amount
    trial = books.execute(
        "SELECT a.id, SUM(r.amount) FROM ledger_row r JOIN account_record a"
        " ON a.record_number = r.account GROUP BY a.id"
    )
    found = {account: balance for account, balance in trial if balance}
    assert found == {account: one for account, one in moved.items() if one}, name
    uneven = books.execute(
        "SELECT transaction_number FROM ledger_row GROUP BY transaction_number"
        " HAVING SUM(amount) <> 0"
    ).fetchall()
    assert not uneven, f"{name}: documents out of balance: {uneven}"
    controls = {
        "customer": moved[ACCOUNTS[edition].receivable],
        "vendor": -moved[ACCOUNTS[edition].payable],
    }
    for party, control in controls.items():
        sums = f"SELECT COALESCE(SUM(balance), 0) FROM {party}_record"
        [(balances,)] = books.execute(sums).fetchall()
        assert balances == control, f"{name}: the control account of {party}s"
