"""Every data type of the push API, each declared once: to add one, list it here."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from clary.flows.push.declaring import PushType
from clary.flows.push.types_lists import (
    ACCOUNTS,
    BANK_ACCOUNTS,
    COMPANY,
    DIRECT_INCOMES,
    ITEMS,
    JOURNALS,
    PAYMENT_METHODS,
    TAX_RATES,
    TRACKING_CATEGORIES,
)
from clary.flows.push.types_money import BILL_PAYMENTS, DIRECT_COSTS, JOURNAL_ENTRIES, PAYMENTS
from clary.flows.push.types_parties import CUSTOMERS, SUPPLIERS
from clary.flows.push.types_trade import BILL_CREDIT_NOTES, BILLS, CREDIT_NOTES, INVOICES
from clary.ledger.fields import EditionName

ALL_TYPES: Final[tuple[PushType, ...]] = (
    CUSTOMERS,
    SUPPLIERS,
    INVOICES,
    CREDIT_NOTES,
    BILLS,
    BILL_CREDIT_NOTES,
    PAYMENTS,
    BILL_PAYMENTS,
    JOURNAL_ENTRIES,
    DIRECT_COSTS,
    ACCOUNTS,
    ITEMS,
    TAX_RATES,
    TRACKING_CATEGORIES,
    PAYMENT_METHODS,
    BANK_ACCOUNTS,
    JOURNALS,
    DIRECT_INCOMES,
    COMPANY,
)


@dataclass(frozen=True, slots=True)
class Platform:
    """An integration of the API: one edition of Sage 50."""

    key: str
    name: str
    edition: EditionName

    @property
    def integration_id(self) -> str:
        """The id of the integration, the same in every installation."""
        return _named(f"integration:{self.key}")

    @property
    def source_id(self) -> str:
        """The id of the software behind it, the same in every installation."""
        return _named(f"source:{self.key}")


def _named(text: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:clary:push:{text}"))


SOURCE_TYPE: Final = "Accounting"
"""What kind of software every integration is for."""


PLATFORMS: Final[Mapping[EditionName, Platform]] = {
    "uk": Platform("hbql", "Sage 50 (UK)", "uk"),
    "us": Platform("shus", "Sage 50 (US)", "us"),
}
"""The UK key is the established one (push-api.md 2); the US key is our own."""

_BY_NAME: Final = {push_type.name: push_type for push_type in ALL_TYPES}
_BY_PATH: Final = {push_type.data_path: push_type for push_type in ALL_TYPES}


def type_named(name: str) -> PushType | None:
    """Return the type that options, operations and statuses call `name`, or none."""
    return _BY_NAME.get(name)


def type_at(path: str) -> PushType | None:
    """Return the type that paths of `push` and `data` call `path`, or none."""
    return _BY_PATH.get(path)
