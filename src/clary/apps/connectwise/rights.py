"""Whether the member that we log on as may do what an accountant's program does.

Source of the rights: connectwise.md section 2.2.  Newer releases call the GL Interface
"Accounting Interface"; both names are taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from clary.apps.connectwise.checking import CheckLine
from clary.apps.connectwise.client import Client, Record
from clary.apps.connectwise.conditions import equal
from clary.apps.connectwise.reading import shaped
from clary.apps.connectwise.shapes import Member
from clary.kernel.errors import Finding, Rejected, Unauthorised, declare

T = TypeVar("T")

RIGHTS_LACKING = declare(
    "CONNECTWISE_RIGHTS_LACKING",
    Unauthorised,
    "The role {role} lacks {rights} at level All for {function}.",
    "In ConnectWise open System > Security Roles > {role} > {module} > {function} and set {rights}"
    " to All; the roles Finance, Executive and Admin have them.",
)
RIGHTS_UNREADABLE = declare(
    "CONNECTWISE_RIGHTS_UNREADABLE",
    Unauthorised,
    "ConnectWise does not tell the rights of our member, so {function} was not checked.",
    "Look at System > Security Roles > {module} > {function}: {rights} must be All.",
)
LEVEL_LOW = declare(
    "CONNECTWISE_LEVEL_LOW",
    Unauthorised,
    "The member {member} works at the level {level}; documents of other levels stay hidden.",
    "In ConnectWise open System > Members > API Members > {member} and set Level to Corporate"
    " (Level 1).",
)
MEMBER_INACTIVE = declare(
    "CONNECTWISE_MEMBER_INACTIVE",
    Unauthorised,
    "The member {member} is inactive.",
    "In ConnectWise open System > Members and make {member} active, or name another one.",
)
INTEGRATOR_WEAK = declare(
    "CONNECTWISE_INTEGRATOR_WEAK",
    Unauthorised,
    "The integrator login {integrator} lacks {lacking}.",
    "In ConnectWise open System > Setup Tables > Integrator Login > {integrator} and {change}.",
)
INTEGRATOR_UNREADABLE = declare(
    "CONNECTWISE_INTEGRATOR_UNREADABLE",
    Unauthorised,
    "ConnectWise does not show the set-up of the integrator login {integrator}.",
    "Look at System > Setup Tables > Integrator Login > {integrator}: access level All records,"
    " Member API on.",
)

CORPORATE = 1
"""Id of the highest system level."""

_INTEGRATOR_FLAGS = {
    "canAccessAllRecordsFlag": ("access to all records", "set Access Level to All records"),
    "memberApiFlag": ("the Member API", "tick Member API"),
}
_WORDS = {"add": "Add", "edit": "Edit", "delete": "Delete", "inquire": "Inquire"}


@dataclass(frozen=True, slots=True)
class Right:
    """A part of a security role that is needed.

    Attributes:
        module: the part of the role that it stands in.
        function: its name there.
        names: all names that releases have for it, folded.
        levels: what of it must be All.
    """

    module: str
    function: str
    names: frozenset[str]
    levels: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The levels in words."""
        return ", ".join(_WORDS[level] for level in self.levels)


RIGHTS = (
    Right(
        "Finance",
        "Accounting Interface",
        frozenset({"accountinginterface", "glinterface"}),
        ("add", "edit", "delete", "inquire"),
    ),
    Right("System", "API Reports", frozenset({"apireports", "apireport"}), ("inquire",)),
)


def check_rights(client: Client) -> Iterator[CheckLine]:
    """Yield the lines about the member: rights, level, and acting for another."""
    path = "/system/myMembers"
    member = _told(lambda: shaped(Member, client.get(path), path)) or Member()
    stated = _told(lambda: list(client.pages("/system/mySecurity"))) or []
    for right in RIGHTS:
        yield _line(right, stated, member)
    if member.identifier:
        yield _level(member, member.identifier)
    if client.settings.member:
        yield _acting(client)


def _told(read: Callable[[], T]) -> T | None:
    """Return what the site tells, or none where it does not tell us."""
    try:
        return read()
    except (Rejected, Unauthorised):
        return None


def _line(right: Right, stated: list[Record], member: Member) -> CheckLine:
    name = f"right {right.function}"
    role = member.security_role.shown if member.security_role else "of our member"
    entry = next((each for each in stated if _is(right, each)), None)
    if entry is None:
        unread = RIGHTS_UNREADABLE.warning(
            function=right.function, module=right.module, rights=right.shown
        )
        return CheckLine(name, "not told", (unread,))
    lacking = [level for level in right.levels if _text(entry, f"{level}Level") != "all"]
    if not lacking:
        return CheckLine(name, f"{right.shown}: All (role {role})")
    words = ", ".join(_WORDS[level] for level in lacking)
    finding = RIGHTS_LACKING.finding(
        role=role, module=right.module, function=right.function, rights=words
    )
    return CheckLine(name, f"{words}: not All (role {role})", (finding,))


def _is(right: Right, entry: Mapping[str, object]) -> bool:
    parts = ("Description", "Name", "Identifier")
    return any(_text(entry, f"moduleFunction{part}") in right.names for part in parts)


def _text(entry: Mapping[str, object], name: str) -> str:
    return str(entry.get(name) or "").casefold().replace(" ", "")


def _level(member: Member, name: str) -> CheckLine:
    level = member.structure_level
    findings: list[Finding] = []
    if member.inactive_flag:
        findings.append(MEMBER_INACTIVE.finding(member=name))
    if level is not None and level.id != CORPORATE:
        findings.append(LEVEL_LOW.finding(member=name, level=level.shown))
    shown = level.shown if level else "not told"
    return CheckLine("system level", f"{name}: {shown}", tuple(findings))


def _acting(client: Client) -> CheckLine:
    """Return the line about acting for a member; that it works at all was seen before."""
    settings = client.settings
    name, integrator = "acting for a member", settings.integrator
    if not integrator:
        return CheckLine(name, f"{settings.member}, with API keys")
    condition = equal("username", integrator)
    logins = _told(lambda: list(client.pages("/system/integratorlogins", conditions=condition)))
    found = f"{settings.member}, as {integrator}"
    if not logins:
        return CheckLine(name, found, (INTEGRATOR_UNREADABLE.warning(integrator=integrator),))
    findings = tuple(
        INTEGRATOR_WEAK.finding(integrator=integrator, lacking=lacking, change=change)
        for flag, (lacking, change) in _INTEGRATOR_FLAGS.items()
        if logins[0].get(flag) is not True
    )
    return CheckLine(name, found, findings)
