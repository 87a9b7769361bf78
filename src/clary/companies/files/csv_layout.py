"""How a CSV file is declared: its columns in their order, and the tables of its records.

The columns of Sage 50 US are the fields of Sage's own import and export objects in the
order of their numbers (version 22).  Labels in the product differ in wording, and newer
fields stand between older ones on its screen, so a file is only sure to fit a template
that has the same fields in the same order; the note beside a written file lists them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from clary.companies.files.forms import TEXT
from clary.companies.files.layout import (
    Group,
    Initial,
    Joint,
    Layout,
    Moment,
    Part,
    Slots,
    Spread,
    Texts,
    Value,
    Variant,
    body,
)
from clary.ledger.fields import EditionName

ROWS: Final = "rows"
"""Path of the group that the rows of a document make."""

_BLANKS: Final = frozenset({"0", "0.00", "0.00000", "FALSE"})
_WORDS: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_LABELS: Final = {
    "InvoiceNumber": "Invoice/CM #",
    "GLAccountId": "G/L Account",
    "ARAccountId": "Accounts Receivable Account",
    "APAccountId": "Accounts Payable Account",
    "TotalPaidOnInvoices": "Total Paid on Invoice(s)",
    "PayMethod": "Payment Method",
    "SalesRepId": "Sales Representative ID",
    "CustomerPurchaseOrder": "Customer PO",
    "IsCreditMemo": "Credit Memo",
    "NumberOfDistributions": "Number of Distributions",
    "PurchaseOrderNumber": "P.O. #",
}
"""Labels that third-party layouts and Sage's field tables show for a field."""


_ALSO: Final = {"Invoice #": "InvoiceNumber", "Invoice Number": "InvoiceNumber"}
"""Further headings under which a field was seen."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the name that tables use, and the heading that people see."""

    name: str
    heading: str


def columns(names: str) -> tuple[Column, ...]:
    """Return US columns from the names of Sage's fields, in their order."""
    return tuple(Column(name, heading_of(name)) for name in names.split())


def heading_of(name: str) -> str:
    """Return a field's name as a heading: CustomerId is `Customer ID`."""
    if name in _LABELS:
        return _LABELS[name]
    parts = _WORDS.findall(name)
    text = " ".join("ID" if part == "Id" else part for part in parts)
    return text.replace("GL ", "G/L ").replace("Num ", "Number ")


def folded(heading: str) -> str:
    """Return a heading so that case, blanks and punctuation make no difference."""
    return "".join(mark for mark in heading.casefold() if mark.isalnum())


@dataclass(frozen=True, repr=False)
class CsvTable:
    """One kind of CSV file.

    Attributes:
        name: how it is called in settings and in the names of written files.
        title: what Sage calls it.
        edition: edition of Sage 50.
        file_name: beginning of the name by which a file is recognised.
        columns: all columns in Sage's order.
        layouts: tables of the record types it may hold; the first that accepts is used.
        menu: how a person imports it.
        fixed: every column up to the last one used must be there.
        facts: what the person who imports it must know.
    """

    name: str
    title: str
    edition: EditionName
    file_name: str
    columns: tuple[Column, ...]
    layouts: tuple[Layout, ...]
    menu: str
    fixed: bool = False
    facts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<CsvTable {self.edition} {self.name}>"

    @cached_property
    def by_heading(self) -> dict[str, Column]:
        """Columns by name and by heading, folded."""
        by_name = {column.name: column for column in self.columns}
        found = {folded(also): by_name[name] for also, name in _ALSO.items() if name in by_name}
        for column in self.columns:
            found |= {folded(column.heading): column, folded(column.name): column}
        return found

    @property
    def types(self) -> tuple[str, ...]:
        """Record types that such a file may hold."""
        return tuple(dict.fromkeys(layout.record_type for layout in self.layouts))


def rows(*variants: Variant) -> Group:
    """Return the rows of a document, with the kinds of entry they hold."""
    return Group(ROWS, variants)


def custom_fields(names: Iterable[str]) -> Slots:
    """Return the columns of custom fields; their labels are not in the file."""
    return Slots(
        "custom_fields",
        tuple((body(name, "value", TEXT),) for name in names),
        number="index",
        settings=("label",),
    )


def recast(
    layout: Layout,
    name: str,
    there: tuple[Column, ...],
    header: Mapping[str, str],
    lines: Mapping[str, str],
    *,
    more: tuple[Part, ...] = (),
    more_of_lines: tuple[Value, ...] = (),
    computed: Collection[str] = (),
) -> Layout:
    """Return the table of an XML file as that of a CSV file.

    Args:
        layout: table of the XML file.
        name: what a person calls the CSV file.
        there: the columns that the CSV file has; paths of other columns are left out.
        header: column of each path of the header; what is not named has no column.
        lines: column of each path of the lines.
        more: parts of the header that only the CSV file has.
        more_of_lines: values of item lines that only the CSV file has.
        computed: paths that a new CSV file leaves to Sage.
    """
    parts: list[Part] = []
    names = {column.name for column in there}
    header = {path: column for path, column in header.items() if column in names}
    lines = {path: column for path, column in lines.items() if column in names}
    for part in layout.parts:
        if isinstance(part, Group):
            variants = (_variant(each, lines, more_of_lines, computed) for each in part.variants)
            parts.append(rows(*variants))
        elif isinstance(part, Value | Spread) and part.path in header:
            parts.append(_renamed(part, header, computed))
    return replace(
        layout,
        name=name,
        parts=(*more, *parts),
        accepts=_translated(layout.accepts, header),
        distributions=header.get(layout.distributions, ""),
        joins=bool,
    )


def _renamed(
    part: Value | Spread, names: Mapping[str, str], computed: Collection[str]
) -> Value | Spread:
    if isinstance(part, Spread):
        return replace(part, path=names[part.path])
    column = names[part.path]
    own_name = part.field == part.path
    return replace(
        part,
        path=column,
        field=column if own_name else part.field,
        initial=None if part.path in computed else _not_blank(part.initial),
        also=(),
    )


def _not_blank(initial: Initial) -> Initial:
    """Leave out what a blank cell means anyway (Sage 50 US help: blank is 0 or FALSE)."""
    if initial is None or isinstance(initial, str):
        return None if initial in _BLANKS else initial

    def worked_out(moment: Moment) -> str | None:
        text = initial(moment)
        return None if text in _BLANKS else text

    return worked_out


def _variant(
    variant: Variant,
    names: Mapping[str, str],
    more: tuple[Value, ...],
    computed: Collection[str],
) -> Variant:
    parts: list[Value | Joint] = []
    for value in variant.parts:
        if isinstance(value, Value) and value.path in names:
            renamed = _renamed(value, names, computed)
            parts.extend([renamed] if isinstance(renamed, Value) else [])
    if variant.target == "lines":
        parts.extend(more)
    return replace(variant, parts=tuple(parts), accepts=_translated(variant.accepts, names))


def _translated(
    accepts: Callable[[Texts], bool], names: Mapping[str, str]
) -> Callable[[Texts], bool]:
    """Let a test that knows paths of the XML file look at the columns of a CSV file."""

    def accepted(texts: Texts) -> bool:
        return accepts({path: texts[name] for path, name in names.items() if name in texts})

    return accepted
