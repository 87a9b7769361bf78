"""Shows and changes the settings that are stored for the installation or for one company."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from clary.hub.access import Role
from clary.hub.connections import ConnectionKind
from clary.hub.decisions import ALL, DECISIONS, decision_named, store_value, stored_value
from clary.hub.installation import Installation
from clary.hub.services.permissions import needs
from clary.hub.tables import SETTING
from clary.hub.trail import Entry
from clary.kernel.change import Body


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
        Misconfigured: there is no such company.
    """
    decision = decision_named(name)
    kept = None if value is None else decision.checked(value)
    place = company and installation.connections.get(company, ConnectionKind.COMPANY).name
    with installation.database.write(DECISIONS) as write:
        before = stored_value(write, decision, place)
        if not dry_run and before != kept:
            store_value(write, decision, place, kept)
            old, new = {"value": before}, {"value": kept}
            entry = Entry("setting.set", company=place, record=name, old=old, new=new)
            installation.trail.record(write, entry)
    return DecisionAnswer(name, decision.meaning, place, kept)
