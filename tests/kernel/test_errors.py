"""Errors say what to do by their class, hold all findings, and are declared once."""

from __future__ import annotations

import pytest

from clary.kernel.errors import (
    Busy,
    ClaryError,
    Failed,
    Finding,
    Guarded,
    Misconfigured,
    Rejected,
    Severity,
    Unauthorised,
    Uncertain,
    Unreachable,
    Unsupported,
    all_codes,
    code_named,
    declare,
    error_of,
    raise_errors,
)

WRONG = declare("TEST_WRONG", Rejected, "{what} is wrong.", "Mend {what}.")
FOUND = declare("TEST_STATUSES", Busy, "Busy with {what}.", "Wait.", http_status=423, exit_code=0)
UNDECLARED = Finding("TEST_NEVER_DECLARED", "It is odd.", "Look.")


def test_a_finding_says_what_where_and_what_to_do() -> None:
    finding = WRONG.finding(record="customer ACME", field="lines.0.amount", what="It")
    assert (finding.message, finding.remedy) == ("It is wrong.", "Mend It.")
    assert (finding.record, finding.field) == ("customer ACME", "lines.0.amount")
    assert finding.severity is Severity.ERROR
    assert WRONG.warning(what="It").severity is Severity.WARNING


@pytest.mark.parametrize("finding", [WRONG.finding(what="It", field="f"), WRONG.warning(what="It")])
def test_a_finding_survives_being_stored(finding: Finding) -> None:
    assert Finding.from_dict(finding.as_dict()) == finding


def test_what_a_store_lost_of_a_finding_counts_as_an_error() -> None:
    empty = Finding.from_dict(dict.fromkeys(UNDECLARED.as_dict()))
    assert (empty.code, empty.severity) == ("", Severity.ERROR)


def test_an_error_leads_with_its_first_finding_and_tells_all() -> None:
    error = Rejected(WRONG.finding(what="This"), WRONG.finding(what="That"))
    assert str(error) == "This is wrong.\nThat is wrong."
    assert (error.code, len(error.findings)) == ("TEST_WRONG", 2)


def test_an_error_without_a_finding_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="needs at least one finding"):
        Rejected()


@pytest.mark.parametrize(
    ("kind", "status", "exit_status"),
    [
        (Rejected, 422, 5),
        (Busy, 409, 4),
        (Unreachable, 503, 4),
        (Unauthorised, 403, 3),
        (Unsupported, 501, 3),
        (Uncertain, 502, 4),
        (Misconfigured, 500, 3),
        (Guarded, 409, 6),
        (Failed, 500, 1),
    ],
)
def test_a_class_has_its_statuses(kind: type[ClaryError], status: int, exit_status: int) -> None:
    error = kind(UNDECLARED)
    assert (error.status, error.exit_status) == (status, exit_status)


def test_a_code_may_have_statuses_of_its_own() -> None:
    error = FOUND.raised(what="it", record="customer ACME")
    assert isinstance(error, Busy)
    assert (error.status, error.exit_status) == (423, 0)
    assert error.findings[0].record == "customer ACME"


def test_a_code_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        declare("TEST_WRONG", Failed, "", "")


def test_codes_can_be_listed_and_looked_up() -> None:
    names = [code.name for code in all_codes()]
    assert names == sorted(names)
    assert WRONG in all_codes()
    assert code_named("TEST_WRONG") is WRONG
    assert code_named("TEST_NEVER_DECLARED") is None


def test_stored_findings_become_the_error_of_the_first_real_one() -> None:
    warning, error = WRONG.warning(what="It"), FOUND.finding(what="it")
    raised = error_of((warning, error))
    assert isinstance(raised, Busy)
    assert raised.findings == (error, warning)
    assert isinstance(error_of((warning,)), Rejected)
    assert isinstance(error_of((UNDECLARED,)), Failed)


def test_errors_are_raised_together_and_warnings_alone_are_not() -> None:
    raise_errors([WRONG.warning(what="It")])
    errors = [WRONG.finding(what="This"), WRONG.warning(what="It"), WRONG.finding(what="That")]
    with pytest.raises(Rejected) as caught:
        raise_errors(errors)
    assert caught.value.findings == (errors[0], errors[2])
