"""How a batch is made and deleted so that its documents are marked as posted exactly once.

A batch is known by its name, which is unique at a site, and by the GL rows that it holds.
After an answer that never came both are looked up: the same name with the same rows is our
batch, whoever's request made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clary.apps.connectwise.gl_ids import unposted_rows
from clary.apps.connectwise.postings import IDENTIFIER_LENGTH, KINDS, KindName
from clary.apps.connectwise.problems import NOT_FOUND
from clary.apps.connectwise.resources import Accounting
from clary.apps.connectwise.shapes import AccountingBatch
from clary.kernel.change import Action, Body, Change, JsonValue, Sight, Sighting, Written
from clary.kernel.errors import Finding, Rejected, Unsupported, declare

BATCH_OTHER = declare(
    "BATCH_HOLDS_OTHERS",
    Rejected,
    "ConnectWise has a batch {identifier} already, and it holds other entries ({difference}).",
    "Choose another name for the batch, or run the existing batch again.",
    http_status=409,
)
BATCH_CHANGED = declare(
    "BATCH_CHANGED",
    Rejected,
    "The batch {identifier} does not hold what it held when the plan was made ({difference}).",
    "Plan again; the new plan starts from the batch as it is now.",
    http_status=409,
)
BATCH_CLOSED = declare(
    "BATCH_CLOSED",
    Rejected,
    "The batch {identifier} was closed in ConnectWise and cannot be changed any more.",
    "ConnectWise has no way to open a batch again: ask its support, and leave batches open from"
    " now on. Clary never closes one.",
    http_status=409,
)
BATCH_ROWS_CHANGED = declare(
    "BATCH_ROWS_CHANGED",
    Rejected,
    "ConnectWise gives other entries for the documents of batch {identifier} than before it was"
    " removed ({difference}); the batch is not made again.",
    "Run a new batch for these documents: what is in the books is found there and only marked"
    " as posted.",
    http_status=409,
)
BATCH_REFUSED = declare(
    "BATCH_REFUSED",
    Rejected,
    "ConnectWise does not make the batch {identifier}: {reason}",
    "Run a new batch for its documents: what is in the books is found there and only marked as"
    " posted.",
)
BATCH_INCOMPLETE = declare(
    "BATCH_INCOMPLETE",
    Rejected,
    "A batch needs {missing}.",
    "Plan again; nothing was written for this batch.",
)
BATCH_ACTION = declare(
    "BATCH_ACTION_UNSUPPORTED",
    Unsupported,
    "A batch of ConnectWise cannot be changed, only made and deleted.",
    "Delete the batch and make it anew under the same name.",
)

RECORD_TYPE = "accounting_batch"

IMPLIED = frozenset({"ap", "accountspayable", "inventory"})
"""Account types of entries that a site may add by itself: the other side of a purchase or of
an adjustment.  What a batch was asked to hold counts whatever its type."""

TRUSTED = "rows"
"""Beside the kinds of documents that are looked at: rows of others, which are not."""

_SHOWN = 10
"""Most ids that a finding names."""


class BatchTarget:
    """Makes and deletes batches, one change at a time."""

    def __init__(self, accounting: Accounting) -> None:
        """Work on the site behind `accounting`."""
        self._accounting = accounting

    def look(self, change: Change) -> Sighting:
        """Tell whether the batch is there as the change wants it."""
        if change.action is Action.CREATE:
            return self._look_for_new(change)
        if change.action is Action.DELETE and change.key is not None:
            return self._look_for_old(change, change.key)
        return Sighting(Sight.UNKNOWN, findings=(BATCH_ACTION.finding(record=change.record),))

    def write(self, change: Change) -> Written:
        """Make or delete the batch.

        Raises:
            Rejected: the site refuses, or the change states no batch.
            Uncertain: it may have been done.
            Unsupported: a batch cannot be changed in another way.
        """
        if change.action is Action.CREATE:
            return self._create(change)
        if change.action is Action.DELETE and change.key is not None:
            return self._delete(change, change.key)
        raise BATCH_ACTION.raised(record=change.record)

    def read_back(self, change: Change, key: str) -> Body | None:
        """Return what the site holds of a batch, or none where it has no such batch."""
        batch = self._accounting.batch_named(key)
        wanted = _ids((change.after or change.before or {}).get("record_ids"))
        return None if batch is None else self._body(batch, wanted)

    def unlike(self, change: Change, body: Body) -> Sequence[tuple[str, str, str]]:
        """Return what was sent and is stored of the entries, where they differ."""
        wanted = _ids((change.after or {}).get("record_ids"))
        if not _difference(wanted, body):
            return ()
        held = _ids(body.get("record_ids"))
        return (("record_ids", f"{len(wanted)} entries", f"{len(held)} entries"),)

    def _look_for_new(self, change: Change) -> Sighting:
        wanted = _stated(change)
        if isinstance(wanted, Finding):
            return Sighting(Sight.UNKNOWN, findings=(wanted,))
        batch = self._accounting.batch_named(wanted.identifier)
        if batch is None:
            return self._look_at_rows(change, wanted)
        body = self._body(batch, wanted.record_ids)
        difference = _difference(wanted.record_ids, body)
        if not difference:
            return Sighting(Sight.PRESENT, batch.batch_identifier, body, "same name, same entries")
        other = BATCH_OTHER.finding(
            record=change.record, identifier=batch.batch_identifier, difference=difference
        )
        return Sighting(Sight.UNKNOWN, batch.batch_identifier, body, findings=(other,))

    def _look_at_rows(self, change: Change, wanted: _Wanted) -> Sighting:
        """Tell whether documents that wait again have the entries that the change names.

        A batch that is made again after it was removed states what its documents are
        exported by; that their entries stay the same is documented nowhere, so it is
        looked at.
        """
        if not wanted.expected:
            return Sighting(Sight.ABSENT)
        asked = {kind: ids for kind, ids in wanted.expected.items() if kind in KINDS}
        trusted = set(wanted.expected.get(TRUSTED, ()))
        missing = sorted(set(wanted.record_ids) - unposted_rows(self._accounting, asked) - trusted)
        if not missing:
            return Sighting(Sight.ABSENT)
        changed = BATCH_ROWS_CHANGED.finding(
            record=change.record,
            identifier=wanted.identifier,
            difference=f"{len(missing)} are gone: {_some(set(missing))}",
        )
        return Sighting(Sight.UNKNOWN, findings=(changed,))

    def _look_for_old(self, change: Change, key: str) -> Sighting:
        batch = self._accounting.batch_named(key)
        if batch is None:
            return Sighting(Sight.PRESENT, key, evidence="the batch is gone")
        before = _ids((change.before or {}).get("record_ids"))
        body = self._body(batch, before)
        difference = _difference(before, body) if before else ""
        findings: tuple[Finding, ...] = ()
        if batch.closed_flag:
            findings = (BATCH_CLOSED.finding(record=change.record, identifier=key),)
        elif difference:
            findings = (
                BATCH_CHANGED.finding(record=change.record, identifier=key, difference=difference),
            )
        return Sighting(Sight.STALE if findings else Sight.ABSENT, key, body, findings=findings)

    def _create(self, change: Change) -> Written:
        wanted = _stated(change)
        if isinstance(wanted, Finding):
            raise Rejected(wanted)
        try:
            self._accounting.create_batch(wanted.identifier, wanted.record_ids, wanted.kinds)
        except Rejected as error:
            # An earlier request that was given up may have been done in the meantime.
            if self._look_for_new(change).sight is not Sight.PRESENT:
                raise Rejected(
                    *(
                        BATCH_REFUSED.finding(
                            record=change.record,
                            field=each.field,
                            identifier=wanted.identifier,
                            reason=each.message,
                        )
                        for each in error.findings
                    )
                ) from error
        return Written(wanted.identifier)

    def _delete(self, change: Change, key: str) -> Written:
        batch = self._accounting.batch_named(key)
        if batch is not None and batch.id is not None:
            if batch.closed_flag:
                raise BATCH_CLOSED.raised(record=change.record, identifier=key)
            try:
                self._accounting.delete_batch(batch.id)
            except Rejected as error:
                if error.code != NOT_FOUND.name:
                    raise
        return Written(key)

    def _body(self, batch: AccountingBatch, wanted: Sequence[int]) -> Body:
        """Return a batch as plans and journal keep it.

        Args:
            batch: the batch.
            wanted: ids of the GL rows that it was asked to hold; of the entries that a site
                adds by itself only those count.
        """
        asked = frozenset(wanted)
        entries = self._accounting.entry_rows(batch.id or 0)
        counted = (
            entry.id
            for entry in entries
            if entry.id is not None
            and (entry.id in asked or _folded(entry.account_type) not in IMPLIED)
        )
        flags = {
            "invoices": batch.export_invoices_flag,
            "expenses": batch.export_expenses_flag,
            "products": batch.export_products_flag,
        }
        return {
            "identifier": batch.batch_identifier,
            "kinds": [kind for kind in KINDS if flags[kind]],
            "record_ids": sorted(set(counted)),
            "closed": bool(batch.closed_flag),
        }


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The batch that a change states."""

    identifier: str
    kinds: tuple[KindName, ...]
    record_ids: tuple[int, ...]
    expected: Mapping[str, Sequence[int | str]]


def _stated(change: Change) -> _Wanted | Finding:
    """Return the batch that a change states, or what it lacks to be one."""
    after = change.after or {}
    identifier = after.get("identifier")
    stated = after.get("kinds")
    listed = stated if isinstance(stated, Sequence) else ()
    kinds = tuple(kind for kind in KINDS if kind in listed)
    record_ids = _ids(after.get("record_ids"))
    missing = [
        what
        for what, there in (
            (
                f"a name of 1 to {IDENTIFIER_LENGTH} characters",
                isinstance(identifier, str) and 0 < len(identifier.strip()) <= IDENTIFIER_LENGTH,
            ),
            ("at least one kind of documents", kinds),
            ("at least one entry", record_ids),
        )
        if not there
    ]
    if missing:
        return BATCH_INCOMPLETE.finding(record=change.record, missing=" and ".join(missing))
    return _Wanted(str(identifier), kinds, record_ids, _expected(after.get("expected")))


def _expected(value: JsonValue) -> dict[str, list[int | str]]:
    """Return what the documents of a batch are exported by, by kind; empty if not stated."""
    stated = value if isinstance(value, Mapping) else {}
    return {
        kind: [each for each in ids if isinstance(each, int | str)]
        for kind, ids in stated.items()
        if isinstance(ids, Sequence) and not isinstance(ids, str) and ids
    }


def _ids(value: JsonValue) -> tuple[int, ...]:
    listed = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return tuple(sorted({each for each in listed if isinstance(each, int)}))


def _difference(wanted: Sequence[int], body: Body) -> str:
    """Return in words how the entries of a batch differ from those wanted; empty if not."""
    asked, held = set(wanted), set(_ids(body.get("record_ids")))
    parts = (("missing", asked - held), ("more", held - asked))
    return ", ".join(f"{len(ids)} {word}: {_some(ids)}" for word, ids in parts if ids)


def _some(ids: set[int]) -> str:
    shown = ", ".join(map(str, sorted(ids)[:_SHOWN]))
    return shown if len(ids) <= _SHOWN else f"{shown} …"


def _folded(text: str | None) -> str:
    return (text or "").casefold().replace(" ", "")
