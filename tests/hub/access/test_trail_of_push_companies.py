"""The audit trail tells every change of companies and connections of the push API."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from clary.hub.access import Access, Role
from clary.hub.installation import Installation
from clary.hub.push.keeping import PushCompany
from clary.hub.services.auditing import audit_rows, verify_audit
from clary.hub.services.push_companies import (
    CompanyAsked,
    create_push_company,
    delete_push_company,
    update_push_company,
)
from clary.hub.services.push_connections import (
    create_push_connection,
    delete_push_connection,
    link_push_connection,
    unlink_push_connection,
)
from clary.hub.trail import AuditRow
from clary.kernel.errors import ClaryError

pytestmark = pytest.mark.both_databases
SHOP = Access("shop", Role.OPERATOR, frozenset({"alpha"}), key="shop")


def told(firm: Installation) -> list[AuditRow]:
    """Return what the trail tells of the push API, the oldest first."""
    rows = [row for row in audit_rows(firm, limit=None) if row.what.startswith("push_")]
    return rows[::-1]


def made(house: Installation) -> tuple[PushCompany, str]:
    """Make a company of the API, and a connection that is linked to the books of Alpha."""
    company = create_push_company(house, CompanyAsked("Acme", tags={"region": "north"}))
    connection = create_push_connection(house, company.id, "shus").connection.id
    link_push_connection(house, company.id, connection, "alpha")
    return company, connection


def test_every_change_is_told_with_who_did_it_and_where(firm: Installation) -> None:
    shop = firm.acting_as(SHOP)
    company, connection = made(shop)
    update_push_company(shop, company.id, CompanyAsked("Acme Ltd"), whole=False)
    unlink_push_connection(shop, company.id, connection)
    link_push_connection(shop, company.id, connection, "Alpha")
    delete_push_connection(shop, company.id, connection)
    delete_push_company(firm, company.id)
    assert [(row.what, row.company, row.record) for row in told(firm)] == [
        ("push_company.add", None, company.id),
        ("push_connection.add", None, connection),
        ("push_connection.link", "Alpha", connection),
        ("push_company.set", "Alpha", company.id),
        ("push_connection.unlink", "Alpha", connection),
        ("push_connection.link", "Alpha", connection),
        ("push_connection.remove", "Alpha", connection),
        ("push_company.remove", None, company.id),
    ]
    assert [row.actor for row in told(firm)] == ["key shop"] * 7 + ["Ada"]
    assert verify_audit(firm).broken is None


def test_it_is_told_what_was_and_what_is(firm: Installation) -> None:
    company, connection = made(firm)
    update_push_company(firm, company.id, CompanyAsked("Acme Ltd"), whole=True)
    unlink_push_connection(firm, company.id, connection)
    _, added, linked, renamed, unlinked = told(firm)
    assert renamed.old == {"name": "Acme", "description": None, "tags": {"region": "north"}}
    assert renamed.new == {"name": "Acme Ltd", "description": None, "tags": {}}
    pending = {"push_company": company.id, "platform": "shus", "status": "PendingAuth"}
    assert added.new == linked.old == {**pending, "company": None, "identity": None}
    pinned = firm.connections.find("Alpha")
    assert pinned is not None
    whole = {**pending, "status": "Linked", "company": "Alpha", "identity": pinned.identity}
    assert linked.new == unlinked.old == whole
    assert unlinked.new == {**whole, "status": "Unlinked"}


def test_a_company_that_is_deleted_takes_its_connections_along(firm: Installation) -> None:
    company, connection = made(firm)
    before = len(told(firm))
    delete_push_company(firm, company.id)
    assert [(row.what, row.company, row.record) for row in told(firm)[before:]] == [
        ("push_connection.remove", "Alpha", connection),
        ("push_company.remove", "Alpha", company.id),
    ]


def test_what_changes_nothing_is_not_told(firm: Installation) -> None:
    company, connection = made(firm)
    before = told(firm)
    update_push_company(firm, company.id, CompanyAsked("Acme"), whole=False)
    link_push_connection(firm, company.id, connection, "Alpha")
    with pytest.raises(ClaryError) as caught:
        create_push_connection(firm, company.id, "shus")
    assert caught.value.code == "PUSH_ALREADY_CONNECTED"
    assert told(firm) == before


def test_of_many_who_unlink_at_once_one_does(firm: Installation) -> None:
    company, connection = made(firm)

    def unlink(_: int) -> str:
        try:
            unlink_push_connection(firm, company.id, connection)
        except ClaryError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(4) as pool:
        ended = sorted(pool.map(unlink, range(4)))
    assert ended == ["PUSH_NOT_LINKED"] * 3 + ["done"]
    assert [row.what for row in told(firm)].count("push_connection.unlink") == 1


def test_an_approver_of_the_books_sees_what_concerns_them(
    firm: Installation, only_alpha: Access
) -> None:
    made(firm)
    seen = [row.what for row in audit_rows(firm.acting_as(only_alpha))]
    assert [what for what in seen if what.startswith("push_")] == ["push_connection.link"]
