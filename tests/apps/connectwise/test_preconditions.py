"""The list of what must be right ends where nobody answers, and else has every line."""

from __future__ import annotations

import pytest

from clary.apps.connectwise.client import Client
from clary.apps.connectwise.preconditions import Ask, CheckLine, CheckState, check, prove
from clary.kernel.errors import Unauthorised
from tests.apps.connectwise.bench import bench
from tests.apps.connectwise.desk import settings_of
from tests.apps.connectwise.odd_site import Asked, Handler, Says, usual
from tests.sites import Site

LINES = [
    "site",
    "log on",
    "right Accounting Interface",
    "right API Reports",
    "system level",
    "accounting package",
    "sales tax",
    "expenses",
    "inventory",
    "cost entries",
    "account segments",
    "segment types",
    "freight account",
    "account delimiter",
    "customers",
    "vendors",
    "members",
    "product types",
]


def answering(**answers: object) -> Handler:
    """Answer paths by their last part; an int is a status, what is not stated is not found."""

    def answer(asked: Asked) -> Says:
        if asked.path.startswith("/login"):
            return usual(asked)
        said = answers.get(asked.path.rpartition("/")[2], 404)
        return Says({"code": "x", "message": "no"}, said) if isinstance(said, int) else Says(said)

    return answer


def checked(handler: Handler) -> list[CheckLine]:
    with bench(handler) as made:
        return list(check(made.client, Ask()))


def test_the_sandbox_site_has_every_line(site: Site) -> None:
    with Client(settings_of(site)) as client:
        lines = list(check(client, Ask()))
    assert [line.name for line in lines] == LINES
    states = {line.name: line.state for line in lines}
    assert CheckState.FAILED not in states.values(), [line.as_dict() for line in lines]


def test_the_list_ends_where_nobody_answers() -> None:
    (line,) = checked(lambda _: Says(None))
    assert (line.name, line.state) == ("site", CheckState.FAILED)
    assert "company" in line.remedy


@pytest.mark.parametrize("status", [401, 404])
def test_the_list_ends_where_the_keys_are_not_taken(status: int) -> None:
    site, log_on = checked(answering(info=status))
    assert (site.state, log_on.state) == (CheckState.OK, CheckState.FAILED)
    assert log_on.findings[0].code == "CONNECTWISE_KEYS_REFUSED"
    with bench(answering(info=status)) as made, pytest.raises(Unauthorised):
        prove(made.client)


def test_what_cannot_be_read_fails_its_own_line_only() -> None:
    lines = {
        line.name: line
        for line in checked(
            answering(
                info={"version": "v1"},
                accountingPackageSetup=403,
                glCaptions=[],
                glAccounts=[],
                companies=[],
                members=500,
                types=[{"name": "Odd"}],
            )
        )
    }
    failed = [name for name, line in lines.items() if line.state is CheckState.FAILED]
    assert failed == ["accounting package", "account segments", "freight account", "members"]
    assert lines["accounting package"].findings[0].code == "CONNECTWISE_RIGHT_MISSING"
    assert lines["customers"].state is CheckState.OK
    assert lines["product types"].state is CheckState.WARNING


def test_members_do_not_matter_where_no_expenses_are_exported() -> None:
    setup = {"accountingPackage": {"name": "Other"}, "includeExpensesFlag": False}
    lines = checked(answering(info={"version": "v1"}, accountingPackageSetup=[setup], types=[]))
    assert "members" not in [line.name for line in lines]


def test_a_line_says_everything_as_json() -> None:
    (line,) = checked(lambda _: Says(None))
    shown = line.as_dict()
    assert list(shown) == ["name", "state", "ok", "found", "remedy", "findings"]
    assert shown["state"] == "failed"
