"""Rules of the editions that only a company can keep: identity, deletion, numbers, edits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clary.companies.contract import Session
from clary.companies.sandbox import SandboxCompany
from clary.kernel.change import Body, Verb
from clary.kernel.errors import ClaryError, Rejected
from tests.companies.sandbox.at_sage import CLOCK, act, make, rows
from tests.companies.sandbox.small import balances, bill, invoice, key, plain


@pytest.fixture
def uk_path(tmp_path: Path) -> Path:
    """Return the file of a small UK company."""
    path = make(tmp_path, "uk")
    with SandboxCompany(path, clock=CLOCK).session(write=True) as session:
        session.create("customer", {"id": "ACME", "name": "Acme"})
        session.create("vendor", {"id": "ACME", "name": "Acme"})
    return path


@pytest.fixture
def uk(uk_path: Path) -> Iterator[Session]:
    """Return an open session of the small UK company."""
    with SandboxCompany(uk_path, clock=CLOCK).session(write=True) as session:
        yield session


def uk_invoice(**more: str) -> Body:
    """Return an invoice of the small UK company."""
    line: Body = {"account_id": "4000", "amount": "100.00"}
    return {"customer_id": "ACME", "date": "2026-03-02", "lines": [line], **more}


def refused(code: str, error: ClaryError) -> bool:
    return isinstance(error, Rejected) and code in {one.code for one in error.findings}


# -- US --------------------------------------------------------------------------------------


@pytest.mark.rule("US-ID-UNIQUE")
def test_a_us_id_is_unique_whatever_its_case(us: Session) -> None:
    with pytest.raises(Rejected) as caught:
        us.create("customer", {"id": "acme", "name": "Another"})
    assert refused("DUPLICATE_KEY", caught.value)


@pytest.mark.rule("US-ID-CHANGE")
@pytest.mark.rule("US-IDENTITY")
@pytest.mark.parametrize(("record_type", "old"), [("customer", "ACME"), ("item", "PART")])
def test_an_id_changes_in_place_and_the_identity_stays(
    us: Session, record_type: str, old: str
) -> None:
    before = us.get(record_type, key(record_type, old))
    us.update(record_type, key(record_type, old), {"id": "NEWID"})
    after = us.get(record_type, key(record_type, "NEWID"))
    assert (after["guid"], after["record_number"]) == (before["guid"], before["record_number"])
    assert us.get(record_type, key(record_type, f"guid:{before['guid']}"))["id"] == "NEWID"


@pytest.mark.rule("US-ID-CHANGE")
def test_an_account_id_does_not_change(us: Session) -> None:
    with pytest.raises(Rejected) as caught:
        us.update("account", key("account", "4000"), {"id": "4001"})
    assert refused("KEY_FIXED", caught.value)


@pytest.mark.rule("US-ITEM-CLASS-FIXED")
def test_the_class_of_an_item_is_set_once_and_its_costing_until_it_is_used(us: Session) -> None:
    with pytest.raises(Rejected) as caught:
        us.update("item", key("item", "FIFO"), {"class": "service"})
    assert refused("FIELD_FIXED", caught.value)
    us.update("item", key("item", "FIFO"), {"cost_method": "lifo"})
    us.create("purchase", bill({"item_id": "FIFO", "quantity": "1", "unit_price": "4"}))
    with pytest.raises(Rejected) as caught:
        us.update("item", key("item", "FIFO"), {"cost_method": "fifo"})
    assert refused("FIELD_FIXED", caught.value)


@pytest.mark.rule("US-ONE-RETAINED")
def test_there_is_one_retained_earnings_account(us: Session) -> None:
    with pytest.raises(Rejected) as caught:
        us.create("account", {"id": "3901", "name": "More", "type": "retained_earnings"})
    assert refused("RETAINED_EARNINGS_ONCE", caught.value)


@pytest.mark.rule("US-DELETE")
def test_a_record_that_others_refer_to_is_not_deleted(us: Session) -> None:
    us.create("sales_invoice", invoice(plain("10.00")))
    for record_type, record in (("customer", "ACME"), ("account", "4000")):
        with pytest.raises(Rejected) as caught:
            us.delete(record_type, key(record_type, record))
        codes = {one.code for one in caught.value.findings}
        assert codes & {"RECORD_IN_USE_BY", "BALANCE_NOT_ZERO"}
    us.delete("customer", key("customer", "BETA"))


@pytest.mark.rule("US-PROSPECT")
def test_a_prospect_becomes_a_customer_with_its_first_invoice(us: Session) -> None:
    us.create("customer", {"id": "NEW", "name": "New", "prospect": True})
    assert us.get("customer", key("customer", "NEW"))["prospect"] is True
    us.create("sales_invoice", invoice(plain("10.00"), customer="NEW"))
    assert us.get("customer", key("customer", "NEW")).get("prospect") is False


@pytest.mark.rule("US-LAST-SAVED")
def test_last_saved_is_empty_until_a_record_is_saved_again(us: Session) -> None:
    us.create("customer", {"id": "NEW", "name": "New"})
    assert us.get("customer", key("customer", "NEW")).get("last_saved_at") is None
    us.update("customer", key("customer", "NEW"), {"name": "Newer"})
    assert us.get("customer", key("customer", "NEW"))["last_saved_at"]


@pytest.mark.rule("US-DEFAULTS")
@pytest.mark.parametrize(
    ("record_type", "default", "account"),
    [("customer", "sales", "4000"), ("vendor", "purchases", "6100")],
)
def test_a_new_party_needs_the_default_account_and_takes_it(
    us_path: Path, record_type: str, default: str, account: str
) -> None:
    act(us_path, "defaults-required on")
    with SandboxCompany(us_path).session(write=True) as session:
        with pytest.raises(Rejected) as caught:
            session.create(record_type, {"id": "NEW", "name": "New"})
        assert refused("DEFAULT_MISSING", caught.value)
    act(us_path, f"set-default {default} {account}")
    with SandboxCompany(us_path).session(write=True) as session:
        session.create(record_type, {"id": "NEW", "name": "New"})
        assert session.get(record_type, key(record_type, "NEW"))["account_id"] == account


@pytest.mark.rule("US-RIGHTS")
def test_a_user_has_a_level_of_rights_in_each_area(us_path: Path) -> None:
    act(us_path, "set-rights CLARY customers_and_sales read")
    with SandboxCompany(us_path).session(write=True) as session:
        assert session.get("customer", key("customer", "ACME"))
        with pytest.raises(ClaryError) as caught:
            session.create("customer", {"id": "NEW", "name": "New"})
    assert caught.value.code == "RIGHT_MISSING"


# -- UK --------------------------------------------------------------------------------------


@pytest.mark.rule("UK-ACCOUNT-UNIQUE")
def test_a_uk_reference_is_unique_in_its_own_ledger(uk: Session) -> None:
    assert uk.get("customer", key("customer", "ACME"))["name"] == "Acme"
    assert uk.get("vendor", key("vendor", "ACME"))["name"] == "Acme"
    with pytest.raises(Rejected) as caught:
        uk.create("customer", {"id": "acme", "name": "Another"})
    assert refused("DUPLICATE_KEY", caught.value)


@pytest.mark.rule("UK-CHART")
@pytest.mark.rule("UK-CATEGORY")
def test_a_nominal_code_outside_the_chart_warns(uk: Session) -> None:
    written = uk.create("account", {"id": "5555", "name": "Outside"})
    assert [one.code for one in written.warnings] == ["NOMINAL_OUTSIDE_CHART"]
    assert not uk.create("account", {"id": "7777", "name": "Inside"}).warnings
    assert uk.get("account", key("account", "7777"))["type"] == "overheads"


@pytest.mark.rule("UK-CONTROL-ACCOUNTS")
@pytest.mark.rule("UK-TAX-CODES")
def test_a_new_company_has_control_accounts_and_tax_codes(uk: Session) -> None:
    assert uk.get("account", key("account", "1100"))["kind"] == "control"
    assert uk.get("tax_code", key("tax_code", "T1"))["rate"] == "20"


@pytest.mark.rule("UK-INACTIVE-BALANCE")
@pytest.mark.rule("UK-DELETE-ACCOUNT")
def test_an_account_with_a_balance_is_neither_made_inactive_nor_deleted(uk: Session) -> None:
    uk.create("sales_invoice", uk_invoice())
    with pytest.raises(Rejected) as caught:
        uk.update("customer", key("customer", "ACME"), {"inactive": True})
    assert refused("BALANCE_NOT_ZERO", caught.value)
    with pytest.raises(Rejected) as caught:
        uk.delete("customer", key("customer", "ACME"))
    codes = {one.code for one in caught.value.findings}
    assert codes & {"RECORD_IN_USE_BY", "BALANCE_NOT_ZERO"}
    uk.update("vendor", key("vendor", "ACME"), {"inactive": True})
    uk.delete("vendor", key("vendor", "ACME"))


@pytest.mark.rule("UK-CURRENCY-FIXED")
def test_the_currency_of_an_account_is_fixed_by_transactions_and_foreign_trader(
    uk_path: Path,
) -> None:
    with SandboxCompany(uk_path, clock=CLOCK).session(write=True) as session:
        session.create("currency", {"id": "EUR", "rate": "1.25"})
        with pytest.raises(Rejected) as caught:
            session.update("customer", key("customer", "ACME"), {"currency": "EUR"})
    assert refused("FIELD_FIXED", caught.value)
    assert "96" in str(caught.value)
    act(uk_path, "foreign-trader on")
    with SandboxCompany(uk_path, clock=CLOCK).session(write=True) as session:
        session.update("vendor", key("vendor", "ACME"), {"currency": "EUR"})
        session.create("sales_invoice", uk_invoice())
        with pytest.raises(Rejected) as caught:
            session.update("customer", key("customer", "ACME"), {"currency": "EUR"})
    assert refused("FIELD_FIXED", caught.value)
    assert "95" in str(caught.value)


@pytest.mark.rule("UK-ANY-DATE")
@pytest.mark.parametrize("day", ["1999-06-01", "2050-06-01"])
def test_a_date_outside_the_financial_year_still_posts(uk: Session, day: str) -> None:
    assert uk.create("sales_invoice", uk_invoice(date=day)).key


@pytest.mark.rule("UK-AUDIT-TRAIL")
def test_a_posted_transaction_is_not_edited(uk: Session) -> None:
    number = uk.create("sales_invoice", uk_invoice()).key
    with pytest.raises(Rejected) as caught:
        uk.update("sales_invoice", key("sales_invoice", number), {"date": "2026-03-03"})
    assert refused("DOCUMENT_FIXED", caught.value)


@pytest.mark.rule("UK-AUDIT-TRAIL")
@pytest.mark.rule("UK-SEE-TRAN")
def test_a_deleted_transaction_stays_and_says_which_one_to_see(uk_path: Path) -> None:
    with SandboxCompany(uk_path, clock=CLOCK).session(write=True) as session:
        number = session.create("sales_invoice", uk_invoice()).key
        session.act("sales_invoice", key("sales_invoice", number), Verb.VOID, {})
        reversal = session.get("sales_invoice", key("sales_invoice", number))["reversed_by"]
        later = session.create("sales_invoice", uk_invoice()).key
    assert int(str(number)) < int(str(reversal)) < int(str(later))
    notes = rows(uk_path, "SELECT transaction_number, note FROM audit_note")
    assert notes == [(int(str(number)), f"Deleted - see tran {reversal}")]


@pytest.mark.rule("UK-UPDATE-LEDGERS")
@pytest.mark.rule("UK-UPDATE-ONCE")
def test_the_ledgers_of_a_document_are_updated_once(uk: Session) -> None:
    number = uk.create("sales_invoice", uk_invoice(form="document")).key
    document = key("sales_invoice", number)
    assert uk.get("customer", key("customer", "ACME"))["balance"] == "0.00"
    assert uk.get("sales_invoice", document)["posted"] is False
    uk.act("sales_invoice", document, Verb.POST, {})
    assert uk.get("customer", key("customer", "ACME"))["balance"] == "120.00"
    assert uk.get("sales_invoice", document)["posted"] is True
    with pytest.raises(Rejected) as caught:
        uk.act("sales_invoice", document, Verb.POST, {})
    assert refused("POSTED_ALREADY", caught.value)


@pytest.mark.rule("UK-UPDATE-LEDGERS")
def test_products_leave_stock_when_the_ledgers_are_updated(uk: Session) -> None:
    uk.create("item", {"id": "DESK", "description": "Desk"})
    count: Body = {"item_id": "DESK", "quantity": "5", "unit_cost": "4"}
    uk.create("inventory_adjustment", {"date": "2026-03-01", "lines": [count]})
    line: Body = {"item_id": "DESK", "quantity": "2", "unit_price": "10"}
    number = uk.create("sales_invoice", {**uk_invoice(form="document"), "lines": [line]}).key
    assert uk.get("item", key("item", "DESK"))["quantity_on_hand"] == "5"
    uk.act("sales_invoice", key("sales_invoice", number), Verb.POST, {})
    desk = uk.get("item", key("item", "DESK"))
    assert (desk["quantity_on_hand"], desk["stock_value"]) == ("3", "12.00")


@pytest.mark.rule("UK-ON-HOLD")
@pytest.mark.rule("UK-TERMS-AGREED")
def test_the_companys_preferences_stop_documents_or_warn(uk_path: Path) -> None:
    document = uk_invoice(form="document")
    with SandboxCompany(uk_path, clock=CLOCK).session(write=True) as session:
        session.update(
            "customer", key("customer", "ACME"), {"on_hold": True, "terms_agreed": False}
        )
        warnings = session.create("sales_invoice", document).warnings
    assert {one.code for one in warnings} == {"PARTY_ON_HOLD", "TERMS_NOT_AGREED"}
    act(uk_path, "stop-on-hold on")
    act(uk_path, "stop-terms-not-agreed on")
    with (
        SandboxCompany(uk_path, clock=CLOCK).session(write=True) as session,
        pytest.raises(Rejected) as caught,
    ):
        session.create("sales_invoice", document)
    assert {one.code for one in caught.value.findings} == {"PARTY_ON_HOLD", "TERMS_NOT_AGREED"}


@pytest.mark.rule("UK-VARIANCE")
@pytest.mark.rule("UK-CURRENCY-MATCH")
def test_a_foreign_invoice_is_paid_at_another_rate(uk_path: Path) -> None:
    act(uk_path, "foreign-trader on")
    with SandboxCompany(uk_path, clock=CLOCK).session(write=True) as session:
        session.create("currency", {"id": "EUR", "rate": "1.25"})
        session.create("account", {"id": "1220", "name": "Euro bank"})
        session.create("customer", {"id": "EURO", "name": "Euro", "currency": "EUR"})
        number = session.create("sales_invoice", uk_invoice(customer_id="EURO", number="E1")).key
        sent = session.get("sales_invoice", key("sales_invoice", number))
        assert (sent["currency"], sent["total"], sent["amount_due"]) == ("EUR", "120.00", "120.00")
        assert session.get("customer", key("customer", "EURO"))["balance"] == "96.00"
        applied: Body = {"invoice_number": "E1", "amount": "120.00"}
        session.create(
            "receipt",
            {
                "customer_id": "EURO",
                "date": "2026-03-09",
                "cash_account_id": "1200",
                "exchange_rate": "1.2",
                "applications": [applied],
            },
        )
        paid = session.get("sales_invoice", key("sales_invoice", number))
        assert paid["amount_due"] == "0.00"
        assert session.get("customer", key("customer", "EURO"))["balance"] == "0.00"
        assert balances(session)["7906"] == "-4.00"


@pytest.mark.rule("UK-ONE-LOGON")
def test_a_user_name_is_logged_on_once(uk_path: Path) -> None:
    company = SandboxCompany(uk_path, clock=CLOCK)
    with company.session(write=True), pytest.raises(ClaryError) as caught:
        company.session(write=True)
    assert caught.value.code == "USER_NAME_IN_USE"


@pytest.mark.rule("UK-EXCLUSIVE")
def test_nobody_logs_on_while_a_task_has_the_program_exclusively(uk_path: Path) -> None:
    act(uk_path, "exclusive on")
    with pytest.raises(ClaryError) as caught:
        SandboxCompany(uk_path, clock=CLOCK).session(write=True)
    assert caught.value.code == "COMPANY_EXCLUSIVE"


@pytest.mark.rule("UK-USER-COUNT")
def test_no_more_users_log_on_than_the_licence_allows(uk_path: Path) -> None:
    act(uk_path, "open-sage", user="MANAGER")
    act(uk_path, "add-user BOB")
    with (
        SandboxCompany(uk_path, clock=CLOCK).session(write=True),
        pytest.raises(ClaryError) as caught,
    ):
        SandboxCompany(uk_path, user="BOB", clock=CLOCK).session(write=True)
    assert caught.value.code == "USER_COUNT_EXCEEDED"


@pytest.mark.rule("UK-DELETE-EXCLUSIVE")
def test_a_record_is_deleted_only_while_nobody_else_is_logged_on(uk_path: Path) -> None:
    act(uk_path, "open-sage", user="MANAGER")
    with SandboxCompany(uk_path, clock=CLOCK).session(write=True) as session:
        with pytest.raises(ClaryError) as caught:
            session.delete("customer", key("customer", "ACME"))
        act(uk_path, "close-sage")
        session.delete("customer", key("customer", "ACME"))
    assert caught.value.code == "OTHERS_LOGGED_ON"
