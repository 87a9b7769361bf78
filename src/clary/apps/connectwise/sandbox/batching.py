"""Batches: they mark exactly the GL rows that the client names, or nothing at all.

A document counts as posted once every row of it is in a batch; half of it makes it wait
still.  Rows that an export never names (what is owed for a purchase) go with the last of the
others.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from clary.apps.connectwise.sandbox.batch_views import BATCHES
from clary.apps.connectwise.sandbox.call import Answer, Call, found
from clary.apps.connectwise.sandbox.checking import mistakes_in, refuse
from clary.apps.connectwise.sandbox.export import pieces
from clary.apps.connectwise.sandbox.export_request import Picked, Wanted, read
from clary.apps.connectwise.sandbox.fields import body_fields
from clary.apps.connectwise.sandbox.problems import Mistake, Refused
from clary.apps.connectwise.sandbox.routing import HIGHEST_ID
from clary.apps.connectwise.sandbox.wire import Json, encoded

WORD = "CreateAccountingBatchRequest"
MOST_TOLD = 1_000
"""A new batch of more documents is answered with its settings only."""

SHOWN_IDS = 20
KINDS = {"exportInvoicesFlag": "I", "exportExpensesFlag": "E", "exportProductsFlag": "PAT"}
"""Flags, and the documents whose rows they allow."""

_FIELDS = body_fields(
    "id:whole batchIdentifier!:50 glInterfaceIdentifier exportInvoicesFlag:flag "
    "exportExpensesFlag:flag exportProductsFlag:flag processedRecordIds:list "
    "summarizeExpenses:flag"
)


def create(call: Call) -> Answer:
    """Answer POST finance/accounting/batches: mark the rows, and tell what they are.

    Raises:
        Refused: something is wrong with the request (400), or rows are batched (409).
    """
    body = call.object()
    refuse(_mistakes(call.connection, body), WORD)
    ids = _record_ids(body)
    _choose(call.connection, ids)
    _check_rows(call.connection, body)
    batch = int(
        call.connection.execute(
            "INSERT INTO batch (identifier, invoices, expenses, products, updated_on, updated_by) "
            "VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
            (
                body["batchIdentifier"],
                *(int(body.get(flag) is True) for flag in KINDS),
                call.now,
                call.caller.name,
            ),
        ).fetchone()[0]
    )
    call.connection.execute(
        "UPDATE gl SET batch_id = ? WHERE id IN (SELECT id FROM temp.chosen)", (batch,)
    )
    call.connection.execute("DROP TABLE temp.chosen")
    _take_along(call.connection, batch)
    return Answer(201, "".join(pieces(call.connection, _told(call.connection, body, batch))))


def _mistakes(connection: sqlite3.Connection, body: Mapping[str, Json]) -> list[Mistake]:
    made = mistakes_in(body, _FIELDS, WORD)
    if not any(body.get(flag) is True for flag in KINDS):
        message = "At least one export flag must be true."
        made.append(Mistake("MissingRequiredField", message, "exportInvoicesFlag", WORD))
    if not body.get("processedRecordIds"):
        message = "Cannot find GLEntryRecIDList to update."
        made.append(Mistake("MissingRequiredField", message, "processedRecordIds", WORD))
    name = body.get("batchIdentifier")
    sql = "SELECT 1 FROM batch WHERE identifier = ? COLLATE NOCASE"
    if isinstance(name, str) and connection.execute(sql, (name,)).fetchone():
        message = f"There is an accounting batch {name} already."
        made.append(Mistake("ObjectExists", message, "batchIdentifier", WORD))
    return made


def _record_ids(body: Mapping[str, Json]) -> str:
    """Return the ids as JSON text.

    Raises:
        Refused: one of them is no whole number (400).
    """
    ids = body["processedRecordIds"]
    if not isinstance(ids, list) or not all(
        type(each) is int and 0 < each <= HIGHEST_ID for each in ids
    ):
        message = "processedRecordIds is a list of whole numbers."
        raise Refused.invalid(message, Mistake("InvalidType", message, "processedRecordIds", WORD))
    return encoded(ids)


def _choose(connection: sqlite3.Connection, ids: str) -> None:
    connection.execute("CREATE TEMP TABLE chosen (id INTEGER PRIMARY KEY)")
    connection.execute("INSERT OR IGNORE INTO temp.chosen SELECT value FROM json_each(?)", (ids,))


def _check_rows(connection: sqlite3.Connection, body: Mapping[str, Json]) -> None:
    """Refuse ids that are unknown, of a kind that is not flagged, or batched already.

    Raises:
        Refused: 400 or 409; nothing is marked.
    """
    allowed = "".join(kinds for flag, kinds in KINDS.items() if body.get(flag) is True)
    unknown = _some(connection, "g.id IS NULL OR g.role = 'implied'")
    if unknown:
        message = "There are no GL entries with these record ids."
        raise Refused.invalid(message, _about("NotFound", message, unknown))
    other = _some(connection, f"instr('{allowed}', g.document) = 0")
    if other:
        message = "These record ids are of a kind whose export flag is not set."
        raise Refused.invalid(message, _about("InvalidKind", message, other))
    batched = _some(connection, "g.batch_id IS NOT NULL")
    if batched:
        message = "These GL entries are in an accounting batch already."
        raise Refused.conflict(message, _about("ObjectExists", message, batched))


def _some(connection: sqlite3.Connection, condition: str) -> list[int]:
    rows = connection.execute(
        "SELECT c.id FROM temp.chosen c LEFT JOIN gl g ON g.id = c.id "
        f"WHERE {condition} LIMIT {SHOWN_IDS}"
    )
    return [row[0] for row in rows]


def _about(code: str, message: str, ids: list[int]) -> Mistake:
    details = ",".join(str(each) for each in ids)
    return Mistake(code, message, "processedRecordIds", WORD, details)


def _take_along(connection: sqlite3.Connection, batch: int) -> None:
    """Put the implied rows of documents that are batched now into the batch as well."""
    connection.execute(
        "UPDATE gl SET batch_id = ?1 WHERE role = 'implied' AND batch_id IS NULL "
        "AND (document, document_id) IN "
        "(SELECT DISTINCT document, document_id FROM gl WHERE batch_id = ?1 AND document <> 'I') "
        "AND NOT EXISTS (SELECT 1 FROM gl o WHERE o.document = gl.document "
        "AND o.document_id = gl.document_id AND o.batch_id IS NULL AND o.role <> 'implied')",
        (batch,),
    )


def _told(connection: sqlite3.Connection, body: Mapping[str, Json], batch: int) -> Wanted:
    documents = connection.execute(
        "SELECT count(*) FROM (SELECT DISTINCT document, document_id FROM gl "
        "WHERE batch_id = ? LIMIT ?)",
        (batch, MOST_TOLD + 1),
    ).fetchone()[0]
    told = documents <= MOST_TOLD
    invoices, expenses, products = (Picked(body.get(flag) is True and told) for flag in KINDS)
    name = str(body["batchIdentifier"])
    return Wanted(invoices, expenses, products, batch=batch, identifier=name)


# -- what is there -----------------------------------------------------------------------------


def export_again(call: Call) -> Answer:
    """Answer POST finance/accounting/batches/{id}/export: what the batch holds."""
    row = found(
        call.connection.execute(
            "SELECT identifier FROM batch WHERE id = ?", (call.ids[0],)
        ).fetchone(),
        BATCHES.word,
        call.ids[0],
    )
    body = call.object()
    wanted = read(
        {"batchIdentifier": str(row[0]), **body}, seen=call.caller.location, batch=call.ids[0]
    )
    return Answer(201, pieces(call.connection, wanted))


def delete(call: Call) -> Answer:
    """Answer DELETE finance/accounting/batches/{id}."""
    remove(call.connection, call.ids[0])
    return Answer(204, "")


def remove(connection: sqlite3.Connection, batch: int) -> None:
    """Delete a batch, so that all its documents wait again.

    Raises:
        Refused: there is none (404), or it is closed (409).
    """
    row = connection.execute("SELECT closed FROM batch WHERE id = ?", (batch,)).fetchone()
    closed = found(row, BATCHES.word, batch)[0]
    if closed:
        raise Refused.conflict("The accounting batch is closed and cannot be deleted.")
    connection.execute(
        "UPDATE invoice SET unbatched_id = b.id, unbatched_name = b.identifier FROM batch b "
        "WHERE b.id = ? AND invoice.id IN "
        "(SELECT document_id FROM gl WHERE batch_id = b.id AND document = 'I')",
        (batch,),
    )
    connection.execute(
        "UPDATE purchase_line SET unbatched_id = ?1 WHERE receipt_id IN "
        "(SELECT document_id FROM gl WHERE batch_id = ?1 AND document = 'P')",
        (batch,),
    )
    connection.execute("UPDATE gl SET batch_id = NULL WHERE batch_id = ?", (batch,))
    connection.execute("DELETE FROM batch WHERE id = ?", (batch,))


def unbatch(connection: sqlite3.Connection, document: str, identifier: int) -> None:
    """Take one document out of its batches, as the site's own screen does.

    Raises:
        Refused: it is in none (404), or one of them is closed (409).
    """
    batches = connection.execute(
        "SELECT DISTINCT b.id, b.identifier, b.closed FROM gl g JOIN batch b ON b.id = g.batch_id "
        "WHERE g.document = ? AND g.document_id = ? ORDER BY b.id",
        (document, identifier),
    ).fetchall()
    if not batches:
        raise Refused(404, "NotFound", "The document is in no accounting batch.")
    if any(closed for _, _, closed in batches):
        raise Refused.conflict("The accounting batch is closed.")
    connection.execute(
        "UPDATE gl SET batch_id = NULL WHERE document = ? AND document_id = ?",
        (document, identifier),
    )
    if document == "I":
        connection.execute(
            "UPDATE invoice SET unbatched_id = ?, unbatched_name = ? WHERE id = ?",
            (batches[-1][0], batches[-1][1], identifier),
        )
    elif document == "P":
        connection.execute(
            "UPDATE purchase_line SET unbatched_id = ? WHERE receipt_id = ?",
            (batches[-1][0], identifier),
        )
