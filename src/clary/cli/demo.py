"""`clary demo`: the main jobs on two companies, told so that a bookkeeper can follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clary.cli.frame import Command, Face, common_options, example, pass_face
from clary.kernel.exit_codes import ExitCode

if TYPE_CHECKING:
    from rich.console import Console

    from clary.companies.contract import Info
    from clary.demo.once import Report
    from clary.demo.story import Done, Story
    from clary.hub.services.companies import TrialBalance

COUNTED = {
    "customer": "customers",
    "vendor": "vendors",
    "item": "items",
    "sales_invoice": "invoices",
    "purchase": "purchases",
}


@click.command("demo", cls=Command)
@click.option("--once", is_flag=True, help="Do the main jobs once and end (so far the only way).")
@pass_face
@example("clary demo")
def demo(face: Face, once: bool) -> None:
    """Show the main jobs on two companies.

    Makes a US and a UK company with two years of documents in a folder of their own,
    looks at them, posts a customer, an invoice and a payment, sends them once more, takes
    everything back, and checks the books. Nothing of yours is touched.
    """
    from clary.demo.once import run_once
    from clary.kernel.settings import read

    del once  # until there is a server to stay up, every demo ends by itself
    report = run_once(read(), lambda text: None if face.json else face.note(f"{text} …"))
    face.answer(report.as_dict(), lambda out: show_report(out, report))
    click.get_current_context().exit(ExitCode.OK if report.ok else ExitCode.UNEXPECTED)


demo.params.extend(common_options(writes=False))


def show_report(out: Console, report: Report) -> None:
    """Print what the demo did, company by company."""
    for story in report.stories:
        out.print()
        _show_story(out, story)
    out.print()
    wrong = [check for check in report.checks if not check.ok]
    if wrong:
        out.print(f"[red]{len(wrong)} of {len(report.checks)} checks failed.[/red]")
    else:
        out.print(f"All {len(report.checks)} checks passed. Now try it yourself:")
        out.print("  clary sandbox create try --edition us --seed demo")
        out.print("  clary records query try customer --where 'balance > 1000'", markup=False)


def _show_story(out: Console, story: Story) -> None:
    from clary.cli.show import grouped, show_table

    info = story.info
    title = f"{info.name}, Sage 50 {info.edition.upper()} {info.release}"
    out.print(f"[bold]{title}[/bold]\n{'─' * len(title)}")
    counts = ", ".join(f"{story.counts[key]:,} {word}" for key, word in COUNTED.items())
    out.print(f"Its books hold {counts}.\n")
    out.print("Who owes most:")
    rows = [
        (str(row.get("id")), str(row.get("name")), grouped(str(row.get("balance"))))
        for row in story.largest
    ]
    show_table(out, ("Customer", "Name", f">{info.currency}"), rows)
    out.print("\nPosted, each read back from the books:")
    for done in story.posted:
        out.print(f"  {_told(done, info)}")
    if story.after is not None:
        out.print("\nWhat that did to the accounts:")
        _show_moved(out, story.before, story.after)
    same = all(done.result.action_taken == "none" for done in story.again)
    out.print(
        "\nSent once more, as after a lost connection: "
        + ("nothing was posted twice." if same else "[red]something was posted twice.[/red]")
    )
    taken = sum(answer.run.applied for answer in story.undone)
    out.print(f"Taken back: {taken} of {len(story.posted)}, the last one first.")
    for finding in story.left:
        out.print(f"  {finding.record} stays: {finding.message}", markup=False)
    if story.retired:
        out.print("  It was made inactive instead.")
    out.print()
    for check in story.checks:
        mark = "[green]ok   [/green]" if check.ok else "[red]wrong[/red]"
        out.print(f"  {mark} {check.told}")


def _told(done: Done, info: Info) -> str:
    """Return in one line what was posted."""
    from clary.cli.show import grouped

    record = done.result.record or {}
    name = record.get("name") or record.get("number") or record.get("reference") or ""
    total = record.get("total") or record.get("amount")
    amount = f", {info.currency} {grouped(str(total))}" if total else ""
    return f"{done.told}: {name}{amount} ({done.result.status})"


def _show_moved(out: Console, before: TrialBalance, after: TrialBalance) -> None:
    from clary.cli.show import grouped, show_table
    from clary.kernel.money import money_text

    old = {account.id: account.balance for account in before.accounts}
    rows = []
    for account in after.accounts:
        step = account.balance - old.get(account.id, 0)
        if step:
            debit = grouped(money_text(step)) if step > 0 else ""
            credit = grouped(money_text(-step)) if step < 0 else ""
            rows.append((account.id, account.name, debit, credit))
    show_table(out, ("Account", "Name", ">Debit", ">Credit"), rows)
