"""Plans and runs for tests of access: customers, accounts and invoices in a US company."""

from __future__ import annotations

from clary.flows.operations.requests import Document, Operation
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying
from clary.hub.services.operations import Applied, Asked, operate, plan_operation
from clary.hub.services.plans import PlanAnswer
from clary.kernel.change import Body

ACCOUNTS: tuple[Body, ...] = (
    {"id": "1010", "name": "Cash", "type": "cash"},
    {"id": "1100", "name": "Receivables", "type": "accounts_receivable"},
    {"id": "4000", "name": "Sales", "type": "income"},
)


def asked(record_type: str, *bodies: Body, operation: Operation = Operation.CREATE) -> Asked:
    return Asked(
        operation,
        record_type,
        [Document(str(number), body) for number, body in enumerate(bodies, 1)],
    )


def post_customers(installation: Installation, company: str, *names: str) -> Applied:
    bodies: list[Body] = [{"id": name, "name": f"{name} Ltd"} for name in names]
    return operate(installation, company, asked("customer", *bodies), Applying())


def post_accounts(installation: Installation, company: str) -> None:
    operate(installation, company, asked("account", *ACCOUNTS), Applying())


def invoice(number: str, amount: str) -> Body:
    line: Body = {"description": "Work", "quantity": "1", "amount": amount, "account_id": "4000"}
    return {
        "customer_id": "ACME",
        "number": number,
        "date": "2026-03-02",
        "receivable_account_id": "1100",
        "lines": [line],
    }


def plan_invoices(installation: Installation, company: str, *amounts: str) -> PlanAnswer:
    bodies = [invoice(f"N{number}", amount) for number, amount in enumerate(amounts, start=1)]
    return plan_operation(installation, company, asked("sales_invoice", *bodies))
