"""What the payments of one invoice shall be in ConnectWise, so that they say what Sage says.

One payment of ours stands for all that was paid, and one for each credit memo that both
sides know.  Payments that Clary did not make are left alone and counted: with them, the
invoice never shows more than Sage does, nor more than its own total.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from clary.flows.payments import problems
from clary.kernel.change import Action
from clary.kernel.errors import Finding
from clary.kernel.money import money_text


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that an invoice holds in ConnectWise.

    Attributes:
        id: its id there.
        amount: minor units.
        day: ISO text, none where it has none.
        credit: id of the credit memo that it applies; none for money.
        ours: Clary made it.
        given: the day that ConnectWise gave it by itself, as Clary stated none.
    """

    id: int
    amount: int
    day: str | None = None
    credit: int | None = None
    ours: bool = False
    given: str | None = None

    def kept(self, day: str | None) -> str | None:
        """Return the day that it shall bear: one that is given anew each time stays."""
        return self.given if day is None and self.day == self.given else day


@dataclass(frozen=True, slots=True)
class CreditShare:
    """What Sage applies of a credit memo that ConnectWise knows, too.

    Attributes:
        credit: its id in ConnectWise.
        number: its number.
        amount: what Sage applies of it to the invoice.
        left: what ConnectWise has left of it, besides what we applied to this invoice.
    """

    credit: int
    number: str
    amount: int
    left: int


@dataclass(frozen=True, slots=True)
class Case:
    """One invoice on both sides; minor units.

    Attributes:
        number: its number, for findings.
        settled: what Sage shows as paid.
        settled_on: the day on which it was paid in full.
        total: its total in Sage.
        billed: its total in ConnectWise.
        paid: the payments that it holds there.
        credits: credit memos among what settled it.
    """

    number: str
    settled: int
    settled_on: date | None
    total: int
    billed: int
    paid: Sequence[Paid] = ()
    credits: Sequence[CreditShare] = ()

    @property
    def at_most(self) -> int:
        """What it may show as paid in ConnectWise."""
        return min(self.settled, self.billed)

    @property
    def others(self) -> int:
        """What payments come to that Clary did not make."""
        return sum(each.amount for each in self.paid if not each.ours)

    @property
    def ours(self) -> int:
        """What those of Clary come to."""
        return sum(each.amount for each in self.paid if each.ours)


@dataclass(frozen=True, slots=True)
class Wish:
    """One payment as it shall be made, changed or removed.

    Attributes:
        action: create, update or delete.
        amount: what it shall come to, minor units; nothing for a delete.
        day: the day it shall bear, as ISO text.
        credit: the credit memo that it applies.
        paid: the payment as it is; none for a create.
    """

    action: Action
    amount: int
    day: str | None
    credit: int | None
    paid: Paid | None = None

    @property
    def gain(self) -> int:
        """By how much it raises what the invoice shows as paid."""
        return self.amount - (0 if self.paid is None else self.paid.amount)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done about one invoice.

    Attributes:
        wishes: changes of payments, what lowers before what raises.
        after: what the payments of Clary come to then.
        at_most: what all payments together may come to.
        credits: by how much more of each credit memo is used then.
        findings: what a person should look at; none of them stops the changes.
    """

    wishes: tuple[Wish, ...]
    after: int
    at_most: int
    credits: Mapping[int, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def decide(case: Case) -> Decision:
    """Return what the payments of an invoice shall be."""
    findings: list[Finding] = []
    shares = _wanted(case, findings)
    day = None if case.settled_on is None else case.settled_on.isoformat()
    wishes = sorted(_wishes(case, shares, day), key=lambda wish: wish.gain > 0)
    after = sum(shares.values())
    used = {wish.credit: wish.gain for wish in wishes if wish.credit is not None and wish.gain}
    remarks = (*_remarks(case, after), *findings)
    return Decision(tuple(wishes), after, case.at_most, used, remarks)


def _wanted(case: Case, findings: list[Finding]) -> dict[int | None, int]:
    """Return what payments of ours shall come to: by credit memo, and of money (none)."""
    room = max(0, case.at_most - case.others)
    wanted: dict[int | None, int] = {}
    lacking = 0
    for share in case.credits:
        beside = sum(
            each.amount for each in case.paid if each.credit == share.credit and not each.ours
        )
        need = min(max(0, share.amount - beside), room - sum(wanted.values()) - lacking)
        granted = max(0, min(need, share.left))
        if granted < need:
            findings.append(
                problems.CREDIT_USED.warning(
                    number=case.number,
                    credit=share.number,
                    amount=money_text(share.amount),
                    left=money_text(max(0, share.left)),
                )
            )
            lacking += need - granted
        wanted[share.credit] = granted
    wanted[None] = room - sum(wanted.values()) - lacking
    return wanted


def _wishes(case: Case, wanted: Mapping[int | None, int], day: str | None) -> Iterator[Wish]:
    kept: set[int] = set()
    for credit, amount in wanted.items():
        found = next((each for each in case.paid if each.ours and each.credit == credit), None)
        if amount and found is None:
            yield Wish(Action.CREATE, amount, day, credit)
        elif amount and found is not None:
            kept.add(found.id)
            if (found.amount, found.day) != (amount, found.kept(day)):
                yield Wish(Action.UPDATE, amount, found.kept(day), credit, found)
    for each in case.paid:
        if each.ours and each.id not in kept:
            yield Wish(Action.DELETE, 0, None, each.credit, each)


def _remarks(case: Case, after: int) -> Iterator[Finding]:
    """Yield what a person should look at on both sides."""
    shown = {"number": case.number, "settled": money_text(case.settled)}
    if case.others > case.settled or (case.others and case.others + case.ours > case.settled):
        ours = ""
        if case.ours != after:
            ours = f", so Clary's {money_text(case.ours)} become {money_text(after)}"
        yield problems.BESIDE_OTHERS.warning(others=money_text(case.others), ours=ours, **shown)
    if case.settled > case.billed:
        result = f"only {money_text(case.billed)} of {money_text(case.settled)} paid can be shown"
        yield _totals(case, f"{result} there")
    elif case.settled_on is not None and case.settled < case.billed:
        left = money_text(case.billed - case.settled)
        yield _totals(case, f"{left} stays open there although Sage shows it paid in full")


def _totals(case: Case, result: str) -> Finding:
    return problems.TOTALS_DIFFER.warning(
        number=case.number,
        found=money_text(case.billed),
        total=money_text(case.total),
        result=result,
    )
