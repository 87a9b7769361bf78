"""Makes sure that what a plan shows as paid is still so, right before it is written.

Days may lie between plan and run, and another sync may have run in between: a receipt may
have been deleted, an invoice billed anew.  What ConnectWise holds of each payment is looked
at by its target; here the invoices are read again, in bulk and only those that are changed.
What became stale is kept back alone: the next sync looks at it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from clary.apps.connectwise.conditions import one_of
from clary.apps.connectwise.payment_target import billed_as
from clary.apps.connectwise.resources import Accounting
from clary.companies.settlements import Settlement
from clary.engine.plan import Planned
from clary.flows.payments.matching import ASKED_AT_ONCE, in_groups, minor
from clary.flows.payments.register import Looked
from clary.flows.payments.settled import Standings
from clary.kernel.change import Change
from clary.kernel.errors import Finding, Rejected, declare
from clary.kernel.money import money_text, to_minor

CHANGED_IN_SAGE = declare(
    "PAYMENTS_CHANGED_IN_SAGE",
    Rejected,
    "Sage shows it otherwise than when the plan was made: {changed}.",
    "Sync again with `clary payments sync`, which starts from what Sage shows now.",
    http_status=409,
)
LOWERED_IN_CONNECTWISE = declare(
    "PAYMENTS_INVOICE_LOWERED",
    Rejected,
    "The invoice is for {total} in ConnectWise now; the plan would show up to {at_most} as paid.",
    "Sync again with `clary payments sync`, which starts from the invoice as it is now.",
    http_status=409,
)


@dataclass(slots=True)
class Freshness:
    """What became of the invoices of a plan since it was made; both by id in ConnectWise.

    Attributes:
        stale: what differs in Sage, of those that do not stand there as they did.
        totals: what each comes to in ConnectWise, in minor units.
    """

    stale: dict[int, Finding] = field(default_factory=dict)
    totals: dict[int, int] = field(default_factory=dict)

    def compare(self, planned: Iterable[Looked], standings: Standings) -> None:
        """Compare how invoices stood when they were planned with how they stand in Sage now.

        Raises:
            ClaryError: Sage cannot be read.
        """
        for some in in_groups(planned, ASKED_AT_ONCE):
            found = standings.of([each.invoice for each in some])
            for looked, now in zip(some, found, strict=True):
                changed = "; ".join(_changed(looked, now, dated=standings.dated))
                if changed and looked.billed is not None:
                    record = f"invoice {looked.number or looked.invoice}"
                    self.stale[looked.billed] = CHANGED_IN_SAGE.finding(
                        record=record, changed=changed
                    )

    def read(self, accounting: Accounting, invoices: Iterable[int]) -> None:
        """Read what invoices come to in ConnectWise.

        Raises:
            ClaryError: the site cannot be read.
        """
        for some in in_groups(sorted(invoices), ASKED_AT_ONCE):
            for each in accounting.invoices(one_of("id", some), fields=("id", "total")):
                if each.id is not None:
                    self.totals[each.id] = minor(each.total)

    def reviewed(self, change: Change) -> Planned:
        """Rule out a change of an invoice that became stale."""
        invoice = billed_as(change)
        finding = self.stale.get(invoice) or self._lowered(change, invoice)
        return Planned(change, () if finding is None else (finding,))

    def _lowered(self, change: Change, invoice: int) -> Finding | None:
        stated = {**(change.before or {}), **(change.after or {})}
        at_most, total = stated.get("at_most"), self.totals.get(invoice)
        if at_most is None or total is None or to_minor(Decimal(str(at_most))) <= total:
            return None
        record = f"invoice {change.document}"
        return LOWERED_IN_CONNECTWISE.finding(
            record=record, total=money_text(total), at_most=at_most
        )


def invoices_of(changes: Iterable[Change]) -> frozenset[int]:
    """Return the invoices, by id in ConnectWise, whose payments changes concern."""
    return frozenset(map(billed_as, changes))


def concerned(looked: Iterable[Looked], invoices: frozenset[int]) -> Iterator[Looked]:
    """Yield the rows of a sync that changes of payments of these invoices came from.

    A row that holds no payment of Clary, before or after, was left alone.
    """
    for each in looked:
        if each.billed in invoices and (each.before or each.after):
            yield each


def _changed(looked: Looked, now: Settlement | None, *, dated: bool) -> Iterator[str]:
    """Yield in words what differs between an invoice as it was planned and as it stands.

    Args:
        looked: as it was planned.
        now: as it stands; none where there is no live, posted one.
        dated: the day of its payment in full is known.
    """
    if now is None:
        if looked.settled:
            yield f"{money_text(looked.settled)} was paid, and the invoice is gone"
        return
    pairs: Mapping[str, tuple[object, object]] = {
        "customer": (looked.party, now.party),
        "number": (looked.number, now.number),
        "total": (money_text(looked.total), money_text(now.total)),
        "paid": (money_text(looked.settled), money_text(now.settled)),
        "paid in full on": (looked.settled_on, now.settled_on if dated else looked.settled_on),
    }
    for name, (then, since) in pairs.items():
        if then != since:
            yield f"{name} {then or 'no day'}, now {since or 'no day'}"
