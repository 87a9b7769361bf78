"""What can be wrong with a request of the push API, beside what its documents say."""

from __future__ import annotations

from typing import Final

from clary.kernel.errors import Busy, Guarded, Rejected, Unauthorised, declare

PUSH_COMPANY_UNKNOWN = declare(
    "PUSH_COMPANY_UNKNOWN",
    Rejected,
    "There is no company with the id {id}.",
    "List the companies; each has its id.",
    http_status=404,
)
PUSH_CONNECTION_UNKNOWN = declare(
    "PUSH_CONNECTION_UNKNOWN",
    Rejected,
    "The company has no connection with the id {id}.",
    "List the connections of the company; each has its id.",
    http_status=404,
)
PUSH_OPERATION_UNKNOWN = declare(
    "PUSH_OPERATION_UNKNOWN",
    Rejected,
    "The company has no push operation with the key {key}.",
    "List the push operations of the company; each has its key.",
    http_status=404,
)
PUSH_RECORD_UNKNOWN = declare(
    "PUSH_RECORD_UNKNOWN",
    Rejected,
    "The company has no record with the id {id} in {data_type}.",
    "List the records of the data type; each has its id.",
    http_status=404,
)
PUSH_DATASET_UNKNOWN = declare(
    "PUSH_DATASET_UNKNOWN",
    Rejected,
    "The company has no data set with the id {id}.",
    "List the history of the company's data; each entry has its id.",
    http_status=404,
)
PUSH_CONSUMER_UNKNOWN = declare(
    "PUSH_CONSUMER_UNKNOWN",
    Rejected,
    "There is no webhook consumer with the id {id}.",
    "List the webhook consumers; each has its id.",
    http_status=404,
)
PUSH_PLATFORM_UNKNOWN = declare(
    "PUSH_PLATFORM_UNKNOWN",
    Rejected,
    "There is no integration with the key {key!r}.",
    "Use one of: {known}.",
    http_status=404,
)
PUSH_BODY_INVALID = declare(
    "PUSH_BODY_INVALID",
    Rejected,
    "{what} cannot be {value!r}.",
    "Use {expected}.",
    http_status=400,
)
PUSH_NOT_LINKED = declare(
    "PUSH_NOT_LINKED",
    Rejected,
    "The connection is {status}: nothing can be read from it or written to it.",
    "Link it to a company of this installation first.",
    http_status=409,
)
PUSH_ALREADY_CONNECTED = declare(
    "PUSH_ALREADY_CONNECTED",
    Rejected,
    "The company has a connection to accounting software already.",
    "Unlink or delete that one first.",
    http_status=409,
)
PUSH_EDITION_DIFFERS = declare(
    "PUSH_EDITION_DIFFERS",
    Rejected,
    "{name} is not a company of {platform}.",
    "Name a company of that edition, or make a connection for the other platform.",
    http_status=409,
)
PUSH_LINKED_BEFORE = declare(
    "PUSH_LINKED_BEFORE",
    Rejected,
    "The connection is for other books, and what was pushed to it is theirs.",
    "Make another connection for these books.",
    http_status=409,
)
PUSH_OPERATIONS_WAIT = declare(
    "PUSH_OPERATIONS_WAIT",
    Busy,
    "Documents that were accepted for the company are not in its books yet.",
    "Wait until each of its push operations has ended, then delete it.",
    http_status=409,
)
PUSH_OTHER_BOOKS = declare(
    "PUSH_OTHER_BOOKS",
    Guarded,
    "The document was accepted for other books than those that {company} leads to now; nothing"
    " was written to these.",
    "Look into the former books whether it is there; if it is not, push it again.",
)
PUSH_KEY_REUSED = declare(
    "PUSH_KEY_REUSED",
    Rejected,
    "The Idempotency-Key was used before, for another request.",
    "Use a new key for a new request.",
    http_status=422,
)
PUSH_KEY_RUNNING = declare(
    "PUSH_KEY_RUNNING",
    Busy,
    "A request with this Idempotency-Key is being answered just now.",
    "Send it again when that one has its answer.",
    http_status=409,
)
PUSH_CHANGED_SINCE = declare(
    "PUSH_CHANGED_SINCE",
    Rejected,
    "The record was changed in the books at {found}, which is not what the update states.",
    "Read the record again and state its sourceModifiedDate, or use forceUpdate=true.",
)
PUSH_SUPPLIER_REFRESH = declare(
    "PUSH_SUPPLIER_REFRESH",
    Rejected,
    "While Sage 50 is open there, its Suppliers view shows the supplier only after a refresh.",
    "Refresh the view, or open it again.",
)
PUSH_TIME_OVER = declare(
    "PUSH_TIME_OVER",
    Busy,
    "The time of the operation is over, but it still waits and may yet be written.",
    "Do not push the document again: this operation will tell how it ends.",
)
PUSH_LATE = declare(
    "PUSH_LATE",
    Rejected,
    "The operation ended after its time was over: {what}.",
    "Read the record before you push it again.",
)
PUSH_FOLLOWER_LOST = declare(
    "PUSH_FOLLOWER_LOST",
    Rejected,
    "The document is in the books, but an allocation behind it was refused: {reason}",
    "Allocate it in Sage, or push another payment.",
)
PUSH_PART_STAYS = declare(
    "PUSH_PART_STAYS",
    Rejected,
    "It was taken back, but allocation {key}, which was pushed with it, stays in the books:"
    " {reason}",
    "Once the cause is gone, delete it by the id {key}.",
)
PUSH_KEY_MISSING = declare(
    "PUSH_KEY_MISSING",
    Unauthorised,
    "Unauthorized",
    "Send the API key as `Authorization: Basic`, encoded in base64.",
    http_status=401,
)

ID_LENGTH: Final = 64
"""Most characters of an id that a message shows."""
