"""Tax that the books work out themselves, whoever enters a document.

Import files state the tax of a document.  To a program that enters it through Sage's own
interface the tax is something to read: the books work it out from tax code and lines.
Source: sage50-us.md section 6 (SalesInvoice.SalesTaxAmount can only be read).
"""

from __future__ import annotations

from functools import cache
from typing import Final

from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import Finding, Rejected, declare
from clary.ledger.fields import EditionName
from clary.ledger.record import RecordType, fields_of, has_field

TAX_WORKED_OUT = declare(
    "TAX_WORKED_OUT",
    Rejected,
    "The stated tax is not taken: through this way the books work tax out themselves.",
    "Look at the tax of the document. To state it, reach the company as import files do:"
    " `clary company set NAME --set tax=stated`.",
)

_OF_DOCUMENT: Final = frozenset({"taxes", "tax_override"})
_OF_LINE: Final = "tax_amount"


@cache
def is_taxed(declared: RecordType, edition: EditionName) -> bool:
    """Tell whether documents of a type hold tax that somebody could state."""
    if "taxes" in declared.fields_in(edition):
        return True
    lines = declared.groups.get("lines")
    amount = fields_of(lines).get(_OF_LINE) if lines is not None else None
    return amount is not None and has_field(amount, edition, None)


def without_tax(body: Body, record: str) -> tuple[Body, tuple[Finding, ...]]:
    """Return a body whose tax the books work out, and a warning where it stated tax.

    Args:
        body: a document as it is stated; it stays as it is.
        record: what the warning is about.
    """
    kept: Body = {name: value for name, value in body.items() if name not in _OF_DOCUMENT}
    lines = body.get("lines")
    if isinstance(lines, list):
        kept["lines"] = [_untaxed(line) for line in lines]
    if kept == body:
        return body, ()
    return kept, (TAX_WORKED_OUT.warning(record=record, field="taxes"),)


def _untaxed(line: JsonValue) -> JsonValue:
    if not isinstance(line, dict):
        return line
    return {name: value for name, value in line.items() if name != _OF_LINE}
