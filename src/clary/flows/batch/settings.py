"""What a bookkeeper decides about a batch once, beside the mapping of single references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Creating(StrEnum):
    """What happens where a customer, vendor or item is not in the books yet."""

    CREATE = "create"
    ASK = "ask"
    REFUSE = "refuse"


class TaxPolicy(StrEnum):
    """What happens where the books work out other tax than ConnectWise states."""

    REFUSE = "refuse"
    ADJUST = "adjust"
    ACCEPT = "accept"


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """The settings of the batch of one app into one company.

    Attributes:
        delimiter: what stands between the segments of an account number.
        create: what to do by record type (customer, vendor, item); create if not named.
        confirmed: creations that a person has confirmed, as `customer:ACME`.
        shorten_names: cut names and addresses that are longer than Sage's field.
        freight_account: account of freight, where ConnectWise states none.
        tax_policy: what to do where the books work out other tax.
        tax_limit: minor units of difference that the policy `accept` accepts.
        rounding_account: account of the adjusting line of the policy `adjust`.
        untaxed_code: tax code of UK lines that ConnectWise does not tax.
    """

    delimiter: str = "-"
    create: Mapping[str, Creating] = field(default_factory=dict)
    confirmed: frozenset[str] = frozenset()
    shorten_names: bool = False
    freight_account: str | None = None
    tax_policy: TaxPolicy = TaxPolicy.REFUSE
    tax_limit: int = 0
    rounding_account: str | None = None
    untaxed_code: str = "T0"

    def creating(self, record_type: str, key: str) -> Creating:
        """Return what to do about a missing record; what was confirmed is created."""
        chosen = self.create.get(record_type, Creating.CREATE)
        if chosen is Creating.ASK and confirmation(record_type, key) in self.confirmed:
            return Creating.CREATE
        return chosen


def confirmation(record_type: str, key: str) -> str:
    """Return how the confirmation of a creation is written: `customer:ACME`."""
    return f"{record_type}:{key}"
