"""What a rehearsal makes of doors that tell less than a sandbox company."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from clary.companies.contract import Session, TypeCapability
from clary.companies.sandbox import SandboxCompany
from clary.flows.rehearsal.rehearsal import Rehearsal
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import Unsupported
from clary.ledger.editions import uk as uk_tables
from tests.flows.books import MemoryCompany
from tests.flows.rehearsal.doors import NarrowSession
from tests.flows.rehearsal.worlds import World, lines


@contextmanager
def rehearsing(
    world: World, session: Session, *unread: str, whole: bool = False
) -> Iterator[Rehearsal]:
    company = SandboxCompany(world.path)
    capabilities: Mapping[str, TypeCapability] | None = None if whole else company.capabilities()
    door = NarrowSession(session, *unread)
    with Rehearsal(door, company.info(), capabilities=capabilities) as rehearsal:
        yield rehearsal


def us_invoice(**fields: JsonValue) -> Body:
    line: Body = {"account_id": "4100", "amount": "100.00", "tax_type": 2, "job_id": "NOJOB"}
    body: Body = {"date": "2026-02-14", "customer_id": "EARLY", "number": "N1"}
    return {**body, "receivable_account_id": "1100", "lines": lines(line), **fields}


def test_what_a_door_cannot_read_is_said_and_not_held_against_a_document(
    worlds: dict[str, World], us_session: Session
) -> None:
    unread = ("job", "sales_invoice", "sales_rep")
    with rehearsing(worlds["us"], us_session, *unread) as rehearsal:
        [done] = rehearsal.post_many([("sales_invoice", us_invoice(sales_rep_id="WHO"))])
        assert done.findings == ()
        assert rehearsal.unreadable == set(unread)


def test_documents_that_cannot_be_read_are_said_even_where_they_are_read_whole(
    worlds: dict[str, World], us_session: Session
) -> None:
    with rehearsing(worlds["us"], us_session, "job", "sales_invoice", whole=True) as rehearsal:
        memo = us_invoice(applications=lines({"transaction_number": 6, "amount": "1.00"}))
        done = rehearsal.post_many([("sales_invoice", us_invoice()), ("credit_memo", memo)])
        assert [[one.code for one in each.findings] for each in done] == [
            [],
            ["DOCUMENT_NOT_OPEN"],
        ]
        assert rehearsal.unreadable == {"job", "sales_invoice"}


def test_a_list_that_rules_need_must_be_readable(
    worlds: dict[str, World], us_session: Session
) -> None:
    with (
        rehearsing(worlds["us"], us_session, "customer") as rehearsal,
        pytest.raises(Unsupported) as caught,
    ):
        rehearsal.post_many([("sales_invoice", us_invoice())])
    assert caught.value.code == "OPERATION_UNSUPPORTED"


def test_us_defaults_are_assumed_where_the_chart_leaves_no_choice(
    worlds: dict[str, World], us_session: Session
) -> None:
    line: Body = {"account_id": "6000", "amount": "9.00"}
    bill: Body = {"date": "2026-02-14", "vendor_id": "SUPPLY", "lines": lines(line)}
    sale = us_invoice(receivable_account_id=None, number=None)
    with rehearsing(worlds["us"], us_session, "job") as rehearsal:
        assert rehearsal.assumed
        assert dict(rehearsal.policy.defaults) == {"accounts_payable": "2000"}
        bought, sold = rehearsal.post_many([("purchase", bill), ("sales_invoice", sale)])
    assert bought.passed
    # Two accounts could be the receivable account, so that nobody can say which it is.
    assert [one.code for one in sold.findings] == ["REFERENCE_REQUIRED"]


def uk_invoice(customer: str, **fields: JsonValue) -> Body:
    line: Body = {"account_id": "4000", "amount": "10.00", "tax_code_id": "T1"}
    return {
        "date": "2026-02-14",
        "customer_id": customer,
        "number": "N5",
        "lines": lines(line),
        **fields,
    }


@pytest.mark.parametrize("unread", [(), ("currency",)])
def test_uk_defaults_are_those_of_a_new_company(
    worlds: dict[str, World], uk_session: Session, unread: tuple[str, ...]
) -> None:
    with rehearsing(worlds["uk"], uk_session, *unread) as rehearsal:
        assert rehearsal.policy.defaults == uk_tables.DEFAULTS
        assert rehearsal.policy.rates == ({} if unread else {"EUR": 1_173_000})
        [done] = rehearsal.post_many([("sales_invoice", uk_invoice("ACME"))])
    assert [(row.account_id, row.amount) for row in done.rows] == [
        ("4000", -1_000),
        ("2200", -200),
        ("1100", 1_200),
    ]


def test_banks_that_cannot_be_read_count_as_held_in_the_base_currency(
    worlds: dict[str, World], uk_session: Session
) -> None:
    money: Body = {"date": "2026-02-14", "from_bank_id": "1200", "total": "5.00"}
    with rehearsing(worlds["uk"], uk_session, "bank") as rehearsal:
        documents = [("bank_transfer", {**money, "to_bank_id": bank}) for bank in ("1220", "1210")]
        done = [rehearsal.post_many([document])[0] for document in documents]
        assert all(one.passed for one in done)
        assert rehearsal.unreadable == {"bank"}


def settling(number: int, amount: str) -> Body:
    applied = lines({"transaction_number": number, "amount": amount})
    money: Body = {"cash_account_id": "1220", "amount": amount, "exchange_rate": "1.2"}
    return {"date": "2026-02-14", "customer_id": "EUROPE", "applications": applied, **money}


@pytest.mark.parametrize("whole", [True, False])
def test_foreign_documents_are_converted_where_open_items_are_not_told(
    worlds: dict[str, World], uk_session: Session, *, whole: bool
) -> None:
    world = worlds["uk"]
    with rehearsing(world, uk_session, whole=whole) as rehearsal:
        [done] = rehearsal.post_many([("receipt", settling(world.numbers["EUROPE"], "80.01"))])
    # 80.01 euros at 1.173 are 68.21 pounds; at 1.2 they are 66.68.
    assert [(row.account_id, row.amount) for row in done.rows] == [
        ("1220", 6_668),
        ("1100", -6_821),
        ("7906", 153),
    ]


def test_foreign_documents_that_are_settled_have_nothing_open(
    worlds: dict[str, World], uk: Rehearsal
) -> None:
    number = worlds["uk"].numbers["EUROPE"]
    done = uk.post_many([("receipt", settling(number, "80.01"))] * 2)
    assert [one.passed for one in done] == [True, False]
    [again] = uk.post_many([("receipt", settling(number, "0.01"))])
    assert [one.code for one in again.findings] == ["APPLIED_TOO_MUCH"]


def test_a_company_that_tells_no_open_items_of_a_document_has_it_settled() -> None:
    """The small company in memory lists no open items at all, and works out no balances."""
    company = MemoryCompany("uk")
    info = company.info()
    euros: Body = {"currency": "EUR", "exchange_rate": "1.25"}
    with company.session(write=True) as session:
        for account, kind in (("1100", "control"), ("1220", "bank"), ("4000", "normal")):
            session.create("account", {"id": account, "name": account, "kind": kind})
        session.create("tax_code", {"id": "T0", "rate": "0"})
        session.create("customer", {"id": "EUROPE", "name": "Europe", "currency": "EUR"})
        session.create("currency", {"id": "EUR", "name": "Euro", "rate": "1.25"})
        written = session.create("sales_invoice", {**uk_invoice("EUROPE"), **euros})
        with Rehearsal(session, info, capabilities=company.capabilities()) as rehearsal:
            body = settling(int(str(written.key)), "5.00")
            [done] = rehearsal.post_many([("receipt", body)])
    assert "APPLIED_TOO_MUCH" in {one.code for one in done.findings}
