"""Sales tax of the US edition: agencies, exemption, freight, item tax types, stated tax."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clary.ledger.posting import us_sales
from clary.ledger.types.groups import AgencyTax
from clary.ledger.types.sales import CreditMemo, SalesInvoice, SalesLine
from tests.ledger.posting.shelf import DAY
from tests.ledger.posting.worlds import made, money, us_company


def invoice(*amounts: str, tax_type: int | None = None, **values: object) -> SalesInvoice:
    lines = [
        SalesLine(account_id="4000", amount=Decimal(one), tax_type=tax_type) for one in amounts
    ]
    return made(SalesInvoice, customer_id="ACME", date=DAY, lines=lines, **values)


def taxes(**amounts: str) -> list[AgencyTax]:
    return [AgencyTax(agency_id=name, amount=Decimal(one)) for name, one in amounts.items()]


@pytest.mark.rule("US-TAX-AGENCIES")
def test_each_agency_of_the_code_gets_its_rate_on_its_account() -> None:
    shelf = us_company()
    posting = shelf.post(us_sales.post_invoice, invoice("100", tax_code_id="LOCAL"))
    assert shelf.effect(posting) == {"1100": 10825, "4000": -10000, "2300": -700, "2310": -125}
    assert posting.tax == 825
    assert posting.filled["taxes"] == [
        {
            "agency_id": "STATE",
            "description": "State tax",
            "account_id": "2300",
            "amount": "7.00",
        },
        {"agency_id": "CITY", "description": "City tax", "account_id": "2310", "amount": "1.25"},
    ]


@pytest.mark.rule("US-TAX-AGENCIES")
def test_a_credit_memo_takes_tax_back() -> None:
    shelf = us_company()
    memo = CreditMemo(
        customer_id="ACME",
        date=DAY,
        tax_code_id="LOCAL",
        lines=[SalesLine(account_id="4000", amount=money("100"))],
    )
    posting = shelf.post(us_sales.post_credit_memo, memo)
    assert shelf.effect(posting) == {"1100": -10825, "4000": 10000, "2300": 700, "2310": 125}


def test_tax_is_worked_out_on_the_sum_of_the_taxed_lines_and_rounded_half_up() -> None:
    shelf = us_company()
    posting = shelf.post(
        us_sales.post_invoice, invoice("0.10", "0.11", "0.15", tax_code_id="SHIPPED")
    )
    assert posting.tax == 3


@pytest.mark.rule("US-TAX-EXEMPT")
@pytest.mark.parametrize("code", ["EXEMPT", None])
def test_an_exempt_code_and_none_mean_no_tax(code: str | None) -> None:
    shelf = us_company()
    posting = shelf.post(us_sales.post_invoice, invoice("100", tax_code_id=code))
    assert (posting.tax, posting.total) == (0, 10000)


@pytest.mark.rule("US-TAX-FREIGHT")
@pytest.mark.rule("US-FREIGHT")
@pytest.mark.parametrize(("code", "tax"), [("SHIPPED", 770), ("LOCAL", 825)])
def test_freight_is_taxed_where_the_code_says_so(code: str, tax: int) -> None:
    shelf = us_company()
    document = invoice("100", tax_code_id=code, freight_amount=money("10"))
    posting = shelf.post(us_sales.post_invoice, document)
    assert posting.tax == tax
    assert shelf.effect(posting)["4200"] == -1000
    assert posting.filled["freight_account_id"] == "4200"


@pytest.mark.rule("US-FREIGHT")
def test_freight_needs_an_account_of_its_own_or_the_default() -> None:
    shelf = us_company()
    stated = invoice("100", freight_amount=money("10"), freight_account_id="4100")
    assert shelf.effect(shelf.post(us_sales.post_invoice, stated))["4100"] == -1000
    defaults = {name: one for name, one in shelf.policy.defaults.items() if name != "freight"}
    shelf.set_policy(defaults=defaults)
    assert shelf.refusals(us_sales.post_invoice, invoice("100", freight_amount=money("10"))) == {
        ("REFERENCE_REQUIRED", "freight_account_id")
    }


@pytest.mark.rule("US-TAX-ITEM-TYPE")
def test_a_line_is_taxed_by_its_tax_type_else_its_items_else_regular() -> None:
    shelf = us_company()
    shelf.items["NOTE"].tax_type = 2
    lines = [
        SalesLine(account_id="4000", amount=money("100")),
        SalesLine(account_id="4000", amount=money("100"), tax_type=2),
        SalesLine(item_id="NOTE", amount=money("100")),
        SalesLine(item_id="NOTE", amount=money("100"), tax_type=1),
    ]
    document = SalesInvoice(customer_id="ACME", date=DAY, tax_code_id="SHIPPED", lines=lines)
    assert shelf.post(us_sales.post_invoice, document).tax == 1400


@pytest.mark.rule("US-TAX-ITEM-TYPE")
def test_an_unknown_tax_type_is_refused() -> None:
    assert us_company().refusals(us_sales.post_invoice, invoice("100", tax_type=9)) == {
        ("TAX_TYPE_UNKNOWN", "lines.0.tax_type")
    }


@pytest.mark.rule("US-TAX-CODE-CHOICE")
def test_the_code_is_the_documents_else_the_customers() -> None:
    shelf = us_company()
    shelf.customers["ACME"].tax_code_id = "SHIPPED"
    assert shelf.post(us_sales.post_invoice, invoice("100")).tax == 700
    assert shelf.post(us_sales.post_invoice, invoice("100", tax_code_id="LOCAL")).tax == 825
    assert shelf.refusals(us_sales.post_invoice, invoice("100", tax_code_id="GONE")) == {
        ("UNKNOWN_REFERENCE", "tax_code_id")
    }


@pytest.mark.rule("US-TAX-STATED")
@pytest.mark.parametrize(("stated", "passes"), [("7.00", True), ("7.02", True), ("7.03", False)])
def test_stated_tax_may_differ_by_a_cent_per_taxed_line(stated: str, *, passes: bool) -> None:
    shelf = us_company()
    document = invoice("50", "50", tax_code_id="SHIPPED", taxes=taxes(STATE=stated))
    if passes:
        posting = shelf.post(us_sales.post_invoice, document)
        assert shelf.effect(posting)["2300"] == -int(Decimal(stated) * 100)
    else:
        assert shelf.refusals(us_sales.post_invoice, document) == {
            ("TAX_DIFFERS", "taxes.0.amount")
        }


@pytest.mark.rule("US-TAX-STATED")
def test_stated_tax_is_kept_with_the_override() -> None:
    shelf = us_company()
    document = invoice("100", tax_code_id="SHIPPED", taxes=taxes(STATE="6.50"), tax_override=True)
    assert shelf.post(us_sales.post_invoice, document).tax == 650


@pytest.mark.rule("US-TAX-STATED")
def test_tax_of_an_agency_that_is_left_out_counts_as_zero() -> None:
    shelf = us_company()
    document = invoice("100", tax_code_id="LOCAL", taxes=taxes(STATE="7"))
    assert shelf.refusals(us_sales.post_invoice, document) == {("TAX_DIFFERS", "taxes.amount")}


@pytest.mark.rule("US-TAX-STATED")
def test_tax_stated_in_parts_is_added_up() -> None:
    shelf = us_company()
    stated = [*taxes(STATE="3"), *taxes(STATE="4")]
    document = invoice("100", tax_code_id="SHIPPED", taxes=stated, tax_override=True)
    assert shelf.post(us_sales.post_invoice, document).tax == 700


@pytest.mark.rule("US-TAX-AGENCIES")
@pytest.mark.parametrize("code", ["LOCAL", None])
def test_tax_of_an_agency_that_the_code_lacks_is_refused(code: str | None) -> None:
    document = invoice("100", tax_code_id=code, taxes=taxes(MOON="1"), tax_override=True)
    assert us_company().refusals(us_sales.post_invoice, document) == {
        ("TAX_AGENCY_UNKNOWN", "taxes.0.agency_id")
    }


@pytest.mark.rule("US-REFERENCES")
def test_an_agency_with_an_account_that_is_gone_is_refused() -> None:
    shelf = us_company()
    del shelf.accounts["2300"]
    document = invoice("100", tax_code_id="SHIPPED")
    assert shelf.refusals(us_sales.post_invoice, document) == {("UNKNOWN_REFERENCE", "tax_code_id")}
