"""Everything that must be right at a site before documents are posted, in one list.

Every line is ok or says what to change and where; nothing is written to the site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from clary.apps.connectwise.checking import CheckLine, CheckState, looked
from clary.apps.connectwise.client import Client
from clary.apps.connectwise.gaps import (
    COMPANY_FIELDS,
    check_companies,
    check_members,
    check_product_types,
)
from clary.apps.connectwise.problems import KEYS_REFUSED, NOT_FOUND
from clary.apps.connectwise.resources import Accounting
from clary.apps.connectwise.rights import check_rights
from clary.apps.connectwise.set_up import Ask, check_accounts, check_package, exports_expenses
from clary.kernel.errors import ClaryError, Rejected

__all__ = ["Ask", "CheckLine", "CheckState", "check", "prove"]


def check(client: Client, ask: Ask) -> Iterator[CheckLine]:
    """Yield what was looked at, line by line; the list ends early where nobody answers.

    Args:
        client: the site, with keys.
        ask: what the checks shall take for granted.
    """
    accounting = Accounting(client)
    for name, look in (("site", find_site), ("log on", log_on)):
        line = _essential(name, lambda look=look: look(client))  # type: ignore[misc]  # a bound loop variable
        yield line
        if line.findings:
            return
    yield from check_rights(client)
    yield from looked(
        "accounting package", accounting.package_setup, lambda setup: check_package(setup, ask)
    )
    yield from looked(
        "account segments",
        lambda: (accounting.gl_captions(), list(accounting.gl_accounts())),
        lambda found: check_accounts(*found, ask),
    )
    yield from looked(
        "customers", lambda: list(accounting.companies(fields=COMPANY_FIELDS)), check_companies
    )
    if _exports_expenses(accounting):
        yield from looked("members", lambda: list(accounting.members()), check_members)
    yield from looked(
        "product types", lambda: list(accounting.product_types()), check_product_types
    )


def _essential(name: str, look: Callable[[], str]) -> CheckLine:
    try:
        return CheckLine(name, look())
    except ClaryError as error:
        return CheckLine(name, error.findings[0].message, error.findings)


def prove(client: Client) -> str:
    """Find the site and log on; return what answers, in words.

    Raises:
        Misconfigured, Unauthorised, Unreachable, Busy: as `Client` has them.
    """
    find_site(client)
    return log_on(client)


def find_site(client: Client) -> str:
    """Return the site and its code base in words; it needs no keys."""
    settings = client.settings
    return f"{settings.site.text}, code base {settings.codebase or client.discover()}"


def log_on(client: Client) -> str:
    """Log on, and return version, company and member in words.

    Raises:
        Unauthorised: the keys are not taken.
    """
    settings = client.settings
    try:
        version = Accounting(client).site_version()
    except Rejected as error:
        if error.code != NOT_FOUND.name:
            raise
        # The cloud says "not found" to keys of another company (connectwise.md section 4).
        raise KEYS_REFUSED.raised(said="it finds nothing for this company and keys") from error
    who = settings.member or "the owner of the API keys"
    return f"ConnectWise {version or 'of an unknown version'}, company {settings.company}, as {who}"


def _exports_expenses(accounting: Accounting) -> bool:
    """Tell whether expenses are exported; where that cannot be told, they may be."""
    try:
        setup = accounting.package_setup()
    except ClaryError:
        return True
    return setup is None or exports_expenses(setup)
