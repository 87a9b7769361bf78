"""A session that does what malice decides, around a session that does the work.

Inside a group a strike hits the whole group, as it does in real doors: a lost session
takes what was not committed with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias, TypeVar

from clary.companies.contract import (
    AccountFigure,
    AgedBalance,
    Changed,
    LedgerRow,
    OpenItem,
    OriginFound,
    Query,
    Session,
    Use,
)
from clary.companies.hostile.mischief import Call, Malice, Mischief
from clary.companies.hostile.problems import (
    HOSTILE_BUSY,
    HOSTILE_LOST,
    HOSTILE_NO_ORIGINS,
    HOSTILE_UNKNOWN,
)
from clary.companies.keys import Key
from clary.companies.settlements import SettledSince, Settlement
from clary.kernel.change import Body, Origin, Verb, Written
from clary.kernel.errors import ClaryError, Finding
from clary.ledger.fields import Kind
from clary.ledger.posting.views import Policy
from clary.ledger.registry import record_type as find_type

Result = TypeVar("Result")
Editor: TypeAlias = Callable[[Session, str, Key], None]
"""Changes one record through a session, as someone at Sage would."""

PADDING = "   "


@dataclass
class Ways:
    """What all sessions of one hostile company share."""

    malice: Malice
    wait: Callable[[], None]
    edit: Editor
    keeps_origins: bool
    struck: list[tuple[Call, Mischief]] = field(default_factory=list)

    def strike(self, call: Call) -> Mischief | None:
        """Return what goes wrong with a call, and remember it."""
        mischief = self.malice.strike(call)
        if mischief is not None:
            self.struck.append((call, mischief))
        return mischief


def edit_text(session: Session, record_type: str, key: Key) -> None:
    """Change the first free text of a record, as far as the company lets it be changed."""
    declared = find_type(record_type)
    (body,) = session.get_many(record_type, [key])
    if body is None:
        return
    for name, spec in declared.fields.items():
        if spec.kind is Kind.TEXT and name in body and not (spec.computed or spec.key):
            with suppress(ClaryError):
                session.update(record_type, key, {name: str(body[name])[::-1].strip() or None})
                return


def _nothing() -> None:
    """Leave the records alone."""


class HostileSession(Session):
    """A log-on that may be lost at any call."""

    def __init__(self, session: Session, ways: Ways) -> None:
        """Work through `session` until it is dropped."""
        self._session = session
        self._ways = ways
        self._group: AbstractContextManager[None] | None = None
        self._lost = False

    def close(self) -> None:
        """Log off; closing twice does nothing."""
        self._session.close()

    def lose(self, *, keep: bool = False) -> None:
        """End the session; what the open group wrote is lost, or committed if `keep`."""
        self._lost = True
        group, self._group = self._group, None
        try:
            if group is not None and keep:
                group.__exit__(None, None, None)
            elif group is not None:
                error = HOSTILE_LOST.raised(call=Call.COMMIT)
                with suppress(ClaryError):
                    group.__exit__(type(error), error, None)
        finally:
            self._session.close()

    def _do(
        self, call: Call, work: Callable[[], Result], edit: Callable[[], None] = _nothing
    ) -> tuple[Result, Mischief | None]:
        """Do the work of a call, with what goes wrong before and after it.

        `edit` is what someone does just before the work, if malice wants that.
        """
        if self._lost:
            raise HOSTILE_LOST.raised(call=call)
        mischief = self._ways.strike(call)
        if mischief is Mischief.LATE_FAILURE:
            self._ways.wait()
        if mischief is Mischief.BUSY:
            raise HOSTILE_BUSY.raised(call=call)
        if mischief in (Mischief.DROP, Mischief.LATE_FAILURE):
            self.lose()
            raise HOSTILE_LOST.raised(call=call)
        if mischief is Mischief.LOSE:
            self.lose()
            raise HOSTILE_UNKNOWN.raised(call=call)
        if mischief is Mischief.EDIT:
            edit()
        result = work()
        if mischief is Mischief.COMMIT:
            self.lose(keep=True)
            raise HOSTILE_UNKNOWN.raised(call=call)
        if mischief is Mischief.LATE:
            self._ways.wait()
        return result, mischief

    def _on_record(
        self, call: Call, record_type: str, key: Key, work: Callable[[], Result]
    ) -> Result:
        """Do the work of a call on one record, which someone may edit just before."""
        return self._do(call, work, lambda: self._edit(record_type, key))[0]

    def _edit(self, record_type: str, key: Key) -> None:
        self._ways.edit(self._session, record_type, key)

    def read(self, record_type: str, query: Query) -> Iterator[Body]:
        """Yield the records that `query` asks for, and what malice makes of them."""
        rows, mischief = self._do(Call.READ, lambda: self._session.read(record_type, query))
        return self._rows(rows, mischief)

    def _rows(self, rows: Iterator[Body], mischief: Mischief | None) -> Iterator[Body]:
        for body in rows:
            shown = padded(body) if mischief is Mischief.PAD else body
            yield shown
            if self._lost:
                raise HOSTILE_LOST.raised(call=Call.READ)
            if mischief is Mischief.REPEAT:
                yield dict(shown)

    def get(self, record_type: str, key: Key) -> Body:
        """Return one record, which someone may edit just afterwards."""
        body, mischief = self._do(Call.GET, lambda: self._session.get(record_type, key))
        if mischief is Mischief.EDIT:
            self._edit(record_type, key)
        return padded(body) if mischief is Mischief.PAD else body

    def get_many(self, record_type: str, keys: Sequence[Key]) -> Sequence[Body | None]:
        """Return many records, which someone may edit just afterwards."""
        bodies, mischief = self._do(
            Call.GET_MANY, lambda: self._session.get_many(record_type, keys)
        )
        if mischief is Mischief.EDIT:
            for key in keys:
                self._edit(record_type, key)
        if mischief is Mischief.PAD:
            return [None if body is None else padded(body) for body in bodies]
        return bodies

    def find_origins(self, record_type: str, origins: Sequence[Origin]) -> Sequence[OriginFound]:
        """Tell what became of origins.

        Raises:
            Unsupported: this door keeps none (HOSTILE_NO_ORIGINS).
        """
        if not self._ways.keeps_origins:
            raise HOSTILE_NO_ORIGINS.raised()
        return self._do(
            Call.FIND_ORIGINS, lambda: self._session.find_origins(record_type, origins)
        )[0]

    def create(self, record_type: str, body: Body, origin: Origin | None = None) -> Written:
        """Create a record, or not."""
        kept = origin if self._ways.keeps_origins else None
        return self._do(Call.CREATE, lambda: self._session.create(record_type, body, kept))[0]

    def update(self, record_type: str, key: Key, body: Body) -> Written:
        """Change a record, or not."""
        return self._on_record(
            Call.UPDATE, record_type, key, lambda: self._session.update(record_type, key, body)
        )

    def delete(self, record_type: str, key: Key) -> Written:
        """Delete a record, or not."""
        return self._on_record(
            Call.DELETE, record_type, key, lambda: self._session.delete(record_type, key)
        )

    def act(self, record_type: str, key: Key, verb: Verb, details: Body) -> Written:
        """Do a step to a document, or not."""
        return self._on_record(
            Call.ACT,
            record_type,
            key,
            lambda: self._session.act(record_type, key, verb, details),
        )

    def group(self) -> AbstractContextManager[None]:
        """Return a context whose end malice may strike, too."""
        return _Group(self)

    def begin_group(self) -> None:
        """Open the group of the session below."""
        if self._lost:
            raise HOSTILE_LOST.raised(call=Call.COMMIT)
        self._group = self._session.group()
        self._group.__enter__()

    def end_group(self) -> None:
        """Commit the group of the session below, or what malice makes of that."""
        if self._group is None:
            # The session was lost on the way; nobody knows what is left of the group.
            raise HOSTILE_UNKNOWN.raised(call=Call.COMMIT)

        def commit() -> None:
            group, self._group = self._group, None
            if group is not None:
                group.__exit__(None, None, None)

        try:
            self._do(Call.COMMIT, commit)
        except ClaryError as error:
            self.abandon_group(error)
            raise

    def abandon_group(self, error: BaseException) -> None:
        """Take back what the open group wrote, because of an error inside or at its end."""
        group, self._group = self._group, None
        if group is not None:
            group.__exit__(type(error), error, error.__traceback__)

    def whereabouts(self, written: Written) -> Sequence[Finding]:
        """Return where a delivered write waits."""
        self._check()
        return self._session.whereabouts(written)

    def policy(self) -> Policy | None:
        """Return the settings that posting rules depend on."""
        self._check()
        return self._session.policy()

    def uses(self, record_type: str, key: Key) -> Sequence[str]:
        """Return what refers to a record."""
        self._check()
        return self._session.uses(record_type, key)

    def changes(self, record_type: str, since: str | None) -> Iterator[Changed]:
        """Yield what changed."""
        self._check()
        return self._session.changes(record_type, since)

    def missing_rights(self, use: Use | None = None) -> Sequence[Finding]:
        """Return each right that the user lacks."""
        self._check()
        return self._session.missing_rights(use)

    def trial_balance(self, as_of: date | None) -> Sequence[AccountFigure]:
        """Return every account with its balance."""
        self._check()
        return self._session.trial_balance(as_of)

    def open_items(self, party_type: str, party: str | None) -> Iterator[OpenItem]:
        """Yield the open documents."""
        self._check()
        return self._session.open_items(party_type, party)

    def aged_balances(self, party_type: str, as_of: date) -> Sequence[AgedBalance]:
        """Return what each party owes or is owed by age."""
        self._check()
        return self._session.aged_balances(party_type, as_of)

    def ledger_rows(self) -> Iterator[LedgerRow]:
        """Yield the whole general ledger."""
        self._check()
        return self._session.ledger_rows()

    def ledger_numbers(self) -> Iterator[int]:
        """Yield the numbers of the transactions in the ledger."""
        self._check()
        return self._session.ledger_numbers()

    def ledger_between(self, first: int, last: int) -> Iterator[LedgerRow]:
        """Yield a part of the general ledger."""
        self._check()
        return self._session.ledger_between(first, last)

    def settlements(self, since: SettledSince | None) -> Iterator[Settlement]:
        """Yield how invoices were settled."""
        self._check()
        return self._session.settlements(since)

    def settlements_of(self, invoices: Sequence[str]) -> Sequence[Settlement | None]:
        """Return how invoices stand."""
        self._check()
        return self._session.settlements_of(invoices)

    def _check(self) -> None:
        if self._lost:
            raise HOSTILE_LOST.raised(call=Call.READ)


class _Group(AbstractContextManager[None]):
    """Writes of a hostile session that are committed together."""

    def __init__(self, session: HostileSession) -> None:
        self._session = session

    def __enter__(self) -> None:
        self._session.begin_group()

    def __exit__(self, *details: object) -> None:
        error = details[1]
        if isinstance(error, BaseException):
            self._session.abandon_group(error)
        else:
            self._session.end_group()


def padded(body: Body) -> Body:
    """Return a record whose texts are filled up with spaces."""
    return {
        name: f"{value}{PADDING}" if isinstance(value, str) else value
        for name, value in body.items()
    }
