"""What happens reaches the people who asked for it, in words that a bookkeeper understands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from clary.hub.happenings import Kind
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, apply_plan
from clary.hub.services.checks import check_installation
from clary.hub.services.deciding import change_decision
from clary.hub.services.notifications import Wanted, list_subscriptions, modify_subscription
from clary.hub.tables import AUDIT
from clary.kernel.clock import FixedClock
from clary.kernel.errors import Guarded
from tests.hub.access.posting import plan_invoices, post_accounts, post_customers
from tests.hub.notifying.mailbox import Mailbox
from tests.hub.notifying.office import (
    gathered,
    happen,
    messages,
    park,
    silent_worker,
    told,
    told_of,
    waits,
)

BOTH = pytest.mark.both_databases


@BOTH
def test_a_run_with_refused_documents(firm: Installation, clock: FixedClock, box: Mailbox) -> None:
    told_of(firm, "run.problems")
    post_customers(firm, "Alpha", "ACME")
    run = post_customers(firm, "Alpha", "ACME", "NEXT").run.run
    (found,) = told(firm, clock, box)
    assert found.to == ["ada@example.com"]
    assert found.mail["Subject"] == "1 of 2 documents for Alpha was not written"
    for part in (found.text, found.page):
        assert f"http://127.0.0.1:8050/api/v1/runs/{run.id}" in part
        assert "Customer ACME" in part
        assert "already" in part
        assert "Written" in part
        assert "Correct the document" in part
        assert "2 March 2026, 09:30 (UTC)" in part
        assert "clary notify set books" in part
    assert told(firm, clock, box) == []


@BOTH
def test_a_run_in_which_everything_was_written(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    told_of(firm, "run.confirmed")
    change_decision(firm, "base_url", "https://clary.example.com/")
    run = post_customers(firm, "Alpha", "ACME", "NEXT").run.run
    (found,) = told(firm, clock, box)
    assert found.mail["Subject"] == "Everything for Alpha was written: 2 documents"
    assert f"https://clary.example.com/api/v1/runs/{run.id}" in found.text


def test_what_happened_before_is_not_told(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    post_customers(firm, "Alpha", "ACME")
    told_of(firm)
    assert told(firm, clock, box) == []


def test_many_refused_documents_are_listed_up_to_a_number(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    names = [f"C{number}" for number in range(50)]
    post_customers(firm, "Alpha", *names)
    told_of(firm, "run.problems")
    post_customers(firm, "Alpha", *names)
    (found,) = told(firm, clock, box)
    assert found.text.count("Customer C") == 20
    assert "... and 30 more." in found.text


def test_a_plan_that_waits_for_an_approval(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    post_customers(firm, "Alpha", "ACME")
    post_accounts(firm, "Alpha")
    change_decision(firm, "approval_amount", "100")
    told_of(firm, "plan.approval")
    plan = plan_invoices(firm, "Alpha", "100.01").plan.id
    for _ in range(2):
        with pytest.raises(Guarded):
            apply_plan(firm, plan, Applying())
    (found,) = told(firm, clock, box)
    assert "A plan of Ada for Alpha waits for an approval." in found.text
    assert "100.01" in found.text
    assert f"clary plan approve {plan}" in found.text
    assert f"/api/v1/plans/{plan}" in found.text


@BOTH
def test_a_company_that_waits_for_a_person_is_told_at_once(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    told_of(firm, "lane.person", "lane.busy")
    waits(firm, "Alpha", "LOGON_REFUSED", "Sage refuses the password.", timedelta(0))
    (found,) = told(firm, clock, box)
    assert "Alpha waits for a person" in found.text
    assert "Sage refuses the password." in found.text
    assert "1 piece of work" in found.text
    clock.advance(timedelta(hours=1))
    assert told(firm, clock, box) == []


@BOTH
def test_a_busy_company_is_told_after_the_time_that_each_wants(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    told_of(firm, "lane.busy", name="patient")
    told_of(firm, "lane.busy", name="hasty", busy_minutes=5)
    waits(firm, "Alpha", "USER_NAME_IN_USE", "Somebody works in Sage.", timedelta(minutes=6))
    (first,) = told(firm, clock, box)
    assert "could not be worked on for 5 minutes" in first.text
    assert "notification hasty" in first.text.replace("\n", " ")
    clock.advance(timedelta(minutes=30))
    (second,) = told(firm, clock, box)
    assert "could not be worked on for 30 minutes" in second.text


def test_quiet_hours_are_no_trouble(firm: Installation, clock: FixedClock, box: Mailbox) -> None:
    told_of(firm)
    waits(firm, "Alpha", "QUIET_HOURS", "Quiet hours last until 17:30.", timedelta(hours=8))
    assert told(firm, clock, box) == []


def test_documents_that_were_set_aside_come_as_one_message(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    told_of(firm, "document.parked")
    park(firm, "Alpha", 3)
    park(firm, "Beta")
    (found,) = told(firm, clock, box)
    assert "3 documents for Alpha were set aside for a person." in found.text
    assert "1 document for Beta was set aside for a person." in found.text
    assert "Somebody keeps the customer ACME open." in found.text
    assert "clary work retry Alpha" in found.text


@BOTH
def test_a_worker_that_died(firm: Installation, clock: FixedClock, box: Mailbox) -> None:
    told_of(firm, "worker.died")
    silent_worker(firm, 59)
    assert told(firm, clock, box) == []
    clock.advance(timedelta(seconds=2))
    (found,) = told(firm, clock, box)
    assert "has died" in found.text
    assert told(firm, clock, box) == []


def test_a_schedule_that_failed(firm: Installation, clock: FixedClock, box: Mailbox) -> None:
    told_of(firm, "schedule.failed")
    happen(firm, Kind.SCHEDULE_FAILED, "Alpha", schedule="nightly", reason="The site is down.")
    (found,) = told(firm, clock, box)
    assert "The scheduled work nightly for Alpha has failed." in found.text
    assert "The site is down." in found.text


def test_a_broken_audit_trail_that_doctor_finds(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    told_of(firm, "audit.broken")
    with firm.database.write() as write:
        write.execute(update(AUDIT).where(AUDIT.c.id == 1).values(actor="Eve"))
    for _ in range(2):
        assert not check_installation(firm).ok
    (found,) = told(firm, clock, box)
    assert "The audit trail does not hold." in found.text


def test_only_companies_that_were_asked_for(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    told_of(firm, companies=("Beta",))
    park(firm, "Alpha")
    park(firm, "Beta")
    (found,) = told(firm, clock, box)
    assert "Beta" in found.text
    assert "Alpha" not in found.text


def test_nothing_is_told_nor_kept_while_paused(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    told_of(firm)
    modify_subscription(firm, "books", Wanted(paused=True))
    park(firm, "Alpha")
    assert told(firm, clock, box) == []
    modify_subscription(firm, "BOOKS", Wanted(paused=False))
    assert told(firm, clock, box) == []
    park(firm, "Beta")
    (found,) = told(firm, clock, box)
    assert "Alpha" not in found.text


def test_every_address_gets_a_message_of_its_own(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    told_of(firm, to=("ada@example.com", "bob@example.com"))
    park(firm, "Alpha")
    found = told(firm, clock, box)
    assert [each.to for each in found] == [["ada@example.com"], ["bob@example.com"]]
    assert len({each.mail["Message-ID"] for each in found}) == 2
    assert "bob" not in found[0].text


def test_words_of_the_books_cannot_make_markup(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    told_of(firm)
    happen(
        firm,
        Kind.DOCUMENT_PARKED,
        "Alpha",
        work="push",
        about="<script>alert(1)</script>",
        reason="</td><img src=x onerror=alert(1)>\r\nBcc: eve@example.com",
    )
    (found,) = told(firm, clock, box)
    assert "<script" not in found.page
    assert "<img" not in found.page
    assert "&lt;script&gt;" in found.page
    assert found.mail["Bcc"] is None


def test_the_list_says_how_it_stands(firm: Installation, clock: FixedClock, box: Mailbox) -> None:
    told_of(firm)
    park(firm, "Alpha")
    gathered(firm, clock)
    (answer,) = list_subscriptions(firm)
    assert answer.standing is not None
    assert (answer.standing.waiting, answer.standing.delivered_at) == (1, None)
    told(firm, clock, box)
    (answer,) = list_subscriptions(firm)
    assert answer.standing is not None
    assert answer.standing.waiting == 0
    assert answer.standing.delivered_at == clock.now()
    assert [row.state for row in messages(firm)] == ["delivered"]
