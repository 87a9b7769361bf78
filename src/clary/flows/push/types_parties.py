"""Customers and suppliers as data types of the push API.

Source of the UK rules: push-api.md 2.2, rows customers and suppliers.  What the US edition
requires is inferred from the same rows and the lengths of its import tables.
"""

from __future__ import annotations

from clary.flows.push.declaring import (
    BOTH,
    UK,
    US,
    Field,
    Note,
    OptionType,
    PushType,
    PushVerb,
    declare,
    read_only,
    unwritten,
)
from clary.ledger.fields import EditionName

TEXT = OptionType.STRING
ADDRESSES = "addresses"
COUNTRY_CODE = "countryCode"
UNKNOWN_COUNTRY = "XX"
"""Stands for an unknown country (push-api.md 2.2)."""

_PARTY_VERBS = frozenset({PushVerb.CREATE, PushVerb.UPDATE})
_ONE_ADDRESS = Note("Only one address can be stated.", editions=UK)
_STAMPS = (
    *read_only(OptionType.DATE_TIME, "modifiedDate", "sourceModifiedDate"),
    *read_only(OptionType.OBJECT, "metadata"),
    *unwritten(OptionType.OBJECT, "supplementalData"),
)


def _address(party: str, group: str, kinds: dict[EditionName, tuple[str, ...]]) -> Field:
    """Return the addresses of a party; their fields are those of `group`."""
    parts = (
        declare(TEXT, "line1", "line1", "Line 1", "First line of the address.", required=UK),
        declare(TEXT, "line2", "line2", "Line 2", "Second line of the address."),
        declare(TEXT, "city", "city", "City", "Town or city."),
        declare(TEXT, "region", "state", "Region", "County, state or region."),
        *_countries(party),
        declare(TEXT, "postalCode", "zip", "Postal code", "Postcode or ZIP code."),
        declare(
            TEXT,
            "type",
            None,
            "Type",
            f"What the {party} uses the address for.",
            Note("`Unknown`, the main address, unless stated.", warns=False),
            choices=kinds,
            by_hand=True,
        ),
    )
    return declare(
        OptionType.ARRAY,
        ADDRESSES,
        group,
        "Addresses",
        f"Addresses of the {party}.",
        _ONE_ADDRESS,
        fields=parts,
        by_hand=True,
    )


def _countries(party: str) -> tuple[Field, ...]:
    """Return the fields of a country; a UK supplier's address has none (push-api.md 2.2)."""
    name = declare(
        TEXT,
        "country",
        "country",
        "Country",
        "The country; in UK books the same two-letter code as countryCode.",
        offered=BOTH if party == "customer" else US,
    )
    if party != "customer":
        return (name,)
    code = declare(
        TEXT,
        COUNTRY_CODE,
        {"uk": "country"},
        "Country Code",
        "The country of the address.",
        Note("Must be a two-letter code of ISO 3166-1; `country` may hold it instead."),
        Note(f"{UNKNOWN_COUNTRY} stands for an unknown country.", warns=False),
        offered=UK,
        required=UK,
        by_hand=True,
        instead="country",
    )
    return (code, name)


def _party(
    party: str, name: str, statuses: dict[EditionName, tuple[str, ...]]
) -> tuple[Field, ...]:
    return (
        declare(
            TEXT,
            "id",
            "id",
            "Id",
            f"ID of the {party}.",
            Note(f"Must be unique among {party}s and hold no spaces.", editions=UK),
            Note("Lower case is made upper case before it is written.", warns=False, editions=UK),
            required=BOTH,
        ),
        declare(TEXT, name, "name", "Name", f"Name of the {party}.", required=BOTH),
        declare(TEXT, "contactName", "contact_name", "Contact Name", "The main contact."),
        declare(TEXT, "emailAddress", "email", "Email Address", "The main e-mail address."),
        declare(TEXT, "phone", "telephone1", "Telephone", "The main telephone number."),
        declare(
            TEXT,
            "defaultCurrency",
            {"uk": "currency"},
            "Default Currency",
            f"The currency that the {party} is dealt with in.",
            Note("The base currency of the company unless stated.", warns=False, editions=UK),
        ),
        declare(TEXT, "taxNumber", "tax_number", "Tax Number", "Number for tax purposes."),
        declare(
            TEXT,
            "status",
            None,
            "Status",
            f"Whether the {party} is in use.",
            choices=statuses,
            by_hand=True,
        ),
    )


_ADDRESS_PARTS = {
    "line1": "line1",
    "line2": "line2",
    "city": "city",
    "state": "region",
    "country": "country",
    "zip": "postalCode",
}


def _address_places(main: str, others: str | None) -> dict[str, str]:
    """Return where the ledger's addresses are in a document: the main one is the first."""
    places = {f"{main}.{ours}": f"addresses.0.{name}" for ours, name in _ADDRESS_PARTS.items()}
    if others is not None:
        places |= {
            f"{others}.*.{ours}": f"addresses.*.{name}" for ours, name in _ADDRESS_PARTS.items()
        }
    return places


_ALL_STATUSES = ("Active", "Archived")

CUSTOMERS = PushType(
    name="customers",
    model="Customer",
    label="Customer",
    help="A person or organisation that buys goods or services.",
    records={"us": "customer", "uk": "customer"},
    verbs=_PARTY_VERBS,
    fields=(
        *_party("customer", "customerName", {"us": _ALL_STATUSES, "uk": _ALL_STATUSES}),
        _address(
            "customer",
            "bill_to",
            {"us": ("Billing", "Delivery", "Unknown"), "uk": ("Delivery", "Unknown")},
        ),
        *unwritten(OptionType.ARRAY, "contacts"),
        *unwritten(TEXT, "registrationNumber"),
        *_STAMPS,
    ),
    places=_address_places("bill_to", "ship_to"),
)
SUPPLIERS = PushType(
    name="suppliers",
    model="Supplier",
    label="Supplier",
    help="A person or organisation that provides goods or services.",
    records={"us": "vendor", "uk": "vendor"},
    verbs=_PARTY_VERBS,
    fields=(
        *_party("supplier", "supplierName", {"us": _ALL_STATUSES, "uk": ("Active",)}),
        _address("supplier", "mail_to", {"us": ("Billing", "Unknown"), "uk": ("Unknown",)}),
        *unwritten(OptionType.ARRAY, "contacts"),
        *unwritten(TEXT, "registrationNumber"),
        *_STAMPS,
    ),
    places=_address_places("mail_to", "remit_to"),
)
