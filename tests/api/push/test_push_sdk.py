"""The established SDK, unchanged, against our server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.api.push.served import Served
from tests.flows.push import documents
from tests.surroundings import ROOT

SCRIPT = Path(__file__).with_name("sdk_cycle.py")
CREDIT = {"totalDiscount": 0, "discountPercentage": 0, "remainingCredit": 0}
DOCUMENTS: dict[str, dict[str, Any]] = {
    # The SDK's model knows the country by its other name.
    "customers": {
        **documents.UK_CUSTOMER,
        "addresses": [{"type": "Unknown", "line1": "1 High Street", "country": "GB"}],
    },
    "suppliers": documents.UK_SUPPLIER,
    "invoices": documents.UK_INVOICE,
    "creditNotes": {
        **documents.UK_CREDIT_NOTE,
        **CREDIT,
        "status": "Submitted",
        "subTotal": 10.0,
        "totalTaxAmount": 2.0,
        "totalAmount": 12.0,
        "lineItems": [
            {
                **documents.UK_CREDIT_NOTE["lineItems"][0],
                "unitAmount": 10.0,
                "quantity": 1,
                "taxAmount": 2.0,
            }
        ],
    },
    "bills": documents.UK_BILL,
    "billCreditNotes": {
        **documents.UK_BILL_CREDIT_NOTE,
        **CREDIT,
        "subTotal": 10.0,
        "totalTaxAmount": 2.0,
        "totalAmount": 12.0,
        "lineItems": [
            {
                **documents.UK_BILL_CREDIT_NOTE["lineItems"][0],
                "unitAmount": 10.0,
                "quantity": 1,
            }
        ],
    },
    "payments": {
        **documents.UK_PAYMENT,
        "totalAmount": 144.0,
        "lines": [
            {
                "amount": 144.0,
                "links": [{"type": "Invoice", "id": "invoices", "amount": -144.0}],
            }
        ],
    },
    "billPayments": {
        **documents.UK_BILL_PAYMENT,
        "lines": [{"amount": 60.0, "links": [{"type": "Bill", "id": "bills", "amount": -60.0}]}],
    },
    "journalEntries": documents.UK_JOURNAL_ENTRY,
    "directCosts": {
        # The SDK's model knows neither the bank nor the tax by the names of the options.
        **documents.UK_DIRECT_COST,
        "lineItems": [
            {**line, "taxRateRef": {"id": "1"}} for line in documents.UK_DIRECT_COST["lineItems"]
        ],
        "paymentAllocations": [
            {
                "payment": {"accountRef": {"id": "1200"}, "totalAmount": 36.0},
                "allocation": {"totalAmount": 36.0},
            }
        ],
    },
}


def uv() -> str:
    """Return the program that runs scripts in environments of their own, or skip."""
    own = ROOT / ".tools" / "bin" / "uv"
    found = os.environ.get("UV") or (str(own) if own.exists() else shutil.which("uv"))
    if not found:
        pytest.skip("uv is not there: `make environment` brings it")
    return found


def test_the_sdk_drives_the_whole_cycle(server: Served, tmp_path: Path) -> None:
    stated = tmp_path / "documents.json"
    stated.write_text(json.dumps(DOCUMENTS), encoding="utf-8")
    client = server.client("sdk")
    ran = subprocess.run(
        [
            *(uv(), "run", "--quiet", "--locked", "--script", str(SCRIPT)),
            *(client.url, client.key, "north", str(stated)),
        ],
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"},
    )
    assert ran.returncode == 0, ran.stderr
    seen = json.loads(ran.stdout)
    assert set(seen["ids"]) == set(DOCUMENTS)
    for kind, key in seen["ids"].items():
        assert key in seen["listed"][kind], kind
    assert seen["operations"] == len(DOCUMENTS)
    assert seen["companies"] == [seen["company"]]
    assert "lineItems" in seen["options"]
