"""Stored decisions about what a reference of ConnectWise becomes in a company."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection

from clary.flows.batch.mapping import ITEM_CLASSES, LAST_ITEM_CLASS, as_written, invalid_id
from clary.flows.batch.overrides import MappingKind, Override, OverrideStore, Told
from clary.flows.batch.planner import CompanyLists
from clary.flows.batch.similar import Suggestion, Suggestions
from clary.hub.access import Role
from clary.hub.connections import ConnectionKind
from clary.hub.installation import Installation
from clary.hub.services.opening import Opened, open_company
from clary.hub.services.permissions import needs
from clary.hub.trail import Entry
from clary.kernel.change import Body
from clary.kernel.clock import timestamp
from clary.kernel.errors import Rejected, declare
from clary.ledger.registry import record_type as declared_type

MAPPING_TARGET_UNKNOWN = declare(
    "BATCH_MAPPING_TARGET_UNKNOWN",
    Rejected,
    "There is no {kind} {target!r} in {company}.",
    "Enter it in Sage first, or map to one that is there{near}.",
    http_status=404,
    exit_code=2,
)

MAPPING_TARGET_INVALID = declare(
    "BATCH_MAPPING_TARGET_INVALID",
    Rejected,
    "{target!r} cannot be the ID of a {label} in {company}: {reason}.",
    "Map to an ID that Sage can hold{near}.",
    exit_code=2,
)

_LISTS: Final[Mapping[MappingKind, str]] = {
    MappingKind.ACCOUNT: "account",
    MappingKind.CUSTOMER: "customer",
    MappingKind.VENDOR: "vendor",
    MappingKind.ITEM: "item",
    MappingKind.TAX_CODE: "tax_code",
    MappingKind.DEPARTMENT: "department",
}
"""List of the books that the target of a decision is looked up in; others are words."""

CREATABLE: Final = frozenset({MappingKind.CUSTOMER, MappingKind.VENDOR, MappingKind.ITEM})
"""Kinds whose target may be an ID that a batch creates."""


@needs(Role.VIEWER, "company")
def list_mappings(
    installation: Installation, app: str, company: str, *, history: bool = False
) -> list[Override]:
    """Return the decisions that hold, or all that were ever made, by kind and source.

    Raises:
        Misconfigured: there is no such app or company.
    """
    store, names = _store(installation, app, company)
    return store.history(*names) if history else store.current(*names)


@needs(Role.VIEWER, "company")
def mapping_history(
    installation: Installation, app: str, company: str, kind: MappingKind, source: str
) -> list[Override]:
    """Return all decisions about one reference, the oldest first.

    Raises:
        Misconfigured: there is no such app or company.
    """
    store, names = _store(installation, app, company)
    return store.history(*names, kind, source)


@needs(Role.OPERATOR, "company")
def set_mapping(
    installation: Installation,
    app: str,
    company: str,
    kind: MappingKind,
    source: str,
    target: str,
    *,
    dry_run: bool = False,
) -> Override:
    """Store a decision in place of an earlier one.

    Accounts, tax codes and departments must be in the books; a customer, vendor or item
    may also be one that a batch creates under this ID.  What the books write otherwise is
    stored as they do: `acme` as ACME and `1` as T1 in a UK company.

    Raises:
        Rejected: the target is not in the books (BATCH_MAPPING_TARGET_UNKNOWN), cannot be
            an ID there (BATCH_MAPPING_TARGET_INVALID), or cannot be stored.
        ClaryError: the company cannot be opened.
    """
    store, names = _store(installation, app, company)
    opened = open_company(installation, company)
    chosen = as_written(kind, opened.info.edition, target)
    _check_target(opened, kind, chosen)
    if dry_run:
        return Override(kind, source, chosen, installation.actor, installation.clock.now())
    told = _told(installation, *names)
    return store.store(*names, kind, source, chosen, installation.actor, told)


@needs(Role.OPERATOR, "company")
def remove_mapping(
    installation: Installation, app: str, company: str, kind: MappingKind, source: str
) -> None:
    """Remove a decision; it stays in the history.

    Raises:
        Rejected: none is stored (MAPPING_OVERRIDE_UNKNOWN).
        Misconfigured: there is no such app or company.
    """
    store, names = _store(installation, app, company)
    told = _told(installation, *names)
    store.remove(*names, kind, source, installation.actor, told)


@needs(Role.VIEWER, "company")
def suggest_mappings(
    installation: Installation, company: str, kind: MappingKind, source: str, name: str = ""
) -> list[Suggestion]:
    """Return records that a reference may have meant, the likeliest first; none is applied.

    Raises:
        ClaryError: the company cannot be opened.
    """
    record_type = _LISTS.get(kind)
    if record_type is None:
        return []
    opened = open_company(installation, company)
    with opened.company.session() as session:
        return list(Suggestions(CompanyLists(session)).similar(record_type, source, name))


def _store(
    installation: Installation, app: str, company: str
) -> tuple[OverrideStore, tuple[str, str]]:
    connection = installation.connections.get(app, ConnectionKind.APP)
    found = installation.connections.find(company)
    names = (connection.name, company if found is None else found.name)
    return OverrideStore(installation.database, installation.clock), names


def _told(installation: Installation, app: str, company: str) -> Told:
    """Return what tells the audit trail of a change of decisions."""

    def values(decision: Override | None) -> Body:
        if decision is None:
            return {}
        shown = {"kind": decision.kind.value, "source": decision.source}
        return {"app": app, **shown, "target": decision.target}

    def told(write: Connection, before: Override | None, after: Override | None) -> None:
        what = "mapping.remove" if after is None else "mapping.set"
        entry = Entry(what, company, app, old=values(before), new=values(after))
        installation.trail.record(write, entry)

    return told


def _check_target(opened: Opened, kind: MappingKind, target: str) -> None:
    """Make sure that what must be in the books already is there."""
    if kind is MappingKind.ITEM_CLASS:
        known = sorted({*ITEM_CLASSES.values(), LAST_ITEM_CLASS})
        if target not in known:
            near = f" ({', '.join(known)})"
            raise _unknown(opened, kind, target, near)
        return
    record_type = _LISTS.get(kind)
    if record_type is None:
        return
    with opened.company.session() as session:
        lists = CompanyLists(session)
        if kind in CREATABLE:
            _check_id(opened, lists, record_type, target)
            return
        ids = {key.casefold() for key, _ in lists.listed(record_type)}
        if target.casefold() not in ids:
            near = Suggestions(lists).near(record_type, target)
            raise _unknown(opened, kind, target, near)


def _check_id(opened: Opened, lists: CompanyLists, record_type: str, target: str) -> None:
    """Make sure that a record could be created under an ID."""
    edition = opened.info.edition
    reason = invalid_id(record_type, edition, target)
    if reason is not None:
        words = declared_type(record_type).words_in(edition)
        raise MAPPING_TARGET_INVALID.raised(
            label=(words.one if words else record_type).lower(),
            target=target[:80],
            company=opened.name,
            reason=reason,
            near=Suggestions(lists).near(record_type, target),
        )


def _unknown(opened: Opened, kind: MappingKind, target: str, near: str) -> Exception:
    return MAPPING_TARGET_UNKNOWN.raised(
        kind=kind.value.replace("_", " "), target=target[:80], company=opened.name, near=near
    )


def mapping_dict(override: Override) -> Body:
    """Return a decision as JSON-ready values."""
    gone = override.superseded_at
    return {
        "kind": override.kind.value,
        "source": override.source,
        "target": override.target,
        "author": override.author,
        "created_at": timestamp(override.created_at),
        "superseded_at": None if gone is None else timestamp(gone),
        "superseded_by": override.superseded_by,
    }
