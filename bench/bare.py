"""The floor of accepting: a bare Starlette route that stores a row durably before it answers.

It is served as `clary serve` is, and stores a row equal to that of an accepted push into the
same tables; it knows no keys, checks nothing, and leaves no work behind.
"""

from __future__ import annotations

import socket
import sqlite3
import sys
import threading
import uuid
from collections.abc import Callable
from contextlib import closing

import psycopg
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

COMPANY = "bare"
_MOMENT = "2026-03-02T12:00:00.000000Z"
_ROW = {
    "company": COMPANY,
    "connection": str(uuid.uuid4()),
    "data_type": "invoices",
    "verb": "create",
    "force_update": False,
    "author": "bench",
    "status": "Pending",
    "requested_at": _MOMENT,
    "findings": "[]",
}
_ANSWER = (
    '{"changes":null,"dataType":"invoices","companyId":"%s","pushOperationKey":"%s",'
    '"dataConnectionKey":"%s","requestedOnUtc":"%s","status":"Pending","errorMessage":null,'
    '"validation":{"errors":[],"warnings":[]},"statusCode":202}'
)

WAYS = ("in the loop", "in a thread")
"""Where the route stores the row: the event loop waits for the disk, or a thread does."""

Store = Callable[[str, str], None]


def store_in(url: str) -> Store:
    """Return what stores a document under a key in a database, durably before it returns."""
    file = url.removeprefix("sqlite:///")
    return _store_on_server(url) if file == url else _store_in_file(file)


def _store_in_file(file: str) -> Store:
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    statement = _statement("?")

    def store(key: str, document: str) -> None:
        connection.execute(statement, (key, document, *_ROW.values()))

    return store


def _store_on_server(url: str) -> Store:
    own = threading.local()  # a connection for each thread
    statement = _statement("%s")

    def store(key: str, document: str) -> None:
        if not hasattr(own, "connection"):
            own.connection = psycopg.connect(url, autocommit=True)
        own.connection.execute(statement, (key, document, *_ROW.values()))

    return store


def _statement(place: str) -> str:
    columns = ("key", "document", *_ROW)
    places = ", ".join([place] * len(columns))
    return f"INSERT INTO push_operations ({', '.join(columns)}) VALUES ({places})"


def main(way: str) -> None:
    """Serve until told to end; the address is printed once it is known."""
    store = store_in(sys.argv[2])

    async def inline(request: Request) -> Response:
        key = str(uuid.uuid4())
        document = (await request.body()).decode()
        if way == WAYS[1]:
            await run_in_threadpool(store, key, document)
        else:
            store(key, document)
        text = _ANSWER % (COMPANY, key, _ROW["connection"], _MOMENT)
        return Response(text, media_type="application/json")

    app = Starlette(routes=[Route("/push", inline, methods=["POST"])])
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="off", server_header=False
    )
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)) as listener:
        listener.bind(("127.0.0.1", 0))
        print(f"http://127.0.0.1:{listener.getsockname()[1]}/push", flush=True)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1])
