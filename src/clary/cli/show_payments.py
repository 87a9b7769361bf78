"""How syncs of payments look to a bookkeeper: what is paid, by which receipts, and what not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from clary.cli.show import counted, grouped, show_table
from clary.cli.show_work import show_problems
from clary.kernel.money import money_text

if TYPE_CHECKING:
    from rich.console import Console

    from clary.companies.contract import OpenItem
    from clary.companies.settlements import SettledPart
    from clary.engine.journal import JournalEntry
    from clary.flows.payments.register import Looked, Sync
    from clary.hub.services.payments import SyncDone, SyncPlanned

INVOICES_SHOWN = 50
UNAPPLIED_SHOWN = 20
WORDS = {"receipt": "receipt", "credit_memo": "credit memo"}
STANDING_STYLES = {
    "only planned": "cyan",
    "not finished": "yellow",
    "with errors": "yellow",
    "taken back": "cyan",
    "succeeded": "green",
}
OUTCOME_STYLES = {
    "completed": "bold green",
    "nothing to do": "bold green",
    "completed with errors": "bold yellow",
    "waiting": "bold yellow",
}


def show_planned(
    out: Console, planned: SyncPlanned, invoices: Iterable[Looked], *, applied: bool
) -> None:
    """Print what a sync found and writes; `applied` tells that it has been done."""
    plan = planned.plan.plan
    sync = planned.sync
    how = "asked Sage directly" if sync.way == "fast" else "read from open items"
    out.print(f"{plan.header.note.removesuffix('.')}, {how}.", markup=False, soft_wrap=True)
    out.print()
    _show_changed(out, invoices)
    _show_unapplied(out, planned.unapplied)
    show_problems(out, planned.findings)
    if applied:
        return
    out.print("\nNothing was written.", end="")
    if plan.blocked:
        code = plan.blocked[0]
        out.print(f" If it is really meant: clary plan apply {plan.id} --confirm {code}")
    elif plan.changes:
        out.print(f" To do it: clary plan apply {plan.id}")
    else:
        out.print(" ConnectWise shows what Sage shows.")


def show_done(
    out: Console, done: SyncDone, invoices: Iterable[Looked], results: Iterable[JournalEntry]
) -> None:
    """Print how a sync ended."""
    run, word = done.run.run, done.outcome.value
    style = OUTCOME_STYLES[word]
    counts = {
        "written": run.applied,
        "there already": run.skipped,
        "refused": run.rejected + run.failed,
        "waiting": run.pending,
    }
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    out.print(f"[{style}]{word.capitalize()}[/{style}]  {told or 'nothing was written'}")
    show_planned(out, done.planned, invoices, applied=True)
    show_problems(out, [finding for entry in results for finding in entry.findings])
    if word == "waiting":
        out.print(f"\nTo go on: clary runs resume {run.id}")
    elif run.applied:
        out.print(f"\nTo take it back: clary runs undo {run.id}")


def show_syncs(out: Console, syncs: Sequence[Sync]) -> None:
    """Print syncs as a table."""
    rows = [
        (
            str(each.id),
            f"{each.read_at:%Y-%m-%d %H:%M}",
            f"{each.pair.company} to {each.pair.app}",
            "everything" if each.since is None else each.since.isoformat(),
            each.way.value,
            each.standing.value,
            each.run or "",
        )
        for each in syncs
    ]
    columns = (">#", "=Read (UTC)", "What", "=Since", "Way", "Ended", "=Run")
    show_table(out, columns, rows)


def show_sync(
    out: Console, sync: Sync, invoices: Iterable[Looked], *, everything: bool = False
) -> None:
    """Print one sync with the receipts of each invoice.

    Invoices that ConnectWise does not have are counted, or shown where `everything` is.
    """
    word = sync.standing.value
    style = STANDING_STYLES[word]
    state = f"[{style}]{word}[/{style}]"
    since = "everything" if sync.since is None else f"since {sync.since}"
    out.print(
        f"[bold]Sync {sync.id}[/bold]  {sync.pair.company} to {sync.pair.app}, {since},"
        f" {sync.way.value}, {state}",
        soft_wrap=True,
    )
    out.print()
    absent = 0

    def shown() -> Iterator[Looked]:
        nonlocal absent
        for each in invoices:
            if everything or not each.is_elsewhere:
                yield each
            else:
                absent += 1

    show_table(out, _COLUMNS, (_row(each) for each in shown()))
    if absent:
        count = counted(absent, "invoice")
        out.print(
            f"\n{count} that ConnectWise does not have: clary payments show {sync.id} --all",
            soft_wrap=True,
        )


_COLUMNS = ("=Invoice", "Customer", ">Paid", ">Of", "=In full on", ">Clary", ">Others", "By")


def _show_changed(out: Console, invoices: Iterable[Looked]) -> None:
    """Print the invoices of which something changes, and how many others were looked at."""
    same = 0

    def changed() -> Iterator[Looked]:
        nonlocal same
        for each in invoices:
            if each.before != each.after:
                yield each
            else:
                same += 1

    stream = changed()
    shown = list(islice(stream, INVOICES_SHOWN))
    more = sum(1 for _ in stream)
    if shown:
        show_table(out, _COLUMNS, (_row(each) for each in shown))
    if more:
        out.print(f"… {more:,} more")
    out.print(f"{counted(len(shown) + more, 'invoice')} changed, {same:,} looked at besides.")


def _row(looked: Looked) -> tuple[str, ...]:
    clary = grouped(money_text(looked.after))
    if looked.before != looked.after:
        clary = f"{grouped(money_text(looked.before))} → {clary}"
    return (
        looked.number or looked.invoice,
        looked.party,
        grouped(money_text(looked.settled)),
        grouped(money_text(looked.total)),
        "" if looked.settled_on is None else looked.settled_on.isoformat(),
        clary if looked.billed is not None else "not there",
        grouped(money_text(looked.others)) if looked.others else "",
        ", ".join(map(_part, looked.parts)),
    )


def _part(part: SettledPart) -> str:
    discount = f" + {grouped(money_text(part.discount))} discount" if part.discount else ""
    name = f"{WORDS[part.record_type]} {part.number or part.key}"
    return f"{name} of {part.date}: {grouped(money_text(part.amount))}{discount}"


def _show_unapplied(out: Console, items: Sequence[OpenItem]) -> None:
    if not items:
        return
    out.print(f"\nNot applied to any invoice in Sage, so not shown in ConnectWise: {len(items):,}")
    rows = [
        (
            f"{WORDS[each.record_type]} {each.number or each.key}",
            each.party,
            each.date.isoformat(),
            grouped(money_text(each.open)),
        )
        for each in items[:UNAPPLIED_SHOWN]
    ]
    show_table(out, ("What", "Customer", "=Date", ">Not applied"), rows)
    if len(items) > UNAPPLIED_SHOWN:
        out.print(f"… {len(items) - UNAPPLIED_SHOWN:,} more: --json lists them all")
