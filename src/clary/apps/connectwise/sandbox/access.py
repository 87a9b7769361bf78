"""Who may ask: keys, impersonation, roles, and how much of the site a member sees.

A key belongs to a member and a member has a role.  An integrator has a name and a password
instead, and can have keys made for a member, where its access level is "All records" and its
Member API is on.  What each role may do is inferred from the rights that integrations ask
for; the vendor publishes no table.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from clary.apps.connectwise.sandbox.call import Answer, Call, Caller, answered
from clary.apps.connectwise.sandbox.declared import Module
from clary.apps.connectwise.sandbox.file import value_of
from clary.apps.connectwise.sandbox.problems import Refused
from clary.apps.connectwise.sandbox.routing import Route
from clary.apps.connectwise.sandbox.wire import Json
from clary.kernel.clock import Clock, from_timestamp

INTEGRATOR = "(integrator)"
KEY_HOURS = 4
SYSTEM_LEVEL = 1
"""Structure level of a member who sees the documents of every location."""

EVERY_ACTION = ("Inquire", "Add", "Edit", "Delete")
_READ: Mapping[Module, tuple[str, ...]] = {
    Module.COMPANIES: ("Inquire",),
    Module.CONTACTS: ("Inquire",),
    Module.PROCUREMENT: ("Inquire",),
    Module.ORDERS: ("Inquire",),
    Module.SETUP: ("Inquire",),
}
_FINANCE: Mapping[Module, tuple[str, ...]] = {
    **_READ,
    Module.ACCOUNTING: EVERY_ACTION,
    Module.INVOICING: EVERY_ACTION,
    Module.COMPANIES: ("Inquire", "Add", "Edit"),
    Module.MEMBERS: ("Inquire",),
    Module.REPORTS: ("Inquire",),
    Module.EXPENSES: ("Inquire",),
    Module.PROCUREMENT: ("Inquire", "Edit"),
    Module.ORDERS: ("Inquire", "Edit"),
    Module.SETUP: ("Inquire", "Edit"),
}
RIGHTS: Mapping[str, Mapping[Module, tuple[str, ...]]] = {
    "Admin": dict.fromkeys(Module, EVERY_ACTION),
    "Executive": {**_FINANCE, Module.SETUP: EVERY_ACTION},
    "Finance": _FINANCE,
    "Service": {
        **_READ,
        Module.ACCOUNTING: ("Inquire", "Add"),
        Module.INVOICING: ("Inquire",),
        Module.EXPENSES: ("Inquire", "Add"),
    },
}
"""What each role may do.  The role Service is too weak for accounting: it neither deletes a
batch, nor edits invoices, nor sees members."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request says of who asks."""

    company: str
    name: str
    password: str


def credentials(header: str) -> Credentials:
    """Return what an Authorization header says.

    Raises:
        Refused: it is missing or malformed (401).
    """
    scheme, _, text = header.partition(" ")
    try:
        plain = base64.b64decode(text.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        plain = ""
    name, colon, password = plain.partition(":")
    company, plus, login = name.partition("+")
    if scheme.casefold() != "basic" or not colon or not plus:
        raise Refused.unauthorised("Provide credentials: Basic company+publicKey:privateKey.")
    return Credentials(company, login, password)


def caller(connection: sqlite3.Connection, given: Credentials, clock: Clock) -> Caller:
    """Return who asks.

    Raises:
        Refused: company, key or password are not known, or the key has expired (401).
    """
    if given.company.casefold() != value_of(connection, "company").casefold():
        raise Refused.unauthorised("Cannot route. Codebase/company is invalid.")
    row = connection.execute(
        "SELECT k.private, k.expires, k.member_id, m.identifier, "
        "json_extract(m.body, '$.securityRole.name'), "
        "json_extract(m.body, '$.structureLevel.id'), "
        "json_extract(m.body, '$.securityLocation.id'), json_extract(m.body, '$.inactiveFlag') "
        "FROM api_key k JOIN member m ON m.id = k.member_id WHERE k.public = ?",
        (given.name,),
    ).fetchone()
    if row is None:
        return _integrator(connection, given)
    private, expires, member, name, role, level, location, inactive = row
    if not hmac.compare_digest(private.encode(), given.password.encode()) or inactive:
        raise Refused.unauthorised("The keys are not valid.")
    if expires and from_timestamp(expires) < clock.now():
        raise Refused.unauthorised("The keys have expired.")
    return Caller(name, member, role, None if level == SYSTEM_LEVEL else location)


def _integrator(connection: sqlite3.Connection, given: Credentials) -> Caller:
    row = connection.execute(
        "SELECT password FROM integrator WHERE name = ? COLLATE NOCASE", (given.name,)
    ).fetchone()
    if row is None or not hmac.compare_digest(row[0].encode(), given.password.encode()):
        raise Refused.unauthorised("The keys are not valid.")
    return Caller(given.name, 0, INTEGRATOR)


def check_right(who: Caller, route: Route) -> None:
    """Refuse what the caller's role does not allow.

    Raises:
        Refused: the right is missing (403).
    """
    if route.module is None or not route.right:
        return
    action = route.right.removeprefix(f"{route.module} ")
    if action not in RIGHTS.get(who.role, {}).get(route.module, ()):
        raise Refused.forbidden(route.right)


def my_security(call: Call) -> Answer:
    """Answer what the caller's role may do, function by function."""
    allowed = RIGHTS.get(call.caller.role, {})
    made: list[Json] = []
    for number, module in enumerate(Module, start=1):
        area, _, function = module.partition(" > ")
        levels: dict[str, Json] = {
            f"{action.casefold()}Level": "All" if action in allowed.get(module, ()) else "None"
            for action in EVERY_ACTION
        }
        made.append(
            {
                "id": number,
                "moduleName": area,
                "moduleDescription": area,
                "moduleFunctionName": function,
                "moduleFunctionIdentifier": function.replace(" ", ""),
                "moduleFunctionDescription": function,
                **levels,
            }
        )
    return answered(made)


def make_token(call: Call, clock: Clock) -> Answer:
    """Answer an integrator with keys of a member that last a few hours.

    Raises:
        Refused: the caller may not impersonate (403), or there is no such member (404).
    """
    if call.caller.role == INTEGRATOR:
        row = call.connection.execute(
            "SELECT all_records, member_api FROM integrator WHERE name = ? COLLATE NOCASE",
            (call.caller.name,),
        ).fetchone()
        if not row[0]:
            raise Refused.forbidden("Integrator access level All records")
        if not row[1]:
            raise Refused.forbidden("Integrator API Member API")
    elif call.caller.role != "Admin":
        raise Refused.forbidden(f"{Module.MEMBERS} Edit")
    member = call.connection.execute(
        "SELECT id FROM member WHERE identifier = ? COLLATE NOCASE", (call.name,)
    ).fetchone()
    if member is None:
        raise Refused.missing("Member", call.name)
    expires = (clock.now() + timedelta(hours=KEY_HOURS)).strftime("%Y-%m-%dT%H:%M:%SZ")
    public, private = secrets.token_hex(8), secrets.token_hex(16)
    call.connection.execute(
        "INSERT INTO api_key VALUES (?, ?, ?, ?)", (public, private, member[0], expires)
    )
    return answered({"publicKey": public, "privateKey": private, "expiration": expires}, 201)
