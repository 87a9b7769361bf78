"""An installation opens what is needed, when it is needed, and keeps its paths movable."""

from __future__ import annotations

from pathlib import Path

from clary.hub.installation import Installation, os_user
from clary.kernel.settings import read


def test_nothing_is_made_before_it_is_needed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Installation(read({"CLARY_HOME": str(home)})) as installation:
        assert installation.actor == os_user()
        assert not home.exists()
        assert installation.connections.all() == []
    assert (home / "clary.db").is_file()


def test_paths_inside_the_installation_move_with_it(
    installation: Installation, tmp_path: Path
) -> None:
    inside = installation.sandbox_file("books")
    assert installation.stored_path(inside) == "companies/books.clary"
    assert installation.whole_path("companies/books.clary") == inside
    outside = tmp_path / "elsewhere" / "x.clary"
    assert installation.stored_path(outside) == str(outside)
    assert installation.whole_path(str(outside)) == outside


def test_a_company_moves_with_its_installation(tmp_path: Path) -> None:
    from clary.hub.services.companies import company_info  # noqa: PLC0415 - beside its use
    from clary.hub.services.sandbox import NewSandbox, create_sandbox  # noqa: PLC0415 - as above

    old, new = tmp_path / "old", tmp_path / "new"
    with Installation(read({"CLARY_HOME": str(old), "CLARY_SECRETS": "file"})) as installation:
        create_sandbox(installation, NewSandbox("books", "us"))
    old.rename(new)
    with Installation(read({"CLARY_HOME": str(new), "CLARY_SECRETS": "file"})) as installation:
        assert company_info(installation, "books").info.name == "books"
