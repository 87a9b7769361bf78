"""What payments of an invoice become: never more than Sage shows, others never touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from clary.flows.payments.deciding import Case, CreditShare, Decision, Paid, Wish, decide
from clary.kernel.change import Action

FULL = date(2026, 3, 2)


def case(
    settled: int,
    *paid: Paid,
    total: int = 10_000,
    billed: int | None = None,
    credits_: Sequence[CreditShare] = (),
) -> Case:
    on = FULL if settled == total else None
    return Case("7", settled, on, total, total if billed is None else billed, paid, credits_)


def applied(one: Case, decision: Decision) -> Case:
    """Return the case as it stands once the wishes are done."""
    paid = {each.id: each for each in one.paid}
    for number, wish in enumerate(decision.wishes, 1000):
        if wish.action is Action.DELETE:
            assert wish.paid is not None
            del paid[wish.paid.id]
        else:
            ident = number if wish.paid is None else wish.paid.id
            paid[ident] = Paid(ident, wish.amount, wish.day, wish.credit, ours=True)
    shares = []
    for share in one.credits:
        used = decision.credits.get(share.credit, 0)
        shares.append(replace(share, left=share.left - max(used, 0)))
    return replace(one, paid=list(paid.values()), credits=shares)


def test_nothing_paid_makes_nothing() -> None:
    assert decide(case(0)).wishes == ()


def test_a_part_bears_no_day_and_the_whole_does() -> None:
    assert decide(case(400)).wishes == (Wish(Action.CREATE, 400, None, None),)
    assert decide(case(10_000)).wishes == (Wish(Action.CREATE, 10_000, "2026-03-02", None),)


def test_our_payment_is_kept_up_to_date() -> None:
    mine = Paid(1, 400, ours=True)
    assert decide(case(400, mine)).wishes == ()
    (wish,) = decide(case(900, mine)).wishes
    assert (wish.action, wish.amount, wish.gain) == (Action.UPDATE, 900, 500)
    (wish,) = decide(case(0, mine)).wishes
    assert (wish.action, wish.gain, wish.paid) == (Action.DELETE, -400, mine)


def test_a_second_payment_of_ours_is_removed_first() -> None:
    wishes = decide(case(900, Paid(1, 400, ours=True), Paid(2, 400, ours=True))).wishes
    assert [(each.action, each.gain) for each in wishes] == [
        (Action.DELETE, -400),
        (Action.UPDATE, 500),
    ]


def test_what_others_entered_is_taken_into_account() -> None:
    decision = decide(case(1000, Paid(1, 300)))
    assert decision.wishes == (Wish(Action.CREATE, 700, None, None),)
    assert decision.findings == ()


def test_more_by_others_than_sage_shows_is_told() -> None:
    decision = decide(case(1000, Paid(1, 1300)))
    assert decision.wishes == ()
    assert [each.code for each in decision.findings] == ["PAYMENTS_BESIDE_OTHERS"]
    lowered = decide(case(1000, Paid(1, 300), Paid(2, 1000, ours=True)))
    assert lowered.after == 700
    assert "Clary's 10.00 become 7.00" in lowered.findings[0].message


def test_an_invoice_never_goes_below_zero_in_connectwise() -> None:
    decision = decide(case(10_000, billed=8000))
    assert decision.after == 8000
    assert [each.code for each in decision.findings] == ["PAYMENTS_TOTALS_DIFFER"]


def test_what_stays_open_there_though_paid_in_full_is_told() -> None:
    decision = decide(case(10_000, billed=10_001))
    assert decision.after == 10_000
    assert "0.01 stays open there" in decision.findings[0].message


def test_a_credit_memo_of_both_sides_is_applied_as_such() -> None:
    share = CreditShare(9, "CM", 300, 300)
    decision = decide(case(1000, credits_=[share]))
    assert decision.wishes == (
        Wish(Action.CREATE, 300, None, 9),
        Wish(Action.CREATE, 700, None, None),
    )
    assert decision.credits == {9: 300}


def test_a_credit_memo_that_a_person_applied_is_not_applied_again() -> None:
    share = CreditShare(9, "CM", 300, 0)
    decision = decide(case(1000, Paid(1, 300, credit=9), credits_=[share]))
    assert decision.wishes == (Wish(Action.CREATE, 700, None, None),)
    assert decision.findings == ()


def test_a_credit_memo_that_is_used_up_there_is_told_and_not_replaced_by_money() -> None:
    share = CreditShare(9, "CM", 300, 100)
    decision = decide(case(1000, credits_=[share]))
    assert [(each.credit, each.amount) for each in decision.wishes] == [(9, 100), (None, 700)]
    assert [each.code for each in decision.findings] == ["PAYMENTS_CREDIT_USED"]


AMOUNTS = st.integers(0, 3000)
PAID = st.builds(
    Paid,
    id=st.integers(1, 900),
    amount=st.integers(1, 3000),
    day=st.sampled_from([None, "2026-03-02", "2026-01-01"]),
    credit=st.sampled_from([None, None, 9]),
    ours=st.booleans(),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    total = draw(st.integers(0, 3000))
    settled = draw(st.integers(0, total))
    paid = draw(st.lists(PAID, max_size=5, unique_by=lambda each: each.id))
    share = draw(st.integers(0, settled))
    credits_ = [CreditShare(9, "CM", share, draw(AMOUNTS))] if share else []
    billed = draw(st.one_of(st.just(total), AMOUNTS))
    return case(settled, *paid, total=total, billed=billed, credits_=credits_)


@given(cases())
def test_no_case_shows_more_than_sage_or_touches_others(one: Case) -> None:
    decision = decide(one)
    after = applied(one, decision)
    others = [each for each in one.paid if not each.ours]
    assert [each for each in after.paid if not each.ours] == others
    assert after.ours == decision.after
    most = min(one.settled, one.billed)
    assert after.ours + one.others <= max(most, one.others)
    assert all(each.amount > 0 for each in after.paid if each.ours)
    running = one.ours + one.others
    for wish in decision.wishes:
        running += wish.gain
        assert running <= max(most, one.others, one.ours + one.others)
        assert wish.day is None or one.settled_on is not None


@given(cases())
def test_deciding_again_changes_nothing(one: Case) -> None:
    first = decide(one)
    again = applied(one, first)
    # What we used of a credit memo may be used again by the same payment.
    shares = [
        replace(
            share,
            left=max(
                share.left,
                sum(each.amount for each in again.paid if each.ours and each.credit == 9),
            ),
        )
        for share in again.credits
    ]
    assert decide(replace(again, credits=shares)).wishes == ()
