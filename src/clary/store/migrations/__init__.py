"""Revisions of the schema, oldest first in `versions`; what was released is never edited."""
