"""What credit memos are applied to in the books: by themselves, and by allocations made later.

Such a memo is the same document as before: ConnectWise may know less of what it pays than
Sage does, or has it from our own payments sync.  Only what ConnectWise applies and Sage
does not is a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeAlias

from clary.companies.contract import Query, Session, TypeCapability
from clary.companies.keys import parse_key
from clary.kernel.change import Body, JsonValue
from clary.ledger.registry import record_type

Amounts: TypeAlias = Mapping[str, Decimal]
"""What is applied to each invoice, by its number in lower case."""

_FIELDS: Final = ("credit", "invoice", "amount", "party_type", "reversed_by", "reverses")
_NONE: Final = Decimal(0)


def applied_in_sage(
    session: Session, capabilities: Mapping[str, TypeCapability], memos: Sequence[Body]
) -> dict[str, dict[str, Decimal]]:
    """Return what each of some credit memos is applied to, by the key of the memo.

    Args:
        session: a session of the company; it is only read.
        capabilities: what its doors can do; not every one has allocations of their own.
        memos: the credit memos, as the books have them.

    Raises:
        ClaryError: the books cannot be read.
    """
    if not memos:
        return {}
    wanted = {str(memo.get("transaction_number")) for memo in memos}
    ties = [tie for memo in memos for tie in _own(memo)]
    for name in {"allocation"} & capabilities.keys():
        ties += _later(session, name, wanted)
    numbers = _numbers(session, {str(entry.get("invoice")) for _, entry in ties})
    found: dict[str, dict[str, Decimal]] = {memo: {} for memo in wanted}
    for memo, entry in ties:
        number = str(entry.get("number") or numbers.get(str(entry.get("invoice")), "")).casefold()
        amounts = found[memo]
        amounts[number] = amounts.get(number, _NONE) + Decimal(str(entry.get("amount") or 0))
    return found


def is_applied(body: Body, applied: Amounts) -> bool:
    """Tell whether the books apply a credit memo at least as a body of it states."""
    wanted: dict[str, Decimal] = {}
    for entry in _entries(body.get("applications")):
        number = str(entry.get("invoice_number")).casefold()
        wanted[number] = wanted.get(number, _NONE) + Decimal(str(entry.get("amount") or 0))
    return all(applied.get(number, _NONE) >= amount for number, amount in wanted.items())


_Tie: TypeAlias = tuple[str, Mapping[str, JsonValue]]
"""Key of a credit memo, and what it pays: number or key of the invoice, and the amount."""


def _own(memo: Body) -> Iterator[_Tie]:
    """Yield what a credit memo itself says that it pays."""
    for entry in _entries(memo.get("applications")):
        invoice = {"invoice": entry.get("transaction_number")}
        tie = {**invoice, "number": entry.get("invoice_number"), "amount": entry.get("amount")}
        yield str(memo.get("transaction_number")), tie


def _later(session: Session, name: str, memos: set[str]) -> Iterator[_Tie]:
    """Yield what was applied of credit memos after they were posted."""
    for body in session.read(name, Query(fields=_FIELDS)):
        is_live = body.get("reversed_by") is None and body.get("reverses") is None
        if is_live and body.get("party_type") == "customer" and str(body["credit"]) in memos:
            yield str(body["credit"]), body


def _numbers(session: Session, invoices: set[str]) -> dict[str, str]:
    """Return the numbers of invoices by their keys."""
    declared = record_type("sales_invoice")
    keys = sorted(invoices - {"None"})
    found = session.get_many(declared.name, [parse_key(declared, key) for key in keys])
    return {
        key: str(body.get("number"))
        for key, body in zip(keys, found, strict=True)
        if body is not None
    }


def _entries(value: JsonValue) -> Iterable[Mapping[str, JsonValue]]:
    entries = value if isinstance(value, list) else []
    return [entry for entry in entries if isinstance(entry, Mapping)]
