"""Sales tax of the US edition: a code is a list of agencies, each with a rate.

Source: sage50-us.md section 6.6 (tax code of agencies, freight flag, item tax types).
"""

from __future__ import annotations

from typing import NamedTuple

from clary.kernel.money import money_text, rounded_ratio, to_minor
from clary.ledger.posting import problems as codes
from clary.ledger.posting import resolve
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting, RowKind
from clary.ledger.posting.views import RATE_UNITS, AgencyView, ItemView, Lookups, TaxCodeView
from clary.ledger.types.groups import AgencyTax

REGULAR = 1
"""The item tax type "Regular": lines carry 1 where items export 0 (read in real files)."""


class Taxable(NamedTuple):
    """What of a document is taxed: an amount in minor units, and from how many lines.

    Each line may make stated tax differ by one minor unit.
    """

    base: int
    lines: int


def type_of(stated: int | None, view: ItemView | None) -> int:
    """Return the tax type of a line: its own, else its item's, else Regular."""
    if stated is not None:
        return stated
    return view.tax_type if view else REGULAR


def is_taxable(books: Lookups, problems: Problems, tax_type: int, where: str) -> bool:
    """Tell whether a line of a tax type is taxed."""
    taxable = books.policy.tax_types.get(tax_type)
    if taxable is None:
        choices = ", ".join(str(number) for number in sorted(books.policy.tax_types))
        problems.error(codes.TAX_TYPE_UNKNOWN, f"{where}.tax_type", value=tax_type, choices=choices)
    return bool(taxable)


def tax_code(
    books: Lookups, problems: Problems, stated: str | None, usual: str | None
) -> TaxCodeView | None:
    """Return the document's tax code, else its party's; none is no tax."""
    chosen = stated or usual
    if chosen is None:
        return None
    found = books.tax_code(chosen)
    if found is None:
        problems.error(codes.UNKNOWN_REFERENCE, "tax_code_id", type="sales tax code", value=chosen)
    return found


def add_taxes(
    books: Lookups,
    problems: Problems,
    posting: Posting,
    code: TaxCodeView | None,
    taxable: Taxable,
    stated: list[AgencyTax] | None,
    *,
    keep_stated: bool,
    sign: int,
) -> None:
    """Add one row per agency: the stated tax where it is right or kept, else our own.

    Args:
        books: where accounts are looked up.
        problems: where problems are noted.
        posting: gets the rows, the tax and the filled field `taxes`.
        code: the tax code; none is no tax.
        taxable: what is taxed.
        stated: the document's own figures by agency; none to work them out.
        keep_stated: keep stated figures that differ.
        sign: -1 on a sale (tax is a credit), 1 on a credit memo.
    """
    agencies = {agency.id: agency for agency in code.agencies} if code else {}
    amounts = (
        _stated_amounts(problems, agencies, stated, taxable, code, keep=keep_stated)
        if stated is not None
        else {agency.id: _tax(agency, taxable.base) for agency in agencies.values()}
    )
    filled = []
    for agency_id, amount in amounts.items():
        agency = agencies[agency_id]
        view = resolve.account(books, problems, agency.account_id, "tax_code_id")
        if view is None:
            continue
        posting.add(view, sign * amount, RowKind.TAX, description=agency.description)
        posting.tax += amount
        filled.append(
            {
                "agency_id": agency.id,
                "description": agency.description,
                "account_id": agency.account_id,
                "amount": money_text(amount),
            }
        )
    if filled:
        posting.filled["taxes"] = filled


def _tax(agency: AgencyView, base: int) -> int:
    return rounded_ratio(base, agency.rate, RATE_UNITS)


def _stated_amounts(
    problems: Problems,
    agencies: dict[str, AgencyView],
    stated: list[AgencyTax],
    taxable: Taxable,
    code: TaxCodeView | None,
    *,
    keep: bool,
) -> dict[str, int]:
    amounts: dict[str, int] = {}
    base, allowed = taxable.base, max(taxable.lines, 1)
    for position, entry in enumerate(stated):
        where = f"taxes.{position}"
        agency = agencies.get(entry.agency_id)
        if agency is None:
            problems.error(
                codes.TAX_AGENCY_UNKNOWN,
                f"{where}.agency_id",
                tax_code=code.id if code else "(none)",
                value=entry.agency_id,
            )
            continue
        amount = to_minor(entry.amount)
        amounts[agency.id] = amounts.get(agency.id, 0) + amount
        if not keep:
            _compare(problems, where, amount, _tax(agency, base), allowed)
    if not keep:
        for missing in set(agencies) - {entry.agency_id for entry in stated}:
            _compare(problems, "taxes", 0, _tax(agencies[missing], base), allowed)
    return amounts


def _compare(problems: Problems, where: str, stated: int, computed: int, allowed: int) -> None:
    if abs(stated - computed) > allowed:
        problems.error(
            codes.TAX_DIFFERS,
            f"{where}.amount",
            stated=money_text(stated),
            computed=money_text(computed),
            allowed=money_text(allowed),
        )
