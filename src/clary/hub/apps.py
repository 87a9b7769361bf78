"""The other systems that an installation can work with, and the settings each one asks for.

To add a system, declare it here, as drivers of companies are in `hub/drivers.py`; its
package is loaded only when a connection to it is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Protocol, Self

from clary.hub.kinds import ConnectionSetting, Form, Kind, SettingCodes
from clary.kernel.change import Body, Target
from clary.kernel.clock import Clock
from clary.kernel.errors import Finding, Misconfigured, Rejected, declare
from clary.kernel.masking import SHORTEST

APP_KIND_UNKNOWN = declare(
    "APP_KIND_UNKNOWN",
    Rejected,
    "There is no kind of app called {name!r}.",
    "Use one of: {known}.",
    http_status=404,
    exit_code=2,
)
APP_SETTING_UNKNOWN = declare(
    "APP_SETTING_UNKNOWN",
    Rejected,
    "This app has no setting {name!r}{near}.",
    "Use one of: {known}.",
    exit_code=2,
)
APP_SETTING_MISSING = declare(
    "APP_SETTING_MISSING",
    Misconfigured,
    "The app {kind} needs the setting {name} ({meaning}).",
    "State it with {option}.",
    exit_code=2,
)
APP_SETTING_INVALID = declare(
    "APP_SETTING_INVALID",
    Rejected,
    "The setting {name} cannot be {value!r}.",
    "Use {expected}.",
    exit_code=2,
)


class Line(Protocol):
    """One line of the list of what was looked at."""

    @property
    def name(self) -> str:
        """What was looked at."""
        ...

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong or doubtful; empty where all is well."""
        ...

    @property
    def found(self) -> str:
        """What was found."""
        ...

    @property
    def remedy(self) -> str:
        """What to change and where."""
        ...

    @property
    def state(self) -> str:
        """How it stands: ok, warning or failed."""
        ...

    def as_dict(self) -> Body:
        """Return the line as JSON-ready values."""
        ...


class App(Protocol):
    """A connection to another system in use, to be closed after use."""

    identity: str
    title: str

    def __enter__(self) -> Self:
        """Return the connection."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        """Close it."""
        ...

    def prove(self) -> str:
        """Log on, and return what answers, in words."""
        ...

    def mark(self) -> str:
        """Return what tells it from others of the same identity, or empty where nothing does."""
        ...

    def check(self, accounts: Sequence[str] = ()) -> Iterator[Line]:
        """Yield what must be right before the system is worked with."""
        ...

    def target(self, hold: Callable[[timedelta], None]) -> Target:
        """Return the system as a target of the executor.

        Args:
            hold: called before each request with the longest time that it may take; it
                raises where the right to write is lost, and then nothing is sent.
        """
        ...

    def close(self) -> None:
        """Close it."""
        ...


@dataclass(frozen=True)
class AppKind(Kind):
    """One kind of other system.

    Attributes:
        open: makes the connection from settings whose paths are whole; imports the app.
    """

    codes = SettingCodes(APP_SETTING_UNKNOWN, APP_SETTING_MISSING, APP_SETTING_INVALID)

    open: Callable[[Mapping[str, str], Clock], App]


def _open_connectwise(settings: Mapping[str, str], clock: Clock) -> App:
    from clary.apps.connectwise.app import ConnectwiseApp  # noqa: PLC0415 - apps load when used

    return ConnectwiseApp(settings, clock)


def _tidied_site(text: str) -> str:
    from clary.apps.connectwise.site import parse_site  # noqa: PLC0415 - apps load when used

    # Whether it may be reached without encryption is judged with all settings together.
    return parse_site(text, unencrypted=True).text


def _tidied_initials(text: str) -> str:
    from clary.flows.batch.naming import checked_initials  # noqa: PLC0415 - loads when used

    return checked_initials(text)


YES_OR_NO = ("yes", "no")

_CREATING = ("create", "ask", "refuse")
_BATCH = (
    ConnectionSetting(
        "create_customers", "what a batch does about new customers", choices=_CREATING
    ),
    ConnectionSetting("create_vendors", "what it does about new vendors", choices=_CREATING),
    ConnectionSetting("create_items", "what it does about new items", choices=_CREATING),
    ConnectionSetting(
        "shorten_names",
        "cut names that are longer than Sage's field (default: no)",
        choices=YES_OR_NO,
    ),
    ConnectionSetting("freight_account", "account of freight where ConnectWise states none"),
    ConnectionSetting(
        "tax_policy",
        "what a batch does where the books work out other tax (default: refuse)",
        choices=("refuse", "adjust", "accept"),
    ),
    ConnectionSetting(
        "tax_limit", "difference in cents that the tax policy accept accepts", bounds=(0, 10_000)
    ),
    ConnectionSetting("rounding_account", "account of the tax policy adjust"),
    ConnectionSetting("untaxed_code", "tax code of untaxed lines in UK books (default: T0)"),
    ConnectionSetting(
        "batch_per",
        "one batch for a run, or one for each document (default: run)",
        choices=("run", "document"),
    ),
    ConnectionSetting(
        "initials", "initials in suggested batch numbers, 1 to 4 letters", tidied=_tidied_initials
    ),
)
"""What a person decides about batches once; a command may decide otherwise."""

CONNECTWISE = AppKind(
    "connectwise",
    "ConnectWise PSA, where a service company bills.",
    (
        ConnectionSetting(
            "site", "the host that you log in to", required=True, tidied=_tidied_site
        ),
        ConnectionSetting("company", "the company that you log in to", required=True),
        ConnectionSetting(
            "client_id", "the client ID from developer.connectwise.com", required=True
        ),
        ConnectionSetting("public_key", "public key of the API member"),
        ConnectionSetting(
            "private_key", "private key of the API member", secret=True, shortest=SHORTEST
        ),
        ConnectionSetting("member", "the member to act for, if not the owner of the keys"),
        ConnectionSetting("integrator", "user name of an integrator login, instead of keys"),
        ConnectionSetting(
            "integrator_password", "password of that login", secret=True, shortest=SHORTEST
        ),
        ConnectionSetting(
            "account_delimiter",
            "what stands between the segments of an account number (default: hyphen)",
            choices=("colon", "hyphen"),
        ),
        ConnectionSetting(
            "costing", "cost entries are wanted in exports (default: no)", choices=YES_OR_NO
        ),
        ConnectionSetting(
            "codebase",
            "code base of the site; the site is asked for it if not set",
            form=Form(r"\w+/?", "a name such as v4_6_release"),
        ),
        ConnectionSetting(
            "version",
            "version of the interface (default: 2025.1)",
            form=Form("20[0-9]{2}[.][0-9]{1,2}", "a version such as 2025.1"),
        ),
        ConnectionSetting("page_size", "records of one page (default: 1000)", bounds=(1, 1000)),
        ConnectionSetting(
            "timeout", "seconds that one call may take (default: 45)", bounds=(1, 600)
        ),
        ConnectionSetting("certificates", "file of authorities of an own server", path=True),
        ConnectionSetting(
            "unencrypted", "reach another machine over http (default: no)", choices=YES_OR_NO
        ),
        *_BATCH,
    ),
    _open_connectwise,
)

APPS: Mapping[str, AppKind] = {kind.name: kind for kind in (CONNECTWISE,)}
"""Every kind of app by its name."""


def app_kind_named(name: str) -> AppKind:
    """Return the kind of app called `name`.

    Raises:
        Rejected: there is none (APP_KIND_UNKNOWN).
    """
    found = APPS.get(name)
    if found is None:
        raise APP_KIND_UNKNOWN.raised(name=name[:80], known=", ".join(APPS))
    return found
