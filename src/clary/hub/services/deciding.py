"""Shows and changes the settings that are stored for the installation or for one company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from clary.hub.access import Role
from clary.hub.connections import ConnectionKind
from clary.hub.decisions import (
    ALL,
    APPROVAL_AMOUNT,
    DECISION_FOR_ALL,
    DECISION_OF_COMPANY,
    DECISIONS,
    NOT_WHILE_IN_USE,
    YES,
    decision_named,
    store_value,
    stored_value,
)
from clary.hub.installation import Installation
from clary.hub.presence import people_in
from clary.hub.services.approving import APPROVAL_NEEDED
from clary.hub.services.opening import company_of
from clary.hub.services.permissions import needs
from clary.hub.services.working import look_again
from clary.hub.tables import SETTING
from clary.hub.trail import Entry
from clary.hub.work import Work
from clary.kernel.change import Body

_ALL: Final = 1_000_000
"""Most documents that are put back as a limit changes."""


@dataclass(frozen=True, slots=True)
class DecisionAnswer:
    """A stored setting as faces show it.

    Attributes:
        name: its name.
        meaning: what it decides.
        company: the company it is for; none is the whole installation.
        value: what is stored; none where nothing is.
    """

    name: str
    meaning: str
    company: str | None
    value: str | None

    def as_dict(self) -> Body:
        """Return it as JSON-ready values."""
        return {
            "name": self.name,
            "meaning": self.meaning,
            "company": self.company,
            "value": self.value,
        }


@needs(Role.ADMIN)
def list_decisions(installation: Installation) -> list[DecisionAnswer]:
    """Return every setting for the whole installation, and those of single companies."""
    with installation.database.read() as read:
        rows = read.execute(select(SETTING).order_by(SETTING.c.name, SETTING.c.company)).all()
    values = {(row.name, row.company): row.value for row in rows}
    places = {(name, "") for name in ALL} | values.keys()
    return [
        DecisionAnswer(name, ALL[name].meaning, company or None, values.get((name, company)))
        for name, company in sorted(places)
        if name in ALL
    ]


@needs(Role.ADMIN)
def show_decision(
    installation: Installation, name: str, company: str | None = None
) -> DecisionAnswer:
    """Return one setting: what is stored for a company, for the installation if none.

    Raises:
        Rejected: there is no such setting (DECISION_UNKNOWN).
        Misconfigured: there is no such company.
    """
    decision = decision_named(name)
    place = company and installation.connections.get(company, ConnectionKind.COMPANY).name
    with installation.database.read() as read:
        value = stored_value(read, decision, place)
    return DecisionAnswer(name, decision.meaning, place, value)


@needs(Role.ADMIN)
def change_decision(
    installation: Installation,
    name: str,
    value: str | None,
    company: str | None = None,
    *,
    dry_run: bool = False,
) -> DecisionAnswer:
    """Store a setting, or forget it.

    Args:
        installation: where it is stored.
        name: the setting.
        value: its value; none forgets it.
        company: the company it is for; none is the whole installation.
        dry_run: only check.

    Raises:
        Rejected: there is no such setting, or it cannot have this value.
        Unsupported: no driver of the company can do what it asks for.
        Misconfigured: there is no such company, or it would have to be asked and cannot be.
    """
    decision = decision_named(name)
    kept = None if value is None else decision.checked(value)
    connection = company and installation.connections.get(company, ConnectionKind.COMPANY)
    place = connection.name if connection else None
    if decision.of_company and place is None:
        raise DECISION_OF_COMPANY.raised(name=name)
    if decision.for_all and place is not None:
        raise DECISION_FOR_ALL.raised(name=name)
    if connection and decision is NOT_WHILE_IN_USE and kept == YES:
        people_in(connection.name, company_of(installation, connection))
    with installation.database.write(DECISIONS) as write:
        before = stored_value(write, decision, place)
        if not dry_run and before != kept:
            store_value(write, decision, place, kept)
            old, new = {"value": before}, {"value": kept}
            entry = Entry("setting.set", company=place, record=name, old=old, new=new)
            installation.trail.record(write, entry)
    if decision is APPROVAL_AMOUNT and before != kept and not dry_run:
        # What was set aside for the former limit may do without an approval now.
        work = Work(installation.database, installation.clock)
        work.put_back({APPROVAL_NEEDED.name}, work.clock.now(), limit=_ALL)
    if before != kept and not dry_run:
        look_again(installation, place)
    return DecisionAnswer(name, decision.meaning, place, kept)
