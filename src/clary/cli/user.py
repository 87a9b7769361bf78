"""`clary user`: who may log on, and what each may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clary.cli.arguments import COMPANY
from clary.cli.frame import Face, Group, command, example
from clary.cli.stating import secret_from

if TYPE_CHECKING:
    from rich.console import Console

    from clary.hub.access import Role
    from clary.hub.services.users import UserAnswer, UserChange

ROLES = ("viewer", "operator", "approver", "admin")
"""Names of the roles, as `hub.access` declares them; stated again so that help loads nothing."""


@click.group(cls=Group)
def user() -> None:
    """Say who may log on, and what they may do."""


email_option = click.option("--email", help="Where notifications go; empty forgets it.")
password_option = click.option(
    "--password",
    "asks_password",
    is_flag=True,
    help="Set the password: asked for without echo, or read from input.",
)
company_option = click.option(
    "--company",
    "companies",
    multiple=True,
    type=COMPANY,
    metavar="COMPANY",
    help="The role is for this company only. May be given many times.",
)


@command(user, "add", writes=True)
@click.argument("name")
@email_option
@password_option
@click.option(
    "--role",
    type=click.Choice(ROLES),
    default="viewer",
    show_default=True,
    help="What they may do.",
)
@company_option
@example("clary user add ada --email ada@example.com --role approver --password")
def add(
    face: Face,
    name: str,
    email: str | None,
    asks_password: bool,
    role: str,
    companies: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Add a user.

    Without --company the role is for all companies. A user without a password cannot log
    on yet.
    """
    from clary.hub.services.users import add_user

    wanted = _change(email, asks_password, role, companies)
    with face.installation() as installation:
        answer = add_user(installation, name, wanted, dry_run=dry_run)
    _tell(face, "Would add" if dry_run else "Added", answer)


@command(user, "set", writes=True)
@click.argument("name")
@email_option
@password_option
@click.option("--role", type=click.Choice((*ROLES, "none")), help="What they may do.")
@company_option
@click.option("--disable/--enable", "disabled", default=None, help="Let them log on, or not.")
@example("clary user set ada --role operator --company try")
def change(
    face: Face,
    name: str,
    email: str | None,
    asks_password: bool,
    role: str | None,
    companies: tuple[str, ...],
    disabled: bool | None,
    dry_run: bool,
) -> None:
    """Change a user: e-mail, password, roles, log-on.

    A role with --company is for that company alone and stands beside the role for all
    companies; the higher one holds. The role none takes a role away.
    """
    from clary.hub.services.users import change_user

    wanted = _change(email, asks_password, role, companies, disabled)
    with face.installation() as installation:
        answer = change_user(installation, name, wanted, dry_run=dry_run)
    _tell(face, "Would change" if dry_run else "Changed", answer)


@command(user, "revoke", writes=True)
@click.argument("name")
@example("clary user revoke ada")
def revoke(face: Face, name: str, dry_run: bool) -> None:
    """Remove a user; what they did stays in the audit trail."""
    from clary.hub.services.users import remove_user

    with face.installation() as installation:
        if not dry_run:
            face.agree(f"Remove the user {name}?")
        answer = remove_user(installation, name, dry_run=dry_run)
    _tell(face, "Would remove" if dry_run else "Removed", answer)


@command(user, "list")
@example("clary user list")
def list_(face: Face) -> None:
    """List the users."""
    from clary.cli.show import show_table
    from clary.hub.services.users import list_users

    with face.installation() as installation:
        answers = list_users(installation)

    def show(out: Console) -> None:
        if not answers:
            face.note("There is no user yet. Try: clary user add NAME --role admin --password")
            return
        rows = [
            (each.user.name, each.user.email or "", _roles(each), _state(each)) for each in answers
        ]
        show_table(out, ("Name", "E-mail", "Role", "State"), rows)

    face.answer({"users": [each.as_dict() for each in answers]}, show)


def _change(
    email: str | None,
    asks_password: bool,
    role: str | None,
    companies: tuple[str, ...],
    disabled: bool | None = None,
) -> UserChange:
    """Return what the options ask for; the password is asked for here."""
    from clary.hub.access import Role
    from clary.hub.services.users import UserChange

    if companies and role is None:
        message = "--company needs --role"
        raise click.UsageError(message)
    chosen = Role(role) if role in ROLES else None
    roles: dict[str, Role | None] = dict.fromkeys(companies, chosen)
    return UserChange(
        email=email,
        password=secret_from("password") if asks_password else None,
        role=None if companies else chosen,
        no_role=role == "none" and not companies,
        roles=roles,
        disabled=disabled,
    )


def _tell(face: Face, said: str, answer: UserAnswer) -> None:
    name, roles = answer.user.name, _roles(answer)
    sentence = f"{said} the user {name} ({roles})."
    face.answer(answer.as_dict(), lambda out: out.print(sentence, markup=False))


def _roles(answer: UserAnswer) -> str:
    user = answer.user
    general = [user.role.value] if user.role else []
    single = [f"{role.value} of {company}" for company, role in sorted(user.roles.items())]
    return ", ".join([*general, *single]) or "no role"


def _state(answer: UserAnswer) -> str:
    if answer.user.disabled:
        return "disabled"
    return "may log on" if answer.user.password else "no password yet"
