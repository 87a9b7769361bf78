# /// script
# requires-python = ">=3.11"
# dependencies = ["codat-accounting==0.36.0", "codat-platform==4.0.0"]
# ///
"""The established SDK drives the whole cycle; it prints what it saw as JSON.

It runs as a script of its own because the SDK pins other versions of what we use.  Retries are
off: they would hide what the server answers.

    sdk_cycle.py URL KEY COMPANY DOCUMENTS
"""

from __future__ import annotations

import base64
import json
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from codat_accounting import CodatAccounting
from codat_accounting import utils as accounting_utils
from codat_accounting.models import operations as accounting
from codat_accounting.models import shared as records
from codat_platform import CodatPlatform
from codat_platform import utils as platform_utils
from codat_platform.models import operations as platform
from codat_platform.models import shared

SECONDS = 60
KINDS = {
    "customers": ("Customer", "customer", "Customer"),
    "suppliers": ("Supplier", "supplier", "Supplier"),
    "invoices": ("Invoice", "invoice", "Invoice"),
    "creditNotes": ("CreditNote", "credit_note", "CreditNote"),
    "bills": ("Bill", "bill", "Bill"),
    "billCreditNotes": ("BillCreditNote", "bill_credit_note", "BillCreditNote"),
    "payments": ("Payment", "payment", "Payment"),
    "billPayments": ("BillPayment", "bill_payment", "BillPayment"),
    "journalEntries": ("JournalEntry", "journal_entry", "JournalEntry"),
    "directCosts": ("DirectCost", "direct_cost_prototype", "DirectCostPrototype"),
}
GROUPS = {
    "creditNotes": "credit_notes",
    "billCreditNotes": "bill_credit_notes",
    "billPayments": "bill_payments",
    "journalEntries": "journal_entries",
    "directCosts": "direct_costs",
}


def retries_off(utils: ModuleType) -> object:
    """Return the setting that switches retries off."""
    backoff = utils.BackoffStrategy(1, 1, 1, 1)
    return utils.RetryConfig("none", backoff, False)


class Cycle:
    """One client that goes all the way."""

    def __init__(self, url: str, key: str) -> None:
        """Talk to a server with a key."""
        header = f"Basic {base64.b64encode(key.encode()).decode()}"
        self.accounting = CodatAccounting(
            security=records.Security(auth_header=header),
            server_url=url,
            retry_config=retries_off(accounting_utils),
        )
        self.platform = CodatPlatform(
            security=shared.Security(auth_header=header),
            server_url=url,
            retry_config=retries_off(platform_utils),
        )
        self.company = self.connection = ""

    def connect(self, books: str) -> None:
        """Make a company with a connection that is linked to books."""
        made = self.platform.companies.create(request=shared.CompanyRequestBody(name="From SDK"))
        self.company = made.id
        connection = self.platform.connections.create(
            request=platform.CreateConnectionRequest(
                companyId=self.company,
                request_body=platform.CreateConnectionRequestBody(platformKey="hbql"),
            )
        )
        self.connection = connection.id
        linked = self.platform.connections.update_authorization(
            request=platform.UpdateConnectionAuthorizationRequest(
                companyId=self.company,
                connectionId=self.connection,
                request_body={"company": books},
            )
        )
        if linked.status != shared.DataConnectionStatus.LINKED:
            raise SystemExit(f"not linked: {linked.status}")  # noqa: EM102, TRY003 - a script

    def push(self, kind: str, document: dict[str, Any]) -> str:
        """Push a document, wait for its end and return the id of its record."""
        name, field, model = KINDS[kind]
        request = getattr(accounting, f"Create{name}Request")(
            companyId=self.company,
            connectionId=self.connection,
            **{field: getattr(records, model).model_validate(document)},
        )
        group = getattr(self.accounting, GROUPS.get(kind, kind))
        operation = group.create(request=request)
        until = time.monotonic() + SECONDS
        while operation.status.value == "Pending" and time.monotonic() < until:
            time.sleep(0.1)
            operation = self.platform.push_data.get_operation(
                request=platform.GetPushOperationRequest(
                    companyId=self.company, pushOperationKey=operation.push_operation_key
                )
            )
        if operation.status.value != "Success":
            raise SystemExit(f"{kind}: {operation}")  # noqa: EM102, TRY003 - a script
        return str(operation.changes[0].record_ref.id)

    def read(self, kind: str) -> list[str]:
        """Return the ids of the records of a kind."""
        group = getattr(self.accounting, GROUPS.get(kind, kind))
        plural = "".join(part[:1].upper() + part[1:] for part in [kind])
        places = {"connectionId": self.connection} if kind == "directCosts" else {}
        request = getattr(accounting, f"List{plural}Request")(companyId=self.company, **places)
        return [each.id for each in group.list(request=request).results]

    def look_around(self) -> dict[str, object]:
        """Return what else the SDK can see."""
        options = self.platform.push_data.get_model_options(
            request=platform.GetCreateUpdateModelOptionsByDataTypeRequest(
                companyId=self.company,
                connectionId=self.connection,
                dataType=shared.SchemaDataType.INVOICES,
            )
        )
        listed = self.platform.push_data.list_operations(
            request=platform.GetCompanyPushHistoryRequest(companyId=self.company)
        )
        companies = self.platform.companies.list(
            request=platform.ListCompaniesRequest(query="dataConnections.status=Linked")
        )
        return {
            "options": sorted(options.properties),
            "operations": listed.total_results,
            "companies": [each.id for each in companies.results],
        }


def main() -> None:
    """Go all the way and print what was seen."""
    url, key, books, path = sys.argv[1:]
    documents = json.loads(Path(path).read_text(encoding="utf-8"))
    cycle = Cycle(url, key)
    cycle.connect(books)
    ids: dict[str, str] = {}
    for kind, document in documents.items():
        links = [link for line in document.get("lines", ()) for link in line["links"]]
        for link in links:
            link["id"] = ids[link["id"]]
        ids[kind] = cycle.push(kind, document)
    seen = cycle.look_around()
    listed = {kind: cycle.read(kind) for kind in documents}
    sys.stdout.write(json.dumps({"company": cycle.company, "ids": ids, "listed": listed, **seen}))


if __name__ == "__main__":
    main()
