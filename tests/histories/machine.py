"""Random histories of a company: each step is done, crashed or refused, and then judged.

After every step the books must agree with themselves (debits equal credits, sub-ledgers
equal their control accounts, stock value equals the inventory account, cost layers equal
the stock) and with the small model, which knows nothing of how the product works.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from clary.companies.contract import Query, Session
from clary.companies.keys import Key, parse_key
from clary.companies.sandbox import SandboxCompany, faults
from clary.companies.sandbox.backup import backup, restore
from clary.companies.sandbox.values import set_values
from clary.kernel.change import Body, Origin, Verb
from clary.kernel.errors import ClaryError, Rejected, Uncertain, Unreachable
from clary.kernel.money import to_minor
from clary.ledger.journal_text import Title
from clary.ledger.registry import record_type
from tests import surroundings
from tests.histories.editions import ITEMS, Speech
from tests.histories.model import Document, Model
from tests.judge import judge

AMOUNTS = st.integers(min_value=1, max_value=500_000)
QUANTITIES = st.integers(min_value=1, max_value=9)
PICKS = st.integers(min_value=0, max_value=10_000)
DAYS = st.integers(min_value=1, max_value=24)
JUDGED_EVERY = 40
CRASHES = ("crash-after-commit", "crash-before-commit")
_TEMPLATES: dict[str, Path] = {}


def _template(speech: Speech) -> Path:
    """Return the small company that histories of an edition are copied from."""
    found = _TEMPLATES.get(speech.edition)
    if found is None:
        found = Path(tempfile.mkdtemp(prefix="clary-histories-")) / "template.clary"
        speech.make(found)
        _TEMPLATES[speech.edition] = found
    return found


def key(name: str, text: str) -> Key:
    """Return a key of a record type."""
    return parse_key(record_type(name), text)


class History(RuleBasedStateMachine):
    """One random history of one company."""

    speech: ClassVar[Speech]
    ended: ClassVar[int] = 0

    @initialize()
    def open_company(self) -> None:
        """Copy the small company and log on."""
        self.folder = Path(tempfile.mkdtemp(prefix="clary-history-"))
        self.path = self.folder / "company.clary"
        shutil.copy(_template(self.speech), self.path)
        self.model = Model()
        self.saved: tuple[Model, Path] | None = None
        self.origins = 0
        self.session: Session = SandboxCompany(self.path).session(write=True)
        for kind in ("customer", "vendor", "customer", "vendor"):
            self.create_party(kind)
        for position, item in enumerate(ITEMS):
            self._adjust(item, 5, 200 + position, 1)

    def teardown(self) -> None:
        """Let hledger judge some of the books, log off and clean up."""
        if hasattr(self, "session"):
            try:
                self._judge()
            finally:
                self.session.close()
                shutil.rmtree(self.folder, ignore_errors=True)

    def _judge(self) -> None:
        """Compare one history in JUDGED_EVERY with what hledger makes of its journal."""
        type(self).ended += 1
        if type(self).ended % JUDGED_EVERY == 0:
            command = surroundings.system_command("hledger")
            title = Title("Histories", self.speech.edition, "USD")
            found, stated = judge(command, self.session, title)
            assert found == stated

    # -- steps ---------------------------------------------------------------------------

    @rule(kind=st.sampled_from(("customer", "vendor")))
    def create_party(self, kind: str) -> None:
        """Add a customer or vendor."""
        self.origins += 1
        name = f"{kind[0].upper()}{self.origins}"
        body = self.speech.party(kind, name)
        if self._done(lambda: self.session.create(kind, body), lambda: self._exists(kind, name)):
            self.model.parties[kind].add(name)

    @rule(net=AMOUNTS, pick=PICKS, quantity=QUANTITIES, day=DAYS, credit=st.booleans())
    @precondition(lambda self: self.model.parties["customer"])
    def sell(self, net: int, pick: int, quantity: int, day: int, *, credit: bool) -> None:
        """Post an invoice or a credit memo, with or without goods."""
        customer = self._pick("customer", pick)
        item = self._item(pick, -quantity if not credit else quantity)
        body, total = self.speech.sale(customer, net, item, quantity)
        name = "credit_memo" if credit else "sales_invoice"
        moved = quantity if credit else -quantity
        self._post(name, body, customer, total, -total if credit else total, day, item, moved)

    @rule(net=AMOUNTS, pick=PICKS, quantity=QUANTITIES, day=DAYS, credit=st.booleans())
    @precondition(lambda self: self.model.parties["vendor"])
    def buy(self, net: int, pick: int, quantity: int, day: int, *, credit: bool) -> None:
        """Post a bill or a vendor credit, with or without goods."""
        vendor = self._pick("vendor", pick)
        item = self._item(pick, -quantity if credit else quantity)
        body, total = self.speech.purchase(vendor, net, item, quantity)
        name = "vendor_credit" if credit else "purchase"
        moved = -quantity if credit else quantity
        self._post(name, body, vendor, total, -total if credit else total, day, item, moved)

    @rule(pick=PICKS, part=st.integers(1, 100), more=st.integers(0, 2), day=DAYS, out=st.booleans())
    def settle(self, pick: int, part: int, more: int, day: int, *, out: bool) -> None:
        """Pay an open document in full or in part, perhaps with money on account."""
        side, invoice, name = (
            ("vendor", "purchase", "payment") if out else ("customer", "sales_invoice", "receipt")
        )
        documents = self.model.open_of(invoice)
        if not documents:
            return
        document = documents[pick % len(documents)]
        amount = max(1, document.open * part // 100)
        extra = more * 700
        settles = {document.key: amount}
        party = str(document.party)
        body = self.speech.cash(side, party, amount + extra, settles)
        self._post(
            name, body, party, amount + extra, -(amount + extra), day, None, 0, settles, extra
        )

    @rule(amount=AMOUNTS, day=DAYS)
    def journal(self, amount: int, day: int) -> None:
        """Post a journal entry."""
        self._post(
            "journal_entry", self.speech.journal(amount), None, amount, 0, day, None, 0, {}, 0
        )

    @rule(pick=PICKS, quantity=QUANTITIES, cost=st.integers(0, 900), day=DAYS, out=st.booleans())
    def adjust(self, pick: int, quantity: int, cost: int, day: int, *, out: bool) -> None:
        """Count stock again: more or fewer pieces of an item."""
        item = ITEMS[pick % len(ITEMS)]
        moved = -min(quantity, self.model.quantities.get(item, 0)) if out else quantity
        if moved:
            self._adjust(item, moved, cost, day)

    def _adjust(self, item: str, moved: int, cost: int, day: int) -> None:
        body = self.speech.adjustment(item, moved, cost)
        self._post("inventory_adjustment", body, None, 0, 0, day, item, moved, {}, 0)

    @rule(pick=PICKS, delete=st.booleans())
    def take_back(self, pick: int, *, delete: bool) -> None:
        """Void, reverse or delete a document, or see it refused."""
        living = [one for one in self.model.documents.values() if one.alive]
        if not living:
            return
        document = living[pick % len(living)]
        record = key(document.record_type, document.key)
        deletes = delete and self.speech.edition == "us"

        def step() -> None:
            if deletes:
                self.session.delete(document.record_type, record)
            else:
                verb = Verb(self.speech.take_back)
                self.session.act(document.record_type, record, verb, {})

        closed = document.day <= self.model.locked
        settled = self.model.settled_by_others(document.key)
        if closed or settled:
            self._refused(step)
        elif document.moves:
            self._perhaps(step, document)
        elif self._done(step, lambda: self._is_back(document)):
            self.model.take_back(document.key)

    @rule(pick=PICKS, net=AMOUNTS)
    @precondition(lambda self: self.speech.edits)
    def edit(self, pick: int, net: int) -> None:
        """Change the amount of an invoice that is posted, or see it refused."""
        invoices = [
            one
            for one in self.model.documents.values()
            if one.alive and one.record_type == "sales_invoice"
        ]
        if not invoices:
            return
        document = invoices[pick % len(invoices)]
        [(item, moved)] = document.moves.items() or [(None, 0)]
        body, total = self.speech.sale(str(document.party), net, item, -moved)
        record = key("sales_invoice", document.key)

        def step() -> None:
            self.session.update("sales_invoice", record, {"lines": body["lines"]})

        if document.day <= self.model.locked or self.model.settled_by_others(document.key):
            if total != document.total:
                self._refused(step)
        elif self._done(step, lambda: self._total(document) == total):
            document.total = document.open = document.effect = total

    def _total(self, document: Document) -> int:
        record = key(document.record_type, document.key)
        return to_minor_text(self.session.get(document.record_type, record)["total"])

    @rule(pick=PICKS, kind=st.sampled_from(("customer", "vendor")))
    def delete_party(self, pick: int, kind: str) -> None:
        """Delete a party that nothing was ever posted to; any other is refused."""
        if not self.model.parties[kind]:
            return
        name = self._pick(kind, pick)

        def step() -> None:
            self.session.delete(kind, key(kind, name))

        if name in self.model.used:
            self._perhaps_deleted(kind, name, step)
        elif self._done(step, lambda: not self._exists(kind, name)):
            self.model.parties[kind].discard(name)

    @rule(month=st.integers(1, 6))
    def lock(self, month: int) -> None:
        """Close everything up to the end of a month."""
        self.model.locked = f"2026-{month:02d}-28"
        self.session.close()
        set_values(self.path, lock_date=self.model.locked)
        self.session = SandboxCompany(self.path).session(write=True)

    @rule()
    def back_up(self) -> None:
        """Keep a copy of the books."""
        file = self.folder / f"backup-{self.origins}.clary"
        self.origins += 1
        backup(self.path, file)
        self.saved = (self.model.snapshot(), file)

    @rule()
    @precondition(lambda self: self.saved is not None)
    def put_back(self) -> None:
        """Restore the kept copy; the company gets a new generation."""
        if self.saved is None:
            return
        before = SandboxCompany(self.path).info().generation
        self.session.close()
        model, file = self.saved
        restore(self.path, file)
        self.model = model.snapshot()
        assert SandboxCompany(self.path).info().generation > before
        self.session = SandboxCompany(self.path).session(write=True)

    @rule(kind=st.sampled_from(CRASHES))
    def crash_next_write(self, kind: str) -> None:
        """Let the next write crash before or after its commit."""
        faults.set_fault(self.path, kind, times=1, on="write")

    # -- how a step is done ----------------------------------------------------------------

    def _pick(self, kind: str, pick: int) -> str:
        names = sorted(self.model.parties[kind])
        return names[pick % len(names)]

    def _item(self, pick: int, quantity: int) -> str | None:
        item = (None, *ITEMS)[pick % 4] if self.speech.trades_stock else None
        if item is None or self.model.quantities.get(item, 0) + quantity < 0:
            return None
        return item

    def _post(  # noqa: PLR0913, PLR0917 - one document's whole expectation
        self,
        name: str,
        body: Body,
        party: str | None,
        total: int,
        effect: int,
        day: int,
        item: str | None,
        moved: int,
        settles: dict[str, int] | None = None,
        still_open: int | None = None,
    ) -> None:
        text = f"2026-{(day - 1) % 12 + 1:02d}-{day:02d}"
        dated = {**body, "date": text}
        self.origins += 1
        origin = Origin("history", str(self.origins))
        document = Document(
            key="",
            record_type=name,
            party=party,
            total=total,
            open=total if still_open is None else still_open,
            day=text,
            effect=effect,
            settles=settles or {},
            moves={item: moved} if item else {},
        )
        if text <= self.model.locked:
            self._refused(lambda: self._create(name, dated, origin, document))
        else:
            self._create(name, dated, origin, document)

    def _create(self, name: str, body: Body, origin: Origin, document: Document) -> None:
        """Create a document; after a crash, look by its origin what became of it."""
        try:
            written = self.session.create(name, body, origin)
            document.key = str(written.key)
        except (Uncertain, Unreachable):
            self._log_on_again()
            found = self.session.find_origins(name, [origin])[0]
            if found.key is None:
                return
            document.key = found.key
        self.model.post(document)

    def _log_on_again(self) -> None:
        self.session.close()
        self.session = SandboxCompany(self.path).session(write=True)

    def _figures(self) -> object:
        return [
            [(figure.id, figure.balance) for figure in self.session.trial_balance(None)],
            [
                (item.key, item.open)
                for side in ("customer", "vendor")
                for item in self.session.open_items(side, None)
            ],
        ]

    def _refused(self, step: Callable[[], None]) -> None:
        """Do a step that must be refused and leave no trace."""
        before = self._figures()
        try:
            step()
        except Rejected:
            pass
        except ClaryError:
            self._log_on_again()
        else:
            message = "a step that a rule forbids was done"
            raise AssertionError(message)
        assert self._figures() == before

    def _done(self, step: Callable[[], object], look: Callable[[], bool]) -> bool:
        """Do a step; after a crash, look whether it was done."""
        try:
            step()
        except (Uncertain, Unreachable):
            self._log_on_again()
            return look()
        return True

    def _exists(self, kind: str, name: str) -> bool:
        return self.session.get_many(kind, [key(kind, name)])[0] is not None

    def _is_back(self, document: Document) -> bool:
        record = key(document.record_type, document.key)
        body = self.session.get_many(document.record_type, [record])[0]
        return body is None or body.get("reversed_by") is not None

    def _perhaps(self, step: Callable[[], None], document: Document) -> None:
        """Take back what stock may forbid: it is done whole, or refused without a trace."""
        before = self._figures()
        try:
            done = self._done(step, lambda: self._is_back(document))
        except Rejected as error:
            assert error.code == "STOCK_USED_SINCE"  # noqa: PT017 - it may also be done
            assert self._figures() == before
        else:
            if done:
                self.model.take_back(document.key)

    def _perhaps_deleted(self, kind: str, name: str, step: Callable[[], None]) -> None:
        """Delete a party with a history: only a history that is gone altogether allows it."""
        try:
            done = self._done(step, lambda: not self._exists(kind, name))
        except Rejected as error:
            assert error.code in ("RECORD_IN_USE_BY", "BALANCE_NOT_ZERO")  # noqa: PT017 - as above
        else:
            assert not any(one.alive and one.party == name for one in self.model.documents.values())
            if done:
                self.model.parties[kind].discard(name)

    # -- what must always hold ---------------------------------------------------------------

    @invariant()
    def books_hold(self) -> None:
        """Judge the books against themselves and against the model."""
        if not hasattr(self, "session"):
            return
        figures = {one.id: one.balance for one in self.session.trial_balance(None)}
        assert sum(figures.values()) == 0
        self._check_side("customer", figures[self.speech.receivable], 1)
        self._check_side("vendor", figures[self.speech.payable], -1)
        self._check_stock(figures)

    def _check_side(self, kind: str, control: int, sign: int) -> None:
        balances = {
            str(body["id"]): to_minor_text(body["balance"])
            for body in self.session.read(kind, Query())
        }
        assert set(balances) == self.model.parties[kind]
        assert balances == {name: self.model.balance(name) for name in balances}
        assert sum(balances.values()) == sign * control
        invoice = "sales_invoice" if kind == "customer" else "purchase"
        open_total = 0
        for item in self.session.open_items(kind, None):
            assert item.open == self.model.documents[item.key].open
            open_total += item.open if item.record_type == invoice else -item.open
        assert open_total == sum(balances.values())

    def _check_stock(self, figures: dict[str, int]) -> None:
        value = 0
        for body in self.session.read("item", Query()):
            quantity = int(str(body["quantity_on_hand"]))
            assert quantity == self.model.quantities.get(str(body["id"]), 0)
            value += to_minor_text(body["stock_value"])
        if self.speech.inventory is not None:
            assert value == figures[self.speech.inventory]
        self._check_layers()

    def _check_layers(self) -> None:
        connection = self.session._books.connection  # type: ignore[attr-defined]  # noqa: SLF001 - layers are no record type
        rows = connection.execute(
            "SELECT i.id, i.quantity_on_hand, i.stock_value, COALESCE(SUM(l.remaining), 0),"
            " COALESCE(SUM(l.remaining_cost), 0) FROM item_record i"
            " LEFT JOIN cost_layer l ON l.item = i.record_number"
            " WHERE i.id <> 'AVERAGE' GROUP BY i.id"
        ).fetchall()
        for item, quantity, value, remaining, cost in rows:
            assert (remaining, cost) == (max(quantity, 0), value), item


def to_minor_text(value: object) -> int:
    """Return an amount of a body in minor units."""
    from decimal import Decimal  # noqa: PLC0415 - keeps the head short

    return to_minor(Decimal(str(value)))
