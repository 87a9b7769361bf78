"""Allocations as the push API has them: parts of the payment that they were pushed with.

Sage keeps the use of a credit as a record of its own beside the money.  The API knows payments
alone: one shows all that it was pushed with, and an allocation that nothing was paid with is a
payment of 0 (OpenAPI, Payment, "Using a credit note to pay an invoice").
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from clary.flows.push.declaring import PushType
from clary.flows.push.lookups import PartySeen
from clary.kernel.change import Body
from clary.ledger.fields import EditionName
from clary.ledger.filters import (
    And,
    BoundTree,
    Comparison,
    Operator,
    Or,
    check,
    declared_fields,
)
from clary.ledger.registry import record_type

ALLOCATION: Final = "allocation"

PARTIES: Final[Mapping[str, str]] = {"payments": "customer", "billPayments": "vendor"}
"""Whose allocations are shown in a data type: type of the party."""

CREDIT_NOTES: Final[Mapping[str, str]] = {"customer": "credit_memo", "vendor": "vendor_credit"}
"""Record type of the credit notes of a party; its other credits are payments."""

PARTS: Final = "allocations"
"""Where the body of a payment holds its allocations; no field of the ledger has this name."""

CREDIT_TYPE: Final = "credit_type"
"""Where the body of an allocation holds the record type of its credit; no field of the ledger."""

SOURCE: Final = "push"
"""Name of the calling system in the origins of pushed documents."""

_PUSHED: Final = re.compile(rf"{SOURCE}:([^:.%]+):1:1")
"""Origin of what leads a pushed document; what follows it has a number behind the key."""

_FOLLOWS: Final = f"{SOURCE}:%.%"


def follower(key: str, number: int) -> str:
    """Return the name of what follows a pushed document; number 0 leads it."""
    return key if number == 0 else f"{key}.{number}"


def pushed_key(body: Body) -> str | None:
    """Return the key of the operation that made a leading record, or none."""
    found = _PUSHED.fullmatch(str(body.get("origin") or ""))
    return None if found is None else found.group(1)


def by_themselves(party_type: str, edition: EditionName) -> BoundTree:
    """Return the filter of the allocations of all parties of a type that follow no payment."""
    alone = Or(
        (
            Comparison("origin", Operator.IS_NULL),
            Comparison("origin", Operator.NOT_LIKE, (_FOLLOWS,)),
        )
    )
    of_party = Comparison("party_type", Operator.EQUAL, (party_type,))
    fields = declared_fields(record_type(ALLOCATION), edition)
    return check(And((of_party, alone)), fields)


def allocated(push_type: PushType) -> PushType:
    """Return a type of payments as one of allocations, as far as these have the same fields.

    What a payment comes to is another amount than what is allocated.
    """
    kept = tuple(field for field in push_type.fields if field.name != "totalAmount")
    records = dict.fromkeys(push_type.records, ALLOCATION)
    return replace(push_type, records=records, fields=kept)


def as_payment(allocation: Body, parts: Sequence[Body], party: PartySeen | None) -> Body:
    """Return an allocation as a payment of 0 of its party.

    Args:
        allocation: the allocation.
        parts: itself and those that were pushed with it.
        party: the party, if known.
    """
    party_type = allocation["party_type"]
    return {
        **allocation,
        f"{party_type}_id": allocation["party_id"],
        f"{party_type}_name": party.name if party else None,
        "currency": party.currency if party else None,
        "amount": "0.00",
        PARTS: parts,
    }
