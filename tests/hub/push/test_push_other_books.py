"""What was accepted for some books is never written to others, and never lost silently."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from clary.companies import sandbox
from clary.companies.sandbox import SandboxCompany
from clary.engine.tables import JOURNAL
from clary.flows.push.answers import Page, Status
from clary.flows.push.declaring import PushVerb
from clary.hub.access import Access, Role
from clary.hub.push.tables import PUSH_CONNECTION, PUSH_OPERATION
from clary.hub.services.connecting import change_company, register_sandbox, remove_company
from clary.hub.services.push_companies import (
    CompanyAsked,
    create_push_company,
    delete_push_company,
)
from clary.hub.services.push_connections import (
    create_push_connection,
    link_push_connection,
    push_connection,
)
from clary.hub.services.push_operations import (
    PushAsked,
    accept_push,
    list_push_operations,
    push_operation,
)
from clary.hub.services.push_reading import push_info
from clary.hub.services.stated import Asked
from clary.hub.work_tables import WORK_ITEM
from clary.kernel.errors import Busy, Guarded, Rejected
from tests.flows.push import documents
from tests.flows.push.test_push_round_trip import LISTS
from tests.hub.push.test_pushing import Office, codes, customer, office

__all__ = ["office"]


@pytest.fixture
def other(office: Office, tmp_path: Path) -> Path:
    """Return the file of other books of the same edition."""
    path = tmp_path / "other.clary"
    sandbox.create(path, name="Other", edition="uk", fiscal_year_start=date(2026, 1, 1))
    with SandboxCompany(path, clock=office.clock).session(write=True) as session:
        for kind, body in LISTS["uk"]:
            session.create(kind, dict(body))
    return path


def keyed(office: Office, document: object, key: str, connection: str | None = None) -> Any:  # noqa: ANN401 - JSON
    """Push an invoice with an Idempotency-Key."""
    asked = PushAsked(
        office.company,
        connection or office.connection,
        "invoices",
        PushVerb.CREATE,
        document=json.dumps(document),
        idempotency_key=key,
    )
    return json.loads(accept_push(office.installation, office.desk, asked))


@pytest.mark.both_databases
def test_a_document_is_not_written_to_books_that_took_over_the_name(
    office: Office, other: Path
) -> None:
    accepted = office.push("customers", customer("WRONG"))
    with pytest.raises(Guarded, match="wait for north"):
        remove_company(office.installation, "north")
    assert office.installation.connections.find("north") is not None
    remove_company(office.installation, "north", leave_work=True)
    register_sandbox(office.installation, "north", other)
    answer = push_connection(office.installation, office.company, office.connection)
    assert answer.connection.status == "Deauthorized"
    with pytest.raises(Rejected) as refused:
        office.push("customers", customer("LATER"))
    assert refused.value.code == "PUSH_NOT_LINKED"
    with pytest.raises(Rejected) as unread:
        push_info(office.installation, office.company)
    assert unread.value.code == "PUSH_NOT_LINKED"
    office.drain()
    found = office.operation(accepted)
    assert found.status is Status.FAILED
    assert codes(found) >= {"PUSH_OTHER_BOOKS"}
    with SandboxCompany(other, clock=office.clock).reading() as session:
        assert session.count("customer", None) == 1


def test_work_is_not_left_behind_as_a_connection_is_relinked(office: Office, other: Path) -> None:
    accepted = office.push("customers", customer("WRONG"))
    asked = Asked(settings=[("file", str(other))])
    with pytest.raises(Guarded) as refused:
        change_company(office.installation, "north", asked, relink=True)
    assert refused.value.code == "WORK_WAITS"
    office.drain()
    assert office.operation(accepted).status is Status.SUCCESS
    again = office.push("customers", customer("WRONG2"))
    change_company(office.installation, "north", asked, relink=True, leave_work=True)
    office.drain()
    assert office.operation(again).status is Status.FAILED
    assert "PUSH_OTHER_BOOKS" in codes(office.operation(again))


def test_what_waits_goes_on_once_its_own_books_are_back(office: Office) -> None:
    accepted = office.push("customers", customer("RIGHT"))
    remove_company(office.installation, "north", leave_work=True)
    office.drain()
    register_sandbox(office.installation, "north", office.path)
    office.drain()
    assert office.operation(accepted).status is Status.SUCCESS


@pytest.mark.both_databases
def test_a_company_of_the_api_is_not_deleted_while_documents_wait(office: Office) -> None:
    accepted = office.push("customers", customer("KEPT"))
    with pytest.raises(Busy) as refused:
        delete_push_company(office.installation, office.company)
    assert (refused.value.code, refused.value.status) == ("PUSH_OPERATIONS_WAIT", 409)
    office.drain()
    assert office.operation(accepted).status is Status.SUCCESS
    delete_push_company(office.installation, office.company)


@pytest.mark.both_databases
def test_a_repeated_request_posts_once_also_if_the_database_went_back_to_before_it(
    office: Office,
) -> None:
    invoice = {**documents.UK_INVOICE, "invoiceNumber": "ONCE"}
    first = keyed(office, invoice, "K1")
    office.drain()
    done = office.operation(first)
    assert done.status is Status.SUCCESS, done
    with office.installation.database.write() as write:  # as if restored from before the push
        for table in (PUSH_OPERATION, WORK_ITEM, JOURNAL):
            write.execute(delete(table))
    second = keyed(office, invoice, "K1")
    assert second["pushOperationKey"] == first["pushOperationKey"]
    office.drain()
    again = office.operation(second)
    assert (again.status, again.change) == (Status.SUCCESS, done.change), again
    with SandboxCompany(office.path, clock=office.clock).reading() as session:
        assert session.count("sales_invoice", None) == 1


def test_an_idempotency_key_is_the_companys_whoever_sends_it(office: Office) -> None:
    invoice = {**documents.UK_INVOICE, "invoiceNumber": "ROTATED"}
    first = keyed(office, invoice, "K2")
    office.installation = office.installation.acting_as(
        Access("new", Role.OPERATOR, frozenset({"north"}), key="new")
    )
    assert keyed(office, invoice, "K2") == first
    stranger = Access("stranger", Role.OPERATOR, frozenset({"south"}), key="stranger")
    office.installation = office.installation.acting_as(stranger)
    with pytest.raises(Rejected) as refused:
        keyed(office, invoice, "K2")
    assert refused.value.code == "PUSH_COMPANY_UNKNOWN"


def test_a_linked_connection_is_not_handed_over_to_other_books(office: Office, other: Path) -> None:
    installation = office.installation
    register_sandbox(installation, "south", other)
    for _ in range(2):
        with pytest.raises(Rejected) as refused:
            link_push_connection(installation, office.company, office.connection, "south")
        assert (refused.value.code, refused.value.status) == ("PUSH_LINKED_BEFORE", 409)
    again = link_push_connection(installation, office.company, office.connection, "North")
    assert (again.connection.status, again.connection.bound) == ("Linked", "north")


def test_operations_of_other_books_are_not_shown_with_a_company(
    office: Office, other: Path
) -> None:
    """The former connection was deleted, and the company linked to other books since."""
    installation = office.installation
    accepted = office.push("customers", customer("OURS"))
    office.drain()
    register_sandbox(installation, "south", other)
    with installation.database.write() as write:
        write.execute(delete(PUSH_CONNECTION))
    made = create_push_connection(installation, office.company, "hbql").connection
    link_push_connection(installation, office.company, made.id, "south")
    southern = installation.acting_as(Access("s", Role.VIEWER, frozenset({"south"}), key="s"))
    with pytest.raises(Rejected) as refused:
        push_operation(southern, office.company, accepted["pushOperationKey"])
    assert refused.value.code == "PUSH_OPERATION_UNKNOWN"
    assert list_push_operations(southern, office.company, Page()) == ([], 0)
    assert office.operation(accepted).status is Status.SUCCESS


@pytest.mark.both_databases
def test_a_company_gets_one_connection_however_many_ask_at_once(office: Office) -> None:
    """What is looked at is what the writing transaction sees."""
    installation = office.installation
    company = create_push_company(installation, CompanyAsked("Race"))

    def ask(_: int) -> str:
        try:
            return create_push_connection(installation, company.id, "hbql").connection.id
        except Rejected as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(ask, range(8)))
    assert outcomes.count("PUSH_ALREADY_CONNECTED") == 7, outcomes
