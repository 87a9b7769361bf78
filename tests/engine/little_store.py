"""A small real system that changes are applied to in the tests of the engine.

It keeps records in one SQLite file of its own and commits what it writes, so that a test
can kill the process at any moment and look afterwards at what really happened.  Troubles
are queued in the file, so that they also reach another process.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from clary.kernel.change import (
    Action,
    Body,
    Change,
    Sight,
    Sighting,
    Verb,
    Written,
)
from clary.kernel.errors import (
    Busy,
    ClaryError,
    Failed,
    Finding,
    Misconfigured,
    Rejected,
    Unauthorised,
    Uncertain,
    Unreachable,
)

SCHEMA = """
create table if not exists record (
    type text, key text, body text, origin text, reversed int default 0, primary key (type, key)
);
create table if not exists trouble (
    id integer primary key, moment text, kind text, record text
);
create table if not exists written (id integer primary key, what text);
"""

ERRORS: dict[str, type[ClaryError]] = {
    "busy": Busy,
    "failed": Failed,
    "in use": Busy,
    "misconfigured": Misconfigured,
    "rejected": Rejected,
    "unauthorised": Unauthorised,
    "uncertain": Uncertain,
    "unreachable": Unreachable,
}


def trouble(kind: str) -> ClaryError:
    """Return the error of a kind of trouble."""
    code = "RECORD_IN_USE" if kind == "in use" else f"LITTLE_{kind.upper()}"
    return ERRORS[kind](Finding(code, f"The little store is {kind}.", "Wait."))


class LittleStore:
    """Records in one file; implements the executor's target."""

    def __init__(
        self,
        path: Path,
        *,
        gives_body: bool = False,
        finds_origins: bool = True,
        delivers: bool = False,
        trip: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.identity = "little"
        self.generation = 1
        self.looks = 0
        self.reconnected = 0
        self._path = path
        self._gives_body = gives_body
        self._finds_origins = finds_origins
        self._delivers = delivers
        self._trip = trip
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(f"pragma journal_mode = wal; {SCHEMA}")

    # --- what a test asks and arranges -------------------------------------------------

    def bodies(self, record_type: str) -> list[Body]:
        rows = self._connection.execute(
            "select body from record where type = ? order by key", (record_type,)
        )
        return [json.loads(row[0]) for row in rows]

    def writes(self) -> list[str]:
        return [row[0] for row in self._connection.execute("select what from written order by id")]

    def put(self, record_type: str, key: str, body: Body, origin: str | None = None) -> None:
        self._connection.execute(
            "insert or replace into record (type, key, body, origin) values (?, ?, ?, ?)",
            (record_type, key, json.dumps(body), origin),
        )

    def drop(self, record_type: str, key: str) -> None:
        self._connection.execute("delete from record where type=? and key=?", (record_type, key))

    def trouble(self, moment: str, kind: str, record: str = "", times: int = 1) -> None:
        """Queue a trouble: at look, write, after (committed, then lost), read or reconnect."""
        for _ in range(times):
            self._connection.execute(
                "insert into trouble (moment, kind, record) values (?, ?, ?)",
                (moment, kind, record),
            )

    def revive(self) -> None:
        """Undo what a process that died had not committed, as its end would."""
        if self._connection.in_transaction:
            self._connection.execute("rollback")

    def close(self) -> None:
        self._connection.close()

    # --- the target ---------------------------------------------------------------------

    def reconnect(self) -> None:
        self._meet("reconnect")
        self.reconnected += 1

    def population(self, record_type: str, at_most: int) -> int:
        row = self._connection.execute(
            "select count(*) from (select 1 from record where type = ? limit ?)",
            (record_type, at_most),
        ).fetchone()
        return int(row[0])

    def look(self, changes: Sequence[Change]) -> Sequence[Sighting]:
        self.looks += 1
        self._meet("look")
        return [self._look_at(change) for change in changes]

    def write(
        self, changes: Sequence[Change], *, stop: bool = False
    ) -> Sequence[Written | ClaryError]:
        self._meet("write")
        results: list[Written | ClaryError] = []
        self._connection.execute("begin immediate")
        for change in changes:
            results.append(self._write_one(change))
            if stop and isinstance(results[-1], Rejected | Failed):
                break
        self._trip("before commit")
        self._connection.execute("commit")
        self._trip("after commit")
        self._meet("after")
        return results

    def read_back(
        self, changes: Sequence[Change], written: Sequence[Written]
    ) -> Sequence[Body | None]:
        self._meet("read")
        return [
            self._body(change.record_type, answer.key or change.key)
            for change, answer in zip(changes, written, strict=True)
        ]

    # --- inside ---------------------------------------------------------------------------

    def _meet(self, moment: str, record: str = "") -> None:
        row = self._connection.execute(
            "select id, kind from trouble where moment = ? and record = ? order by id limit 1",
            (moment, record),
        ).fetchone()
        if row is not None:
            self._connection.execute("delete from trouble where id = ?", (row[0],))
            raise trouble(row[1])

    def _body(self, record_type: str, key: str | None) -> Body | None:
        row = self._connection.execute(
            "select body from record where type = ? and key = ?", (record_type, key)
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def _look_at(self, change: Change) -> Sighting:
        if change.action is Action.CREATE:
            return self._look_for(change)
        now = self._body(change.record_type, change.key)
        if now is None:
            done = change.action is Action.DELETE
            return Sighting(Sight.PRESENT if done else Sight.STALE, change.key)
        if change.action is Action.UPDATE and (change.after or {}).items() <= now.items():
            return Sighting(Sight.PRESENT, change.key, now)
        if change.verb is Verb.VOID and now.get("void"):
            return Sighting(Sight.PRESENT, change.key, now)
        same = (change.before or {}).items() <= now.items()
        return Sighting(Sight.ABSENT if same else Sight.STALE, change.key, now)

    def _look_for(self, change: Change) -> Sighting:
        if change.origin is None:
            key = str((change.after or {}).get("id"))
            now = self._body(change.record_type, key)
            if now is None:
                return Sighting(Sight.ABSENT)
            same = now == change.after
            return Sighting(Sight.PRESENT if same else Sight.UNKNOWN, key, now)
        if not self._finds_origins:
            return Sighting(Sight.UNKNOWN)
        rows = self._connection.execute(
            "select key, body, reversed from record where type = ? and origin = ?"
            " order by reversed",
            (change.record_type, change.origin.text),
        ).fetchall()
        if not rows:
            return Sighting(Sight.ABSENT)
        key, body, is_reversed = rows[0]
        sight = Sight.REVERSED if is_reversed else Sight.PRESENT
        return Sighting(sight, key, json.loads(body), "stored origin")

    def _write_one(self, change: Change) -> Written | ClaryError:
        try:
            self._meet("document", change.record)
        except ClaryError as error:
            return error
        if change.action is Action.CREATE:
            return self._create(change)
        key = change.key or ""
        body = self._body(change.record_type, key)
        if body is None:
            return trouble("rejected")
        if change.action is Action.DELETE:
            self.drop(change.record_type, key)
            return self._answer(change, key, None)
        if change.verb is Verb.VOID:
            body |= {"void": True}
            self._connection.execute(
                "update record set reversed = 1 where type=? and key=?", (change.record_type, key)
            )
        body |= change.after or {}
        self._connection.execute(
            "update record set body = ? where type = ? and key = ?",
            (json.dumps(body), change.record_type, key),
        )
        return self._answer(change, key, body)

    def _create(self, change: Change) -> Written | ClaryError:
        body = dict(change.after or {})
        row = self._connection.execute(
            "select count(*) from record where type = ?", (change.record_type,)
        ).fetchone()
        key = str(body.get("id") or row[0] + 1)
        if self._body(change.record_type, key) is not None:
            return trouble("rejected")
        if "amount" in body:
            body["number"] = int(key)
        if not self._delivers:
            self.put(change.record_type, key, body, change.origin.text if change.origin else None)
        return self._answer(change, key, body)

    def _answer(self, change: Change, key: str, body: Body | None) -> Written:
        what = change.verb or change.action
        self._connection.execute(
            "insert into written (what) values (?)", (f"{what.value} {change.record_type} {key}",)
        )
        shown = body if self._gives_body and body is not None else None
        return Written(key, delivered=self._delivers, body=shown)
