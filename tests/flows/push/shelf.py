"""What the push API's tests share: a company to look things up in, documents, and a judge.

`Shelf` answers from plain tables, `Reading` from a company's session; the judge checks shown
records against the schemas of the reference files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from jsonschema import (  # type: ignore[import-untyped]  # its stubs are not among the tools
    Draft202012Validator,
)
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from clary.companies.contract import Query, Session
from clary.companies.keys import Key, KeyKind
from clary.flows.push import answers, inbound
from clary.flows.push.inbound import Inbound, Terms
from clary.flows.push.lookups import (
    AccountSeen,
    Lookups,
    PartySeen,
    SettleableSeen,
    TaxRateSeen,
    rate_seen,
    settleable_seen,
)
from clary.flows.push.showing import Shown
from clary.flows.push.types import type_at
from clary.kernel.change import Body
from clary.kernel.errors import ClaryError
from clary.ledger.fields import EditionName
from clary.ledger.filters import check as check_filter
from clary.ledger.filters import declared_fields
from clary.ledger.filters import parse as parse_filter
from clary.ledger.registry import record_type
from tests.surroundings import reference_file

TODAY = date(2026, 3, 2)
ACCOUNTING = "push-accounting-openapi.json"
PLATFORM = "push-platform-openapi.json"


@dataclass
class Shelf:
    """A company made of plain tables."""

    edition: EditionName = "uk"
    currency: str = "GBP"
    foreign_trader: bool = True
    has_records: bool = True
    parties: dict[tuple[str, str], PartySeen] = field(default_factory=dict)
    accounts: dict[str, AccountSeen] = field(default_factory=dict)
    rates: dict[str, TaxRateSeen] = field(default_factory=dict)
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    documents: dict[tuple[str, str, str], str] = field(default_factory=dict)
    settled: dict[tuple[str, int], SettleableSeen] = field(default_factory=dict)

    def party(self, record_type: str, key: str) -> PartySeen | None:
        return self.parties.get((record_type, key.upper()))

    def account(self, key: str) -> AccountSeen | None:
        return self.accounts.get(key)

    def tax_rate(self, key: str) -> TaxRateSeen | None:
        return self.rates.get(key)

    def name(self, record_type: str, key: str) -> str | None:
        return self.names.get((record_type, key))

    def settleable(self, record_type: str, number: int) -> SettleableSeen | None:
        return self.settled.get((record_type, number))

    def document(self, party_type: str, party: str, number: str) -> str | None:
        return self.documents.get((party_type, party, number))


def uk_shelf() -> Shelf:
    return Shelf(
        parties={
            ("customer", "ACME"): PartySeen("ACME", "Acme Ltd", "GBP"),
            ("customer", "EURO"): PartySeen("EURO", "Euro SA", "EUR"),
            ("vendor", "SUPPLY"): PartySeen("SUPPLY", "Supply Ltd"),
            ("vendor", "EUROSUP"): PartySeen("EUROSUP", "Euro Supply", "EUR"),
        },
        accounts={
            "4000": AccountSeen("4000", "Sales"),
            "5000": AccountSeen("5000", "Purchases"),
            "7500": AccountSeen("7500", "Printing"),
            "1200": AccountSeen("1200", "Bank", is_bank=True, currency="GBP"),
            "1210": AccountSeen("1210", "Euro bank", is_bank=True, currency="EUR"),
        },
        rates={
            "T1": TaxRateSeen("T1", "Standard rate", Decimal(20)),
            "T9": TaxRateSeen("T9", "Not VAT", Decimal(0)),
        },
        names={
            ("department", "0"): "Default",
            ("department", "7"): "North",
            ("job", "PROJ1"): "New roof",
            ("cost_code", "LABOUR"): "Labour",
        },
    )


def us_rate(key: str, name: str, **agencies: str) -> TaxRateSeen:
    """Return a US tax code of agencies with their rates."""
    return rate_seen(
        {
            "id": key,
            "description": name,
            "agencies": [{"id": each, "rate": rate} for each, rate in agencies.items()],
        }
    )


def us_shelf() -> Shelf:
    return Shelf(
        edition="us",
        currency="USD",
        foreign_trader=False,
        parties={
            ("customer", "ACME"): PartySeen("ACME", "Acme Inc."),
            ("vendor", "SUPPLY"): PartySeen("SUPPLY", "Supply Inc."),
        },
        accounts={
            "40000": AccountSeen("40000", "Sales"),
            "60000": AccountSeen("60000", "Expenses"),
            "10200": AccountSeen("10200", "Checking", is_bank=True),
        },
        rates={
            "CA": us_rate("CA", "California", STATE="6.25", COUNTY="2"),
            "NV": us_rate("NV", "Nevada", STATE="7"),
        },
        names={("item", "NB-03"): "Notebook", ("job", "JOB-1"): "New branch"},
    )


class Reading:
    """A company's session as a look-up."""

    def __init__(self, session: Session, edition: EditionName, *, foreign_trader: bool) -> None:
        self._session = session
        self.edition = edition
        self.currency = "GBP" if edition == "uk" else "USD"
        self.foreign_trader = foreign_trader
        self.has_records = True

    def _find(self, name: str, key: str) -> Body | None:
        try:
            found = self._session.get(name, Key(KeyKind.ID, key))
        except ClaryError:
            return None
        return found

    def party(self, record_type: str, key: str) -> PartySeen | None:
        found = self._find(record_type, key)
        if found is None:
            return None
        currency = found.get("currency")
        return PartySeen(str(found["id"]), str(found["name"]), str(currency) if currency else None)

    def account(self, key: str) -> AccountSeen | None:
        found = self._find("account", key)
        if found is None:
            return None
        is_bank = found.get("kind") == "bank" or found.get("type") == "cash"
        bank = self._find("bank", key) if is_bank and self.edition == "uk" else None
        currency = bank.get("currency") if bank else None
        shown = str(currency) if currency else None
        return AccountSeen(str(found["id"]), str(found["name"]), is_bank=is_bank, currency=shown)

    def tax_rate(self, key: str) -> TaxRateSeen | None:
        found = self._find("tax_code", key)
        return None if found is None else rate_seen(found)

    def name(self, record_type: str, key: str) -> str | None:
        if record_type == "cost_code":
            return "Any" if key == "LABOUR" else None
        if record_type == "department" and key == "0":
            return "Default"
        found = self._find(record_type, key)
        return None if found is None else str(found.get("name") or found.get("description"))

    def settleable(self, record_type: str, number: int) -> SettleableSeen | None:
        try:
            found = self._session.get(record_type, Key(KeyKind.NUMBER, str(number)))
        except ClaryError:
            return None
        return settleable_seen(found)

    def document(self, party_type: str, party: str, number: str) -> str | None:
        is_sale = party_type == "customer"
        name = "sales_invoice" if is_sale else "purchase"
        asked = f"{party_type}_id = :party and number = :number"
        tree = parse_filter(asked, {"party": party, "number": number})
        where = check_filter(tree, declared_fields(record_type(name), self.edition))
        found = list(self._session.read(name, Query(where=where)))
        return str(found[0]["transaction_number"]) if len(found) == 1 else None


def take(path: str, stated: Mapping[str, object], books: Lookups, **terms: bool) -> Inbound:
    """Push a document as its JSON text would be."""
    push_type = type_at(path)
    assert push_type is not None
    text = json.dumps(stated, default=str)
    return inbound.take(push_type, inbound.document(text), books, Terms(TODAY, **terms))


def told(found: Inbound) -> set[tuple[str, str]]:
    """Return code and property of each error."""
    return {(one.code, one.field or "") for one in found.findings if one.severity == "error"}


def warned(found: Inbound) -> set[tuple[str, str]]:
    """Return code and property of each warning."""
    return {(one.code, one.field or "") for one in found.findings if one.severity == "warning"}


def body_of(found: Inbound) -> dict[str, Any]:
    """Return the body of a document that is accepted."""
    assert not told(found), found.findings
    return found.records[0].body


def without(stated: Mapping[str, object], *path: str) -> dict[str, Any]:
    """Return a document without the property at a path; a digit names an entry."""
    made = deepcopy(dict(stated))
    here: Any = made
    for step in path[:-1]:
        here = here[int(step)] if step.isdecimal() else here[step]
    del here[path[-1]]
    return made


def changed(stated: Mapping[str, object], value: object, *path: str) -> dict[str, Any]:
    """Return a document with another value at a path; a digit names an entry."""
    made = deepcopy(dict(stated))
    here: Any = made
    for step in path[:-1]:
        here = here[int(step)] if step.isdecimal() else here[step]
    here[path[-1]] = value
    return made


# --- the judge ---------------------------------------------------------------------


@cache
def openapi(name: str) -> dict[str, Any]:
    """Return a reference file with `nullable` made the null of JSON Schema."""
    read: dict[str, Any] = json.loads(reference_file(name).read_text(encoding="utf-8"))
    fixed = _nullable(read)
    assert isinstance(fixed, dict)
    return fixed


def _nullable(value: object) -> object:
    """Return a schema in which `nullable` says what JSON Schema 2020-12 understands."""
    if isinstance(value, list):
        return [_nullable(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    made = {name: _nullable(entry) for name, entry in value.items() if name != "nullable"}
    if value.get("nullable") is not True:
        return made
    if isinstance(made.get("type"), str) and "enum" not in made:
        return {**made, "type": [made["type"], "null"]}
    return {"anyOf": [made, {"type": "null"}]}


@cache
def _validator(name: str, pointer: str) -> Draft202012Validator:
    resource = DRAFT202012.create_resource(openapi(name))
    registry: Registry[Any] = Registry().with_resource("urn:api", resource)
    return Draft202012Validator({"$ref": f"urn:api#{pointer}"}, registry=registry)


def faults(name: str, schema: str, shown: Shown) -> list[str]:
    """Return what a schema of a reference file says against an answer, as it is sent."""
    sent = json.loads(answers.encoded(shown))
    validator = _validator(name, f"/components/schemas/{schema}")
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(sent)]


def option_examples() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the Sage 50 (UK) options of the reference file by data type."""
    for path, verbs in openapi(ACCOUNTING)["paths"].items():
        if "/options/" in path:
            content = verbs["get"]["responses"]["200"]["content"]["application/json"]
            example = content.get("examples", {}).get("Sage 50 (UK)")
            if example is not None:
                yield path.rsplit("/", 1)[-1], example["value"]
