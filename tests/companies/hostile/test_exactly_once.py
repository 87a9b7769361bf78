"""Whatever a company does on a bad day, every planned document is in the books once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from clary.companies.contract import Fate, Query
from clary.companies.hostile import Call, Mischief, Scripted, Seeded
from clary.companies.hostile.mischief import FITTING
from clary.engine.journal import JournalState
from clary.engine.plan import Planned
from clary.engine.runs import RunState
from clary.kernel.change import Action, Body, Change, Origin, Ref, Verb
from tests.companies.hostile.bad_day import BadDay
from tests.companies.sandbox.small import invoice, plain

INVOICES = 12
CUSTOMERS = 4

WRITES = [
    (call, mischief)
    for call in (Call.CREATE, Call.UPDATE, Call.ACT, Call.DELETE, Call.COMMIT)
    for mischief in sorted(FITTING[call] - {Mischief.EDIT, Mischief.PAD, Mischief.REPEAT})
]


def create(number: int, record_type: str, body: Body, **more: object) -> Planned:
    is_document = "id" not in body
    return Planned(
        Change(
            number,
            "books",
            Action.CREATE,
            record_type,
            after=body,
            origin=Origin("crm", f"order-{number}") if is_document else None,
            document=f"order-{number}",
            **more,  # type: ignore[arg-type]  # tests state what they need
        )
    )


def a_days_work(void: str, delete: str) -> Iterator[Planned]:
    """Yield new customers, invoices for them, an update, a deletion and a void."""
    for number in range(1, CUSTOMERS + 1):
        yield create(number, "customer", {"id": f"NEW-{number}", "name": f"New {number}"})
    for number in range(CUSTOMERS + 1, CUSTOMERS + INVOICES + 1):
        of = 1 + number % CUSTOMERS
        body = invoice(plain("10.00"), number=f"I-{number}")
        body["customer_id"] = Ref(of, "id").as_value()
        yield create(number, "sales_invoice", body, depends_on=(of,))
    last = CUSTOMERS + INVOICES
    change = Change(last + 1, "books", Action.UPDATE, "customer", "ACME", after={"fax": "1"})
    yield Planned(change)
    yield Planned(Change(last + 2, "books", Action.DELETE, "customer", delete))
    yield Planned(
        Change(last + 3, "books", Action.ACT, "sales_invoice", void, after={}, verb=Verb.VOID)
    )


@pytest.fixture
def posted(folder: Path) -> str:
    """Post an invoice of 99.00 that the day's work voids; return its key."""
    day = BadDay(folder, Scripted())
    with day.honest.session(write=True) as session:
        session.create("customer", {"id": "OLD", "name": "Old"})
        written = session.create("sales_invoice", invoice(plain("99.00"), number="I-0"))
    day.close()
    return str(written.key)


def check_once(day: BadDay) -> None:
    """Fail unless the books hold the day's work exactly once."""
    with day.honest.session() as session:
        bodies = list(session.read("sales_invoice", Query()))
        numbers = Counter(
            str(body.get("number"))
            for body in bodies
            if body.get("reversed_by") is None and body.get("reverses") is None
        )
        first = CUSTOMERS + 1
        expected = {f"I-{number}": 1 for number in range(first, first + INVOICES)}
        assert dict(numbers) == expected, day.company.struck
        origins = [Origin("crm", f"order-{n}") for n in range(first, first + INVOICES)]
        found = session.find_origins("sales_invoice", origins)
        assert {each.fate for each in found} == {Fate.LIVE}
        customers = sorted(str(body["id"]) for body in session.read("customer", Query()))
        assert customers == ["ACME", "BETA", *(f"NEW-{n}" for n in range(1, CUSTOMERS + 1))]
        balances = {each.id: each.balance for each in session.trial_balance(None) if each.balance}
        assert balances == {"1100": INVOICES * 1000, "4000": -INVOICES * 1000}
        voided = [body for body in bodies if body.get("reversed_by") is not None]
        assert len(voided) == 1
        (acme,) = session.read("customer", Query(limit=1))
        assert acme["fax"] == "1"


@pytest.mark.parametrize("seed", range(40))
def test_every_document_is_posted_once_on_a_random_bad_day(
    folder: Path, posted: str, seed: int
) -> None:
    day = BadDay(folder, Seeded(seed), group=1 + seed % 8)
    run = day.apply(*a_days_work(posted, "OLD"))
    assert run.state is RunState.FINISHED
    check_once(day)
    assert (run.pending, run.failed, run.rejected) == (0, 0, 0)
    day.close()


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize(("call", "mischief"), WRITES)
def test_every_document_is_posted_once_whatever_strikes_a_write(
    folder: Path, posted: str, call: Call, mischief: Mischief, number: int
) -> None:
    day = BadDay(folder, Scripted((call, number, mischief)))
    run = day.apply(*a_days_work(posted, "OLD"))
    assert run.state is RunState.FINISHED
    check_once(day)
    day.close()


def test_every_document_is_posted_once_when_every_group_fails_after_its_commit(
    folder: Path, posted: str
) -> None:
    steps = [("commit", number, Mischief.COMMIT) for number in range(1, 30)]
    day = BadDay(folder, Scripted(*steps))
    day.apply(*a_days_work(posted, "OLD"))
    check_once(day)
    day.close()


@pytest.mark.parametrize("seed", range(10))
def test_without_origins_a_document_of_unknown_outcome_is_parked_and_never_sent_again(
    folder: Path, seed: int
) -> None:
    malice = Seeded(seed, {Mischief.LOSE: 100, Mischief.COMMIT: 100}, most=3)
    day = BadDay(folder, malice, group=2, keeps_origins=False)
    plan = day.plan(
        *(create(n, "sales_invoice", invoice(plain("10.00"), number=f"I-{n}")) for n in range(1, 9))
    )
    run = None
    for _ in range(6):
        run = day.try_once(plan, run)
    assert run is not None
    with day.honest.session() as session:
        numbers = Counter(
            str(body.get("number")) for body in session.read("sales_invoice", Query())
        )
    assert not [number for number, count in numbers.items() if count > 1]
    states = {str(entry.document): entry.state for entry in day.results(run)}
    for number, state in states.items():
        assert state in (JournalState.CONFIRMED, JournalState.UNCERTAIN)
        name = number.replace("order", "I")
        assert numbers[name] == 1 or state is JournalState.UNCERTAIN
    struck = [each for each in day.company.struck if each[0] is not Call.SESSION]
    assert any(state is JournalState.UNCERTAIN for state in states.values()) is bool(struck)
    day.close()


def test_what_someone_edited_since_the_plan_is_not_overwritten(folder: Path) -> None:
    day = BadDay(folder, Scripted(("get_many", 1, Mischief.EDIT)))
    with day.honest.session() as session:
        (before,) = session.read("customer", Query(limit=1))
    change = Change(
        1, "books", Action.UPDATE, "customer", "ACME", before=before, after={"name": "Mine"}
    )
    run = day.apply(Planned(change))
    assert (run.applied, run.rejected) == (0, 1)
    [entry] = day.results(run)
    assert [finding.code for finding in entry.findings] == ["FIELD_CHANGED"]
    with day.honest.session() as session:
        (after,) = session.read("customer", Query(limit=1))
    assert after["name"] == str(before["name"])[::-1]
    day.close()
