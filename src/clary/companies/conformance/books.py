"""The suite on the figures: what documents do to the books, and what takes it back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from clary.companies.conformance.expecting import equal, expect, refused
from clary.companies.conformance.harness import (
    Bench,
    Harness,
    Work,
    declared_types,
    told_figures,
)
from clary.companies.contract import Figure, LedgerRow, Operation, Query
from clary.companies.keys import Key, key_of
from clary.kernel.change import Body, Verb
from clary.kernel.errors import Rejected, Unsupported
from clary.kernel.money import to_minor
from clary.ledger.record import Family
from clary.ledger.registry import record_type

PARTIES: Final = ("customer", "vendor")
INVOICES: Final = {"customer": "sales_invoice", "vendor": "purchase"}
CREDITS: Final = {"customer": "credit_memo", "vendor": "vendor_credit"}
HELD: Final[Mapping[Figure, tuple[str, str, tuple[str, ...]]]] = {
    Figure.BALANCES: ("sales_invoice", "customer", ("balance",)),
    Figure.STOCK_VALUE: ("inventory_adjustment", "item", ("quantity_on_hand", "stock_value")),
}
"""What moves a figure that records hold, and the records and fields that hold it."""


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that the figures of a company say, ready to be compared."""

    balances: Mapping[str, int]
    open_items: Mapping[tuple[str, str], int]
    parties: Mapping[tuple[str, str], str]
    stock: Mapping[str, tuple[str, str]]


class BooksTests(Harness):
    """Figures of a company."""

    def test_figures_are_told_as_declared_and_no_others(self, bench: Bench) -> None:
        with bench.work() as work:
            for figure, call in told_figures(work.session).items():
                if figure in bench.figures:
                    call()
                else:
                    refused(Unsupported, f"{figure.value}, not declared", call)

    def test_records_hold_the_balances_and_stock_values_that_are_declared(
        self, fresh: Bench
    ) -> None:
        with fresh.work() as work:
            for figure, (moving, type_name, fields) in HELD.items():
                if figure not in fresh.figures or not fresh.can(moving, Operation.CREATE):
                    continue
                if work.made(moving) is not None:
                    held = list(work.session.read(type_name, Query()))
                    for name in fields:
                        told = any(body.get(name) is not None for body in held)
                        expect(told, f"no {type_name} holds a {name} after a {moving}")

    def test_the_books_balance_after_each_document(self, fresh: Bench) -> None:
        if not fresh.tells_books:
            return
        with fresh.work() as work:
            for declared in declared_types(fresh, Operation.CREATE):
                if declared.family is Family.LIST:
                    continue
                for body in (work.minimal, work.maximal):
                    work.create(declared.name, body(declared.name))
                    check_books(work, f"after a {declared.name}")

    def test_a_document_that_is_taken_back_leaves_the_figures_as_they_were(
        self, fresh: Bench, type_name: str
    ) -> None:
        if not fresh.tells_books or record_type(type_name).family is not Family.POSTED:
            return
        if not fresh.can(type_name, Operation.CREATE):
            return
        steps = (Operation.VOID, Operation.REVERSE, Operation.DELETE, Operation.UNALLOCATE)
        with fresh.work() as work:
            for step in steps:
                if fresh.can(type_name, step):
                    for body in (work.minimal(type_name), work.maximal(type_name)):
                        _check_taken_back(work, type_name, body, step)

    def test_a_credit_is_allocated_to_an_invoice_and_back(self, fresh: Bench) -> None:
        if not fresh.tells_books:
            return
        with fresh.work() as work:
            for party in PARTIES:
                if fresh.can(CREDITS[party], Operation.ALLOCATE):
                    _check_allocating(work, party)

    def test_a_document_posts_when_its_ledgers_are_updated(self, fresh: Bench) -> None:
        with fresh.work() as work:
            for declared in declared_types(fresh, Operation.POST):
                _check_posting(work, declared.name)

    def test_a_trial_balance_of_a_day_holds_the_rows_up_to_that_day(self, fresh: Bench) -> None:
        if not fresh.tells_books or not fresh.can("sales_invoice", Operation.CREATE):
            return
        with fresh.work() as work:
            first = work.references.day
            days = [first, first + timedelta(days=1), first + timedelta(days=3)]
            for day in reversed(days):
                body = {**work.minimal("sales_invoice"), "date": day.isoformat()}
                work.create("sales_invoice", body)
            for day in (first - timedelta(days=1), *days, first + timedelta(days=2)):
                _check_day(work, day)

    def test_aged_balances_age_by_the_due_date(self, fresh: Bench) -> None:
        if not fresh.tells_books or not fresh.can("sales_invoice", Operation.CREATE):
            return
        with fresh.work() as work:
            due = work.references.day
            body = {**work.minimal("sales_invoice"), "due_date": due.isoformat()}
            work.create("sales_invoice", body)
            for days, bucket in ((0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (91, 4)):
                aged = work.session.aged_balances("customer", due + timedelta(days=days))
                expect(len(aged) == 1, f"one customer owes something, not {len(aged)}")
                filled = [place for place, amount in enumerate(aged[0].buckets) if amount]
                equal(filled, [bucket], f"bucket of what is {days} days past due")
                equal(sum(aged[0].buckets), aged[0].total, "sum of the buckets")


def check_books(work: Work, when: str) -> None:
    """Fail unless the books balance and the ledgers below them say the same."""
    trial = {each.id: each.balance for each in work.session.trial_balance(None)}
    equal(sum(trial.values()), 0, f"sum of the trial balance {when}")
    rows = list(work.session.ledger_rows())
    _check_rows(rows, when)
    _check_parts(work, rows, when)
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        sums[row.account_id] += row.amount
    moved = {account: balance for account, balance in trial.items() if balance}
    equal(moved, {k: v for k, v in sums.items() if v}, f"trial balance and ledger rows {when}")
    for party in PARTIES:
        _check_party_ledger(work, party, trial, when)


def _check_parts(work: Work, rows: list[LedgerRow], when: str) -> None:
    """Fail unless the ledger read in parts is the ledger, and counts are what reads give."""
    numbers = sorted({row.transaction_number for row in rows})
    equal(list(work.session.ledger_numbers()), numbers, f"numbers of the ledger {when}")
    for first, last in ((0, 0), *((n, n) for n in numbers[-2:]), *pairwise(numbers[:3])):
        part = [row for row in rows if first <= row.transaction_number <= last]
        found = list(work.session.ledger_between(first, last))
        equal(found, part, f"ledger rows from {first} to {last} {when}")
    for name in ("sales_invoice", "account"):
        if work.bench.can(name, Operation.READ):
            count = sum(1 for _ in work.session.read(name, Query()))
            equal(work.session.count(name), count, f"count of {name} {when}")


def _check_rows(rows: list[LedgerRow], when: str) -> None:
    sums: dict[int, int] = defaultdict(int)
    for before, after in pairwise(rows):
        ordered = before.transaction_number <= after.transaction_number
        expect(ordered, f"ledger rows come in order of transaction number {when}")
    for row in rows:
        sums[row.transaction_number] += row.amount
    wrong = {number: amount for number, amount in sums.items() if amount}
    expect(not wrong, f"transactions that do not balance {when}: {wrong}")


def _check_party_ledger(work: Work, party: str, trial: Mapping[str, int], when: str) -> None:
    """Compare balances of parties with their open items, and with the control accounts."""
    if not work.bench.can(party, Operation.READ):
        return
    owed: dict[str, int] = defaultdict(int)
    for item in work.session.open_items(party, None):
        owed[item.party] += _signed(party, item.record_type, item.open)
    balances = {key: units for key, units in _balances(work, party).items() if units}
    equal({k: v for k, v in owed.items() if v}, balances, f"open items of {party}s {when}")
    control = _control(work, party, trial)
    if control is not None:
        sign = 1 if party == "customer" else -1
        equal(sign * control, sum(balances.values()), f"control account of {party}s {when}")
    far = work.references.day + timedelta(days=3650)
    aged = {each.party: each.total for each in work.session.aged_balances(party, far)}
    equal({k: v for k, v in aged.items() if v}, balances, f"aged balances of {party}s {when}")


def _signed(party: str, type_name: str, amount: int) -> int:
    return amount if type_name == INVOICES[party] else -amount


def _balances(work: Work, party: str) -> dict[str, int]:
    query = Query(fields=("id", "balance"))
    return {
        str(body["id"]): to_minor(Decimal(str(body.get("balance") or 0)))
        for body in work.session.read(party, query)
    }


def _control(work: Work, party: str, trial: Mapping[str, int]) -> int | None:
    """Return the balance of the US accounts of receivables or payables."""
    if work.bench.edition != "us" or not work.bench.can("account", Operation.READ):
        return None
    wanted = "accounts_receivable" if party == "customer" else "accounts_payable"
    accounts = work.session.read("account", Query(fields=("id", "type")))
    return sum(trial[str(each["id"])] for each in accounts if each.get("type") == wanted)


def books(work: Work) -> Books:
    """Return what the figures say now."""
    session = work.session
    return Books(
        balances={each.id: each.balance for each in session.trial_balance(None) if each.balance},
        open_items={
            (item.record_type, item.key): item.open
            for party in PARTIES
            for item in session.open_items(party, None)
        },
        parties={
            (party, str(body["id"])): str(body.get("balance") or "0.00")
            for party in PARTIES
            for body in session.read(party, Query())
        },
        stock={
            str(body["id"]): (str(body.get("quantity_on_hand")), str(body.get("stock_value")))
            for body in session.read("item", Query())
        },
    )


def take_back(work: Work, type_name: str, key: Key, step: Operation) -> None:
    """Void, reverse, delete or unallocate a document."""
    if step is Operation.DELETE:
        work.session.delete(type_name, key)
    else:
        work.session.act(type_name, key, Verb(step.value), {})


def _check_taken_back(work: Work, type_name: str, body: Body, step: Operation) -> None:
    before = books(work)
    key = work.create(type_name, body)
    if key is None:
        return
    what = f"{type_name} after {step.value}"
    named = key_of(record_type(type_name), key)
    take_back(work, type_name, named, step)
    equal(books(work), before, f"figures of {what}")
    check_books(work, f"after {step.value} of a {type_name}")
    again = refused(
        Rejected,
        f"{step.value} of a {type_name} again",
        lambda: take_back(work, type_name, named, step),
    )
    expect(again.findings, f"{what}, twice")
    if step in (Operation.VOID, Operation.REVERSE):
        stored = work.get(type_name, key)
        expect(stored.get("reversed_by") is not None, f"{what}: reversed_by is not stated")


def _check_allocating(work: Work, party: str) -> None:
    credit = work.references.open_document(CREDITS[party])
    invoice = work.references.open_document(INVOICES[party])
    if credit is None or invoice is None:
        return
    before = books(work)
    key = key_of(record_type(CREDITS[party]), credit.transaction_number)
    details: Body = {"invoice": invoice.transaction_number, "amount": "5.00"}
    written = work.session.act(CREDITS[party], key, Verb.ALLOCATE, details)
    after = books(work)
    for document in (credit, invoice):
        name = (document.record_type, str(document.transaction_number))
        equal(after.open_items[name], before.open_items[name] - 500, f"open of {name} after it")
    equal(after.balances, before.balances, "an allocation moves no account")
    made = (written.undo or {}).get("allocation")
    if made is not None and work.bench.can("allocation", Operation.UNALLOCATE):
        taken = key_of(record_type("allocation"), made)
        work.session.act("allocation", taken, Verb.UNALLOCATE, {})
        equal(books(work), before, f"figures after the allocation of a {party} was undone")


def _check_posting(work: Work, type_name: str) -> None:
    """Make a document, update its ledgers, and compare with the same posted at once."""
    before = books(work)
    at_once = {**work.minimal(type_name), "form": "ledger"}
    on_paper = {**at_once, "form": "document"}
    key = work.create(type_name, on_paper)
    if key is None:
        return
    named = key_of(record_type(type_name), key)
    expect(not work.get(type_name, key).get("posted"), f"a {type_name} on paper is not posted")
    equal(books(work).balances, before.balances, f"a {type_name} on paper moves nothing")
    work.session.act(type_name, named, Verb.POST, {})
    expect(work.get(type_name, key).get("posted"), f"a {type_name} says that it was posted")
    once = books(work)
    work.create(type_name, at_once)
    twice = books(work)
    for account, balance in twice.balances.items():
        start, middle = before.balances.get(account, 0), once.balances.get(account, 0)
        equal(balance - middle, middle - start, f"what a {type_name} moves on {account}")
    refused(
        Rejected,
        f"update ledgers of a {type_name} again",
        lambda: work.session.act(type_name, named, Verb.POST, {}),
    )
    check_books(work, f"after the ledgers were updated from a {type_name}")


def _check_day(work: Work, day: date) -> None:
    sums: dict[str, int] = defaultdict(int)
    for row in work.session.ledger_rows():
        if row.date <= day:
            sums[row.account_id] += row.amount
    found = {each.id: each.balance for each in work.session.trial_balance(day) if each.balance}
    equal(found, {k: v for k, v in sums.items() if v}, f"trial balance of {day}")
