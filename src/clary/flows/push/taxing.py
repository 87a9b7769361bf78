"""Tax rates of lines: UK one for each line, US one for the whole document.

Source: push-api.md 2.3 (a UK rate's id is the bare number of its code); that a US document
has one tax code is the ledger's own rule (sage50-us.md 6.6).
"""

from __future__ import annotations

from clary.flows.push import problems
from clary.flows.push.drafting import Draft, number, text
from clary.flows.push.reading import Tree
from clary.ledger.posting import problems as codes
from clary.ledger.posting.us_tax import REGULAR


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
        draft.error(codes.UNKNOWN_REFERENCE, where, type="tax rate", value=stated)
    line["tax_code_id"] = code


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
                draft.error(codes.UNKNOWN_REFERENCE, where, type="tax rate", value=key)
        elif key.casefold() != chosen.casefold():
            draft.error(problems.PUSH_TAX_RATES_DIFFER, where)
    if chosen is not None:
        draft.body["tax_code_id"] = chosen
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
