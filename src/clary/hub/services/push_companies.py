"""Companies of the push API: what its clients file their connections under.

Such a company is seen with a role for the companies of the installation that its connections
are for; as long as none is, by whoever made it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, delete, update

from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.push import events
from clary.hub.push.keeping import SCOPE, PushCompany, add_company, companies, has_open, new_key
from clary.hub.push.problems import (
    ID_LENGTH,
    PUSH_BODY_INVALID,
    PUSH_COMPANY_UNKNOWN,
    PUSH_OPERATIONS_WAIT,
)
from clary.hub.push.tables import PUSH_COMPANY
from clary.hub.services.permissions import inner, needs_somewhere
from clary.hub.trail import Entry

NAME_LENGTH: Final = 255
TAGS: Final = 10
TAG_NAME: Final = 27
TAG_TEXT: Final = 100
_NAME: Final = re.compile(r"[A-Za-z0-9\s\-',&@.?!]+")


@dataclass(frozen=True, slots=True)
class CompanyAsked:
    """What is stated of a company; none leaves it as it is.

    Attributes:
        name: its name.
        description: what is said of it.
        tags: texts by name.
    """

    name: str | None = None
    description: str | None = None
    tags: Mapping[str, str] | None = None

    def check(self) -> None:
        """Make sure that it can be stored.

        Raises:
            Rejected: it cannot (PUSH_BODY_INVALID).
        """
        name = self.name
        if name is not None and (len(name) > NAME_LENGTH or _NAME.fullmatch(name) is None):
            expected = f"1 to {NAME_LENGTH} letters, digits, blanks and - ' , & @ . ? !"
            raise PUSH_BODY_INVALID.raised(what="name", value=name[:80], expected=expected)
        if self.description is not None and len(self.description) > NAME_LENGTH:
            expected = f"at most {NAME_LENGTH} characters"
            raise PUSH_BODY_INVALID.raised(what="description", value="...", expected=expected)
        tags = self.tags or {}
        fits = all(0 < len(n) <= TAG_NAME and len(v) <= TAG_TEXT for n, v in tags.items())
        if len(tags) > TAGS or not fits:
            expected = f"at most {TAGS} tags with names of {TAG_NAME} and texts of {TAG_TEXT}"
            raise PUSH_BODY_INVALID.raised(what="tags", value="...", expected=expected)


@inner
def may_see(installation: Installation, role: Role, company: PushCompany) -> bool:
    """Tell whether a role is held for a company of the API."""
    access = installation.access
    if access.allows(role):
        return True
    bound = {each.bound for each in company.connections if each.bound}
    if bound:
        return all(access.allows(role, each) for each in bound)
    return company.created_by == access.actor and access.allows_somewhere(role)


@inner
def company_for(installation: Installation, company_id: str, role: Role) -> PushCompany:
    """Return a company of the API for which a role is held.

    Raises:
        Rejected: there is none that may be seen (PUSH_COMPANY_UNKNOWN).
        Unauthorised: it may be seen, and the role is missing (ROLE_MISSING).
    """
    with installation.database.read() as read:
        found = companies(read, [company_id])
    if not found or not may_see(installation, Role.VIEWER, found[0]):
        raise PUSH_COMPANY_UNKNOWN.raised(id=company_id[:ID_LENGTH])
    if not may_see(installation, role, found[0]):
        raise installation.access.denied(role)
    return found[0]


@inner
def as_stored(write: Connection, company: PushCompany) -> PushCompany:
    """Return a company as it is now that nobody else changes it.

    Raises:
        Rejected: it was deleted (PUSH_COMPANY_UNKNOWN).
    """
    for each in companies(write, [company.id]):
        return each
    raise PUSH_COMPANY_UNKNOWN.raised(id=company.id)


@needs_somewhere(Role.VIEWER)
def list_push_companies(installation: Installation) -> list[PushCompany]:
    """Return the companies of the API that may be seen, the newest first."""
    with installation.database.read() as read:
        found = companies(read)
    return [each for each in found if may_see(installation, Role.VIEWER, each)]


@needs_somewhere(Role.VIEWER)
def push_company(installation: Installation, company_id: str) -> PushCompany:
    """Return a company of the API.

    Raises:
        Rejected: there is none (PUSH_COMPANY_UNKNOWN).
    """
    return company_for(installation, company_id, Role.VIEWER)


@needs_somewhere(Role.OPERATOR)
def create_push_company(installation: Installation, asked: CompanyAsked) -> PushCompany:
    """Make a company of the API.

    Raises:
        Rejected: name, description or tags cannot be used (PUSH_BODY_INVALID).
    """
    asked.check()
    if not asked.name:
        raise PUSH_BODY_INVALID.raised(what="name", value="", expected="a name")
    now = installation.clock.now()
    tags = dict(asked.tags or {})
    made = PushCompany(new_key(), asked.name, asked.description, tags, now, installation.actor)
    with installation.database.write(SCOPE) as write:
        add_company(write, made)
        events.tell(write, made, "company.created", events.of_company(made), now)
        installation.trail.record(write, Entry("push_company.add", record=made.id, new=made.told()))
    return made


@needs_somewhere(Role.OPERATOR)
def update_push_company(
    installation: Installation, company_id: str, asked: CompanyAsked, *, whole: bool
) -> PushCompany:
    """Change a company of the API.

    Args:
        installation: where it is stored.
        company_id: its id.
        asked: what it becomes.
        whole: what is not stated is removed; else it stays.

    Raises:
        Rejected: there is none, or something cannot be used (PUSH_BODY_INVALID).
    """
    asked.check()
    found = company_for(installation, company_id, Role.OPERATOR)
    if whole and not asked.name:
        raise PUSH_BODY_INVALID.raised(what="name", value="", expected="a name")
    with installation.database.write(SCOPE) as write:
        found = as_stored(write, found)
        changed = _changed(found, asked, whole=whole)
        write.execute(
            update(PUSH_COMPANY)
            .where(PUSH_COMPANY.c.id == found.id)
            .values(
                name=changed.name,
                description=changed.description,
                tags=json.dumps(dict(changed.tags)),
            )
        )
        if changed != found:
            old, new = found.told(), changed.told()
            entry = Entry("push_company.set", found.bound, found.id, old=old, new=new)
            installation.trail.record(write, entry)
    return changed


def _changed(found: PushCompany, asked: CompanyAsked, *, whole: bool) -> PushCompany:
    description = asked.description if whole or asked.description else found.description
    tags = found.tags if asked.tags is None and not whole else asked.tags or {}
    return replace(found, name=asked.name or found.name, description=description, tags=tags)


@needs_somewhere(Role.OPERATOR)
def delete_push_company(installation: Installation, company_id: str) -> None:
    """Forget a company of the API with its connections and operations; the books stay.

    Raises:
        Rejected: there is none (PUSH_COMPANY_UNKNOWN).
        Busy: documents that were accepted for it wait (PUSH_OPERATIONS_WAIT).
    """
    found = company_for(installation, company_id, Role.OPERATOR)
    now = installation.clock.now()
    with installation.database.write() as write:
        found = as_stored(write, found)
        if has_open(write, found.id):
            raise PUSH_OPERATIONS_WAIT.raised()
        events.tell(write, found, "company.deleted", events.of_company(found), now)
        write.execute(delete(PUSH_COMPANY).where(PUSH_COMPANY.c.id == found.id))
        for each in found.connections:
            gone = Entry("push_connection.remove", each.bound, each.id, old=each.told())
            installation.trail.record(write, gone)
        entry = Entry("push_company.remove", found.bound, found.id, old=found.told())
        installation.trail.record(write, entry)
