"""Whether somebody works in a company, for those that are to be left alone meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from clary.companies.contract import Company
from clary.hub.decisions import NOT_WHILE_IN_USE
from clary.kernel.errors import Busy, Unsupported, declare

COMPANY_IN_USE = declare(
    "COMPANY_IN_USE",
    Busy,
    "Nothing is written to {company} while somebody is logged on to it in Sage: {people}.",
    "It goes on by itself once they have logged off; or unset the setting not_while_in_use.",
)
PRESENCE_UNKNOWN = declare(
    "PRESENCE_UNKNOWN",
    Unsupported,
    "No driver of {company} can tell whether somebody is logged on to it in Sage.",
    "State the hours of work with `clary setting set quiet_hours 08:00-17:30 --company {company}`"
    f" in place of {NOT_WHILE_IN_USE.name}.",
    http_status=400,
    exit_code=2,
)


def people_in(name: str, company: Company) -> Sequence[str]:
    """Return the users that people have a company open under just now.

    Args:
        name: what people call the company.
        company: the company.

    Raises:
        Unsupported: no driver of it can tell (PRESENCE_UNKNOWN).
        Busy, Unreachable, Misconfigured: it cannot be opened.
    """
    found = company.logged_on()
    if found is None:
        raise PRESENCE_UNKNOWN.raised(company=name)
    return found


def require_nobody(name: str, company: Company) -> None:
    """Make sure that nobody is logged on to a company in Sage.

    Raises:
        Busy: somebody is (COMPANY_IN_USE), or it cannot be opened.
        Unsupported, Unreachable, Misconfigured: as for `people_in`.
    """
    people = people_in(name, company)
    if people:
        raise COMPANY_IN_USE.raised(company=name, people=", ".join(people))
