"""What lanes refuse and set aside is told, in the transaction that records it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from clary.hub.draining import ATTEMPTS, Budget, drain
from clary.hub.installation import Installation
from clary.hub.notifying.gathering import APART
from clary.hub.work import Work
from clary.hub.work_tables import WORK_ITEM
from clary.kernel.clock import FixedClock
from tests.flows.push import documents
from tests.hub.notifying.mailbox import Mailbox
from tests.hub.notifying.office import told, told_of
from tests.hub.push.test_pushing import Office

FORCED = Budget(forced=True)


@pytest.fixture
def office(installation: Installation, clock: FixedClock) -> Iterator[Office]:
    made = Office(installation, clock)
    yield made
    made.acceptor.stop()


@pytest.mark.both_databases
def test_a_push_that_is_refused_as_it_is_written(
    office: Office, box: Mailbox, clock: FixedClock
) -> None:
    told_of(office.installation)
    office.push("customers", {**documents.UK_CUSTOMER, "id": "NEW"})
    nobody = {**documents.UK_INVOICE, "customerRef": {"id": "NOBODY"}}
    refused = office.push("invoices", nobody)
    office.drain()
    assert office.operation(refused).status.value == "Failed"
    found = {str(each.mail["Subject"]): each for each in told(office.installation, clock, box)}
    assert set(found) == {
        "1 pushed document for north was refused",
        "Everything for north was written: 1 document",
    }
    text = found["1 pushed document for north was refused"].text
    assert "NOBODY" in text
    assert refused["pushOperationKey"] in text
    assert "push them again" in " ".join(text.split())


@pytest.mark.both_databases
def test_what_is_set_aside_is_told_the_first_time_only(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    told_of(firm, "document.parked")
    work = Work(firm.database, clock)
    with firm.database.write("test") as write:
        work.add(write, "Alpha", "nonsense", ["it"])
    drain(firm, "Alpha", FORCED)
    (found,) = told(firm, clock, box)
    assert "1 document for Alpha was set aside for a person." in found.text
    assert "does not know work of the kind nonsense" in found.text.replace("\r\n     ", " ")
    again = update(WORK_ITEM).values(state="waiting", attempts=ATTEMPTS)
    with firm.database.write("test") as write:
        write.execute(again)
    drain(firm, "Alpha", FORCED)
    assert work.lane("Alpha").parked == 1
    clock.advance(APART)
    assert told(firm, clock, box) == []
