"""The audit trail: what it tells, that it tells no secret, and that no change stays unseen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from clary.engine.runs import Runs, RunState
from clary.engine.tables import JOURNAL, OUTCOMES, RUNS
from clary.hub.access import Access, Role
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, apply_plan, resume_run
from clary.hub.services.auditing import audit_rows, verify_audit
from clary.hub.services.connecting import change_company, remove_company
from clary.hub.services.keys import add_key, authenticate, revoke_key
from clary.hub.services.runs import list_runs, plan_the_undo
from clary.hub.services.sandbox import NewSandbox, create_sandbox, make_fault
from clary.hub.services.stated import Asked as Settings
from clary.hub.services.users import (
    UserChange,
    add_user,
    change_user,
    list_users,
    log_on,
    remove_user,
)
from clary.hub.tables import AUDIT, AUDIT_HEAD
from clary.hub.trail import Entry, digest_of
from clary.kernel.errors import ClaryError
from tests.hub.access.posting import post_customers

pytestmark = pytest.mark.both_databases
CANARY = "canary-secret-58213"


def whats(house: Installation) -> list[str]:
    return [row.what for row in audit_rows(house, limit=None)][::-1]


def test_a_new_trail_is_empty_and_holds(house: Installation) -> None:
    found = verify_audit(house)
    assert (found.entries, found.runs, found.broken) == (0, 0, None)


def test_a_run_has_one_entry_with_its_counts(firm: Installation) -> None:
    rows = list(audit_rows(firm, "Beta"))
    assert [row.what for row in rows] == ["run", "company.add"]
    run = list_runs(firm, "Beta")[0].run
    assert rows[0].run == run.id
    assert rows[0].actor == "Ada"
    assert rows[0].new is not None
    assert (rows[0].new["flow"], rows[0].new["applied"]) == ("operations", 1)
    assert rows[0].digest == digest_of(firm.database, run)
    found = verify_audit(firm)
    assert (found.broken, found.entries, found.runs) == (None, 4, 2)
    assert found.seal == next(iter(audit_rows(firm))).seal


def test_what_is_changed_is_told_with_what_it_was(firm: Installation) -> None:
    view = firm.acting_as(Access("root", Role.ADMIN))
    add_user(view, "grace", UserChange(role=Role.VIEWER, password=CANARY))
    change_user(view, "grace", UserChange(role=Role.ADMIN, email="g@example.com"))
    rows = list(audit_rows(firm, user="root"))
    assert [row.what for row in rows] == ["user.set", "user.add"]
    old, new = rows[0].old, rows[0].new
    assert old is not None
    assert new is not None
    assert (old["role"], new["role"]) == ("viewer", "admin")
    assert (old["email"], new["email"]) == (None, "g@example.com")
    assert rows[0].record == "grace"


def test_every_change_of_access_and_connections_is_told(firm: Installation) -> None:
    change_company(firm, "Alpha", Settings(secrets=[("password", CANARY)]))
    change_company(firm, "Alpha", Settings(removed=["password"]))
    remove_company(firm, "Alpha")
    add_user(firm, "grace", UserChange(password=CANARY))
    remove_user(firm, "grace")
    add_key(firm, "shop")
    revoke_key(firm, "shop")
    assert whats(firm)[4:] == [
        "company.set",
        "secret.set",
        "company.set",
        "secret.remove",
        "company.remove",
        "user.add",
        "user.remove",
        "key.add",
        "key.revoke",
    ]
    assert verify_audit(firm).broken is None


def test_a_connection_that_is_linked_anew_is_told_with_both_books(firm: Installation) -> None:
    pinned = {each.name: each.identity for each in firm.connections.all()}
    moved = Settings(settings=[("file", str(firm.sandbox_file("Beta")))])
    change_company(firm, "Alpha", moved, relink=True)
    told = next(iter(audit_rows(firm, "Alpha")))
    assert told.what == "company.set"
    assert told.old is not None
    assert told.new is not None
    assert [told.old["identity"], told.new["identity"]] == [pinned["Alpha"], pinned["Beta"]]


def test_no_secret_is_in_the_trail(firm: Installation) -> None:
    change_company(firm, "Alpha", Settings(secrets=[("password", CANARY)]))
    add_user(firm, "grace", UserChange(password=CANARY))
    change_user(firm, "grace", UserChange(password=CANARY + "2"))
    key = add_key(firm, "shop").key or ""
    log_on(firm, "grace", CANARY + "2")
    authenticate(firm, key)
    with firm.database.read() as read:
        text = str(read.execute(select(AUDIT)).all())
    assert CANARY not in text
    assert key.rpartition("_")[2] not in text
    assert "argon2" not in text


def test_the_trail_is_read_in_pieces(firm: Installation) -> None:
    newest = list(audit_rows(firm, limit=2))
    older = list(audit_rows(firm, before=newest[-1].id, limit=None))
    assert [row.id for row in (*newest, *older)] == [4, 3, 2, 1]
    assert list(audit_rows(firm, since=firm.clock.now(), limit=1))
    assert [row.company for row in audit_rows(firm, "ALPHA")] == ["Alpha", "Alpha"]
    assert not list(audit_rows(firm, user="nobody"))


def test_an_approver_sees_what_concerns_companies_only(firm: Installation) -> None:
    add_user(firm, "grace", UserChange())
    rows = audit_rows(firm.acting_as(Access("app", Role.APPROVER)))
    assert {row.what for row in rows} == {"run", "company.add"}


def change_row(write: Connection) -> None:
    write.execute(update(AUDIT).where(AUDIT.c.id == 1).values(actor="Nobody"))


def remove_row(write: Connection) -> None:
    write.execute(delete(AUDIT).where(AUDIT.c.id == 1))


def remove_newest(write: Connection) -> None:
    write.execute(delete(AUDIT).where(AUDIT.c.id == 4))


def slip_in(write: Connection) -> None:
    row = dict(write.execute(select(AUDIT).where(AUDIT.c.id == 4)).mappings().one())
    write.execute(insert(AUDIT).values(**(row | {"id": 5})))


def remove_head(write: Connection) -> None:
    write.execute(delete(AUDIT_HEAD))


@pytest.mark.parametrize("tamper", [change_row, remove_row, remove_newest, remove_head])
def test_a_trail_that_was_changed_is_told(firm: Installation, tamper: Any) -> None:  # noqa: ANN401
    with firm.database.write() as write:
        tamper(write)
    broken = verify_audit(firm).broken
    assert broken is not None
    assert broken.code == "AUDIT_BROKEN"


def test_a_row_slipped_in_at_the_end_breaks_the_next_one(firm: Installation) -> None:
    with firm.database.write() as write:
        slip_in(write)
        write.execute(update(AUDIT_HEAD).values(last=5))
    broken = verify_audit(firm).broken
    assert broken is not None
    assert list_runs(firm, "Beta")[0].run.id in broken.message


def change_state(write: Connection) -> None:
    write.execute(update(JOURNAL).values(state="rejected"))


def change_key(write: Connection) -> None:
    write.execute(update(JOURNAL).values(key="OTHER"))


def change_body(write: Connection) -> None:
    write.execute(update(OUTCOMES).values(body='{"id":"ACME","name":"Other"}'))


def remove_outcome(write: Connection) -> None:
    write.execute(delete(OUTCOMES))


def remove_journal(write: Connection) -> None:
    write.execute(delete(JOURNAL))


def change_counts(write: Connection) -> None:
    write.execute(update(RUNS).values(applied=RUNS.c.applied + 1))


def change_run_state(write: Connection) -> None:
    write.execute(update(RUNS).values(state="no such state"))


def remove_run(write: Connection) -> None:
    write.execute(update(RUNS).values(id=RUNS.c.id + "x"))


def change_author(write: Connection) -> None:
    write.execute(update(RUNS).values(author="Nobody"))


@pytest.mark.parametrize(
    "tamper",
    [
        change_state,
        change_key,
        change_body,
        remove_outcome,
        remove_journal,
        change_counts,
        change_author,
        change_run_state,
    ],
)
def test_the_first_run_that_was_changed_is_named(firm: Installation, tamper: Any) -> None:  # noqa: ANN401
    alpha = list_runs(firm, "Alpha")[0].run.id
    with firm.database.write() as write:
        tamper(write)
    broken = verify_audit(firm).broken
    assert broken is not None
    assert broken.code == "AUDIT_RUN_BROKEN"
    assert alpha in broken.message


def test_a_run_that_is_gone_is_named(firm: Installation) -> None:
    alpha = list_runs(firm, "Alpha")[0].run.id
    with firm.database.write() as write:
        remove_run(write)
    broken = verify_audit(firm).broken
    assert broken is not None
    assert alpha in broken.message


def test_without_its_head_nothing_is_added(firm: Installation) -> None:
    with firm.database.write() as write:
        remove_head(write)
    with pytest.raises(ClaryError) as caught:
        add_user(firm, "grace", UserChange())
    assert caught.value.code == "AUDIT_HEAD_MISSING"
    assert list_users(firm) == []


def test_a_run_whose_entry_was_forged_is_named(firm: Installation) -> None:
    with firm.database.write() as write:
        write.execute(update(AUDIT).where(AUDIT.c.what == "run").values(new="{}"))
    broken = verify_audit(firm).broken
    assert broken is not None
    assert list_runs(firm, "Alpha")[0].run.id in broken.message


def test_a_run_that_was_never_sealed_is_named(firm: Installation) -> None:
    with firm.database.write() as write:
        row = dict(write.execute(select(RUNS).limit(1)).mappings().one())
        write.execute(insert(RUNS).values(**(row | {"serial": 99, "id": "run_forged"})))
    broken = verify_audit(firm).broken
    assert broken is not None
    assert "run_forged" in broken.message


def test_taking_a_run_back_leaves_its_seal_whole(firm: Installation) -> None:
    run = list_runs(firm, "Alpha")[0].run.id
    undo = plan_the_undo(firm, run).plan.id
    assert apply_plan(firm, undo, Applying()).run.applied == 1
    assert Runs(firm.database).summary(run).undone == 1
    found = verify_audit(firm)
    assert (found.broken, found.runs) == (None, 3)


def test_a_run_at_work_is_not_judged(firm: Installation) -> None:
    with firm.database.write() as write:
        write.execute(update(RUNS).where(RUNS.c.company == "Beta").values(ended_at=None))
    found = verify_audit(firm)
    assert (found.broken, found.runs, found.open) == (None, 1, 1)


def test_a_run_that_goes_on_is_sealed_again(firm: Installation) -> None:
    make_fault(firm, "Alpha", "busy", times=100)
    parked = post_customers(firm, "Alpha", "LATER").run.run
    assert parked.state is RunState.PARKED
    assert verify_audit(firm).broken is None
    make_fault(firm, "Alpha", "none")
    resumed = resume_run(firm.acting_as(Access("Bob", Role.OPERATOR)), parked.id, Applying()).run
    assert (resumed.id, resumed.applied) == (parked.id, 1)
    rows = [row for row in audit_rows(firm) if row.run == parked.id]
    assert [(row.actor, (row.new or {})["state"]) for row in rows] == [
        ("Bob", "finished"),
        ("Ada", "parked"),
    ]
    assert verify_audit(firm).broken is None


def test_a_digest_does_not_depend_on_how_much_is_read_at_once(firm: Installation) -> None:
    run = post_customers(firm, "Alpha", *(f"C{number}" for number in range(30))).run.run
    whole = digest_of(firm.database, run)
    assert digest_of(firm.database, run, page=7) == whole


def test_runs_that_end_at_once_make_one_chain(house: Installation) -> None:
    names = [f"C{number}" for number in range(4)]
    for name in names:
        create_sandbox(house, NewSandbox(name, "us"))

    def work(name: str) -> None:
        for number in range(3):
            post_customers(house, name, f"N{number}")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, names))
    found = verify_audit(house)
    assert (found.broken, found.runs, found.entries) == (None, 12, 16)


def test_entries_made_at_once_make_one_chain(house: Installation) -> None:
    def add(number: int) -> None:
        with house.database.write(f"scope {number % 4}") as write:
            house.trail.record(write, Entry("test", record=str(number)))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(40)))
    found = verify_audit(house)
    assert (found.broken, found.entries) == (None, 40)


def test_what_is_undone_leaves_no_entry(house: Installation) -> None:
    def record_and_fail() -> None:
        with house.database.write() as write:
            house.trail.record(write, Entry("test"))
            raise KeyError

    with pytest.raises(KeyError):
        record_and_fail()
    assert verify_audit(house).entries == 0
