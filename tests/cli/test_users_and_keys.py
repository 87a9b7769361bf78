"""`clary user`, `clary key`, `clary setting` and `clary plan approve`, as a person types them."""

from __future__ import annotations

import json

from clary.hub.access import Access, Role
from clary.hub.installation import Installation
from clary.hub.services.approving import approve_plan
from clary.hub.services.keys import authenticate
from clary.hub.services.users import log_on
from clary.kernel.settings import read
from tests.cli.conftest import CommandLine, invoice

PASSWORD = "four plain words here"


def opened(clary: CommandLine) -> Installation:
    return Installation(read({"CLARY_HOME": str(clary.home), "CLARY_SECRETS": "file"}))


def test_a_user_is_added_changed_listed_and_removed(books: CommandLine) -> None:
    added = books.json(
        *("user", "add", "Ada", "--email", "ada@example.com", "--password"), text=f"{PASSWORD}\n"
    )
    assert (added["role"], added["has_password"], added["stored"]) == ("viewer", True, True)
    changed = books.json("user", "set", "ada", "--role", "operator", "--company", "BOOKS")
    assert (changed["role"], changed["companies"]) == ("viewer", {"books": "operator"})
    changed = books.json("user", "set", "ada", "--role", "none")
    assert (changed["role"], changed["companies"]) == (None, {"books": "operator"})
    changed = books.json("user", "set", "ada", "--role", "none", "--company", "books")
    assert changed["companies"] == {}
    assert books.json("user", "set", "ada", "--disable")["disabled"] is True
    assert "disabled" in books.ok("user", "list").out
    assert books.json("user", "set", "ada", "--enable")["disabled"] is False
    listed = books.json("user", "list")["users"]
    assert [(each["name"], each["email"]) for each in listed] == [("Ada", "ada@example.com")]
    assert "Removed the user Ada" in books.ok("user", "revoke", "ada").out
    assert "There is no user yet" in books.ok("user", "list").err


def test_the_password_is_read_from_input_and_shown_nowhere(books: CommandLine) -> None:
    answer = books.ok("user", "add", "ada", "--password", text=f"{PASSWORD}\n")
    assert PASSWORD not in answer.out + answer.err
    with opened(books) as installation:
        assert log_on(installation, "ada", PASSWORD).name == "ada"
    assert PASSWORD not in books.ok("audit", "list", "--json").out
    assert books("user", "add", "eve", "--password", "secret").code == 2
    short = books("user", "add", "eve", "--password", "--json", text="short\n")
    assert (short.code, short.error["code"]) == (2, "PASSWORD_INVALID")


def test_a_dry_run_adds_nobody(books: CommandLine) -> None:
    assert books.json("user", "add", "ada", "--dry-run")["stored"] is False
    assert books.json("key", "add", "shop", "--dry-run") == {"name": "shop", "key": None}
    assert books.json("user", "list")["users"] == []
    assert books.json("key", "list")["keys"] == []


def test_companies_without_a_role_make_no_sense(books: CommandLine) -> None:
    books.ok("user", "add", "ada")
    assert books("user", "set", "ada", "--company", "books").code == 2
    assert books("user", "add", "eve", "--role", "owner").code == 2


def test_the_last_admin_stays(books: CommandLine) -> None:
    books.ok("user", "add", "ada", "--role", "admin")
    answer = books("user", "revoke", "ada", "--json")
    assert (answer.code, answer.error["code"]) == (6, "LAST_ADMIN")


def test_a_key_is_shown_once(books: CommandLine) -> None:
    made = books.json("key", "add", "shop")
    assert set(made) == {"name", "key"}
    with opened(books) as installation:
        assert authenticate(installation, made["key"]) == Access("shop", Role.OPERATOR, key="shop")
    listed = books.ok("key", "list")
    assert made["key"] not in listed.out + books.ok("key", "list", "--json").out
    assert "all companies" in listed.out
    plain = books.ok("key", "add", "till", "--role", "viewer", "--company", "books")
    assert plain.out.startswith("clary_")
    assert plain.out.count("\n") == 1
    with opened(books) as installation:
        access = authenticate(installation, plain.out.strip())
    assert (access.role, access.companies) == (Role.VIEWER, frozenset({"books"}))


def test_a_key_ends_on_its_day_and_is_revoked(books: CommandLine) -> None:
    past = books("key", "add", "old", "--expires", "2020-01-31", "--json")
    assert (past.code, past.error["code"]) == (2, "KEY_EXPIRES_PAST")
    books.ok("key", "add", "shop", "--expires", "2999-12-31")
    assert books.json("key", "list")["keys"][0]["expires_at"].startswith("3000-01-01T00:00:00")
    assert books.json("key", "revoke", "SHOP")["revoked_at"]
    assert "no key yet" in books.ok("key", "list").err
    assert "ended" in books.ok("key", "list", "--revoked").out
    assert books("key", "revoke", "shop").code == 2


def test_a_large_plan_needs_an_approval(books: CommandLine) -> None:
    books.ok("setting", "set", "approval_amount", "50", "--company", "books")
    assert "50.00" in books.ok("setting", "list").out
    text = json.dumps(invoice("1001"))
    refused = books("records", "create", "books", "sales_invoice", "-", "--json", text=text)
    assert (refused.code, refused.error["code"]) == (6, "APPROVAL_NEEDED")
    plan = books.json("plan", "list", "--limit", "1")["plans"][0]["id"]
    own = books("plan", "approve", plan, "--json")
    assert (own.code, own.error["code"]) == (6, "APPROVAL_OWN")
    with opened(books) as installation:
        approve_plan(installation.acting_as(Access("Bob", Role.APPROVER)), plan)
    assert books.json("plan", "apply", plan)["applied"] == 1
    assert books.json("setting", "unset", "approval_amount", "--company", "books")["value"] is None


def test_another_person_at_the_machine_may_approve(books: CommandLine) -> None:
    books.ok("setting", "set", "approval_amount", "50")
    text = json.dumps(invoice("1001"))
    with opened(books) as installation:
        author = installation.actor
    dry = books.ok(
        *("records", "create", "books", "sales_invoice", "-", "--dry-run", "--json"), text=text
    )
    plan = dry.json["plan"]["id"]
    env = dict.fromkeys(("LOGNAME", "USER", "LNAME", "USERNAME"), "someone-else")
    approved = books.ok("plan", "approve", plan, "--json", **env).json
    assert (approved["author"], approved["approver"]) == (author, "someone-else")
    assert approved["amount"] == "100.00"
    assert books.json("plan", "apply", plan)["applied"] == 1
