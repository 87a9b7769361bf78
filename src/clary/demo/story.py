"""The main jobs on one company: look, post, post again, take back, and check the books."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from clary.companies.contract import Info
from clary.demo.checks import Checked
from clary.demo.documents import Place, Step, steps
from clary.flows.operations.requests import (
    Document,
    Operation,
    OperationOptions,
    OperationResult,
    Status,
)
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, RunAnswer, apply_plan
from clary.hub.services.companies import TrialBalance, company_info, trial_balance
from clary.hub.services.operations import Asked, operate, operation_results
from clary.hub.services.plans import plan_findings
from clary.hub.services.records import QueryAsked, querying
from clary.hub.services.runs import plan_the_undo
from clary.kernel.change import Body
from clary.kernel.clock import local_date
from clary.kernel.errors import Finding, Severity
from clary.ledger.registry import record_type

SOURCE = "demo"
LARGEST = 5


@dataclass(frozen=True, slots=True)
class Done:
    """One document that was posted or tried again.

    Attributes:
        told: what it is, for a reader.
        run: the run that did it.
        result: how it ended.
    """

    told: str
    run: RunAnswer
    result: OperationResult


@dataclass(slots=True)
class Story(Checked):
    """What was done with one company.

    Attributes:
        info: what it is.
        counts: how many records of each type its books hold.
        largest: the customers that owe most.
        posted: the documents that were posted.
        again: the same documents, sent once more.
        undone: the runs that took them back, newest first.
        left: why something could not be taken back.
        retired: the run that made it inactive instead.
        before: the books before.
        after: the books with the documents.
        end: the books after the undo.
    """

    info: Info
    before: TrialBalance
    counts: dict[str, int] = field(default_factory=dict)
    largest: list[Body] = field(default_factory=list)
    posted: list[Done] = field(default_factory=list)
    again: list[Done] = field(default_factory=list)
    undone: list[RunAnswer] = field(default_factory=list)
    left: list[Finding] = field(default_factory=list)
    retired: RunAnswer | None = None
    after: TrialBalance | None = None
    end: TrialBalance | None = None

    @property
    def runs(self) -> list[RunAnswer]:
        """Every run, in order."""
        done = [each.run for each in (*self.posted, *self.again)]
        return [*done, *self.undone, *([self.retired] if self.retired else [])]


def tell(installation: Installation, place: Place) -> Story:
    """Do the main jobs on a company and return what happened.

    Raises:
        ClaryError: something could not be done at all.
    """
    name = place.company
    story = Story(name, company_info(installation, name).info, trial_balance(installation, name))
    _look(installation, story)
    chosen = steps(place, working_day(installation, story.info))
    story.posted = [_post(installation, name, step) for step in chosen]
    story.after = trial_balance(installation, name)
    story.again = [_post(installation, name, step) for step in chosen]
    _check_posted(story, trial_balance(installation, name))
    _take_back(installation, story)
    story.end = trial_balance(installation, name)
    _check_undone(story)
    return story


def _take_back(installation: Installation, story: Story) -> None:
    """Take back what was posted, the last first; what is used stays and is retired."""
    for done in reversed(story.posted):
        planned = plan_the_undo(installation, done.run.run.id)
        if not planned.plan.errors:
            story.undone.append(apply_plan(installation, planned.plan.id, Applying()))
            continue
        findings = plan_findings(installation, planned.plan.id)
        story.left += [each for each in findings if each.severity is Severity.ERROR]
        story.retired = _retire(installation, story.name, str(done.result.key))


def _retire(installation: Installation, name: str, key: str) -> RunAnswer:
    document = Document(key, {"inactive": True}, key=key)
    asked = Asked(Operation.UPDATE, "customer", [document], OperationOptions(source=SOURCE))
    return operate(installation, name, asked, Applying()).run


def working_day(installation: Installation, info: Info) -> date:
    """Return today, or the last open day of the books where they end before it."""
    open_days = [period.end for period in info.periods if period.open]
    return min([local_date(installation.clock), *open_days[-1:]])


def _look(installation: Installation, story: Story) -> None:
    for name in ("customer", "vendor", "item", "sales_invoice", "purchase"):
        keys = QueryAsked(fields=(record_type(name).key,))
        story.counts[name] = sum(1 for _ in _records(installation, story.name, name, keys))
    asked = QueryAsked(
        where="balance > 0", fields=("id", "name", "balance"), order=("-balance",), limit=LARGEST
    )
    story.largest = list(_records(installation, story.name, "customer", asked))
    story.check(
        "the books balance",
        story.before.total_debit == story.before.total_credit,
        "debits equal credits before anything was done",
    )


def _records(
    installation: Installation, name: str, type_name: str, asked: QueryAsked
) -> Iterator[Body]:
    with querying(installation, name, type_name, asked) as found:
        yield from found.answer.rows


def _post(installation: Installation, name: str, step: Step) -> Done:
    document = Document(
        step.key, step.body, idempotency_key=step.key, tracked={"demo": step.record_type}
    )
    options = OperationOptions(source=SOURCE)
    asked = Asked(Operation.CREATE, step.record_type, [document], options)
    answer = operate(installation, name, asked, Applying())
    result = next(operation_results(installation, answer))
    return Done(step.told, answer.run, result)


def _check_posted(story: Story, now: TrialBalance) -> None:
    story.check(
        "documents posted",
        all(done.result.status is Status.SUCCESS for done in story.posted),
        "a customer, an invoice and a payment are in the books",
    )
    after = story.after or story.before
    story.check(
        "still balanced",
        after.total_debit == after.total_credit and after.accounts != story.before.accounts,
        "the new documents moved balances, and debits still equal credits",
    )
    skipped = all(done.result.status is Status.SKIPPED_DUPLICATE for done in story.again)
    story.check(
        "nothing doubled",
        skipped and now.accounts == after.accounts,
        "the same documents sent once more were recognised, and no balance moved",
    )


def _check_undone(story: Story) -> None:
    end = story.end or story.before
    story.check(
        "undo returned every balance",
        _moved(end) == _moved(story.before),
        "each account has the balance it had before",
    )
    retired = story.retired is None or story.retired.run.applied == 1
    story.check(
        "undo named what it left",
        bool(story.left) is (story.retired is not None) and retired,
        "what could not be taken back was named with the reason, and made inactive",
    )


def _moved(balances: TrialBalance) -> Mapping[str, int]:
    return {account.id: account.balance for account in balances.accounts if account.balance}
