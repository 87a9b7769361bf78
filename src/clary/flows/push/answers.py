"""The envelopes of the push API: operations, errors, pages, and findings by property.

Source: push-api.md 1.4 (operations), 1.8 (errors), 3.1 (paging) and section 6 for what its SDK
insists on: six properties of an operation are always there, and an id is always text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from clary.flows.push import problems
from clary.flows.push.showing import Record, Shown, stated
from clary.kernel.errors import Busy, ClaryError, Finding, Severity, Unreachable

SERVICE: Final = "Clary"
"""What errors name as the service that found them."""

LARGEST_PAGE: Final = 5000
USUAL_PAGE: Final = 100
LAST_PAGE: Final = 10**9


class Status(StrEnum):
    """How far a push is."""

    PENDING = "Pending"
    FAILED = "Failed"
    SUCCESS = "Success"
    TIMED_OUT = "TimedOut"


STATUS_CODES: Final[Mapping[Status, int]] = {
    Status.PENDING: 202,
    Status.FAILED: 400,
    Status.SUCCESS: 200,
    Status.TIMED_OUT: 408,
}
"""Status code in the body of an operation; that of a time-out is not stated (inferred)."""


class ChangeType(StrEnum):
    """What a push did to its record."""

    CREATED = "Created"
    MODIFIED = "Modified"
    DELETED = "Deleted"


@dataclass(frozen=True, slots=True)
class Change:
    """What a push did.

    Attributes:
        type: created, modified or deleted.
        id: id of the record.
        data_type: data type of the record.
    """

    type: ChangeType
    id: str
    data_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A push operation as it is kept.

    Attributes:
        key: its own id.
        company: id of the company.
        connection: id of the connection.
        data_type: what was pushed.
        requested: when, as ISO text in UTC.
        status: how far it is.
        completed: when it ended; none while pending.
        timeout_minutes: minutes until it counts as timed out.
        error: what went wrong, in one sentence.
        findings: what is wrong with the document; fields are paths in it.
        model: name of the model that findings are about.
        change: what was done, where something was.
        data: the record as it is shown, where it is wanted.
    """

    key: str
    company: str
    connection: str
    data_type: str
    requested: str
    status: Status = Status.PENDING
    completed: str | None = None
    timeout_minutes: int | None = None
    error: str | None = None
    findings: tuple[Finding, ...] = ()
    model: str = ""
    change: Change | None = None
    data: Record | None = None

    @property
    def status_code(self) -> int:
        """The status code in the body; a failure of our own or of the books may say its own."""
        return STATUS_CODES[self.status]


def operation(kept: Operation) -> Record:
    """Return an operation as the API shows it."""
    changes: list[Shown] = []
    if kept.change is not None:
        reference: Record = {"id": kept.change.id, "dataType": kept.change.data_type}
        changes.append({"type": kept.change.type.value, "recordRef": reference})
    return {
        "changes": changes or None,
        **({"data": kept.data} if kept.data is not None else {}),
        "dataType": kept.data_type,
        "companyId": kept.company,
        "pushOperationKey": kept.key,
        "dataConnectionKey": kept.connection,
        "requestedOnUtc": kept.requested,
        **stated(
            completedOnUtc=kept.completed,
            timeoutInMinutes=kept.timeout_minutes,
            timeoutInSeconds=None if kept.timeout_minutes is None else kept.timeout_minutes * 60,
        ),
        "status": kept.status.value,
        "errorMessage": kept.error,
        "validation": validation(kept.findings, kept.model),
        "statusCode": kept.status_code,
    }


def validation(findings: Iterable[Finding], model: str) -> Record:
    """Return findings as the API's validation, errors apart from warnings."""
    told = list(findings)
    return {
        "errors": [_item(one, model) for one in told if one.severity is Severity.ERROR],
        "warnings": [_item(one, model) for one in told if one.severity is Severity.WARNING],
    }


def _item(finding: Finding, model: str) -> Record:
    """Return one finding; its code stands in brackets, since an item can hold nothing else."""
    return {
        "itemId": item_id(finding.field) if finding.field else None,
        "message": f"{finding.message} {finding.remedy} [{finding.code}]",
        "validatorName": model or None,
    }


def item_id(path: str) -> str:
    """Return a dotted path as the API names properties: `LineItems[0].AccountRef.Id`."""
    parts: list[str] = []
    for step in path.split("."):
        if step.isdecimal() and parts:
            parts[-1] += f"[{step}]"
        else:
            parts.append(step[:1].upper() + step[1:])
    return ".".join(parts)


def failure(kept: Operation, correlation: str) -> str:
    """Return the sentence of a failed push, with what names it in our own log."""
    errors = [one.message for one in kept.findings if one.severity is Severity.ERROR]
    told = errors[0] if errors else "no reason is known"
    return f"Push failed for {kept.data_type}: {told} Correlation ID: {correlation}"


def error(raised: ClaryError, correlation: str, status: int | None = None) -> Record:
    """Return an error as the API shows it.

    Args:
        raised: what happened; its first finding says what, and what to do.
        correlation: names the request in our own log.
        status: HTTP status, where it is not the error's own.
    """
    code = status or raised.status
    first, *further = raised.findings
    told = first.message
    if code != _NO_KEY:
        told = f"{told if told.endswith('.') else f'{told}.'} {first.remedy}"
    return {
        "statusCode": code,
        "service": SERVICE,
        "error": told,
        "correlationId": correlation,
        "validation": validation(raised.findings if further else (), ""),
        "canBeRetried": str(isinstance(raised, _RETRIED)),
        "detailedErrorCode": 0,
    }


_NO_KEY: Final = 401
"""Whoever has no key is told no more than that (push-api.md 1.8)."""

_RETRIED: Final = (Busy, Unreachable)
"""Errors that may be gone when the same is asked again."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted.

    Attributes:
        number: from 1.
        size: most entries.
        query: the query as it came.
        order: the order as it came.
    """

    number: int = 1
    size: int = USUAL_PAGE
    query: str | None = None
    order: str | None = None

    @classmethod
    def of(
        cls,
        number: str | None,
        size: str | None,
        query: str | None = None,
        order: str | None = None,
    ) -> Page:
        """Return the page that the parameters of a request ask for.

        Raises:
            Rejected: number or size is no whole number in its range (PUSH_PAGE_INVALID).
        """
        return cls(
            _whole("page", number, 1, LAST_PAGE),
            _whole("pageSize", size, USUAL_PAGE, LARGEST_PAGE),
            query or None,
            order or None,
        )

    @property
    def start(self) -> int:
        """How many entries come before it."""
        return (self.number - 1) * self.size


def _whole(name: str, text: str | None, usual: int, limit: int) -> int:
    if not text:
        return usual
    known = text.isascii() and text.isdecimal() and len(text) <= len(str(limit))
    if not known or not 1 <= int(text) <= limit:
        raise problems.PUSH_PAGE_INVALID.raised(name=name, limit=limit)
    return int(text)


def paged(results: Sequence[Shown], total: int, page: Page, path: str) -> Record:
    """Return one page of a list with its links.

    Args:
        results: the entries of this page.
        total: how many entries there are after the query.
        page: which page it is.
        path: path of the list from the API's root, without a query string.
    """
    links: Record = {"current": _link(path, page, page.number), "self": {"href": path}}
    if page.start + len(results) < total:
        links["next"] = _link(path, page, page.number + 1)
    if page.number > 1:
        links["previous"] = _link(path, page, page.number - 1)
    return {
        "results": list(results),
        "pageNumber": page.number,
        "pageSize": page.size,
        "totalResults": total,
        "_links": links,
    }


def _link(path: str, page: Page, number: int) -> Record:
    parts = {"page": str(number), "pageSize": str(page.size)}
    parts |= {} if page.query is None else {"query": page.query}
    parts |= {} if page.order is None else {"orderBy": page.order}
    return {"href": f"{path}?{urlencode(parts)}"}


def encoded(value: Shown) -> str:
    """Return an answer as JSON text; an amount is written with the digits that it has."""
    try:
        return json.dumps(value, separators=(",", ":"))
    except TypeError:  # it has amounts, which the library cannot write
        pass
    parts: list[str] = []
    _write(value, parts)
    return "".join(parts)


def _write(value: Shown, parts: list[str]) -> None:
    if isinstance(value, Decimal):
        parts.append(format(value, "f"))
    elif isinstance(value, str) or value is None or isinstance(value, int):
        parts.append(json.dumps(value))
    elif isinstance(value, Mapping):
        mark = "{"
        for name, entry in value.items():
            parts.append(f"{mark}{json.dumps(name)}:")
            _write(entry, parts)
            mark = ","
        parts.append("}" if value else "{}")
    else:
        mark = "["
        for entry in value:
            parts.append(mark)
            _write(entry, parts)
            mark = ","
        parts.append("]" if value else "[]")
