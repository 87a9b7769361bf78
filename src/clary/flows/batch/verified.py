"""What a verification found: documents by kind with where to look, and accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Final

from clary.flows.batch.kinds import DocumentKind
from clary.flows.batch.row_sets import RowSet
from clary.flows.batch.tax_policy import TaxMoves
from clary.kernel.change import Body
from clary.kernel.money import money_text
from clary.ledger.fields import EditionName

SHOWN: Final = 20
"""Ids or records that one line names."""


class State(StrEnum):
    """How one document compares."""

    OK = "ok"
    DIFFERENT = "different"
    MISSING = "missing"
    HANDLED = "handled"


@dataclass(frozen=True, slots=True)
class DocumentChecked:
    """One document: what ConnectWise and Sage say of it, in minor units.

    Attributes:
        source: its total in ConnectWise.
        stored: its total in Sage; none where it is not there, or in another currency.
        currency: its currency in ConnectWise.
        tax_policy: what it may come to besides in Sage, as the tax policy has it.
    """

    kind: DocumentKind
    number: str
    key: str | None
    source: int
    stored: int | None
    state: State
    differences: tuple[str, ...] = ()
    currency: str = ""
    tax_policy: int = 0

    def as_body(self) -> Body:
        """Return it as JSON-ready values."""
        return {
            "kind": self.kind.value,
            "number": self.number,
            "key": self.key,
            "connectwise": money_text(self.source),
            "sage": None if self.stored is None else money_text(self.stored),
            "state": self.state.value,
            "differences": list(self.differences),
        }


@dataclass(slots=True)
class CheckedList:
    """Documents of one kind and currency, or records of one type, with where Sage has them.

    Attributes:
        title: what they are.
        where: Sage's own list or report of them.
        currency: currency of all amounts; empty for records.
        count: how many there are.
        good: how many agree.
        connectwise: what they come to in ConnectWise, in minor units.
        sage: what they come to in Sage.
        tax_policy: what they may come to besides in Sage, as the tax policy has it.
        bad: those that do not agree.
    """

    title: str
    where: str
    currency: str = ""
    count: int = 0
    good: int = 0
    connectwise: int = 0
    sage: int = 0
    tax_policy: int = 0
    bad: list[DocumentChecked] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """All of them agree."""
        return self.good == self.count and self.connectwise + self.tax_policy == self.sage

    def as_body(self) -> Body:
        """Return it as JSON-ready values."""
        return {
            "title": self.title,
            "where": self.where,
            "currency": self.currency,
            "count": self.count,
            "good": self.good,
            "connectwise": money_text(self.connectwise),
            "sage": money_text(self.sage),
            "tax_policy": money_text(self.tax_policy),
            "ok": self.ok,
            "bad": [each.as_body() for each in self.bad],
            "wrong": list(self.wrong),
        }


@dataclass(slots=True)
class AccountChecked:
    """What one account was moved by: minor units, a debit positive, costs apart.

    Attributes:
        tax_policy: what Sage moves it by besides, as the tax policy has it.
    """

    connectwise: int = 0
    sage: int = 0
    connectwise_costs: int = 0
    sage_costs: int = 0
    tax_policy: int = 0

    @property
    def ok(self) -> bool:
        """Both agree; what goods cost is Sage's own and does not count."""
        return self.connectwise + self.tax_policy == self.sage

    def as_body(self, account: str) -> Body:
        """Return it as JSON-ready values."""
        return {
            "account": account,
            "connectwise": money_text(self.connectwise),
            "sage": money_text(self.sage),
            "connectwise_costs": money_text(self.connectwise_costs),
            "sage_costs": money_text(self.sage_costs),
            "tax_policy": money_text(self.tax_policy),
            "ok": self.ok,
        }


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """How the books compare with a batch.

    Attributes:
        number: number of the batch.
        lists: documents by kind and currency, created records by type.
        accounts: moves by account.
        cost_rows: cost entries of ConnectWise in the batch; never posted by us.
        problems: what does not fit, in words; empty where all is well.
        notes: what the tax policy moved, in words.
    """

    number: str
    lists: Sequence[CheckedList]
    accounts: Mapping[str, AccountChecked]
    cost_rows: int
    problems: Sequence[str]
    notes: Sequence[str] = ()

    @property
    def ok(self) -> bool:
        """Everything agrees."""
        lists = all(each.ok for each in self.lists)
        return lists and not self.problems and all(each.ok for each in self.accounts.values())

    def as_body(self) -> Body:
        """Return the report as JSON-ready values."""
        return {
            "number": self.number,
            "ok": self.ok,
            "lists": [each.as_body() for each in self.lists],
            "accounts": [each.as_body(name) for name, each in sorted(self.accounts.items())],
            "cost_rows": self.cost_rows,
            "problems": list(self.problems),
            "notes": list(self.notes),
        }


_US = {
    DocumentKind.INVOICE: ("Invoices", "Reports & Forms > Accounts Receivable > Invoice Register"),
    DocumentKind.CREDIT_MEMO: (
        "Credit memos",
        "Tasks > Credits and Returns > Customer Credit Memos > List",
    ),
    DocumentKind.BILL: ("Bills", "Reports & Forms > Accounts Payable > Purchase Journal"),
    DocumentKind.ITEM_RECEIPT: (
        "Item receipts",
        "Tasks > Purchases/Receive Inventory > List, box Waiting on Bill",
    ),
    DocumentKind.EXPENSE_BILL: (
        "Expense bills",
        "Reports & Forms > Accounts Payable > Purchase Journal",
    ),
    DocumentKind.EXPENSE_JOURNAL: (
        "Expense journals",
        "Reports & Forms > General Ledger > General Journal",
    ),
    DocumentKind.ADJUSTMENT: (
        "Inventory adjustments",
        "Reports & Forms > Inventory > Inventory Adjustment Journal",
    ),
    DocumentKind.TRANSFER: ("Inventory transfers", "nowhere: they do not exist in Sage"),
}
_UK = {
    DocumentKind.INVOICE: ("Sales invoices", "Customers > the account > Activity"),
    DocumentKind.CREDIT_MEMO: ("Sales credit notes", "Customers > the account > Activity"),
    DocumentKind.BILL: ("Purchase invoices", "Suppliers > the account > Activity"),
    DocumentKind.ITEM_RECEIPT: ("Item receipts", "nowhere: they do not exist in Sage"),
    DocumentKind.EXPENSE_BILL: ("Expense bills", "Suppliers > the account > Activity"),
    DocumentKind.EXPENSE_JOURNAL: ("Expense journals", "Transactions, type JD and JC"),
    DocumentKind.ADJUSTMENT: ("Stock adjustments", "Products > the product > Activity"),
    DocumentKind.TRANSFER: ("Stock transfers", "nowhere: they do not exist in Sage"),
}
_PLACES: Final[Mapping[EditionName, Mapping[DocumentKind, tuple[str, str]]]] = {
    "us": _US,
    "uk": _UK,
}
_MASTERS: Final[Mapping[EditionName, Mapping[str, tuple[str, str]]]] = {
    "us": {
        "customer": ("New customers", "Maintain > Customers/Prospects"),
        "vendor": ("New vendors", "Maintain > Vendors"),
        "item": ("New items", "Maintain > Inventory Items"),
    },
    "uk": {
        "customer": ("New customers", "Customers"),
        "vendor": ("New suppliers", "Suppliers"),
        "item": ("New products", "Products"),
    },
}


class Tallies:
    """Adds up what is found while a verification goes on.

    Attributes:
        cost_rows: cost entries of the batch.
    """

    def __init__(self, edition: EditionName, currency: str = "") -> None:
        """Start for books of an edition that are kept in a currency."""
        self._edition = edition
        self._currency = currency
        self._lists: dict[tuple[DocumentKind | str, str], CheckedList] = {}
        self._accounts: dict[str, AccountChecked] = {}
        self._strange: dict[tuple[str, str], None] = {}
        self._tax_moved: dict[str | None, list[int]] = {}
        self.cost_rows = RowSet()

    def add(self, checked: DocumentChecked) -> None:
        """Add one document."""
        place = _PLACES[self._edition][checked.kind]
        listed = self._list(checked.kind, place, checked.currency or self._currency)
        listed.count += 1
        if checked.state is State.HANDLED:
            listed.good += 1
            return
        listed.connectwise += checked.source
        listed.sage += checked.stored or 0
        listed.tax_policy += checked.tax_policy
        if checked.state is State.OK:
            listed.good += 1
        else:
            listed.bad.append(checked)

    def add_master(
        self, name: str, key: str, *, is_there: bool, differences: Sequence[str]
    ) -> None:
        """Add one customer, vendor or item that was created."""
        listed = self._list(name, _MASTERS[self._edition][name])
        listed.count += 1
        if is_there and not differences:
            listed.good += 1
        else:
            said = "; ".join(differences) if is_there else "it is not in the books"
            listed.wrong.append(f"{key}: {said}")

    def _list(
        self, what: DocumentKind | str, place: tuple[str, str], currency: str = ""
    ) -> CheckedList:
        key = (what, currency)
        if key not in self._lists:
            self._lists[key] = CheckedList(*place, currency)
        return self._lists[key]

    def move(
        self, account: str, *, connectwise: int = 0, sage: int = 0, is_cost: bool = False
    ) -> None:
        """Add a debit (positive) or credit (negative) of an account."""
        moved = self._accounts.setdefault(account, AccountChecked())
        if is_cost:
            moved.connectwise_costs += connectwise
            moved.sage_costs += sage
        else:
            moved.connectwise += connectwise
            moved.sage += sage

    def explain(self, moves: TaxMoves, to_base: Callable[[int], int]) -> None:
        """Add what a document moves otherwise than ConnectWise, as the tax policy has it.

        Args:
            moves: what the draft of the document says of it.
            to_base: converts minor units of the document's currency.
        """
        moved = moves.by_account(to_base)
        for account, amount in moved.items():
            self._accounts.setdefault(account, AccountChecked()).tax_policy += amount
        amount = moved[moves.control] if moves.rounding is None else to_base(moves.adjustment)
        if amount:
            self._tax_moved.setdefault(moves.rounding, []).append(amount)

    def _notes(self) -> Iterator[str]:
        for account, amounts in self._tax_moved.items():
            money = money_text(abs(sum(amounts)))
            what = "accepted" if account is None else f"posted to {account}"
            count = "1 document" if len(amounts) == 1 else f"{len(amounts):,} documents"
            yield f"{money} of tax {what} by tax_policy ({count})"

    def strange(self, record: str, account: str) -> None:
        """Note that a document moved an account that none of its lines names."""
        if len(self._strange) < SHOWN:
            self._strange[record, account] = None

    def report(
        self, number: str, wanted: RowSet, held: RowSet, repeated: RowSet | None = None
    ) -> VerifyReport:
        """Return what was found.

        Args:
            number: number of the batch.
            wanted: GL ids of its documents.
            held: GL ids that the batch holds.
            repeated: those that it holds more than once.
        """
        problems = [
            f"{record} moved the account {account}, which none of its lines names"
            for record, account in self._strange
        ]
        for rows, said in (
            (wanted.without(held), "GL rows of its documents are not in the batch"),
            (held.without(wanted), "GL rows of the batch belong to none of its documents"),
            (repeated or RowSet(), "GL rows stand in the batch more than once"),
        ):
            if rows:
                shown = ", ".join(map(str, islice(rows, SHOWN)))
                problems.append(f"{len(rows)} {said}: {shown}")
        order = [*DocumentKind, *_MASTERS[self._edition]]
        places = sorted(
            self._lists,
            key=lambda each: (order.index(each[0]), each[1] != self._currency, each[1]),
        )
        moved = {
            name: each for name, each in sorted(self._accounts.items()) if each != AccountChecked()
        }
        lists = [self._lists[key] for key in places]
        costs, notes = len(self.cost_rows), tuple(self._notes())
        return VerifyReport(number, lists, moved, costs, problems, notes)
