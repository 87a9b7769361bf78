"""Sales tax of an invoice on its way into US books: by tax code and agency.

ConnectWise names a tax code and an agency per tax row.  The books have codes of several
agencies, so the code is chosen that has every agency the rows name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from clary.flows.batch import mapping_problems as codes
from clary.flows.batch.mapping import BatchMapping, Drafting
from clary.flows.batch.overrides import MappingKind
from clary.flows.batch.sharing import shared
from clary.flows.batch.source import SourceDocument, SourceLine, SourceTax
from clary.flows.batch.tax_policy import TaxDecision, decide_tax
from clary.kernel.money import rounded_ratio
from clary.ledger.posting.views import RATE_UNITS, TaxCodeView


@dataclass(frozen=True, slots=True)
class UsTax:
    """The tax of one document.

    Attributes:
        code: the tax code; none where ConnectWise charges no tax.
        amounts: ConnectWise's tax by agency of the code, in minor units.
        types: item tax type of each line; none leaves it to the item.
        decision: what is done about it.
        accounts: the tax account of each agency that was decided about, in order.
    """

    code: TaxCodeView | None
    amounts: Mapping[str, int]
    types: Sequence[int | None]
    decision: TaxDecision = field(default_factory=lambda: TaxDecision(is_stated=True))
    accounts: Sequence[str] = ()


def tax_of(
    document: SourceDocument,
    customer_id: str,
    record_type: str,
    mapping: BatchMapping,
    drafting: Drafting,
) -> UsTax:
    """Return the tax of an invoice or credit memo, with what is done about differences.

    Args:
        document: what is posted.
        customer_id: its customer in the books, empty where there is none.
        record_type: what it becomes.
        mapping: what references become.
        drafting: findings of the document.
    """
    charged = [tax for tax in document.taxes if tax.amount]
    types = _types(document, mapping, is_taxed=bool(charged))
    code: TaxCodeView | None = None
    amounts: dict[str, int] = {}
    if charged:
        code, amounts = _stated(charged, document, mapping, drafting)
        if code is None:
            return UsTax(None, {}, types)
    usual = code or _usual_code(customer_id, mapping)
    computed, taxed_lines = _computed(document, usual, types, mapping)
    agencies = sorted({*amounts, *computed})
    decision = decide_tax(
        [amounts.get(each, 0) for each in agencies],
        [computed.get(each, 0) for each in agencies],
        max(taxed_lines, 1),
        mapping.settings,
        drafting.problems,
        company_computes=record_type in mapping.computes_tax,
    )
    payable = {each.id: each.account_id for each in usual.agencies} if usual is not None else {}
    return UsTax(code, amounts, types, decision, tuple(payable[each] for each in agencies))


def _usual_code(customer_id: str, mapping: BatchMapping) -> TaxCodeView | None:
    """Return the tax code that the books would take by themselves: the customer's own."""
    customer = mapping.books.customer(customer_id)
    if customer is None or customer.tax_code_id is None:
        return None
    return mapping.books.tax_code(customer.tax_code_id)


def _types(
    document: SourceDocument, mapping: BatchMapping, *, is_taxed: bool
) -> tuple[int | None, ...]:
    """Return the item tax type of each line, by what ConnectWise taxes."""
    known = mapping.books.policy.tax_types
    taxed = next((number for number, taxable in sorted(known.items()) if taxable), None)
    exempt = next((number for number, taxable in sorted(known.items()) if not taxable), None)
    return tuple(_type(line, taxed, exempt, is_taxed=is_taxed) for line in document.lines)


def _type(line: SourceLine, taxed: int | None, exempt: int | None, *, is_taxed: bool) -> int | None:
    if not is_taxed or line.taxable is False:
        return exempt
    return taxed if line.taxable else None


def _stated(
    charged: Sequence[SourceTax],
    document: SourceDocument,
    mapping: BatchMapping,
    drafting: Drafting,
) -> tuple[TaxCodeView | None, dict[str, int]]:
    """Return the tax code of the books, and ConnectWise's tax by its agencies."""
    sources = list(dict.fromkeys(_sources(charged, document)))
    views = [view for view in map(mapping.tax_code, sources) if view is not None]
    for view in views:
        amounts = _by_agency(charged, view, mapping)
        if amounts is not None:
            return view, amounts
    if not views:
        mapping.note_tax_code(sources, drafting, "tax_code_id")
        return None, {}
    view = views[0]
    wrong = next(tax for tax in charged if _agency(tax, view, mapping) is None)
    named = wrong.agency or wrong.code or "(none)"
    drafting.problems.error(
        codes.TAX_AGENCY_UNKNOWN,
        "taxes",
        tax_code=view.id,
        value=named,
        command=mapping.command(MappingKind.TAX_AGENCY, named),
        choices=", ".join(each.id for each in view.agencies) or "(none)",
    )
    return None, {}


def _sources(charged: Sequence[SourceTax], document: SourceDocument) -> Iterator[str]:
    """Yield the names that the tax code may have in the books, the likeliest first.

    The customer's own code is asked only where the document names none: another code than
    it was taxed under would never be right.
    """
    own = [tax.code for tax in charged if tax.code]
    if document.tax_code:
        own.append(document.tax_code)
    party = document.party
    if own or party is None:
        yield from own
        return
    yield from party.tax_xrefs
    if party.tax_code:
        yield party.tax_code


def _by_agency(
    charged: Sequence[SourceTax], view: TaxCodeView, mapping: BatchMapping
) -> dict[str, int] | None:
    """Return tax by agency of a code; none where a row names an agency that it has not.

    One row that names no agency is shared among those of the code by their rates.
    """
    [*agencies] = view.agencies
    if len(charged) == 1 and not charged[0].agency and agencies:
        parts = shared(charged[0].amount, [each.rate for each in agencies])
        return {each.id: part for each, part in zip(agencies, parts, strict=True)}
    amounts: dict[str, int] = {}
    for tax in charged:
        agency = _agency(tax, view, mapping)
        if agency is None:
            return None
        amounts[agency] = amounts.get(agency, 0) + tax.amount
    return amounts


def _agency(tax: SourceTax, view: TaxCodeView, mapping: BatchMapping) -> str | None:
    return mapping.agency(view, tax.agency) or mapping.agency(view, tax.code)


def _computed(
    document: SourceDocument,
    code: TaxCodeView | None,
    types: Sequence[int | None],
    mapping: BatchMapping,
) -> tuple[dict[str, int], int]:
    """Return the tax that the books work out by agency, and how many lines it is of."""
    if code is None or code.exempt:
        return {}, 0
    base = lines = 0
    for line, chosen in zip(document.lines, types, strict=True):
        if _is_taxable(line, chosen, mapping):
            base += line.amount
            lines += 1
    if code.tax_freight and document.freight:
        base += document.freight
        lines += 1
    return {each.id: rounded_ratio(base, each.rate, RATE_UNITS) for each in code.agencies}, lines


def _is_taxable(line: SourceLine, chosen: int | None, mapping: BatchMapping) -> bool:
    """Tell whether the books tax a line: by its tax type, else its item's, else Regular."""
    known = mapping.books.policy.tax_types
    if chosen is not None:
        return known.get(chosen, True)
    item = mapping.books.item(line.item.key) if line.item is not None else None
    return known.get(item.tax_type, True) if item is not None else True
