"""Tax rates of lines: UK one for each line, US one for the whole document.

Source: push-api.md 2.3 (a UK rate's id is the bare number of its code); that a US document
has one tax code is the ledger's own rule (sage50-us.md 6.6).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from clary.flows.push import problems
from clary.flows.push.drafting import PENNY, Draft, number, shown, text
from clary.flows.push.lookups import TaxRateSeen
from clary.flows.push.reading import Tree
from clary.flows.rehearsal.settings import REGULAR_AND_EXEMPT
from clary.kernel.money import MONEY_PLACES, round_half_up
from clary.ledger.posting import problems as codes
from clary.ledger.posting.us_tax import REGULAR
from clary.ledger.schema import DECIMALS_TOO_MANY

EXEMPT: Final = next(number for number, taxed in REGULAR_AND_EXEMPT.items() if not taxed)
"""The item tax type that is not taxed."""


def uk_code(stated: str) -> str:
    """Return the tax code that an id names: `1` is T1, and so is `T1`."""
    shown = stated.strip().upper()
    return f"T{shown}" if shown.isascii() and shown.isdecimal() else shown


def take_uk_rate(draft: Draft, stated: str | None, line: dict[str, object], where: str) -> None:
    """Take the tax rate of a UK line over, or note that there is none."""
    if stated is None:
        return
    code = uk_code(stated)
    if draft.books.tax_rate(code) is None:
        draft.unknown(where, "tax rate", stated)
    line["tax_code_id"] = code


def note_unusual_tax(draft: Draft, said: list[Tree], lines: list[dict[str, object]]) -> None:
    """Note tax of UK lines that is kept as stated although their rates give another.

    Tax on no net is what a bill of import VAT has.
    """
    for position, (stated, line) in enumerate(zip(said, lines, strict=True)):
        tax, net, code = number(stated, "taxAmount"), line.get("amount"), line.get("tax_code_id")
        rate = draft.books.tax_rate(code) if isinstance(code, str) else None
        if tax is None or rate is None or not isinstance(net, Decimal) or not net:
            continue
        computed = round_half_up(net * (0 if rate.is_reverse else rate.rate) / 100)
        if abs(tax - computed) > PENNY:
            draft.warn(
                problems.PUSH_TAX_UNUSUAL,
                f"lineItems.{position}.taxAmount",
                stated=shown(tax),
                rate=rate.id,
                computed=shown(computed),
            )


def stated_tax(stated: Tree, net: object) -> Decimal | None:
    """Return the tax that a line states, or that its total has above its net; none if neither."""
    tax, total = number(stated, "taxAmount"), number(stated, "totalAmount")
    if tax is not None or total is None or not isinstance(net, Decimal):
        return tax
    return total - net


def place_of_tax(stated: Tree, where: str) -> str:
    """Return the path of the property by which a line states its tax."""
    name = "totalAmount" if number(stated, "taxAmount") is None else "taxAmount"
    return f"{where}.{name}"


def take_us_rates(draft: Draft, said: list[Tree], lines: list[dict[str, object]]) -> None:
    """Take the one tax rate of a US sales document over, and mark the lines that have it.

    A line that states no rate is not taxed where others state one, or where it states that it
    has no tax; else the customer's own rate goes for it, as in Sage.
    """
    chosen: str | None = None
    for position, (stated, line) in enumerate(zip(said, lines, strict=True)):
        key, where = text(stated, "taxRateRef.id"), f"lineItems.{position}.taxRateRef.id"
        if key is None:
            continue
        line["tax_type"] = REGULAR
        if chosen is None:
            chosen = key
            if draft.books.tax_rate(key) is None:
                draft.unknown(where, "tax rate", key)
        elif key.casefold() != chosen.casefold():
            draft.error(problems.PUSH_TAX_RATES_DIFFER, where)
    for position, (stated, line) in enumerate(zip(said, lines, strict=True)):
        tax = stated_tax(stated, line.get("amount"))
        if "tax_type" not in line and tax:
            draft.error(problems.PUSH_TAX_RATE_MISSING, f"lineItems.{position}.taxRateRef")
        elif chosen is not None or tax is not None:
            # Sage would tax a line that says nothing.
            line.setdefault("tax_type", EXEMPT)
    if chosen is not None:
        draft.body["tax_code_id"] = chosen
        _check_us_lines(draft, said, lines, draft.books.tax_rate(chosen))


def _check_us_lines(
    draft: Draft, said: list[Tree], lines: list[dict[str, object]], rate: TaxRateSeen | None
) -> None:
    """Note tax of US lines that is not what their rate gives."""
    if rate is None:
        return
    for position, (stated, line) in enumerate(zip(said, lines, strict=True)):
        net = line.get("amount")
        tax = stated_tax(stated, net)
        if tax is None or not isinstance(net, Decimal) or line.get("tax_type") != REGULAR:
            continue
        computed, where = rate.tax_of(net), place_of_tax(stated, f"lineItems.{position}")
        if tax != round_half_up(tax):
            draft.error(DECIMALS_TOO_MANY, where, label="Tax", places=MONEY_PLACES)
        elif abs(tax - computed) > rate.slack:
            _note_difference(draft, where, tax, computed, rate.slack)


def keep_us_tax(draft: Draft, lines: list[dict[str, object]], tax: Decimal, where: str) -> None:
    """Keep the tax of a US sales document as it is stated where it was but rounded otherwise.

    Sage works tax out of the whole document, most other programs line by line.

    Args:
        draft: the document.
        lines: its lines, marked with what is taxed.
        tax: what its lines or its header state.
        where: path of what states it.
    """
    chosen = draft.body.get("tax_code_id")
    rate = draft.books.tax_rate(chosen) if isinstance(chosen, str) else None
    if rate is None:
        return
    stated = (line.get("amount") for line in lines if line.get("tax_type") == REGULAR)
    nets = [net for net in stated if isinstance(net, Decimal)]
    amounts = rate.by_agency(sum(nets, Decimal(0)))
    computed, allowed = sum(amounts.values(), Decimal(0)), PENNY * len(nets)
    by_line = sum(map(rate.tax_of, nets), Decimal(0))
    if tax == computed:
        return
    if abs(tax - computed) > allowed or abs(tax - by_line) > rate.slack * len(nets):
        _note_difference(draft, where, tax, computed, allowed)
    else:
        amounts[max(amounts, key=lambda name: amounts[name])] += tax - computed
        draft.body["taxes"] = [
            {"agency_id": name, "amount": amount} for name, amount in amounts.items()
        ]


def _note_difference(
    draft: Draft, where: str, stated: Decimal, computed: Decimal, allowed: Decimal
) -> None:
    draft.error(
        codes.TAX_DIFFERS,
        where,
        stated=shown(stated),
        computed=shown(computed),
        allowed=shown(allowed),
    )


def refuse_us_tax(
    draft: Draft, said: list[Tree], lines: list[dict[str, object]], header: str = ""
) -> None:
    """Note tax on what is bought in the US edition, which keeps none.

    Args:
        draft: the document.
        said: its lines as they are stated.
        lines: its lines as they are made.
        header: property of the header that states the tax of lines that do not, if any.
    """
    taxes = [stated_tax(*pair) for pair in zip(said, (x.get("amount") for x in lines), strict=True)]
    for position, (stated, tax) in enumerate(zip(said, taxes, strict=True)):
        if tax:
            where = place_of_tax(stated, f"lineItems.{position}")
            draft.error(problems.PUSH_TAX_UNSUPPORTED, where)
    if None in taxes and number(draft.said, header):
        draft.error(problems.PUSH_TAX_UNSUPPORTED, header)
