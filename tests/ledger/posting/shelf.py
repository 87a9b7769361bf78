"""A set of books in plain dictionaries: small, real, and checked after every posting.

It keeps what a company keeps (account balances, what parties owe, open documents, stock and
its cost layers), so that a test can post one document after the other and look at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TypeVar

from clary.kernel.money import to_minor
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting, RowKind, StockMove
from clary.ledger.posting.settle import Allocated
from clary.ledger.posting.views import (
    AccountView,
    ItemView,
    Lookups,
    OpenDocument,
    PartyView,
    Policy,
    TaxCodeView,
)
from clary.ledger.record import Record

DAY = date(2026, 3, 10)

R = TypeVar("R", bound=Record)
Rule = Callable[[Lookups, Problems, R], Posting]

INVOICES = {"customer": "sales_invoice", "vendor": "purchase"}
TYPES = {
    "SalesInvoice": "sales_invoice",
    "CreditMemo": "credit_memo",
    "Receipt": "receipt",
    "Purchase": "purchase",
    "VendorCredit": "vendor_credit",
    "Payment": "payment",
}


@dataclass
class Shelf:
    """Books in dictionaries; `strict` is off where a test wants to see problems."""

    policy: Policy
    accounts: dict[str, AccountView] = field(default_factory=dict)
    customers: dict[str, PartyView] = field(default_factory=dict)
    vendors: dict[str, PartyView] = field(default_factory=dict)
    items: dict[str, ItemView] = field(default_factory=dict)
    tax_codes: dict[str, TaxCodeView] = field(default_factory=dict)
    lists: set[tuple[str, str]] = field(default_factory=set)
    locked_up_to: date | None = None
    balances: Counter[str] = field(default_factory=Counter)
    documents: dict[int, OpenDocument] = field(default_factory=dict)
    stacks: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)
    _layers_made: int = 0

    # -- what posting rules look up -----------------------------------------------------

    def account(self, account_id: str) -> AccountView | None:
        return self.accounts.get(account_id)

    def customer(self, customer_id: str) -> PartyView | None:
        return self.customers.get(customer_id)

    def vendor(self, vendor_id: str) -> PartyView | None:
        return self.vendors.get(vendor_id)

    def item(self, item_id: str) -> ItemView | None:
        return self.items.get(item_id)

    def tax_code(self, tax_code_id: str) -> TaxCodeView | None:
        return self.tax_codes.get(tax_code_id)

    def open_documents(
        self, party: PartyView, *, number: str | None, transaction_number: int | None
    ) -> list[OpenDocument]:
        return [
            one
            for one in self.documents.values()
            if one.party == party.number
            and one.record_type == INVOICES[party.type]
            and (
                one.number == number
                if transaction_number is None
                else one.transaction_number == transaction_number
            )
        ]

    def has_document(self, record_type: str, party: PartyView, number: str) -> bool:
        return any(
            (one.record_type, one.party, one.number) == (record_type, party.number, number)
            for one in self.documents.values()
        )

    def closed_reason(self, day: date) -> tuple[str, str] | None:
        if self.locked_up_to is not None and day <= self.locked_up_to:
            return "the books are locked", "Use a later date."
        return None

    def known(self, record_type: str, key: str) -> bool:
        return (record_type, key) in self.lists

    def layers(self, item: ItemView) -> list[tuple[int, int, int]]:
        return list(self.stacks.get(item.number, []))

    # -- what tests do --------------------------------------------------------------------

    def set_policy(self, **changes: object) -> None:
        """Change settings of the company."""
        self.policy = replace(self.policy, **changes)  # type: ignore[arg-type]  # each test names fields of Policy

    def set_account(self, account_id: str, **changes: object) -> None:
        """Change an account."""
        self.accounts[account_id] = replace(self.accounts[account_id], **changes)  # type: ignore[arg-type]  # as above

    def check(self, rule: Rule[R], record: R) -> tuple[Posting, Problems]:
        """Return what a rule says, without posting it."""
        problems = Problems(type(record).__name__)
        return rule(self, problems, record), problems

    def post(self, rule: Rule[R], record: R) -> Posting:
        """Post a document that must pass; return its posting with its warnings."""
        posting, problems = self.check(rule, record)
        assert not problems.failed, problems.findings
        posting.warnings = problems.findings
        self._enter(posting, record)
        self.assert_sound()
        return posting

    def refused(self, rule: Rule[R], record: R) -> set[str]:
        """Return the codes of the errors that stop a document."""
        _, problems = self.check(rule, record)
        assert problems.failed
        return {one.code for one in problems.findings if one.severity == "error"}

    def refusals(self, rule: Rule[R], record: R) -> set[tuple[str, str | None]]:
        """Return code and field of the errors that stop a document."""
        _, problems = self.check(rule, record)
        assert problems.failed
        return {(one.code, one.field) for one in problems.findings if one.severity == "error"}

    def warned(self, rule: Rule[R], record: R) -> set[str]:
        """Return the codes of the warnings of a document that passes."""
        _, problems = self.check(rule, record)
        assert not problems.failed, problems.findings
        return {one.code for one in problems.findings}

    def effect(self, posting: Posting) -> dict[str, int]:
        """Return what a posting adds to each account, in minor units; nothing left out."""
        names = {view.number: view.id for view in self.accounts.values()}
        moved: Counter[str] = Counter()
        for row in posting.rows:
            moved[names[row.account]] += row.amount
        return {name: amount for name, amount in moved.items() if amount}

    def allocate(self, done: Allocated, credit: int) -> None:
        """Enter an allocation: the credit is used up, the invoice settled."""
        self._enter_rows(done.posting)
        foreign = done.posting.foreign_total
        self._take(credit, done.used, foreign)
        settled = done.settled
        self._take(
            settled.document.transaction_number, settled.amount + settled.discount, settled.foreign
        )
        self.assert_sound()

    def open_of(self, number: int) -> int:
        """Return what is open of a document."""
        return self.documents[number].open

    def _enter(self, posting: Posting, record: Record) -> None:
        self._enter_rows(posting)
        for move in posting.stock:
            self._move(move)
        for one in posting.settled:
            self._take(one.document.transaction_number, one.amount + one.discount, one.foreign)
        self._keep(posting, record)

    def _enter_rows(self, posting: Posting) -> None:
        assert posting.balanced
        for account, amount in self.effect(posting).items():
            self.balances[account] += amount
        if posting.party is not None:
            posting.party.balance += posting.party_change

    def _keep(self, posting: Posting, record: Record) -> None:
        number = len(self.documents) + 1
        record_type = TYPES.get(type(record).__name__)
        if posting.party is None or record_type is None:
            return
        currency = posting.filled.get("currency")
        reference = getattr(record, "number", None) or getattr(record, "reference", None)
        self.documents[number] = OpenDocument(
            transaction_number=number,
            record_type=record_type,
            number=reference,
            party=posting.party.number,
            date=DAY.isoformat(),
            open=posting.open,
            total=posting.total,
            account_id=self._control_of(posting),
            currency=str(currency) if currency else None,
            rate=to_minor(Decimal(str(posting.filled.get("exchange_rate", 0))), 6),
            foreign_total=posting.foreign_total,
            foreign_open=posting.foreign_open,
        )

    def _control_of(self, posting: Posting) -> str:
        names = {view.number: view.id for view in self.accounts.values()}
        found = [row for row in posting.rows if row.kind is RowKind.CONTROL]
        return names[found[0].account] if found else ""

    def _take(self, number: int, amount: int, foreign: int) -> None:
        one = self.documents[number]
        self.documents[number] = replace(
            one, open=one.open - amount, foreign_open=one.foreign_open - foreign
        )

    def _move(self, move: StockMove) -> None:
        item = move.item
        item.quantity += move.quantity
        item.value += move.cost
        stack = self.stacks.setdefault(item.number, [])
        if move.quantity > move.late:
            self._layers_made += 1
            stack.append((self._layers_made, move.quantity - move.late, move.cost))
        taken = {number: (quantity, cost) for number, quantity, cost in move.uses}
        self.stacks[item.number] = [
            layer
            for layer in (
                (
                    number,
                    quantity - taken.get(number, (0, 0))[0],
                    cost - taken.get(number, (0, 0))[1],
                )
                for number, quantity, cost in stack
            )
            if layer[1]
        ]

    # -- what always holds ----------------------------------------------------------------

    def assert_sound(self) -> None:
        """Debits equal credits, parties equal their control accounts, documents their parties."""
        assert sum(self.balances.values()) == 0
        names = ("accounts_receivable", "debtors"), ("accounts_payable", "creditors")
        for parties, sign, pair in (
            (self.customers, 1, names[0]),
            (self.vendors, -1, names[1]),
        ):
            controls = {self.policy.defaults[name] for name in pair if name in self.policy.defaults}
            owed = sum(party.balance for party in parties.values())
            assert sign * owed == sum(self.balances[control] for control in controls)
            for party in parties.values():
                assert party.balance == self._open_items(party)
        for item in self.items.values():
            if item.is_stock and item.cost_method != "average":
                assert item.value == sum(cost for _, _, cost in self.stacks.get(item.number, []))

    def _open_items(self, party: PartyView) -> int:
        owed = ("sales_invoice", "purchase")
        return sum(
            one.open if one.record_type in owed else -one.open
            for one in self.documents.values()
            if one.party == party.number and self._is_of(one, party)
        )

    @staticmethod
    def _is_of(one: OpenDocument, party: PartyView) -> bool:
        sales = ("sales_invoice", "credit_memo", "receipt")
        return (one.record_type in sales) == (party.type == "customer")
