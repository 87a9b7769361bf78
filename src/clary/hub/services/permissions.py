"""Says what role each service needs, beside the service, and holds it to that.

A service function is marked with `needs`; a test holds that none is left without a mark.  The
company is taken from the arguments, from a plan or from a run, so that nobody reaches the
plans and runs of a company that they may not see.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from operator import attrgetter
from types import SimpleNamespace
from typing import ParamSpec, Protocol, TypeVar, cast

from clary.engine.plan_store import PLAN_UNKNOWN, PlanStore
from clary.engine.runs import RUN_UNKNOWN, Runs
from clary.hub.access import Role
from clary.hub.connections import ConnectionKind
from clary.hub.installation import Installation

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class Marked(Protocol):
    """A service function that says what role it needs."""

    needed_role: Role | None


def needs(
    role: Role, company: str | None = None, *, plan: str | None = None, run: str | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a service function be called only with a role.

    Args:
        role: the least role.
        company: where the company stands in the arguments, such as `reference` or
            `asked.company`; where it is not stated there, the role is needed for any
            company, and the function gives only what `companies_seen` allows.
        plan: the argument with the id of a plan, whose company it is.
        run: the argument with the id of a run, whose company it is.

    Without any of them the role is needed for the installation itself.
    """

    def allowed(installation: Installation, stated: SimpleNamespace) -> None:
        if plan is not None:
            _require_plan(installation, role, attrgetter(plan)(stated))
        elif run is not None:
            _require_run(installation, role, attrgetter(run)(stated))
        elif company is None:
            installation.access.require(role)
        else:
            found = attrgetter(company)(stated)
            if found is None:
                _require_somewhere(installation, role)
            else:
                installation.access.require(role, found)

    return _marked(role, allowed)


def needs_somewhere(role: Role) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a service function be called with a role for any company at all."""

    def allowed(installation: Installation, _: SimpleNamespace) -> None:
        _require_somewhere(installation, role)

    return _marked(role, allowed, looks=False)


def _require_somewhere(installation: Installation, role: Role) -> None:
    if not installation.access.allows_somewhere(role):
        raise installation.access.denied(role)


def _require_plan(installation: Installation, role: Role, plan_id: str) -> None:
    """Make sure of a role for the company of a plan; one that may not be seen is not there."""
    company = PlanStore(installation.database).summary(plan_id).header.company
    if not installation.access.allows(Role.VIEWER, company):
        raise PLAN_UNKNOWN.raised(plan=plan_id)
    installation.access.require(role, company)


def _require_run(installation: Installation, role: Role, run_id: str) -> None:
    """Make sure of a role for the company of a run; one that may not be seen is not there."""
    company = Runs(installation.database).summary(run_id).company
    if not installation.access.allows(Role.VIEWER, company):
        raise RUN_UNKNOWN.raised(run=run_id)
    installation.access.require(role, company)


def needs_nothing(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a service function that is for everyone, such as logging on."""
    cast("Marked", function).needed_role = None
    return function


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function that only services call, which have asked for a role themselves."""
    cast("Marked", function).needed_role = None
    return function


_NOTHING = SimpleNamespace()


def _marked(
    role: Role, allowed: Callable[[Installation, SimpleNamespace], None], *, looks: bool = True
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return what marks a function; `looks` tells whether `allowed` looks at its arguments."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)

        @wraps(function)
        def checked(*arguments: P.args, **named: P.kwargs) -> R:
            installation = cast("Installation", arguments[0])
            # Who may do everything is not looked up: a command that only reads a company
            # file never touches the database.
            if not looks and not installation.access.unlimited:
                allowed(installation, _NOTHING)
            elif not installation.access.unlimited:
                bound = signature.bind(*arguments, **named)
                bound.apply_defaults()
                allowed(installation, SimpleNamespace(**bound.arguments))
            return function(*arguments, **named)

        cast("Marked", checked).needed_role = role
        return checked

    return decorate


def companies_seen(installation: Installation, role: Role = Role.VIEWER) -> list[str] | None:
    """Return the names of the companies for which a role is held; none means all of them."""
    access = installation.access
    if access.unlimited or (access.companies is None and access.role.covers(role)):
        return None
    connected = installation.connections.all(ConnectionKind.COMPANY)
    return [each.name for each in connected if access.allows(role, each.name)]


def seen(installation: Installation, answers: Iterable[T], company: Callable[[T], str]) -> list[T]:
    """Return those of some answers whose company may be read."""
    access = installation.access
    return [each for each in answers if access.allows(Role.VIEWER, company(each))]
