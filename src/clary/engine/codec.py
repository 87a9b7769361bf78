"""How changes, findings and bodies stand in the database: compact JSON, one encoding each.

Only what differs from the default is written, so that a plan of a million documents
stays small.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json, to_json

from clary.kernel.change import Action, Body, Change, Origin, Verb, version_of
from clary.kernel.errors import Finding

_REF_MARK = '"$ref"'


@dataclass(frozen=True, slots=True)
class StoredChange:
    """A change as read from its plan.

    Attributes:
        change: the change.
        rejected: planned as rejected; never sent.
        refers: some value in it is known only from an earlier outcome.
    """

    change: Change
    rejected: bool
    refers: bool


def text_of(value: object) -> str:
    """Return JSON values as compact text."""
    return to_json(value).decode("utf-8")


def body_text(body: Mapping[str, object] | None) -> str | None:
    """Return a body as compact text, or none."""
    return None if body is None else text_of(body)


def body_from(text: str | None) -> Body | None:
    """Return the body that `body_text` wrote."""
    if text is None:
        return None
    body: Body = from_json(text)
    return body


def version(body: Body | None) -> str | None:
    """Return the version of a record, or none where there is no record."""
    return None if body is None else version_of(body)


def mapping_from(text: str) -> dict[str, Any]:
    """Return the mapping that `text_of` wrote."""
    values: dict[str, Any] = from_json(text)
    return values


def change_text(change: Change) -> str:
    """Return what the plan's columns do not hold of a change."""
    content: dict[str, object] = {}
    if change.before is not None:
        content["before"] = change.before
    if change.after is not None:
        content["after"] = change.after
    if change.verb is not None:
        content["verb"] = change.verb.value
    if change.origin is not None:
        origin = change.origin
        content["origin"] = (origin.system, origin.document, origin.revision, origin.attempt)
    if change.idempotency_key is not None:
        content["idempotency_key"] = change.idempotency_key
    if change.depends_on:
        content["depends_on"] = change.depends_on
    if change.deferred is not None:
        content["deferred"] = change.deferred
    if change.tracked:
        content["tracked"] = change.tracked
    if change.undoes is not None:
        content["undoes"] = change.undoes
    return text_of(content)


def stored_change(row: tuple[Any, ...]) -> StoredChange:
    """Return the change of a row: number, rejected, system, action, type, key, document, content.

    The row comes untyped from the database; these columns are what `change_text` and the
    plan store wrote.
    """
    number, rejected, system, action, record_type, key, document, text = row
    content = mapping_from(text)
    verb = content.get("verb")
    origin = content.get("origin")
    undoes = content.get("undoes")
    change = Change(
        number=number,
        system=system,
        action=Action(action),
        record_type=record_type,
        key=key,
        before=content.get("before"),
        after=content.get("after"),
        verb=None if verb is None else Verb(verb),
        origin=None if origin is None else Origin(*origin),
        depends_on=tuple(content.get("depends_on", ())),
        deferred=content.get("deferred"),
        tracked=content.get("tracked", {}),
        document=document,
        idempotency_key=content.get("idempotency_key"),
        undoes=None if undoes is None else (undoes[0], undoes[1]),
    )
    refers = _REF_MARK in text or (key is not None and key.startswith("$ref:"))
    return StoredChange(change, bool(rejected), refers)


def findings_text(findings: Iterable[Finding]) -> str | None:
    """Return findings as compact text, or none where there are none."""
    listed = [finding.as_dict() for finding in findings]
    return text_of(listed) if listed else None


def findings_from(text: str | None) -> tuple[Finding, ...]:
    """Return the findings that `findings_text` wrote."""
    if text is None:
        return ()
    return tuple(Finding.from_dict(values) for values in from_json(text))
