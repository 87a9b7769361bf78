"""The installation's database: how it is opened, written and migrated.

It has no tables of its own; engine, flows and hub declare theirs in `METADATA`.
"""

from __future__ import annotations

from clary.store.database import METADATA, WHOLE, Database

__all__ = ["METADATA", "WHOLE", "Database"]
