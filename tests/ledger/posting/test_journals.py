"""Journal entries of both editions: lines that add up to zero, and nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clary.ledger.posting import journals
from clary.ledger.types.journals import JournalEntry, JournalLine
from tests.ledger.posting.shelf import DAY, Shelf
from tests.ledger.posting.worlds import made, uk_company, us_company


def entry(*lines: tuple[str, str], **values: object) -> JournalEntry:
    each = [
        made(JournalLine, account_id=account, amount=Decimal(amount), **values)
        for account, amount in lines
    ]
    return JournalEntry(date=DAY, lines=each)


@pytest.mark.rule("US-JOURNAL")
@pytest.mark.rule("UK-JOURNAL")
@pytest.mark.parametrize(
    ("shelf", "first", "second"), [(us_company(), "6500", "1000"), (uk_company(), "7500", "1200")]
)
def test_a_journal_posts_its_own_lines(shelf: Shelf, first: str, second: str) -> None:
    posting = shelf.post(journals.post_journal_entry, entry((first, "25"), (second, "-25")))
    assert shelf.effect(posting) == {first: 2500, second: -2500}
    assert posting.total == 2500


@pytest.mark.rule("US-JOURNAL")
@pytest.mark.rule("UK-JOURNAL")
@pytest.mark.parametrize(("shelf", "account"), [(us_company(), "6500"), (uk_company(), "7500")])
def test_a_journal_adds_up_to_zero_over_two_lines_or_more(shelf: Shelf, account: str) -> None:
    lone = entry((account, "25"))
    assert shelf.refused(journals.post_journal_entry, lone) == {
        "JOURNAL_LINES",
        "JOURNAL_UNBALANCED",
    }
    problems = shelf.check(journals.post_journal_entry, entry((account, "1"), (account, "-3")))[1]
    assert [one.message for one in problems.findings] == ["Debits and credits differ by 2.00."]


@pytest.mark.rule("UK-ZERO")
def test_a_line_of_zero_is_refused() -> None:
    document = entry(("7500", "0"), ("7500", "0"))
    assert uk_company().refused(journals.post_journal_entry, document) == {"TOTAL_ZERO"}


@pytest.mark.rule("US-CONTROL-ACCOUNT")
@pytest.mark.rule("US-PERIOD")
@pytest.mark.rule("US-REFERENCES")
def test_a_us_journal_keeps_to_ordinary_accounts_and_open_days() -> None:
    shelf = us_company()
    shelf.locked_up_to = DAY
    document = entry(("1100", "1"), ("9999", "-1"), job_id="NONE")
    assert shelf.refusals(journals.post_journal_entry, document) == {
        ("PERIOD_CLOSED", "date"),
        ("CONTROL_ACCOUNT", "lines.0.account_id"),
        ("UNKNOWN_REFERENCE", "lines.1.account_id"),
        ("UNKNOWN_REFERENCE", "lines.0.job_id"),
        ("UNKNOWN_REFERENCE", "lines.1.job_id"),
    }


@pytest.mark.rule("UK-TAX-NON-VAT")
def test_a_uk_journal_moves_no_tax_and_takes_t9_by_itself() -> None:
    shelf = uk_company()
    posting = shelf.post(
        journals.post_journal_entry, entry(("7500", "25"), ("1200", "-25"), department_id="7")
    )
    assert posting.filled["lines"] == [(0, {"tax_code_id": "T9"}), (1, {"tax_code_id": "T9"})]
    coded = shelf.post(
        journals.post_journal_entry, entry(("7500", "25"), ("1200", "-25"), tax_code_id="T1")
    )
    assert shelf.effect(coded) == {"7500": 2500, "1200": -2500}


@pytest.mark.rule("UK-DEPARTMENT")
@pytest.mark.rule("UK-NOMINAL-CONTROL")
@pytest.mark.rule("UK-BANK-CURRENCY")
def test_a_uk_journal_says_everything_that_is_wrong_with_it() -> None:
    document = entry(("1100", "1"), ("1220", "-1"), department_id="99", tax_code_id="T100")
    assert uk_company().refusals(journals.post_journal_entry, document) == {
        ("CONTROL_ACCOUNT", "lines.0.account_id"),
        ("BANK_NOT_BASE_CURRENCY", "lines.1.account_id"),
        ("UNKNOWN_REFERENCE", "lines.0.department_id"),
        ("UNKNOWN_REFERENCE", "lines.1.department_id"),
        ("UNKNOWN_REFERENCE", "lines.0.tax_code_id"),
        ("UNKNOWN_REFERENCE", "lines.1.tax_code_id"),
    }
