"""What is known of a company is asked anew by one request, while the others go on."""

from __future__ import annotations

import time

from clary.hub.access import Role
from clary.hub.services.keys import add_key, authenticate
from clary.hub.services.push_companies import company_for
from clary.hub.services.push_connections import books_of
from clary.hub.services.push_desk import ASKING_SECONDS, SECONDS, Desk, Standing
from tests.hub.push.test_pushing import Office, office

__all__ = ["office"]

AT_ONCE = 16


def remembered(office: Office) -> tuple[Desk, str]:
    """Return a desk that remembers a key's right to push."""
    installation, desk = office.installation, office.desk
    key = str(add_key(installation, "shop", Role.OPERATOR).key)
    ticket = desk.ticket(installation, key, office.company, office.connection)
    acting = installation.acting_as(authenticate(installation, key))
    company = company_for(acting, office.company, Role.OPERATOR)
    connection, bound = books_of(acting, company, office.connection)
    desk.known(acting, bound)
    desk.remember(ticket, acting, company, (connection, bound))
    return desk, key


def test_one_of_many_at_once_asks_anew(office: Office) -> None:
    desk, key = remembered(office)

    def standings() -> list[Standing | None]:
        return [desk.standing(key, office.company, office.connection) for _ in range(AT_ONCE)]

    [first, *_] = standings()
    assert first is not None
    time.sleep(SECONDS + 0.1)
    # The first of them is sent to ask, and the others go on with what was known.
    assert [each is None for each in standings()] == [True] + [False] * (AT_ONCE - 1)
    assert None not in standings()
    desk.known(first.installation, first.bound)
    assert None not in standings()
    time.sleep(SECONDS + 0.1)
    assert standings().count(None) == 1


def test_who_was_sent_and_never_asked_is_not_waited_for(office: Office) -> None:
    desk, key = remembered(office)
    time.sleep(SECONDS + 0.1)
    places = (key, office.company, office.connection)
    assert desk.standing(*places) is None
    assert desk.standing(*places) is not None
    time.sleep(ASKING_SECONDS - SECONDS)
    assert desk.standing(*places) is None
    assert desk.standing(*places) is None
