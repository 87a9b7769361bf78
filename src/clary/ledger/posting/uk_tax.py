"""Value added tax of the UK edition: worked out per line and rounded there, then added.

Source: sage50-uk.md section 5 (tax codes, VAT rounding, tax code of a document line).
That a reverse charge is posted on both sides, and that the seller posts none, is inferred.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from clary.kernel.money import money_text, rounded_ratio, to_minor
from clary.ledger.editions.uk import NON_VAT_TAX_CODE
from clary.ledger.posting import problems as codes
from clary.ledger.posting import uk_accounts, uk_problems
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting, RowKind
from clary.ledger.posting.views import RATE_UNITS, ItemView, Lookups, PartyView, TaxCodeView

TOLERANCE = 1
"""Minor units by which the stated tax of a line may differ from the computed one."""


@dataclass(slots=True)
class Vat:
    """Tax of a document in minor units of its own currency.

    Attributes:
        charged: part of what the party pays.
        reverse: what the buyer accounts for itself, on both sides.
    """

    charged: int = 0
    reverse: int = 0


def code_of_line(
    books: Lookups,
    problems: Problems,
    stated: str | None,
    item: ItemView | None,
    party: PartyView | None,
    where: str,
) -> TaxCodeView | None:
    """Return a line's tax code: stated, else the product's, the account's, the company's."""
    chosen = stated or (item.tax_code_id if item is not None else None)
    if chosen is None and party is not None:
        chosen = party.tax_code_id
    return tax_code(books, problems, chosen, "default_tax_code", where)


def tax_code(
    books: Lookups, problems: Problems, chosen: str | None, default: str, where: str
) -> TaxCodeView | None:
    """Return the chosen tax code, else the company's `default`, or note that it lacks."""
    key = chosen or books.policy.defaults.get(default)
    if key is None:
        problems.error(uk_problems.TAX_CODE_REQUIRED, f"{where}.tax_code_id")
        return None
    found = books.tax_code(key)
    if found is None:
        problems.error(codes.UNKNOWN_REFERENCE, f"{where}.tax_code_id", type="tax code", value=key)
    return found


def non_vat_code(
    books: Lookups, problems: Problems, stated: str | None, where: str
) -> TaxCodeView | None:
    """Return the stated tax code, else the one that is outside VAT (T9)."""
    usual = books.policy.defaults.get("non_vat_tax_code", NON_VAT_TAX_CODE)
    return tax_code(books, problems, stated or usual, "non_vat_tax_code", where)


def add_line(
    problems: Problems,
    vat: Vat,
    code: TaxCodeView,
    net: int,
    stated: Decimal | None,
    where: str,
    *,
    keep_stated: bool,
    buying: bool,
) -> int:
    """Add a line's tax to the document's; return what of it is charged.

    Args:
        problems: gets TAX_DIFFERS where the stated tax is off by more than a minor unit,
            or TAX_IMPLAUSIBLE where it is kept and no rate could give it.
        vat: the document's tax so far.
        code: the line's tax code.
        net: the line's net amount in minor units.
        stated: the line's own figure; none to work it out.
        where: path of the line.
        keep_stated: keep a stated figure that differs.
        buying: a reverse charge is accounted for by this side.
    """
    computed = rounded_ratio(net, code.rate, RATE_UNITS) if code.rate else 0
    if code.reverse_charge:
        vat.reverse += computed if buying else 0
        computed = 0
    charged = computed if stated is None else to_minor(stated)
    if keep_stated:
        _check_plausible(problems, code, net, charged, computed, where)
    elif abs(charged - computed) > TOLERANCE:
        problems.error(
            codes.TAX_DIFFERS,
            f"{where}.tax_amount",
            stated=money_text(charged),
            computed=money_text(computed),
            allowed=money_text(TOLERANCE),
        )
    vat.charged += charged
    return charged


def _check_plausible(
    problems: Problems, code: TaxCodeView, net: int, charged: int, computed: int, where: str
) -> None:
    """Refuse tax to be kept that has not the sign of its net or is more than it (inferred).

    Tax alone, on a net of zero, is what a carrier's bill of import VAT has.
    """
    low, high = sorted((0, net))
    if net and not low <= charged <= high:
        problems.error(
            uk_problems.TAX_IMPLAUSIBLE,
            f"{where}.tax_amount",
            stated=money_text(charged),
            net=money_text(net),
            tax_code=code.id,
            computed=money_text(computed),
            low=money_text(low),
            high=money_text(high),
        )


def add_rows(
    books: Lookups,
    problems: Problems,
    posting: Posting,
    charged: int,
    reverse: int,
    *,
    control: str,
    sign: int,
) -> None:
    """Add the rows of a document's tax, in minor units of the base currency.

    Args:
        books: where control accounts are looked up.
        problems: where problems are noted.
        posting: gets the rows and the tax.
        charged: tax that is part of the total.
        reverse: tax of reverse charges, Dr VAT on purchases and Cr VAT on sales.
        control: default that names the control account of `charged`.
        sign: -1 credits tax (a sale), 1 debits it.
    """
    if charged:
        view = uk_accounts.control(books, problems, control)
        if view is not None:
            posting.add(view, sign * charged, RowKind.TAX, description="VAT")
        posting.tax += charged
    if reverse:
        bought = uk_accounts.control(books, problems, "purchase_tax")
        sold = uk_accounts.control(books, problems, "sales_tax")
        if bought is not None and sold is not None:
            text = "VAT, reverse charge"
            posting.add(bought, sign * reverse, RowKind.TAX, description=text)
            posting.add(sold, -sign * reverse, RowKind.TAX, description=text)
