"""Decides what happens where the books work out other tax than ConnectWise states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from clary.flows.batch.settings import BatchSettings, TaxPolicy
from clary.kernel.errors import Finding, Rejected, declare
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
    "Nothing needs to be done: these books take ConnectWise's tax as it is, so that the setting"
    " tax_policy has nothing to decide. If the rates should be the same, correct the wrong one.",
)
ROUNDING_ACCOUNT_MISSING = declare(
    "BATCH_ROUNDING_ACCOUNT_MISSING",
    Rejected,
    "The tax differs by {difference}, and there is no rounding account to post that to.",
    "Set rounding_account to an account of the books.",
)
ROUNDING_ACCOUNT_UNKNOWN = declare(
    "BATCH_ROUNDING_ACCOUNT_UNKNOWN",
    Rejected,
    "The setting tax_policy=adjust posts tax differences to the account {account}, which these"
    " books do not have.",
    "State one that they have: clary app set {app} --set rounding_account=ACCOUNT",
)


def check_rounding(settings: BatchSettings, account: str | None, app: str) -> Iterator[Finding]:
    """Yield a warning where the policy could not be followed if a document needed it.

    Args:
        settings: policy and rounding account.
        account: the account of the books that the rounding account is; none for no account.
        app: the connection that the settings belong to.
    """
    if settings.tax_policy is TaxPolicy.ADJUST and account is None:
        stated = settings.rounding_account or "(none is stated)"
        yield ROUNDING_ACCOUNT_UNKNOWN.warning(account=stated, app=app)


@dataclass(frozen=True, slots=True)
class TaxMoves:
    """What books that work tax out move otherwise than ConnectWise, as the policy has it.

    Minor units of the document's currency, a debit positive.

    Attributes:
        taxes: by tax account, the tax of the books less ConnectWise's.
        stated: ConnectWise's tax of the document.
        control: the receivable or payable account.
        rounding: account of the adjusting line; none without one.
        adjustment: amount of the adjusting line.
    """

    taxes: Mapping[str, int]
    stated: int
    control: str
    rounding: str | None = None
    adjustment: int = 0

    def by_account(self, to_base: Callable[[int], int]) -> Counter[str]:
        """Return what each account is moved by besides, in the currency of the books.

        Each row is converted by itself and the control account takes what is left, as the
        books do.

        Args:
            to_base: converts minor units of the document's currency.
        """
        moved: Counter[str] = Counter()
        for account, amount in self.taxes.items():
            moved[account] += to_base(self.stated + amount) - to_base(self.stated)
        if self.rounding is not None:
            moved[self.rounding] += to_base(self.adjustment)
        moved[self.control] -= moved.total()
        return moved


@dataclass(frozen=True, slots=True)
class TaxDecision:
    """What is done about the tax of one document.

    Attributes:
        is_stated: ConnectWise's tax goes into the document; else the books' own counts.
        is_kept: the document must insist on the stated tax.
        adjustment: minor units of an adjusting line to the rounding account.
        difference: minor units by which the total in the books falls short of the source's.
        parts: tax of the books less ConnectWise's, by agency (US) or line (UK); empty where
            ConnectWise's goes into the document, or the document is refused.
    """

    is_stated: bool
    is_kept: bool = False
    adjustment: int = 0
    difference: int = 0
    parts: Sequence[int] = ()

    def moves(
        self, accounts: Sequence[str], control: str, rounding: str | None, stated: int, sign: int
    ) -> TaxMoves | None:
        """Return what the books move otherwise than ConnectWise; none where they do not.

        Args:
            accounts: the tax account of each agency or line.
            control: the receivable or payable account.
            rounding: the account of the rounding line, as far as there is one.
            stated: ConnectWise's tax of the document.
            sign: 1 where the document debits its tax, -1 where it credits it.
        """
        if not any(self.parts):
            return None
        taxes: Counter[str] = Counter()
        for account, amount in zip(accounts, self.parts, strict=True):
            taxes[account] += sign * amount
        adjusts = rounding if self.adjustment else None
        return TaxMoves(taxes, sign * stated, control, adjusts, sign * self.adjustment)


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
    parts = tuple(-each for each in differences) if any(differences) else ()
    if not difference:
        return TaxDecision(is_stated=False, parts=parts)
    return _by_policy(difference, parts, settings, problems, shown)


def _by_policy(
    difference: int,
    parts: Sequence[int],
    settings: BatchSettings,
    problems: Problems,
    shown: dict[str, str],
) -> TaxDecision:
    if settings.tax_policy is TaxPolicy.ADJUST:
        if settings.rounding_account is None:
            problems.error(ROUNDING_ACCOUNT_MISSING, "taxes", **shown)
        else:
            problems.warn(TAX_ADJUSTED, "taxes", account=settings.rounding_account, **shown)
        return TaxDecision(is_stated=False, adjustment=difference, parts=parts)
    if settings.tax_policy is TaxPolicy.ACCEPT and abs(difference) <= settings.tax_limit:
        problems.warn(TAX_ACCEPTED, "taxes", **shown)
        return TaxDecision(is_stated=False, difference=difference, parts=parts)
    problems.error(TAX_REFUSED, "taxes", **shown)
    return TaxDecision(is_stated=False)
