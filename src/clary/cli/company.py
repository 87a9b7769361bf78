"""`clary company`: the companies that are connected, and their figures."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from clary.cli.arguments import DAY, NEW_FILE, READABLE_FILE, company_argument
from clary.cli.frame import Face, Group, command, example, write_json
from clary.cli.stating import asked, settings_options, unset_option

if TYPE_CHECKING:
    from rich.console import Console

    from clary.hub.services.companies import CompanyAnswer, TrialBalance
    from clary.hub.services.connecting import ConnectionAnswer


_leave_work = click.option(
    "--leave-work",
    is_flag=True,
    help="Do it although work waits; it is never done in other books.",
)


@click.group(cls=Group)
def company() -> None:
    """Connect companies, test them, and read their figures."""


@command(company, "add", writes=True)
@click.argument("name")
@click.option("--driver", "drivers", multiple=True, required=True, help="How to reach it.")
@settings_options("file=books.clary", "password")
@example("clary company add books --driver files --set folder=exports")
def add(
    face: Face,
    name: str,
    drivers: tuple[str, ...],
    settings: tuple[tuple[str, str], ...],
    secrets: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Connect a company under a name.

    The company is opened first, and the connection is tied to the very books it shows:
    if the path later leads to other books, nothing is read or written. Drivers are
    asked in the order given.
    """
    from clary.hub.services.connecting import add_company

    with face.installation() as installation:
        answer = add_company(installation, name, drivers, asked(settings, secrets), dry_run=dry_run)
    said = "Would connect" if dry_run else "Connected"
    face.answer(answer.as_dict(), lambda out: _show_connection(out, said, answer))


@command(company, "set", writes=True)
@company_argument
@settings_options("file=books.clary", "password")
@unset_option
@click.option("--relink", is_flag=True, help="Tie the connection to the books it shows now.")
@_leave_work
@example("clary company set books --set user=CLARY --secret password")
def change(
    face: Face,
    company: str,
    settings: tuple[tuple[str, str], ...],
    secrets: tuple[str, ...],
    removed: tuple[str, ...],
    relink: bool,
    leave_work: bool,
    dry_run: bool,
) -> None:
    """Change the settings of a connected company."""
    from clary.hub.services.connecting import change_company

    wanted = asked(settings, secrets, removed)
    with face.installation() as installation:
        answer = change_company(
            installation, company, wanted, relink=relink, leave_work=leave_work, dry_run=dry_run
        )
    said = "Would change" if dry_run else "Changed"
    face.answer(answer.as_dict(), lambda out: _show_connection(out, said, answer))


@command(company, "remove", writes=True)
@company_argument
@_leave_work
@example("clary company remove try")
def remove(face: Face, company: str, leave_work: bool, dry_run: bool) -> None:
    """Forget a company; its books stay as they are.

    Its passwords are forgotten too. Plans and runs are kept: they say what was done. While
    work waits for the company this is refused, unless that may be left undone.
    """
    from clary.hub.services.connecting import remove_company

    with face.installation() as installation:
        if not dry_run:
            face.agree(f"Forget the connection {company}?")
        answer = remove_company(installation, company, leave_work=leave_work, dry_run=dry_run)
    face.answer(
        answer.as_dict(),
        lambda out: out.print(
            f"{'Would forget' if dry_run else 'Forgot'} {answer.connection.name}."
        ),
    )


@command(company, "list")
@example("clary company list")
def list_(face: Face) -> None:
    """List the connected companies.

    Company files in the folder of the installation that are connected under no name are
    told, too.
    """
    from clary.cli.show import note_findings, show_table
    from clary.hub.services.connecting import list_companies
    from clary.hub.services.unlinked import unlinked_companies

    with face.installation() as installation:
        answers = list_companies(installation)
        unlinked = unlinked_companies(installation)

    def show(out: Console) -> None:
        note_findings(each.finding() for each in unlinked)
        if not answers and unlinked:
            return
        if not answers:
            face.note("No company is connected yet. Try: clary sandbox create try --edition us")
            return
        rows = [
            (
                answer.connection.name,
                answer.connection.title,
                (answer.connection.edition or "").upper(),
                " + ".join(door.driver for door in answer.connection.doors),
            )
            for answer in answers
        ]
        show_table(out, ("Name", "Company", "Edition", "Driver"), rows)

    document = {
        "companies": [answer.as_dict() for answer in answers],
        "unlinked": [each.as_dict() for each in unlinked],
    }
    face.answer(document, show)


@command(company, "info")
@company_argument
@click.option("--periods", is_flag=True, help="List the accounting periods too.")
@example("clary company info try")
def info(face: Face, company: str, periods: bool) -> None:
    """Show what a company is and can do."""
    from clary.hub.services.companies import company_info

    with face.installation() as installation:
        answer = company_info(installation, company)
    face.answer(answer.as_dict(), lambda out: _show_info(out, answer, periods=periods))


@command(company, "test")
@company_argument
@example("clary company test try")
def test(face: Face, company: str) -> None:
    """Check that a company can be worked with.

    Opens it, compares it with the books it was linked to, logs on to read and to write,
    and names each right that the Sage user lacks with the menu that grants it.
    """
    from clary.cli.doctor import show_checks
    from clary.hub.services.checks import check_company

    with face.installation() as installation:
        checks = check_company(installation, company)
    face.answer(checks.as_dict(), lambda out: show_checks(out, checks))
    click.get_current_context().exit(checks.exit_status)


@command(company, "trial-balance")
@company_argument
@click.option("--as-of", type=DAY, help="Balances at the end of this day (default: everything).")
@click.option("--zero", is_flag=True, help="Show accounts without a balance too.")
@example("clary company trial-balance try --as-of 2026-03-31")
def trial_balance(face: Face, company: str, as_of: date | None, zero: bool) -> None:
    """Show the balance of every account.

    Debits and credits must come to the same total.
    """
    from clary.hub.services.companies import trial_balance as figures

    with face.installation() as installation:
        answer = figures(installation, company, as_of)
    face.answer(answer.as_dict(), lambda out: _show_balances(out, answer, zero=zero))


@command(company, "journal")
@company_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["hledger", "beancount"]),
    required=True,
    help="The program that shall read it.",
)
@example("clary company journal try --format hledger | hledger -f - balance")
def journal(face: Face, company: str, form: Literal["hledger", "beancount"]) -> None:
    """Write the general ledger for hledger or beancount.

    Another program can then check the books for itself.
    """
    from clary.hub.services.journal import journal_lines

    with face.installation() as installation:
        lines = journal_lines(installation, company, form)
        if face.json:
            write_json({"company": company, "format": form, "text": "\n".join(lines)})
            return
        for line in lines:
            click.echo(line)


@command(company, "backup", writes=True)
@company_argument
@click.argument("file", type=NEW_FILE)
@example("clary company backup try try-march.clary")
def backup(face: Face, company: str, file: Path, dry_run: bool) -> None:
    """Copy the books to a file.

    People may go on working meanwhile. Sage's own companies are copied by Sage.
    """
    from clary.hub.services.backups import backup_company

    with face.installation() as installation:
        answer = backup_company(installation, company, file, dry_run=dry_run)
    face.answer(answer.as_dict(), lambda out: out.print(answer.message, markup=False))


@command(company, "restore", writes=True)
@company_argument
@click.argument("file", type=READABLE_FILE)
@click.option("--no-wait", is_flag=True, help="Do not wait while another program writes to it.")
@example("clary company restore try try-march.clary")
def restore(face: Face, company: str, file: Path, no_wait: bool, dry_run: bool) -> None:
    """Put a copy of the books back.

    The books as they are now are kept in a file beside them.
    """
    from clary.hub.services.applying import PATIENCE, Waiting
    from clary.hub.services.backups import restore_company

    waiting = Waiting(patience=timedelta(0) if no_wait else PATIENCE, notice=face.note)
    with face.installation() as installation:
        if not dry_run:
            face.agree(f"Put {file.name} back in place of the books of {company}?")
        answer = restore_company(installation, company, file, waiting, dry_run=dry_run)

    def show(out: Console) -> None:
        out.print(answer.message, markup=False)
        if answer.kept:
            out.print(f"The books before that are kept in {answer.kept}.", markup=False)

    face.answer(answer.as_dict(), show)


def _show_connection(out: Console, said: str, answer: ConnectionAnswer) -> None:
    from clary.cli.show import show_facts

    connection = answer.connection
    out.print(f"{said} {connection.name}.", markup=False)
    document = answer.as_dict()
    facts: list[tuple[str, str | None]] = [
        ("Company", connection.title),
        ("Edition", (connection.edition or "").upper()),
        ("Identity", connection.identity),
    ]
    drivers = document["drivers"]
    for entry in drivers if isinstance(drivers, list) else []:
        settings = ", ".join(f"{name}={value}" for name, value in entry["settings"].items())
        facts.append(("Driver", f"{entry['driver']}: {settings}"))
    show_facts(out, facts)


def _show_info(out: Console, answer: CompanyAnswer, *, periods: bool) -> None:
    from clary.cli.show import show_facts, show_table
    from clary.hub.services.companies import figures_in_words

    info = answer.info
    open_periods = [period for period in info.periods if period.open]
    span = f"{open_periods[0].start} to {open_periods[-1].end}" if open_periods else "none"
    show_facts(
        out,
        [
            ("Company", info.name),
            ("Edition", f"{info.edition.upper()} {info.release} {info.tier}"),
            ("Currency", info.currency + (", foreign trader" if info.foreign_trader else "")),
            ("Open periods", span),
            ("Lock date", str(info.lock_date) if info.lock_date else "none"),
            ("Driver", info.driver),
            ("Figures", figures_in_words(answer.figures)),
            ("Identity", f"{info.identity}, generation {info.generation}"),
            *(("Note", note) for note in info.notes),
        ],
    )
    out.print()
    rows = [
        (name, ", ".join(operation.value for operation in capability.operations))
        for name, capability in answer.capabilities.items()
    ]
    show_table(out, ("Record type", "What can be done"), rows)
    if periods:
        out.print()
        show_table(
            out,
            (">Period", "From", "To", "State"),
            [
                (str(p.number), str(p.start), str(p.end), "open" if p.open else "closed")
                for p in info.periods
            ],
        )


def _show_balances(out: Console, answer: TrialBalance, *, zero: bool) -> None:
    from clary.cli.show import counted, grouped, new_table
    from clary.kernel.money import money_text

    def amount(units: int) -> str:
        return grouped(money_text(units)) if units else ""

    when = f"at {answer.as_of}" if answer.as_of else "of all documents"
    shown = [a for a in answer.accounts if zero or a.balance]
    table = new_table("Account", "Name", "Type", ">Debit", ">Credit")
    table.title = f"Trial balance {when}, {answer.currency}"
    table.title_justify = "left"
    for account in shown:
        words = account.type.replace("_", " ")
        debit, credit = amount(max(account.balance, 0)), amount(max(-account.balance, 0))
        table.add_row(account.id, account.name, words, debit, credit)
    if not shown:
        out.print("No account has a balance" + (f" {when}." if answer.as_of else "."))
        return
    table.add_section()
    total_debit = grouped(money_text(answer.total_debit))
    total_credit = grouped(money_text(answer.total_credit))
    table.add_row("", "Total", "", total_debit, total_credit, style="bold")
    out.print(table)
    hidden = len(answer.accounts) - len(shown)
    if hidden:
        out.print(f"{counted(hidden, 'account')} without a balance not shown.", style="dim")
