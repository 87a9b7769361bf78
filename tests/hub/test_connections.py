"""Connections are kept under one name in any case, with everything that pins them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clary.hub.connections import Connection, ConnectionKind, Door
from clary.hub.installation import Installation
from clary.hub.keeping import keep_changed
from clary.kernel.clock import FixedClock
from clary.kernel.errors import Guarded, Misconfigured, Rejected

pytestmark = pytest.mark.both_databases

MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BOOKS = Connection(
    name="Books",
    kind=ConnectionKind.COMPANY,
    doors=(Door("sandbox", {"file": "companies/b.clary"}), Door("files", {"folder": "out"})),
    title="Smith & Søn",
    edition="uk",
    identity="{1}",
    generation=3,
    created_at=MOMENT,
    updated_at=MOMENT,
)


def test_a_connection_comes_back_as_it_was_stored(installation: Installation) -> None:
    installation.connections.add(BOOKS)
    assert installation.connections.get("Books", ConnectionKind.COMPANY) == BOOKS


def test_case_does_not_tell_names_apart(installation: Installation) -> None:
    installation.connections.add(BOOKS)
    assert installation.connections.find("bOOKS") == BOOKS
    with pytest.raises(Misconfigured, match="called Books already") as caught:
        installation.connections.add(replace(BOOKS, name="BOOKS"))
    assert (caught.value.code, caught.value.status) == ("CONNECTION_EXISTS", 409)


def test_connections_are_listed_by_name_and_kind(installation: Installation) -> None:
    for name, kind in (("b", "company"), ("A", "company"), ("c", "app")):
        installation.connections.add(replace(BOOKS, name=name, kind=ConnectionKind(kind)))
    listed = [c.name for c in installation.connections.all()]
    assert listed == ["A", "b", "c"]
    assert [c.name for c in installation.connections.all(ConnectionKind.APP)] == ["c"]


def test_a_change_is_dated_and_a_removed_connection_is_gone(
    installation: Installation, clock: FixedClock
) -> None:
    installation.connections.add(BOOKS)
    clock.advance(timedelta(hours=1))
    saved = installation.connections.save(replace(BOOKS, generation=4), BOOKS)
    assert installation.connections.find("books") == saved
    assert (saved.generation, saved.updated_at) == (4, MOMENT + timedelta(hours=1))
    installation.connections.remove("Books")
    assert installation.connections.find("books") is None


def test_a_change_of_what_somebody_else_has_changed_is_not_stored(
    installation: Installation, clock: FixedClock
) -> None:
    installation.connections.add(BOOKS)
    clock.advance(timedelta(hours=1))
    theirs = installation.connections.save(replace(BOOKS, title="Theirs"), BOOKS)
    with pytest.raises(Guarded) as caught:
        installation.connections.save(replace(BOOKS, generation=4), BOOKS)
    assert (caught.value.code, caught.value.status) == ("CONNECTION_MODIFIED", 409)
    assert installation.connections.find("books") == theirs
    installation.connections.remove("Books")
    with pytest.raises(Guarded):
        keep_changed(installation, theirs, theirs, (), {"password": "late"})
    assert not installation.vault.names("Books")


def test_an_unknown_connection_names_those_there_are(installation: Installation) -> None:
    with pytest.raises(Misconfigured) as caught:
        installation.connections.get("books", ConnectionKind.COMPANY)
    assert "clary company add" in caught.value.findings[0].remedy
    installation.connections.add(BOOKS)
    with pytest.raises(Misconfigured) as caught:
        installation.connections.get("boks", ConnectionKind.COMPANY)
    assert caught.value.findings[0].remedy == "Use one of: Books."
    assert caught.value.status == 404


def test_a_company_is_not_found_among_apps(installation: Installation) -> None:
    installation.connections.add(BOOKS)
    with pytest.raises(Misconfigured):
        installation.connections.get("Books", ConnectionKind.APP)


@pytest.mark.parametrize("name", ["", "a b", "-a", "a:b", "a/b", "x" * 40, "né", "a\n"])
def test_a_name_that_cannot_be_typed_everywhere_is_refused(
    installation: Installation, name: str
) -> None:
    with pytest.raises(Rejected) as caught:
        installation.connections.require_free(name)
    assert (caught.value.code, caught.value.exit_status) == ("CONNECTION_NAME_INVALID", 2)
