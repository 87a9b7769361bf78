"""Settings that are stored for the installation or for one company, each declared once.

They are decisions about how work is done, which people change while it goes on; what the
program needs before it can open its database is in `kernel/settings.py`, and what leads to a
company or app stands with its connection.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from clary.hub.tables import SETTING
from clary.kernel.errors import Rejected, declare

DECISION_UNKNOWN = declare(
    "DECISION_UNKNOWN",
    Rejected,
    "There is no setting {name!r}.",
    "Use one of: {known}.",
    http_status=404,
    exit_code=2,
)
DECISION_INVALID = declare(
    "DECISION_INVALID",
    Rejected,
    "The setting {name} cannot be {value!r}.",
    "Use {expected}.",
    exit_code=2,
)

DECISION_OF_COMPANY = declare(
    "DECISION_OF_COMPANY",
    Rejected,
    "The setting {name} is for single companies.",
    "Name the company: `clary setting set {name} VALUE --company NAME`.",
    http_status=400,
    exit_code=2,
)

DECISION_FOR_ALL = declare(
    "DECISION_FOR_ALL",
    Rejected,
    "The setting {name} cannot differ from company to company.",
    "Leave --company out.",
    exit_code=2,
)

YES = "yes"
DECISIONS = "decisions"
"""Scope of what writes to stored settings."""

_DIGITS = 15
_LONGEST_NAME = 80
_LONGEST_ADDRESS = 200
_HOURS = re.compile("((?:[01][0-9]|2[0-3]):[0-5][0-9])-((?:[01][0-9]|2[0-3]):[0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Decision:
    """One stored setting.

    Attributes:
        name: its name.
        meaning: what it decides.
        expected: what it takes, in words.
        tidied: returns a value as it is stored, or none where it cannot be used.
        of_company: it is stored for single companies only.
        for_all: it is stored for the whole installation only.
        default: what holds where nothing is stored; empty where that is no decision.
    """

    name: str
    meaning: str
    expected: str
    tidied: Callable[[str], str | None]
    of_company: bool = False
    for_all: bool = False
    default: str = ""

    def checked(self, value: str) -> str:
        """Return a value as it is stored.

        Raises:
            Rejected: it cannot be used (DECISION_INVALID).
        """
        kept = self.tidied(value.strip())
        if kept is None:
            raise DECISION_INVALID.raised(name=self.name, value=value[:80], expected=self.expected)
        return kept


def _amount(value: str) -> str | None:
    """Return an amount of money with two decimals."""
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 <= amount < 10**_DIGITS:
        return None
    cents = abs(amount).quantize(Decimal("0.01"))  # zero has no sign
    return str(cents) if cents == amount else None


APPROVAL_AMOUNT = Decision(
    "approval_amount",
    "plans above this amount, in the company's currency, need someone else's approval",
    "an amount such as 10000.00",
    _amount,
)


def _hours(value: str) -> str | None:
    """Return a daily span of time such as 08:00-17:30, which may pass midnight."""
    found = _HOURS.fullmatch(value)
    if found is None or found[1] == found[2]:
        return None
    return f"{found[1]}-{found[2]}"


def _group(value: str) -> str | None:
    """Return a name of 1 to 80 signs that can be shown."""
    return value if 0 < len(value) <= _LONGEST_NAME and value.isprintable() else None


QUIET_HOURS = Decision(
    "quiet_hours",
    "when nothing is written to the company by itself, by the clock of the server",
    "two times such as 08:00-17:30",
    _hours,
)
SESSION_GROUP = Decision(
    "session_group",
    "companies with the same name here are reached through one Sage installation (host,"
    " Windows user, driver), one at a time",
    "a name of up to 80 letters such as SERVER1/clary/sdo",
    _group,
)


def _yes_or_no(value: str) -> str | None:
    return value.lower() if value.lower() in (YES, "no") else None


NOT_WHILE_IN_USE = Decision(
    "not_while_in_use",
    "nothing is written to the company by itself while somebody is logged on to it in Sage",
    "yes or no",
    _yes_or_no,
    of_company=True,
)


def _address(value: str) -> str | None:
    """Return an address of the web, without a slash at its end."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return None
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    good = parts.scheme in ("http", "https") and parts.hostname and port != 0
    seen = value.isprintable() and " " not in value and len(value) <= _LONGEST_ADDRESS
    return value.rstrip("/") if good and plain and seen else None


BASE_URL = Decision(
    "base_url",
    "address at which people reach this installation, for the links in messages"
    " (http://127.0.0.1:8050 where nothing is set)",
    "an address such as https://clary.example.com",
    _address,
    default="http://127.0.0.1:8050",
    for_all=True,
)
REFUSE_FOREIGN_BILLS = Decision(
    "refuse_foreign_bills",
    "while Foreign Trader is off, pushed bills in a foreign currency are refused (UK)",
    "yes or no",
    _yes_or_no,
)

ALL: Mapping[str, Decision] = {
    each.name: each
    for each in (
        APPROVAL_AMOUNT,
        QUIET_HOURS,
        SESSION_GROUP,
        NOT_WHILE_IN_USE,
        REFUSE_FOREIGN_BILLS,
        BASE_URL,
    )
}
"""Every stored setting by its name."""


def decision_named(name: str) -> Decision:
    """Return the stored setting called `name`.

    Raises:
        Rejected: there is none (DECISION_UNKNOWN).
    """
    found = ALL.get(name)
    if found is None:
        raise DECISION_UNKNOWN.raised(name=name[:80], known=", ".join(ALL))
    return found


def stored_value(read: Connection, decision: Decision, company: str | None) -> str | None:
    """Return what is stored for exactly this company, for the installation if none."""
    query = select(SETTING.c.value).where(_is(decision, company))
    value: str | None = read.execute(query).scalar_one_or_none()
    return value


def value_for(read: Connection, decision: Decision, company: str) -> str | None:
    """Return what holds for a company: its own value, else that of the installation."""
    own = stored_value(read, decision, company)
    return own if own is not None else stored_value(read, decision, None)


def store_value(
    write: Connection, decision: Decision, company: str | None, value: str | None
) -> None:
    """Store a value in place of the one before, or forget it."""
    write.execute(delete(SETTING).where(_is(decision, company)))
    if value is not None:
        folded = (company or "").casefold()
        write.execute(insert(SETTING).values(name=decision.name, company=folded, value=value))


def _is(decision: Decision, company: str | None) -> ColumnElement[bool]:
    folded = (company or "").casefold()
    return (SETTING.c.name == decision.name) & (SETTING.c.company == folded)
