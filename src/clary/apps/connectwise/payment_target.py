"""How payments of invoices are added, changed and deleted, each exactly once.

ConnectWise keeps no reference of ours with a payment, so a new one is known by invoice,
amount, date and, where a credit memo pays, that memo.  Payments that were there when the
plan was made, and those that other changes of the run made, are not it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from clary.apps.connectwise.problems import NOT_FOUND
from clary.apps.connectwise.resources import Accounting
from clary.apps.connectwise.shapes import InvoicePayment
from clary.kernel.change import Action, Body, Change, JsonValue, Sight, Sighting, Written
from clary.kernel.errors import Finding, Rejected, declare
from clary.kernel.money import money_text, round_half_up, to_minor

PAYMENT_AMBIGUOUS = declare(
    "PAYMENT_AMBIGUOUS",
    Rejected,
    "Invoice {invoice} has several payments of {amount} of the same day in ConnectWise.",
    "Look there which one is meant, and delete what is there twice.",
    http_status=409,
)
PAYMENT_CHANGED = declare(
    "PAYMENT_CHANGED",
    Rejected,
    "The {name} of the payment was {before} when the plan was made and is {now} now.",
    "Plan again; the new plan starts from the payment as it is now.",
    http_status=409,
)
PAYMENT_GONE = declare(
    "PAYMENT_GONE",
    Rejected,
    "The payment was in ConnectWise when the plan was made and is gone now.",
    "Plan again without it.",
    http_status=409,
)
PAYMENT_BESIDE = declare(
    "PAYMENT_BESIDE",
    Rejected,
    "Invoice {invoice} had no payment of {amount} in ConnectWise when the plan was made, and has"
    " one now.",
    "Plan again; the new plan starts from the payments as they are now.",
    http_status=409,
)
PAYMENT_TOO_MUCH = declare(
    "PAYMENT_TOO_MUCH",
    Rejected,
    "With {amount} paid by this payment, invoice {invoice} would show {total} as paid in"
    " ConnectWise; when the plan was made, {at_most} was the most that it may show.",
    "Plan again; the new plan starts from the payments as they are now.",
    http_status=409,
)
PAYMENT_INCOMPLETE = declare(
    "PAYMENT_INCOMPLETE",
    Rejected,
    "A payment needs {missing}.",
    "Plan again; nothing was written for this payment.",
)

RECORD_TYPE = "invoice_payment"
COMPARED = ("amount", "date")
MATCHED = (*COMPARED, "credit_id")
_FIELDS = {"amount": "amount", "date": "paymentDate"}


class PaymentTarget:
    """Adds, changes and deletes payments, one change at a time."""

    def __init__(self, accounting: Accounting) -> None:
        """Work on the site behind `accounting`."""
        self._accounting = accounting
        self._taken: dict[str, int] = {}
        """Which change of this run each payment belongs to, by its key."""

    def look(self, change: Change) -> Sighting:
        """Tell whether the payment is there as the change wants it."""
        problem = _problem(change)
        if problem is not None:
            return Sighting(Sight.UNKNOWN, findings=(problem,))
        if change.action is Action.CREATE:
            return self._look_for_new(change)
        return self._look_for_old(change, str(change.key))

    def write(self, change: Change) -> Written:
        """Add, change or delete the payment.

        Raises:
            Rejected: the site refuses, or the change states no payment.
            Uncertain: it may have been done.
        """
        problem = _problem(change)
        if problem is not None:
            raise Rejected(problem)
        if change.action is Action.CREATE:
            return self._add(change)
        invoice, payment = _parts(str(change.key))
        if change.action is Action.DELETE:
            try:
                self._accounting.delete_payment(invoice, payment)
            except Rejected as error:
                if error.code != NOT_FOUND.name:
                    raise
            return Written(change.key)
        after = change.after or {}
        stated: dict[str, Decimal | date | None] = {}
        if "amount" in after:
            stated["amount"] = _amount(after["amount"])
        if "date" in after:
            stated["paymentDate"] = _day(after["date"])
        return self._written(self._accounting.update_payment(invoice, payment, stated), invoice)

    def read_back(self, _change: Change, key: str) -> Body | None:
        """Return what the site holds of a payment, or none where it is gone."""
        invoice, payment = _parts(key)
        try:
            return body_of(self._accounting.payment(invoice, payment), invoice)
        except Rejected as error:
            if error.code != NOT_FOUND.name:
                raise
            return None

    def unlike(self, change: Change, body: Body) -> Sequence[tuple[str, str, str]]:
        """Return what was sent and is stored of amount and date, where they differ."""
        after = change.after or {}
        return [
            (name, _shown(after[name]), _shown(body.get(name)))
            for name in COMPARED
            if name in after and after[name] != body.get(name)
        ]

    def _look_for_new(self, change: Change) -> Sighting:
        after = change.after or {}
        invoice = _invoice(after)
        known = after.get("known_payments")
        before = set(known) if isinstance(known, Sequence) else set[JsonValue]()
        bodies = self._payments(invoice)
        found = [
            body
            for body in bodies
            if all(body[name] == after.get(name) for name in MATCHED)
            and body["payment_id"] not in before
            and self._taken.get(_key(body), change.number) == change.number
        ]
        if not found:
            return self._look_beside(change, bodies)
        if len(found) > 1:
            ambiguous = PAYMENT_AMBIGUOUS.finding(
                record=_named(change),
                invoice=after.get("invoice_number") or invoice,
                amount=after.get("amount"),
            )
            return Sighting(Sight.UNKNOWN, findings=(ambiguous,))
        key = _key(found[0])
        self._taken[key] = change.number
        # Who else entered it, another sync or a person: a second one would be paid twice.
        evidence = "same invoice, amount and day"
        return Sighting(Sight.PRESENT, key, found[0], evidence, suffices=True)

    def _look_beside(self, change: Change, bodies: Sequence[Body]) -> Sighting:
        """Tell whether a new payment still fits beside the others of its invoice.

        Its amount was worked out from the payments that were known; another one that came
        since would make the two too much.
        """
        after = change.after or {}
        known = after.get("known_payments")
        if not isinstance(known, Sequence):
            return Sighting(Sight.ABSENT)
        findings = tuple(
            PAYMENT_BESIDE.finding(
                record=_named(change),
                invoice=after.get("invoice_number") or after["invoice_id"],
                amount=body["amount"],
            )
            for body in bodies
            if body["payment_id"] not in known and _key(body) not in self._taken
        ) or _too_much(change, bodies)
        return Sighting(Sight.STALE if findings else Sight.ABSENT, findings=findings)

    def _look_for_old(self, change: Change, key: str) -> Sighting:
        bodies = self._payments(_parts(key)[0])
        now = next((body for body in bodies if _key(body) == key), None)
        if now is None:
            if change.action is Action.DELETE:
                return Sighting(Sight.PRESENT, key, evidence="the payment is gone")
            gone = PAYMENT_GONE.finding(record=_named(change))
            return Sighting(Sight.STALE, key, findings=(gone,))
        after, before = change.after or {}, change.before or {}
        if change.action is Action.UPDATE and not self.unlike(change, now) and after:
            return Sighting(Sight.PRESENT, key, now, "the payment holds it already")
        findings = tuple(
            PAYMENT_CHANGED.finding(
                record=_named(change),
                field=name,
                name=name,
                before=_shown(before[name]),
                now=_shown(now.get(name)),
            )
            for name in COMPARED
            if name in before and before[name] != now.get(name)
        ) or _too_much(change, bodies)
        return Sighting(Sight.STALE if findings else Sight.ABSENT, key, now, findings=findings)

    def _payments(self, invoice: int) -> list[Body]:
        """Return what pays an invoice; as a credit memo it may itself have paid others."""
        return [
            body_of(each, invoice)
            for each in self._accounting.payments(invoice)
            if each.invoice is None or each.invoice.id in (None, invoice)
        ]

    def _add(self, change: Change) -> Written:
        after = change.after or {}
        invoice = _invoice(after)
        credit = after.get("credit_id")
        added = self._accounting.add_payment(
            invoice,
            _amount(after["amount"]),
            _day(after.get("date")),
            credit=credit if isinstance(credit, int) else None,
        )
        written = self._written(added, invoice)
        if written.key is not None:
            self._taken[written.key] = change.number
        return written

    def _written(self, payment: InvoicePayment, invoice: int) -> Written:
        body = body_of(payment, invoice)
        return Written(_key(body), body=body)


def body_of(payment: InvoicePayment, invoice: int) -> Body:
    """Return a payment as plans and journal keep it: amount as text, date as ISO text or none."""
    amount = round_half_up(payment.amount or Decimal(0))
    return {
        "invoice_id": invoice,
        "invoice_number": payment.invoice.identifier if payment.invoice else None,
        "payment_id": payment.id,
        "credit_id": payment.credit.id if payment.credit else None,
        "amount": money_text(to_minor(amount)),
        "date": (payment.payment_date or "")[: len("2026-01-31")] or None,
    }


def billed_as(change: Change) -> int:
    """Return the id of the invoice whose payment a well-formed change concerns."""
    if change.action is Action.CREATE:
        return _invoice(change.after or {})
    return _parts(str(change.key))[0]


def _too_much(change: Change, bodies: Sequence[Body]) -> tuple[Finding, ...]:
    """Return why a payment may not be raised or added any more, or nothing.

    What it shall come to was worked out from the others as they were when the plan was
    made; one that was entered or raised since would make them too much together.
    """
    stated = (change.after if change.action is Action.CREATE else change.before) or {}
    at_most, amount = stated.get("at_most"), (change.after or {}).get("amount")
    if at_most is None or amount is None:
        return ()
    others = (_amount(body["amount"]) for body in bodies if _key(body) != change.key)
    total = sum(others, _amount(amount))
    if total <= _amount(at_most):
        return ()
    finding = PAYMENT_TOO_MUCH.finding(
        record=_named(change),
        amount=amount,
        invoice=stated.get("invoice_number") or stated["invoice_id"],
        total=f"{total:.2f}",
        at_most=at_most,
    )
    return (finding,)


def _named(change: Change) -> str:
    """Return what a payment is called in findings: by its invoice, as people know it."""
    return f"payment of invoice {change.document}" if change.document else change.record


def _key(body: Body) -> str:
    return f"{body['invoice_id']}/{body['payment_id']}"


def _parts(key: str) -> tuple[int, int]:
    invoice, _, payment = key.partition("/")
    return int(invoice), int(payment)


def _problem(change: Change) -> Finding | None:
    """Return what a change lacks to be one of a payment, or none."""
    after = change.after or {}
    missing = []
    if change.action is Action.CREATE:
        missing += [] if isinstance(after.get("invoice_id"), int) else ["an invoice"]
        missing += [] if _is_amount(after.get("amount")) else ["an amount"]
    else:
        invoice, _, payment = (change.key or "").partition("/")
        missing += [] if invoice.isdecimal() and payment.isdecimal() else ["a key"]
        missing += [] if _is_amount(after.get("amount", "0")) else ["an amount"]
    missing += [] if _is_day(after.get("date")) else ["a date such as 2026-01-31"]
    if not missing:
        return None
    return PAYMENT_INCOMPLETE.finding(record=_named(change), missing=" and ".join(missing))


def _is_amount(value: JsonValue) -> bool:
    try:
        to_minor(Decimal(str(value)))
    except (InvalidOperation, ValueError):
        return False
    return True


def _is_day(value: JsonValue) -> bool:
    try:
        _day(value)
    except ValueError:
        return False
    return True


def _invoice(after: Body) -> int:
    return int(str(after["invoice_id"]))


def _amount(value: JsonValue) -> Decimal:
    return Decimal(str(value))


def _day(value: JsonValue) -> date | None:
    return None if value is None else date.fromisoformat(str(value))


def _shown(value: JsonValue) -> str:
    return "empty" if value is None else str(value)
