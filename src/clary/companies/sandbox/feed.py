"""The change feed: what was created, changed or deleted, by stamps that may tie.

US: list records have no stamp until they are first saved again (LastSavedAt is null), so
they always count as changed; deletions are known by what was deleted here (a real US
company has no feed of deletions: sage50-us.md section 4.4).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from clary.companies.contract import Changed, Kind, Query
from clary.companies.sandbox.books import Books
from clary.companies.sandbox.documents import Documents
from clary.companies.sandbox.lists import Lists
from clary.kernel.change import Body
from clary.ledger.record import Family, RecordType


def changes(
    books: Books, lists: Lists, documents: Documents, declared: RecordType, since: str | None
) -> Iterator[Changed]:
    """Yield what changed at or after the stamp `since` (everything if none)."""
    source = lists if declared.family is Family.LIST else documents
    for body in source.read(declared, Query()):
        stamp = body.get("last_saved_at")
        if since is None or stamp is None or str(stamp) >= since:
            key = str(body[declared.key])
            yield Changed(_kind(body, since), key, None if stamp is None else str(stamp), body)
    yield from _deleted(books, declared, since)


def _kind(body: Body, since: str | None) -> Kind:
    """Return how a record is told: what was made since the stamp, or has none, is new."""
    if since is None or body.get("last_saved_at") is None:
        return Kind.CREATED
    return Kind.CREATED if str(body.get("created_at") or "") >= since else Kind.UPDATED


def _deleted(books: Books, declared: RecordType, since: str | None) -> Iterator[Changed]:
    rows = books.connection.execute(
        "SELECT record_key, deleted_at, body FROM deleted_record"
        " WHERE record_type = ? AND deleted_at >= ? ORDER BY deleted_at",
        (declared.name, since or ""),
    ).fetchall()
    for key, deleted_at, body in rows:
        yield Changed(Kind.DELETED, key, deleted_at, json.loads(body))
