"""Queries give the same rows whatever the company can do itself, and say what was done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.companies.contract import (
    EXACT,
    Level,
    Operation,
    Order,
    Query,
    Support,
    TypeCapability,
)
from clary.flows.operations import query as reading
from clary.flows.operations.query import QueryAnswer, QueryRequest, query
from clary.kernel.change import Body
from clary.kernel.errors import Rejected, Unsupported
from clary.ledger.nested import find_type
from tests.flows.books import MemoryCompany
from tests.flows.house import House
from tests.flows.test_operations import invoice

TODAY = date(2026, 5, 5)
READS = {Operation.READ: EXACT}


def answer(
    house: House,
    name: str,
    capabilities: Mapping[str, TypeCapability] | None = None,
    **asked: object,
) -> tuple[list[Body], QueryAnswer]:
    declared = find_type(name, house.info.edition)
    request = QueryRequest(declared, **asked)  # type: ignore[arg-type]  # tests state what they need
    known = capabilities or house.company.capabilities()
    with house.company.session() as session:
        found = query(session, house.info, known, request, TODAY)
        return list(found.rows), found


def ids(rows: list[Body]) -> list[object]:
    return [row["id"] for row in rows]


@pytest.fixture
def customers(house: House) -> House:
    house.fill(
        "customer",
        {"id": "ACME", "name": "Acme", "credit_limit": "9.00", "ship_to": [{"city": "Rome"}]},
        {"id": "BETA", "name": "Beta", "prospect": True},
        {
            "id": "CETA",
            "name": "acme too",
            "credit_limit": "10.00",
            "ship_to": [{"city": "Oslo"}, {"city": "Bonn"}],
        },
    )
    return house


def test_all_records_without_a_filter(customers: House) -> None:
    rows, found = answer(customers, "customer", order=(Order("id"),))
    assert ids(rows) == ["ACME", "BETA", "CETA"]
    assert (found.covered, found.findings) == (None, ())


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("credit_limit > 9.5", ["CETA"]),
        ("name like 'acme%'", ["ACME", "CETA"]),
        ("prospect = true or credit_limit = 9", ["ACME", "BETA"]),
        ("not prospect = true and id <> 'ACME'", ["CETA"]),
        ("ship_to.city = 'Bonn'", ["CETA"]),
        ("  ", ["ACME", "BETA", "CETA"]),
    ],
)
@pytest.mark.parametrize("able", ["all", "some", "nothing"])
def test_it_makes_no_difference_where_a_filter_runs(
    customers: House, where: str, expected: list[str], able: str
) -> None:
    filters = {
        "all": frozenset({"id", "name", "credit_limit", "prospect"}),
        "some": frozenset({"id"}),
    }
    capability = TypeCapability(operations=READS, filters=filters.get(able, frozenset()))
    rows, found = answer(
        customers, "customer", {"customer": capability}, where=where, order=(Order("id"),)
    )
    assert ids(rows) == expected
    assert "order" in found.above
    assert ("filter" in found.above) is bool(where.strip() and (able != "all" or "ship" in where))


def test_what_the_company_can_do_is_left_to_it(customers: House) -> None:
    capability = TypeCapability(
        operations=READS, filters=frozenset({"id"}), sorts=frozenset({"id"})
    )
    rows, found = answer(
        customers,
        "customer",
        {"customer": capability},
        where="id > 'ACME'",
        order=(Order("id", descending=True),),
        limit=1,
    )
    assert ids(rows) == ["CETA"]
    assert found.above == ()


def test_a_limit_counts_after_what_is_done_above(customers: House) -> None:
    capability = TypeCapability(operations=READS)
    rows, found = answer(
        customers, "customer", {"customer": capability}, where="id <> 'ACME'", limit=1
    )
    assert len(rows) == 1
    assert found.above == ("filter", "limit")


def test_only_the_fields_asked_for_come_back(customers: House) -> None:
    rows, _ = answer(
        customers,
        "customer",
        where="name = 'Acme'",
        fields=("credit_limit",),
        order=(Order("name"),),
    )
    assert rows == [{"credit_limit": "9.00"}]


def test_parameters_are_values_not_text(customers: House) -> None:
    rows, _ = answer(
        customers, "customer", where="name = :n", parameters={"n": "x' or name like '%"}
    )
    assert rows == []


def test_every_unknown_field_is_told_at_once(customers: House) -> None:
    with pytest.raises(Rejected) as caught:
        answer(customers, "customer", fields=("naem",), order=(Order("ship_to.city"), Order("x")))
    assert [(each.code, each.field) for each in caught.value.findings] == [
        ("FIELD_UNKNOWN", "naem"),
        ("FIELD_UNKNOWN", "x"),
        ("ORDER_UNFIT", "ship_to.city"),
    ]


def test_a_limit_is_at_least_one(customers: House) -> None:
    with pytest.raises(Rejected, match="cannot give 0"):
        answer(customers, "customer", limit=0)


def test_a_type_that_no_door_reads_is_unsupported(customers: House) -> None:
    none = TypeCapability(operations={Operation.READ: Support(Level.NONE)})
    for known in ({}, {"customer": none}, {"customer": TypeCapability(operations={})}):
        with pytest.raises(Unsupported):
            answer(customers, "customer", known or {"vendor": none})


def test_a_door_that_reads_less_says_so(customers: House) -> None:
    less = TypeCapability(operations={Operation.READ: Support(Level.DEGRADED, "notes are cut")})
    _, found = answer(customers, "customer", {"customer": less})
    assert [each.code for each in found.findings] == ["OPERATION_DEGRADED"]
    assert "notes are cut" in found.findings[0].message


def test_entries_are_rows_of_their_own(customers: House) -> None:
    rows, found = answer(customers, "customer.ship_to", order=(Order("city"),))
    assert rows == [
        {"parent": "CETA", "position": 2, "city": "Bonn"},
        {"parent": "CETA", "position": 1, "city": "Oslo"},
        {"parent": "ACME", "position": 1, "city": "Rome"},
    ]
    assert found.above == ("order",)


def test_a_filter_on_entries_chooses_entries_not_parents(customers: House) -> None:
    rows, _ = answer(customers, "customer.ship_to", where="city <> 'Bonn' and parent = 'CETA'")
    assert rows == [{"parent": "CETA", "position": 1, "city": "Oslo"}]
    rows, _ = answer(customers, "customer.ship_to", where="position = 2 or parent = 'ACME'")
    assert len(rows) == 2


def test_entries_know_their_fields_and_limits(customers: House) -> None:
    rows, found = answer(customers, "customer.ship_to", fields=("city",), limit=1)
    assert (len(rows), list(rows[0]), found.above) == (1, ["city"], ("limit",))
    with pytest.raises(Rejected, match=r"no field 'cty'"):
        answer(customers, "customer.ship_to", fields=("cty",))


def test_a_single_group_is_one_row_of_its_parent(customers: House) -> None:
    customers.fill("customer", {"id": "D", "name": "D", "bill_to": {"city": "Kyiv"}})
    rows, _ = answer(customers, "customer.bill_to")
    assert rows == [{"parent": "D", "position": 1, "city": "Kyiv"}]


def test_a_query_covers_all_periods_unless_told_otherwise(customers: House) -> None:
    customers.fill("sales_invoice", invoice("1"), invoice("2", date="2026-03-02"))
    rows, found = answer(customers, "sales_invoice")
    assert len(rows) == 2
    assert found.covered is not None
    assert found.covered.words == "all periods"
    rows, found = answer(customers, "sales_invoice", period="2026-03-01..2026-03-31")
    assert [row["number"] for row in rows] == ["2"]
    assert found.covered is not None
    assert found.covered.words == "2026-03-01 to 2026-03-31"
    rows, _ = answer(customers, "sales_invoice", period="this_year", where="number = '1'")
    assert [row["number"] for row in rows] == ["1"]


def test_a_period_chooses_the_lines_of_its_documents(customers: House) -> None:
    customers.fill("sales_invoice", invoice("1"), invoice("2", date="2026-03-02"))
    rows, found = answer(customers, "sales_invoice.lines", period="2026-03-01..2026-03-31")
    assert [row["amount"] for row in rows] == ["10.00"]
    assert found.covered is not None
    assert found.covered.start == date(2026, 3, 1)


def test_a_record_is_read_by_its_key(customers: House) -> None:
    with customers.company.session() as session:
        assert reading.get(session, find_type("customer", "us"), "acme")["id"] == "ACME"
        with pytest.raises(Rejected):
            reading.get(session, find_type("customer", "us"), "NONE")


class TestOrder:
    """Sorting above the door, with any steps."""

    @staticmethod
    def rows() -> st.SearchStrategy[list[dict[str, object]]]:
        row = st.fixed_dictionaries(
            {"name": st.text("ab", min_size=1, max_size=2)},
            optional={
                "credit_limit": st.integers(-99, 99).map(lambda n: f"{n}.00"),
                "due_days": st.integers(0, 3),
                "inactive": st.booleans(),
            },
        )
        return st.lists(row, max_size=12)

    @given(
        rows=rows(),
        steps=st.lists(
            st.tuples(
                st.sampled_from(["name", "credit_limit", "due_days", "inactive"]), st.booleans()
            ),
            min_size=1,
            max_size=3,
            unique_by=lambda step: step[0],
        ),
        limit=st.none() | st.integers(1, 15),
    )
    def test_rows_come_in_the_order_asked_for(
        self,
        rows: list[dict[str, object]],
        steps: list[tuple[str, bool]],
        limit: int | None,
    ) -> None:
        company = MemoryCompany()
        session = company.session()
        for number, row in enumerate(rows):
            session.create("customer", {"id": f"C{number:02d}", **row})  # type: ignore[dict-item]  # made of JSON values
        order = tuple(Order(name, down) for name, down in steps)
        declared = find_type("customer", "us")
        request = QueryRequest(declared, order=order, limit=limit)
        capabilities = {"customer": TypeCapability(operations=READS)}
        found = list(query(session, company.info(), capabilities, request, TODAY).rows)
        expected = list(session.read("customer", Query()))
        for name, down in reversed(steps):
            expected.sort(key=lambda row: sort_key(row, name), reverse=down)
        assert found == expected[:limit]


def sort_key(row: Body, name: str) -> tuple[bool, object]:
    value = row.get(name)
    if name == "inactive":
        return True, bool(value)
    if name == "credit_limit" and value is not None:
        return True, int(str(value).split(".")[0])
    return (value is not None), value if value is not None else 0 if name == "due_days" else ""
