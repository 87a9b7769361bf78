"""How the demo tells what it did: company by company, the week with ConnectWise, and a push."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from clary.cli.show import counted, grouped, show_table
from clary.kernel.money import money_text

if TYPE_CHECKING:
    from rich.console import Console

    from clary.companies.contract import Info
    from clary.demo.batching import Connected, Posted, Stopped, TakenOut
    from clary.demo.caller import Json
    from clary.demo.checks import Check
    from clary.demo.collecting import Received, Synced
    from clary.demo.once import Report
    from clary.demo.pushing import Push, Sent
    from clary.demo.story import Done, Story
    from clary.demo.week import Week
    from clary.flows.batch.verified import VerifyReport
    from clary.hub.services.companies import TrialBalance

COUNTED = {
    "customer": "customers",
    "vendor": "vendors",
    "item": "items",
    "sales_invoice": "invoices",
    "purchase": "purchases",
}
REASONS_SHOWN = 4

TRY = (
    "clary sandbox create try --edition us --seed demo",
    "clary records query try customer --where 'balance > 1000'",
    "clary sandbox serve connectwise --seed us   (in a terminal of its own)",
    "echo private | clary app add psa --kind connectwise --set site=http://127.0.0.1:8070 \\",
    "    --set company=demo --set client_id=try --set public_key=public --secret private_key",
    "clary batch locations psa",
    "clary batch plan psa try --number FIRST --location 'Main office'",
    "clary key add shop --role operator --company try",
    "clary serve   (in a terminal of its own; docs/how-to/push-api.md goes on from there)",
)


def show_report(out: Console, report: Report) -> None:
    """Print what the demo did, part by part."""
    for story in report.stories:
        _show_story(out, story)
    for week in report.weeks:
        _show_week(out, week)
    for push in report.pushes:
        _show_push(out, push)
    out.print()
    wrong = sum(not check.ok for check in report.checks)
    if wrong:
        out.print(f"[red]{wrong} of {len(report.checks)} checks failed.[/red]")
        return
    out.print(f"[bold green]All {len(report.checks)} checks passed.[/] Now try it yourself:")
    for line in TRY:
        out.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


def _title(out: Console, text: str) -> None:
    out.print(f"\n[bold]{text}[/bold]\n{'─' * len(text)}")


def _heading(out: Console, text: str) -> None:
    out.print(f"\n[bold]{text}[/bold]", soft_wrap=True)


def _show_checks(out: Console, checks: Sequence[Check]) -> None:
    out.print()
    for check in checks:
        mark = "[green]ok   [/green]" if check.ok else "[red]wrong[/red]"
        out.print(f"  {mark} {check.told}", soft_wrap=True)


# --- a company and its books --------------------------------------------------------------


def _show_story(out: Console, story: Story) -> None:
    info = story.info
    _title(out, f"{info.name}, Sage 50 {info.edition.upper()} {info.release}")
    counts = ", ".join(f"{story.counts[key]:,} {word}" for key, word in COUNTED.items())
    out.print(f"Its books hold {counts}.")
    _heading(out, "Who owes most")
    rows = [
        (str(row.get("id")), str(row.get("name")), grouped(str(row.get("balance"))))
        for row in story.largest
    ]
    show_table(out, ("Customer", "Name", f">{info.currency}"), rows)
    _heading(out, "Posted, each read back from the books")
    for done in story.posted:
        out.print(f"  {_told(done, info)}", markup=False)
    if story.after is not None:
        _heading(out, "What that did to the accounts")
        _show_moved(out, story.before, story.after)
    _heading(out, "And back")
    _show_undo(out, story)
    _show_checks(out, story.checks)


def _show_undo(out: Console, story: Story) -> None:
    same = all(done.result.action_taken == "none" for done in story.again)
    out.print(
        "Sent once more, as after a lost connection: "
        + ("nothing was posted twice." if same else "[red]something was posted twice.[/red]")
    )
    taken = sum(answer.run.applied for answer in story.undone)
    out.print(f"Taken back: {taken} of {len(story.posted)}, the last one first.")
    for finding in story.left:
        out.print(f"  {finding.record} stays: {finding.message}", markup=False, soft_wrap=True)
    if story.retired:
        out.print("  It was made inactive instead.")


def _told(done: Done, info: Info) -> str:
    """Return in one line what was posted."""
    record = done.result.record or {}
    name = record.get("name") or record.get("number") or record.get("reference") or ""
    total = record.get("total") or record.get("amount")
    amount = f", {info.currency} {grouped(str(total))}" if total else ""
    return f"{done.told}: {name}{amount} ({done.result.status})"


def _show_moved(out: Console, before: TrialBalance, after: TrialBalance) -> None:
    old = {account.id: account.balance for account in before.accounts}
    rows = []
    for account in after.accounts:
        step = account.balance - old.get(account.id, 0)
        if step:
            debit = grouped(money_text(step)) if step > 0 else ""
            credit = grouped(money_text(-step)) if step < 0 else ""
            rows.append((account.id, account.name, debit, credit))
    show_table(out, ("Account", "Name", ">Debit", ">Credit"), rows)


# --- the week with ConnectWise ------------------------------------------------------------


def _show_week(out: Console, week: Week) -> None:
    _title(out, f"{week.title} bills in ConnectWise")
    _show_connected(out, week.connected)
    _show_stopped(out, week.stopped)
    _show_posted(out, week.posted)
    _show_received(out, week.received, week.currency)
    _show_synced(out, week.synced, week.currency)
    _show_taken_out(out, week.taken_out)
    _show_checks(out, week.checks)


def _show_connected(out: Console, connected: Connected) -> None:
    from clary.cli.show_batch import show_locations

    out.print(f"{connected.app.greeting}.", markup=False)
    lines = connected.tested.lines
    doubtful = [line.name for line in lines if line.state == "warning"]
    fine = sum(line.state == "ok" for line in lines)
    doubts = f", {counted(len(doubtful), 'warning')}: {', '.join(doubtful)}" if doubtful else ""
    out.print(f"Tested: {fine} of {len(lines)} lines ok{doubts}.", soft_wrap=True)
    _heading(out, "What waits to be posted")
    show_locations(out, connected.waiting)


def _show_stopped(out: Console, stopped: Stopped) -> None:
    plan = stopped.plan
    where = f"{plan.rejected} documents at {stopped.location} cannot be posted"
    _heading(out, f"{where}, so nothing was written")
    for finding in stopped.reasons[:REASONS_SHOWN]:
        out.print(f"  {finding.record}: {finding.message}", markup=False, soft_wrap=True)
        out.print(f"    {finding.remedy}", style="dim", markup=False, soft_wrap=True)
    more = len(stopped.reasons) - REASONS_SHOWN
    if more > 0:
        out.print(f"  … and {more} more, each with what to do.")


def _show_posted(out: Console, posted: Posted) -> None:
    _heading(out, f"A batch of every kind from {posted.location}, verified against the books")
    rows = [row for report in posted.run.verified for row in _verified(report)]
    show_table(out, ("=Batch", "What", ">Count", ">ConnectWise", ">Sage", ""), rows)
    counts = posted.run.planned.plan.plan.counts
    made = [
        counted(counts.get(f"create {name}", 0), name) for name in ("customer", "vendor", "item")
    ]
    out.print(f"Created first: {', '.join(made)}.")
    _heading(out, "What that did to the accounts")
    _show_moved(out, posted.before, posted.after)
    compared = sum(len(batch.documents) for batch in posted.batches)
    written = sum(batch.again.run.applied for batch in posted.batches)
    _heading(out, "The same batches once more")
    out.print(f"{counted(compared, 'document')} compared with the books, {written} written.")


def _verified(report: VerifyReport) -> Iterator[tuple[str, ...]]:
    """Yield a row for each kind of document of a batch."""
    number = report.number
    for each in report.lists:
        if each.connectwise or each.sage:
            amounts = (grouped(money_text(each.connectwise)), grouped(money_text(each.sage)))
            yield number, each.title, str(each.count), *amounts, "agrees" if each.ok else "differs"
            number = ""


def _show_received(out: Console, received: Received, currency: str) -> None:
    _heading(out, "Money comes in: receipts entered in Sage")
    rows = []
    for result in received.results:
        record = result.record or {}
        amount = grouped(str(record.get("amount", "")))
        rows.append((str(record.get("reference")), str(record.get("customer_name")), amount))
    show_table(out, ("=Receipt", "From", f">{currency}"), rows)


def _show_synced(out: Console, synced: Synced, currency: str) -> None:
    _heading(out, "What ConnectWise shows as paid then")
    rows = [
        (
            each.number or "",
            grouped(money_text(each.total)),
            grouped(money_text(each.settled)),
            "" if each.settled_on is None else each.settled_on.isoformat(),
            ", ".join(part.number or part.key for part in each.parts),
        )
        for each in synced.invoices
    ]
    columns = ("=Invoice", f">Total {currency}", ">Paid", "=In full on", "By")
    show_table(out, columns, rows)
    out.print(f"Once more: {synced.again.outcome.value}.")


def _show_taken_out(out: Console, taken: TakenOut) -> None:
    document, batch = taken.document, taken.batch
    _heading(out, "One invoice was a mistake")
    amount = f"{grouped(money_text(document.total))} {document.currency}"
    kept = counted(taken.kept, "document")
    out.print(
        f"Invoice {document.number} of {document.party}, {amount}: taken out of the books and of"
        f" its batch. It waits in ConnectWise again; batch {batch.batch.identifier} keeps {kept}.",
        soft_wrap=True,
    )


# --- what a program pushes ----------------------------------------------------------------


def _show_push(out: Console, push: Push) -> None:
    _title(out, f"A program pushes to {push.title} over HTTP")
    bill = push.linked.options["bills"]
    required = sum(bool(each["required"]) for each in bill.values())
    out.print(
        f"Its API key is for {push.before.company} alone. It asked what a bill takes:"
        f" {len(bill)} properties, {required} of them required.",
        soft_wrap=True,
    )
    _heading(out, "A bill with mistakes is refused at once")
    for each in push.faults:
        out.print(f"  {each['itemId']}: {each['message']}", markup=False, soft_wrap=True)
    _heading(out, "Each request is sent twice, with the same Idempotency-Key")
    columns = ("What", "First answer", "Second answer", "In the end")
    show_table(out, columns, [_sent(each) for each in push.sent])
    if push.bill is not None:
        _heading(out, "The bill as a program reads it")
        out.print(f"  {_read(push.bill)}", markup=False, soft_wrap=True)
    _heading(out, "What that did to the accounts")
    _show_moved(out, push.before, push.after)
    _show_checks(out, push.checks)


def _sent(sent: Sent) -> tuple[str, ...]:
    again = "the same operation" if sent.same else "another operation"
    record = f", record {sent.record}" if sent.record else ""
    return sent.told, str(sent.accepted["status"]), again, f"{sent.ended['status']}{record}"


def _read(bill: Json) -> str:
    """Return in one line what the API tells of a bill."""
    total, due = (grouped(f"{bill[name]:.2f}") for name in ("totalAmount", "amountDue"))
    party, currency = bill["supplierRef"]["supplierName"], bill["currency"]
    return f"{bill['reference']} of {party}: {currency} {total}, {due} due ({bill['status']})"
