"""The address of a ConnectWise site, however a person types it.

People copy it from the browser, with https:// and the page they were on.  What counts is
the host; a connection without encryption would send the keys in the open, so it is taken
for this very machine only, unless a setting allows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from clary.kernel.errors import Rejected, declare

SITE_INVALID = declare(
    "CONNECTWISE_SITE_INVALID",
    Rejected,
    "The site is not the address of a ConnectWise server: {reason}.",
    "State the host that you log in to, such as na.myconnectwise.net.",
    exit_code=2,
)
SITE_UNENCRYPTED = declare(
    "CONNECTWISE_SITE_UNENCRYPTED",
    Rejected,
    "The site {host} would be reached without encryption, and the keys could be read on the way.",
    "State the site with https://; where the server has nothing else, allow it with"
    " --set unencrypted=yes.",
    exit_code=2,
)

LONGEST = 500
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_CLOUD = re.compile(r"(au|aus|eu|na|staging|za)\.myconnectwise\.net")


@dataclass(frozen=True, slots=True)
class Site:
    """A ConnectWise server.

    Attributes:
        scheme: https, or http.
        host: its name, in lower case.
        port: its port, where it is not the usual one.
    """

    scheme: str
    host: str
    port: int | None = None

    @property
    def text(self) -> str:
        """The address as it is stored and shown; https goes without saying elsewhere."""
        place = self.host if self.port is None else f"{self.host}:{self.port}"
        plain = self.scheme == "https" and not self.on_this_machine
        return place if plain else f"{self.scheme}://{place}"

    @property
    def url(self) -> str:
        """The address that requests go to.

        ConnectWise's own cloud answers programs on hosts of their own: api-na for na.
        """
        host = f"api-{self.host}" if _CLOUD.fullmatch(self.host) else self.host
        place = host if self.port is None else f"{host}:{self.port}"
        return f"{self.scheme}://{place}"

    @property
    def on_this_machine(self) -> bool:
        """Tell whether the server runs on this machine."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def parse_site(text: str, *, unencrypted: bool = False) -> Site:
    """Return the server that a person names; path, query and slashes are left off.

    Args:
        text: the host, with or without `https://` and the page of the browser.
        unencrypted: http is taken for other machines too.

    Raises:
        Rejected: it is no address (CONNECTWISE_SITE_INVALID), or one without encryption
            (CONNECTWISE_SITE_UNENCRYPTED).
    """
    parts, port = _split(text)
    host = (parts.hostname or "").rstrip(".")
    shown = f"[{host}]" if ":" in host else host
    if not _HOST.fullmatch(shown):
        raise SITE_INVALID.raised(field="site", reason="it names no host")
    scheme = parts.scheme or ("http" if is_loopback(host) else "https")
    if scheme == "http" and not (unencrypted or is_loopback(host)):
        raise SITE_UNENCRYPTED.raised(field="site", host=shown)
    usual = {"https": 443, "http": 80}[scheme]
    return Site(scheme, shown, None if port == usual else port)


def _split(text: str) -> tuple[SplitResult, int | None]:
    """Return the parts of an address, and its port; nothing of it is shown in an error.

    Raises:
        Rejected: it cannot be read, is no web address, or holds a user and password.
    """
    stated = text.strip()[:LONGEST]
    try:
        parts = urlsplit(stated if "://" in stated else f"//{stated}")
        port = parts.port
    except ValueError as error:
        raise SITE_INVALID.raised(field="site", reason="it cannot be read") from error
    if parts.scheme not in ("", "http", "https"):
        raise SITE_INVALID.raised(field="site", reason="it does not start with https://")
    if parts.username is not None or parts.password is not None:
        raise SITE_INVALID.raised(field="site", reason="it holds a user name or password")
    return parts, port
