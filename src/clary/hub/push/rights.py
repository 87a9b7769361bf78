"""What the right to push rests on, as it is stored: read once, and compared again as a push is.

Knowing a key, the company that a path names and the books behind it takes several readings of
the database.  A client sends many pushes, and seldom does any of this change between two of
them; therefore it is remembered, and the transaction that stores a push looks whether every
row of it still is as it was.  A key that is revoked is thus refused at once, and nothing is
stored for books that a connection has ceased to be for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Row, Select, bindparam, select

from clary.hub.push.tables import PUSH_COMPANY, PUSH_CONNECTION
from clary.hub.tables import API_KEY, CONNECTION

Rows: TypeAlias = tuple[Row[Any], ...]

_KEY: Final = select(
    API_KEY.c.public,
    API_KEY.c.name,
    API_KEY.c.digest,
    API_KEY.c.role,
    API_KEY.c.companies,
    API_KEY.c.expires_at,
    API_KEY.c.revoked_at,
).where(API_KEY.c.public == bindparam("this"))
_COMPANY: Final = (
    select(PUSH_COMPANY, PUSH_CONNECTION, CONNECTION.c.name, CONNECTION.c.identity)
    .join(PUSH_CONNECTION, PUSH_CONNECTION.c.company == PUSH_COMPANY.c.id)
    .join(CONNECTION, CONNECTION.c.name == PUSH_CONNECTION.c.bound, isouter=True)
    .where(PUSH_COMPANY.c.id == bindparam("this"))
    .order_by(PUSH_CONNECTION.c.id)
)


@dataclass(frozen=True, slots=True)
class Basis:
    """Which rows a right rests on.

    Attributes:
        public: public part of the API key.
        company: id of the company of the API.
    """

    public: str
    company: str

    @classmethod
    def of(cls, key: str, company: str) -> Basis:
        """Return what a key's right to push to a company rests on."""
        _, _, rest = key.partition("_")
        return cls(rest.partition("_")[0], company)


def rows_of(connection: Connection, bases: Collection[Basis]) -> Mapping[Basis, Rows]:
    """Return the rows as they are now, by what they are for.

    Args:
        connection: where to read.
        bases: what to read.
    """
    keys = {each: _rows(connection, _KEY, each) for each in {b.public for b in bases}}
    companies = {each: _rows(connection, _COMPANY, each) for each in {b.company for b in bases}}
    return {each: keys[each.public] + companies[each.company] for each in bases}


def expiry_of(rows: Rows) -> str | None:
    """Return when the key among rows ends, as it is stored; none is never."""
    found: str | None = rows[0].expires_at
    return found


def _rows(connection: Connection, query: Select[Any], this: str) -> Rows:
    return tuple(connection.execute(query, {"this": this}))
