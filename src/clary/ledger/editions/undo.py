"""How each edition takes a record back: the table that undo plans are made from.

A row says the way back for what a run created, what that way restores, and where it
comes from.  Updates and deletions need no row: the fields before, or the whole record
before, are written again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from clary.ledger.fields import EditionName
from clary.ledger.rules import Evidence


class Method(StrEnum):
    """How a created record is taken back.

    void and reverse post a second transaction and keep the first; delete removes the
    record; unallocate takes the tie between a credit and an invoice apart.
    """

    VOID = "void"
    REVERSE = "reverse"
    DELETE = "delete"
    UNALLOCATE = "unallocate"


@dataclass(frozen=True, slots=True)
class WayBack:
    """The way back for one record type of one edition.

    Attributes:
        method: how it is taken back unless told otherwise.
        restores: what stands again as before, in words.
        keeps: what does not come back, in words; empty where everything does.
        source: where the way comes from, as the reference files name it.
        evidence: what kind of source that is.
        deletable: it may be deleted instead, where the caller asks for it.
    """

    method: Method
    restores: tuple[str, ...]
    keeps: str = ""
    source: str = ""
    evidence: Evidence = Evidence.INFERRED
    deletable: bool = False


_LEDGER = "general ledger"
_OPEN = "open items"
_ALLOCATIONS = "allocations"
_STOCK = "stock and its cost"
_TAX = "tax"
_TRAIL = "both transactions stay in the books; numbers are not given again"

_US_VOID = "Sage 50 US type library, Void(date); VoidedBy columns of the journals"
_US_DELETE = "Sage 50 US type library, DeleteRecord of the import interface"
_US_PURGE = "Sage 50 US help, purge criteria"
_UK_REVERSAL = "Sage UK knowledge base, corrections (KB-corr)"
_UK_DELETION = "Sage UK knowledge base, deletion (KB-del)"
_UK_ORDERS = "HyperAccounts reference, DELETE /api/salesOrder and /api/purchaseOrder"


def _voided(*restores: str, evidence: Evidence = Evidence.TYPE_LIBRARY) -> WayBack:
    return WayBack(Method.VOID, restores, _TRAIL, _US_VOID, evidence, deletable=True)


def _us_reversed(*restores: str) -> WayBack:
    return WayBack(Method.REVERSE, restores, _TRAIL, _US_DELETE, Evidence.INFERRED, deletable=True)


def _uk_reversed(*restores: str) -> WayBack:
    return WayBack(Method.REVERSE, restores, _TRAIL, _UK_REVERSAL, Evidence.VENDOR_PAGE)


def _deleted(source: str, evidence: Evidence) -> WayBack:
    return WayBack(Method.DELETE, ("the record itself",), source=source, evidence=evidence)


_UNALLOCATED = WayBack(
    Method.UNALLOCATE, (_ALLOCATIONS, _OPEN), source="inferred from both editions' allocation"
)

_US_LISTS = (
    "account",
    "currency",
    "customer",
    "employee",
    "item",
    "job",
    "sales_rep",
    "ship_method",
    "tax_code",
    "user",
    "vendor",
)
_UK_LISTS = (
    "account",
    "bank",
    "currency",
    "customer",
    "department",
    "item",
    "job",
    "tax_code",
    "user",
    "vendor",
)
_ORDERS = ("quote", "sales_order", "purchase_order")

UNDO: Final[Mapping[EditionName, Mapping[str, WayBack]]] = {
    "us": {
        **dict.fromkeys(_US_LISTS, _deleted(_US_PURGE, Evidence.VENDOR_PAGE)),
        **dict.fromkeys(_ORDERS, _deleted(_US_DELETE, Evidence.TYPE_LIBRARY)),
        "sales_invoice": _voided(_LEDGER, _OPEN, _STOCK, _TAX),
        "credit_memo": _voided(
            _LEDGER, _OPEN, _ALLOCATIONS, _STOCK, _TAX, evidence=Evidence.INFERRED
        ),
        "receipt": _voided(_LEDGER, _OPEN, _ALLOCATIONS, evidence=Evidence.INFERRED),
        "purchase": _voided(_LEDGER, _OPEN, _STOCK, evidence=Evidence.INFERRED),
        "vendor_credit": _voided(_LEDGER, _OPEN, _ALLOCATIONS, _STOCK, evidence=Evidence.INFERRED),
        "payment": _voided(_LEDGER, _OPEN, _ALLOCATIONS),
        "journal_entry": _us_reversed(_LEDGER),
        "inventory_adjustment": _us_reversed(_LEDGER, _STOCK),
        "allocation": _UNALLOCATED,
    },
    "uk": {
        **dict.fromkeys(_UK_LISTS, _deleted(_UK_DELETION, Evidence.VENDOR_PAGE)),
        **dict.fromkeys(_ORDERS, _deleted(_UK_ORDERS, Evidence.VENDOR_PAGE)),
        "sales_invoice": _uk_reversed(_LEDGER, _OPEN, _STOCK, _TAX),
        "credit_memo": _uk_reversed(_LEDGER, _OPEN, _ALLOCATIONS, _STOCK, _TAX),
        "receipt": _uk_reversed(_LEDGER, _OPEN, _ALLOCATIONS),
        "purchase": _uk_reversed(_LEDGER, _OPEN, _STOCK, _TAX),
        "vendor_credit": _uk_reversed(_LEDGER, _OPEN, _ALLOCATIONS, _STOCK, _TAX),
        "payment": _uk_reversed(_LEDGER, _OPEN, _ALLOCATIONS),
        "bank_payment": _uk_reversed(_LEDGER, _TAX),
        "bank_receipt": _uk_reversed(_LEDGER, _TAX),
        "bank_transfer": _uk_reversed(_LEDGER),
        "journal_entry": _uk_reversed(_LEDGER),
        "inventory_adjustment": _uk_reversed(_LEDGER, _STOCK),
        "allocation": _UNALLOCATED,
    },
}
"""The way back by edition and record type; a test holds it complete."""


MOVED_BY_DOCUMENTS: Final[Mapping[str, frozenset[str]]] = {
    "customer": frozenset({"prospect"}),
}
"""Fields that the company itself changes when a document refers to the record: a prospect
turns into a customer.  Figures that it works out (balances, what an order has delivered)
are never compared, so they need no mention."""


def way_back(edition: EditionName, record_type: str) -> WayBack:
    """Return how a created record of a type that `edition` has is taken back."""
    return UNDO[edition][record_type]
