from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from beancount import loader
from beancount.core import data
from hypothesis import HealthCheck, given, settings

from clary.companies.contract import AccountFigure, LedgerRow
from clary.kernel.errors import Failed
from clary.ledger.journal_text import FORMATS, ROOTS, Names, Title, root_of, write
from clary.ledger.journal_text.hledger import STYLE
from clary.ledger.journal_text.writing import Format
from clary.ledger.types.lists import UK_ACCOUNT_TYPES, US_ACCOUNT_TYPES
from tests.ledger.journal_text.ledgers import (
    TITLE,
    Ledger,
    beancount_balances,
    hledger_balances,
    ledgers,
    plain,
    run_hledger,
)

ACCOUNTS = (
    AccountFigure("1100", "Accounts Receivable", "accounts_receivable", 0),
    AccountFigure("2310", "Sales Tax Payable", "other_current_liabilities", 0),
    AccountFigure("4000", "Sales", "income", 0),
)


def invoice(amount: int = 10_500, **other: object) -> list[LedgerRow]:
    row = LedgerRow(
        transaction_number=57,
        date=date(2026, 1, 31),
        record_type="sales_invoice",
        number="INV-1",
        party="ACME",
        account_id="1100",
        amount=amount,
        description="",
    )
    rows = [
        row,
        replace(row, account_id="4000", amount=-10_000, description="Repair, labour"),
        replace(row, account_id="2310", amount=-500, description="Sales tax"),
    ]
    return [replace(each, **other) for each in rows]  # type: ignore[arg-type]  # any field


def text_of(format_name: Format, ledger: Ledger, title: Title = TITLE) -> str:
    return "\n".join(write(format_name, ledger.rows, ledger.accounts, title)) + "\n"


def test_every_account_type_of_both_editions_has_a_root() -> None:
    assert set(ROOTS) == {*US_ACCOUNT_TYPES, *UK_ACCOUNT_TYPES}
    assert root_of("") == "Equity:Unclassified"


def test_an_hledger_transaction_reads_as_a_person_expects() -> None:
    lines = list(write("hledger", invoice(), ACCOUNTS, TITLE))
    tags = "type:sales_invoice, number:INV-1, party:ACME"
    assert lines[-5:] == [
        "",
        f"2026-01-31 (57) ACME | sales_invoice INV-1  ; {tags}",
        "    Assets:1100 Accounts Receivable  105.00 USD",
        "    Revenue:4000 Sales  -100.00 USD  ; Repair labour",
        "    Liabilities:2310 Sales Tax Payable  -5.00 USD  ; Sales tax",
    ]


def test_a_beancount_transaction_carries_number_type_and_party() -> None:
    entries, errors, _ = loader.load_string(
        "\n".join(write("beancount", invoice(), ACCOUNTS, TITLE))
    )
    assert not errors
    (found,) = [entry for entry in entries if isinstance(entry, data.Transaction)]
    assert (found.date, found.payee, found.narration) == (
        date(2026, 1, 31),
        "ACME",
        "sales_invoice INV-1",
    )
    assert (found.links, found.tags) == (frozenset({"t57"}), frozenset({"sales_invoice"}))
    assert (found.meta["transaction_number"], found.meta["number"]) == (57, "INV-1")
    assert [posting.account for posting in found.postings] == [
        "Assets:1100-Accounts-Receivable",
        "Income:4000-Sales",
        "Liabilities:2310-Sales-Tax-Payable",
    ]


@settings(max_examples=6000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ledger=ledgers())
def test_hledger_finds_the_balances_of_any_ledger_account_by_account(
    hledger: str, ledger: Ledger
) -> None:
    journal = text_of("hledger", ledger)
    run_hledger(hledger, journal, "check", "--strict")
    names = Names(ledger.accounts, STYLE)
    expected = {names.of(account): units for account, units in ledger.balances.items()}
    found = hledger_balances(hledger, journal)
    assert {name: units for name, units in found.items() if name in expected} == expected
    assert not any(units for name, units in found.items() if name not in expected)


@settings(max_examples=600)
@given(ledger=ledgers())
def test_beancount_finds_the_balances_of_any_ledger_account_by_account(ledger: Ledger) -> None:
    found = beancount_balances(text_of("beancount", ledger))
    expected = {plain(account): units for account, units in ledger.balances.items()}
    assert found == expected


@pytest.mark.parametrize("format_name", FORMATS)
def test_accounts_whose_ids_differ_in_marks_only_stay_apart(format_name: Format) -> None:
    twins = ("1:0", "1;0", "1-0", "1 0", "1  0")
    accounts = tuple(AccountFigure(one, "Twin", "cash", 0) for one in twins)
    rows = [
        replace(invoice()[0], transaction_number=number, account_id=one, amount=number)
        for number, one in enumerate(twins, start=1)
    ]
    text = "\n".join(write(format_name, rows, accounts, TITLE))
    opened = [line.split("  ")[0] for line in text.splitlines() if line.startswith("account ")]
    opened += [line for line in text.splitlines() if " open " in line]
    assert len(set(opened)) == len(twins)


def test_a_programs_own_check_refuses_rows_that_do_not_balance(hledger: str) -> None:
    wrong = Ledger(ACCOUNTS, tuple(invoice(amount=10_499)))
    with pytest.raises(AssertionError, match="could not balance"):
        run_hledger(hledger, text_of("hledger", wrong), "check")
    with pytest.raises(AssertionError, match="does not balance"):
        beancount_balances(text_of("beancount", wrong))


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_same_rows_give_the_same_text_whatever_the_order_of_accounts(
    format_name: Format,
) -> None:
    forwards = list(write(format_name, invoice(), ACCOUNTS, TITLE))
    assert forwards == list(write(format_name, iter(invoice()), ACCOUNTS[::-1], TITLE))


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_row_of_an_unknown_account_is_our_own_fault(format_name: Format) -> None:
    with pytest.raises(Failed, match="9999") as caught:
        list(write(format_name, invoice(account_id="9999"), ACCOUNTS, TITLE))
    assert caught.value.code == "JOURNAL_ACCOUNT_UNKNOWN"


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_large_ledger_passes_through_without_being_held(format_name: Format) -> None:
    def rows() -> Iterator[LedgerRow]:
        for number in range(20_000):
            yield from invoice(transaction_number=number)

    lines = write(format_name, rows(), ACCOUNTS, TITLE)
    next(lines)
    tracemalloc.start()
    try:
        count = sum(1 for _ in lines)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count > 80_000
    assert peak < 1_000_000
