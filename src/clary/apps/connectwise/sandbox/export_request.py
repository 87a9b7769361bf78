"""What an export is asked for: kinds, ids, location, date and how much the lines say."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from clary.apps.connectwise.sandbox.checking import mistakes_in, refuse
from clary.apps.connectwise.sandbox.conditions import ALWAYS, Clause
from clary.apps.connectwise.sandbox.fields import body_fields
from clary.apps.connectwise.sandbox.problems import Mistake
from clary.apps.connectwise.sandbox.wire import Json, as_object, encoded, parsed

WORD = "ExportAccountingBatchRequest"
_FIELDS = body_fields(
    "batchIdentifier:50 glInterfaceIdentifier thruDate:moment locationId:whole "
    "summarizeInvoices:Default|Condensed|Detailed exportInvoicesFlag:flag includedInvoiceIds:list "
    "excludedInvoiceIds:list exportExpensesFlag:flag includedExpenseIds:list "
    "excludedExpenseIds:list exportPaymentsFlag:flag includedPaymentIds:list "
    "exportProductsFlag:flag includedProductIds:list excludedProductIds:list"
)
FLAGS = ("exportInvoicesFlag", "exportExpensesFlag", "exportProductsFlag", "exportPaymentsFlag")


@dataclass(frozen=True, slots=True)
class Picked:
    """Which documents of a kind: whether at all, only these, and not those."""

    wanted: bool
    only: str = ""
    never: str = ""

    def clause(self, key: str) -> Clause:
        """Return the condition on the SQL of the id that documents are picked by."""
        made = ALWAYS
        if self.only:
            made = made.also(Clause(f"{key} IN (SELECT value FROM json_each(?))", (self.only,)))
        if self.never:
            inside = f"{key} NOT IN (SELECT value FROM json_each(?))"
            made = made.also(Clause(inside, (self.never,)))
        return made


@dataclass(frozen=True, slots=True)
class Setup:
    """How the site exports, by its accounting package setup."""

    as_bill: bool
    sales_tax: bool
    items: bool
    stock: bool
    units: bool
    cogs: bool
    no_memo: bool
    flags: Mapping[str, Json]

    @classmethod
    def of(cls, connection: sqlite3.Connection) -> Setup:
        """Return the setup of the site."""
        row = connection.execute("SELECT body FROM accounting_package_setup").fetchone()
        body = as_object(parsed(row[0].encode())) if row else {}
        return cls(
            as_bill=bool(body.get("transferExpensesAsBillFlag")),
            sales_tax=bool(body.get("includeSalesTaxFlag")),
            items=bool(body.get("includeItemsFlag")),
            stock=bool(body.get("inventorySOHFlag")),
            units=bool(body.get("sendUomFlag")),
            cogs=bool(body.get("includeCogsEntriesFlag")),
            no_memo=bool(body.get("suppressMemoFlag")),
            flags=body,
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """An export: of what waits, or of what a batch holds.

    Attributes:
        invoices: which invoices and credit memos.
        expenses: which expenses.
        products: which purchases, adjustments and transfers.
        detail: Default, Condensed or Detailed.
        through: last day; empty for no limit.
        location: only of this location; 0 for all.
        batch: the batch that is exported again; none for what waits.
        seen: only this location is visible to the caller; none for all.
        identifier: name of the batch that is to be.
    """

    invoices: Picked
    expenses: Picked
    products: Picked
    detail: str = "Default"
    through: str = ""
    location: int = 0
    batch: int | None = None
    seen: int | None = None
    identifier: str = ""

    def scope(self, date: str, location: str) -> Clause:
        """Return the condition of date and location.

        Args:
            date: SQL of the document's date.
            location: SQL of its location.
        """
        made = ALWAYS
        if self.through:
            made = made.also(Clause(f"{date} <= ?", (self.through,)))
        if self.location:
            made = made.also(Clause(f"{location} = ?", (self.location,)))
        if self.seen is not None:
            made = made.also(Clause(f"{location} = ?", (self.seen,)))
        return made

    @property
    def rows(self) -> Clause:
        """The condition on the GL rows `g` that are exported.

        The sign keeps SQLite from walking through a whole batch for every document.
        """
        if self.batch is None:
            return Clause("g.batch_id IS NULL")
        return Clause("+g.batch_id = ?", (self.batch,))

    def has_rows(self, document: str, key: str) -> Clause:
        """Return the condition that a document has rows to export.

        Args:
            document: letter of the kind of document.
            key: SQL of its id.
        """
        if self.batch is None:
            waiting = (
                f"SELECT 1 FROM gl g WHERE g.document = '{document}' AND g.document_id = {key} "
                "AND g.batch_id IS NULL"
            )
            return Clause(f"EXISTS ({waiting})")
        held = f"SELECT g.document_id FROM gl g WHERE g.document = '{document}' AND g.batch_id = ?"
        return Clause(f"{key} IN ({held})", (self.batch,))


def read(body: Mapping[str, Json], *, seen: int | None, batch: int | None = None) -> Wanted:
    """Return what a request asks for.

    Raises:
        Refused: a field is wrong, or nothing is to be exported (400).
    """
    mistakes = mistakes_in({k: v for k, v in body.items() if v is not None}, _FIELDS, WORD)
    if not any(body.get(flag) is True for flag in FLAGS):
        message = "At least one export flag must be true."
        mistakes.append(Mistake("MissingRequiredField", message, FLAGS[0], WORD))
    for name in body:
        if name.endswith("Ids") and not mistakes:
            mistakes += _wrong_ids(name, body[name])
    refuse(mistakes, WORD)

    def picked(flag: str, kind: str) -> Picked:
        only, never = body.get(f"included{kind}Ids"), body.get(f"excluded{kind}Ids")
        return Picked(
            body.get(flag) is True,
            encoded(only) if only else "",
            encoded(never) if never else "",
        )

    location = body.get("locationId")
    return Wanted(
        invoices=picked("exportInvoicesFlag", "Invoice"),
        expenses=picked("exportExpensesFlag", "Expense"),
        products=picked("exportProductsFlag", "Product"),
        detail=str(body.get("summarizeInvoices") or "Default"),
        through=str(body.get("thruDate") or "")[: len("2026-01-31")],
        location=location if isinstance(location, int) else 0,
        batch=batch,
        seen=seen,
        identifier=str(body.get("batchIdentifier") or ""),
    )


def _wrong_ids(name: str, value: Json) -> list[Mistake]:
    kind = str if "Product" in name else int
    if value is None or (
        isinstance(value, list) and all(type(each) is kind or each is None for each in value)
    ):
        return []
    message = f"{name} is a list of {'texts' if kind is str else 'whole numbers'}."
    return [Mistake("InvalidType", message, name, WORD)]
