"""The settings of a company that its posting rules depend on, told or assumed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from clary.companies.contract import Info, Query, Session
from clary.kernel.errors import Unsupported
from clary.ledger.editions import uk
from clary.ledger.posting.stored import units_of
from clary.ledger.posting.uk_currency import RATE_PLACES
from clary.ledger.posting.views import Policy

CONTROLS: Final = ("accounts_receivable", "accounts_payable")
"""US defaults that go by the type of their account."""

REGULAR_AND_EXEMPT: Final = {1: True, 2: False}
"""Item tax types of a new US company, and whether they are taxed."""


def assumed_policy(session: Session, info: Info) -> Policy:
    """Return the settings that are most likely where the door cannot tell them.

    US: a control account is the only one of its type; other defaults are unset.  UK: the
    control accounts and tax codes that every company starts with.
    """
    is_uk = info.edition == "uk"
    return Policy(
        edition=info.edition,
        currency=info.currency,
        defaults=uk.DEFAULTS if is_uk else dict(_only_controls(session)),
        tax_types=REGULAR_AND_EXEMPT,
        negative_stock=not is_uk,
        foreign_trader=info.foreign_trader,
        rates=dict(_rates(session)) if is_uk else {},
    )


def _only_controls(session: Session) -> Iterator[tuple[str, str]]:
    found: dict[str, list[str]] = {name: [] for name in CONTROLS}
    for body in session.read("account", Query()):
        if body.get("type") in found and not body.get("inactive"):
            found[str(body["type"])].append(str(body["id"]))
    return ((name, ids[0]) for name, ids in found.items() if len(ids) == 1)


def _rates(session: Session) -> Iterator[tuple[str, int]]:
    try:
        for body in session.read("currency", Query()):
            if body.get("rate"):
                yield str(body["id"]), units_of(body["rate"], RATE_PLACES)
    except Unsupported:
        return
