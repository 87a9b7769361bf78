"""Tax rates of lines: UK one for each line, US one for the whole document.

Source: push-api.md 2.3 (a UK rate's id is the bare number of its code); that a US document
has one tax code is the ledger's own rule (sage50-us.md 6.6).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from clary.flows.push import problems
from clary.flows.push.drafting import PENNY, Draft, number, shown, text
from clary.flows.push.reading import Tree
from clary.flows.rehearsal.settings import REGULAR_AND_EXEMPT
from clary.kernel.money import round_half_up
from clary.ledger.posting.us_tax import REGULAR

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


def take_us_rates(draft: Draft, said: list[Tree], lines: list[dict[str, object]]) -> None:
    """Take the one tax rate of a US sales document over, and mark the lines that have it."""
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
    if chosen is not None:
        draft.body["tax_code_id"] = chosen
        for line in lines:
            # Sage would tax a line that says nothing; the sender taxed others and not this one.
            line.setdefault("tax_type", EXEMPT)
        return
    for position, stated in enumerate(said):
        if number(stated, "taxAmount"):
            where = f"lineItems.{position}.taxRateRef"
            draft.error(problems.PUSH_TAX_RATE_MISSING, where)


def refuse_us_tax(draft: Draft, said: list[Tree]) -> None:
    """Note tax on what is bought in the US edition, which keeps none."""
    for position, stated in enumerate(said):
        if number(stated, "taxAmount"):
            draft.error(problems.PUSH_TAX_UNSUPPORTED, f"lineItems.{position}.taxAmount")
