"""An installation with a company and a sandbox ConnectWise site that billed its invoices.

Tests take an invoice that nobody else uses, let people on both sides do things to it, and
look at what a sync makes of that.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import httpx

from clary.apps.connectwise.client import Client
from clary.apps.connectwise.conditions import equal
from clary.apps.connectwise.resources import Accounting
from clary.apps.connectwise.settings import Settings
from clary.apps.connectwise.shapes import Invoice
from clary.companies.contract import Session
from clary.companies.keys import parse_key
from clary.companies.sandbox import SandboxCompany, acts
from clary.flows.payments.register import Looked
from clary.flows.payments.settled import Way
from clary.flows.payments.since import Start, start_of
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying
from clary.hub.services.apps import add_app
from clary.hub.services.payments import (
    SyncDone,
    SyncPlanned,
    plan_sync,
    run_sync,
    sync_invoices,
)
from clary.hub.services.runs import plan_the_undo
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.hub.services.stated import Asked
from clary.kernel.change import Body, JsonValue, Origin, Verb
from clary.kernel.clock import FixedClock
from clary.kernel.money import money_text, to_minor
from clary.kernel.settings import read
from clary.ledger.fields import EditionName
from clary.ledger.registry import record_type
from tests.databases import URL_FILE, url_in
from tests.histories.editions import Speech, UnitedKingdom, UnitedStates
from tests.sites import Site

ORIGIN = "connectwise/demo"
SPEECHES: Mapping[EditionName, Speech] = {"us": UnitedStates(), "uk": UnitedKingdom()}
BANKS: Mapping[EditionName, str] = {"us": "1020", "uk": "1200"}
DAY = "2026-03-02"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Billed:
    """An invoice that ConnectWise billed and the books hold.

    Attributes:
        id: its id in ConnectWise.
        number: its number on both sides.
        party: its customer in Sage.
        total: minor units.
        key: its key in Sage.
    """

    id: int
    number: str
    party: str
    total: int
    key: str


@dataclass
class Paying:
    """Both sides of a sync, and the people who work there."""

    installation: Installation
    clock: FixedClock
    edition: EditionName
    path: Path
    accounting: Accounting
    site: Site
    _waiting: Iterator[Invoice] = field(default_factory=lambda: iter(()))
    _taken: set[int] = field(default_factory=set)

    # --- Sage ---------------------------------------------------------------------------

    @contextmanager
    def books(self) -> Iterator[Session]:
        """Give a session of the person at Sage, whom no missing access keeps out."""
        access = self.company("SELECT value FROM company WHERE name = 'access'")
        self.act("allow-access always")
        with SandboxCompany(self.path, clock=self.clock).session(write=True) as session:
            yield session
        self.act(f"allow-access {access}")

    def company(self, sql: str) -> str:
        """Return one value of the company's file."""
        with sqlite3.connect(self.path) as connection:
            found = str(connection.execute(sql).fetchone()[0])
        connection.close()
        return found

    def act(self, command: str) -> None:
        """Let the person at Sage do something."""
        name, *arguments = command.split()
        acts.perform(self.path, name, arguments, {}, self.clock)

    def post(self, *, by_hand: bool = False, **changed: JsonValue) -> Billed:
        """Post an invoice that ConnectWise billed, as a batch does or by hand."""
        invoice = self._next()
        return self._post("sales_invoice", invoice, by_hand=by_hand, **changed)

    def post_credit(self) -> Billed:
        """Post the credit memo of ConnectWise that was not applied there."""
        return self._post("credit_memo", next(each for each in self._memos() if each.balance))

    def _memos(self) -> Iterator[Invoice]:
        return self.accounting.invoices(equal("type", "CreditMemo"))

    def _post(
        self, name: str, invoice: Invoice, *, by_hand: bool = False, **changed: JsonValue
    ) -> Billed:
        total = abs(to_minor(invoice.total or Decimal(0)))
        party = str(changed.get("customer_id") or _party(invoice))
        number = str(changed.get("number") or invoice.invoice_number)
        self._know(party)
        origin = None if by_hand else Origin(ORIGIN, f"invoice:{invoice.id}")
        with self.books() as session:
            written = session.create(name, {**self.body(party, number, total), **changed}, origin)
        return Billed(invoice.id or 0, number, party, total, str(written.key))

    def post_twin(self, billed: Billed) -> Billed:
        """Post another invoice of the same customer, number and total, by hand."""
        with self.books() as session:
            body = self.body(billed.party, billed.number, billed.total)
            written = session.create("sales_invoice", body)
        return replace(billed, key=str(written.key))

    def post_again(self, billed: Billed) -> Billed:
        """Post the invoice as a second revision, which no batch would do."""
        origin = Origin(ORIGIN, f"invoice:{billed.id}", "2")
        with self.books() as session:
            body = self.body(billed.party, billed.number, billed.total)
            written = session.create("sales_invoice", body, origin)
        return replace(billed, key=str(written.key))

    def post_applied(self) -> tuple[Billed, Billed]:
        """Post the invoice to which ConnectWise itself applied a credit memo, and the memo."""
        memo = next(each for each in self._memos() if not each.balance)
        (applied,) = self.accounting.payments(memo.id or 0)
        invoice = self.accounting.invoice((applied.invoice and applied.invoice.id) or 0)
        return self._post("sales_invoice", invoice), self._post("credit_memo", memo)

    def post_in_another_currency(self) -> Billed:
        """Post, in the books' own currency, what ConnectWise billed in another one."""
        own = "USD" if self.edition == "us" else "GBP"
        for invoice in self.accounting.invoices():
            if invoice.currency is not None and invoice.currency.currency_code != own:
                return self._post("sales_invoice", invoice, customer_id="ABROAD")
        message = "the site has no invoice in another currency"
        raise AssertionError(message)

    def become(self, billed: Billed, other: Billed) -> None:
        """Let the books change an invoice into what another one is in ConnectWise."""
        sql = (
            "UPDATE document SET origin = :origin,"
            " body = json_set(body, '$.origin', :origin) WHERE transaction_number = :key"
        )
        origin = Origin(ORIGIN, f"invoice:{other.id}").text
        with sqlite3.connect(self.path) as connection:
            connection.execute(sql.replace(":key", ":mine"), {"origin": None, "mine": other.key})
            connection.execute(
                "UPDATE document SET number = 'NONE', body = json_remove(body, '$.origin')"
                " WHERE transaction_number = ?",
                (other.key,),
            )
            connection.execute(sql, {"origin": origin, "key": billed.key})
        connection.close()

    def body(self, party: str, number: str, total: int) -> Body:
        """Return an invoice or credit memo over `total`."""
        more: Body = {"receivable_account_id": "1100"} if self.edition == "us" else {}
        line = self.line(total)
        return {
            "customer_id": party,
            "number": number,
            "date": "2026-02-01",
            "lines": [line],
            **more,
        }

    def line(self, total: int) -> Body:
        """Return a line without tax."""
        tax: Body = {"tax_code_id": "T0"} if self.edition == "uk" else {}
        return {"amount": money_text(total), "account_id": "4000", **tax}

    def credit(self, billed: Billed, amount: int) -> None:
        """Credit an invoice in Sage with a credit memo that ConnectWise knows nothing of."""
        body = self.body(billed.party, f"CM{billed.number}", amount)
        entry: Body = {"transaction_number": int(billed.key), "amount": money_text(amount)}
        with self.books() as session:
            session.create("credit_memo", {**body, "date": DAY, "applications": [entry]})

    def _next(self) -> Invoice:
        """Return the next invoice of ConnectWise that nobody has used."""
        if not self._taken:
            self._waiting = self.accounting.invoices(equal("type", "Standard"))
        own = "USD" if self.edition == "us" else "GBP"
        for invoice in self._waiting:
            currency = invoice.currency.currency_code if invoice.currency else own
            usable = invoice.account_number and not invoice.credits and currency == own
            if usable and len(invoice.account_number or "") <= 8 + 12 * (self.edition == "us"):
                self._taken.add(invoice.id or 0)
                return invoice
        message = "the site has no more invoices; give it more with --invoices"
        raise AssertionError(message)

    def _know(self, party: str) -> None:
        """Make sure that Sage has a customer."""
        with self.books() as session:
            key = parse_key(record_type("customer"), party)
            if session.get_many("customer", [key]) == [None]:
                session.create("customer", {"id": party, "name": party})

    def pay(
        self,
        billed: Billed,
        amount: int,
        *,
        day: str = DAY,
        reference: str = "CK",
        more: int = 0,
        discount: int = 0,
        by_number: bool = False,
    ) -> str:
        """Enter a receipt; return its key.

        Args:
            billed: the invoice that it pays.
            amount: what of it goes to the invoice, minor units.
            day: its day.
            reference: its reference.
            more: what stays on account.
            discount: settlement discount that is taken.
            by_number: it names the invoice by number.
        """
        named: Body = {"transaction_number": int(billed.key)}
        if by_number:
            named = {"invoice_number": billed.number}
        entry: Body = {**named, "amount": money_text(amount)}
        body: Body = {
            "reference": reference,
            "customer_id": billed.party,
            "date": day,
            "cash_account_id": BANKS[self.edition],
            "amount": money_text(amount + more),
        }
        if discount:
            entry["discount_amount"] = money_text(discount)
            if self.edition == "us":
                body["discount_account_id"] = "4900"
        with self.books() as session:
            return str(session.create("receipt", {**body, "applications": [entry]}).key)

    def on_account(self, billed: Billed, amount: int, day: str = DAY) -> str:
        """Enter money of the invoice's customer that is for no invoice; return its key."""
        body: Body = {
            "reference": "DEPOSIT",
            "customer_id": billed.party,
            "date": day,
            "cash_account_id": BANKS[self.edition],
            "amount": money_text(amount),
        }
        with self.books() as session:
            return str(session.create("receipt", body).key)

    def allocate(self, name: str, key: str, billed: Billed, amount: int, day: str = DAY) -> None:
        """Apply a receipt or credit memo that is there to an invoice."""
        details: Body = {"invoice": int(billed.key), "amount": money_text(amount), "date": day}
        with self.books() as session:
            session.act(name, parse_key(record_type(name), key), Verb.ALLOCATE, details)

    def take_back(self, name: str, key: str) -> None:
        """Void (US) or reverse (UK) a document."""
        verb = Verb(SPEECHES[self.edition].take_back)
        with self.books() as session:
            session.act(name, parse_key(record_type(name), key), verb, {})

    def delete(self, name: str, key: str) -> None:
        """Delete a document."""
        with self.books() as session:
            session.delete(name, parse_key(record_type(name), key))

    def gone(self, name: str, key: str) -> None:
        """Delete a document where the edition can, else take it back."""
        if self.edition == "us":
            self.delete(name, key)
        else:
            self.take_back(name, key)

    # --- ConnectWise ----------------------------------------------------------------------

    def enter(
        self, billed: Billed, amount: int, day: str = "2026-03-03", credit: int | None = None
    ) -> int:
        """Let a person enter a payment in ConnectWise; return its id."""
        amounts = Decimal(money_text(amount))
        made = self.accounting.add_payment(
            billed.id, amounts, date.fromisoformat(day), credit=credit
        )
        return made.id or 0

    def paid(self, billed: Billed) -> list[tuple[str, str, str | None]]:
        """Return kind, amount and day of every payment of an invoice in ConnectWise."""
        return sorted(
            (each.type or "", f"{each.amount:.2f}", (each.payment_date or "")[:10] or None)
            for each in self.accounting.payments(billed.id)
        )

    def balance(self, billed: Billed) -> str:
        """Return what ConnectWise shows as open of an invoice."""
        return f"{self.accounting.invoice(billed.id).balance:.2f}"

    def fault(self, kind: str, **stated: object) -> None:
        """Let the site misbehave at the next requests."""
        answer = httpx.post(f"{self.site.url}/sandbox/faults", json={"kind": kind, **stated})
        assert answer.status_code == 201, answer.text

    def clear_faults(self) -> None:
        """Let the site behave again."""
        assert httpx.delete(f"{self.site.url}/sandbox/faults").is_success

    # --- Clary --------------------------------------------------------------------------------

    def plan(self, since: str | Start | date = Start.LAST, way: Way = Way.FAST) -> SyncPlanned:
        """Plan a sync."""
        start = start_of(since) if isinstance(since, str) else since
        return plan_sync(self.installation, "cw", "books", start, way)

    def sync(
        self,
        since: str | Start | date = Start.LAST,
        way: Way = Way.FAST,
        confirmed: frozenset[str] = frozenset(),
    ) -> SyncDone:
        """Sync, and return how it ended."""
        planned = self.plan(since, way)
        return run_sync(self.installation, planned, Applying(confirmed=confirmed))

    def looked(self, done: SyncDone | SyncPlanned, billed: Billed) -> Looked | None:
        """Return what a sync found of an invoice."""
        sync = done.planned.sync if isinstance(done, SyncDone) else done.sync
        found = sync_invoices(self.installation, sync)
        return next((each for each in found if each.invoice == billed.key), None)

    def undo(self, done: SyncDone) -> SyncDone:
        """Take a sync back."""
        from clary.hub.services.applying import apply_plan  # noqa: PLC0415 - for this one use

        planned = plan_the_undo(self.installation, done.run.run.id)
        answer = apply_plan(self.installation, planned.plan.id, Applying())
        return SyncDone(done.planned, answer)


def _party(invoice: Invoice) -> str:
    return (invoice.account_number or "").upper().replace(" ", "")


def codes(done: SyncDone | SyncPlanned, billed: Billed) -> list[str]:
    """Return the codes of what was found of an invoice."""
    findings = done.planned.findings if isinstance(done, SyncDone) else done.findings
    names = {f"sales_invoice {billed.number}", f"invoice {billed.number}"}
    return [each.code for each in findings if each.record in names]


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of an installation in a folder, on the database named there."""
    home = {"CLARY_HOME": str(folder / "home"), "CLARY_SECRETS": "file"}
    named = {"CLARY_DATABASE_URL": url_in(folder)} if (folder / URL_FILE).exists() else {}
    return home | named


@contextmanager
def paying(folder: Path, site: Site, edition: EditionName) -> Iterator[Paying]:
    """Give an installation with the company `books` and the site as `cw`."""
    clock = FixedClock(NOON)
    settings = read(environment(folder))
    stated = {
        "site": site.url,
        "company": "demo",
        "client_id": "tests",
        "public_key": "public",
        "private_key": "private",
    }
    with Installation(settings, clock, "Ada") as installation:
        wanted = NewSandbox("books", edition, fiscal_year_start=date(2026, 1, 1))
        _, made = create_sandbox(installation, wanted)
        with SandboxCompany(made.file, clock=clock).session(write=True) as session:
            SPEECHES[edition].fill(session)
        secret = stated.pop("private_key")
        asked = Asked([*stated.items()], [("private_key", secret)])
        if edition == "us":
            acts.perform(made.file, "set-default", ["accounts_receivable", "1100"], {}, clock)
        add_app(installation, "cw", "connectwise", asked)
        with Client(Settings.of({**stated, "private_key": secret}), clock=clock) as client:
            yield Paying(installation, clock, edition, made.file, Accounting(client), site)
