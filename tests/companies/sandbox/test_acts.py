from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from clary.companies.contract import AccountFigure, Session
from clary.companies.sandbox import SandboxCompany
from clary.companies.sandbox.acts import ACTS, perform
from clary.companies.sandbox.situations import Caller
from clary.companies.sandbox.year_end import closing_entry
from clary.kernel.change import Body
from clary.kernel.clock import FixedClock
from clary.kernel.errors import Busy, Rejected, Unauthorised
from clary.ledger.fields import EditionName
from tests.companies.sandbox.at_sage import (
    CLOCK,
    WRITER,
    act,
    logged_on,
    make,
    notes,
    refusal,
    rows,
)
from tests.companies.sandbox.small import balances, invoice, key, plain


def invoiced(path: Path) -> str:
    with SandboxCompany(path).session(write=True) as session:
        return str(session.create("sales_invoice", invoice(plain("100.00"), number="A-1")).key)


def read(path: Path, record_type: str, record_key: str) -> Body:
    with SandboxCompany(path).session() as session:
        return session.get(record_type, key(record_type, record_key))


def shown_balances(path: Path) -> dict[str, str]:
    with SandboxCompany(path).session() as session:
        return balances(session)


# -- how acts are asked for --------------------------------------------------------------------


def test_every_act_says_what_it_does_and_asks_for() -> None:
    for name, each in ACTS.items():
        assert each.usage.startswith(name)
        assert each.help.endswith(".")
        assert each.instead or each.editions == ("us", "uk")
        assert all(one.help for one in (*each.arguments, *each.options))


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("close-the-doors", {}, "There is no act 'close-the-doors'"),
        ("set-rights CLARY", {}, "AREA and LEVEL missing"),
        ("close-sage now", {}, "'now' is too much"),
        ("close-sage", {"loudly": "yes"}, "no option --loudly"),
        ("allow-access perhaps", {}, "'perhaps' is none of once, always, never, ask"),
        ("add-user BOB", {"administrator": "maybe"}, "'maybe' is none of yes, no"),
        ("edit-record user CLARY", {}, "no field is named"),
        ("edit-record user CLARY inactive", {}, "'inactive' is not FIELD=VALUE"),
        ("upgrade soon", {}, "a release is a year or a version number"),
        ("upgrade 2007", {}, "of release 2026 already"),
        ("add-user clary", {}, "There is a user clary already"),
        ("remove-session CLARY", {}, "CLARY is not logged on"),
        ("lock-date 2026-01-31", {}, "does not exist in the edition us"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path, text: str, options: dict[str, str], reason: str
) -> None:
    with pytest.raises(Rejected, match=reason) as caught:
        act(make(tmp_path, "us"), text, **options)
    assert caught.value.findings[0].remedy


def test_words_of_choices_are_taken_in_any_writing(tmp_path: Path) -> None:
    assert act(make(tmp_path, "us"), "set-rights clary Customers-And-Sales READ") == (
        "CLARY has the level read in Customers & Sales: Maintenance"
        " and is no administrator any more."
    )


# -- Sage open and closed ----------------------------------------------------------------------


def test_sage_is_opened_and_closed_by_a_user(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    assert act(path, "open-sage", user="manager") == (
        "Sage 50 is running, and MANAGER has the company open."
    )
    assert rows(path, "SELECT user, program FROM logon") == [("MANAGER", "Sage 50")]
    assert act(path, "close-sage") == "Sage 50 is closed."
    assert rows(path, "SELECT user FROM logon") == []


def test_closing_one_users_sage_leaves_the_other_open(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    act(path, "open-sage", user="PERSON")
    act(path, "open-sage", user="CLARY")
    assert act(path, "close-sage", user="CLARY") == "PERSON still use Sage 50."
    assert notes(path) == ["PROGRAM_WITH_USER"]


def test_sage_cannot_be_opened_under_the_name_the_connector_uses(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    with logged_on(path), pytest.raises(Busy, match="CLARY is logged on already, by clary"):
        act(path, "open-sage", user="CLARY")


def test_closing_sage_lets_go_of_records_and_exclusive_mode(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    act(path, "open-sage", user="PERSON")
    act(path, "hold-record user CLARY")
    act(path, "exclusive on")
    assert refusal(path).code == "COMPANY_EXCLUSIVE"
    act(path, "close-sage")
    assert notes(path) == ["PROGRAM_STARTED"]
    assert rows(path, "SELECT * FROM record_lock") == []


def test_exclusive_mode_needs_the_company_alone(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    with logged_on(path), pytest.raises(Busy, match="the company alone to open it exclusively"):
        act(path, "exclusive on")


def test_a_new_user_has_the_rights_it_was_given(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    act(path, "add-user BOB", password="sesame")
    with logged_on(path, Caller("bob", "sesame", write=True)) as logon:
        assert (logon.user, logon.rights.administrator) == ("BOB", True)
    act(path, "add-user EVE", administrator="no")
    assert refusal(path, Caller("EVE")).code == "RIGHT_MISSING"


def test_uk_user_names_are_upper_case(tmp_path: Path) -> None:
    assert act(make(tmp_path, "uk"), "add-user bob") == "BOB was added as an administrator."


def test_records_are_held_and_released(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    assert act(path, "hold-record user clary") == "MANAGER has user CLARY open."
    assert act(path, "release-record user CLARY") == "user CLARY is closed."
    act(path, "hold-record user CLARY")
    assert act(path, "release-record") == "1 records were closed."
    with pytest.raises(Rejected, match="no user NOBODY"):
        act(path, "hold-record user NOBODY")


# -- settings and periods ----------------------------------------------------------------------


def test_foreign_trader_is_switched(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    for state, shown in (("on", True), ("off", False)):
        act(path, f"foreign-trader {state}")
        assert SandboxCompany(path).info().foreign_trader is shown


def test_the_lock_date_is_set_and_taken_away(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    act(path, "lock-date 2026-02-28")
    assert SandboxCompany(path).info().lock_date == date(2026, 2, 28)
    act(path, "lock-date none")
    assert SandboxCompany(path).info().lock_date is None
    with pytest.raises(Rejected, match="'31/01/2026' is no date"):
        act(path, "lock-date 31/01/2026")


def test_closing_a_uk_month_moves_the_lock_date(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    act(path, "close-period")
    act(path, "close-period")
    assert SandboxCompany(path).info().lock_date == date(2026, 2, 28)
    act(path, "lock-date 2027-12-31")
    with pytest.raises(Rejected, match="locked up to 2027-12-31 already"):
        act(path, "close-period")


def test_us_periods_close_from_the_oldest_on_but_not_the_last_of_a_year(us_path: Path) -> None:
    assert act(us_path, "close-period") == "Period 1 (2026-01-01 to 2026-01-31) is closed."
    with SandboxCompany(us_path).session(write=True) as session:
        with pytest.raises(Rejected, match="period 1"):
            session.create("sales_invoice", invoice(plain("1.00"), date="2026-01-15"))
        session.create("sales_invoice", invoice(plain("1.00"), date="2026-02-15"))
    for _ in range(10):
        act(us_path, "close-period")
    with pytest.raises(Rejected, match="last of its fiscal year") as caught:
        act(us_path, "close-period")
    assert "close-year" in caught.value.findings[0].remedy


def test_closing_a_year_makes_period_13_the_first(us_path: Path) -> None:
    with SandboxCompany(us_path).session(write=True) as session:
        session.create("sales_invoice", invoice(plain("1.00"), date="2026-05-02", number="OLD"))
        session.create("sales_invoice", invoice(plain("1.00"), date="2027-03-02", number="NEW"))
    assert "is closed; the books are open from 2027-01-01" in act(us_path, "close-year")
    periods = SandboxCompany(us_path).info().periods
    assert [(one.number, one.open) for one in periods] == [(n, True) for n in range(1, 25)]
    assert (periods[0].start, periods[-1].end) == (date(2027, 1, 1), date(2028, 12, 31))
    assert rows(us_path, "SELECT number, period FROM document ORDER BY number") == [
        ("CLOSE 2026", 0),
        ("NEW", 3),
        ("OLD", 0),
    ]
    with SandboxCompany(us_path).session(write=True) as session:
        with pytest.raises(Rejected, match="outside the two fiscal years"):
            session.create("sales_invoice", invoice(plain("1.00"), date="2026-05-03"))
        session.create("sales_invoice", invoice(plain("1.00"), date="2028-12-31"))


def test_closing_a_year_carries_its_result_to_retained_earnings(us_path: Path) -> None:
    with SandboxCompany(us_path).session(write=True) as session:
        session.create("sales_invoice", invoice(plain("80.00"), date="2026-05-02"))
        session.create("sales_invoice", invoice(plain("7.00"), date="2027-03-02"))
    act(us_path, "close-year")
    assert shown_balances(us_path) == {"1100": "87.00", "3900": "-80.00", "4000": "-7.00"}
    assert rows(us_path, "SELECT date, user FROM document WHERE number = 'CLOSE 2026'") == [
        ("2026-12-31", "PERSON")
    ]


def test_a_year_with_a_result_is_not_closed_without_retained_earnings(us_path: Path) -> None:
    with SandboxCompany(us_path).session(write=True) as session:
        session.delete("account", key("account", "3900"))
        session.create("sales_invoice", invoice(plain("80.00"), date="2026-05-02"))
    with pytest.raises(Rejected, match="no retained earnings account"):
        act(us_path, "close-year")
    assert SandboxCompany(us_path).info().periods[0].start == date(2026, 1, 1)


def test_years_close_one_after_another(us_path: Path) -> None:
    act(us_path, "close-year")
    act(us_path, "close-period")
    act(us_path, "close-year")
    periods = SandboxCompany(us_path).info().periods
    assert (periods[0].number, periods[0].start) == (1, date(2028, 1, 1))
    assert len(periods) == 24


def figure(account: str, kind: str, balance: int) -> AccountFigure:
    return AccountFigure(account, account, kind, balance)


def test_the_closing_entry_carries_the_result_to_retained_earnings() -> None:
    entry = closing_entry(
        [
            figure("1020", "cash", 70_00),
            figure("3900", "retained_earnings", -5_00),
            figure("4000", "income", -100_00),
            figure("5000", "cost_of_sales", 20_00),
            figure("6000", "expenses", 15_00),
            figure("6100", "expenses", 0),
        ],
        date(2026, 12, 31),
    )
    assert entry == {
        "date": "2026-12-31",
        "number": "CLOSE 2026",
        "lines": [
            {"account_id": "4000", "amount": "100.00"},
            {"account_id": "5000", "amount": "-20.00"},
            {"account_id": "6000", "amount": "-15.00"},
            {"account_id": "3900", "amount": "-65.00"},
        ],
    }


def test_the_closing_entry_can_be_posted_and_clears_the_year(us: Session) -> None:
    us.create("sales_invoice", invoice(plain("80.00")))
    entry = closing_entry(us.trial_balance(date(2026, 12, 31)), date(2026, 12, 31))
    assert entry is not None
    us.create("journal_entry", entry)
    assert balances(us) == {"1100": "80.00", "3900": "-80.00"}


def test_a_year_without_result_needs_no_closing_entry() -> None:
    assert closing_entry([figure("1020", "cash", 5)], date(2026, 12, 31)) is None


def test_a_result_without_retained_earnings_is_refused() -> None:
    with pytest.raises(Rejected, match="no retained earnings account"):
        closing_entry([figure("4000", "income", -5)], date(2026, 12, 31))


# -- what the person posts and changes ---------------------------------------------------------


def test_the_person_receives_a_payment(us_path: Path) -> None:
    invoiced(us_path)
    sentence = act(us_path, "receive-payment ACME A-1 40.00")
    assert sentence == "40.00 from ACME for A-1 were received on 2026-03-15 as transaction 2."
    assert shown_balances(us_path) == {"1020": "40.00", "1100": "60.00", "4000": "-100.00"}
    assert rows(us_path, "SELECT user FROM document ORDER BY transaction_number") == [
        ("CLARY",),
        ("PERSON",),
    ]


def test_a_payment_takes_what_it_is_told(us_path: Path) -> None:
    number = invoiced(us_path)
    text = f"receive-payment ACME number:{number} 100.00"
    act(us_path, text, date="2026-04-01", account="2310", reference="CHEQUE 7")
    receipt = read(us_path, "receipt", "2")
    assert (receipt["date"], receipt["reference"]) == ("2026-04-01", "CHEQUE 7")
    assert shown_balances(us_path) == {"2310": "100.00", "4000": "-100.00"}


def test_a_payment_long_after_the_open_years_is_dated_as_its_invoice(us_path: Path) -> None:
    invoiced(us_path)
    later = FixedClock(datetime(2040, 1, 1, 12, tzinfo=UTC))
    sentence = perform(us_path, "receive-payment", ["ACME", "A-1", "40.00"], {}, later)
    assert "were received on 2026-03-02" in sentence


def test_a_payment_in_a_closed_period_is_refused(us_path: Path) -> None:
    invoiced(us_path)
    for _ in range(3):
        act(us_path, "close-period")
    with pytest.raises(Rejected, match="period 3"):
        act(us_path, "receive-payment ACME A-1 40.00")


def test_a_payment_for_an_unknown_invoice_is_refused(us_path: Path) -> None:
    with pytest.raises(Rejected):
        act(us_path, "receive-payment ACME A-9 40.00")
    assert rows(us_path, "SELECT * FROM document") == []


def test_the_person_edits_voids_and_deletes(us_path: Path) -> None:
    number = invoiced(us_path)
    assert act(us_path, "edit-record customer BETA name=New email=") == (
        "PERSON changed name, email of customer BETA."
    )
    assert read(us_path, "customer", "BETA")["name"] == "New"
    assert act(us_path, "delete customer BETA") == "PERSON deleted customer BETA."
    assert act(us_path, f"void sales_invoice {number}").startswith(
        f"PERSON voided sales_invoice {number}"
    )
    assert shown_balances(us_path) == {}
    with pytest.raises(Rejected, match="no customer BETA"):
        act(us_path, "delete customer BETA")
    with pytest.raises(Rejected, match="has no field"):
        act(us_path, "edit-record customer ACME colour=red")


def test_the_person_needs_rights_but_no_access_for_third_parties(us_path: Path) -> None:
    act(us_path, "allow-access never")
    act(us_path, "edit-record customer ACME name=New")
    act(us_path, "set-rights PERSON customers_and_sales read")
    with pytest.raises(Unauthorised, match="Customers & Sales"):
        act(us_path, "edit-record customer ACME name=Newer")
    act(us_path, "edit-record customer ACME name=Newer", user="CLARY")


def test_the_person_works_in_the_session_that_sage_has_open(us_path: Path) -> None:
    act(us_path, "open-sage", user="PERSON")
    act(us_path, "edit-record customer ACME name=New")
    assert rows(us_path, "SELECT user FROM logon") == [("PERSON",)]


def test_the_person_waits_for_the_connector_in_a_single_user_company(us_path: Path) -> None:
    with (
        logged_on(us_path, WRITER),
        pytest.raises(Busy, match="single-user mode and CLARY is using it"),
    ):
        act(us_path, "edit-record customer ACME name=New")


@pytest.mark.parametrize("edition", ["us", "uk"])
def test_an_act_takes_its_time_from_the_clock(tmp_path: Path, edition: EditionName) -> None:
    path = make(tmp_path, edition)
    perform(path, "leave-session", ["CLARY"], {}, CLOCK)
    assert rows(path, "SELECT since FROM logon") == [("2026-03-15T12:00:00.000000Z",)]
