"""What a rehearsal says is what the company does afterwards: every finding and every row."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clary.companies.contract import Session
from clary.companies.keys import Key, KeyKind
from clary.companies.sandbox import SandboxCompany
from clary.flows.rehearsal.rehearsal import AccountMove, Rehearsal, Rehearsed
from clary.kernel.change import Body
from clary.kernel.errors import ClaryError, Finding, Severity
from tests.flows.rehearsal.drawing import Document, documents
from tests.flows.rehearsal.worlds import World

EXAMPLES = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

COSTS = {"1200", "5000"}
"""Accounts of the US company that the cost of goods moves."""

US_RECORDS: list[Document] = [
    ("customer", {"id": "NEWCO", "name": "New customer", "tax_code_id": "TAX"}),
    ("vendor", {"id": "NEWVEN", "name": "New vendor"}),
    (
        "item",
        {
            "id": "NEWITEM",
            "description": "New item",
            "class": "stock",
            "sales_account_id": "4000",
            "inventory_account_id": "1200",
            "cost_account_id": "5000",
        },
    ),
]
UK_RECORDS: list[Document] = [
    ("customer", {"id": "NEWCO", "name": "New customer"}),
    ("vendor", {"id": "NEWCO", "name": "New supplier", "account_id": "5000"}),
    ("item", {"id": "NEWITEM", "description": "New item", "sales_account_id": "4000"}),
    ("bank", {"id": "NEWBANK", "name": "New bank"}),
]


def told(findings: Sequence[Finding]) -> list[tuple[object, ...]]:
    return [(one.code, one.severity, one.record, one.field, one.message) for one in findings]


class Posted:
    """What the company itself made of one document."""

    def __init__(self, session: Session, name: str, body: Body) -> None:
        self.key: str | None = None
        self.stored: Body = {}
        try:
            written = session.create(name, body)
        except ClaryError as error:
            self.findings: Sequence[Finding] = error.findings
        else:
            self.findings = written.warnings
            self.key = written.key
            self.stored = session.get(name, Key(KeyKind.NUMBER, str(written.key)))


def compare(rehearsed: Rehearsed, posted: Posted, rows: Sequence[tuple[str, int]]) -> None:
    """See that a rehearsed document is the posted one; estimated costs may differ."""
    if posted.key is None:
        assert not rehearsed.passed, rehearsed
        errors = [one for one in rehearsed.findings if one.severity is Severity.ERROR]
        assert told(errors) == told(posted.findings)
        assert rehearsed.rows == []
        return
    assert rehearsed.passed, rehearsed.findings
    assert told(rehearsed.findings) == told(posted.findings)
    if not rehearsed.estimated:
        assert [(row.account_id, row.amount) for row in rehearsed.rows] == list(rows)
        expected = rehearsed.stored
        assert expected is not None
        assert {name: posted.stored.get(name) for name in expected} == expected
        return
    costs = {*COSTS, "6000"} if rehearsed.record.startswith("inventory") else COSTS
    exact = [(row.account_id, row.amount) for row in rehearsed.rows if row.account_id not in costs]
    assert exact == [row for row in rows if row[0] not in costs]


def rows_by_number(session: Session) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in session.ledger_rows():
        found[str(row.transaction_number)].append((row.account_id, row.amount))
    return found


def compare_accounts(
    moves: Sequence[AccountMove], keys: set[str], rows: dict[str, list[tuple[str, int]]]
) -> None:
    """See that debits and credits by account are those of the posted documents."""
    debits: dict[str, int] = defaultdict(int)
    credited: dict[str, int] = defaultdict(int)
    for key in keys:
        for account, amount in rows[key]:
            (debits if amount > 0 else credited)[account] += abs(amount)
    for move in moves:
        if not move.estimated:
            assert (debits[move.account_id], credited[move.account_id]) == move[2:4]
    named = {move.account_id for move in moves}
    assert {account for account in debits if debits[account]} <= named | COSTS
    assert sum(move.debit for move in moves) == sum(move.credit for move in moves)


def rehearse_and_post(
    world: World,
    folder: Path,
    plan: Sequence[Document],
    groups: Sequence[int],
    *,
    filters: bool,
    kept: int,
) -> None:
    """Rehearse a plan in groups, post it, and compare.

    Args:
        world: the company, which is copied into `folder`.
        folder: an empty folder.
        plan: what is posted, after the records that the plan creates.
        groups: sizes of the first groups that are rehearsed.
        filters: the rehearsal knows that the door filters by number.
        kept: list records that are kept in memory between groups.
    """
    path = folder / "company.clary"
    shutil.copy(world.path, path)
    company = SandboxCompany(path)
    records = US_RECORDS if world.edition == "us" else UK_RECORDS
    rehearsed: list[Rehearsed] = []
    with (
        company.session() as session,
        Rehearsal(
            session,
            company.info(),
            capabilities=company.capabilities() if filters else None,
            kept=kept,
        ) as rehearsal,
    ):
        for name, body in records:
            findings = rehearsal.add_record(name, dict(body))
            assert not any(one.severity is Severity.ERROR for one in findings), findings
        rest = list(plan)
        for size in groups:
            rehearsed += rehearsal.post_many(rest[:size])
            rest = rest[size:]
        rehearsed += rehearsal.post_many(rest)
        moves = rehearsal.by_account()
        assert not rehearsal.assumed
        assert not rehearsal.unreadable
    with company.session(write=True) as session:
        for name, body in records:
            session.create(name, dict(body))
        posted = [Posted(session, name, dict(body)) for name, body in plan]
        rows = rows_by_number(session)
    for one, other in zip(rehearsed, posted, strict=True):
        compare(one, other, rows.get(str(other.key), []))
    compare_accounts(moves, {str(one.key) for one in posted if one.key}, rows)


@pytest.mark.parametrize("edition", ["us", "uk"])
@EXAMPLES
@given(data=st.data())
def test_a_rehearsal_says_what_the_company_does(
    worlds: dict[str, World],
    tmp_path_factory: pytest.TempPathFactory,
    edition: str,
    data: st.DataObject,
) -> None:
    world = worlds[edition]
    plan = data.draw(documents(world))
    groups = data.draw(st.lists(st.integers(1, 4), max_size=3))
    filters, kept = data.draw(st.booleans()), data.draw(st.sampled_from([0, 1_000]))
    folder = tmp_path_factory.mktemp("plan")
    rehearse_and_post(world, folder, plan, groups, filters=filters, kept=kept)
