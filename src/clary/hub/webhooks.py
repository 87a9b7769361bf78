"""Sends signed messages by Standard Webhooks, and to nobody inside the own network.

An address is looked up once, every address it may stand for is checked, and the connection goes
to the very address that was checked: a name that later leads elsewhere changes nothing.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import secrets
import socket
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Final
from urllib.parse import urlsplit

import httpx
from standardwebhooks import Webhook

from clary.kernel.errors import Rejected, declare
from clary.kernel.settings import WEBHOOKS, Settings

WEBHOOK_TARGET_REFUSED = declare(
    "WEBHOOK_TARGET_REFUSED",
    Rejected,
    "{url} cannot be told of anything: {reason}.",
    "Use an https address that is reachable from the internet, or set"
    f" {WEBHOOKS.name} to `any` for trials.",
    http_status=400,
)
SECONDS: Final = 15.0
"""How long a receiver has to answer (push-api.md 1.7)."""

GRACE: Final = 2.0
"""How long a process that is to end still waits for an answer; without it, it sends again."""

_LOOK: Final = 0.2
"""Seconds between two looks whether the process is to end."""

URL_LENGTH: Final = 2000
SECRET_BYTES: Final = 24
_ANSWERED: Final = 200
_LAST_GOOD: Final = 299
_PORTS: Final = {"http": 80, "https": 443}

RETRIES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=8),
    timedelta(hours=8),
)
"""Pauses before each further attempt: for a day, as the established API does it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one attempt.

    Attributes:
        status: HTTP status of the answer; none where there was none.
        reason: why it counts as not delivered; none where it was delivered.
    """

    status: int | None
    reason: str | None


def new_secret() -> str:
    """Return a new secret to sign with, as receivers store it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def private_allowed(settings: Settings) -> bool:
    """Tell whether messages may go to this machine and its network."""
    return settings.webhooks == "any"


def check_target(url: str, *, private: bool) -> str:
    """Return the address to connect to for a URL.

    Args:
        url: where messages go.
        private: this machine and its network may be told, and without encryption.

    Raises:
        Rejected: messages cannot go there (WEBHOOK_TARGET_REFUSED).
    """
    reason, address = _looked_up(url, private=private)
    if reason is not None or address is None:
        raise WEBHOOK_TARGET_REFUSED.raised(url=url[:200], reason=reason)
    return address


def _looked_up(url: str, *, private: bool) -> tuple[str | None, str | None]:
    """Return why nothing can go to a URL, or the address it stands for."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return "it is no address of the web", None
    if len(url) > URL_LENGTH or not parts.hostname or parts.scheme not in _PORTS:
        return "it is no address of the web", None
    if parts.scheme != "https" and not private:
        return "it is not encrypted (https)", None
    if parts.username or parts.password:
        return "it holds a user or a password", None
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return "its name leads nowhere", None
    addresses = [str(entry[4][0]) for entry in found]
    if not private and not all(_is_public(each) for each in addresses):
        return "it is inside a private network", None
    return (None, addresses[0]) if addresses else ("its name leads nowhere", None)


_NETWORKS: Final = tuple(
    map(
        ipaddress.ip_network,
        ("::/96", "fec0::/10", "64:ff9b:1::/48", "192.88.99.0/24"),
    )
)
"""What counts as public by its number, yet leads, or once led, to somewhere inside: addresses of
IPv4 written as IPv6, those of a site, translations of one's own, and a tunnel's."""

_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""Stands for all of IPv4 where a network has IPv6 alone (RFC 6052)."""


def _is_public(address: str) -> bool:
    """Tell whether an address is on the internet, whatever it is wrapped in."""
    found = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
    inside = any(found in network for network in _NETWORKS)
    return found.is_global and not found.is_multicast and not inside


def _unwrapped(
    found: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address of IPv4 that one of IPv6 leads to, else the address itself."""
    if isinstance(found, ipaddress.IPv4Address):
        return found
    if found in _TRANSLATED:
        return ipaddress.IPv4Address(found.packed[-4:])
    return found.ipv4_mapped or found.sixtofour or found


def send(
    url: str,
    secret: str,
    message: str,
    body: str,
    now: datetime,
    *,
    private: bool,
    ending: Event | None = None,
) -> Sent:
    """Send one message, signed, and return what became of it.

    Args:
        url: where it goes.
        secret: signs it.
        message: its id, the same at every attempt.
        body: JSON text.
        now: the present moment, aware.
        private: see `check_target`.
        ending: once it is set, the answer is waited for only a moment longer.
    """
    reason, address = _looked_up(url, private=private)
    if reason is not None or address is None:
        return Sent(None, reason)
    parts = urlsplit(url)
    host = f"[{address}]" if ":" in address else address
    port = parts.port or _PORTS[parts.scheme]
    target = parts._replace(netloc=f"{host}:{port}").geturl()
    headers = {
        "Host": parts.netloc,
        "Content-Type": "application/json",
        "User-Agent": "clary-webhooks",
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message, now, body),
    }
    sending = _status(target, body, headers, parts.hostname or "")
    try:
        status = asyncio.run(_in_time(sending, ending or Event()))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return Sent(None, type(error).__name__)
    if status is None:
        return Sent(None, "no answer in time")
    good = _ANSWERED <= status <= _LAST_GOOD
    return Sent(status, None if good else f"HTTP {status}")


async def _status(target: str, body: str, headers: dict[str, str], host: str) -> int:
    """Post a message and return the status of the answer, whose body is not read."""
    async with httpx.AsyncClient(
        timeout=SECONDS, follow_redirects=False, trust_env=False
    ) as client:
        request = client.build_request(
            "POST",
            target,
            content=body.encode(),
            headers=headers,
            extensions={"sni_hostname": host},
        )
        answer = await client.send(request, stream=True)
        await answer.aclose()
    return answer.status_code


async def _in_time(sending: Coroutine[None, None, int], ending: Event) -> int | None:
    """Return what was answered, or none where it took too long as a whole.

    A receiver that lets a byte through now and then keeps every single wait short.
    """
    task = asyncio.ensure_future(sending)
    until = time.monotonic() + SECONDS
    while not task.done():
        if ending.is_set():
            until = min(until, time.monotonic() + GRACE)
            ending = Event()
        left = until - time.monotonic()
        if left <= 0:
            task.cancel()
            await asyncio.wait({task})
            return None
        await asyncio.wait({task}, timeout=min(left, _LOOK))
    return task.result()
