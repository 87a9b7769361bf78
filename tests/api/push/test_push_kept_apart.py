"""What a client is told where a company is deleted, linked anew, or left without its books."""

from __future__ import annotations

from clary.hub.services.connecting import change_company
from clary.hub.services.deciding import change_decision
from clary.hub.services.stated import Asked
from clary.hub.services.working import pause_work, resume_work
from tests.api.push.served import Client, Served
from tests.flows.push import documents


def test_a_company_whose_documents_wait_is_not_deleted(server: Served, client: Client) -> None:
    company = server.linked(client, "north")
    pause_work(server.installation, "north")
    accepted = company.push("customers", {**documents.UK_CUSTOMER, "id": "DOOMED"})
    waiting = company.waits(accepted, "WORK_PAUSED")
    assert "resumes the work" in waiting["errorMessage"]
    refused = client.ask("DELETE", company.path)
    assert refused.status == 409
    assert company.operation(accepted["pushOperationKey"])["status"] == "Pending"
    resume_work(server.installation, "north")
    assert company.ended(accepted)["status"] == "Success"
    assert client.ask("DELETE", company.path).status == 204


def test_a_linked_connection_cannot_be_pointed_at_other_books(
    server: Served, client: Client
) -> None:
    company = server.linked(client, "north")
    path = f"{company.connected}/authorization"
    assert client.ask("PUT", path, {"company": "south"}).status == 409
    again = client.good("PUT", path, {"company": "north"})
    assert again["status"] == "Linked"


def test_documents_above_a_limit_say_what_they_wait_for(server: Served, client: Client) -> None:
    company = server.linked(client, "south")
    change_decision(server.installation, "approval_amount", "100.00", "south")
    invoice = {**documents.UK_INVOICE, "invoiceNumber": "ABOVE"}
    accepted = company.push("invoices", invoice)
    small = company.push("customers", {**documents.UK_CUSTOMER, "id": "BEHIND"})
    assert company.ended(small)["status"] == "Success"
    waiting = company.waits(accepted, "APPROVAL_NEEDED")
    assert (waiting["status"], waiting["statusCode"]) == ("Pending", 202)
    assert "once that plan is approved" in waiting["errorMessage"]
    change_decision(server.installation, "approval_amount", None, "south")
    assert company.ended(accepted)["status"] == "Success"


def test_books_that_are_linked_to_others_are_not_written_to(server: Served, client: Client) -> None:
    """Last here: the books of the name are others from now on."""
    company = server.linked(client, "north")
    pause_work(server.installation, "north")
    accepted = company.push("customers", {**documents.UK_CUSTOMER, "id": "ASTRAY"})
    other = Asked(settings=[("file", str(server.installation.sandbox_file("south")))])
    change_company(server.installation, "north", other, relink=True, leave_work=True)
    later = client.ask("POST", f"{company.connected}/push/customers", documents.UK_CUSTOMER)
    assert later.status == 409
    resume_work(server.installation, "north")
    ended = company.ended(accepted)
    assert (ended["status"], ended["changes"]) == ("Failed", None)
    assert "PUSH_OTHER_BOOKS" in ended["validation"]["errors"][0]["message"]
    south = server.linked(client, "south")
    assert client.ask("GET", f"{south.path}/data/customers/ASTRAY").status == 404
