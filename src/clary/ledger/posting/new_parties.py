"""The default account that a new US customer or vendor takes, and what its lack means.

Source: the rule US-DEFAULTS of the edition's table (inferred).
"""

from __future__ import annotations

from typing import Final

from clary.kernel.change import Body
from clary.kernel.errors import Rejected, declare
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.views import Policy

DEFAULT_MISSING = declare(
    "DEFAULT_MISSING",
    Rejected,
    "A new {type} needs the company's default {label}, which is not set.",
    "Set it in {menu}, or state account_id.",
)

_DEFAULTS: Final = {
    ("us", "customer"): (
        "sales",
        "GL revenue account",
        "Maintain > Default Information > Customers",
    ),
    ("us", "vendor"): (
        "purchases",
        "GL expense account",
        "Maintain > Default Information > Vendors",
    ),
}


def fill_default_account(policy: Policy, problems: Problems, record_type: str, body: Body) -> None:
    """Fill in the company's default account, or note that it is not set."""
    needed = _DEFAULTS.get((policy.edition, record_type))
    if needed is None or body.get("account_id") is not None:
        return
    name, label, menu = needed
    default = policy.defaults.get(name)
    if default is not None:
        body["account_id"] = default
        return
    note = problems.error if policy.party_defaults_required else problems.warn
    note(DEFAULT_MISSING, "account_id", type=record_type, label=label, menu=menu)
