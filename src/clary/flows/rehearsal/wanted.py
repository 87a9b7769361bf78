"""What a group of documents will look up, so that the company is asked once, in bulk."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from clary.flows.operations.references import layout
from clary.ledger.posting.allocating import CREDITS, INVOICES
from clary.ledger.record import Record, RecordType

NUMBERED: Final = frozenset(
    {
        *("sales_invoice", "credit_memo", "purchase", "vendor_credit"),
        *("sales_order", "purchase_order"),
    }
)
"""Documents whose numbers are looked for among those of the same party, or by their lines."""

SETTLED: Final = {
    "receipt": "sales_invoice",
    "credit_memo": "sales_invoice",
    "payment": "purchase",
    "vendor_credit": "purchase",
}
"""What the applications of a document settle."""

ACCOUNT_OF: Final = {"bank": "account"}
"""A bank is looked up as the nominal account that it is."""


@dataclass(slots=True)
class Wanted:
    """What documents will look up.

    Attributes:
        records: keys of list records, by record type.
        numbers: numbers of documents, by record type.
        transactions: transaction numbers of documents, by record type.
    """

    records: dict[str, set[str]] = field(default_factory=dict)
    numbers: dict[str, set[str]] = field(default_factory=dict)
    transactions: dict[str, set[int]] = field(default_factory=dict)

    def add(self, declared: RecordType, document: Record) -> None:
        """Add what one checked document will look up."""
        values = document.__dict__
        _collect(self.records, declared.record, values)
        name = declared.name
        number = values.get(declared.number) if declared.number else None
        if name in NUMBERED and number:
            self.numbers.setdefault(name, set()).add(number)
        if name in SETTLED:
            self._add_applications(SETTLED[name], values.get("applications"))
        elif name == "allocation":
            self._add_allocation(values)

    def _add_applications(self, settled: str, entries: Any) -> None:  # noqa: ANN401 - the group of any type
        for entry in entries or ():
            if entry.transaction_number is not None:
                self.transactions.setdefault(settled, set()).add(entry.transaction_number)
            elif entry.invoice_number:
                self.numbers.setdefault(settled, set()).add(entry.invoice_number)

    def _add_allocation(self, values: dict[str, Any]) -> None:
        party_type = values["party_type"]
        self.records.setdefault(party_type, set()).add(values["party_id"])
        for name in CREDITS[party_type]:
            self.transactions.setdefault(name, set()).add(values["credit"])
        for name in INVOICES[party_type]:
            self.transactions.setdefault(name, set()).add(values["invoice"])


@cache
def _layout(
    record: type[Record],
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, type[Record]], ...]]:
    """Return the references of a class with what they are looked up as, and its groups."""
    direct, groups = layout(record)
    return tuple((name, ACCOUNT_OF.get(kind, kind)) for name, kind in direct), groups


def _collect(records: dict[str, set[str]], record: type[Record], values: dict[str, Any]) -> None:
    named, groups = _layout(record)
    for name, record_type in named:
        key = values.get(name)
        if key:
            records.setdefault(record_type, set()).add(key)
    for name, entry in groups:
        found = values.get(name)
        if isinstance(found, list):
            for each in found:
                _collect(records, entry, each.__dict__)
