"""Value added tax of the UK edition: per line, by the right code, stated or worked out."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.ledger.posting import uk_purchases, uk_sales
from clary.ledger.types.purchases import Purchase, PurchaseLine
from clary.ledger.types.sales import SalesInvoice, SalesLine
from tests.ledger.posting.shelf import DAY
from tests.ledger.posting.worlds import made, money, uk_company


def invoice(*lines: SalesLine, **values: object) -> SalesInvoice:
    return made(SalesInvoice, customer_id="ACME", date=DAY, lines=list(lines), **values)


def line(amount: str, code: str | None = None, tax: str | None = None) -> SalesLine:
    return SalesLine(
        account_id="4000",
        amount=Decimal(amount),
        tax_code_id=code,
        tax_amount=None if tax is None else Decimal(tax),
    )


@pytest.mark.rule("UK-TAX-PER-LINE")
def test_vat_is_rounded_per_line_and_then_added() -> None:
    shelf = uk_company()
    posting = shelf.post(uk_sales.post_invoice, invoice(line("0.33"), line("0.33"), line("0.33")))
    assert posting.tax == 7 * 3  # 20 % of 0.99 in one go would be 20


@pytest.mark.rule("UK-TAX-PER-LINE")
@pytest.mark.parametrize(
    ("net", "code", "vat"),
    [("0.02", "T1", 0), ("0.03", "T1", 1), ("0.10", "T5", 1), ("0.09", "T5", 0), ("100", "T0", 0)],
)
def test_half_a_penny_rounds_up(net: str, code: str, vat: int) -> None:
    assert uk_company().post(uk_sales.post_invoice, invoice(line(net, code))).tax == vat


@pytest.mark.rule("UK-TAX-PER-LINE")
@given(nets=st.lists(st.integers(1, 10_000_000), min_size=1, max_size=8))
def test_each_line_is_half_a_penny_from_its_rate_at_most(nets: list[int]) -> None:
    lines = [line(str(Decimal(net).scaleb(-2))) for net in nets]
    posting = uk_company().post(uk_sales.post_invoice, invoice(*lines))
    filled = posting.filled["lines"]
    assert isinstance(filled, list)
    rounded = [int(Decimal(values["tax_amount"]) * 100) for _, values in filled]
    assert all(abs(10 * vat - 2 * net) <= 5 for net, vat in zip(nets, rounded, strict=True))
    assert posting.tax == sum(rounded)


@pytest.mark.rule("UK-TAX-CHOICE")
def test_the_code_is_stated_else_the_products_the_accounts_the_companys() -> None:
    shelf = uk_company()
    lines = [
        SalesLine(item_id="CHAIR", tax_code_id="T0", amount=money("100")),
        SalesLine(item_id="CHAIR", amount=money("100")),
        SalesLine(item_id="DESK", amount=money("100")),
    ]
    assert shelf.post(uk_sales.post_invoice, invoice(*lines)).tax == 500 + 2000
    shelf.customers["ACME"].tax_code_id = "T2"
    assert shelf.post(uk_sales.post_invoice, invoice(*lines)).tax == 500


@pytest.mark.rule("UK-TAX-CHOICE")
def test_without_any_tax_code_the_line_is_refused() -> None:
    shelf = uk_company()
    shelf.set_policy(defaults={**shelf.policy.defaults, "default_tax_code": None})
    assert shelf.refusals(uk_sales.post_invoice, invoice(line("1"))) == {
        ("TAX_CODE_REQUIRED", "lines.0.tax_code_id")
    }


@pytest.mark.rule("UK-TAX-STATED")
@pytest.mark.parametrize(
    ("stated", "passes"),
    [("19.98", False), ("19.99", True), ("20", True), ("20.01", True), ("20.02", False)],
)
def test_stated_vat_may_differ_by_a_penny(stated: str, *, passes: bool) -> None:
    shelf = uk_company()
    document = invoice(line("100", tax=stated))
    if passes:
        assert shelf.post(uk_sales.post_invoice, document).tax == int(Decimal(stated) * 100)
    else:
        assert shelf.refusals(uk_sales.post_invoice, document) == {
            ("TAX_DIFFERS", "lines.0.tax_amount")
        }


@pytest.mark.rule("UK-TAX-STATED")
def test_stated_vat_is_kept_with_the_override() -> None:
    shelf = uk_company()
    document = invoice(line("100", tax="3"), tax_override=True)
    assert shelf.effect(shelf.post(uk_sales.post_invoice, document))["2200"] == -300


@pytest.mark.rule("UK-TAX-STATED")
@pytest.mark.parametrize(
    ("net", "kept"),
    [("100", ("0", "100", "20")), ("-100", ("0", "-100", "-20"))],
)
def test_vat_that_is_kept_may_be_anything_up_to_the_net(net: str, kept: tuple[str, ...]) -> None:
    for tax in kept:
        shelf = uk_company()
        lines = invoice(line("500"), line(net, tax=tax), tax_override=True)
        assert shelf.post(uk_sales.post_invoice, lines).tax == 10000 + int(tax) * 100


@pytest.mark.rule("UK-TAX-STATED")
@pytest.mark.parametrize(
    ("net", "tax", "told"),
    [
        ("100", "-20", "between 0.00 and 100.00"),
        ("100", "100.01", "between 0.00 and 100.00"),
        ("-100", "20", "between -100.00 and 0.00"),
        ("-100", "-100.01", "between -100.00 and 0.00"),
    ],
)
def test_vat_that_no_rate_could_give_is_not_kept(net: str, tax: str, told: str) -> None:
    document = invoice(line("500"), line(net, tax=tax), tax_override=True)
    _, problems = uk_company().check(uk_sales.post_invoice, document)
    [finding] = problems.findings
    assert (finding.code, finding.field) == ("TAX_IMPLAUSIBLE", "lines.1.tax_amount")
    expected = "20.00" if net == "100" else "-20.00"
    assert f"T1 gives {expected}" in finding.message
    assert told in finding.remedy


@pytest.mark.rule("UK-TAX-REVERSE")
def test_the_buyer_posts_a_reverse_charge_on_both_sides_and_owes_the_net() -> None:
    shelf = uk_company()
    lines = [
        PurchaseLine(account_id="5000", amount=money("100"), tax_code_id="T20"),
        PurchaseLine(account_id="5000", amount=money("10"), tax_code_id="T1"),
    ]
    document = Purchase(vendor_id="PAPER", date=DAY, lines=lines)
    posting = shelf.post(uk_purchases.post_purchase, document)
    assert shelf.effect(posting) == {"5000": 11000, "2201": 2200, "2200": -2000, "2100": -11200}
    assert posting.tax == 200
    filled = posting.filled["lines"]
    assert isinstance(filled, list)
    assert filled[0][1]["tax_amount"] == "0.00"


@pytest.mark.rule("UK-TAX-REVERSE")
def test_the_seller_posts_no_vat_of_a_reverse_charge() -> None:
    shelf = uk_company()
    posting = shelf.post(uk_sales.post_invoice, invoice(line("100", "T20")))
    assert shelf.effect(posting) == {"1100": 10000, "4000": -10000}
    assert shelf.refused(uk_sales.post_invoice, invoice(line("100", "T20", "20"))) == {
        "TAX_DIFFERS"
    }


@pytest.mark.rule("UK-TAX-ACCOUNTS")
def test_a_reverse_charge_needs_both_control_accounts() -> None:
    shelf = uk_company()
    shelf.set_policy(defaults={**shelf.policy.defaults, "sales_tax": None})
    lines = [PurchaseLine(account_id="5000", amount=money("100"), tax_code_id="T20")]
    document = Purchase(vendor_id="PAPER", date=DAY, lines=lines)
    assert shelf.refused(uk_purchases.post_purchase, document) == {"CONTROL_ACCOUNT_UNSET"}
