"""Doors that break one promise each, for the proof that the suite notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date
from typing import TypeAlias

from clary.companies.contract import (
    AccountFigure,
    Changed,
    Fence,
    Figure,
    Info,
    Kind,
    LedgerRow,
    OpenItem,
    Operation,
    OriginFound,
    Query,
    Session,
    TypeCapability,
)
from clary.companies.hostile import HostileCompany, HostileSession, Malice, Mischief, Scripted
from clary.companies.hostile.mischief import Call
from clary.companies.hostile.problems import HOSTILE_BUSY
from clary.companies.hostile.session import Ways, edit_text
from clary.companies.keys import Key
from clary.companies.sandbox import SandboxCompany
from clary.companies.settlements import SettledSince, Settlement
from clary.kernel.change import Body, Origin, Written
from clary.kernel.errors import ClaryError, Rejected

SessionType: TypeAlias = type[HostileSession]


class Always:
    """Malice that strikes every call of one kind."""

    def __init__(self, call: Call, mischief: Mischief) -> None:
        self._struck = (call, mischief)

    def strike(self, call: Call) -> Mischief | None:
        return self._struck[1] if call is self._struck[0] else None


class Defective(HostileCompany):
    """A company whose sessions are of a class that breaks a promise."""

    def __init__(
        self, company: SandboxCompany, sessions: SessionType, malice: Malice | None = None
    ) -> None:
        super().__init__(company, malice or Scripted())
        self._sessions = sessions
        self._behind = company
        self._malice = malice or Scripted()

    def session(self, *, write: bool = False, fence: Fence | None = None) -> Session:
        ways = Ways(self._malice, lambda: None, edit_text, keeps_origins=True)
        return self._sessions(self._behind.session(write=write, fence=fence), ways)


class Restless(HostileCompany):
    """Its info is another one each time."""

    count = 0

    def info(self) -> Info:
        self.count += 1
        return replace(super().info(), identity=f"{self.count}")


class Boastful(HostileCompany):
    """It does not say that it can delete, and can."""

    def capabilities(self) -> Mapping[str, TypeCapability]:
        return {name: _without_delete(each) for name, each in super().capabilities().items()}


class TellsMore(HostileCompany):
    """It does not say that it tells the general ledger, and does."""

    def figures(self) -> frozenset[Figure]:
        return super().figures() - {Figure.LEDGER_ROWS}


def _without_delete(capability: TypeCapability) -> TypeCapability:
    kept = dict(capability.operations)
    kept.pop(Operation.DELETE, None)
    return replace(capability, operations=kept)


class IgnoresFilters(HostileSession):
    def read(self, record_type: str, query: Query) -> Iterator[Body]:
        return super().read(record_type, replace(query, where=None))


class IgnoresOrder(HostileSession):
    def read(self, record_type: str, query: Query) -> Iterator[Body]:
        return super().read(record_type, replace(query, order=()))


class IgnoresLimit(HostileSession):
    def read(self, record_type: str, query: Query) -> Iterator[Body]:
        return super().read(record_type, replace(query, limit=None))


class IgnoresFields(HostileSession):
    def read(self, record_type: str, query: Query) -> Iterator[Body]:
        return super().read(record_type, replace(query, fields=None))


class HoldsEverything(HostileSession):
    def read(self, record_type: str, query: Query) -> Iterator[Body]:
        return list(super().read(record_type, query))  # type: ignore[return-value]  # the defect


class HoldsNoFigures(HostileSession):
    def read(self, record_type: str, query: Query) -> Iterator[Body]:
        for body in super().read(record_type, query):
            yield {name: value for name, value in body.items() if name != "stock_value"}


class MindsBeingClosedTwice(HostileSession):
    closed = False

    def close(self) -> None:
        if self.closed:
            raise HOSTILE_BUSY.raised(call="close")
        self.closed = True
        super().close()


class Shuffles(HostileSession):
    forwards = False

    def read(self, record_type: str, query: Query) -> Iterator[Body]:
        self.forwards = not self.forwards
        rows = list(super().read(record_type, query))
        return iter(rows if self.forwards else rows[::-1])


class LivesOn(HostileSession):
    def close(self) -> None:
        """Stay logged on."""


class ClearsOthers(HostileSession):
    def update(self, record_type: str, key: Key, body: Body) -> Written:
        more = dict(body)
        more.setdefault("fax", None)
        return super().update(record_type, key, more)


class IgnoresNone(HostileSession):
    def update(self, record_type: str, key: Key, body: Body) -> Written:
        stated: Body = {name: value for name, value in body.items() if value is not None}
        return super().update(record_type, key, stated)


class CutsTexts(HostileSession):
    def create(self, record_type: str, body: Body, origin: Origin | None = None) -> Written:
        cut = {
            name: value[:20].strip() if name == "name" and isinstance(value, str) else value
            for name, value in body.items()
        }
        return super().create(record_type, cut, origin)


class RefusesTooLate(HostileSession):
    def create(self, record_type: str, body: Body, origin: Origin | None = None) -> Written:
        try:
            return super().create(record_type, body, origin)
        except Rejected:
            super().create(record_type, {"id": f"LATE{id(body) % 10**8}", "name": "Late"})
            raise


class FindsNothing(HostileSession):
    def find_origins(self, record_type: str, origins: Sequence[Origin]) -> Sequence[OriginFound]:
        made = [Origin("nobody", str(number)) for number in range(len(origins))]
        return super().find_origins(record_type, made)


class ForgetsTies(HostileSession):
    def changes(self, record_type: str, since: str | None) -> Iterator[Changed]:
        for each in super().changes(record_type, since):
            if since is None or each.stamp is None or each.stamp > since:
                yield each


class ForgetsUnstamped(HostileSession):
    def changes(self, record_type: str, since: str | None) -> Iterator[Changed]:
        return (each for each in super().changes(record_type, since) if each.stamp is not None)


class TellsNoDeletions(HostileSession):
    def changes(self, record_type: str, since: str | None) -> Iterator[Changed]:
        return (each for each in super().changes(record_type, since) if each.kind != Kind.DELETED)


class AddsACent(HostileSession):
    def trial_balance(self, as_of: date | None) -> Sequence[AccountFigure]:
        first, *others = super().trial_balance(as_of)
        return [replace(first, balance=first.balance + 1), *others]


class LosesARow(HostileSession):
    def ledger_rows(self) -> Iterator[LedgerRow]:
        rows = super().ledger_rows()
        next(rows, None)
        return rows


class LosesAnOpenItem(HostileSession):
    def open_items(self, party_type: str, party: str | None) -> Iterator[OpenItem]:
        items = super().open_items(party_type, party)
        next(items, None)
        return items


class TellsOldSettlements(HostileSession):
    def settlements(self, since: SettledSince | None) -> Iterator[Settlement]:
        del since
        return super().settlements(None)


class RemembersSettlements(HostileSession):
    seen: Mapping[str, Settlement] = {}

    def settlements_of(self, invoices: Sequence[str]) -> Sequence[Settlement | None]:
        found = super().settlements_of(invoices)
        new = {each.key: each for each in found if each is not None and each.parts}
        self.seen = {**self.seen, **new}
        return [self.seen.get(key) for key in invoices]


class ForgetsDiscounts(HostileSession):
    def settlements(self, since: SettledSince | None) -> Iterator[Settlement]:
        for each in super().settlements(since):
            yield replace(each, parts=tuple(replace(part, discount=0) for part in each.parts))


class DeletesNothing(HostileSession):
    def delete(self, record_type: str, key: Key) -> Written:
        self.get(record_type, key)
        return Written(key.value)


class FindsAnything(HostileSession):
    def get(self, record_type: str, key: Key) -> Body:
        try:
            return super().get(record_type, key)
        except ClaryError:
            return {"id": key.value}


class TakesTheFirst(HostileSession):
    def get(self, record_type: str, key: Key) -> Body:
        if key.party is None:
            return super().get(record_type, key)
        return next(self.read(record_type, Query()))


class MixesUpMany(HostileSession):
    def get_many(self, record_type: str, keys: Sequence[Key]) -> Sequence[Body | None]:
        return [body for body in super().get_many(record_type, keys) if body is not None]


class AcceptsTwins(HostileSession):
    def create(self, record_type: str, body: Body, origin: Origin | None = None) -> Written:
        try:
            return super().create(record_type, body, origin)
        except Rejected as error:
            if error.code != "DUPLICATE_KEY":
                raise
            return Written(str(body["id"]))


class LosesGroups(HostileSession):
    def group(self) -> AbstractContextManager[None]:
        return self._lost_group()

    @contextmanager
    def _lost_group(self) -> Iterator[None]:
        inner = super().group()
        inner.__enter__()
        yield
        error = KeyError("lost")
        inner.__exit__(KeyError, error, None)


Make: TypeAlias = Callable[[SandboxCompany], HostileCompany]


def behaving(sessions: SessionType) -> Make:
    """Return how to make a company with such sessions."""
    return lambda company: Defective(company, sessions)


def striking(call: Call, mischief: Mischief) -> Make:
    """Return how to make a company where every such call goes wrong."""
    return lambda company: Defective(company, HostileSession, Always(call, mischief))
