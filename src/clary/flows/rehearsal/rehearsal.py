"""Posts a plan's documents in memory, as the company would, and tells what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, NamedTuple, Self

from clary.companies.contract import Info, Session, TypeCapability
from clary.flows.operations.references import references_of
from clary.flows.rehearsal.books import RehearsalBooks
from clary.flows.rehearsal.papers import Papers
from clary.flows.rehearsal.settings import assumed_policy
from clary.flows.rehearsal.shelves import KEPT, Shelves
from clary.flows.rehearsal.wanted import Wanted
from clary.kernel.change import Body
from clary.kernel.errors import Finding
from clary.ledger import schema
from clary.ledger.posting import problems as codes
from clary.ledger.posting.calendar import Calendar
from clary.ledger.posting.new_parties import fill_default_account
from clary.ledger.posting.posters import POSTERS, POSTING_UNBALANCED, complete
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting, RowKind
from clary.ledger.posting.views import Policy
from clary.ledger.record import Record, RecordType
from clary.ledger.registry import record_type as find_type
from clary.ledger.schema import Purpose

GROUP: Final = 500
"""Documents for which the company is asked at once."""

COST_ROWS: Final = (RowKind.COST, RowKind.STOCK)
"""Rows that the books make of what goods cost."""


class RehearsedRow(NamedTuple):
    """One ledger row that a document would post: minor units, a debit positive.

    Attributes:
        account_id: the account.
        amount: what it moves by.
        kind: which part of the document it is (see `RowKind`).
        line: the document's line, from 0; none for control, tax, freight and cash.
    """

    account_id: str
    amount: int
    kind: int
    line: int | None


class AccountMove(NamedTuple):
    """What all documents of a rehearsal post to one account, in minor units.

    Attributes:
        account_id: the account.
        name: its name.
        debit: sum of the debits.
        credit: sum of the credits, positive.
        estimated: costs of stock are part of it whose layers no door tells.
    """

    account_id: str
    name: str
    debit: int
    credit: int
    estimated: bool


@dataclass(slots=True)
class Rehearsed:
    """What a company would do with one document.

    Attributes:
        record: the document in words, as its findings name it.
        findings: every finding of the schema or of the posting rules.
        passed: it would be posted; warnings stop nothing.
        estimated: costs in its rows are estimates (see `books`); not told of a document
            that is only tried.
    """

    record: str
    findings: tuple[Finding, ...]
    passed: bool
    estimated: bool
    _declared: RecordType
    _typed: Record | None
    _posting: Posting
    _account_ids: Sequence[str]

    @property
    def rows(self) -> list[RehearsedRow]:
        """The ledger rows that it would post; none if it does not pass."""
        if not self.passed:
            return []
        ids = self._account_ids
        return [
            RehearsedRow(ids[row.account], row.amount, row.kind, row.line)
            for row in self._posting.rows
        ]

    @property
    def total(self) -> int:
        """Its total in minor units of the base currency, as far as it was worked out."""
        return self._posting.total

    @property
    def tax(self) -> int:
        """The tax within its total, likewise."""
        return self._posting.tax

    @property
    def worth(self) -> int | None:
        """What it moves in minor units of the base currency, without its sign.

        The larger of its total, of the debits or credits of its ledger rows but for what goods
        cost, and of the stock that goes in or out.  None where it does not pass, or takes out
        stock that is not there yet, so that nobody knows its cost.
        """
        posting = self._posting
        if not self.passed or (posting.party is None and any(m.short for m in posting.stock)):
            return None
        rows = [row.amount for row in posting.rows if row.kind not in COST_ROWS]
        moves = [move.cost for move in posting.stock]
        return max(abs(posting.total), _larger_side(rows), _larger_side(moves))

    @property
    def stored(self) -> Body | None:
        """The document as the books would keep it, none if its body does not fit the type."""
        if self._typed is None:
            return None
        body = complete(schema.canonical_body(self._typed), self._posting, self._declared)
        party = self._posting.party
        if party is not None and self._declared.party is not None:
            body[self._declared.party] = party.id  # as the list has it, in its own case
        return body


class _Checked(NamedTuple):
    """A document after the check of its body."""

    declared: RecordType
    record: str
    typed: Record | None
    findings: list[Finding]


class Rehearsal:
    """One rehearsal for one company; what is added and posted counts for what follows."""

    def __init__(
        self,
        session: Session,
        info: Info,
        *,
        capabilities: Mapping[str, TypeCapability] | None = None,
        policy: Policy | None = None,
        kept: int = KEPT,
    ) -> None:
        """Read through `session`, and write nothing.

        Args:
            session: a session with the company; it must outlive the rehearsal.
            info: what the company is.
            capabilities: what the door can do; without it documents are read whole.
            policy: the company's settings; read from the door if none.
            kept: most list records of a type that are kept in memory between groups.
        """
        self._edition = info.edition
        self._release = info.release
        told = policy or session.policy()
        self.assumed = told is None
        self._shelves = Shelves(session, info.edition, kept)
        self._papers = Papers(session, info, capabilities or {})
        self._books = RehearsalBooks(
            told or assumed_policy(session, info), _calendar(info), self._shelves, self._papers
        )
        self._debits: dict[int, int] = {}
        self._credits: dict[int, int] = {}
        self._estimated: set[int] = set()

    def __enter__(self) -> Self:
        """Return the rehearsal."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Forget everything."""
        self.close()

    def close(self) -> None:
        """Forget everything; closing twice does nothing."""
        self._papers.close()

    @property
    def books(self) -> RehearsalBooks:
        """What posting rules see: the company's records with what the plan does to them."""
        return self._books

    @property
    def policy(self) -> Policy:
        """The company's settings; `assumed` tells that the door does not know them."""
        return self._books.policy

    @property
    def unreadable(self) -> frozenset[str]:
        """Record types that were needed and cannot be read: what names them is unchecked."""
        return self._shelves.unreadable | self._papers.unreadable

    def add_record(self, record_type: str, body: Body) -> list[Finding]:
        """Add a list record that the plan creates; return what is wrong with it.

        A record with an error is not added, as the company would not have it.

        Args:
            record_type: name of its type.
            body: its canonical body.

        Raises:
            Rejected: the edition has no such record type (TYPE_UNKNOWN).
        """
        declared = find_type(record_type, self._edition)
        record = f"{declared.name} {body.get(declared.key)}"
        typed, findings = self._typed(declared, body, record)
        if typed is None:
            return findings
        made = schema.canonical_body(typed)
        problems = Problems(record)
        fill_default_account(self.policy, problems, declared.name, made)
        self._check_references(problems, declared, made)
        if not problems.failed:
            if self._edition == "us" and made.get("class") in ("stock", "assembly"):
                made.setdefault("cost_method", "fifo")
            self._books.add_record(declared.name, made)
        return problems.findings

    def _typed(
        self, declared: RecordType, body: Body, record: str
    ) -> tuple[Record | None, list[Finding]]:
        return schema.check(
            declared.name, body, self._edition, self._release, Purpose.CREATE, record
        )

    def _check_references(self, problems: Problems, declared: RecordType, body: Body) -> None:
        for one in references_of(declared.record, body):
            if not self._books.known(one.record_type, one.value):
                problems.error(
                    codes.UNKNOWN_REFERENCE, one.field, type=one.record_type, value=one.value
                )

    def post_many(
        self, documents: Sequence[tuple[str, Body]], *, keep: bool = True
    ) -> list[Rehearsed]:
        """Post documents in memory, in order; return what would come of each.

        A document that does not pass leaves no trace: those after it are posted as if it
        were not there.

        Args:
            documents: record type and canonical body of each.
            keep: what they do counts for what follows; off, each is only tried.

        Raises:
            Rejected: the edition has no such record type (TYPE_UNKNOWN).
            ValueError: records of the type are not posted.
            Failed: a rule's rows do not add up to zero (POSTING_UNBALANCED).
            Busy, Unreachable, Unauthorised: the company cannot be read.
        """
        done: list[Rehearsed] = []
        for start in range(0, len(documents), GROUP):
            done += self._post_group(documents[start : start + GROUP], keep=keep)
        return done

    def _post_group(self, documents: Sequence[tuple[str, Body]], *, keep: bool) -> list[Rehearsed]:
        checked = [self._checked(name, body) for name, body in documents]
        wanted = Wanted()
        for one in checked:
            if one.typed is not None:
                wanted.add(one.declared, one.typed)
        try:
            self._books.fetch(wanted)
            return [self._post(one, keep=keep) for one in checked]
        finally:
            self._books.end_group()

    def _checked(self, name: str, body: Body) -> _Checked:
        declared = find_type(name, self._edition)
        if declared.name not in POSTERS[self._edition]:
            message = f"records of type {declared.name} are not posted"
            raise ValueError(message)
        record = f"{declared.name} {body.get(declared.number or '') or '(new)'}"
        return _Checked(declared, record, *self._typed(declared, body, record))

    def _post(self, checked: _Checked, *, keep: bool) -> Rehearsed:
        declared, record, typed, findings = checked
        problems = Problems(record, findings, failed=typed is None)
        posting = Posting()
        if typed is not None:
            posting = POSTERS[self._edition][declared.name](self._books, problems, typed)
        estimated: set[int] = set()
        if typed is not None and not problems.failed:
            if not posting.balanced:
                raise POSTING_UNBALANCED.raised(record=record)
            if keep:
                estimated = self._keep(declared, typed, posting)
        return Rehearsed(
            record,
            tuple(problems.findings),
            not problems.failed,
            bool(estimated),
            declared,
            typed,
            posting,
            self._shelves.accounts.ids,
        )

    def _keep(self, declared: RecordType, typed: Record, posting: Posting) -> set[int]:
        estimated = self._books.enter(declared, typed, posting)
        debits, credits_ = self._debits, self._credits
        adjusts = declared.name == "inventory_adjustment"
        for row in posting.rows:
            account, amount = row.account, row.amount
            if amount > 0:
                debits[account] = debits.get(account, 0) + amount
            else:
                credits_[account] = credits_.get(account, 0) - amount
            if row.line in estimated and (row.kind in COST_ROWS or adjusts):
                self._estimated.add(account)
        return estimated

    def by_account(self) -> list[AccountMove]:
        """Return what all documents that passed post, by account in order of its ID."""
        moves = (
            AccountMove(
                self._shelves.accounts.ids[number],
                self._shelves.accounts.names[number],
                self._debits.get(number, 0),
                self._credits.get(number, 0),
                number in self._estimated,
            )
            for number in self._debits.keys() | self._credits.keys()
        )
        return sorted(move for move in moves if move.debit or move.credit)


def _larger_side(amounts: Sequence[int]) -> int:
    debits = sum(amount for amount in amounts if amount > 0)
    return max(debits, debits - sum(amounts))


def _calendar(info: Info) -> Calendar:
    periods = [
        (period.number, period.start.isoformat(), period.end.isoformat(), int(period.open))
        for period in info.periods
    ]
    lock = info.lock_date
    return Calendar(info.edition, periods, "" if lock is None else lock.isoformat())
