"""Who acts and what they may do: roles, and the companies that a role holds for.

Every service asks here before it does anything, so that command line, API and pages cannot
differ in what they allow.  A role holds for all companies or for some; what belongs to the
installation itself (connections, users, keys, settings) needs a role for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clary.kernel.errors import ClaryError, Rejected, Unauthorised, declare

ROLE_MISSING = declare(
    "ROLE_MISSING",
    Unauthorised,
    "{name} may not do this{where}: it needs the role {role}.",
    "Ask someone with the role admin for it, or let someone do it who has it.",
)
ROLE_UNKNOWN = declare(
    "ROLE_UNKNOWN",
    Rejected,
    "There is no role {role!r}.",
    "Use one of: {known}.",
    exit_code=2,
)

UNREGISTERED = "sandbox:"
"""How the name of a company begins that is a file without a connection."""

KEY_ACTOR = "key "
"""How the name of an API key begins where it stands for who acts."""


class Role(StrEnum):
    """What someone may do; each role may do all that those before it may.

    viewer: read; operator: plan, apply and take back; approver: confirm guards and approve
    plans; admin: connections, users, keys and settings.
    """

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """Place in the order of roles, from 0."""
        return _ORDER.index(self)

    def covers(self, needed: Role) -> bool:
        """Tell whether this role may do what `needed` may."""
        return self.rank >= needed.rank


_ORDER = tuple(Role)


def role_named(text: str) -> Role:
    """Return the role of this name, in any case.

    Raises:
        Rejected: there is none (ROLE_UNKNOWN).
    """
    if text.lower() in _ORDER:
        return Role(text.lower())
    raise ROLE_UNKNOWN.raised(role=text[:80], known=", ".join(_ORDER))


@dataclass(frozen=True, slots=True)
class Access:
    """What one person or program may do.

    Attributes:
        name: name of the user, or of the key.
        role: what it may do in `companies`.
        companies: folded names of the companies that `role` holds for; none is all of
            them, those to come and the installation itself.
        key: name of the API key; none for a person.
        granted: roles for single companies beside that, by folded name.
    """

    name: str
    role: Role
    companies: frozenset[str] | None = None
    key: str | None = None
    granted: Mapping[str, Role] = field(default_factory=dict, hash=False)

    @property
    def actor(self) -> str:
        """Who acts, as plans, runs and the audit trail keep it.

        A key reads otherwise than a user of the same name: names of users have no blanks.
        """
        return self.name if self.key is None else KEY_ACTOR + self.key

    @property
    def unlimited(self) -> bool:
        """Tell whether everything is allowed."""
        return self.role is Role.ADMIN and self.companies is None

    def role_on(self, company: str | None) -> Role | None:
        """Return the role for a company, for the installation itself if none; or none.

        A company file without a connection is anywhere on this machine: only who may do
        everything opens one.
        """
        if company is None:
            return self.role if self.companies is None else None
        if company.startswith(UNREGISTERED):
            return self.role if self.unlimited else None
        folded = company.casefold()
        holds = self.companies is None or folded in self.companies
        found = [role for role in (self.role if holds else None, self.granted.get(folded)) if role]
        return max(found, key=lambda role: role.rank, default=None)

    def allows(self, role: Role, company: str | None = None) -> bool:
        """Tell whether `role` is held for a company, for the installation if none."""
        held = self.role_on(company)
        return held is not None and held.covers(role)

    def allows_somewhere(self, role: Role) -> bool:
        """Tell whether `role` is held for any company at all."""
        general = self.companies is None or bool(self.companies)
        held = (*((self.role,) if general else ()), *self.granted.values())
        return any(each.covers(role) for each in held)

    def require(self, role: Role, company: str | None = None) -> None:
        """Make sure that `role` is held for a company, for the installation if none.

        Raises:
            Unauthorised: it is not (ROLE_MISSING).
        """
        if not self.allows(role, company):
            raise self.denied(role, f" in {company}" if company else " for the installation")

    def denied(self, role: Role, where: str = "") -> ClaryError:
        """Return the error of a role that is not held."""
        return ROLE_MISSING.raised(name=self.actor, role=role.value, where=where)


def local_access(name: str) -> Access:
    """Return the access of the person at this machine, who can read the database anyway."""
    return Access(name, Role.ADMIN)
