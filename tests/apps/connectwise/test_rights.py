"""The member's rights are told one by one, with the menu where to give what is missing."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from clary.apps.connectwise.checking import CheckLine, CheckState
from clary.apps.connectwise.rights import check_rights
from tests.apps.connectwise.bench import bench
from tests.apps.connectwise.odd_site import Asked, Handler, Says, usual

MEMBER = {
    "id": 5,
    "identifier": "clary",
    "securityRole": {"id": 3, "name": "Finance"},
    "structureLevel": {"id": 1, "name": "Corporate"},
}
ALL = {"addLevel": "All", "editLevel": "All", "deleteLevel": "All", "inquireLevel": "All"}
INTERFACE = {"moduleFunctionDescription": "Accounting Interface", **ALL}
REPORTS = {"moduleFunctionName": "API Reports", "inquireLevel": "All", "addLevel": "None"}
LOGIN = {"username": "int", "canAccessAllRecordsFlag": True, "memberApiFlag": True}


def telling(answers: Mapping[str, object]) -> Handler:
    """Answer paths of the interface as stated; an int is a status."""

    def answer(asked: Asked) -> Says:
        if asked.path.startswith("/login"):
            return usual(asked)
        if asked.path.endswith("/tokens"):
            return Says({"publicKey": "p", "privateKey": "k"})
        said = answers[asked.path.rpartition("/")[2]]
        return Says({"code": "x", "message": "no"}, said) if isinstance(said, int) else Says(said)

    return answer


def lines(
    who: object = MEMBER,
    security: object = (INTERFACE, REPORTS),
    logins: object = (LOGIN,),
    **stated: str,
) -> dict[str, CheckLine]:
    answers = {"myMembers": who, "mySecurity": security, "integratorlogins": logins}
    with bench(telling(answers), **stated) as made:
        return {line.name: line for line in check_rights(made.client)}


def test_a_member_with_all_rights_passes() -> None:
    found = lines()
    assert [line.state for line in found.values()] == [CheckState.OK] * 3
    assert list(found) == ["right Accounting Interface", "right API Reports", "system level"]
    assert "Finance" in found["right Accounting Interface"].found


def test_the_old_name_of_the_interface_is_taken_too() -> None:
    assert (
        lines(security=[{"moduleFunctionIdentifier": "GLInterface", **ALL}, REPORTS])[
            "right Accounting Interface"
        ].state
        is CheckState.OK
    )


@pytest.mark.parametrize(
    ("entry", "lacking"),
    [
        ({**INTERFACE, "deleteLevel": "None"}, "Delete"),
        ({**INTERFACE, "deleteLevel": "My", "editLevel": None}, "Edit, Delete"),
        ({"moduleFunctionDescription": "accounting interface"}, "Add, Edit, Delete, Inquire"),
    ],
    ids=["none", "my", "silent"],
)
def test_a_right_that_is_missing_is_named_with_its_menu(
    entry: dict[str, object], lacking: str
) -> None:
    line = lines(security=[entry, REPORTS])["right Accounting Interface"]
    assert line.state is CheckState.FAILED
    assert line.findings[0].code == "CONNECTWISE_RIGHTS_LACKING"
    assert f"lacks {lacking} at level All" in line.findings[0].message
    assert "System > Security Roles > Finance > Finance > Accounting Interface" in line.remedy


@pytest.mark.parametrize("security", [403, 404, []], ids=["forbidden", "unknown", "empty"])
def test_rights_that_are_not_told_are_for_a_person_to_look_at(security: object) -> None:
    line = lines(security=security)["right API Reports"]
    assert (line.state, line.found) == (CheckState.WARNING, "not told")
    assert "System > Security Roles" in line.remedy


def test_a_member_of_a_lower_level_sees_too_little() -> None:
    line = lines(who={**MEMBER, "structureLevel": {"id": 2, "name": "Region"}})["system level"]
    assert (line.state, line.findings[0].code) == (CheckState.FAILED, "CONNECTWISE_LEVEL_LOW")
    assert "Level 1" in line.remedy


def test_an_inactive_member_is_told() -> None:
    line = lines(who={**MEMBER, "inactiveFlag": True})["system level"]
    assert line.findings[0].code == "CONNECTWISE_MEMBER_INACTIVE"


def test_a_site_that_does_not_tell_the_member_gives_no_line_about_it() -> None:
    assert "system level" not in lines(who=404)


ACTING = {"member": "ada"}
INTEGRATOR = {**ACTING, "integrator": "int", "integrator_password": "secret"}


def test_acting_for_a_member_passes_with_keys_and_with_a_good_login() -> None:
    with_keys = lines(**ACTING)["acting for a member"]
    assert (with_keys.state, with_keys.found) == (CheckState.OK, "ada, with API keys")
    with_login = lines(**INTEGRATOR)["acting for a member"]
    assert (with_login.state, with_login.found) == (CheckState.OK, "ada, as int")


def test_a_weak_integrator_login_is_told_with_all_it_lacks() -> None:
    weak = {"username": "int", "canAccessAllRecordsFlag": False}
    line = lines(logins=[weak], **INTEGRATOR)["acting for a member"]
    assert line.state is CheckState.FAILED
    assert len(line.findings) == 2
    assert "Access Level to All records" in line.remedy
    assert "tick Member API" in line.remedy


@pytest.mark.parametrize("logins", [403, []], ids=["forbidden", "empty"])
def test_a_login_that_is_not_shown_is_for_a_person_to_look_at(logins: object) -> None:
    line = lines(logins=logins, **INTEGRATOR)["acting for a member"]
    assert line.state is CheckState.WARNING
    assert "Integrator Login > int" in line.remedy
