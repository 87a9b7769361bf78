"""How credits that were left open find the invoices and bills they settle, a month later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from clary.companies.sandbox.seed.story import Credit, Event, Month, Owed, money
from clary.kernel.change import Body

AFTER_DAYS = 21
INVOICES = {"customer": "sales_invoice", "vendor": "purchase"}


def matched(
    party_type: str,
    month: Month,
    day: date,
    credits_left: Sequence[Credit],
    owed: Sequence[Owed],
    keys: Mapping[tuple[str, str], str],
) -> Iterator[Event]:
    """Yield the allocations of credits to what was posted before this month.

    Args:
        party_type: customer or vendor.
        month: the month of the story.
        day: when it is done.
        credits_left: what is applied to nothing yet; what is taken of it is taken off.
        owed: what is open; it goes down too.
        keys: transaction number by record type and document number.
    """
    for credit in credits_left:
        if credit.day + timedelta(days=AFTER_DAYS) > day or credit.day >= month.start:
            continue
        one = next((each for each in owed if _takes(each, credit, month)), None)
        if one is None:
            continue
        amount = min(credit.left, one.open)
        credit.left -= amount
        one.open -= amount
        body: Body = {
            "party_type": party_type,
            "party_id": credit.party,
            "credit": int(keys[credit.record_type, credit.number]),
            "invoice": int(keys[INVOICES[party_type], one.number]),
            "amount": money(amount),
        }
        yield Event(day, "allocation", body)


def _takes(owed: Owed, credit: Credit, month: Month) -> bool:
    if owed.party != credit.party or owed.day >= month.start or owed.part or not owed.open:
        return False
    return not owed.discount or owed.open > credit.left + owed.discount
