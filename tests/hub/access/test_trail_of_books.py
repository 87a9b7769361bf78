"""The audit trail tells when books are replaced, and what documents are posted to."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from clary.flows.batch.overrides import MappingKind
from clary.hub.connections import Connection, ConnectionKind
from clary.hub.installation import Installation
from clary.hub.keeping import keep
from clary.hub.services.applying import Waiting
from clary.hub.services.auditing import audit_rows, verify_audit
from clary.hub.services.backups import backup_company, restore_company
from clary.hub.services.batch_mappings import remove_mapping, set_mapping
from clary.hub.services.companies import company_info
from clary.hub.trail import AuditRow
from clary.kernel.errors import Busy, Misconfigured, Rejected

pytestmark = pytest.mark.both_databases


def told(firm: Installation, about: str) -> list[AuditRow]:
    """Return what the trail tells of something, the oldest first."""
    return [row for row in audit_rows(firm, limit=None) if row.what.startswith(about)][::-1]


def copied(firm: Installation, folder: Path) -> Path:
    file = folder / "alpha.backup"
    backup_company(firm, "Alpha", file)
    return file


def test_a_restore_of_books_is_told_with_their_generations(
    firm: Installation, tmp_path: Path
) -> None:
    file = copied(firm, tmp_path)
    restore_company(firm, "ALPHA", file, Waiting(), dry_run=True)
    assert not told(firm, "company.restore")
    kept = restore_company(firm, "ALPHA", file, Waiting()).kept
    assert kept is not None
    (row,) = told(firm, "company.restore")
    assert (row.actor, row.what, row.company) == ("Ada", "company.restore", "Alpha")
    assert row.old == {"generation": 1}
    assert row.new == {"generation": 2, "file": file.name, "kept": kept.name}
    assert company_info(firm, "Alpha").info.generation == 2
    assert verify_audit(firm).broken is None


def test_a_restore_that_was_refused_is_none(firm: Installation, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        restore_company(firm, "Alpha", tmp_path / "missing", Waiting())
    assert not told(firm, "company.restore")


def test_a_restore_that_failed_half_way_is_told_as_such(firm: Installation, tmp_path: Path) -> None:
    file = copied(firm, tmp_path)
    with closing(sqlite3.connect(firm.sandbox_file("Alpha"), isolation_level=None)) as books:
        books.execute("BEGIN")
        books.execute("SELECT count(*) FROM company").fetchone()
        books.execute("UPDATE company SET value = value")
        with pytest.raises(Busy):
            restore_company(firm, "Alpha", file, Waiting())
        books.execute("ROLLBACK")
    begun, failed = told(firm, "company.restore")
    assert (begun.what, failed.what) == ("company.restore", "company.restore_failed")
    assert failed.new == {"file": file.name, "code": "COMPANY_LOCKED"}
    assert company_info(firm, "Alpha").info.generation == 1


def test_books_that_cannot_be_opened_are_restored_with_a_word(
    firm: Installation, tmp_path: Path
) -> None:
    file = copied(firm, tmp_path)
    firm.sandbox_file("Alpha").unlink()
    restore_company(firm, "Alpha", file, Waiting())
    (row,) = told(firm, "company.restore")
    assert (row.company, row.old, row.new) == (
        "Alpha",
        None,
        {"generation": 2, "file": file.name, "kept": None},
    )


def test_what_a_reference_becomes_is_told_with_what_it_was(firm: Installation) -> None:
    now = firm.clock.now()
    app = Connection("psa", ConnectionKind.APP, (), "PSA", None, None, None, now, now)
    keep(firm, app, {})
    place = ("psa", "alpha", MappingKind.ITEM_CLASS, "Cable")
    set_mapping(firm, *place, "service", dry_run=True)
    set_mapping(firm, *place, "service")
    set_mapping(firm, *place[:3], "CABLE", "stock")
    remove_mapping(firm, *place)
    with pytest.raises(Rejected):
        remove_mapping(firm, *place)
    about = {"app": "psa", "kind": "item_class"}
    first = {**about, "source": "Cable", "target": "service"}
    second = {**about, "source": "CABLE", "target": "stock"}
    found = [(row.what, row.company, row.old, row.new) for row in told(firm, "mapping.")]
    assert found == [
        ("mapping.set", "Alpha", None, first),
        ("mapping.set", "Alpha", first, second),
        ("mapping.remove", "Alpha", second, None),
    ]
    assert verify_audit(firm).broken is None
