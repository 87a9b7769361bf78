"""A door that has less than the sandbox company's: types it cannot read, nothing it tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NoReturn

from clary.companies.contract import (
    OPERATION_UNSUPPORTED,
    AccountFigure,
    AgedBalance,
    Changed,
    LedgerRow,
    OpenItem,
    OriginFound,
    Query,
    Session,
)
from clary.companies.keys import Key
from clary.kernel.change import Body, Origin, Verb, Written


class NarrowSession(Session):
    """Reads what another session reads, but for some types, and does nothing else."""

    def __init__(self, session: Session, *unread: str) -> None:
        self._session = session
        self._unread = unread
        self.asked: list[tuple[str, int]] = []

    def close(self) -> None:
        """The session behind it is closed by whoever opened it."""

    def _check(self, record_type: str) -> None:
        if record_type in self._unread:
            self._refuse("read", record_type)

    def _refuse(self, operation: str, record_type: str) -> NoReturn:
        raise OPERATION_UNSUPPORTED.raised(driver="narrow", operation=operation, type=record_type)

    def _never(self) -> NoReturn:
        self._refuse("do that to", "all")

    def read(self, record_type: str, query: Query) -> Iterator[Body]:
        self._check(record_type)
        self.asked.append((record_type, 0))
        return self._session.read(record_type, query)

    def get(self, record_type: str, key: Key) -> Body:
        self._check(record_type)
        return self._session.get(record_type, key)

    def get_many(self, record_type: str, keys: Sequence[Key]) -> Sequence[Body | None]:
        self._check(record_type)
        self.asked.append((record_type, len(keys)))
        return self._session.get_many(record_type, keys)

    def find_origins(self, record_type: str, origins: Sequence[Origin]) -> Sequence[OriginFound]:
        del record_type, origins
        self._never()

    def create(self, record_type: str, body: Body, origin: Origin | None = None) -> Written:
        del record_type, body, origin
        self._never()

    def update(self, record_type: str, key: Key, body: Body) -> Written:
        del record_type, key, body
        self._never()

    def delete(self, record_type: str, key: Key) -> Written:
        del record_type, key
        self._never()

    def act(self, record_type: str, key: Key, verb: Verb, details: Body) -> Written:
        del record_type, key, verb, details
        self._never()

    def uses(self, record_type: str, key: Key) -> Sequence[str]:
        del record_type, key
        self._never()

    def changes(self, record_type: str, since: str | None) -> Iterator[Changed]:
        del record_type, since
        self._never()

    def trial_balance(self, as_of: date | None) -> Sequence[AccountFigure]:
        del as_of
        self._never()

    def open_items(self, party_type: str, party: str | None) -> Iterator[OpenItem]:
        del party_type, party
        self._never()

    def aged_balances(self, party_type: str, as_of: date) -> Sequence[AgedBalance]:
        del party_type, as_of
        self._never()

    def ledger_rows(self) -> Iterator[LedgerRow]:
        self._never()
