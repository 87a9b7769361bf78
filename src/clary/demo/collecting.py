"""Money comes in: receipts are entered in Sage, and ConnectWise learns what is paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clary.demo.desk import APP, Desk
from clary.flows.batch.register import BatchDocument
from clary.flows.operations.requests import (
    Document,
    Operation,
    OperationOptions,
    OperationResult,
    Status,
)
from clary.flows.payments.register import Looked
from clary.flows.payments.settled import Way
from clary.flows.payments.since import Start
from clary.hub.services.applying import Applying, RunAnswer
from clary.hub.services.batch_sides import opened_site
from clary.hub.services.operations import Asked, operate, operation_results
from clary.hub.services.payments import Outcome, SyncDone, plan_sync, run_sync, sync_invoices
from clary.kernel.change import Body
from clary.kernel.money import money_text, to_minor

SOURCE = "demo"


@dataclass(frozen=True, slots=True)
class Received:
    """Receipts that were entered in Sage.

    Attributes:
        run: the run that entered them.
        results: how each ended.
    """

    run: RunAnswer
    results: Sequence[OperationResult]


@dataclass(frozen=True, slots=True)
class Synced:
    """What ConnectWise was told of payments.

    Attributes:
        done: the sync.
        invoices: what it found of each invoice that ConnectWise knows.
        again: the same once more.
    """

    done: SyncDone
    invoices: Sequence[Looked]
    again: SyncDone


def receive(desk: Desk, invoices: Sequence[BatchDocument]) -> Received:
    """Enter receipts for three invoices: one paid at once, one in part, one in two parts."""
    whole, part, split = invoices
    half = split.total // 2
    paid = [
        (whole, whole.total),
        (part, part.total // 3),
        (split, half),
        (split, split.total - half),
    ]
    documents = [
        Document(f"receipt-{place}", _receipt(desk, f"CHECK-{place}", invoice, amount))
        for place, (invoice, amount) in enumerate(paid, 1)
    ]
    asked = Asked(Operation.CREATE, "receipt", documents, OperationOptions(source=SOURCE))
    done = operate(desk.installation, desk.name, asked, Applying())
    results = list(operation_results(desk.installation, done))
    desk.check(
        "receipts are in the books",
        len(results) == len(paid) and all(each.status is Status.SUCCESS for each in results),
        "three invoices were paid in Sage: one at once, one in part, one in two parts",
    )
    return Received(done.run, results)


def _receipt(desk: Desk, reference: str, invoice: BatchDocument, amount: int) -> Body:
    return {
        "reference": reference,
        "date": desk.day.isoformat(),
        "customer_id": invoice.party,
        "payment_method": "Check",
        "cash_account_id": "10200",
        "applications": [{"invoice_number": invoice.number, "amount": money_text(amount)}],
    }


def tell_payments(desk: Desk) -> Synced:
    """Bring what is paid from the day of the work on to ConnectWise, then look once more."""
    done = _sync(desk, desk.day)
    invoices = [each for each in sync_invoices(desk.installation, done.planned.sync) if each.billed]
    desk.check(
        "ConnectWise shows what is paid",
        done.outcome is Outcome.COMPLETED
        and bool(invoices)
        and _shown(desk, invoices) == {each.billed: _paid(each) for each in invoices},
        "ConnectWise shows what Sage shows: the amount, and the day of what is paid in full",
    )
    again = _sync(desk, Start.LAST)
    desk.check(
        "a second sync writes nothing",
        again.outcome is Outcome.NOTHING,
        "payments compared once more: nothing was left to write",
    )
    return Synced(done, invoices, again)


def _sync(desk: Desk, start: Start | date) -> SyncDone:
    planned = plan_sync(desk.installation, APP, desk.name, start, Way.FAST)
    return run_sync(desk.installation, planned, Applying())


def _paid(looked: Looked) -> list[tuple[int, str | None]]:
    """Return amount and day of the one payment that an invoice must have in ConnectWise."""
    day = looked.settled_on
    return [(looked.settled, None if day is None else day.isoformat())]


def _shown(
    desk: Desk, invoices: Sequence[Looked]
) -> dict[int | None, list[tuple[int, str | None]]]:
    """Return amount and day of each payment that ConnectWise holds of each invoice."""
    with opened_site(desk.installation, APP) as site:
        return {
            each.billed: [
                (to_minor(payment.amount or Decimal(0)), (payment.payment_date or "")[:10] or None)
                for payment in site.accounting.payments(each.billed or 0)
            ]
            for each in invoices
        }
