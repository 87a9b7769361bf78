"""A folder of Sage 50 files as a company: exports are read, imports are left in an outbox.

What it reads is what the files hold at that moment; what it writes is delivered, not
done: a person, or a program beside Sage, imports it, and a later export confirms it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final, NoReturn

from clary.companies.contract import (
    OPERATION_UNSUPPORTED,
    SESSION_CLOSED,
    AccountFigure,
    AgedBalance,
    Changed,
    Company,
    Fate,
    Fence,
    Info,
    LedgerRow,
    Level,
    OpenItem,
    Operation,
    OriginFound,
    OriginPlace,
    Query,
    Session,
    Support,
    TypeCapability,
)
from clary.companies.files.csv_reader import Template
from clary.companies.files.folder import Folder, stored_body
from clary.companies.files.outbox import Delivery, FileFormat, Handed, Outbox
from clary.companies.files.problems import (
    FILE_DELIVERY_UNCERTAIN,
    FILE_TO_IMPORT,
    FILES_CANNOT_TELL,
)
from clary.companies.files.reading import label_of
from clary.companies.files.recognition import Marks, recognised
from clary.companies.files.record import FileRecord
from clary.companies.keys import RECORD_AMBIGUOUS, Key, KeyKind, not_found
from clary.kernel.change import Body, JsonValue, Origin, Verb, Written
from clary.kernel.clock import Clock
from clary.kernel.errors import ClaryError, Finding, raise_errors
from clary.kernel.identifiers import new_id
from clary.ledger import filters
from clary.ledger.fields import EditionName
from clary.ledger.record import Family, RecordType
from clary.ledger.registry import record_type, record_types_in
from clary.ledger.schema import Purpose, canonical_body, check

DRIVER: Final = "files"
OUTBOX: Final = "outbox"
RELEASES: Final[dict[EditionName, int]] = {"us": 2022, "uk": 29}
"""Release that a folder counts as where none is stated; files do not tell theirs."""

CURRENCIES: Final[dict[EditionName, str]] = {"us": "USD", "uk": "GBP"}

NOT_DONE: Final = "only by files in the outbox, which a person imports into Sage 50"
READING: Final = "only those that the files in the folder hold"


class FilesCompany(Company):
    """A folder of Sage 50 import and export files.

    Args:
        folder: the folder; its files are read, and `outbox` below it is written to.
        edition: us or uk; where it is not stated the files tell it.
        clock: not used by files, but every driver takes one.
        file_format: which kind of import file is written where a type has both.
        overrides: values by `type.field` that the files lack (see `parse_settings`).
        templates: layouts of CSV files that do not tell theirs, by file name.
        release: release year (US) or version (UK) whose rules hold.
    """

    def __init__(
        self,
        folder: Path,
        *,
        edition: EditionName | None = None,
        clock: Clock | None = None,
        file_format: FileFormat = "csv",
        overrides: Mapping[str, JsonValue] | None = None,
        templates: Mapping[str, Template] | None = None,
        release: int | None = None,
    ) -> None:
        del clock
        self._folder = Folder(folder, edition, dict(overrides or {}), dict(templates or {}))
        self._format = file_format
        self._release = release

    def info(self) -> Info:
        """Return what the folder is, with a note for each file that is not understood.

        Raises:
            Misconfigured: there is no such folder, or it does not tell its edition.
        """
        edition = self._folder.edition()
        release = self._release or RELEASES[edition]
        return Info(
            name=self._folder.path.name,
            edition=edition,
            release=release,
            tier="unknown",
            currency=CURRENCIES[edition],
            foreign_trader=False,
            periods=(),
            lock_date=None,
            identity=f"files:{self._folder.path.resolve()}",
            generation=1,
            driver=DRIVER,
            notes=(
                f"Files do not tell their release; the rules of {release} are used.",
                *(found.message for found in self._folder.problems()),
            ),
        )

    def capabilities(self) -> Mapping[str, TypeCapability]:
        """Return what can be read, and written as files to import, by record type."""
        edition = self._folder.edition()
        outbox = self._outbox()
        found: dict[str, TypeCapability] = {}
        for declared in record_types_in(edition):
            place = outbox.place(declared.name)
            if place is None:
                continue
            note = ". ".join(part for part in (NOT_DONE, place[1].note.rstrip(".")) if part)
            operations = {
                Operation.READ: Support(Level.DEGRADED, READING),
                Operation.CREATE: Support(Level.DEGRADED, note),
            }
            if declared.family is Family.LIST:
                operations[Operation.UPDATE] = Support(Level.DEGRADED, note)
            found[declared.name] = TypeCapability(
                operations=operations,
                origin=OriginPlace.NATURAL if _is_found_again(declared) else OriginPlace.NONE,
                create_is_upsert=declared.family is Family.LIST,
            )
        return found

    def _outbox(self) -> Outbox:
        return Outbox(self._folder.path / OUTBOX, self._folder.edition(), self._format)

    def session(self, *, write: bool = False, fence: Fence | None = None) -> Session:
        """Open the folder; nothing is locked, since Sage 50 is not asked.

        Raises:
            Misconfigured: there is no such folder, or it does not tell its edition.
        """
        del write, fence
        edition = self._folder.edition()
        release = self._release or RELEASES[edition]
        return FilesSession(self._folder, self._outbox(), edition, release)


class FilesSession(Session):
    """Reading and writing in one folder of files."""

    def __init__(self, folder: Folder, outbox: Outbox, edition: EditionName, release: int) -> None:
        self._folder = folder
        self._outbox = outbox
        self._edition = edition
        self._release = release
        self._waiting: list[Delivery] | None = None
        self._places: dict[str, tuple[Path, Delivery]] = {}
        self._open = True

    def close(self) -> None:
        """End the session; every file is closed again once it was read or written."""
        self._open = False

    def _check_open(self) -> None:
        if not self._open:
            raise SESSION_CLOSED.raised()

    def read(self, record_type: str, query: Query) -> Iterator[Body]:
        """Yield the records of a type in all files of the folder, streaming.

        An order that the query asks for is left to whoever asks (see `capabilities`).

        Raises:
            Rejected: a file is malformed, or a record of the type holds a wrong value.
            Unsupported: no file holds such records.
        """
        matches = filters.compile(query.where) if query.where is not None else None
        given = 0
        for body in self._bodies(record_type):
            if matches is not None and not matches(body):
                continue
            if query.limit is not None and given >= query.limit:
                return
            given += 1
            yield body if query.fields is None else _only(body, query.fields)

    def _bodies(self, name: str) -> Iterator[Body]:
        declared = record_type(name, self._edition)
        if self._outbox.place(declared.name) is None:
            raise OPERATION_UNSUPPORTED.raised(driver=DRIVER, operation="read", type=name)
        self._check_open()
        for record in self._folder.records(declared):
            self._check_open()
            raise_errors(list(record.findings))
            yield stored_body(declared, record)

    def get(self, record_type: str, key: Key) -> Body:
        """Return one record: the only one of all files that has the key.

        Raises:
            Rejected: there is none (RECORD_NOT_FOUND), or several (RECORD_AMBIGUOUS).
        """
        (found,) = self._found(record_type, [key])
        return _the_only(record_type, key, found)

    def get_many(self, record_type: str, keys: Sequence[Key]) -> Sequence[Body | None]:
        """Return many records in one pass over the files."""
        return [
            _the_only(record_type, key, found) if found else None
            for key, found in zip(keys, self._found(record_type, keys), strict=True)
        ]

    def _found(self, name: str, keys: Sequence[Key]) -> list[list[Body]]:
        declared = record_type(name, self._edition)
        wanted: dict[tuple[KeyKind, str, str], list[list[Body]]] = {}
        answers: list[list[Body]] = []
        for key in keys:
            answers.append([])
            wanted.setdefault(_folded(key), []).append(answers[-1])
        for body in self._bodies(name):
            for name_of_it in _names(declared, body):
                for answer in wanted.get(name_of_it, ()):
                    answer.append(body)
        return answers

    def find_origins(self, record_type: str, origins: Sequence[Origin]) -> Sequence[OriginFound]:
        """Tell which documents the exports of the folder show, and which wait in the outbox.

        A document is recognised by what the outbox keeps of it (see `recognition`).
        """
        asked = {origin.text for origin in origins}
        handed = {
            text: each
            for text, each in self._outbox.handed()
            if each.record_type == record_type and text in asked
        }
        marks = {text: each.marks for text, each in handed.items() if each.marks is not None}
        found = self._recognised(record_type, marks) if marks else {}
        return [found.get(each.text) or _waiting(handed.get(each.text)) for each in origins]

    def _recognised(self, name: str, marks: Mapping[str, Marks]) -> Mapping[str, OriginFound]:
        self._check_open()
        declared = record_type(name, self._edition)
        return recognised(declared, marks, self._folder.records(declared))

    def create(self, record_type: str, body: Body, origin: Origin | None = None) -> Written:
        """Write a record to a file to import; it is delivered, not done.

        Raises:
            Rejected: the data or the file says no; nothing was written.
            Unsupported: there is no import file for the type.
            Misconfigured: the file cannot be written; nothing of it is left.
        """
        checked = self._checked(record_type, body, Purpose.CREATE)
        return self._deliver(Delivery(FileRecord(record_type, checked), origin))

    def update(self, record_type: str, key: Key, body: Body) -> Written:
        """Write the key and the stated fields of a list record to a file to import.

        Raises:
            Rejected: the data or the file says no; a file cannot clear a field.
            Unsupported: documents cannot be changed by files.
            Misconfigured: the file cannot be written; nothing of it is left.
        """
        declared = self._require(record_type, Operation.UPDATE)
        if declared.family is not Family.LIST or key.kind is not KeyKind.ID:
            raise OPERATION_UNSUPPORTED.raised(driver=DRIVER, operation="update", type=record_type)
        for name, value in body.items():
            if value is None:
                raise FILES_CANNOT_TELL.raised(field=name, what=f"Sage to clear {name}")
        checked = self._checked(record_type, body, Purpose.UPDATE)
        whole = {declared.key: key.value, **checked}
        return self._deliver(Delivery(FileRecord(record_type, whole), update=True))

    def _checked(self, name: str, body: Body, purpose: Purpose) -> Body:
        self._require(name, Operation.CREATE)
        record, findings = check(name, body, self._edition, self._release, purpose)
        raise_errors(findings)
        return canonical_body(record) if record is not None else body

    def _require(self, name: str, operation: Operation) -> RecordType:
        self._check_open()
        declared = record_type(name, self._edition)
        if self._outbox.place(declared.name) is None:
            raise OPERATION_UNSUPPORTED.raised(driver=DRIVER, operation=operation.value, type=name)
        return declared

    def _deliver(self, delivery: Delivery) -> Written:
        self._outbox.check(delivery)
        receipt = new_id("file")
        named = replace(delivery, receipt=receipt)
        if self._waiting is None:
            self._write([named])
        else:
            self._waiting.append(named)
        return Written(key=None, delivered=True, receipt=receipt)

    def _write(self, deliveries: list[Delivery]) -> None:
        done: list[Path] = []
        self._places.clear()
        try:
            for path, parcel in self._outbox.deliver(deliveries):
                done.append(path)
                self._places.update((each.receipt, (path, each)) for each in parcel)
        except ClaryError as error:
            if not done:
                raise
            files = ", ".join(path.name for path in done)
            raise FILE_DELIVERY_UNCERTAIN.raised(files=files, reason=str(error)) from error

    def group(self) -> AbstractContextManager[None]:
        """Return a context whose writes go into one file per kind, written at its end."""
        return self._grouped()

    @contextmanager
    def _grouped(self) -> Iterator[None]:
        self._waiting = []
        try:
            yield
        finally:
            # What was answered as delivered is delivered, also where a later write failed.
            waiting, self._waiting = self._waiting, None
            if waiting:
                self._write(waiting)

    def whereabouts(self, written: Written) -> Sequence[Finding]:
        """Return which file holds a record that was just written, and what to do with it."""
        place = self._places.get(written.receipt or "")
        if place is None:
            return ()
        path, delivery = place
        declared = record_type(delivery.record.record_type, self._edition)
        known = declared.family is Family.LIST or Marks.of(declared, delivery.record.body)
        after = (
            f"then export it from Sage 50 again to the folder {self._folder.path}, and resume"
            " the run: Clary finds it there and confirms it"
            if known
            else "then look in Sage 50 whether it is there: it has no number, by which Clary"
            " could recognise it in an export"
        )
        record = label_of(declared.name, delivery.record.body)
        note = path.with_suffix(".txt").name
        return (FILE_TO_IMPORT.warning(record=record, file=path, note=note, after=after),)

    def delete(self, record_type: str, key: Key) -> NoReturn:
        """Refuse: no import file deletes.

        Raises:
            Unsupported: always.
        """
        del key
        raise OPERATION_UNSUPPORTED.raised(driver=DRIVER, operation="delete", type=record_type)

    def act(self, record_type: str, key: Key, verb: Verb, details: Body) -> NoReturn:
        """Refuse: no import file voids, posts or allocates.

        Raises:
            Unsupported: always.
        """
        del key, details
        raise OPERATION_UNSUPPORTED.raised(driver=DRIVER, operation=verb.value, type=record_type)

    def uses(self, record_type: str, key: Key) -> Sequence[str]:
        """Raise Unsupported: files do not hold all that refers to a record."""
        del key
        return _cannot(f"what uses a {record_type}")

    def changes(self, record_type: str, since: str | None) -> Iterator[Changed]:
        """Raise Unsupported: files carry no stamps; the engine compares whole reads."""
        del since
        return _cannot(f"what changed among records of type {record_type}")

    def trial_balance(self, as_of: date | None) -> Sequence[AccountFigure]:
        """Raise Unsupported: files do not hold all transactions."""
        del as_of
        return _cannot("the trial balance")

    def open_items(self, party_type: str, party: str | None) -> Iterator[OpenItem]:
        """Raise Unsupported: files do not tell what is still open."""
        del party_type, party
        return _cannot("open items")

    def aged_balances(self, party_type: str, as_of: date) -> Sequence[AgedBalance]:
        """Raise Unsupported: files do not tell what is still open."""
        del party_type, as_of
        return _cannot("aged balances")

    def ledger_rows(self) -> Iterator[LedgerRow]:
        """Raise Unsupported: files do not hold all transactions."""
        return _cannot("the general ledger")


def _is_found_again(declared: RecordType) -> bool:
    return declared.family is Family.LIST or declared.number is not None


def _cannot(what: str) -> NoReturn:
    raise FILES_CANNOT_TELL.raised(what=what)


def _waiting(handed: Handed | None) -> OriginFound:
    if handed is None or handed.file is None:
        return OriginFound(Fate.ABSENT, None, "is neither in an export nor in the outbox")
    return OriginFound(Fate.DELIVERED, None, f"it waits in the outbox, in {handed.file}")


def _only(body: Body, fields: Sequence[str]) -> Body:
    return {name: body[name] for name in fields if name in body}


def _the_only(name: str, key: Key, found: list[Body]) -> Body:
    if not found:
        raise not_found(name, key)
    if len(found) > 1:
        candidates = ", ".join(str(body.get("transaction_number") or "?") for body in found[:5])
        raise RECORD_AMBIGUOUS.raised(type=name, key=key, count=len(found), candidates=candidates)
    return found[0]


def _folded(key: Key) -> tuple[KeyKind, str, str]:
    """Return a key so that IDs are compared as Sage does, without regard to case."""
    return key.kind, key.value.casefold(), (key.party or "").casefold()


def _names(declared: RecordType, body: Body) -> Iterator[tuple[KeyKind, str, str]]:
    """Yield every key that names a record."""
    own = KeyKind.ID if declared.family is Family.LIST else KeyKind.NUMBER
    if body.get(declared.key) is not None:
        yield _folded(Key(own, str(body[declared.key])))
    if body.get("guid") is not None:
        yield _folded(Key(KeyKind.GUID, str(body["guid"])))
    party, number = body.get(declared.party or ""), body.get(declared.number or "")
    if declared.party in ("customer_id", "vendor_id") and party is not None and number is not None:
        kind = KeyKind.CUSTOMER if declared.party == "customer_id" else KeyKind.VENDOR
        yield _folded(Key(kind, str(number), str(party)))
