"""Tax that the books work out otherwise: known beforehand, decided by policy."""

from __future__ import annotations

import pytest

from clary.flows.batch.settings import BatchSettings, TaxPolicy
from clary.flows.batch.tax_policy import TaxDecision, decide_tax
from clary.kernel.errors import Severity
from clary.ledger.posting.problems import Problems


def decided(
    settings: BatchSettings, *, computes: bool, stated: int = 725, computed: int = 723
) -> tuple[TaxDecision, Problems]:
    problems = Problems("invoice 1001")
    decision = decide_tax([stated], [computed], 1, settings, problems, company_computes=computes)
    return decision, problems


def test_a_company_that_takes_tax_gets_connectwises() -> None:
    decision, problems = decided(BatchSettings(), computes=False)
    assert (decision.is_stated, decision.is_kept) == (True, True)
    assert problems.findings[0].severity is Severity.WARNING


@pytest.mark.parametrize("computed", [724, 725, 726])
def test_a_cent_that_the_books_allow_is_not_worth_a_word(computed: int) -> None:
    decision, problems = decided(BatchSettings(), computes=False, computed=computed)
    assert not decision.is_kept
    assert not problems.findings


def test_the_same_tax_is_no_case_for_the_policy() -> None:
    decision, problems = decided(BatchSettings(), computes=True, computed=725)
    assert decision == TaxDecision(is_stated=False)
    assert not problems.findings


@pytest.mark.parametrize(
    ("settings", "code", "fails", "adjustment", "difference"),
    [
        (BatchSettings(), "BATCH_TAX_REFUSED", True, 0, 0),
        (
            BatchSettings(tax_policy=TaxPolicy.ADJUST, rounding_account="6900"),
            "BATCH_TAX_ADJUSTED",
            False,
            2,
            0,
        ),
        (
            BatchSettings(tax_policy=TaxPolicy.ADJUST),
            "BATCH_ROUNDING_ACCOUNT_MISSING",
            True,
            2,
            0,
        ),
        (
            BatchSettings(tax_policy=TaxPolicy.ACCEPT, tax_limit=2),
            "BATCH_TAX_ACCEPTED",
            False,
            0,
            2,
        ),
        (BatchSettings(tax_policy=TaxPolicy.ACCEPT, tax_limit=1), "BATCH_TAX_REFUSED", True, 0, 0),
    ],
)
def test_a_company_that_computes_tax_is_treated_by_policy(
    settings: BatchSettings,
    code: str,
    fails: bool,  # noqa: FBT001 - the expectation
    adjustment: int,
    difference: int,
) -> None:
    decision, problems = decided(settings, computes=True)
    assert not decision.is_stated
    assert (decision.adjustment, decision.difference) == (adjustment, difference)
    assert [finding.code for finding in problems.findings] == [code]
    assert problems.failed is fails
