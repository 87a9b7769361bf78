"""A suite that lets every door pass proves nothing: each broken promise is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from clary.companies.conformance import Bench, CompanyConformance
from clary.companies.hostile import Call, HostileCompany, Mischief, Scripted
from clary.companies.sandbox import SandboxCompany, create
from clary.kernel.errors import ClaryError
from tests.companies.conformance import defects
from tests.companies.conformance.defects import Make, behaving, striking

suite = CompanyConformance

BROKEN: list[tuple[str, Make, str | None]] = [
    (
        "test_info_and_capabilities_stay_the_same_without_a_log_on",
        lambda company: defects.Restless(company, Scripted()),
        None,
    ),
    (
        "test_what_is_not_declared_is_refused_as_unsupported",
        lambda company: defects.Boastful(company, Scripted()),
        "customer",
    ),
    (
        "test_figures_are_told_as_declared_and_no_others",
        lambda company: defects.TellsMore(company, Scripted()),
        None,
    ),
    (
        "test_records_hold_the_balances_and_stock_values_that_are_declared",
        behaving(defects.HoldsNoFigures),
        None,
    ),
    ("test_a_closed_session_answers_nothing", behaving(defects.LivesOn), None),
    ("test_no_iterator_outlives_its_session", behaving(defects.LivesOn), None),
    ("test_closing_twice_does_nothing", behaving(defects.MindsBeingClosedTwice), None),
    ("test_reading_streams", behaving(defects.HoldsEverything), None),
    ("test_the_fullest_record_is_kept_as_stated", striking(Call.GET, Mischief.PAD), "customer"),
    ("test_the_fullest_record_is_kept_as_stated", behaving(defects.CutsTexts), "customer"),
    ("test_every_record_is_in_canonical_form", striking(Call.READ, Mischief.REPEAT), "customer"),
    ("test_reading_twice_gives_the_same", behaving(defects.Shuffles), "customer"),
    ("test_every_filter_finds_what_plain_code_finds", behaving(defects.IgnoresFilters), "customer"),
    ("test_every_order_is_that_of_plain_code", behaving(defects.IgnoresOrder), "customer"),
    (
        "test_a_limit_gives_the_first_records_of_the_order",
        behaving(defects.IgnoresLimit),
        "customer",
    ),
    ("test_only_the_fields_asked_for_are_given", behaving(defects.IgnoresFields), "customer"),
    (
        "test_an_update_changes_the_stated_field_and_no_other",
        behaving(defects.ClearsOthers),
        "customer",
    ),
    ("test_a_field_stated_as_none_is_cleared", behaving(defects.IgnoresNone), "customer"),
    ("test_a_deleted_record_is_gone", behaving(defects.DeletesNothing), "customer"),
    ("test_what_is_in_use_cannot_be_deleted", behaving(defects.DeletesNothing), None),
    ("test_an_unknown_key_is_said_to_be_unknown", behaving(defects.FindsAnything), "customer"),
    (
        "test_a_number_that_two_documents_share_is_ambiguous",
        behaving(defects.TakesTheFirst),
        "sales_invoice",
    ),
    (
        "test_many_records_come_in_the_order_of_their_keys",
        behaving(defects.MixesUpMany),
        "customer",
    ),
    ("test_a_key_in_another_case_is_the_same_key", behaving(defects.AcceptsTwins), "customer"),
    (
        "test_a_text_of_the_greatest_length_is_kept_and_one_longer_is_refused",
        behaving(defects.CutsTexts),
        "customer",
    ),
    (
        "test_accents_are_kept_and_other_scripts_kept_or_refused",
        striking(Call.GET, Mischief.PAD),
        "customer",
    ),
    ("test_what_is_refused_leaves_nothing_behind", behaving(defects.RefusesTooLate), "customer"),
    (
        "test_origins_are_found_in_bulk_with_what_became_of_their_documents",
        behaving(defects.FindsNothing),
        "sales_invoice",
    ),
    (
        "test_the_feed_tells_what_changed_and_misses_nothing_at_the_stamp",
        behaving(defects.ForgetsUnstamped),
        "customer",
    ),
    (
        "test_the_feed_tells_what_changed_and_misses_nothing_at_the_stamp",
        behaving(defects.TellsNoDeletions),
        "customer",
    ),
    ("test_the_books_balance_after_each_document", behaving(defects.AddsACent), None),
    ("test_the_books_balance_after_each_document", behaving(defects.LosesARow), None),
    ("test_the_books_balance_after_each_document", behaving(defects.LosesAnOpenItem), None),
    (
        "test_a_document_that_is_taken_back_leaves_the_figures_as_they_were",
        behaving(defects.DeletesNothing),
        "sales_invoice",
    ),
    (
        "test_a_settlement_that_is_new_is_told_and_an_old_one_is_not",
        behaving(defects.TellsOldSettlements),
        None,
    ),
    (
        "test_a_settlement_tells_what_settled_an_invoice",
        behaving(defects.ForgetsDiscounts),
        None,
    ),
    (
        "test_what_is_taken_back_settles_nothing",
        behaving(defects.RemembersSettlements),
        None,
    ),
    (
        "test_a_refused_write_in_a_group_leaves_the_others_standing",
        behaving(defects.LosesGroups),
        None,
    ),
]


def bench_of(folder: Path, make: Make) -> Bench:
    path = folder / "company.clary"
    create(path, name="Broken", edition="us")
    return Bench.of(make(SandboxCompany(path)))


def run(test: str, bench: Bench, type_name: str | None) -> None:
    """Run one test of the suite as pytest would."""
    method = getattr(suite(), test)
    method(bench) if type_name is None else method(bench, type_name)


@pytest.mark.parametrize(("test", "make", "type_name"), BROKEN, ids=map(str, range(len(BROKEN))))
def test_a_broken_promise_is_noticed(
    tmp_path: Path, test: str, make: Make, type_name: str | None
) -> None:
    broken, honest = tmp_path / "broken", tmp_path / "honest"
    broken.mkdir()
    honest.mkdir()
    run(test, bench_of(honest, lambda company: HostileCompany(company, Scripted())), type_name)
    bench = bench_of(broken, make)
    with pytest.raises((AssertionError, ClaryError, ValueError)):
        run(test, bench, type_name)


def test_ties_at_a_stamp_must_not_be_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "company.clary"
    create(path, name="Broken", edition="uk")
    bench = Bench.of(behaving(defects.ForgetsTies)(SandboxCompany(path)))
    with pytest.raises(AssertionError, match="since"):
        run("test_the_feed_tells_what_changed_and_misses_nothing_at_the_stamp", bench, "department")


def test_every_part_of_the_suite_is_shown_to_notice_something() -> None:
    shown = {test for test, _, _ in BROKEN}
    parts = {next(part.__name__ for part in suite.__mro__ if test in vars(part)) for test in shown}
    assert parts == {
        "AboutTests",
        "SessionTests",
        "RecordTests",
        "LimitTests",
        "QueryTests",
        "BooksTests",
        "SettlementTests",
        "FindingTests",
    }
