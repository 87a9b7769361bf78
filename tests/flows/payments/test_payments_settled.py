"""Two ways to learn how invoices were settled give the same answer, whatever happened."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clary.companies.contract import Session
from clary.companies.keys import parse_key
from clary.companies.sandbox import SandboxCompany, acts, create
from clary.companies.sandbox.seed import seed_demo
from clary.companies.settlements import SettledSince
from clary.flows.payments.settled import Direct, FromOpenItems
from clary.kernel.change import Body, JsonValue, Verb
from clary.kernel.errors import Rejected
from clary.kernel.money import money_text
from clary.ledger.fields import EditionName
from clary.ledger.registry import record_type
from tests.paying import BANKS, SPEECHES

CUSTOMERS = ("ONE", "TWO")
ABROAD = "EURO"
SECONDS = st.integers(0, 50)
DAYS = st.integers(1, 28)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("invoice"), SECONDS, st.integers(1, 9), DAYS),
        st.tuples(st.just("receipt"), SECONDS, st.integers(1, 100), DAYS),
        st.tuples(st.just("by_number"), SECONDS, st.integers(1, 100), DAYS),
        st.tuples(st.just("split"), SECONDS, st.integers(1, 100), DAYS),
        st.tuples(st.just("discounted"), SECONDS, st.integers(2, 100), DAYS),
        st.tuples(st.just("on_account"), SECONDS, st.integers(1, 9), DAYS),
        st.tuples(st.just("credit_memo"), SECONDS, st.integers(1, 100), DAYS),
        st.tuples(st.just("allocate"), SECONDS, st.integers(1, 100), DAYS),
        st.tuples(st.just("take_back"), SECONDS, st.integers(0, 50), DAYS),
        st.tuples(st.just("renumber"), SECONDS, st.integers(0, 50), DAYS),
    ),
    min_size=1,
    max_size=14,
)


@cache
def template(edition: EditionName) -> Path:
    """Return a small company with customers, which histories are copied from."""
    path = Path(tempfile.mkdtemp(prefix="clary-settled-")) / "template.clary"
    create(path, name="Settled", edition=edition, fiscal_year_start=date(2026, 1, 1))
    with SandboxCompany(path).session(write=True) as session:
        SPEECHES[edition].fill(session)
        for name in CUSTOMERS:
            session.create("customer", {"id": name, "name": name})
    if edition == "us":
        for kind, account in (("accounts_receivable", "1100"), ("sales_discount", "4900")):
            acts.perform(path, "set-default", [kind, account], {})
        return path
    acts.perform(path, "foreign-trader", ["on"], {})
    with SandboxCompany(path).session(write=True) as session:
        session.create("currency", {"id": "EUR", "name": "Euro", "rate": "1.1"})
        session.create("bank", {"id": "1240", "name": "Euro bank", "currency": "EUR"})
        session.create("customer", {"id": ABROAD, "name": "Euro", "currency": "EUR"})
    return path


class History:
    """Documents of one company, entered at random."""

    def __init__(self, session: Session, edition: EditionName) -> None:
        self.session = session
        self.edition = edition
        self.parties = (*CUSTOMERS, ABROAD) if edition == "uk" else CUSTOMERS
        self.invoices: list[tuple[str, str, str]] = []
        self.credits: list[tuple[str, str, str]] = []
        self.allocations: list[str] = []

    def take(self, kind: str, pick: int, part: int, day: int) -> None:
        """Do a step; one that Sage refuses leaves no trace."""
        steps: dict[str, Callable[[int, int, str], None]] = {
            "invoice": self.invoice,
            "receipt": self.receipt,
            "by_number": lambda p, n, d: self.receipt(p, n, d, by_number=True),
            "split": self.split,
            "discounted": lambda p, n, d: self.receipt(p, n, d, discount=1),
            "on_account": self.on_account,
            "credit_memo": self.credit_memo,
            "allocate": self.allocate,
            "take_back": self.take_back,
            "renumber": self.renumber,
        }
        try:
            steps[kind](pick, part, f"2026-{(pick + part) % 6 + 1:02d}-{day:02d}")
        except Rejected:
            return

    def invoice(self, pick: int, number: int, day: str) -> None:
        party = self.parties[pick % len(self.parties)]
        body = self._trade(party, f"N{number}", day, 1000 + 37 * pick)
        written = self.session.create("sales_invoice", body)
        self.invoices.append((party, str(written.key), f"N{number}"))

    def _trade(self, party: str, number: str, day: str, amount: int) -> Body:
        line: Body = {"amount": money_text(amount), "account_id": "4000"}
        body: Body = {"customer_id": party, "number": number, "date": day}
        if self.edition == "us":
            body["receivable_account_id"] = "1100"
        else:
            line["tax_code_id"] = "T0"
        return {**body, "lines": [line]}

    def _open(self, key: str) -> int:
        found = self.session.get("sales_invoice", parse_key(record_type("sales_invoice"), key))
        return int(str(found["amount_due"]).replace(".", ""))

    def receipt(
        self, pick: int, part: int, day: str, *, by_number: bool = False, discount: int = 0
    ) -> None:
        if not self.invoices:
            return
        party, key, number = self.invoices[pick % len(self.invoices)]
        amount = self._open(key) * part // 100
        entry: Body = {"amount": money_text(amount - discount)}
        if by_number:
            entry["invoice_number"] = number
        else:
            entry["transaction_number"] = int(key)
        if discount:
            entry["discount_amount"] = money_text(discount)
        self._cash(party, day, amount - discount, [entry])

    def split(self, pick: int, part: int, day: str) -> None:
        if not self.invoices:
            return
        party = self.invoices[pick % len(self.invoices)][0]
        same = [each for each in self.invoices if each[0] == party]
        entries: list[JsonValue] = []
        total = 0
        for _, key, _ in same[:3]:
            amount = self._open(key) * part // 100
            if amount:
                entries.append({"transaction_number": int(key), "amount": money_text(amount)})
                total += amount
        if entries:
            self._cash(party, day, total, entries)

    def on_account(self, pick: int, amount: int, day: str) -> None:
        self._cash(self.parties[pick % len(self.parties)], day, amount * 100, [])

    def _cash(self, party: str, day: str, amount: int, entries: list[JsonValue]) -> None:
        body: Body = {
            "reference": f"R{len(self.credits)}",
            "customer_id": party,
            "date": day,
            "cash_account_id": "1240" if party == ABROAD else BANKS[self.edition],
            "amount": money_text(amount),
        }
        written = self.session.create("receipt", {**body, "applications": entries})
        self.credits.append(("receipt", party, str(written.key)))

    def credit_memo(self, pick: int, part: int, day: str) -> None:
        if not self.invoices:
            return
        party, key, _ = self.invoices[pick % len(self.invoices)]
        body = self._trade(party, f"C{len(self.credits)}", day, 500)
        amount = min(500, self._open(key) * part // 100)
        if amount:
            applied: Body = {"transaction_number": int(key), "amount": money_text(amount)}
            body["applications"] = [applied]
        written = self.session.create("credit_memo", body)
        self.credits.append(("credit_memo", party, str(written.key)))

    def allocate(self, pick: int, part: int, day: str) -> None:
        if not (self.credits and self.invoices):
            return
        name, party, key = self.credits[pick % len(self.credits)]
        for its, invoice, _ in self.invoices:
            amount = self._open(invoice) * part // 100
            if its == party and amount:
                details: Body = {
                    "invoice": int(invoice),
                    "amount": money_text(min(amount, 100)),
                    "date": day,
                }
                named = parse_key(record_type(name), key)
                written = self.session.act(name, named, Verb.ALLOCATE, details)
                self.allocations.append(str((written.undo or {})["allocation"]))
                return

    def take_back(self, pick: int, which: int, _day: str) -> None:
        """Void, reverse, unallocate or delete something."""
        if which % 3 == 0 and self.allocations:
            key = parse_key(
                record_type("allocation"), self.allocations[pick % len(self.allocations)]
            )
            self.session.act("allocation", key, Verb.UNALLOCATE, {})
            return
        documents = [(name, key) for name, _, key in self.credits]
        documents += (
            [("sales_invoice", key) for _, key, _ in self.invoices] if which % 5 == 0 else []
        )
        if not documents:
            return
        name, own = documents[pick % len(documents)]
        named = parse_key(record_type(name), own)
        if which % 4 == 1 and self.edition == "us":
            self.session.delete(name, named)
        else:
            self.session.act(name, named, Verb(SPEECHES[self.edition].take_back), {})

    def renumber(self, pick: int, number: int, _day: str) -> None:
        """Change the number of an invoice or the reference of a receipt."""
        if pick % 2 and self.credits:
            name, _, own = self.credits[pick % len(self.credits)]
            field = "reference" if name == "receipt" else "number"
            self.session.update(name, parse_key(record_type(name), own), {field: f"X{number}"})
        elif self.invoices:
            _, own, _ = self.invoices[pick % len(self.invoices)]
            key = parse_key(record_type("sales_invoice"), own)
            self.session.update("sales_invoice", key, {"number": f"N{number % 9}"})


@pytest.mark.parametrize("edition", ["us", "uk"])
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(steps=STEPS, day=DAYS)
def test_both_ways_tell_the_same_of_any_history(
    edition: EditionName, steps: list[tuple[str, int, int, int]], day: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "company.clary"
        shutil.copy(template(edition), path)
        with SandboxCompany(path).session(write=True) as session:
            history = History(session, edition)
            for step in steps:
                history.take(*step)
            direct, worked_out = Direct(session), FromOpenItems(session)
            told = list(direct.touched(None))
            assert list(worked_out.touched(None)) == told
            assert [each.explained for each in told] == [each.settled for each in told]
            middle = max((part.made_by for each in told for part in each.parts), default=0) // 2
            for since in (
                SettledSince(date(2026, 3, day)),
                SettledSince(date(2026, 7, 1), after=middle, saved="2026"),
            ):
                assert list(worked_out.touched(since)) == list(direct.touched(since))
            keys = [key for _, key, _ in history.invoices] + ["999999", "nonsense"]
            assert list(worked_out.of(keys)) == list(direct.of(keys))


@pytest.mark.parametrize("edition", ["us", "uk"])
def test_both_ways_tell_the_same_of_two_years_of_a_company(
    tmp_path: Path, edition: EditionName
) -> None:
    path = tmp_path / "demo.clary"
    create(path, name="Demo", edition=edition)
    seed_demo(path)
    with SandboxCompany(path).session() as session:
        told = list(Direct(session).touched(None))
        assert len(told) > 1000
        assert list(FromOpenItems(session).touched(None)) == told
