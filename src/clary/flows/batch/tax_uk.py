"""Value added tax of a document on its way into UK books: by line.

ConnectWise states tax per tax code of a document; the books have it per line, each
rounded by itself.  The stated tax of a code is shared among its lines so that it comes to
the same penny; a line may then differ from its rate by one.
Source: sage50-uk.md section 5 (VAT rounding).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clary.flows.batch.mapping import BatchMapping, Drafting
from clary.flows.batch.sharing import shared
from clary.flows.batch.source import SourceDocument, SourceLine
from clary.flows.batch.tax_policy import TaxDecision, decide_tax
from clary.kernel.errors import Rejected, declare
from clary.kernel.money import money_text, rounded_ratio
from clary.ledger.posting.views import RATE_UNITS, TaxCodeView

TAX_LINES_MISSING = declare(
    "BATCH_TAX_LINES_MISSING",
    Rejected,
    "ConnectWise states tax of {amount} under {tax_code}, but no line is taxed under it.",
    "Correct the tax of the lines in ConnectWise, then refresh.",
)

TOLERANCE = 1
"""Minor units by which the tax of a line may differ from its rate."""


@dataclass(frozen=True, slots=True)
class UkTax:
    """The tax of one document: code and amount of each line, in minor units."""

    lines: Sequence[tuple[TaxCodeView | None, int]]
    decision: TaxDecision


def tax_of(
    document: SourceDocument,
    lines: Sequence[SourceLine],
    record_type: str,
    mapping: BatchMapping,
    drafting: Drafting,
) -> UkTax:
    """Return code and tax of each line, with what is done about differences.

    Args:
        document: what is posted.
        lines: its lines, freight among them.
        record_type: what it becomes.
        mapping: what references become.
        drafting: findings of the document.
    """
    stated = _stated(document, mapping, drafting)
    usual = next(iter(stated), None) if len(stated) == 1 else None
    views = [_code(line, usual, mapping, drafting, position) for position, line in enumerate(lines)]
    computed = [
        _by_rate(line.amount, view) if view is not None else 0
        for line, view in zip(lines, views, strict=True)
    ]
    amounts = list(computed)
    for key, amount in stated.items():
        _share(key, amount, lines, views, amounts, drafting)
    for place, view in enumerate(views):
        if view is not None and view.id not in stated:
            amounts[place] = 0
    decision = decide_tax(
        amounts,
        computed,
        TOLERANCE,
        mapping.settings,
        drafting.problems,
        company_computes=record_type in mapping.computes_tax,
    )
    return UkTax(tuple(zip(views, amounts, strict=True)), decision)


def _stated(
    document: SourceDocument, mapping: BatchMapping, drafting: Drafting
) -> Mapping[str, int]:
    """Return ConnectWise's tax by tax code of the books."""
    amounts: dict[str, int] = {}
    for position, tax in enumerate(document.taxes):
        if not tax.amount:
            continue
        sources = [each for each in (tax.code, tax.agency, document.tax_code) if each]
        view = next((view for view in map(mapping.tax_code, sources) if view is not None), None)
        if view is None:
            mapping.note_tax_code(sources, drafting, f"taxes.{position}")
        else:
            amounts[view.id] = amounts.get(view.id, 0) + tax.amount
    return amounts


def _code(
    line: SourceLine,
    usual: str | None,
    mapping: BatchMapping,
    drafting: Drafting,
    position: int,
) -> TaxCodeView | None:
    """Return the tax code of a line: its own, the document's if it is taxed, else untaxed."""
    where = f"lines.{position}.tax_code_id"
    if line.tax_code and line.taxable is not False:
        view = mapping.tax_code(line.tax_code)
        if view is None:
            mapping.note_tax_code([line.tax_code], drafting, where)
        return view
    if usual is not None and line.taxable is not False:
        return mapping.books.tax_code(usual)
    untaxed = mapping.tax_code(mapping.settings.untaxed_code)
    if untaxed is None:
        mapping.note_tax_code([mapping.settings.untaxed_code], drafting, where)
    return untaxed


def _by_rate(net: int, view: TaxCodeView) -> int:
    return 0 if view.reverse_charge else rounded_ratio(net, view.rate, RATE_UNITS)


def _share(
    key: str,
    amount: int,
    lines: Sequence[SourceLine],
    views: Sequence[TaxCodeView | None],
    amounts: list[int],
    drafting: Drafting,
) -> None:
    """Make the lines under a tax code come to its stated tax: pennies first, else by net."""
    places = [place for place, view in enumerate(views) if view is not None and view.id == key]
    if not places:
        drafting.problems.error(TAX_LINES_MISSING, "taxes", amount=money_text(amount), tax_code=key)
        return
    difference = amount - sum(amounts[place] for place in places)
    if abs(difference) <= len(places) * TOLERANCE:
        step = 1 if difference > 0 else -1
        largest = sorted(places, key=lambda place: -abs(lines[place].amount))
        for place in largest[: abs(difference)]:
            amounts[place] += step
        return
    parts = shared(amount, [lines[place].amount for place in places])
    for place, part in zip(places, parts, strict=True):
        amounts[place] = part
