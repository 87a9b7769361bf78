"""What people are told of pushes that were refused before any run had them in it.

What a run refuses is told with the run; without this, nobody but the program that pushed would
learn of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from clary.flows.push import inbound
from clary.flows.push.answers import Status
from clary.hub.happenings import Happening, Kind
from clary.hub.push.keeping import PushOperation
from clary.kernel.errors import ClaryError

_NUMBERS: Final = (
    "invoiceNumber",
    "creditNoteNumber",
    "billCreditNoteNumber",
    "reference",
    "name",
    "id",
)
"""Properties by which people know a document, the best first."""


def refusals(ended: Iterable[PushOperation], company: str, at: datetime) -> Iterator[Happening]:
    """Yield what is to be put down of operations that ended.

    Args:
        ended: operations that ended just now.
        company: name of the connection that they were for.
        at: when, aware.
    """
    for each in ended:
        if each.status is Status.FAILED and each.plan is None:
            finding = next(iter(each.findings), None)
            why = finding.as_dict() if finding else {"message": each.error}
            number = _number(each)
            facts = {"type": each.data_type, "number": number, "operation": each.key, **why}
            yield Happening(Kind.PUSH_REFUSED, at, company, facts)


def _number(operation: PushOperation) -> str | None:
    """Return what people call the document, or none where it states nothing of the kind."""
    try:
        stated = inbound.document(operation.document)
    except ClaryError:  # no document, as with a deletion
        return operation.record_id
    found = (stated.get(name) for name in _NUMBERS)
    return next((each for each in found if isinstance(each, str) and each), operation.record_id)
