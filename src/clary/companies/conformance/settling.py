"""The suite on settlements: which receipts and credit memos settled which invoice."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from clary.companies.conformance.arithmetic import DISCOUNT, SETTLED
from clary.companies.conformance.books import take_back
from clary.companies.conformance.expecting import equal, expect
from clary.companies.conformance.harness import Bench, Harness, Work
from clary.companies.contract import Figure, Operation
from clary.companies.keys import key_of
from clary.companies.settlements import SettledSince, Settlement
from clary.kernel.change import Body, Verb
from clary.kernel.money import to_minor
from clary.ledger.registry import record_type

CREDITS: Final = {"receipt": to_minor(DISCOUNT), "credit_memo": 0}
"""What can settle an invoice, and the discount that the suite takes with it."""
_STEPS: Final = (Operation.VOID, Operation.REVERSE, Operation.DELETE)


class SettlementTests(Harness):
    """What settled the invoices to customers."""

    def test_a_settlement_tells_what_settled_an_invoice(self, fresh: Bench) -> None:
        with fresh.work() as work:
            for credit in _creditable(fresh):
                found = _settled_by(work, credit)
                if found is None:
                    continue
                part = found.parts[0]
                wanted = (credit, to_minor(SETTLED), CREDITS[credit])
                equal((part.record_type, part.amount, part.discount), wanted, f"part of {credit}")
                equal(found.settled, found.explained, f"settled and explained by a {credit}")
                equal(found.settled_on, None, f"day of an invoice that a {credit} paid in part")
                equal(part.date, work.references.day, f"day of a {credit}")

    def test_a_settlement_that_is_new_is_told_and_an_old_one_is_not(self, fresh: Bench) -> None:
        with fresh.work() as work:
            for credit in _creditable(fresh):
                found = _settled_by(work, credit)
                if found is not None:
                    _check_new(work, found)

    def test_a_credit_that_is_allocated_later_settles_from_that_day(self, fresh: Bench) -> None:
        if not (_tells(fresh) and fresh.can("credit_memo", Operation.ALLOCATE)):
            return
        with fresh.work() as work:
            credit = work.references.open_document("credit_memo")
            invoice = work.references.open_document("sales_invoice")
            if credit is None or invoice is None:
                return
            later = work.references.day + timedelta(days=2)
            named = key_of(record_type("credit_memo"), credit.transaction_number)
            details: Body = {
                "invoice": invoice.transaction_number,
                "amount": "5.00",
                "date": later.isoformat(),
            }
            work.session.act("credit_memo", named, Verb.ALLOCATE, details)
            (found,) = work.session.settlements_of([str(invoice.transaction_number)])
            expect(found is not None and found.parts, "an allocation is told as a settlement")
            part = found.parts[0] if found is not None else None
            told = part and (part.record_type, part.key, part.amount, part.date)
            wanted = ("credit_memo", str(credit.transaction_number), 500, later)
            equal(told, wanted, "what an allocation settles")

    def test_what_is_taken_back_settles_nothing(self, fresh: Bench) -> None:
        with fresh.work() as work:
            for credit in _creditable(fresh):
                for step in _STEPS:
                    found = _settled_by(work, credit) if fresh.can(credit, step) else None
                    if found is not None:
                        named = key_of(record_type(credit), found.parts[0].key)
                        take_back(work, credit, named, step)
                        (after,) = work.session.settlements_of([found.key])
                        parts = after.parts if after is not None else None
                        equal(parts, (), f"parts after {step.value} of a {credit}")
                        keys = [each.key for each in work.session.settlements(None)]
                        expect(found.key not in keys, f"told after {step.value} of a {credit}")


def _tells(bench: Bench) -> bool:
    return Figure.SETTLEMENTS in bench.figures


def _creditable(bench: Bench) -> list[str]:
    return [one for one in CREDITS if _tells(bench) and bench.can(one, Operation.CREATE)]


def _settled_by(work: Work, credit: str) -> Settlement | None:
    """Make a credit that settles a part of a fresh invoice; return how that stands."""
    body = work.maximal(credit)
    key = work.create(credit, body) if body.get("applications") else None
    if key is None:
        return None
    told = list(work.session.settlements(None))
    numbers = [int(each.key) for each in told]
    equal(numbers, sorted(set(numbers)), "order of the settlements")
    found = [each for each in told if key in [part.key for part in each.parts]]
    equal(len(found), 1, f"invoices that the {credit} {key} settles")
    equal(list(work.session.settlements_of([found[0].key])), found, "an invoice asked for by key")
    return found[0]


def _check_new(work: Work, found: Settlement) -> None:
    made_by, day = found.parts[0].made_by, found.parts[0].date
    far = date.max
    for since, is_new in (
        (SettledSince(day), True),
        (SettledSince(day + timedelta(days=1)), False),
        (SettledSince(far, after=made_by - 1), True),
        (SettledSince(far, after=made_by), False),
        (SettledSince(far, after=made_by, saved="9999"), False),
    ):
        told = [each for each in work.session.settlements(since) if each.key == found.key]
        equal(told, [found] if is_new else [], f"told as new since {since}")
