"""Each mischief does what it says, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from clary.companies.contract import OriginPlace, Query, Session
from clary.companies.hostile import Call, HostileCompany, Mischief, Scripted, Seeded
from clary.companies.hostile.mischief import FITTING
from clary.companies.keys import Key, KeyKind
from clary.companies.sandbox import SandboxCompany
from clary.kernel.change import Body, Origin
from clary.kernel.errors import Busy, ClaryError, Uncertain, Unreachable, Unsupported
from tests.companies.sandbox.small import invoice, plain

ACME = Key(KeyKind.ID, "ACME")
NEW: Body = {"id": "NEW", "name": "New"}
OTHER: Body = {"id": "OTHER", "name": "Other"}


def hostile(folder: Path, *steps: tuple[str, int, Mischief], **more: bool) -> HostileCompany:
    return HostileCompany(SandboxCompany(folder / "books.clary"), Scripted(*steps), **more)  # type: ignore[arg-type]  # its flags


def customers(folder: Path) -> list[str]:
    with SandboxCompany(folder / "books.clary").session() as session:
        return [str(body["id"]) for body in session.read("customer", Query())]


@pytest.mark.parametrize(
    ("mischief", "error", "done", "lost"),
    [
        (Mischief.BUSY, Busy, False, False),
        (Mischief.DROP, Unreachable, False, True),
        (Mischief.LATE_FAILURE, Unreachable, False, True),
        (Mischief.LOSE, Uncertain, False, True),
        (Mischief.COMMIT, Uncertain, True, True),
        (Mischief.LATE, None, True, False),
    ],
)
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("call", [Call.CREATE, Call.COMMIT])
def test_a_strike_at_a_write_does_what_it_says(
    folder: Path,
    mischief: Mischief,
    error: type[ClaryError] | None,
    *,
    done: bool,
    lost: bool,
    grouped: bool,
    call: Call,
) -> None:
    if call is Call.COMMIT and not grouped:
        return
    company = hostile(folder, (call, 1, mischief))
    session = company.session(write=True)
    raised = _write(session, grouped=grouped)
    assert raised == ([] if error is None else [error])
    assert company.struck == [(call, mischief)]
    assert ("NEW" in customers(folder)) is done
    if lost:
        with pytest.raises(Unreachable):
            session.get("customer", ACME)
    else:
        assert session.get("customer", ACME)["id"] == "ACME"
    session.close()
    with company.session(write=True) as again:
        assert again.get("customer", ACME)["id"] == "ACME"


def _write(session: Session, *, grouped: bool) -> list[type[ClaryError]]:
    try:
        if grouped:
            with session.group():
                session.create("customer", NEW)
        else:
            session.create("customer", NEW)
    except ClaryError as error:
        return [type(error)]
    return []


def test_a_session_lost_in_a_group_takes_the_whole_group_with_it(folder: Path) -> None:
    company = hostile(folder, ("create", 2, Mischief.DROP))
    with company.session(write=True) as session:
        group = session.group()
        group.__enter__()
        session.create("customer", NEW)
        with pytest.raises(Unreachable):
            session.create("customer", OTHER)
        with pytest.raises(Uncertain):
            group.__exit__(None, None, None)
    assert customers(folder) == ["ACME", "BETA"]


def test_a_group_that_was_committed_before_the_failure_stands(folder: Path) -> None:
    company = hostile(folder, ("create", 2, Mischief.COMMIT))
    with company.session(write=True) as session:
        group = session.group()
        group.__enter__()
        session.create("customer", NEW)
        with pytest.raises(Uncertain):
            session.create("customer", OTHER)
        with pytest.raises(Uncertain):
            group.__exit__(None, None, None)
    assert customers(folder) == ["ACME", "BETA", "NEW", "OTHER"]


def test_a_refused_write_in_a_group_is_no_mischief(folder: Path) -> None:
    company = hostile(folder)
    with company.session(write=True) as session:
        with session.group():
            session.create("customer", NEW)
            with pytest.raises(ClaryError, match="already"):
                session.create("customer", NEW)
        assert company.struck == []
    assert "NEW" in customers(folder)


def test_an_error_out_of_a_group_takes_the_group_back(folder: Path) -> None:
    with hostile(folder).session(write=True) as session:
        with pytest.raises(ClaryError, match="already"):
            _write_twice(session)
        assert session.get("customer", ACME)["id"] == "ACME"
    assert "NEW" not in customers(folder)


def _write_twice(session: Session) -> None:
    with session.group():
        session.create("customer", NEW)
        session.create("customer", NEW)


def test_someone_edits_between_a_reading_and_the_next(folder: Path) -> None:
    with hostile(folder, ("get", 1, Mischief.EDIT)).session(write=True) as session:
        first = session.get("customer", ACME)
        assert session.get("customer", ACME)["name"] == str(first["name"])[::-1]


def test_someone_edits_just_before_an_update(folder: Path) -> None:
    with hostile(folder, ("update", 1, Mischief.EDIT)).session(write=True) as session:
        session.update("customer", ACME, {"fax": "1"})
        body = session.get("customer", ACME)
        assert (body["name"], body["fax"]) == ("emcA", "1")


def test_texts_come_padded_and_rows_twice(folder: Path) -> None:
    company = hostile(folder, ("read", 1, Mischief.REPEAT), ("read", 2, Mischief.PAD))
    with company.session() as session:
        twice = [body["id"] for body in session.read("customer", Query())]
        assert twice == ["ACME", "ACME", "BETA", "BETA"]
        padded = [body["id"] for body in session.read("customer", Query())]
        assert padded == ["ACME   ", "BETA   "]


def test_a_reading_breaks_off_when_the_session_is_lost(folder: Path) -> None:
    company = hostile(folder, ("get", 1, Mischief.DROP))
    with company.session() as session:
        rows = session.read("customer", Query())
        next(rows)
        with pytest.raises(Unreachable):
            session.get("customer", ACME)
        with pytest.raises(Unreachable):
            next(rows)


def test_a_log_on_fails_and_the_next_one_does_not(folder: Path) -> None:
    company = hostile(folder, ("session", 1, Mischief.BUSY), ("session", 2, Mischief.DROP))
    with pytest.raises(Busy):
        company.session()
    with pytest.raises(Unreachable):
        company.session()
    company.session().close()


def test_origins_are_kept_or_not_as_asked(folder: Path) -> None:
    origin = Origin("test", "1")
    kept, forgotten = hostile(folder), hostile(folder, keeps_origins=False)
    assert kept.capabilities()["sales_invoice"].origin is OriginPlace.STORED
    assert forgotten.capabilities()["sales_invoice"].origin is OriginPlace.NONE
    with forgotten.session(write=True) as session:
        session.create("sales_invoice", invoice(plain("1.00")), origin)
        with pytest.raises(Unsupported):
            session.find_origins("sales_invoice", [origin])
    with kept.session(write=True) as session:
        assert session.find_origins("sales_invoice", [origin])[0].key is None
        session.create("sales_invoice", invoice(plain("1.00")), origin)
        assert session.find_origins("sales_invoice", [origin])[0].key is not None


def test_a_late_answer_lets_time_pass(folder: Path) -> None:
    waited: list[str] = []
    malice = Scripted(("create", 1, Mischief.LATE))
    company = HostileCompany(
        SandboxCompany(folder / "books.clary"), malice, wait=lambda: waited.append("long")
    )
    with company.session(write=True) as session:
        session.create("customer", NEW)
    assert waited == ["long"]
    assert malice.waiting == 0


def test_a_script_names_only_what_can_happen() -> None:
    with pytest.raises(ValueError, match="pad cannot strike create"):
        Scripted(("create", 1, Mischief.PAD))
    with pytest.raises(ValueError, match="number 1"):
        Scripted(("read", 1, Mischief.PAD), ("read", 1, Mischief.BUSY))


def test_a_seed_gives_the_same_mischief_again_and_comes_to_an_end() -> None:
    def played(seed: int) -> list[Mischief | None]:
        malice = Seeded(seed, most=20)
        calls = [call for call in Call for _ in range(300)]
        return [malice.strike(call) for call in calls]

    assert played(7) == played(7) != played(8)
    assert sum(each is not None for each in played(7)) == 20


def test_a_seed_strikes_only_what_fits() -> None:
    everything = dict.fromkeys(Mischief, 100)
    malice = Seeded(1, everything, most=10_000)
    for call in Call:
        struck = {malice.strike(call) for _ in range(500)} - {None}
        assert struck == FITTING[call]
