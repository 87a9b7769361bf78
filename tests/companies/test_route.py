"""Several doors to one company: each operation goes to the first door that has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from clary.companies import sandbox
from clary.companies.contract import (
    ALL_FIGURES,
    Company,
    Fence,
    Info,
    Level,
    Operation,
    OriginPlace,
    Query,
    Session,
    Support,
    TypeCapability,
)
from clary.companies.files import FilesCompany
from clary.companies.keys import Key, KeyKind
from clary.companies.route import RoutedCompany, begun, routed
from clary.companies.sandbox import SandboxCompany
from clary.kernel.change import Written
from clary.kernel.errors import Misconfigured, Unsupported

CUSTOMER = {"id": "ACME", "name": "Acme Ltd"}
ACME = Key(KeyKind.ID, "ACME")


class NarrowDoor(Company):
    """A door to a sandbox company that can do only what it is given."""

    def __init__(self, path: Path, name: str, able: Mapping[str, TypeCapability]) -> None:
        self._inner = SandboxCompany(path)
        self._name = name
        self._able = able
        self.opened = 0

    def info(self) -> Info:
        return replace(self._inner.info(), driver=self._name, notes=(f"by {self._name}",))

    def capabilities(self) -> Mapping[str, TypeCapability]:
        return self._able

    def session(self, *, write: bool = False, fence: Fence | None = None) -> Session:
        self.opened += 1
        return self._inner.session(write=write, fence=fence)


def able(*operations: str, **facts: object) -> TypeCapability:
    support = {Operation(name): Support(Level.EXACT) for name in operations}
    return replace(TypeCapability(support), **facts)  # type: ignore[arg-type]  # facts of the class


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "books.clary"
    sandbox.create(made, name="Books", edition="us", users="multi", tier="quantum")
    return made


def doors(path: Path) -> tuple[NarrowDoor, NarrowDoor]:
    reader = NarrowDoor(path, "odbc", {"customer": able("read", filters=frozenset({"name"}))})
    writer = NarrowDoor(
        path,
        "sdk",
        {
            "customer": able("read", "create", "update", "delete", origin=OriginPlace.NATURAL),
            "vendor": able("create", lines=5),
        },
    )
    return reader, writer


def test_one_door_is_not_wrapped(path: Path) -> None:
    company = SandboxCompany(path)
    assert routed([company]) is company
    with pytest.raises(ValueError, match="at least one driver"):
        routed([])


def test_reads_and_writes_go_to_the_first_door_that_has_them(path: Path) -> None:
    reader, writer = doors(path)
    with routed([reader, writer]).session() as session:
        assert list(session.read("customer", Query())) == []
        assert (reader.opened, writer.opened) == (1, 0)
    with routed([reader, writer]).session(write=True) as session:
        session.create("customer", dict(CUSTOMER))
        session.update("customer", ACME, {"name": "Acme plc"})
        assert (reader.opened, writer.opened) == (1, 1)
    with routed([reader, writer]).session() as session:
        assert session.get("customer", ACME)["name"] == "Acme plc"
        assert (reader.opened, writer.opened) == (2, 1)


def test_a_door_is_logged_on_to_only_when_it_is_needed(path: Path) -> None:
    reader, writer = doors(path)
    with routed([reader, writer]).session(write=True):
        pass
    assert (reader.opened, writer.opened) == (0, 0)


def test_what_no_door_can_do_is_refused_in_the_name_of_all(path: Path) -> None:
    with (
        routed(doors(path)).session() as session,
        pytest.raises(Unsupported, match=r"odbc \+ sdk cannot read records of type vendor"),
    ):
        session.read("vendor", Query())


def test_the_doors_must_show_the_same_company(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.clary"
    sandbox.create(other, name="Other", edition="uk")
    company = routed([SandboxCompany(path), SandboxCompany(other)])
    for attempt in (company.info, company.session):
        with pytest.raises(Misconfigured, match="sandbox shows Other") as caught:
            attempt()
        assert caught.value.code == "DOORS_DIFFER"


def test_the_company_is_told_by_the_first_door_with_the_notes_of_all(path: Path) -> None:
    info = routed(doors(path)).info()
    assert (info.name, info.driver, info.notes) == ("Books", "odbc + sdk", ("by odbc", "by sdk"))


def test_capabilities_join_reading_of_the_reader_and_writing_of_the_writer(path: Path) -> None:
    joined = routed(doors(path)).capabilities()
    customer = joined["customer"]
    assert [operation.value for operation in customer.operations] == [
        "read",
        "create",
        "update",
        "delete",
    ]
    assert customer.filters == {"name"}
    assert customer.origin is OriginPlace.NATURAL
    assert joined["vendor"].lines == 5


def test_the_first_door_decides_how_well_an_operation_is_done(path: Path) -> None:
    degraded = TypeCapability({Operation.READ: Support(Level.DEGRADED, "without addresses")})
    first = NarrowDoor(path, "a", {"customer": degraded})
    second = NarrowDoor(path, "b", {"customer": able("read", "create")})
    joined = RoutedCompany((first, second)).capabilities()["customer"]
    assert joined.operations[Operation.READ].note == "without addresses"
    assert joined.operations[Operation.CREATE].level is Level.EXACT


def test_origins_are_looked_up_through_the_door_that_recognises_them(path: Path) -> None:
    reader, writer = doors(path)
    with routed([reader, writer]).session() as session:
        session.find_origins("customer", [])
    assert (reader.opened, writer.opened) == (0, 1)


def test_groups_cover_doors_that_are_opened_inside_them(path: Path) -> None:
    reader, writer = doors(path)
    with routed([reader, writer]).session(write=True) as session:
        with session.group():
            session.create("customer", dict(CUSTOMER))
        assert session.get("customer", ACME)["name"] == "Acme Ltd"


def test_figures_come_from_a_door_that_has_them(path: Path) -> None:
    with routed(doors(path)).session() as session:
        figures = session.trial_balance(None)
        assert sum(figure.balance for figure in figures) == 0
        assert list(session.ledger_rows()) == []


def test_figures_are_those_of_all_doors_together(path: Path) -> None:
    reader, writer = doors(path)
    assert routed([reader, writer]).figures() == frozenset()
    assert routed([reader, SandboxCompany(path)]).figures() == ALL_FIGURES


class FilesDoor(FilesCompany):
    """Import files for the company whose identity it is told."""

    def __init__(self, folder: Path, identity: str) -> None:
        super().__init__(folder, edition="us")
        self._identity = identity

    def info(self) -> Info:
        return replace(super().info(), identity=self._identity)


def test_where_a_delivered_write_waits_is_told_by_the_door_that_took_it(
    path: Path, tmp_path: Path
) -> None:
    reader, _ = doors(path)
    folder = tmp_path / "files"
    folder.mkdir()
    files = FilesDoor(folder, reader.info().identity)
    with routed([reader, files]).session(write=True) as session:
        list(session.read("customer", Query()))
        written = session.create("customer", dict(CUSTOMER))
        (found,) = session.whereabouts(written)
        assert "0001-customers.csv" in found.message
        assert list(session.whereabouts(Written("1"))) == []


def test_an_early_error_of_a_stream_comes_at_once() -> None:
    assert list(begun(iter([1, 2]))) == [1, 2]
    assert list(begun(iter([]))) == []
