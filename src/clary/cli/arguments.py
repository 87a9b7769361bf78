"""The arguments that many commands share, how they are read, and what completes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from click.shell_completion import CompletionItem

from clary.kernel.errors import ClaryError

if TYPE_CHECKING:
    from clary.hub.installation import Installation
    from clary.hub.services.apps import AppAnswer
    from clary.hub.services.connecting import ConnectionAnswer
    from clary.ledger.fields import EditionName

F = TypeVar("F", bound=Callable[..., object])

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHOWN = 40
"""Most plans or runs offered by completion: the newest."""


def connections_offered(
    listed: Callable[[Installation], Sequence[AppAnswer | ConnectionAnswer]], incomplete: str
) -> list[CompletionItem]:
    """Return the connections that a service lists and whose names begin so."""
    from clary.hub.installation import Installation

    try:
        with Installation() as installation:
            answers = listed(installation)
    except ClaryError:  # a completion that fails must stay silent
        return []
    return [
        CompletionItem(answer.connection.name, help=answer.connection.title)
        for answer in answers
        if answer.connection.name.casefold().startswith(incomplete.casefold())
    ]


class CompanyType(click.ParamType[str]):
    """The name of a connected company, or sandbox:FILE."""

    name = "company"

    def shell_complete(
        self, _context: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the connected companies."""
        from clary.hub.services.connecting import list_companies

        return connections_offered(list_companies, incomplete)


class RecordTypeType(click.ParamType[str]):
    """The name of a record type; UK names and Sage's own are read too."""

    name = "type"

    def shell_complete(
        self, _context: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the record types."""
        from clary.ledger.registry import all_record_types

        return [
            CompletionItem(declared.name)
            for declared in all_record_types()
            if declared.name.startswith(incomplete)
        ]


class PlanType(click.ParamType[str]):
    """The id of a plan."""

    name = "plan"

    def shell_complete(
        self, _context: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the newest plans."""
        from clary.engine.plan_store import PlanStore
        from clary.hub.installation import Installation

        try:
            with Installation() as installation:
                plans = PlanStore(installation.database).list(limit=_SHOWN)
        except ClaryError:  # a completion that fails must stay silent
            return []
        return [
            CompletionItem(plan.id, help=f"{plan.header.flow} {plan.header.company}")
            for plan in plans
            if plan.id.startswith(incomplete)
        ]


class RunType(click.ParamType[str]):
    """The id of a run."""

    name = "run"

    def shell_complete(
        self, _context: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the newest runs."""
        from clary.engine.runs import Runs
        from clary.hub.installation import Installation

        try:
            with Installation() as installation:
                runs = Runs(installation.database).list(limit=_SHOWN)
        except ClaryError:  # a completion that fails must stay silent
            return []
        return [
            CompletionItem(run.id, help=f"{run.flow} {run.company}")
            for run in runs
            if run.id.startswith(incomplete)
        ]


class GuardType(click.ParamType[str]):
    """The code of a guard that a person may confirm, in any case."""

    name = "guard"

    def convert(
        self,
        value: str,
        parameter: click.Parameter | None,
        context: click.Context | None,
    ) -> str:
        """Return the code, if there is such a guard."""
        known = _guards()
        if value.upper() not in known:
            message = f"{value!r} is no guard to confirm; use one of: {', '.join(known)}."
            self.fail(message, parameter, context)
        return value.upper()

    def shell_complete(
        self, _context: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the guards."""
        known = _guards()
        return [CompletionItem(name) for name in known if name.startswith(incomplete.upper())]


def _guards() -> tuple[str, ...]:
    """Return the codes of all guards, those that the flows declare, too."""
    from clary.engine.guards import guards_to_confirm
    from clary.hub.services import applying

    # What applies plans knows every flow that has a guard of its own.
    del applying
    return guards_to_confirm()


class PairType(click.ParamType[tuple[str, str]]):
    """A name and a value, NAME=VALUE."""

    name = "name=value"

    def convert(
        self,
        value: str | tuple[str, str],
        parameter: click.Parameter | None,
        context: click.Context | None,
    ) -> tuple[str, str]:
        """Return the two parts."""
        if isinstance(value, tuple):
            return value
        name, equals, text = value.partition("=")
        if not equals or not name.strip():
            self.fail(f"{value!r} is not of the form NAME=VALUE.", parameter, context)
        return name.strip(), text


class DayType(click.ParamType[date]):
    """A day, written as 2026-01-31."""

    name = "date"

    def convert(
        self,
        value: str | date,
        parameter: click.Parameter | None,
        context: click.Context | None,
    ) -> date:
        """Return the day."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value if _DAY.fullmatch(value) else "")
        except ValueError:
            message = f"{value!r} is not a date such as 2026-01-31."
            raise click.BadParameter(message, context, parameter) from None


COMPANY = CompanyType()
RECORD_TYPE = RecordTypeType()
PLAN = PlanType()
RUN = RunType()
GUARD = GuardType()
PAIR = PairType()
DAY = DayType()
EDITION = click.Choice(["us", "uk"])
READABLE_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
DOCUMENTS_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)


def company_argument(function: F) -> F:
    """Add the argument COMPANY."""
    return click.argument("company", type=COMPANY, metavar="COMPANY")(function)


def type_argument(function: F) -> F:
    """Add the argument TYPE."""
    return click.argument("record_type", type=RECORD_TYPE, metavar="TYPE")(function)


def edition_of(text: str | None) -> EditionName | None:
    """Return the edition that an option names, or none where it was not given."""
    if text is None:
        return None
    return "uk" if text == "uk" else "us"
