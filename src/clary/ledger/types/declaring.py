"""Shorthand to declare record types, so that each reads as one line of a table."""

from __future__ import annotations

from typing import Any, TypeAlias

from clary.ledger.fields import EditionName
from clary.ledger.record import Family, Record, RecordType, TypeName

Words: TypeAlias = tuple[str, str] | None
"""Singular and plural in one edition, or none where it does not have the type."""


def _words(us: Words, uk: Words) -> dict[EditionName, TypeName]:
    words: dict[EditionName, TypeName] = {}
    if us is not None:
        words["us"] = TypeName(*us)
    if uk is not None:
        words["uk"] = TypeName(*uk)
    return words


def list_type(
    name: str, record: type[Record], order: int, us: Words, uk: Words, *aliases: str
) -> RecordType:
    """Return a list record type; `order` is its place in the order of creation."""
    return RecordType(
        name=name,
        record=record,
        family=Family.LIST,
        words=_words(us, uk),
        aliases=aliases,
        order=order,
    )


def document_type(
    name: str,
    record: type[Record],
    order: int,
    us: Words,
    uk: Words,
    *aliases: str,
    **attributes: Any,  # noqa: ANN401 - the remaining fields of RecordType, by their own names
) -> RecordType:
    """Return a document type; posted, numbered and totalled unless `attributes` differ."""
    usual: dict[str, Any] = {"family": Family.POSTED, "number": "number", "total": "total"}
    return RecordType(
        name=name,
        record=record,
        words=_words(us, uk),
        aliases=aliases,
        origin="origin",
        order=order,
        **{**usual, **attributes},
    )
