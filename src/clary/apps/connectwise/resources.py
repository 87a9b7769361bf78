"""All typed calls on one object, as the flows use it."""

from __future__ import annotations

from clary.apps.connectwise.masters import Masters
from clary.apps.connectwise.postings import KINDS, ExportRequest, KindName, Postings
from clary.apps.connectwise.receivables import Receivables

__all__ = ["KINDS", "Accounting", "ExportRequest", "KindName"]


class Accounting(Postings, Masters, Receivables):
    """A site as an accountant's program sees it."""
