"""Gives out the whole general ledger of a company as text for an independent program."""

from __future__ import annotations

from collections.abc import Iterator

from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.services.opening import open_company
from clary.hub.services.permissions import needs
from clary.ledger.journal_text import FORMATS, Title, write
from clary.ledger.journal_text.writing import Format

__all__ = ["FORMATS", "Format", "journal_lines"]


@needs(Role.VIEWER, "reference")
def journal_lines(installation: Installation, reference: str, form: Format) -> Iterator[str]:
    """Yield the general ledger of a company line by line, without line ends.

    Raises:
        Misconfigured, Unreachable, Busy, Unauthorised, Guarded: the company cannot be
            opened.
        Unsupported: its driver cannot read the general ledger.
    """
    opened = open_company(installation, reference)
    info = opened.info
    with opened.company.session() as session:
        accounts = session.trial_balance(None)
        title = Title(info.name, info.edition, info.currency)
        yield from write(form, session.ledger_rows(), accounts, title)
