"""The established SDK, unchanged, against our server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.push.served import Served
from tests.flows.push import documents
from tests.receiving import Receiver
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


OPERATIONS = len(DOCUMENTS) + 4
"""Two are changed; one more is written and taken back."""


def messages(script: subprocess.Popen[str], receiver: Receiver) -> Iterator[dict[str, Any]]:
    """Yield the message of each operation; fewer where the script ended before."""
    until = time.monotonic() + 240
    for _ in range(OPERATIONS):
        while receiver.got.empty() and script.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        if receiver.got.empty():
            return
        yield json.loads(receiver.got.get()[1])


def uv() -> str:
    """Return the program that runs scripts in environments of their own, or skip."""
    own = ROOT / ".tools" / "bin" / "uv"
    found = os.environ.get("UV") or (str(own) if own.exists() else shutil.which("uv"))
    if not found:
        pytest.skip("uv is not there: `make environment` brings it")
    return found


def test_the_sdk_drives_the_whole_cycle(server: Served, receiver: Receiver, tmp_path: Path) -> None:
    stated = tmp_path / "documents.json"
    stated.write_text(json.dumps(DOCUMENTS), encoding="utf-8")
    client = server.client("sdk")
    command = (uv(), "run", "--quiet", "--locked", "--script", str(SCRIPT))
    script = subprocess.Popen(
        [*command, client.url, client.key, "north", str(stated), receiver.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"},
    )
    with script:
        try:
            told = list(messages(script, receiver))
            output, trouble = script.communicate("\n", timeout=60)
        finally:
            script.kill()
    assert script.returncode == 0, trouble
    seen = json.loads(output)
    assert set(seen["ids"]) == set(DOCUMENTS)
    for kind, key in seen["ids"].items():
        assert key in seen["listed"][kind], kind
    assert seen["operations"] == OPERATIONS
    assert seen["taken_back"] in seen["listed"]["invoices"]
    assert seen["companies"] == [seen["company"]]
    assert seen["name"] == "Renamed by SDK"
    assert set(seen["options"]) == set(DOCUMENTS)
    assert "lineItems" in seen["options"]["invoices"]
    assert (seen["refreshed"], seen["status"]) == (["Complete", "Complete"], ["Complete"])
    assert seen["features"] == seen["refreshes"] - 1
    assert all(seen["lists"][name] for name in ("accounts", "tax_rates", "in GBP"))
    assert seen["attached"] == 404
    assert seen["left"] == ["Unlinked", "0"]
    kinds = {each["eventType"].partition(".")[0] for each in told}
    assert kinds == set(DOCUMENTS)
    assert {each["payload"]["status"] for each in told} == {"Success"}
