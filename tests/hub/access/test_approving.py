"""Above an amount, someone other than the author approves a plan before it is applied."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert

from clary.flows.operations.requests import Document, Operation
from clary.hub.access import Access, Role
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, apply_plan
from clary.hub.services.approving import approval_of, approve_plan
from clary.hub.services.auditing import audit_rows
from clary.hub.services.deciding import change_decision, list_decisions
from clary.hub.services.keys import add_key, revoke_key
from clary.hub.services.operations import Asked, plan_operation
from clary.hub.services.runs import plan_the_undo
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.hub.services.users import UserChange, add_user
from clary.hub.tables import APPROVAL
from clary.kernel.change import Body
from clary.kernel.clock import timestamp
from clary.kernel.errors import ClaryError, Guarded, Unauthorised
from tests.hub.access.posting import asked, plan_invoices, post_accounts

BOTH = pytest.mark.both_databases
BOB = Access("Bob", Role.APPROVER)


@pytest.fixture
def ruled(firm: Installation) -> Installation:
    """Give a firm where plans above 100.00 need an approval."""
    post_accounts(firm, "Alpha")
    change_decision(firm, "approval_amount", "100")
    return firm


def refused(installation: Installation, plan: str) -> Guarded:
    with pytest.raises(Guarded) as caught:
        apply_plan(installation, plan, Applying())
    assert caught.value.code == "APPROVAL_NEEDED"
    return caught.value


@BOTH
def test_a_large_plan_waits_for_someone_else(ruled: Installation) -> None:
    add_user(ruled, "Carol", UserChange(role=Role.APPROVER))
    add_user(ruled, "Dan", UserChange(roles={"Beta": Role.APPROVER}))
    plan = plan_invoices(ruled, "Alpha", "60.00", "40.01").plan.id
    error = refused(ruled, plan)
    assert "100.01" in str(error)
    assert "Ada" in str(error)
    assert "Carol" in error.findings[0].remedy
    assert "Dan" not in error.findings[0].remedy
    assert error.exit_status == 6
    with pytest.raises(Guarded) as own:
        approve_plan(ruled, plan)
    assert own.value.code == "APPROVAL_OWN"
    with pytest.raises(Unauthorised):
        approve_plan(ruled.acting_as(Access("op", Role.OPERATOR)), plan)
    approval = approve_plan(ruled.acting_as(BOB), plan)
    assert (approval.amount, approval.limit, approval.approver) == (10001, 10000, "Bob")
    assert apply_plan(ruled, plan, Applying()).run.applied == 2
    row = next(row for row in audit_rows(ruled) if row.what == "plan.approve")
    assert (row.actor, row.record, row.company) == ("Bob", plan, "Alpha")
    assert row.new == {"author": "Ada", "amount": "100.01"}


@BOTH
def test_an_approval_that_the_audit_trail_does_not_know_counts_for_nothing(
    ruled: Installation,
) -> None:
    plan = plan_invoices(ruled, "Alpha", "200.00").plan.id
    row = {"plan": plan, "approver": "Bob", "approved_at": timestamp(ruled.clock.now())}
    with ruled.database.write() as write:
        write.execute(insert(APPROVAL).values(row))
    assert approval_of(ruled, plan).approver is None
    refused(ruled, plan)


def test_up_to_the_amount_nobody_is_asked(ruled: Installation) -> None:
    plan = plan_invoices(ruled, "Alpha", "60.00", "40.00").plan.id
    assert not approval_of(ruled, plan).needed
    assert apply_plan(ruled, plan, Applying()).run.applied == 2


def test_the_author_is_the_author_whatever_the_case(ruled: Installation) -> None:
    plan = plan_invoices(ruled, "Alpha", "500.00").plan.id
    with pytest.raises(Guarded):
        approve_plan(ruled.acting_as(Access("ADA", Role.ADMIN)), plan)
    key = Access("Ada", Role.APPROVER, key="Ada")
    assert approve_plan(ruled.acting_as(key), plan).approver == "key Ada"
    assert approve_plan(ruled.acting_as(BOB), plan).approver == "key Ada"


def acting(house: Installation, name: str, maker: Installation, role: Role) -> Installation:
    """Return the installation as a key of someone uses it."""
    return house.acting_as(add_key(maker, name, role).access)


@BOTH
def test_a_key_stands_for_whoever_made_it(ruled: Installation) -> None:
    boss = acting(ruled, "boss", ruled, Role.ADMIN)
    sock = acting(ruled, "sock", boss, Role.APPROVER)
    heel = acting(ruled, "heel", boss, Role.ADMIN)
    inner = acting(ruled, "toe", heel, Role.APPROVER)
    grace = ruled.acting_as(Access("Grace", Role.ADMIN))
    theirs = acting(ruled, "theirs", grace, Role.APPROVER)
    by_boss = plan_invoices(boss, "Alpha", "500.00").plan.id
    by_ada = plan_invoices(ruled, "Alpha", "500.00").plan.id
    by_op = plan_invoices(acting(ruled, "op", heel, Role.OPERATOR), "Alpha", "500.00").plan.id
    revoke_key(ruled, "boss")
    for plan in (by_boss, by_ada, by_op):
        for same in (ruled, boss, sock, inner):
            with pytest.raises(Guarded) as caught:
                approve_plan(same, plan)
            assert caught.value.code == "APPROVAL_OWN"
        assert approve_plan(theirs, plan).approver == "key theirs"
    with pytest.raises(Guarded) as told:
        approve_plan(sock, by_boss)
    assert "key sock stands for key boss, who made it" in str(told.value)


def test_the_person_behind_a_key_is_not_named_as_one_who_may_approve(ruled: Installation) -> None:
    for name in ("Grace", "Carol"):
        add_user(ruled, name, UserChange(role=Role.APPROVER))
    grace = ruled.acting_as(Access("Grace", Role.ADMIN))
    plan = plan_invoices(acting(ruled, "op", grace, Role.OPERATOR), "Alpha", "500.00").plan.id
    remedy = refused(ruled, plan).findings[0].remedy
    assert "Carol" in remedy
    assert "Grace" not in remedy


def test_a_company_has_its_own_amount(ruled: Installation) -> None:
    change_decision(ruled, "approval_amount", "1000", "alpha")
    plan = plan_invoices(ruled, "Alpha", "500.00").plan.id
    assert approval_of(ruled, plan).limit == 100_000
    change_decision(ruled, "approval_amount", None, "Alpha")
    assert approval_of(ruled, plan).needed
    change_decision(ruled, "approval_amount", None)
    assert not approval_of(ruled, plan).needed
    assert apply_plan(ruled, plan, Applying()).run.applied == 1


def test_a_dry_run_approves_nothing(ruled: Installation) -> None:
    plan = plan_invoices(ruled, "Alpha", "500.00").plan.id
    approve_plan(ruled.acting_as(BOB), plan, dry_run=True)
    refused(ruled, plan)


def test_taking_back_weighs_as_much_as_what_is_taken_back(ruled: Installation) -> None:
    plan = plan_invoices(ruled, "Alpha", "500.00").plan.id
    approve_plan(ruled.acting_as(BOB), plan)
    run = apply_plan(ruled, plan, Applying()).run.id
    undo = plan_the_undo(ruled, run).plan.id
    assert approval_of(ruled, undo).amount == 50_000
    refused(ruled, undo)


def test_credits_weigh_as_much_as_invoices(ruled: Installation) -> None:
    lines: list[Body] = [
        {"account_id": "1010", "amount": "600.00"},
        {"account_id": "4000", "amount": "-600.00"},
    ]
    entry: Body = {"number": "J1", "date": "2026-03-02", "lines": lines}
    plan = plan_operation(ruled, "Alpha", asked("journal_entry", entry)).plan.id
    assert approval_of(ruled, plan).amount == 60_000


def test_a_change_weighs_what_its_document_was_and_will_be(ruled: Installation) -> None:
    small = plan_invoices(ruled, "Alpha", "50.00").plan.id
    apply_plan(ruled, small, Applying())
    line: Body = {"description": "More", "quantity": "1", "amount": "900", "account_id": "4000"}
    larger = Asked(
        Operation.UPDATE,
        "sales_invoice",
        [Document("1", {"lines": [line]}, key="customer:ACME:N1")],
    )
    assert approval_of(ruled, plan_operation(ruled, "Alpha", larger).plan.id).amount == 90_000
    gone = Asked(Operation.DELETE, "sales_invoice", [Document("1", key="customer:ACME:N1")])
    assert approval_of(ruled, plan_operation(ruled, "Alpha", gone).plan.id).amount == 5_000


def test_a_price_without_an_amount_weighs_too(ruled: Installation) -> None:
    line: Body = {
        "description": "Hours",
        "quantity": "10",
        "unit_price": "25",
        "account_id": "4000",
    }
    invoice: Body = {
        "customer_id": "ACME",
        "number": "H1",
        "date": "2026-03-02",
        "receivable_account_id": "1100",
        "lines": [line],
    }
    plan = plan_operation(ruled, "Alpha", asked("sales_invoice", invoice)).plan.id
    assert approval_of(ruled, plan).amount == 25_000


def test_lists_weigh_nothing(ruled: Installation) -> None:
    new: Body = {"id": "RICH", "name": "Rich Ltd", "credit_limit": "1000000.00"}
    plan = plan_operation(ruled, "Alpha", asked("customer", new)).plan.id
    assert approval_of(ruled, plan).amount == 0


def test_another_currency_counts_at_its_rate(house: Installation, tmp_path: Path) -> None:
    del tmp_path
    create_sandbox(house, NewSandbox("Uk", "uk", seed="demo"))
    change_decision(house, "approval_amount", "100")
    line: Body = {
        "description": "Work",
        "amount": "200.00",
        "account_id": "4000",
        "tax_code_id": "T9",
        "tax_amount": "0.00",
    }
    base: Body = {"customer_id": "MILLPRIN", "date": "2026-03-02", "lines": [line]}
    dear = {**base, "number": "F1", "currency": "EUR", "exchange_rate": "4"}
    plan = plan_operation(house, "Uk", asked("sales_invoice", dear)).plan
    if plan.rejected:
        assert approval_of(house, plan.id).amount == 0  # what is rejected is never sent
    else:
        assert approval_of(house, plan.id).amount == 17_095  # the rate of the books is 1.17


@BOTH
@pytest.mark.parametrize("value", ["", "x", "-1", "NaN", "Infinity", "1e40", "0.001", "1,000"])
def test_an_amount_that_is_none(house: Installation, value: str) -> None:
    with pytest.raises(ClaryError) as caught:
        change_decision(house, "approval_amount", value)
    assert caught.value.code == "DECISION_INVALID"


@pytest.mark.parametrize(("value", "kept"), [("-0.00", "0.00"), ("-0", "0.00"), ("1e3", "1000.00")])
def test_an_amount_is_kept_as_money(house: Installation, value: str, kept: str) -> None:
    assert change_decision(house, "approval_amount", value).value == kept


def test_settings_are_listed_and_audited(firm: Installation) -> None:
    assert {each.value for each in list_decisions(firm)} == {None}
    change_decision(firm, "approval_amount", "5", dry_run=True)
    assert {each.value for each in list_decisions(firm)} == {None}
    change_decision(firm, "approval_amount", "5")
    change_decision(firm, "approval_amount", "7.5", "Beta")
    stored = [each for each in list_decisions(firm) if each.value is not None]
    assert [(each.company, each.value) for each in stored] == [(None, "5.00"), ("beta", "7.50")]
    newest = next(iter(audit_rows(firm)))
    assert (newest.what, newest.company, newest.record) == (
        "setting.set",
        "Beta",
        "approval_amount",
    )
    assert (newest.old, newest.new) == ({"value": None}, {"value": "7.50"})
    with pytest.raises(ClaryError) as caught:
        change_decision(firm, "colour", "red")
    assert caught.value.code == "DECISION_UNKNOWN"
