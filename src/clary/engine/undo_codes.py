"""Why something cannot be taken back, or is taken back in another way than expected."""

from __future__ import annotations

from clary.kernel.errors import Busy, Rejected, Uncertain, declare

UNDO_RUNNING = declare(
    "UNDO_RUNNING",
    Busy,
    "The run {run} is still at work.",
    "Wait until it has ended; if its process died, resume it first.",
)
UNDO_ALREADY = declare(
    "UNDO_ALREADY",
    Rejected,
    "{what} taken back already by run {run}, on {when}.",
    "Nothing needs to be taken back again.",
)
UNDO_UNDONE_RESTORED = declare(
    "UNDO_UNDONE_RESTORED",
    Rejected,
    "{what} taken back by run {run}, on {when}; the books were restored from a backup since.",
    "Look at the books; what is in them again can be taken back by hand.",
)
UNDO_OPEN = declare(
    "UNDO_OPEN",
    Rejected,
    "{count} changes of the run are still pending and are not part of this undo.",
    "Do not resume the run if they shall not be written.",
)
UNDO_UNCERTAIN = declare(
    "UNDO_UNCERTAIN",
    Uncertain,
    "Whether this was written is not known, so it is not taken back.",
    "Resume the run, which looks it up, then undo again.",
)
UNDO_ELSEWHERE = declare(
    "UNDO_ELSEWHERE",
    Rejected,
    "This was written to {system}, which an undo of a company does not reach.",
    "Take it back in {system} by hand.",
)
UNDO_NO_WAY = declare(
    "UNDO_NO_WAY",
    Rejected,
    "There is no way back from {action} in this edition.",
    "Post the document again, or correct the record by hand.",
)
UNDO_BODIES_GONE = declare(
    "UNDO_BODIES_GONE",
    Rejected,
    "What the record held before is not known any more: its plan is past its retention.",
    "Correct the record by hand.",
)
UNDO_UNPROVEN = declare(
    "UNDO_UNPROVEN",
    Rejected,
    "The record was never read back, so nothing shows whether it was changed since.",
    "Look at the record and take it back by hand.",
)
UNDO_GONE = declare(
    "UNDO_GONE",
    Rejected,
    "The record is no longer in the books.",
    "Nothing can be taken back; look whether the books were restored from a backup.",
)
UNDO_LOST = declare(
    "UNDO_LOST",
    Rejected,
    "The books were restored from a backup since, and {what} is not in them.",
    "Nothing needs to be taken back; do it again if it shall be in the books.",
)
UNDO_RESTORED = declare(
    "UNDO_RESTORED",
    Rejected,
    "The books were restored from a backup since, and the record is not as the run left it:"
    " {fields}.",
    "It may be older than the run, or another one with its key; look at it, and take it back by"
    " hand if it shall not stay.",
)
UNDO_EDITED = declare(
    "UNDO_EDITED",
    Rejected,
    "The record was edited since: {fields}.",
    "Look at the edit; take the record back by hand if it is not wanted.",
)
UNDO_SETTLED = declare(
    "UNDO_SETTLED",
    Rejected,
    "The document was paid, allocated or used since{by}.",
    "Take that back first, then undo again.",
)
UNDO_USED = declare(
    "UNDO_USED",
    Rejected,
    "The record is used by {by}.",
    "Take those back or move them to another record first, then undo again.",
)
UNDO_HISTORY = declare(
    "UNDO_HISTORY",
    Rejected,
    "The record keeps its history of transactions and can be neither deleted nor set inactive.",
    "Leave it in the books.",
)
UNDO_SET_INACTIVE = declare(
    "UNDO_SET_INACTIVE",
    Rejected,
    "The record keeps its history of transactions, so it is set inactive and not deleted.",
    "Delete it when the company purges its history.",
)
UNDO_TAKEN = declare(
    "UNDO_TAKEN",
    Rejected,
    "The record was deleted by the run, and there is one with the same key again.",
    "Look at the new record; it may be the same one.",
)
UNDO_MADE_AGAIN = declare(
    "UNDO_MADE_AGAIN",
    Rejected,
    "The document is made again under a new transaction number.",
    "What referred to the old number must be tied to the new one by hand.",
)
UNDO_BY_HAND = declare(
    "UNDO_BY_HAND",
    Rejected,
    "The document was voided or reversed by hand since, by transaction {by}.",
    "Nothing needs to be done; the undo only notes it.",
)
UNDO_REDATED = declare(
    "UNDO_REDATED",
    Rejected,
    "The period of {original} is closed, so this is taken back as of {date}.",
    "Open the period first if it must be dated as the original.",
)
UNDO_ALL_CLOSED = declare(
    "UNDO_ALL_CLOSED",
    Rejected,
    "No accounting period is open to date this in.",
    "Open a period, then undo again.",
)
UNDO_CLOSED = declare(
    "UNDO_CLOSED",
    Rejected,
    "The document of {original} is in a closed period and cannot be deleted.",
    "Take it back by void or reversal, which can be dated later.",
)
