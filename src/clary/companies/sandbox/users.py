"""Users of a sandbox company: who they are, their passwords, and what each may do.

A user is a list record like any other; the password is kept apart, hashed, and is never
part of a record.  Rights follow the four levels of Sage 50's security screen: each
operation needs a level in the area of its record type, and whoever lacks it is told
which menu grants it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from clary.companies.contract import Operation
from clary.kernel.clock import Clock, timestamp
from clary.kernel.errors import Finding, Severity, Unauthorised, declare
from clary.ledger.fields import EditionName
from clary.ledger.types.people import RIGHT_AREAS, RIGHT_LEVELS

RIGHT_MISSING = declare(
    "RIGHT_MISSING",
    Unauthorised,
    "The Sage user {user} has the level {found} in {area}; {needed} is needed to {operation}{of}.",
    "Have it set to {needed} in {menu}.",
)
ADMINISTRATOR_REQUIRED = declare(
    "ADMINISTRATOR_REQUIRED",
    Unauthorised,
    "The Sage user {user} is not an administrator and cannot {operation} users.",
    "Let an administrator do it, or make {user} one in {menu}.",
)

CONNECTOR: Final = "CLARY"
"""The user a connector logs on as where no other is named."""

PERSONS: Final[dict[EditionName, str]] = {"us": "PERSON", "uk": "MANAGER"}
"""The person at Sage of a new company."""

SDK: Final = "sdk_data_access"
IMPORT_EXPORT: Final = "import_export"
FULL: Final = "full"

AREA_LABELS: Final[dict[EditionName, dict[str, str]]] = {
    "us": {
        "customers_and_sales": "Customers & Sales: Maintenance",
        "vendors_and_purchases": "Vendors & Purchases: Maintenance",
        "inventory_and_services": "Inventory & Services: Maintenance",
        "banking_and_general_ledger": "Banking & General Ledger: Maintenance",
        IMPORT_EXPORT: "Company: Import/Export",
        SDK: "Company: SDK Data Access",
    },
    "uk": {
        "customers_and_sales": "Customers",
        "vendors_and_purchases": "Suppliers",
        "inventory_and_services": "Products and Services",
        "banking_and_general_ledger": "Bank and Nominal",
        IMPORT_EXPORT: "File: Import",
        SDK: "Third-party access",
    },
}
"""What a person reads; the UK names are inferred."""

MENUS: Final[dict[EditionName, str]] = {
    "us": "Maintain > Users > Set Up Security",
    "uk": "Settings > User Management > Users",
}
"""Where rights are given (UK: inferred from the menu of its sessions)."""

_AREAS: Final[dict[str, str]] = {
    "customer": "customers_and_sales",
    "contact": "customers_and_sales",
    "sales_rep": "customers_and_sales",
    "ship_method": "customers_and_sales",
    "tax_code": "customers_and_sales",
    "job": "customers_and_sales",
    "quote": "customers_and_sales",
    "sales_order": "customers_and_sales",
    "sales_invoice": "customers_and_sales",
    "credit_memo": "customers_and_sales",
    "receipt": "customers_and_sales",
    "allocation": "customers_and_sales",
    "vendor": "vendors_and_purchases",
    "purchase_order": "vendors_and_purchases",
    "purchase": "vendors_and_purchases",
    "vendor_credit": "vendors_and_purchases",
    "payment": "vendors_and_purchases",
    "item": "inventory_and_services",
    "inventory_adjustment": "inventory_and_services",
}
_OTHER_AREA: Final = "banking_and_general_ledger"
"""Accounts, banks, journals and all else; that employees belong here is inferred."""

_IMPORTED_US: Final = frozenset({"item", "vendor_credit", "inventory_adjustment"})
"""US types that reach the books through import only (sage50-us.md, decision 2)."""

LEVEL_NEEDED: Final[dict[Operation, str]] = {
    Operation.READ: "read",
    Operation.CREATE: "add",
    Operation.UPDATE: "edit",
    Operation.POST: "edit",
    Operation.ALLOCATE: "edit",
    Operation.UNALLOCATE: "edit",
    Operation.DELETE: FULL,
    Operation.VOID: FULL,
    Operation.REVERSE: FULL,
}
"""Level that each operation needs: None, Read, Add, Edit, Full (inferred from the names)."""

_RANK: Final = {level: rank for rank, level in enumerate(RIGHT_LEVELS)}


def area_of(record_type: str) -> str:
    """Return the area of Sage 50's security screen that a record type belongs to."""
    return _AREAS.get(record_type, _OTHER_AREA)


def menu_of(edition: EditionName, area: str | None = None) -> str:
    """Return the menu path where the right in an area is given."""
    return f"{MENUS[edition]} > {AREA_LABELS[edition][area]}" if area else MENUS[edition]


@dataclass(slots=True)
class Rights:
    """What one user may do.

    Attributes:
        user: the user's name as the company has it.
        edition: us or uk; it names the areas and the menu.
        administrator: may do everything.
        levels: level by area; an area that is not listed is `none`.
        passed: what was checked and found allowed already.
    """

    user: str
    edition: EditionName
    administrator: bool
    levels: Mapping[str, str] = field(default_factory=dict)
    passed: set[tuple[str, Operation]] = field(default_factory=set, repr=False, compare=False)

    def level(self, area: str) -> str:
        """Return the level in an area."""
        return FULL if self.administrator else self.levels.get(area, "none")

    def has(self, area: str, needed: str) -> bool:
        """Tell whether the level in `area` is at least `needed`."""
        return _RANK[self.level(area)] >= _RANK[needed]


def check_right(rights: Rights, record_type: str, operation: Operation) -> None:
    """Let the operation pass if the user may do it; costs next to nothing when repeated.

    Raises:
        Unauthorised: the user may not (RIGHT_MISSING, ADMINISTRATOR_REQUIRED); each
            finding names the menu that grants the right.
    """
    if rights.administrator or (record_type, operation) in rights.passed:
        return
    found = lacking(rights, record_type, operation)
    if found:
        raise Unauthorised(*found)
    rights.passed.add((record_type, operation))


def lacking(rights: Rights, record_type: str, operation: Operation) -> list[Finding]:
    """Return each right that an operation needs and the user lacks, with its menu."""
    return list(_lacking(rights, record_type, operation))


def _lacking(rights: Rights, record_type: str, operation: Operation) -> Iterator[Finding]:
    if record_type == "user" and operation is not Operation.READ:
        yield ADMINISTRATOR_REQUIRED.finding(
            user=rights.user, operation=operation.value, menu=MENUS[rights.edition]
        )
        return
    needed = LEVEL_NEEDED[operation]
    of = f" {record_type} records"
    if not rights.has(area_of(record_type), needed):
        yield _missing(rights, area_of(record_type), needed, operation.value, of)
    writes = operation is not Operation.READ
    if writes and _is_imported(rights.edition, record_type) and not rights.has(IMPORT_EXPORT, FULL):
        yield _missing(rights, IMPORT_EXPORT, FULL, operation.value, of)


def _is_imported(edition: EditionName, record_type: str) -> bool:
    return edition == "us" and record_type in _IMPORTED_US


def _missing(
    rights: Rights,
    area: str,
    needed: str,
    operation: str,
    of: str = "",
    severity: Severity = Severity.ERROR,
) -> Finding:
    return RIGHT_MISSING.finding(
        user=rights.user,
        found=rights.level(area),
        area=AREA_LABELS[rights.edition][area],
        needed=needed,
        operation=operation,
        of=of,
        menu=menu_of(rights.edition, area),
        record=f"user {rights.user}",
        severity=severity,
    )


def check_access_right(rights: Rights) -> None:
    """Let a connector in if its user may use third-party access at all (US).

    Raises:
        Unauthorised: the role lacks SDK Data Access = Full (RIGHT_MISSING).
    """
    if rights.edition == "us" and not rights.has(SDK, FULL):
        raise Unauthorised(_missing(rights, SDK, FULL, "connect"))


def missing_rights(rights: Rights) -> list[Finding]:
    """Return each right that a connector's user lacks, with the menu that grants it.

    What keeps the connector out, or from reading an area, is an error; what only keeps
    it from some operation is a warning.
    """
    areas = RIGHT_AREAS if rights.edition == "us" else RIGHT_AREAS[:4]
    return [
        _missing(rights, area, FULL, _use_of(area), severity=_weight(rights, area))
        for area in areas
        if not rights.has(area, FULL)
    ]


def _use_of(area: str) -> str:
    if area == SDK:
        return "connect"
    if area == IMPORT_EXPORT:
        return "write items, vendor credits and inventory adjustments"
    return "write, void and delete there"


def _weight(rights: Rights, area: str) -> Severity:
    if area == SDK or (area != IMPORT_EXPORT and not rights.has(area, "read")):
        return Severity.ERROR
    return Severity.WARNING


# -- users as the file keeps them -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FoundUser:
    """A user as the company has it."""

    name: str
    inactive: bool
    rights: Rights


def find_user(connection: sqlite3.Connection, edition: EditionName, name: str) -> FoundUser | None:
    """Return the user of this name in any case, or none."""
    row = connection.execute(
        "SELECT id, inactive, administrator, rights FROM user_record WHERE id = ? COLLATE NOCASE",
        (name,),
    ).fetchone()
    if row is None:
        return None
    entries = json.loads(row[3]) if row[3] else []
    levels = {entry["area"]: entry["level"] for entry in entries}
    return FoundUser(row[0], bool(row[1]), Rights(row[0], edition, bool(row[2]), levels))


def add_user(
    connection: sqlite3.Connection,
    name: str,
    now: str,
    *,
    administrator: bool,
    full_name: str | None = None,
) -> None:
    """Add a user without a password, in the open transaction."""
    connection.execute(
        "INSERT INTO user_record (id, full_name, administrator, created_at) VALUES (?, ?, ?, ?)",
        (name, full_name, int(administrator), now),
    )


def seed_users(connection: sqlite3.Connection, edition: EditionName, clock: Clock) -> None:
    """Add the users of a new company: the person at Sage, and the connector's own.

    Both are administrators, so that a new company can be used at once; a second user of
    the connector's own is what lets a person work in Sage meanwhile.
    """
    now = timestamp(clock.now())
    add_user(connection, PERSONS[edition], now, administrator=True, full_name="Person at Sage")
    add_user(connection, CONNECTOR, now, administrator=True, full_name="Connector")


def set_level(
    connection: sqlite3.Connection, user: FoundUser, area: str, level: str, now: str
) -> None:
    """Set a user's level in one area, in the open transaction.

    An administrator stops being one and keeps every other area at `full`.
    """
    levels = {each: user.rights.level(each) for each in RIGHT_AREAS} | {area: level}
    entries = [{"area": each, "level": one} for each, one in levels.items()]
    connection.execute(
        "UPDATE user_record SET administrator = 0, rights = ?, last_saved_at = ? WHERE id = ?",
        (json.dumps(entries, separators=(",", ":")), now, user.name),
    )


# -- passwords --------------------------------------------------------------------------

_SALT_BYTES = 16
_COST = 2**14
_BLOCK = 8


def _hashed(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8"), salt=salt, n=_COST, r=_BLOCK, p=1, maxmem=_COST * _BLOCK * 256
    )


def set_password(connection: sqlite3.Connection, user: str, password: str) -> None:
    """Set a user's password, or take it away if it is empty, in the open transaction."""
    forget_password(connection, user)
    if password:
        salt = secrets.token_bytes(_SALT_BYTES)
        connection.execute(
            "INSERT INTO password (user, salt, hash) VALUES (?, ?, ?)",
            (user, salt, _hashed(password, salt)),
        )


def forget_password(connection: sqlite3.Connection, user: str) -> None:
    """Take a user's password away, as when the user is deleted."""
    connection.execute("DELETE FROM password WHERE user = ?", (user,))


def password_fits(connection: sqlite3.Connection, user: str, password: str | None) -> bool:
    """Tell whether the password opens the user; a user without one takes an empty one."""
    row = connection.execute("SELECT salt, hash FROM password WHERE user = ?", (user,)).fetchone()
    if row is None:
        return not password
    return hmac.compare_digest(_hashed(password or "", row[0]), row[1])
