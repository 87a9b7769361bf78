"""A database that stores what is accepted, and is gone before it says so."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.api.push.served import Company, served
from tests.databases import Server, running_server
from tests.flows.push import documents

_SOCKET = ".s.PGSQL.5432"
_PIECE = 65_536


class Line:
    """Stands between the installation and its database, and can cut a connection.

    Once it is told to, it passes the next commit of an accepted push on to the database and
    hangs up instead of passing the answer back.
    """

    def __init__(self, folder: Path, server: Path) -> None:
        self._server = str(server / _SOCKET)
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = self._kept(socket.socket(socket.AF_UNIX))
        self._listener.bind(str(folder / _SOCKET))
        self._listener.listen(50)
        self.cuts = 0
        self.done = 0
        self._start(self._accept)

    def close(self) -> None:
        """Hang up everywhere and let nobody in any more."""
        for end in self._ends:
            _hang_up(end)
        for thread in self._threads:
            thread.join()
        for end in self._ends:
            end.close()

    def _kept(self, end: socket.socket) -> socket.socket:
        self._ends.append(end)
        return end

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client = self._kept(self._listener.accept()[0])
                database = self._kept(socket.socket(socket.AF_UNIX))
                database.connect(self._server)
                cut = threading.Event()
                self._start(self._ask, client, database, cut)
                self._start(self._answer, database, client, cut)

    def _ask(self, client: socket.socket, database: socket.socket, cut: threading.Event) -> None:
        accepts = False
        with suppress(OSError):
            while piece := client.recv(_PIECE):
                accepts = accepts or b"INSERT INTO push_operations" in piece
                if accepts and b"COMMIT" in piece and self.cuts:
                    self.cuts -= 1
                    self.done += 1
                    cut.set()
                accepts = accepts and b"COMMIT" not in piece
                database.sendall(piece)
        _hang_up(client, database)

    def _answer(self, database: socket.socket, client: socket.socket, cut: threading.Event) -> None:
        with suppress(OSError):
            while (piece := database.recv(_PIECE)) and not cut.is_set():
                client.sendall(piece)
        _hang_up(client, database)


def _hang_up(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def standing_between(folder: Path, server: Server) -> Iterator[tuple[Line, str]]:
    """Give a line to a new database, and the URL that leads over it."""
    name = server.new()
    with closing(Line(folder, server.folder)) as line:
        yield line, f"postgresql://postgres@/{name}?host={folder}"


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    """Give a PostgreSQL server."""
    with running_server() as running:
        yield running


@pytest.fixture
def linked(
    tmp_path: Path, database: Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Company, Line]]:
    """Give a company whose server reaches its database over a line that can be cut."""
    with ExitStack() as stack:
        line, url = stack.enter_context(standing_between(tmp_path, database))
        monkeypatch.setenv("CLARY_DATABASE_URL", url)
        server = stack.enter_context(served(tmp_path, north="uk"))
        yield server.linked(server.client("shop"), "north"), line


def invoice(number: str) -> dict[str, object]:
    return {**documents.UK_INVOICE, "invoiceNumber": number}


@pytest.mark.parametrize("known", [False, True], ids=["first push", "remembered right"])
def test_a_push_whose_commit_was_never_confirmed_is_stored_once(
    linked: tuple[Company, Line], *, known: bool
) -> None:
    company, line = linked
    if known:
        company.written("invoices", invoice("BEFORE"))
    line.cuts = 1
    company.written("invoices", invoice("CUT"))
    company.written("invoices", invoice("AFTER"))
    assert line.done == 1
    found = company.client.good("GET", f"{company.path}/data/invoices")["results"]
    wanted = ["AFTER", "BEFORE", "CUT"] if known else ["AFTER", "CUT"]
    assert sorted(each["invoiceNumber"] for each in found) == wanted
    listed = company.client.good("GET", f"{company.path}/push")["results"]
    assert [each["status"] for each in listed] == ["Success"] * len(wanted)


def test_a_request_that_is_repeated_after_a_cut_finds_the_first(
    linked: tuple[Company, Line],
) -> None:
    company, line = linked
    path, named = f"{company.connected}/push/invoices", {"Idempotency-Key": "once"}
    line.cuts = 1
    first = company.client.ask("POST", path, invoice("CUT"), headers=named)
    again = company.client.ask("POST", path, invoice("CUT"), headers=named)
    assert line.done == 1
    assert again.status == 200
    assert first.status in (200, 503)
    company.ended(again.body)
    listed = company.client.good("GET", f"{company.path}/push")["results"]
    assert [each["status"] for each in listed] == ["Success"]
