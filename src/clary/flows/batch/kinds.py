"""The kinds of documents of a batch, under the names that ConnectWise and we give them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """The three kinds that are selected, exported and batched apart from each other."""

    INVOICE = "invoice"
    EXPENSE = "expense"
    PROCUREMENT = "procurement"

    @property
    def letter(self) -> str:
        """The letter of the kind in batch names: I, E or P."""
        return _LETTERS[self]

    @property
    def batch_word(self) -> str:
        """What the body of a batch calls the kind."""
        return _BATCH_WORDS[self]


SOURCES: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.INVOICE: ("invoice",),
    Kind.EXPENSE: ("expense",),
    Kind.PROCUREMENT: ("purchase", "adjustment", "transfer"),
}
"""What the ids of the documents of each kind begin with."""

_LETTERS: Final[Mapping[Kind, str]] = {
    Kind.INVOICE: "I",
    Kind.EXPENSE: "E",
    Kind.PROCUREMENT: "P",
}
_BATCH_WORDS: Final[Mapping[Kind, str]] = {
    Kind.INVOICE: "invoices",
    Kind.EXPENSE: "expenses",
    Kind.PROCUREMENT: "products",
}


class DocumentKind(StrEnum):
    """What one document of an export is."""

    INVOICE = "invoice"
    CREDIT_MEMO = "credit_memo"
    EXPENSE_BILL = "expense_bill"
    EXPENSE_JOURNAL = "expense_journal"
    BILL = "bill"
    ITEM_RECEIPT = "item_receipt"
    ADJUSTMENT = "adjustment"
    TRANSFER = "transfer"

    @property
    def kind(self) -> Kind:
        """The kind it is selected and batched as."""
        return _KIND_OF[self]

    @property
    def order(self) -> int:
        """Its place among the documents of a run: goods come in before they are sold."""
        return _ORDER[self]

    @property
    def label(self) -> str:
        """What people call it."""
        return _LABELS[self]


_KIND_OF: Final[Mapping[DocumentKind, Kind]] = {
    DocumentKind.INVOICE: Kind.INVOICE,
    DocumentKind.CREDIT_MEMO: Kind.INVOICE,
    DocumentKind.EXPENSE_BILL: Kind.EXPENSE,
    DocumentKind.EXPENSE_JOURNAL: Kind.EXPENSE,
    DocumentKind.BILL: Kind.PROCUREMENT,
    DocumentKind.ITEM_RECEIPT: Kind.PROCUREMENT,
    DocumentKind.ADJUSTMENT: Kind.PROCUREMENT,
    DocumentKind.TRANSFER: Kind.PROCUREMENT,
}
_ORDER: Final[Mapping[DocumentKind, int]] = {
    kind: place
    for place, kind in enumerate(
        (
            DocumentKind.BILL,
            DocumentKind.ITEM_RECEIPT,
            DocumentKind.ADJUSTMENT,
            DocumentKind.TRANSFER,
            DocumentKind.INVOICE,
            DocumentKind.CREDIT_MEMO,
            DocumentKind.EXPENSE_BILL,
            DocumentKind.EXPENSE_JOURNAL,
        )
    )
}
_LABELS: Final[Mapping[DocumentKind, str]] = {
    DocumentKind.INVOICE: "Invoice",
    DocumentKind.CREDIT_MEMO: "Credit memo",
    DocumentKind.EXPENSE_BILL: "Expense bill",
    DocumentKind.EXPENSE_JOURNAL: "Expense journal",
    DocumentKind.BILL: "Bill",
    DocumentKind.ITEM_RECEIPT: "Item receipt",
    DocumentKind.ADJUSTMENT: "Inventory adjustment",
    DocumentKind.TRANSFER: "Inventory transfer",
}


class GlType:
    """The GL type codes of ConnectWise that decide something; others are plain rows.

    Meanings of R, RA, RD, RE and PF are inferred from samples of other integrations.
    """

    PRODUCT: Final = "RP"
    PURCHASE: Final = "P"
    FREIGHT: Final = "PF"
    SALES_TAX: Final = "ST"
    TAXES: Final = frozenset({"ST", "ET", "FT", "PT"})
    KNOWN: Final = frozenset(
        {
            *("AP", "AR", "EE", "EI", "EO", "IA", "IT", "P", "PF", "R", "RA", "RD", "RE", "RP"),
            *("ST", "SD", "ET", "FT", "PT", "WP", "WR"),
        }
    )


class DetailLevel(StrEnum):
    """How much text the lines of an invoice carry."""

    DEFAULT = "Default"
    CONDENSED = "Condensed"
    DETAILED = "Detailed"
