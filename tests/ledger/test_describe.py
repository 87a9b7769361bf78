"""A description holds everything that a caller must know of a type, for its edition."""

from __future__ import annotations

import json

import jsonschema  # type: ignore[import-untyped]  # its stubs are not among the tools
import pytest

from clary.ledger.describe import describe, operations_of
from clary.ledger.fields import EDITIONS, EditionName
from clary.ledger.nested import NestedType, find_type, nested_types_in
from clary.ledger.record import Family, RecordType
from clary.ledger.registry import record_type, record_types_in


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_type_and_group_of_an_edition_can_be_described(edition: EditionName) -> None:
    every: list[RecordType | NestedType] = [*record_types_in(edition), *nested_types_in(edition)]
    for declared in every:
        described = describe(declared, edition).as_dict()
        assert json.loads(json.dumps(described))["name"] == declared.name
        if isinstance(declared, NestedType):
            jsonschema.Draft202012Validator.check_schema(described["create"])
        labels = [row["label"] for row in described["fields"]]
        assert all(labels)
        assert len({row["path"] for row in described["fields"]}) == len(labels)


def rows(name: str, edition: EditionName = "us", release: int | None = None) -> dict[str, object]:
    return {row.path: row for row in describe(find_type(name, edition), edition, release).fields}


def test_the_table_leads_into_groups() -> None:
    table = rows("sales_invoice")
    assert list(table).index("lines") < list(table).index("lines.amount")
    assert "ship_to.city" in table


def test_a_row_tells_the_rule_of_its_edition() -> None:
    described = describe(record_type("customer"), "us")
    by_path = {row.path: row for row in described.fields}
    identity = by_path["id"]
    assert (identity.length, identity.required, identity.key) == (20, True, True)
    assert identity.characters == "*?+"
    assert identity.source == "Sage 50 US help, customer header"
    assert (by_path["balance"].computed, by_path["balance"].places) == (True, 2)
    assert by_path["ship_to"].many
    assert by_path["ship_to"].length == 20
    assert by_path["terms"].choices[0] == "net"
    assert by_path["name"].places is None
    assert by_path["sales_rep_id"].reference == "sales_rep"


def test_a_field_since_a_release_is_shown_with_it_and_left_out_before() -> None:
    described = describe(record_type("vendor"), "us", 2022)
    assert next(r.since for r in described.fields if r.path == "use_payment_defaults") == 2014
    assert "use_payment_defaults" not in rows("vendor", release=2013)
    assert (
        "use_payment_defaults"
        not in describe(record_type("vendor"), "us", 2013).create["properties"]
    )


def test_words_and_aliases_are_told() -> None:
    described = describe(record_type("vendor"), "uk")
    assert (described.label, described.plural) == ("Supplier", "Suppliers")
    assert "VendorList" in described.aliases


@pytest.mark.parametrize(
    ("name", "edition", "kinds"),
    [
        ("customer", "us", ["id", "guid", "number"]),
        ("customer", "uk", ["id", "number"]),
        ("sales_invoice", "us", ["guid", "number", "customer"]),
        ("purchase", "uk", ["number", "vendor"]),
        ("journal_entry", "uk", ["number"]),
        ("allocation", "us", ["guid", "number"]),
    ],
)
def test_the_kinds_of_key_are_those_that_name_it(
    name: str, edition: EditionName, kinds: list[str]
) -> None:
    assert list(describe(record_type(name), edition).identifiers) == kinds


def test_a_document_is_recognised_by_party_number_date_and_total() -> None:
    invoice = describe(record_type("sales_invoice"), "us")
    assert invoice.natural_keys == (("customer_id", "number", "date", "total"),)
    assert describe(record_type("receipt"), "us").natural_keys == (
        ("customer_id", "reference", "date", "amount"),
    )
    assert describe(record_type("customer"), "us").natural_keys == (("id",),)
    assert describe(record_type("allocation"), "us").natural_keys == ()


def test_operations_are_the_editions_or_those_the_doors_have() -> None:
    invoice = record_type("sales_invoice")
    assert "void" in describe(invoice, "us").operations
    assert "reverse" in describe(invoice, "uk").operations
    assert describe(invoice, "us", operations=["create", "get"]).operations == ("get", "create")


def test_every_posted_type_has_a_way_back_and_no_list_has() -> None:
    for edition in EDITIONS:
        for declared in record_types_in(edition):
            ways = set(operations_of(declared, edition)) & {"void", "reverse", "unallocate"}
            assert bool(ways) is (declared.family is Family.POSTED), (edition, declared.name)


@pytest.mark.parametrize(
    ("name", "edition", "expected"),
    [
        ("receipt", "us", ("create", "update", "upsert", "delete", "void", "reverse", "allocate")),
        (
            "credit_memo",
            "uk",
            ("create", "update", "upsert", "post", "void", "reverse", "allocate"),
        ),
        ("journal_entry", "uk", ("create", "update", "upsert", "void", "reverse")),
        ("allocation", "us", ("create", "unallocate")),
        ("customer", "uk", ("create", "update", "upsert", "delete")),
    ],
)
def test_each_type_has_the_operations_of_its_kind(
    name: str, edition: EditionName, expected: tuple[str, ...]
) -> None:
    assert operations_of(record_type(name), edition) == ("get", "query", *expected)


def test_a_group_is_described_as_a_type_of_its_own() -> None:
    described = describe(find_type("employee.pay", "us"), "us")
    assert (described.family, described.key) == ("nested", "number")
    assert described.identifiers == {"id": "PARENT/NUMBER"}
    assert "number" in described.create["required"]
    single = describe(find_type("customer.bill_to", "us"), "us")
    assert (single.key, single.identifiers) == ("parent", {"id": "PARENT"})


def test_a_type_names_its_groups() -> None:
    described = describe(record_type("customer"), "us")
    assert "customer.ship_to" in described.nested
    assert isinstance(record_type("customer"), RecordType)
