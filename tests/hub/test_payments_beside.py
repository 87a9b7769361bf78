"""What people and sites do with payments beside Clary never makes ConnectWise show too much."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal

import pytest

from clary.hub.services.applying import Applying
from clary.hub.services.payments import Outcome, run_sync
from clary.kernel.errors import Guarded
from tests.paying import Paying, codes

pytestmark = pytest.mark.usefixtures("permitted")


def test_a_payment_entered_since_the_plan_is_not_topped_up(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, 1000)
    pair.sync()
    pair.pay(one, 2000)
    planned = pair.plan()
    pair.enter(one, 2000)
    with pytest.raises(Guarded) as caught:
        run_sync(pair.installation, planned, Applying())
    assert [each.code for each in caught.value.findings] == ["PLAN_STALE", "PAYMENT_TOO_MUCH"]
    assert pair.paid(one) == [("P", "10.00", None), ("P", "20.00", "2026-03-03")]
    assert pair.sync().outcome is Outcome.NOTHING


def test_a_payment_that_was_raised_since_the_plan_makes_a_new_one_too_much(pair: Paying) -> None:
    one = pair.post()
    entered = pair.enter(one, 500)
    pair.pay(one, 2000)
    planned = pair.plan()
    pair.accounting.update_payment(one.id, entered, {"amount": Decimal("12.00")})
    done = run_sync(pair.installation, planned, Applying())
    assert (done.outcome, pair.paid(one)) == (
        Outcome.WITH_ERRORS,
        [("P", "12.00", "2026-03-03")],
    )
    pair.sync()
    assert pair.paid(one) == [("P", "12.00", "2026-03-03"), ("P", "8.00", None)]


def test_an_update_beside_what_was_known_goes_on(pair: Paying) -> None:
    one = pair.post()
    pair.enter(one, 500)
    pair.pay(one, 1000)
    pair.sync()
    pair.pay(one, 2000)
    assert pair.sync().outcome is Outcome.COMPLETED
    assert pair.paid(one) == [("P", "25.00", None), ("P", "5.00", "2026-03-03")]


def test_what_a_person_enters_later_is_seen_although_nothing_happened_in_sage(
    pair: Paying,
) -> None:
    one = pair.post()
    pair.pay(one, 1000)
    pair.sync()
    pair.enter(one, 400)
    done = pair.sync()
    assert pair.paid(one) == [("P", "4.00", "2026-03-03"), ("P", "6.00", None)]
    assert codes(done, one) == ["PAYMENTS_BESIDE_OTHERS"]


def test_a_payment_of_clarys_that_a_person_deleted_comes_back_by_itself(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, 1000)
    pair.sync()
    (made,) = pair.accounting.payments(one.id)
    pair.accounting.delete_payment(one.id, made.id or 0)
    pair.sync()
    assert pair.paid(one) == [("P", "10.00", None)]


def test_an_invoice_that_connectwise_lost_is_left_alone(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, 1000)
    pair.sync()
    with closing(sqlite3.connect(pair.site.file, timeout=20)) as file, file:
        file.execute("UPDATE invoice SET id = -id WHERE id = ?", (one.id,))
    assert pair.sync().outcome is Outcome.NOTHING


# --- a site that fills a day in where none is stated ----------------------------------------

FILLED = "2026-03-10"
NO_DAY = "WHEN new.date IS NULL BEGIN UPDATE payment SET date = '{day}' WHERE id = new.id; END"


@pytest.fixture
def filling(pair: Paying) -> Iterator[None]:
    """Let the site give a day to every payment that has none."""
    body = NO_DAY.format(day=FILLED)
    with closing(sqlite3.connect(pair.site.file, timeout=20)) as file, file:
        file.execute(f"CREATE TRIGGER new_day AFTER INSERT ON payment {body}")
        file.execute(f"CREATE TRIGGER old_day AFTER UPDATE ON payment {body}")
    yield
    with closing(sqlite3.connect(pair.site.file, timeout=20)) as file, file:
        file.execute("DROP TRIGGER new_day")
        file.execute("DROP TRIGGER old_day")


@pytest.mark.usefixtures("filling")
def test_a_day_that_the_site_fills_in_is_not_taken_away_again_and_again(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, 1000)
    assert pair.sync().outcome is Outcome.COMPLETED
    assert pair.sync("month").outcome is Outcome.NOTHING
    pair.pay(one, 500)
    pair.sync()
    assert pair.paid(one) == [("P", "15.00", FILLED)]
    assert pair.sync("month").outcome is Outcome.NOTHING
    pair.pay(one, one.total - 1500)
    pair.sync()
    assert pair.paid(one) == [("P", f"{one.total / 100:.2f}", "2026-03-02")]


@pytest.mark.usefixtures("filling")
def test_the_day_of_payment_in_full_is_still_taken_away(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, 1000)
    key = pair.pay(one, one.total - 1000)
    pair.sync()
    pair.take_back("receipt", key)
    pair.sync()
    assert pair.paid(one) == [("P", "10.00", FILLED)]
    assert pair.sync("month").outcome is Outcome.NOTHING
