"""`clary notify`: who is told of what happens, by e-mail or webhook."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

from clary.cli.arguments import COMPANY
from clary.cli.frame import Face, Group, command, example
from clary.cli.stating import secret_from

if TYPE_CHECKING:
    from rich.console import Console

    from clary.hub.services.notifications import SubscriptionAnswer
    from clary.hub.services.notifications_mail import ServerAnswer

F = TypeVar("F", bound=Callable[..., object])

KINDS = (
    "run.problems",
    "run.confirmed",
    "push.refused",
    "plan.approval",
    "lane.person",
    "lane.busy",
    "document.parked",
    "worker.died",
    "schedule.failed",
    "audit.broken",
)
"""Kinds of happenings, as `hub.happenings` declares them; stated again so that help loads
nothing."""
SECURITIES = ("none", "starttls", "tls")
MOST_PORT = 65_535


@click.group(cls=Group)
def notify() -> None:
    """Tell people what happens, by e-mail or webhook."""


def _options(function: F) -> F:
    """Add the options that say who is told of what, and when."""
    for option in reversed(
        (
            click.option("--to", multiple=True, metavar="ADDRESS", help="An e-mail address."),
            click.option("--webhook", metavar="URL", help="Where signed messages are posted."),
            click.option(
                "--about",
                multiple=True,
                type=click.Choice((*KINDS, "all")),
                help="What to tell of. May be given many times (default: all).",
            ),
            click.option(
                "--company",
                "companies",
                multiple=True,
                type=COMPANY,
                metavar="COMPANY",
                help="Only this company. May be given many times (default: all companies).",
            ),
            click.option("--daily", "daily_at", metavar="HH:MM", help="Once a day at this time."),
            click.option("--zone", help="Time zone of all times, such as Europe/London."),
            click.option(
                "--busy-minutes",
                type=click.IntRange(1, 10_080),
                help="How long a company is busy before that is told (default: 30).",
            ),
            click.option("--owner", metavar="USER", help="Whose rights bound what is told."),
        )
    ):
        function = option(function)
    return function


@command(notify, "add", writes=True)
@click.argument("name")
@_options
@example(
    "clary notify add books --to ada@example.com --about run.problems --company try",
    "clary notify add summary --to ada@example.com --daily 07:30 --zone Europe/London",
)
def add(
    face: Face,
    *,
    name: str,
    to: tuple[str, ...],
    webhook: str | None,
    about: tuple[str, ...],
    companies: tuple[str, ...],
    daily_at: str | None,
    zone: str | None,
    busy_minutes: int | None,
    owner: str | None,
    dry_run: bool,
) -> None:
    """Tell someone what happens from now on.

    Nobody is told of a company that the owner may not see. The secret that webhooks are
    signed with is shown once.
    """
    from clary.hub.services.notifications import Wanted, subscribe

    wanted = Wanted(
        to=to or None,
        webhook=webhook,
        about=about or None,
        companies=companies or None,
        daily_at=daily_at,
        zone=zone,
        busy_minutes=busy_minutes,
        owner=owner,
    )
    with face.installation() as installation:
        answer = subscribe(installation, name, wanted, dry_run=dry_run)

    def show(out: Console) -> None:
        out.print(_sentence("Would add" if dry_run else "Added", answer), markup=False)
        if answer.secret and not dry_run:
            out.print(answer.secret, markup=False)
            face.note("Messages are signed with this secret. Keep it now: it is not shown again.")

    face.answer(answer.as_dict(), show)


@command(notify, "set", writes=True)
@click.argument("name")
@_options
@click.option("--all-companies", is_flag=True, help="Tell of all companies again.")
@click.option("--at-once", is_flag=True, help="Tell at once, not once a day.")
@click.option("--pause/--resume", "paused", default=None, help="Tell nothing, or go on.")
@example("clary notify set books --pause")
def change(
    face: Face,
    *,
    name: str,
    to: tuple[str, ...],
    webhook: str | None,
    about: tuple[str, ...],
    companies: tuple[str, ...],
    daily_at: str | None,
    zone: str | None,
    busy_minutes: int | None,
    owner: str | None,
    all_companies: bool,
    at_once: bool,
    paused: bool | None,
    dry_run: bool,
) -> None:
    """Change who is told of what, and when.

    What is not stated stays as it is.
    """
    from clary.hub.services.notifications import Wanted, modify_subscription

    if (companies and all_companies) or (daily_at and at_once):
        message = "State either companies or --all-companies, and either --daily or --at-once."
        raise click.UsageError(message)
    wanted = Wanted(
        to=to or None,
        webhook=webhook,
        about=about or None,
        companies=() if all_companies else companies or None,
        daily_at="" if at_once else daily_at,
        zone=zone,
        busy_minutes=busy_minutes,
        owner=owner,
        paused=paused,
    )
    with face.installation() as installation:
        answer = modify_subscription(installation, name, wanted, dry_run=dry_run)
    _tell(face, "Would change" if dry_run else "Changed", answer)


@command(notify, "remove", writes=True)
@click.argument("name")
@example("clary notify remove books")
def remove(face: Face, name: str, dry_run: bool) -> None:
    """Tell nothing more, and forget what was to be told."""
    from clary.hub.services.notifications import unsubscribe

    with face.installation() as installation:
        if not dry_run:
            face.agree(f"Remove the notification {name}?")
        answer = unsubscribe(installation, name, dry_run=dry_run)
    _tell(face, "Would remove" if dry_run else "Removed", answer)


@command(notify, "list")
@example("clary notify list")
def list_(face: Face) -> None:
    """List who is told of what, and whether it gets through."""
    from clary.cli.show import show_table
    from clary.hub.services.notifications import list_subscriptions

    with face.installation() as installation:
        answers = list_subscriptions(installation)

    def show(out: Console) -> None:
        if not answers:
            face.note("Nobody is told of anything. Try: clary notify add NAME --to ADDRESS")
            return
        rows = [
            (
                each.subscription.name,
                ", ".join(each.subscription.told()["targets"]),
                ", ".join(each.subscription.told()["about"] or ["everything"]),
                ", ".join(each.subscription.companies or ["all companies"]),
                _when(each),
                _state(each),
            )
            for each in answers
        ]
        show_table(out, ("Name", "To", "About", "For", "=When", "State"), rows)

    face.answer({"notifications": [each.as_dict() for each in answers]}, show)


@command(notify, "test")
@click.argument("name")
@example("clary notify test books")
def try_out(face: Face, name: str) -> None:
    """Send a trial message now, and show whether it was taken."""
    from clary.hub.services.notifications import first_problem, try_subscription

    with face.installation() as installation:
        trials = try_subscription(installation, name)

    def show(out: Console) -> None:
        for each in trials:
            said = each.problem.message if each.problem else "taken"
            out.print(f"{each.target}: {said}", markup=False)
            if each.problem:
                out.print(f"  {each.problem.remedy}", markup=False)

    face.answer({"trials": [each.as_dict() for each in trials]}, show)
    problem = first_problem(trials)
    if problem is not None:
        click.get_current_context().exit(problem.exit_status)


@command(notify, "log")
@click.argument("name", required=False)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, help="How many (default: 50).")
@example("clary notify log books")
def log(face: Face, name: str | None, limit: int) -> None:
    """Show the newest messages, and what became of each."""
    from clary.cli.show import show_table
    from clary.hub.services.notifications import list_messages

    with face.installation() as installation:
        answers = list_messages(installation, name, limit)

    def show(out: Console) -> None:
        if not answers:
            face.note("No message yet.")
            return
        rows = [
            (
                each.created_at[:16].replace("T", " "),
                each.subscription,
                each.target,
                each.subject,
                each.state,
                each.reason or "",
            )
            for each in answers
        ]
        columns = ("=Written (UTC)", "Notification", "To", "Subject", "State", "Why")
        show_table(out, columns, rows)

    face.answer({"messages": [each.as_dict() for each in answers]}, show)


@command(notify, "mail", writes=True)
@click.option("--host", help="Name of the server that takes e-mail.")
@click.option("--port", type=click.IntRange(1, MOST_PORT), help="Its port (default: the usual).")
@click.option("--security", type=click.Choice(SECURITIES), help="Encryption (default: starttls).")
@click.option("--user", help="Whom to log on as; empty logs on as nobody.")
@click.option(
    "--password",
    "asks_password",
    is_flag=True,
    help="Store the password: asked for without echo, or read from input.",
)
@click.option("--sender", help="Address of the sender, with or without a name.")
@click.option("--unchecked", is_flag=True, help="Store it without logging on first.")
@click.option("--forget", is_flag=True, help="Forget the server and its password.")
@example(
    "clary notify mail --host smtp.example.com --user clary --password"
    " --sender 'Clary <clary@example.com>'"
)
def mail(
    face: Face,
    *,
    host: str | None,
    port: int | None,
    security: str | None,
    user: str | None,
    asks_password: bool,
    sender: str | None,
    unchecked: bool,
    forget: bool,
    dry_run: bool,
) -> None:
    """Show or change the server that takes e-mail.

    Before it is stored, Clary logs on to it. What waits is then sent at once.
    """
    from clary.hub.services.notifications_mail import (
        ServerWanted,
        change_mail_server,
        remove_mail_server,
        show_mail_server,
    )

    stated = any(each is not None for each in (host, port, security, user, sender))
    with face.installation() as installation:
        if forget:
            answer = remove_mail_server(installation, dry_run=dry_run)
        elif stated or asks_password:
            password = secret_from("password") if asks_password else None
            wanted = ServerWanted(host, port, security, user, password, sender)
            answer = change_mail_server(installation, wanted, check=not unchecked, dry_run=dry_run)
        else:
            answer = show_mail_server(installation)
    _tell_server(face, answer)


def _tell_server(face: Face, answer: ServerAnswer) -> None:
    from clary.cli.show import show_facts

    server = answer.server

    def show(out: Console) -> None:
        if server is None:
            out.print("No server for outgoing e-mail is set.")
            return
        show_facts(
            out,
            (
                ("Server", f"{server.host}:{server.port}"),
                ("Security", server.security.value),
                ("Sender", server.sender),
                ("User", server.user),
                ("Password", "stored" if answer.has_password else None),
            ),
        )

    face.answer(answer.as_dict(), show)


def _tell(face: Face, said: str, answer: SubscriptionAnswer) -> None:
    face.answer(answer.as_dict(), lambda out: out.print(_sentence(said, answer), markup=False))


def _sentence(said: str, answer: SubscriptionAnswer) -> str:
    found = answer.subscription
    targets = ", ".join(found.told()["targets"])
    return f"{said} the notification {found.name}: {targets}, {_when(answer)}."


def _when(answer: SubscriptionAnswer) -> str:
    found = answer.subscription
    if found.paused:
        return "paused"
    return f"daily {found.daily_at:%H:%M} {found.zone}" if found.daily_at else "at once"


def _state(answer: SubscriptionAnswer) -> str:
    standing = answer.standing
    if standing is None:
        return ""
    parts = [
        f"{count:,} {what}"
        for count, what in (
            (standing.gathered, "gathered"),
            (standing.waiting, "waiting"),
            (standing.given_up, "given up"),
        )
        if count
    ]
    said = standing.reason or ("ok" if standing.delivered_at else "nothing sent yet")
    return "; ".join([*parts, said])
