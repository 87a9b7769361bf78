"""The face of a rehearsal: what is added and posted counts for what follows, in bulk and flat."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import pytest

from clary.companies.contract import Info, Query, Session
from clary.companies.sandbox import SandboxCompany
from clary.flows.rehearsal.rehearsal import GROUP, AccountMove, Rehearsal, RehearsedRow
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import Severity
from clary.ledger.posting.rows import RowKind
from tests.flows.rehearsal.doors import NarrowSession
from tests.flows.rehearsal.worlds import LOCKED, World, lines


def invoice(customer: str = "ACME", amount: str = "100.00", **fields: JsonValue) -> Body:
    line: Body = {"account_id": "4100", "amount": amount, "tax_type": 2}
    return {"date": "2026-02-14", "customer_id": customer, "lines": lines(line), **fields}


def sale_of(item: str, quantity: str, **fields: JsonValue) -> Body:
    line: Body = {"item_id": item, "quantity": quantity, "unit_price": "10"}
    return {**invoice(), "lines": lines(line), "tax_code_id": "FREE", **fields}


def codes(rehearsal: Rehearsal, *documents: tuple[str, Body]) -> list[list[str]]:
    done = rehearsal.post_many(list(documents))
    return [[finding.code for finding in one.findings] for one in done]


def test_a_document_tells_rows_total_tax_and_what_would_be_stored(us: Rehearsal) -> None:
    line: Body = {"account_id": "4100", "amount": "100.00"}
    body = invoice("acme", number="N9", lines=lines(line))
    [done] = us.post_many([("sales_invoice", body)])
    assert done.passed
    assert done.record == "sales_invoice N9"
    assert (done.total, done.tax, done.estimated) == (10_725, 725, False)
    assert done.rows == [
        RehearsedRow("4100", -10_000, RowKind.LINE, 0),
        RehearsedRow("2310", -600, RowKind.TAX, None),
        RehearsedRow("2320", -125, RowKind.TAX, None),
        RehearsedRow("1100", 10_725, RowKind.CONTROL, None),
    ]
    stored = done.stored
    assert stored is not None
    assert stored["customer_id"] == "ACME"
    assert stored["total"] == "107.25"
    assert stored["due_date"] == "2026-03-16"


def test_a_body_that_does_not_fit_its_type_has_only_the_findings_of_that(us: Rehearsal) -> None:
    [done] = us.post_many([("sales_invoice", {"customer_id": "NOBODY", "colour": "red"})])
    assert not done.passed
    assert {one.code for one in done.findings} == {"FIELD_REQUIRED", "FIELD_UNKNOWN"}
    assert done.record == "sales_invoice (new)"
    assert (done.rows, done.total, done.stored) == ([], 0, None)


def test_a_document_that_fails_leaves_no_trace(us: Rehearsal) -> None:
    wrong = invoice("LIMIT", "80.00", number="N7", total="1.00")
    right = invoice("LIMIT", "80.00", number="N7")
    found = codes(us, ("sales_invoice", wrong), ("sales_invoice", right))
    assert found == [["TOTAL_DIFFERS"], []]
    assert sum(move.debit for move in us.by_account()) == 8_000


def test_balances_of_the_plan_count_for_the_credit_limit(us: Rehearsal) -> None:
    one = invoice("LIMIT", "50.00")
    assert codes(us, ("sales_invoice", one)) == [[]]
    assert codes(us, ("sales_invoice", one)) == [["CREDIT_OVER_LIMIT"]]
    assert codes(us, ("sales_invoice", invoice("LIMIT", "40.00"))) == [[]]


def test_what_is_only_tried_counts_for_nothing(us: Rehearsal) -> None:
    one = ("sales_invoice", invoice("LIMIT", "50.00", number="N7"))
    for _ in range(3):
        [done] = us.post_many([one], keep=False)
        assert done.passed
        assert not done.findings
        assert done.total == 5_000
    assert us.by_account() == []


def test_numbers_of_the_books_and_of_the_plan_are_taken(us: Rehearsal) -> None:
    found = codes(
        us,
        ("sales_invoice", invoice(number="N1")),
        ("sales_invoice", invoice("EARLY", number="N2")),
        ("sales_invoice", invoice(number="N8")),
        ("sales_invoice", invoice(number="N8")),
        ("sales_invoice", invoice("EARLY", number="N8")),
    )
    # The invoice N2 of EARLY was voided, so that its number is free.
    assert found == [["NUMBER_DUPLICATE"], [], [], ["NUMBER_DUPLICATE"], []]


def test_a_credit_settles_an_invoice_that_the_plan_posts(us: Rehearsal) -> None:
    memo = invoice(amount="60.00", applications=lines({"invoice_number": "N8", "amount": "60.00"}))
    assert codes(us, ("sales_invoice", invoice(number="N8"))) == [[]]
    assert codes(us, ("credit_memo", memo), ("credit_memo", memo)) == [[], ["APPLIED_TOO_MUCH"]]
    assert codes(us, ("credit_memo", memo)) == [["APPLIED_TOO_MUCH"]]


def test_a_document_of_the_plan_has_no_transaction_number_yet(us: Rehearsal) -> None:
    assert codes(us, ("sales_invoice", invoice(number="N8"))) == [[]]
    settles = lines({"transaction_number": -1, "amount": "1.00"})
    memo = invoice(amount="1.00", applications=settles)
    assert codes(us, ("credit_memo", memo)) == [["DOCUMENT_NOT_OPEN"]]


def test_only_so_many_documents_of_a_number_are_told_apart(us: Rehearsal) -> None:
    same = ("sales_invoice", invoice(amount="1.00", number="SAME"))
    us.post_many([same] * 60)
    settles = lines({"invoice_number": "SAME", "amount": "1.00"})
    [done] = us.post_many([("credit_memo", invoice(amount="1.00", applications=settles))])
    [finding] = done.findings
    assert finding.code == "DOCUMENT_AMBIGUOUS"
    assert "has 50 documents" in finding.message


def test_locked_days_and_days_outside_the_years_are_told(us: Rehearsal, uk: Rehearsal) -> None:
    assert codes(us, ("sales_invoice", invoice(date=LOCKED))) == [["PERIOD_CLOSED"]]
    assert codes(us, ("sales_invoice", invoice(date="2031-01-01"))) == [["PERIOD_CLOSED"]]
    line: Body = {"account_id": "4000", "amount": "5.00"}
    late = invoice(date="2031-01-01", lines=lines(line))
    assert codes(uk, ("sales_invoice", late)) == [[]]


# -- what the plan creates ---------------------------------------------------------------------


def test_records_that_the_plan_creates_are_there_in_any_case(us: Rehearsal) -> None:
    document = ("sales_invoice", invoice("newco", sales_rep_id="REP"))
    assert codes(us, document) == [["UNKNOWN_REFERENCE", "UNKNOWN_REFERENCE"]]
    [default] = us.add_record("customer", {"id": "NEWCO", "name": "New"})
    assert (default.code, default.severity) == ("DEFAULT_MISSING", Severity.WARNING)
    assert us.add_record("employee", {"id": "REP", "name": "Rep"}) == []
    assert codes(us, document) == [[]]


def test_a_record_with_an_error_is_not_there(us: Rehearsal) -> None:
    [unfit] = us.add_record("customer", {"id": "NEWCO"})
    assert unfit.code == "FIELD_REQUIRED"
    body: Body = {"id": "NEWCO", "name": "New", "account_id": "4000", "tax_code_id": "NOTAX"}
    [unknown] = us.add_record("customer", body)
    assert (unknown.code, unknown.field) == ("UNKNOWN_REFERENCE", "tax_code_id")
    assert codes(us, ("sales_invoice", invoice("NEWCO"))) == [["UNKNOWN_REFERENCE"]]


def test_a_missing_default_account_stops_a_customer_where_the_company_says_so(
    us_session: Session, worlds: dict[str, World]
) -> None:
    info = SandboxCompany(worlds["us"].path).info()
    policy = us_session.policy()
    assert policy is not None
    strict = replace(policy, party_defaults_required=True)
    body: Body = {"id": "NEWCO", "name": "New"}
    with Rehearsal(us_session, info, policy=strict) as rehearsal:
        [found] = rehearsal.add_record("customer", body)
        assert (found.code, found.severity) == ("DEFAULT_MISSING", Severity.ERROR)
    told = replace(strict, defaults={**policy.defaults, "sales": "4100"})
    with Rehearsal(us_session, info, policy=told) as rehearsal:
        assert rehearsal.add_record("customer", body) == []


def test_new_goods_cost_what_the_plan_buys_them_for(us: Rehearsal) -> None:
    goods: Body = {"id": "NEW", "description": "New", "class": "stock", "sales_account_id": "4000"}
    us.add_record("item", {**goods, "inventory_account_id": "1200", "cost_account_id": "5000"})
    line: Body = {"item_id": "NEW", "quantity": "2", "unit_price": "3"}
    first: Body = {"date": "2026-02-14", "vendor_id": "SUPPLY", "lines": lines(line)}
    dearer: Body = {**first, "lines": lines({**line, "unit_price": "5"})}
    *_, done = us.post_many(
        [("purchase", first), ("purchase", dearer), ("sales_invoice", sale_of("NEW", "3"))]
    )
    assert not done.estimated
    assert [row.amount for row in done.rows if row.kind == RowKind.STOCK] == [-1_100]


def test_a_new_currency_brings_its_rate_and_a_new_bank_its_nominal(uk: Rehearsal) -> None:
    assert uk.add_record("currency", {"id": "USD", "name": "Dollar", "rate": "1.25"}) == []
    assert uk.add_record("currency", {"id": "SEK", "name": "Krona"}) == []
    assert uk.policy.rates["USD"] == 1_250_000
    assert "SEK" not in uk.policy.rates
    bank: Body = {"id": "1250", "name": "Dollars", "currency": "USD"}
    assert uk.add_record("bank", bank) == []
    customer: Body = {"id": "STATES", "name": "States", "currency": "USD", "account_id": "4000"}
    assert uk.add_record("customer", customer) == []
    line: Body = {"amount": "100.00", "tax_code_id": "T0"}
    money: Body = {"cash_account_id": "1250", "amount": "50.00"}
    paid: Body = {"date": "2026-02-14", "customer_id": "STATES", **money}
    done = uk.post_many(
        [("sales_invoice", invoice("STATES", lines=lines(line))), ("receipt", paid)]
    )
    assert [one.total for one in done] == [8_000, 4_000]
    wrong = uk.post_many([("receipt", {**paid, "customer_id": "ACME"})])
    assert [one.code for one in wrong[0].findings] == ["BANK_NOT_BASE_CURRENCY"]


def test_a_new_bank_makes_a_bank_of_the_nominal_that_is_there(uk: Rehearsal) -> None:
    transfer: Body = {"date": "2026-02-14", "from_bank_id": "1200", "to_bank_id": "7500"}
    document = ("bank_transfer", {**transfer, "total": "5.00"})
    assert codes(uk, document) == [["BANK_EXPECTED"]]
    assert uk.add_record("bank", {"id": "7500", "name": "Was printing"}) == []
    assert codes(uk, document) == [[]]
    assert [move.account_id for move in uk.by_account()] == ["1200", "7500"]


def test_the_books_can_be_asked_between_groups(us: Rehearsal, worlds: dict[str, World]) -> None:
    acme = us.books.customer("acme")
    assert acme is not None
    assert us.books.has_document("sales_invoice", acme, "N1")
    assert not us.books.has_document("sales_invoice", acme, "N8")
    number = worlds["us"].numbers["ACME"]
    found = us.books.open_document(acme, number, ("sales_invoice",))
    assert found is not None
    assert (found.open, found.account_id) == (8_000, "1100")
    assert us.books.customer("NEWCO") is None
    us.add_record("customer", {"id": "NEWCO", "name": "New"})
    assert us.books.customer("newco") is us.books.customer("NEWCO") is not None


def test_a_list_record_is_not_posted(us: Rehearsal) -> None:
    with pytest.raises(ValueError, match="customer are not posted"):
        us.post_many([("customer", {"id": "NEWCO", "name": "New"})])


# -- costs and the preview by account ------------------------------------------------------------


def test_costs_out_of_layers_that_nobody_tells_are_estimates(us: Rehearsal) -> None:
    average, fifo = us.post_many(
        [("sales_invoice", sale_of("AVERAGE", "2")), ("sales_invoice", sale_of("FIFO", "2"))]
    )
    assert not average.estimated
    assert fifo.estimated
    # 7 at 4.00 and 7 at 5.00 are there: the estimate is their average.
    assert [row.amount for row in fifo.rows if row.kind == RowKind.STOCK] == [-900]
    moves = {move.account_id: move for move in us.by_account()}
    assert moves["1200"] == AccountMove("1200", "1200", 0, 900 + 666, estimated=True)
    assert moves["5000"].estimated
    assert not moves["4000"].estimated
    bill: Body = {"item_id": "FIFO", "quantity": "1", "unit_price": "5"}
    bought: Body = {"date": "2026-02-14", "vendor_id": "SUPPLY", "lines": lines(bill)}
    count: Body = {"date": "2026-02-14", "lines": lines({"item_id": "FIFO", "quantity": "1"})}
    done = us.post_many([("purchase", bought), ("inventory_adjustment", count)])
    assert [one.estimated for one in done] == [False, True]


def test_an_estimated_adjustment_marks_both_its_accounts(us: Rehearsal) -> None:
    line: Body = {"item_id": "LIFO", "quantity": "-1", "account_id": "6000"}
    us.post_many([("inventory_adjustment", {"date": "2026-02-14", "lines": lines(line)})])
    assert [(move.account_id, move.estimated) for move in us.by_account()] == [
        ("1200", True),
        ("6000", True),
    ]


def test_debits_and_credits_by_account(us: Rehearsal) -> None:
    memo = invoice(amount="30.00")
    us.post_many([("sales_invoice", invoice()), ("credit_memo", memo)])
    assert us.by_account() == [
        AccountMove("1100", "1100", 10_000, 3_000, estimated=False),
        AccountMove("4100", "4100", 3_000, 10_000, estimated=False),
    ]


def test_nothing_is_written(us: Rehearsal, us_session: Session) -> None:
    before = us_session.trial_balance(None)
    us.post_many([("sales_invoice", invoice(number="N8"))] * 3)
    us.add_record("customer", {"id": "NEWCO", "name": "New"})
    assert us_session.trial_balance(None) == before
    assert all(body["id"] != "NEWCO" for body in us_session.read("customer", Query()))


# -- bulk ----------------------------------------------------------------------------------------


def us_info(worlds: dict[str, World]) -> Info:
    return SandboxCompany(worlds["us"].path).info()


def test_the_company_is_asked_in_bulk(us_session: Session, worlds: dict[str, World]) -> None:
    door = NarrowSession(us_session)
    company = SandboxCompany(worlds["us"].path)
    policy = us_session.policy()
    documents = [
        ("sales_invoice", sale_of(item, "1", customer_id=customer, number=f"X{number}"))
        for number, (item, customer) in enumerate(
            [("AVERAGE", "ACME"), ("WORK", "EARLY"), ("FIFO", "ALWAYS"), ("TEXT", "ACME")] * 20
        )
    ]
    with Rehearsal(
        door, company.info(), capabilities=company.capabilities(), policy=policy
    ) as rehearsal:
        done = rehearsal.post_many(documents)
    assert all(one.passed for one in done)
    assert sorted(door.asked) == [
        ("account", 10),
        ("customer", 3),
        ("item", 4),
        ("sales_invoice", 0),
        ("tax_code", 2),
    ]


def held() -> int:
    """Return how many bytes that the rehearsal's own lines took are still held."""
    own = tracemalloc.Filter(inclusive=True, filename_pattern="*/flows/rehearsal/[!t]*")
    snapshot = tracemalloc.take_snapshot().filter_traces([own])
    return sum(trace.size for trace in snapshot.traces)


def test_a_plan_of_any_length_takes_no_memory(
    us_session: Session, worlds: dict[str, World]
) -> None:
    company = SandboxCompany(worlds["us"].path)
    with Rehearsal(us_session, company.info(), capabilities=company.capabilities()) as rehearsal:

        def post(start: int) -> None:
            numbers = range(start, start + GROUP)
            rehearsal.post_many(
                [("sales_invoice", invoice(amount="1.00", number=f"Y{n}")) for n in numbers]
            )

        post(0)
        tracemalloc.start()
        try:
            post(GROUP)
            before = held()
            for group in range(2, 7):
                post(group * GROUP)
            after = held()
        finally:
            tracemalloc.stop()
        # The interpreter keeps what one group freed; a document has more than 20 bytes.
        assert after - before < 20 * 5 * GROUP
        again = rehearsal.post_many([("sales_invoice", invoice(amount="1.00", number="Y7"))])
        assert [one.code for one in again[0].findings] == ["NUMBER_DUPLICATE"]


def test_a_list_longer_than_a_group_is_one_plan(us: Rehearsal) -> None:
    one = ("sales_invoice", invoice(amount="1.00"))
    done = us.post_many([one] * (GROUP + 1))
    assert len(done) == GROUP + 1
    assert us.by_account()[0].debit == 100 * (GROUP + 1)
