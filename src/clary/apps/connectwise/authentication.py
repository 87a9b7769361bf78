"""How a request says who sends it: API keys, or a member that is acted for.

Acting for a member takes a token, which is fetched once and kept until shortly before it
runs out.  What is kept here is never shown: not in a repr, not in an error.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from clary.apps.connectwise.settings import Settings

LEEWAY = timedelta(minutes=1)
"""A token is fetched anew this long before it runs out, as clocks differ."""

LIFETIME = timedelta(hours=1)
"""How long a token is kept whose answer does not say how long it lasts."""

USER_TYPE = "x-cw-usertype"


@dataclass(frozen=True, slots=True)
class Keys:
    """What a request is signed with.

    Attributes:
        company: id of the company.
        user: public key, or name of the integrator.
        password: private key, or the integrator's password.
        user_type: what kind of user ConnectWise is told; empty to leave it out.
        until: when they run out, aware; none for keys that last.
    """

    company: str
    user: str
    password: str = field(repr=False)
    user_type: str = ""
    until: datetime | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers that sign a request."""
        text = f"{self.company}+{self.user}:{self.password}"
        encoded = base64.b64encode(text.encode("utf-8")).decode("ascii")
        signed = {"authorization": f"Basic {encoded}"}
        return {**signed, USER_TYPE: self.user_type} if self.user_type else signed

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        return (self.password, f"{self.company}+{self.user}:{self.password}")

    def good_at(self, now: datetime) -> bool:
        """Tell whether they can still be used at a moment."""
        return self.until is None or now < self.until - LEEWAY


def stated_keys(settings: Settings) -> Keys:
    """Return the keys of the settings: those of an integrator where there is one."""
    if settings.integrator:
        return Keys(
            settings.company, settings.integrator, settings.integrator_password, "integrator"
        )
    # Acting for another is asked for as a member; the owner of the keys needs no word.
    kind = "member" if settings.member else ""
    return Keys(settings.company, settings.public_key, settings.private_key, kind)


def token_keys(company: str, answer: Mapping[str, object], now: datetime) -> Keys | None:
    """Return the keys that the call for a token answered, or none where it holds none."""
    user, password = answer.get("publicKey"), answer.get("privateKey")
    if not (isinstance(user, str) and isinstance(password, str) and user and password):
        return None
    return Keys(company, user, password, "member", _expiration(answer.get("expiration"), now))


def _expiration(value: object, now: datetime) -> datetime:
    """Return when a token runs out; a moment without a zone is taken as UTC."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else now + LIFETIME
    except ValueError:
        return now + LIFETIME
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
