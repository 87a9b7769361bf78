"""Fields that every company gives its records; a caller never states them."""

from __future__ import annotations

from datetime import datetime

from clary.ledger.fields import ABSENT, integer, moment, text
from clary.ledger.record import Record


class Stamped(Record):
    """A record with an identity that survives a change of its ID."""

    guid: str | None = text("GUID", us=38, uk=ABSENT, computed=True)
    record_number: int | None = integer("Record number", computed=True)
    created_at: datetime | None = moment("Created", us=ABSENT)
    last_saved_at: datetime | None = moment("Last saved")
