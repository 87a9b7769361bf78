"""The companies of a seeded site, each with its site and its contact."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from clary.apps.connectwise.sandbox.lists import insert
from clary.apps.connectwise.sandbox.seed.world import (
    BASE_CURRENCY,
    OWN_COMPANY,
    World,
    rows_of,
)
from clary.apps.connectwise.sandbox.wire import Json

OWNER, CUSTOMER, VENDOR = 1, 2, 3
"""Company types."""

_KINDS = {OWNER: "Owner", CUSTOMER: "Client", VENDOR: "Vendor"}


def add_companies(connection: sqlite3.Connection, world: World) -> None:
    """Add the service company itself, its customers and its vendors."""
    own = ["", world.name, world.usual_tax, "1 Harbor Way", "Anytown", "", "00000", "Maria Delgado"]
    add_company(connection, world, own, kind=OWNER)
    connection.execute("INSERT INTO site VALUES ('own_company', ?)", (str(OWN_COMPANY),))
    for row in (*rows_of(world.customers), *rows_of(world.new_customers)):
        add_company(connection, world, row)
    for number, name, *address in (*rows_of(world.vendors), *rows_of(world.new_vendors)):
        row = ["", name, world.usual_tax, *address, f"Sales at {name}"]
        add_company(connection, world, row, kind=VENDOR, vendor=number)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the records of one company share."""

    id: int
    code: str
    name: str
    phone: str
    mail: str
    address: dict[str, Json]

    @property
    def reference(self) -> Json:
        """The company as others refer to it."""
        return {"id": self.id, "identifier": self.code, "name": self.name}


def add_company(
    connection: sqlite3.Connection,
    world: World,
    row: list[str],
    *,
    kind: int = CUSTOMER,
    vendor: str = "",
    currency: int = BASE_CURRENCY,
) -> int:
    """Add a company with its site and its contact, and return its id.

    Args:
        connection: the site's file.
        world: for country and tax codes.
        row: account number, name, tax code, street, town, region, postal code, contact.
        kind: id of its company type.
        vendor: vendor number.
        currency: id of its currency.
    """
    account, name, tax, street, town, region, code, person = row
    identifier = 1 + connection.execute("SELECT coalesce(max(id), 0) FROM company").fetchone()[0]
    words = [word.capitalize() for word in name.replace("&", " ").replace(".", "").split()]
    country_id, country_code, country = world.country
    known = _Known(
        id=identifier,
        code="".join(words)[:30],
        name=name,
        phone=world.phone.format(identifier % 100),
        mail=f"accounts@{(account or vendor or 'own').replace(' ', '-')}.example".lower(),
        address={
            "addressLine1": street,
            "city": town,
            "zip": code,
            "country": {"id": country_id, "identifier": country_code, "name": country},
            "phoneNumber": world.phone.format(identifier % 100),
        },
    )
    taxes = {each.identifier: place for place, each in enumerate(world.taxes, start=1)}
    contact: Json = {"id": identifier, "name": person}
    main: Json = {"id": identifier, "name": "Main"}
    insert(
        connection,
        "company",
        {
            "identifier": known.code,
            "name": name,
            "status": {"id": 1, "name": "Active"},
            **known.address,
            "state": region,
            "accountNumber": account or None,
            "vendorIdentifier": vendor or None,
            "taxCode": {"id": taxes[tax], "name": tax},
            "billingTerms": {"id": 1, "name": "Net 30"},
            "billingSite": main,
            "billingContact": contact,
            "defaultContact": contact,
            "site": main,
            "invoiceToEmailAddress": known.mail,
            "currency": {"id": currency},
            "isVendorFlag": kind == VENDOR,
            "types": [{"id": kind, "name": _KINDS[kind]}],
            "deletedFlag": False,
        },
        identifier=identifier,
    )
    _site(connection, known, region)
    _contact(connection, known, person)
    return int(identifier)


def _site(connection: sqlite3.Connection, known: _Known, region: str) -> None:
    state: Json = {"id": 1, "identifier": region[:2].upper(), "name": region} if region else None
    insert(
        connection,
        "site_of_company",
        {
            "name": "Main",
            **known.address,
            "stateReference": state,
            "primaryAddressFlag": True,
            "defaultShippingFlag": True,
            "defaultBillingFlag": True,
            "defaultMailingFlag": True,
            "inactiveFlag": False,
            "company": known.reference,
        },
        identifier=known.id,
        parent=known.id,
    )


def _contact(connection: sqlite3.Connection, known: _Known, person: str) -> None:
    first, _, last = person.partition(" ")
    items: list[Json] = [
        {
            "id": known.id * 2 + place,
            "type": {"id": place + 1, "name": name},
            "value": value,
            "defaultFlag": True,
            "communicationType": kind,
        }
        for place, (name, kind, value) in enumerate(
            (("Email", "Email", known.mail), ("Direct", "Phone", known.phone))
        )
    ]
    insert(
        connection,
        "contact",
        {
            "firstName": first,
            "lastName": last,
            "company": known.reference,
            "site": {"id": known.id, "name": "Main"},
            "inactiveFlag": False,
            "defaultPhoneNbr": known.phone,
            "defaultFlag": True,
            "communicationItems": items,
        },
        identifier=known.id,
    )
