"""Refreshes of the push API: whether each data type can be read, and how that went before.

Nothing is copied, since reads come from the books.  A refresh reads the first record of each
data type that it is asked for, so that its status tells of the books and not of wishes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select

from clary.flows.push import options as options_of
from clary.flows.push.answers import Page
from clary.flows.push.declaring import OptionType, PushType
from clary.flows.push.query import Kinds
from clary.flows.push.selecting import selected
from clary.flows.push.showing import Record, Showing, stated
from clary.flows.push.types import ALL_TYPES
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.push import events
from clary.hub.push.keeping import PushCompany, new_key
from clary.hub.push.lookups import Books
from clary.hub.push.problems import ID_LENGTH, PUSH_BODY_INVALID, PUSH_DATASET_UNKNOWN
from clary.hub.push.reading import Reading
from clary.hub.push.tables import PUSH_DATASET
from clary.hub.services.opening import open_company
from clary.hub.services.permissions import needs_somewhere
from clary.hub.services.push_companies import company_for
from clary.hub.services.push_connections import BY_KEY, COMPLETE, books_of
from clary.hub.services.push_reading import is_read
from clary.kernel.clock import timestamp
from clary.kernel.errors import ClaryError, Unauthorised, Unsupported

INITIAL: Final = "Initial"
_STATUSES: Final[Mapping[type[ClaryError], str]] = {
    Unauthorised: "AuthError",
    Unsupported: "NotSupported",
}
_OTHERWISE: Final = "FetchError"

HISTORY_KINDS: Final[Kinds] = {
    "id": OptionType.STRING,
    "dataType": OptionType.STRING,
    "connectionId": OptionType.STRING,
    "status": OptionType.STRING,
    "requested": OptionType.DATE_TIME,
    "completed": OptionType.DATE_TIME,
}
"""What the history can be asked by."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One refresh of a data type.

    Attributes:
        id: its id.
        company: id of the company.
        connection: id of the connection.
        data_type: what was refreshed.
        status: how it ended.
        error: what went wrong, if anything.
        requested: when, as ISO text in UTC.
        completed: when it ended, as ISO text in UTC.
    """

    id: str
    company: str
    connection: str
    data_type: str
    status: str
    error: str | None
    requested: str
    completed: str | None

    def shown(self) -> Record:
        """Return it as the API shows it."""
        return {
            "id": self.id,
            "companyId": self.company,
            "connectionId": self.connection,
            "dataType": self.data_type,
            "status": self.status,
            "statusDescription": self.error,
            "errorMessage": self.error,
            "requested": self.requested,
            **stated(completed=self.completed),
            "progress": 100,
            "isCompleted": self.status == COMPLETE,
            "isErrored": self.status != COMPLETE,
        }


@needs_somewhere(Role.OPERATOR)
def refresh_data(
    installation: Installation, company_id: str, connection_id: str | None, name: str | None
) -> list[Dataset]:
    """Refresh a data type, or all of them: the books are asked for the first record of each.

    Raises:
        Rejected: there is no such company or connection, or it is not linked.
        Unsupported: the integration has no such data type.
    """
    company = company_for(installation, company_id, Role.OPERATOR)
    connection, bound = books_of(installation, company, connection_id)
    edition = BY_KEY[connection.platform].edition
    wanted = [each for each in ALL_TYPES if is_read(each, edition)]
    if name is not None:
        wanted = [each for each in wanted if each.name == name]
        if not wanted:
            raise options_of.unsupported(name[:ID_LENGTH], edition)
    asked_at = timestamp(installation.clock.now())
    troubles = _troubles(installation, bound, wanted)
    now = installation.clock.now()
    made = [
        Dataset(
            id=new_key(),
            company=company.id,
            connection=connection.id,
            data_type=each.name,
            status=_status_of(error),
            error=None if error is None else f"{error.findings[0].message} [{error.code}]",
            requested=asked_at,
            completed=timestamp(now),
        )
        for each, error in zip(wanted, troubles, strict=True)
    ]
    with installation.database.write(f"push data {company.id}") as write:
        is_first = not _has_read(write, connection.id)
        write.execute(insert(PUSH_DATASET), [_values(each) for each in made])
        kind = "read.completed.initial" if is_first else "read.completed"
        events.tell(write, company, kind, _told(company, made), now)
    return made


def _troubles(
    installation: Installation, bound: str, wanted: Sequence[PushType]
) -> list[ClaryError | None]:
    """Return for each data type why it cannot be read just now, or none if it can."""
    try:
        opened = open_company(installation, bound)
        with opened.company.reading() as session:
            reading = Reading(session, Showing(Books(session, opened.info)))
            return [_trouble(reading, each) for each in wanted]
    except ClaryError as error:
        return [error for _ in wanted]


def _trouble(reading: Reading, push_type: PushType) -> ClaryError | None:
    try:
        reading.touch(push_type)
    except ClaryError as error:
        return error
    return None


def _status_of(error: ClaryError | None) -> str:
    if error is None:
        return COMPLETE
    return next((s for kind, s in _STATUSES.items() if isinstance(error, kind)), _OTHERWISE)


def _told(company: PushCompany, made: Sequence[Dataset]) -> Record:
    return {
        "referenceCompany": events.company_told(company),
        "dataTypes": [
            {
                "connectionId": each.connection,
                "dataType": each.data_type,
                "recordsModified": True,
                "status": each.status,
            }
            for each in made
        ],
    }


def _has_read(read: Connection, connection: str) -> bool:
    """Tell whether a refresh of a connection ended well before."""
    mine = (PUSH_DATASET.c.connection == connection, PUSH_DATASET.c.status == COMPLETE)
    return read.execute(select(PUSH_DATASET.c.id).where(*mine).limit(1)).first() is not None


@needs_somewhere(Role.VIEWER)
def data_history(
    installation: Installation, company_id: str, page: Page
) -> tuple[list[Record], int]:
    """Return a page of the refreshes of a company, the newest first, and how many there are.

    Raises:
        Rejected: there is no such company, or query or order cannot be used.
    """
    company = company_for(installation, company_id, Role.VIEWER)
    own = PUSH_DATASET.c.company == company.id
    asked = select(PUSH_DATASET).where(own).order_by(*_NEWEST)
    with installation.database.read() as read:
        if page.query is not None or page.order is not None:
            found = (_dataset(row).shown() for row in read.execute(asked))
            return selected(found, page, HISTORY_KINDS)
        count = select(func.count()).select_from(PUSH_DATASET).where(own)
        total = int(read.execute(count).scalar_one())
        rows = read.execute(asked.limit(page.size).offset(page.start))
        return [_dataset(row).shown() for row in rows], total


@needs_somewhere(Role.VIEWER)
def dataset(installation: Installation, company_id: str, dataset_id: str) -> Dataset:
    """Return one refresh of a company.

    Raises:
        Rejected: there is none.
    """
    company = company_for(installation, company_id, Role.VIEWER)
    mine = (PUSH_DATASET.c.company == company.id, PUSH_DATASET.c.id == dataset_id)
    with installation.database.read() as read:
        row = read.execute(select(PUSH_DATASET).where(*mine)).one_or_none()
    if row is None:
        raise PUSH_DATASET_UNKNOWN.raised(id=dataset_id[:ID_LENGTH])
    return _dataset(row)


@needs_somewhere(Role.VIEWER)
def data_status(installation: Installation, company_id: str) -> dict[str, Record]:
    """Return for each data type of a company how its last refresh ended.

    Raises:
        Rejected: there is no such company.
    """
    company = company_for(installation, company_id, Role.VIEWER)
    own = PUSH_DATASET.c.company == company.id
    with installation.database.read() as read:
        newest = _newest(read, own)
        good = _newest(read, own, PUSH_DATASET.c.status == COMPLETE)
    return {name: _status(name, newest.get(name), good.get(name)) for name in _read_types(company)}


def _read_types(company: PushCompany) -> list[str]:
    """Return the data types that one of a company's connections can read."""
    editions = {BY_KEY[each.platform].edition for each in company.connections}
    return [each.name for each in ALL_TYPES if any(is_read(each, one) for one in editions)]


def _newest(read: Connection, *which: ColumnElement[bool]) -> dict[str, Dataset]:
    """Return the newest of some refreshes by data type."""
    place = func.row_number().over(partition_by=PUSH_DATASET.c.data_type, order_by=_NEWEST)
    ranked = select(PUSH_DATASET, place.label("place")).where(*which).subquery()
    rows = read.execute(select(ranked).where(ranked.c.place == 1))
    return {row.data_type: _dataset(row) for row in rows}


def _status(name: str, newest: Dataset | None, good: Dataset | None) -> Record:
    return stated(
        dataType=name,
        currentStatus=INITIAL if newest is None else newest.status,
        latestSyncId=None if newest is None else newest.id,
        lastSuccessfulSync=None if good is None else good.completed,
        latestSuccessfulSyncId=None if good is None else good.id,
    )


# --- sync settings ---------------------------------------------------------------------


@needs_somewhere(Role.VIEWER)
def sync_settings(installation: Installation, company_id: str) -> Record:
    """Return how often data is fetched: never, since each read comes from the books.

    Raises:
        Rejected: there is no such company.
    """
    company = company_for(installation, company_id, Role.VIEWER)
    return {
        "companyId": company.id,
        "settings": [
            {
                "dataType": name,
                "fetchOnFirstLink": False,
                "syncSchedule": 0,
                "syncOrder": place,
                "isLocked": True,
            }
            for place, name in enumerate(_read_types(company))
        ],
        "overridesDefaults": False,
    }


@needs_somewhere(Role.OPERATOR)
def meet_sync_settings(installation: Installation, company_id: str, settings: object) -> None:
    """Take note of wanted sync settings; reads from the books are as fresh as any of them asks.

    Raises:
        Rejected: there is no such company, or a setting names no data type (PUSH_BODY_INVALID).
    """
    company_for(installation, company_id, Role.OPERATOR)
    if not isinstance(settings, list):
        raise PUSH_BODY_INVALID.raised(what="settings", value="...", expected="a list of settings")
    known = {each.name for each in ALL_TYPES}
    for place, setting in enumerate(settings):
        name = setting.get("dataType") if isinstance(setting, Mapping) else None
        if name not in known:
            raise PUSH_BODY_INVALID.raised(
                what=f"settings[{place}].dataType",
                value=str(name)[:ID_LENGTH],
                expected="a data type that can be read",
            )


_NEWEST: Final = (PUSH_DATASET.c.requested_at.desc(), PUSH_DATASET.c.id)


def _values(made: Dataset) -> dict[str, object]:
    return {
        "id": made.id,
        "company": made.company,
        "connection": made.connection,
        "data_type": made.data_type,
        "status": made.status,
        "error": made.error,
        "requested_at": made.requested,
        "completed_at": made.completed,
    }


def _dataset(row: Row[Any]) -> Dataset:
    return Dataset(
        row.id,
        row.company,
        row.connection,
        row.data_type,
        row.status,
        row.error,
        row.requested_at,
        row.completed_at,
    )
