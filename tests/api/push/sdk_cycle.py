# /// script
# requires-python = ">=3.11"
# dependencies = ["codat-accounting==0.36.0", "codat-platform==4.0.0"]
# ///
"""The established SDK drives the whole cycle; it prints what it saw as JSON.

It runs as a script of its own because the SDK pins other versions of what we use.  Retries are
off: they would hide what the server answers.  It takes everything back once it is told to by a
line of its input.

    sdk_cycle.py URL KEY COMPANY DOCUMENTS HOOK
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
from codat_accounting.models import errors
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


LISTS = {
    "accounts": "Accounts",
    "items": "Items",
    "tax_rates": "TaxRates",
    "tracking_categories": "TrackingCategories",
    "journals": "Journals",
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

    @property
    def here(self) -> dict[str, str]:
        """Where pushes go."""
        return {"companyId": self.company, "connectionId": self.connection}

    def push(self, kind: str, document: dict[str, Any]) -> str:
        """Push a document, wait for its end and return the id of its record."""
        name, field, model = KINDS[kind]
        request = getattr(accounting, f"Create{name}Request")(
            **self.here, **{field: getattr(records, model).model_validate(document)}
        )
        group = getattr(self.accounting, GROUPS.get(kind, kind))
        return self.ended(kind, group.create(request=request))

    def ended(self, kind: str, operation: Any) -> str:  # noqa: ANN401 - of either SDK
        """Wait for the end of an operation and return the id of its record."""
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

    def change(self, documents: dict[str, Any], ids: dict[str, str]) -> str:
        """Change a customer and an invoice, take another invoice back, and return its id."""
        customer = {**documents["customers"], "id": ids["customers"], "customerName": "By SDK"}
        updated = self.accounting.customers.update(
            request=accounting.UpdateCustomerRequest(
                **self.here,
                customerId=ids["customers"],
                customer=records.Customer.model_validate(customer),
                forceUpdate=True,
            )
        )
        self.ended("customers", updated)
        found = self.accounting.invoices.get(
            request=accounting.GetInvoiceRequest(companyId=self.company, invoiceId=ids["invoices"])
        )
        found.note = "Changed by SDK"
        updated = self.accounting.invoices.update(
            request=accounting.UpdateInvoiceRequest(
                **self.here, invoiceId=ids["invoices"], invoice=found
            )
        )
        self.ended("invoices", updated)
        other = self.push("invoices", {**documents["invoices"], "invoiceNumber": "SDK-BACK"})
        request = accounting.DeleteInvoiceRequest(**self.here, invoiceId=other)
        return self.ended("invoices", self.accounting.invoices.delete(request=request))

    def subscribe(self, hook: str) -> str:
        """Let a consumer be told of what is written, and return its id."""
        kinds = ["{dataType}.write.successful", "{dataType}.write.unsuccessful"]
        wanted = shared.WebhookConsumerPrototype(url=hook, eventTypes=kinds)
        made = self.platform.webhooks.create_consumer(request=wanted)
        listed = self.platform.webhooks.list_consumers().results
        if [each.id for each in listed] != [made.id]:
            raise SystemExit(f"consumers: {listed}")  # noqa: EM102, TRY003 - a script
        return str(made.id)

    def refresh(self) -> dict[str, object]:
        """Refresh everything, and return what is told of it."""
        company = {"companyId": self.company}
        kind = shared.SchemaDataType.INVOICES
        data = self.platform.refresh_data
        one = data.by_data_type(request=platform.RefreshDataTypeRequest(**company, dataType=kind))
        data.all(request=platform.RefreshCompanyDataRequest(**company))
        status = data.get(request=platform.GetCompanyDataStatusRequest(**company))
        listed = data.list_pull_operations(request=platform.ListPullOperationsRequest(**company))
        again = data.get_pull_operation(
            request=platform.GetPullOperationRequest(**company, datasetId=one.id)
        )
        told = [getattr(status, name) for name in type(status).model_fields]
        return {
            "refreshed": [one.status.value, again.status.value],
            "status": sorted({each.current_status.value for each in told if each}),
            "refreshes": listed.total_results,
        }

    def look_at_lists(self) -> dict[str, int]:
        """Return how many records there are of the types that are not pushed here."""
        company = {"companyId": self.company}
        found = {}
        for group, name in LISTS.items():
            request = getattr(accounting, f"List{name}Request")(**company)
            found[group] = getattr(self.accounting, group).list(request=request).total_results
        info = self.accounting.company_info.get(request=accounting.GetCompanyInfoRequest(**company))
        return {**found, f"in {info.base_currency}": 1}

    def attach(self, bill: str) -> int:
        """Attach a file to a bill, which cannot be, and return the status of the answer."""
        file = records.CodatFile(fileName="bill.pdf", content=b"%PDF-1.7")
        request = accounting.UploadBillAttachmentRequest(
            **self.here, billId=bill, attachmentUpload=records.AttachmentUpload(file=file)
        )
        try:
            self.accounting.bills.upload_attachment(request=request)
        except errors.ErrorMessage as error:
            return int(error.data.status_code or 0)
        return 0

    def leave(self, hook: str) -> list[str]:
        """Take everything back that was made, and return how the connection went."""
        self.platform.webhooks.delete_consumer(
            request=platform.DeleteWebhookConsumerRequest(webhookId=hook)
        )
        status = shared.UpdateConnectionStatus(status=shared.DataConnectionStatus.UNLINKED)
        unlinked = self.platform.connections.unlink(
            request=platform.UnlinkConnectionRequest(**self.here, update_connection_status=status)
        )
        self.platform.connections.delete(request=platform.DeleteConnectionRequest(**self.here))
        listed = self.platform.connections.list(
            request=platform.ListConnectionsRequest(companyId=self.company)
        )
        request = platform.DeleteCompanyRequest(companyId=self.company)
        self.platform.companies.delete(request=request)
        return [unlinked.status.value, str(len(listed.results))]

    def look_around(self) -> dict[str, object]:
        """Return what else the SDK can see."""
        options = {
            kind: self.platform.push_data.get_model_options(
                request=platform.GetCreateUpdateModelOptionsByDataTypeRequest(
                    **self.here, dataType=shared.SchemaDataType(kind)
                )
            )
            for kind in KINDS
        }
        changed = self.platform.companies.update(
            request=platform.UpdateCompanyRequest(
                companyId=self.company,
                company_request_body=shared.CompanyRequestBody(name="Renamed by SDK"),
            )
        )
        features = self.platform.integrations.get(
            request=platform.GetIntegrationRequest(platformKey="hbql")
        ).datatype_features
        listed = self.platform.push_data.list_operations(
            request=platform.GetCompanyPushHistoryRequest(companyId=self.company)
        )
        companies = self.platform.companies.list(
            request=platform.ListCompaniesRequest(query="dataConnections.status=Linked")
        )
        return {
            "options": {kind: sorted(each.properties) for kind, each in options.items()},
            "name": changed.name,
            "features": len(features),
            "operations": listed.total_results,
            "companies": [each.id for each in companies.results],
        }


def main() -> None:
    """Go all the way and print what was seen."""
    url, key, books, path, address = sys.argv[1:]
    documents = json.loads(Path(path).read_text(encoding="utf-8"))
    cycle = Cycle(url, key)
    cycle.connect(books)
    hook = cycle.subscribe(address)
    ids: dict[str, str] = {}
    for kind, document in documents.items():
        links = [link for line in document.get("lines", ()) for link in line["links"]]
        for link in links:
            link["id"] = ids[link["id"]]
        ids[kind] = cycle.push(kind, document)
    taken_back = cycle.change(documents, ids)
    seen = {
        "taken_back": taken_back,
        **cycle.refresh(),
        **cycle.look_around(),
        "lists": cycle.look_at_lists(),
        "attached": cycle.attach(ids["bills"]),
    }
    listed = {kind: cycle.read(kind) for kind in documents}
    sys.stdin.readline()  # whoever listens at the hook says that all of it has come
    seen |= {"company": cycle.company, "ids": ids, "listed": listed, "left": cycle.leave(hook)}
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main()
