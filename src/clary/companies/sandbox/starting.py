"""What Sage 50 itself gives a new company, before anyone has entered anything.

US: nothing but its periods and users.  UK: the control accounts, the default bank, the
tax codes T0 to T99, the base currency and department 0.
"""

from __future__ import annotations

import json
from pathlib import Path

from clary.companies.sandbox.values import set_values
from clary.kernel.change import Body
from clary.kernel.money import canonical
from clary.ledger.editions import uk
from clary.ledger.fields import EditionName

RATE_PLACES = 3
CURRENCY_NAMES = {"GBP": "Pound sterling", "EUR": "Euro", "USD": "US dollar"}


def first_records(edition: EditionName, currency: str) -> list[tuple[str, Body]]:
    """Return the records of a new company, in order of creation: type and body."""
    if edition == "us":
        return []
    records: list[tuple[str, Body]] = [
        ("currency", {"id": currency, "name": CURRENCY_NAMES.get(currency, currency)}),
        ("department", {"id": uk.DEFAULT_DEPARTMENT, "name": "Default"}),
    ]
    for control in uk.CONTROL_ACCOUNTS:
        if control.code is not None:
            body: Body = {"id": control.code, "name": control.text, "kind": control.kind}
            records.append(("account", body))
    records.append(("account", {"id": uk.DEFAULTS["default_purchases"], "name": "Purchases"}))
    records.append(("account", {"id": uk.DEFAULTS["freight"], "name": "Carriage charged"}))
    records.extend(("tax_code", _tax_code(code)) for code in uk.TAX_CODES)
    bank: Body = {"id": uk.DEFAULTS["default_bank"], "name": "Bank current account"}
    records.append(("bank", {**bank, "type": "cheque", "currency": currency}))
    return records


def _tax_code(code: uk.TaxCode) -> Body:
    body: Body = {
        "id": code.id,
        "rate": canonical(code.rate, RATE_PLACES),
        "reverse_charge": code.reverse_charge,
        "on_return": code.on_return,
    }
    if code.description:
        body["description"] = code.description
    return body


def set_first_defaults(path: Path, edition: EditionName) -> None:
    """Set the default accounts of a new company (UK only; US books start without any)."""
    if edition == "uk":
        set_values(path, defaults=json.dumps(dict(uk.DEFAULTS)))
