"""How batches look to a bookkeeper: what waits, what would be posted, and how it ended."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from clary.cli.show import counted, grouped, new_table, show_facts, show_findings, show_table
from clary.cli.show_work import show_problems, told
from clary.kernel.money import money_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from clary.flows.batch.listing import Candidate, UnpostedAt
    from clary.flows.batch.register import BatchDocument
    from clary.flows.batch.verified import VerifyReport
    from clary.flows.operations.preview import PreviewRow
    from clary.hub.services.batch_creations import Creations
    from clary.hub.services.batch_reruns import RerunPlanned
    from clary.hub.services.batch_running import BatchRun
    from clary.hub.services.batches import BatchPlanned, BatchView
    from clary.kernel.change import JsonValue
    from clary.kernel.errors import Finding

DOCUMENTS_SHOWN = 50
PARTY = "=Of"
PARTY_WIDTH = 16
"""Columns of a customer's or vendor's name on a narrow screen."""

TITLE_WIDTH = 10
"""Columns of the longest common word of what a document is: Adjustment."""

WIDE = 120
"""Columns of a screen that has room for all of it."""

STANDING_WORDS: Mapping[str, tuple[str, str]] = {
    "planned": ("to do", ""),
    "waiting": ("waits", "yellow"),
    "posted": ("posted", "green"),
    "unbatched": ("in the books, not in the batch", "yellow"),
    "handled": ("marked as posted", "cyan"),
    "left": ("still queued", "red"),
    "taken_back": ("taken back", "cyan"),
}
"""Word and colour of how a document stands."""

BATCH_WORDS: Mapping[str, tuple[str, str]] = {
    "planned": ("planned", ""),
    "waiting": ("waits to go on", "yellow"),
    "posted": ("posted", "green"),
    "unmade": ("not made", "red"),
    "removed": ("un-batched", "cyan"),
}
_KIND_WORDS: Mapping[str, tuple[str, str]] = {
    "invoice": ("invoice", "invoices"),
    "expense": ("expense", "expenses"),
    "procurement": ("of procurement", "of procurement"),
}
"""What one and several documents of a kind are called."""

ENDED_STYLES: Mapping[str, str] = {
    "completed": "bold green",
    "completed with errors": "bold yellow",
    "waiting": "bold yellow",
    "failed": "bold red",
}


def show_locations(out: Console, found: Sequence[UnpostedAt]) -> None:
    """Print the locations where something waits."""
    from clary.flows.batch.kinds import Kind

    if not found:
        out.print("Nothing waits to be posted.")
        return
    rows = [
        (
            str(each.place.id),
            each.place.name,
            *(f"{each.counts.get(kind, 0):,}" for kind in Kind),
            f"{each.total:,}",
        )
        for each in found
    ]
    columns = ("=Id", "Location", ">Invoices", ">Expenses", ">Procurement", ">All")
    show_table(out, columns, rows)


def show_unposted(out: Console, found: Sequence[Candidate]) -> None:
    """Print what waits to be posted, and what it comes to."""
    from rich.text import Text

    table = new_table("=Number", "What", "=Date", PARTY, "Location", ">Total")
    _fit(table, out)
    for each in found:
        table.add_row(
            Text(each.number),
            each.title,
            "" if each.date is None else each.date.isoformat(),
            Text(each.party),
            Text(each.location),
            f"{grouped(money_text(each.total))} {each.currency}".strip(),
        )
    out.print(table)
    counts = Counter(each.kind for each in found)
    words = ", ".join(counted(count, *_KIND_WORDS[kind.value]) for kind, count in counts.items())
    out.print(f"\n{counted(len(found), 'document')}{f': {words}' if words else ''}")


def show_planned(
    out: Console,
    planned: BatchPlanned,
    documents: Iterable[BatchDocument],
    findings: Iterable[Finding],
) -> None:
    """Print what a plan would post: documents, what stands against them, debits and credits."""
    plan = planned.plan.plan
    out.print(f"[bold]{plan.header.note}[/bold]  Plan {plan.id}", soft_wrap=True)
    _show_creations(out, planned.creates)
    for view in planned.batches:
        total = sum(view.counts.values())
        out.print(f"  Batch {view.batch.identifier}: {counted(total, 'document')}")
    out.print()
    show_documents(out, documents)
    show_problems(out, findings)
    preview = planned.batches[0].batch.preview if planned.batches else ()
    show_preview(out, preview)


def _show_creations(out: Console, creates: Iterable[Creations]) -> None:
    from rich.markup import escape

    for each in creates:
        more = each.count - len(each.ids)
        names = ", ".join(each.ids) + (f" and {more:,} more" if more and each.ids else "")
        made = counted(each.count, each.record_type)
        shown = f"{made} ({escape(names)})" if names else made
        out.print(f"  Creates first: {shown}", soft_wrap=True)


def show_documents(
    out: Console, documents: Iterable[BatchDocument], moved: Mapping[str, str] | None = None
) -> None:
    """Print documents of a batch as a table: the first ones, and how many more there are.

    Args:
        out: where to.
        documents: the documents.
        moved: those that a later batch holds, with its number.
    """
    from rich.text import Text

    stream = iter(documents)
    shown = list(islice(stream, DOCUMENTS_SHOWN))
    keys = ["=In Sage"] if any(each.key for each in shown) else []
    table = new_table("=Number", "What", "=Date", PARTY, ">Total", *keys, "State")
    _fit(table, out)
    for each in shown:
        word, style = STANDING_WORDS[each.state.value]
        if moved and each.source in moved:
            word, style = f"posted in {moved[each.source]}", "green"
        table.add_row(
            Text(each.number),
            each.kind.label,
            "" if each.date is None else each.date.isoformat(),
            Text(each.party),
            f"{grouped(money_text(each.total))} {each.currency}",
            *(Text(each.key or "") for _ in keys),
            Text(word, style=style),
        )
    if table.row_count:
        out.print(table)
    more = sum(1 for _ in stream)
    if more:
        out.print(f"… and {more:,} more; --json lists them all.")


def _fit(table: Table, out: Console) -> None:
    """Keep whom documents are of on one line: where a screen is narrow, cut visibly."""
    for column in table.columns:
        if column.header == "What":
            column.min_width = TITLE_WIDTH
        elif column.header == PARTY.removeprefix("="):
            column.overflow = "ellipsis"
            column.max_width = None if out.width >= WIDE else PARTY_WIDTH


def show_preview(out: Console, preview: Sequence[JsonValue]) -> None:
    """Print the debits and credits that will result, by account."""
    moves = [each for each in preview if isinstance(each, Mapping)]
    if not moves:
        return
    table = new_table("=Account", "Name", ">Debit", ">Credit", "")
    debit = credit = 0
    for move in moves:
        debit += _cents(move["debit"])
        credit += _cents(move["credit"])
        table.add_row(
            str(move["account"]),
            str(move["name"]),
            _figure(move["debit"]),
            _figure(move["credit"]),
            "about" if move["estimated"] else "",
        )
    table.add_section()
    table.add_row("", "Together", grouped(money_text(debit)), grouped(money_text(credit)), "")
    out.print("\n[bold]What the books will show[/bold]")
    out.print(table)


def _cents(value: JsonValue) -> int:
    return int(str(value).replace(".", ""))


def _figure(value: JsonValue) -> str:
    text = str(value)
    return "" if text == "0.00" else grouped(text)


def show_batch_run(out: Console, answer: BatchRun) -> None:
    """Print how a batch run ended: the outcome, its batches, what was kept back, warnings."""
    from rich.markup import escape
    from rich.text import Text

    out.print(Text(answer.ended.value.capitalize(), style=ENDED_STYLES[answer.ended.value]))
    for view in answer.batches:
        if answer.run is None:
            total = counted(sum(view.counts.values()), "document")
            out.print(f"  Batch {view.batch.identifier}: not made ({total})")
        else:
            show_view(out, view)
    if answer.run is None:
        out.print("  Nothing was written; the number stays free.")
    elif answer.ended.value == "waiting":
        out.print(f"  To go on with it: clary runs resume {answer.run.run.id}", soft_wrap=True)
    _show_list(out, "Errors", answer.errors)
    _show_list(out, "Warnings", answer.warnings)
    for report in answer.verified:
        word = "[green]agrees[/green] with the books, to the penny and line"
        if not report.ok:
            word = "[red]differs[/red] from the books"
        command = _command("verify", answer.batches, report.number)
        out.print(f"\nBatch {report.number} {word}: {escape(command)}", soft_wrap=True)
    show_way_on(out, answer)


def show_way_on(out: Console, answer: BatchRun) -> None:
    """Print how to go on after a batch run that left something over."""
    if answer.run is not None and answer.ended.value == "completed with errors":
        run = answer.run.run.id
        out.print(f"\nTo take back what was posted: clary runs undo {run}", soft_wrap=True)
        _show_rest(out, answer.batches)


def _command(verb: str, views: Sequence[BatchView], number: str) -> str:
    """Return the command that does something with one of these batches."""
    folded = number.casefold()
    known = (view.batch for view in views if view.batch.identifier.casefold() == folded)
    batch = next(known, views[0].batch)
    return shlex.join(("clary", "batch", verb, batch.app, batch.company, number))


def _show_rest(out: Console, views: Sequence[BatchView]) -> None:
    """Print how to go on with what stays queued."""
    for view in views:
        if any(state.value == "left" for state in view.counts):
            batch = view.batch
            words = ("clary", "batch", "run", batch.app, batch.company, "--rest-of")
            command = shlex.join((*words, batch.identifier))
            out.print(f"To post what stays queued, once it is mended: {command}", soft_wrap=True)


def _show_list(out: Console, title: str, findings: Sequence[Finding]) -> None:
    if findings:
        out.print(f"\n[bold]{title}[/bold]")
        show_problems(out, findings)


def show_view(out: Console, view: BatchView) -> None:
    """Print one batch in a line or two."""
    from rich.text import Text

    word, style = BATCH_WORDS[view.batch.state.value]
    line = Text(f"  Batch {view.batch.identifier}: ")
    line.append(word, style=style)
    parts = _counts_of(view)
    line.append(f" ({parts})" if parts else "")
    out.print(line, soft_wrap=True)


def _counts_of(view: BatchView) -> str:
    """Return in words how the documents of a batch stand."""
    parts = [f"{count:,} {STANDING_WORDS[state.value][0]}" for state, count in view.counts.items()]
    parts += [f"{count:,} posted in {number}" for number, count in view.elsewhere.items()]
    return ", ".join(parts)


def show_batches(out: Console, views: Sequence[BatchView]) -> None:
    """Print batches as a table, the newest first."""
    rows = [
        (
            view.batch.identifier,
            f"{view.batch.created_at:%Y-%m-%d %H:%M}",
            f"{view.batch.app} into {view.batch.company}",
            BATCH_WORDS[view.batch.state.value][0],
            _counts_of(view),
        )
        for view in views
    ]
    show_table(out, ("=Batch", "=Planned (UTC)", "Of", "State", "Documents"), rows)


def show_batch(out: Console, view: BatchView, documents: Iterable[BatchDocument]) -> None:
    """Print one batch with its documents."""
    batch = view.batch
    show_facts(
        out,
        [
            ("Batch", batch.identifier),
            ("State", BATCH_WORDS[batch.state.value][0]),
            ("Of", f"{batch.app} into {batch.company}"),
            ("Planned", f"{batch.created_at:%Y-%m-%d %H:%M} UTC"),
            ("Run", view.run),
            ("Note", batch.note),
        ],
    )
    out.print()
    show_documents(out, documents, view.moved)


def show_rerun(out: Console, planned: RerunPlanned) -> None:
    """Print what a rerun found: what is there, what is missing, what differs."""
    plan = planned.plan.plan
    out.print(f"[bold]{plan.header.note}[/bold]  Plan {plan.id}", soft_wrap=True)
    rows = [(found.value, f"{count:,}") for found, count in planned.counts.items()]
    rows += [("new", f"{planned.new:,}")] if planned.new else []
    show_table(out, ("Compared with the books", ">Documents"), rows)
    if not planned.posts:
        out.print("\nNothing is to be posted.")
    show_problems(out, planned.listed)


def told_of_batch(row: PreviewRow) -> str:
    """Return in one line what un-batching does with a record or a batch."""
    if row.record_type != "accounting_batch":
        return told(row)
    entries = {
        each.field: len(value)
        for each in row.fields
        for value in (each.before, each.after)
        if isinstance(value, list | tuple)
    }
    if row.action == "delete":
        return f"the whole batch in ConnectWise, with {counted(entries['record_ids'], 'GL row')}"
    staying = entries.get("shares", 0)
    if not staying:
        return "only if something cannot be taken back"
    return f"the same batch again, with the {counted(staying, 'document')} that stay"


def show_verified(out: Console, report: VerifyReport) -> None:
    """Print how a batch compares with the books: green, or the difference."""
    _show_lists(out, report)
    _show_accounts(out, report)
    if report.cost_rows:
        rows = counted(report.cost_rows, "cost row")
        said = "each once; none is posted, as Sage makes its own"
        out.print(f"\n{rows} of ConnectWise in the batch, {said}.")
    for listed in report.lists:
        for each in listed.bad:
            said = "; ".join(each.differences) or "it is not in the books"
            out.print(f"[red]different[/red]  {each.kind.label} {each.number}: {said}")
        for said in listed.wrong:
            out.print(f"[red]different[/red]  {listed.title}: {said}")
    for problem in report.problems:
        out.print(f"[red]wrong[/red]  {problem}")
    for note in report.notes:
        out.print(f"[yellow]note[/yellow]  {note}")
    word = "[bold green]All of it agrees[/]" if report.ok else "[bold red]Not all of it agrees[/]"
    out.print(f"\n{word}, batch {report.number}.")


def _show_lists(out: Console, report: VerifyReport) -> None:
    from rich.text import Text

    several = len({each.currency for each in report.lists if each.currency}) > 1
    amounts = (*(["In"] if several else []), ">ConnectWise", ">Sage")
    table = new_table("", "What", ">Count", *amounts, "Where to look in Sage")
    for each in report.lists:
        money = bool(each.connectwise or each.sage)
        table.add_row(
            Text("ok" if each.ok else "look", style="green" if each.ok else "red"),
            each.title,
            f"{each.count:,}",
            *([each.currency] if several else []),
            grouped(money_text(each.connectwise)) if money else "",
            grouped(money_text(each.sage)) if money else "",
            Text(each.where),
        )
    out.print(table)


def _show_accounts(out: Console, report: VerifyReport) -> None:
    from rich.text import Text

    explained = any(each.tax_policy for each in report.accounts.values())
    costs = (">Costs there", ">Costs in Sage", *([">tax_policy"] if explained else []))
    table = new_table("", "=Account", ">ConnectWise", ">Sage", *costs)
    for account, each in report.accounts.items():
        table.add_row(
            Text("ok" if each.ok else "look", style="green" if each.ok else "red"),
            account,
            _figure(money_text(each.connectwise)),
            _figure(money_text(each.sage)),
            _figure(money_text(each.connectwise_costs)),
            _figure(money_text(each.sage_costs)),
            *([_figure(money_text(each.tax_policy))] if explained else []),
        )
    out.print("\n[bold]By account[/bold] (a debit is positive)")
    out.print(table)


def show_reasons(out: Console, findings: Sequence[Finding]) -> None:
    """Print why a document is or is not listed."""
    show_findings(out, findings)
