"""A ConnectWise site as a target of the executor: batches and payments, one by one.

Each change stands for itself.  Once the site stops answering, what is left of a chunk is
not sent at all, so that a slow death of the site is not multiplied by its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from clary.apps.connectwise import batch_target, payment_target
from clary.apps.connectwise.batch_target import BatchTarget
from clary.apps.connectwise.payment_target import PaymentTarget
from clary.apps.connectwise.resources import Accounting
from clary.kernel.change import Body, Change, Sighting, Written
from clary.kernel.errors import (
    ClaryError,
    Failed,
    Rejected,
    Uncertain,
    Unreachable,
    Unsupported,
    declare,
)

NOT_SENT = declare(
    "CONNECTWISE_NOT_SENT",
    Unreachable,
    "This was not sent to ConnectWise, as it did not answer the change before.",
    "Nothing needs to be done: it is sent once ConnectWise answers again.",
)
TYPE_UNSUPPORTED = declare(
    "CONNECTWISE_TYPE_UNSUPPORTED",
    Unsupported,
    "ConnectWise takes no records of type {type} from Clary.",
    "It takes these: {known}.",
)

_REFUSED = (Rejected, Unsupported, Failed)
"""Errors that say nothing about the next change; it is written all the same."""


class _Part(Protocol):
    """What knows how to apply the changes of one record type."""

    def look(self, change: Change) -> Sighting: ...
    def write(self, change: Change) -> Written: ...
    def read_back(self, change: Change, key: str) -> Body | None: ...
    def unlike(self, change: Change, body: Body) -> Sequence[tuple[str, str, str]]: ...


class ConnectwiseTarget:
    """Applies changes to one company of one site; see `kernel.change.Target`.

    Record types: `accounting_batch` (create, delete; key: its identifier) and
    `invoice_payment` (create, update, delete; key: `INVOICE_ID/PAYMENT_ID`).

    Attributes:
        identity: what pins the site; see `Settings.identity`.
        generation: always 1: a site that was restored tells nobody.
    """

    def __init__(self, accounting: Accounting, identity: str) -> None:
        """Write through `accounting`."""
        self.identity = identity
        self.generation = 1
        self._parts: dict[str, _Part] = {
            batch_target.RECORD_TYPE: BatchTarget(accounting),
            payment_target.RECORD_TYPE: PaymentTarget(accounting),
        }

    def look(self, changes: Sequence[Change]) -> Sequence[Sighting]:
        """Tell for each change whether it is done already, can be done, or is stale.

        Raises:
            Unreachable, Busy, Unauthorised, Misconfigured: the site does not answer.
        """
        return [self._part(change).look(change) for change in changes]

    def write(
        self, changes: Sequence[Change], *, stop: bool = False
    ) -> Sequence[Written | ClaryError]:
        """Write each change; an error stands for its own change only."""
        results: list[Written | ClaryError] = []
        for change in changes:
            result = self._written(change)
            results.append(result)
            if isinstance(result, _REFUSED):
                if stop:
                    break
            elif isinstance(result, ClaryError):
                rest = changes[len(results) :]
                return results + [_following(result, each) for each in rest]
        return results

    def read_back(
        self, changes: Sequence[Change], written: Sequence[Written]
    ) -> Sequence[Body | None]:
        """Return each record as it stands now, none where it is gone."""
        return [
            None if key is None else self._part(change).read_back(change, key)
            for change, key in (
                (change, answer.key or change.key)
                for change, answer in zip(changes, written, strict=True)
            )
        ]

    def unlike(self, change: Change, body: Body) -> Sequence[tuple[str, str, str]]:
        """Return name, sent and stored value of each stated field that differs."""
        return self._part(change).unlike(change, body)

    def _written(self, change: Change) -> Written | ClaryError:
        try:
            return self._part(change).write(change)
        except ClaryError as error:
            return error

    def _part(self, change: Change) -> _Part:
        part = self._parts.get(change.record_type)
        if part is None:
            known = ", ".join(self._parts)
            raise TYPE_UNSUPPORTED.raised(
                record=change.record, type=change.record_type, known=known
            )
        return part


def _following(error: ClaryError, change: Change) -> ClaryError:
    """Return how a change ends that was not sent, as the one before it got no answer."""
    return NOT_SENT.raised(record=change.record) if isinstance(error, Uncertain) else error
