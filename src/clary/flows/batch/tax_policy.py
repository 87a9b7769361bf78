"""Decides what happens where the books work out other tax than ConnectWise states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clary.flows.batch.settings import BatchSettings, TaxPolicy
from clary.kernel.errors import Rejected, declare
from clary.kernel.money import money_text
from clary.ledger.posting.problems import Problems

TAX_REFUSED = declare(
    "BATCH_TAX_REFUSED",
    Rejected,
    "ConnectWise states tax of {stated}, the books work out {computed}.",
    "Make the rates of the tax code in ConnectWise and Sage the same, then refresh; or let the"
    " setting tax_policy adjust the difference to a rounding account, or accept it.",
)
TAX_ADJUSTED = declare(
    "BATCH_TAX_ADJUSTED",
    Rejected,
    "ConnectWise states tax of {stated}, the books work out {computed}; the difference is"
    " posted to {account}.",
    "Nothing needs to be done; the totals are the same.",
)
TAX_ACCEPTED = declare(
    "BATCH_TAX_ACCEPTED",
    Rejected,
    "ConnectWise states tax of {stated}, the books work out {computed}, which is kept.",
    "Nothing needs to be done; the total in Sage differs by {difference}.",
)
TAX_KEPT = declare(
    "BATCH_TAX_KEPT",
    Rejected,
    "ConnectWise states tax of {stated}; by the rates of the books it would be {computed}.",
    "Nothing needs to be done: ConnectWise's tax is posted. If the rates should be the same,"
    " correct the one that is wrong.",
)
ROUNDING_ACCOUNT_MISSING = declare(
    "BATCH_ROUNDING_ACCOUNT_MISSING",
    Rejected,
    "The tax differs by {difference}, and there is no rounding account to post that to.",
    "Set rounding_account to an account of the books.",
)


@dataclass(frozen=True, slots=True)
class TaxDecision:
    """What is done about the tax of one document.

    Attributes:
        is_stated: ConnectWise's tax goes into the document; else the books' own counts.
        is_kept: the document must insist on the stated tax.
        adjustment: minor units of an adjusting line to the rounding account.
        difference: minor units by which the total in the books falls short of the source's.
    """

    is_stated: bool
    is_kept: bool = False
    adjustment: int = 0
    difference: int = 0


def decide_tax(
    stated: Sequence[int],
    computed: Sequence[int],
    allowed: int,
    settings: BatchSettings,
    problems: Problems,
    *,
    company_computes: bool,
) -> TaxDecision:
    """Return what is done about tax that may differ, noting it where it does.

    Args:
        stated: ConnectWise's tax in minor units, by agency (US) or line (UK).
        computed: the same as the books work it out.
        allowed: minor units by which the books let one of them differ without a word.
        settings: policy, limit and rounding account.
        problems: findings of the document.
        company_computes: the door works tax out itself and takes none.
    """
    differences = [mine - theirs for mine, theirs in zip(stated, computed, strict=True)]
    difference = sum(differences)
    shown = {
        "stated": money_text(sum(stated)),
        "computed": money_text(sum(computed)),
        "difference": money_text(difference),
    }
    if not company_computes:
        is_kept = any(abs(each) > allowed for each in differences)
        if is_kept:
            problems.warn(TAX_KEPT, "taxes", **shown)
        return TaxDecision(is_stated=True, is_kept=is_kept)
    if not difference:
        return TaxDecision(is_stated=False)
    return _by_policy(difference, settings, problems, shown)


def _by_policy(
    difference: int, settings: BatchSettings, problems: Problems, shown: dict[str, str]
) -> TaxDecision:
    if settings.tax_policy is TaxPolicy.ADJUST:
        if settings.rounding_account is None:
            problems.error(ROUNDING_ACCOUNT_MISSING, "taxes", **shown)
        else:
            problems.warn(TAX_ADJUSTED, "taxes", account=settings.rounding_account, **shown)
        return TaxDecision(is_stated=False, adjustment=difference)
    if settings.tax_policy is TaxPolicy.ACCEPT and abs(difference) <= settings.tax_limit:
        problems.warn(TAX_ACCEPTED, "taxes", **shown)
        return TaxDecision(is_stated=False, difference=difference)
    problems.error(TAX_REFUSED, "taxes", **shown)
    return TaxDecision(is_stated=False)
