"""What a session of the driver meets at Sage: the situations, rights and faults together."""

from __future__ import annotations

from pathlib import Path

import pytest

from clary.companies.contract import Query, Session
from clary.companies.sandbox import SandboxCompany
from clary.companies.sandbox.backup import backup, restore
from clary.companies.sandbox.faults import list_faults, set_fault
from clary.kernel.change import Verb
from clary.kernel.errors import Busy, Unauthorised, Uncertain, Unreachable, Unsupported
from tests.companies.sandbox.at_sage import act, make, rows
from tests.companies.sandbox.small import invoice, key, plain


def writing(path: Path, user: str | None = None) -> Session:
    return SandboxCompany(path, user=user).session(write=True)


def customers(path: Path) -> list[str]:
    return [str(row[0]) for row in rows(path, "SELECT id FROM customer_record ORDER BY id")]


def test_a_session_takes_the_seat_of_its_user_and_gives_it_back(us_path: Path) -> None:
    with writing(us_path):
        assert rows(us_path, "SELECT user, program FROM logon") == [("CLARY", "clary")]
        with pytest.raises(Busy, match="CLARY is logged on already"):
            writing(us_path)
    assert rows(us_path, "SELECT * FROM logon") == []


def test_a_user_s_rights_are_enforced_on_every_operation(us_path: Path) -> None:
    act(us_path, "set-rights CLARY customers_and_sales add")
    act(us_path, "set-rights CLARY vendors_and_purchases none")
    with writing(us_path) as session:
        session.create("customer", {"id": "NEW", "name": "New"})
        with pytest.raises(Unauthorised, match="edit is needed to update customer records"):
            session.update("customer", key("customer", "NEW"), {"name": "Newer"})
        with pytest.raises(Unauthorised, match="full is needed to delete customer records"):
            session.delete("customer", key("customer", "NEW"))
        with pytest.raises(Unauthorised, match="Vendors & Purchases"):
            session.get("vendor", key("vendor", "V-ACME"))


def test_a_session_for_reading_writes_nothing(us_path: Path) -> None:
    with SandboxCompany(us_path).session() as session:
        with pytest.raises(Unsupported, match="opened for reading"):
            session.create("customer", {"id": "NEW", "name": "New"})
        assert list(session.read("vendor", Query(limit=1)))


def test_a_record_open_at_sage_waits(us_path: Path) -> None:
    act(us_path, "hold-record customer ACME")
    with writing(us_path) as session:
        with pytest.raises(Busy, match="PERSON has customer ACME open"):
            session.update("customer", key("customer", "ACME"), {"name": "New"})
        session.update("customer", key("customer", "BETA"), {"name": "New"})


def test_a_record_open_at_sage_waits_whichever_key_names_it(us_path: Path) -> None:
    with writing(us_path) as session:
        guid = session.get("customer", key("customer", "ACME"))["guid"]
        number = session.create("sales_invoice", invoice(plain("1.00"), number="A-1")).key
    act(us_path, "hold-record customer ACME")
    act(us_path, f"hold-record sales_invoice {number}")
    with writing(us_path) as session:
        for text in (f"guid:{guid}", "number:1", "acme"):
            with pytest.raises(Busy, match="PERSON has customer ACME open"):
                session.update("customer", key("customer", text), {"name": "New"})
            with pytest.raises(Busy, match="PERSON has customer ACME open"):
                session.delete("customer", key("customer", text))
        by_party = key("sales_invoice", "customer:ACME:A-1")
        with pytest.raises(Busy, match=f"PERSON has sales_invoice {number} open"):
            session.act("sales_invoice", by_party, Verb.VOID, {})


def test_a_deleted_user_leaves_no_password_behind(us_path: Path) -> None:
    act(us_path, "add-user BOB", password="sesame")
    with writing(us_path) as session:
        session.delete("user", key("user", "bob"))
    assert rows(us_path, "SELECT user FROM password") == []
    act(us_path, "add-user BOB")
    with SandboxCompany(us_path, user="BOB").session() as session:
        assert list(session.read("customer", Query(limit=1)))


def test_reads_go_on_while_uk_writes_wait(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    act(path, "open-sage", user="CLARY")
    with SandboxCompany(path).session() as session:
        assert session.get("user", key("user", "MANAGER"))["administrator"] is True
    with pytest.raises(Busy, match="SDO error 23"):
        writing(path)


def test_a_crash_after_the_commit_leaves_the_document_and_the_session(us_path: Path) -> None:
    set_fault(us_path, "crash-after-commit")
    with writing(us_path) as session:
        with pytest.raises(Uncertain):
            session.create("sales_invoice", invoice(plain("5.00"), number="A-1"))
        with pytest.raises(Unreachable, match="session with Sage 50 was lost"):
            session.get("sales_invoice", key("sales_invoice", "1"))
    with writing(us_path) as session:
        assert session.get("sales_invoice", key("sales_invoice", "1"))["number"] == "A-1"
        assert "SESSION_TAKEN_OVER" in [note.code for note in session.notes]  # type: ignore[attr-defined]  # the sandbox's own session has notes


def test_a_crash_before_the_commit_leaves_nothing(us_path: Path) -> None:
    set_fault(us_path, "crash-before-commit")
    with writing(us_path) as session, pytest.raises(Uncertain):
        session.create("sales_invoice", invoice(plain("5.00"), number="A-1"))
    assert rows(us_path, "SELECT * FROM document") == []
    assert list_faults(us_path) == []


def test_a_full_disk_takes_the_whole_group(us_path: Path) -> None:
    set_fault(us_path, "disk-full")
    with writing(us_path) as session:
        with pytest.raises(Unreachable, match="is full"), session.group():  # noqa: PT012 - the group is what fails
            session.create("customer", {"id": "ONE", "name": "One"})
            session.create("customer", {"id": "TWO", "name": "Two"})
        assert customers(us_path) == ["ACME", "BETA"]
        with session.group():
            session.create("customer", {"id": "ONE", "name": "One"})
    assert customers(us_path) == ["ACME", "BETA", "ONE"]


def test_a_session_lost_in_a_group_leaves_the_outcome_of_the_group_uncertain(
    us_path: Path,
) -> None:
    set_fault(us_path, "lost-session")
    with (
        writing(us_path) as session,
        pytest.raises(Uncertain),
        session.group(),
        pytest.raises(Unreachable),
    ):
        session.create("customer", {"id": "ONE", "name": "One"})
    assert customers(us_path) == ["ACME", "BETA"]
    assert list_faults(us_path) == []


def test_a_busy_moment_refuses_one_document_of_a_group(us_path: Path) -> None:
    set_fault(us_path, "busy")
    with writing(us_path) as session, session.group():
        with pytest.raises(Busy):
            session.create("customer", {"id": "ONE", "name": "One"})
        session.create("customer", {"id": "TWO", "name": "Two"})
    assert customers(us_path) == ["ACME", "BETA", "TWO"]


def test_a_session_that_was_removed_writes_nothing_more(us_path: Path) -> None:
    with writing(us_path) as session:
        act(us_path, "remove-session CLARY")
        with pytest.raises(Unreachable, match="removed by a person"):
            session.create("customer", {"id": "ONE", "name": "One"})
    assert customers(us_path) == ["ACME", "BETA"]


def test_a_session_notices_that_the_books_were_restored(us_path: Path, tmp_path: Path) -> None:
    backup(us_path, tmp_path / "kept")
    with SandboxCompany(us_path).session() as session:
        restore(us_path, tmp_path / "kept")
        with pytest.raises(Unreachable, match="restored from a backup"):
            session.get("customer", key("customer", "ACME"))


def test_a_session_names_the_rights_that_its_user_lacks(us_path: Path) -> None:
    with writing(us_path) as session:
        assert list(session.missing_rights()) == []
    act(us_path, "set-rights CLARY import_export none")
    with SandboxCompany(us_path).session() as session:
        (missing,) = session.missing_rights()
    assert missing.code == "RIGHT_MISSING"
    assert "Maintain > Users > Set Up Security > Company: Import/Export" in missing.remedy
