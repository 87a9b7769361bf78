"""What a connection to ConnectWise needs to know, read from the settings of a person.

Nothing here is looked up: a wrong setting is told before the first request goes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clary.apps.connectwise.site import Site, parse_site
from clary.kernel.errors import Misconfigured, declare

CREDENTIALS_MISSING = declare(
    "CONNECTWISE_CREDENTIALS_MISSING",
    Misconfigured,
    "There is nothing to log on to ConnectWise with.",
    "Make API keys in ConnectWise (System > Members > API Members > API Keys), then state"
    " --set public_key=… and --secret private_key; or an integrator login (System > Setup Tables >"
    " Integrator Login) with --set integrator=… --secret integrator_password, and --set member=….",
    exit_code=2,
)

VERSION = "2025.1"
PAGE_SIZE = 1000
"""Records of one page; a site gives no more than 1,000 at once."""

TIMEOUT = 45
"""Seconds of one call; less than a lease on a company lasts."""

DELIMITERS: Mapping[str, str] = {"colon": ":", "hyphen": "-"}
"""What stands between the segments of an account number, by the name of the choice."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one connection to ConnectWise.

    Attributes:
        site: the server.
        company: id of the company that one logs in to.
        client_id: what ConnectWise knows this program by (developer.connectwise.com).
        public_key: public part of the API keys; empty where an integrator logs on.
        private_key: private part of the API keys.
        member: the member to act as; empty to act as the owner of the keys.
        integrator: user name of the integrator login; empty where keys are used.
        integrator_password: its password.
        codebase: part of every address that changes with releases; empty to ask the site.
        version: version of the API.
        page_size: records of one page.
        timeout: seconds that one call may take.
        patience: seconds that one call may wait in all for a site that is busy.
        retries: how often a call is tried again.
        answer_bytes: size of the largest answer that is read.
        certificates: file of certificate authorities to trust beside the usual ones.
        delimiter: what stands between the segments of an account number.
    """

    site: Site
    company: str
    client_id: str
    public_key: str = ""
    private_key: str = field(default="", repr=False)
    member: str = ""
    integrator: str = ""
    integrator_password: str = field(default="", repr=False)
    codebase: str = ""
    version: str = VERSION
    page_size: int = PAGE_SIZE
    timeout: int = TIMEOUT
    patience: int = 120
    retries: int = 4
    answer_bytes: int = 64 * 1024 * 1024
    certificates: str = ""
    delimiter: str = DELIMITERS["hyphen"]

    @classmethod
    def of(cls, stated: Mapping[str, str]) -> Settings:
        """Return the settings that a person stated, by the names of `hub.apps`.

        Raises:
            Rejected: the site is no address, or one without encryption.
            Misconfigured: there is nothing to log on with
                (CONNECTWISE_CREDENTIALS_MISSING).
        """
        unencrypted = stated.get("unencrypted") == "yes"
        keys = stated.get("public_key") and stated.get("private_key")
        login = stated.get("integrator") and stated.get("integrator_password")
        if not (keys or (login and stated.get("member"))):
            raise CREDENTIALS_MISSING.raised()
        return cls(
            site=parse_site(stated["site"], unencrypted=unencrypted),
            company=stated["company"].strip(),
            client_id=stated["client_id"].strip(),
            public_key=stated.get("public_key", "").strip(),
            private_key=stated.get("private_key", "").strip(),
            member=stated.get("member", "").strip(),
            integrator=stated.get("integrator", "").strip(),
            integrator_password=stated.get("integrator_password", ""),
            codebase=stated.get("codebase", "").strip().strip("/"),
            version=stated.get("version", "").strip() or VERSION,
            page_size=min(max(int(stated.get("page_size") or PAGE_SIZE), 1), PAGE_SIZE),
            timeout=max(int(stated.get("timeout") or TIMEOUT), 1),
            certificates=stated.get("certificates", ""),
            delimiter=DELIMITERS[stated.get("account_delimiter") or "hyphen"],
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        return tuple(each for each in (self.private_key, self.integrator_password) if each)

    @property
    def identity(self) -> str:
        """What names the company and its server; that it is the very site, its mark tells.

        The port is left out, as a server may move to another one.
        """
        return f"{self.site.host}/{self.company}".casefold()
