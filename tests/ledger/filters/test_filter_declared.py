from __future__ import annotations

from clary.ledger import fields
from clary.ledger.fields import ABSENT, EDITIONS, Kind, Rule
from clary.ledger.filters import check, declared_fields, parse
from clary.ledger.filters.tree import is_field_path, leaves
from clary.ledger.record import Family, Record, RecordType, TypeName
from clary.ledger.registry import all_record_types, record_type


class Town(Record):
    city: str | None = fields.text("City", 20)


class Entry(Record):
    quantity: str | None = fields.decimal("Quantity")
    town: Town | None = fields.group("Town")


class Paper(Record):
    id: str | None = fields.text("ID", 20, 8, key=True)
    color: str | None = fields.choice(
        "Colour", ("red", "blue"), None, Rule(choices=("rot", "blau"))
    )
    guid: str | None = fields.text("GUID", None, ABSENT)
    late: str | None = fields.text("Late", Rule(since=2016), None)
    seat: Town | None = fields.group("Seat", None, ABSENT)
    lines: list[Entry] | None = fields.group("Lines")


PAPER = RecordType(
    name="paper", record=Paper, family=Family.LIST, words={"us": TypeName("Paper", "Papers")}
)


def test_every_declared_field_can_be_named_with_groups_by_dots() -> None:
    table = declared_fields(PAPER, "us")
    assert dict(table.kinds) == {
        "id": Kind.TEXT,
        "color": Kind.CHOICE,
        "guid": Kind.TEXT,
        "late": Kind.TEXT,
        "seat": Kind.GROUP,
        "seat.city": Kind.TEXT,
        "lines": Kind.GROUP,
        "lines.quantity": Kind.DECIMAL,
        "lines.town": Kind.GROUP,
        "lines.town.city": Kind.TEXT,
    }
    assert table.lists == {"lines", "lines.quantity", "lines.town", "lines.town.city"}


def test_keys_references_and_parties_are_ids() -> None:
    assert declared_fields(PAPER, "us").identifiers == {"id"}
    invoices = declared_fields(record_type("sales_invoice"), "us")
    assert {"customer_id", "sales_rep_id", "lines.item_id", "lines.job_id"} <= invoices.identifiers
    assert not {"number", "transaction_number", "customer_name"} & invoices.identifiers
    assert declared_fields(record_type("allocation"), "uk").identifiers == {"party_id"}


def test_an_edition_offers_only_its_own_fields_and_choices() -> None:
    table = declared_fields(PAPER, "uk")
    assert not {"guid", "seat", "seat.city"} & set(table.names())
    assert table.choices("color") == ("rot", "blau")
    assert declared_fields(PAPER, "us").choices("color") == ("red", "blue")


def test_a_release_offers_only_the_fields_it_has() -> None:
    assert declared_fields(PAPER, "us", 2015).kind("late") is None
    assert declared_fields(PAPER, "us", 2016).kind("late") == Kind.TEXT


def test_a_filter_is_fitted_to_a_declared_record_type() -> None:
    tree = check(parse("id like 'A%' and lines.quantity > 2"), declared_fields(PAPER, "us"))
    assert [(leaf.kind, leaf.repeated) for leaf in leaves(tree)] == [
        (Kind.TEXT, False),
        (Kind.DECIMAL, True),
    ]


def test_the_filter_text_can_name_every_field_of_every_record_type() -> None:
    paths = {
        path
        for declared in all_record_types()
        for edition in EDITIONS
        for path in declared_fields(declared, edition).names()
    }
    assert "lines.item_id" in paths
    assert [path for path in sorted(paths) if not is_field_path(path)] == []
