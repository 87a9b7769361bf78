"""What a role allows, for which company, and that every service asks for one."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest

from clary.hub import services
from clary.hub.access import Access, Role, role_named
from clary.hub.installation import Installation
from clary.hub.services import batches, connecting, opening, plans, runs
from clary.hub.services.applying import Applying, apply_plan, resume_run
from clary.hub.services.auditing import audit_rows
from clary.hub.services.companies import company_info
from clary.hub.services.connecting import remove_company
from clary.hub.services.keys import add_key
from clary.hub.services.permissions import needs
from clary.hub.services.users import list_users
from clary.kernel.errors import ClaryError, Unauthorised
from tests.hub.access.posting import plan_invoices, post_accounts, post_customers

BOTH = pytest.mark.both_databases


def code_of(caught: pytest.ExceptionInfo[ClaryError]) -> str:
    return caught.value.code


def service_functions() -> dict[str, object]:
    """Return every public function of the services that is given the installation."""
    found = {}
    for module in pkgutil.iter_modules(services.__path__, f"{services.__name__}."):
        loaded = importlib.import_module(module.name)
        for name, value in vars(loaded).items():
            own = inspect.isfunction(value) and value.__module__ == module.name
            if own and not name.startswith("_"):
                first = next(iter(inspect.signature(value).parameters.values()), None)
                if first is not None and first.annotation == "Installation":
                    found[f"{module.name}.{name}"] = value
    return found


ABOUT_SERVICES = {"companies_seen", "seen"}
"""Functions of `permissions` itself, which services use to ask."""


def test_every_service_says_what_role_it_needs() -> None:
    functions = service_functions()
    assert len(functions) > 80
    silent = [
        name
        for name, function in functions.items()
        if not hasattr(function, "needed_role") and name.split(".")[-1] not in ABOUT_SERVICES
    ]
    assert not silent, "mark each with `needs`"


@pytest.mark.parametrize(
    ("verb", "role"),
    [
        ("add", Role.ADMIN),
        ("change", Role.ADMIN),
        ("remove", Role.ADMIN),
        ("revoke", Role.ADMIN),
        ("approve", Role.APPROVER),
        ("apply", Role.OPERATOR),
        ("resume", Role.OPERATOR),
        ("set", Role.OPERATOR),
        ("plan_a", Role.OPERATOR),
    ],
)
def test_what_changes_something_needs_more_than_viewer(verb: str, role: Role) -> None:
    named = {
        name: function
        for name, function in service_functions().items()
        if name.split(".")[-1].startswith(f"{verb}_")
    }
    assert named
    for name, function in named.items():
        needed = getattr(function, "needed_role", None)
        weaker = "batch_mappings.remove_mapping"  # a decision of bookkeepers, no connection
        assert name.endswith(weaker) or (needed is not None and needed.covers(role)), name


@pytest.mark.parametrize(
    ("access", "company", "role"),
    [
        (Access("a", Role.ADMIN), None, Role.ADMIN),
        (Access("a", Role.VIEWER), "Alpha", Role.VIEWER),
        (Access("a", Role.ADMIN, frozenset({"alpha"})), "ALPHA", Role.ADMIN),
        (Access("a", Role.ADMIN, frozenset({"alpha"})), "Beta", None),
        (Access("a", Role.ADMIN, frozenset({"alpha"})), None, None),
        (Access("a", Role.VIEWER, None, granted={"beta": Role.OPERATOR}), "beta", Role.OPERATOR),
        (Access("a", Role.ADMIN, None, granted={"beta": Role.VIEWER}), "beta", Role.ADMIN),
        (Access("a", Role.APPROVER), "sandbox:/any/file", None),
        (Access("a", Role.ADMIN, frozenset({"sandbox:/any/file"})), "sandbox:/any/file", None),
        (Access("a", Role.ADMIN), "sandbox:/any/file", Role.ADMIN),
    ],
)
def test_the_role_for_a_company(access: Access, company: str | None, role: Role | None) -> None:
    assert access.role_on(company) is role


def test_each_role_may_do_what_the_ones_before_it_may() -> None:
    for held in Role:
        for needed in Role:
            assert Access("a", held).allows(needed) is (held.rank >= needed.rank)


def test_nobody_is_somewhere_without_a_company() -> None:
    nobody = Access("a", Role.VIEWER, frozenset())
    assert not nobody.allows_somewhere(Role.VIEWER)
    assert Access("a", Role.VIEWER, frozenset(), granted={"x": Role.ADMIN}).allows_somewhere(
        Role.ADMIN
    )


def test_an_unknown_role_is_named() -> None:
    assert role_named("Approver") is Role.APPROVER
    with pytest.raises(ClaryError) as caught:
        role_named("owner")
    assert code_of(caught) == "ROLE_UNKNOWN"


def test_the_person_at_the_machine_may_do_everything(house: Installation) -> None:
    assert house.access.unlimited
    assert house.actor == "Ada"
    assert list_users(house) == []


@BOTH
def test_a_key_of_one_company_never_sees_the_other(firm: Installation, only_alpha: Access) -> None:
    view = firm.acting_as(only_alpha)
    beta_run = runs.list_runs(firm, "Beta")[0].run
    assert [each.connection.name for each in connecting.list_companies(view)] == ["Alpha"]
    assert {each.plan.header.company for each in plans.list_plans(view)} == {"Alpha"}
    assert {each.run.company for each in runs.list_runs(view)} == {"Alpha"}
    assert batches.list_batches(view) == []
    told = {row.company for row in audit_rows(view)}
    assert told == {"Alpha"}
    for call in (
        lambda: plans.show_plan(view, beta_run.plans[0]),
        lambda: list(plans.plan_rows(view, beta_run.plans[0])),
        lambda: runs.show_run(view, beta_run.id),
        lambda: list(runs.run_results(view, beta_run.id)),
        lambda: apply_plan(view, beta_run.plans[0], Applying()),
        lambda: resume_run(view, beta_run.id, Applying()),
    ):
        with pytest.raises(ClaryError) as caught:
            call()
        assert code_of(caught) in {"PLAN_UNKNOWN", "RUN_UNKNOWN"}
        assert "Beta" not in str(caught.value)
    for refused in (
        lambda: company_info(view, "beta"),
        lambda: opening.open_company(view, "BETA"),
        lambda: runs.list_runs(view, "Beta"),
        lambda: post_customers(view, "Beta", "X"),
        lambda: opening.open_company(view, f"sandbox:{firm.sandbox_file('Beta')}"),
        lambda: list_users(view),
        lambda: add_key(view, "other"),
        lambda: remove_company(view, "Alpha"),
    ):
        with pytest.raises(Unauthorised) as denied:
            refused()
        assert denied.value.code == "ROLE_MISSING"
        assert denied.value.status == 403
    assert company_info(view, "alpha").name == "Alpha"
    assert post_customers(view, "ALPHA", "NEXT").run.run.author == "key shop"


def test_a_viewer_reads_and_changes_nothing(firm: Installation) -> None:
    view = firm.acting_as(Access("vic", Role.VIEWER))
    assert company_info(view, "Alpha").name == "Alpha"
    assert len(runs.list_runs(view)) == 2
    for call in (
        lambda: post_customers(view, "Alpha", "X"),
        lambda: runs.plan_the_undo(view, runs.list_runs(view)[0].run.id),
        lambda: list(audit_rows(view)),
    ):
        with pytest.raises(Unauthorised):
            call()


def test_confirming_a_guard_needs_an_approver(firm: Installation) -> None:
    plan = plan_customers_gone(firm)
    confirming = Applying(confirmed=frozenset({"MASS_CHANGE"}))
    with pytest.raises(Unauthorised) as caught:
        apply_plan(firm.acting_as(Access("op", Role.OPERATOR)), plan, confirming)
    assert "approver" in str(caught.value)
    approver = firm.acting_as(Access("app", Role.APPROVER))
    assert apply_plan(approver, plan, confirming).run.author == "app"


def plan_customers_gone(firm: Installation) -> str:
    post_accounts(firm, "Alpha")
    return plan_invoices(firm, "Alpha", "1.00").plan.id


def test_a_marked_function_keeps_its_name_and_its_answer() -> None:
    @needs(Role.VIEWER, "reference")
    def twice(installation: Installation, reference: str, number: int = 2) -> int:
        """Return a number twice."""
        del installation, reference
        return 2 * number

    assert twice.__name__ == "twice"
    assert twice.__doc__ == "Return a number twice."
    with Installation(access=Access("a", Role.VIEWER, frozenset({"x"}))) as view:
        assert twice(view, "X", number=4) == 8
        assert twice(view, reference="x") == 4
        with pytest.raises(Unauthorised):
            twice(view, "y")


def test_a_request_for_another_company_tells_nothing_of_it(only_alpha: Access) -> None:
    with Installation(access=only_alpha) as view, pytest.raises(Unauthorised) as caught:
        post_customers(view, "Nowhere", "X")
    assert code_of(caught) == "ROLE_MISSING"  # as for a company that there is
