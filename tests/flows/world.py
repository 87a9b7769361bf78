"""Requests and planners over the small company, as the tests of operations use them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.companies.contract import Company
from clary.engine.plan import Planned
from clary.flows.operations.memory import KeyMemory
from clary.flows.operations.planner import Planner
from clary.flows.operations.requests import (
    Document,
    Operation,
    OperationOptions,
    OperationRequest,
)
from clary.kernel.errors import Finding
from clary.ledger.nested import find_type
from tests.flows.books import MemoryCompany

SYSTEM = "books"


def request(
    company: Company, operation: str, name: str, *documents: Document, **options: Any
) -> OperationRequest:
    declared = find_type(name, company.info().edition)
    return OperationRequest(Operation(operation), declared, documents, OperationOptions(**options))


def planner(company: Company, memory: KeyMemory | None = None) -> Planner:
    return Planner(company.session(), company.info(), company.capabilities(), SYSTEM, memory)


def planned(
    company: Company, asked: OperationRequest, memory: KeyMemory | None = None
) -> list[Planned]:
    entries = list(planner(company, memory).plan(asked))
    assert all(isinstance(each, Planned | Finding) for each in entries)
    return [each for each in entries if isinstance(each, Planned)]


def plan(
    company: Company, operation: str, name: str, *documents: Document, **options: Any
) -> list[Planned]:
    return planned(company, request(company, operation, name, *documents, **options))


def doc(
    body: Mapping[str, object] | None = None, key: str | None = None, id: str = "d1", **more: Any
) -> Document:
    return Document(id=id, body=body or {}, key=key, **more)


def codes(entry: Planned) -> list[str]:
    return [each.code for each in entry.findings]


def company_with_customers(*ids: str, edition: Any = "us") -> MemoryCompany:
    company = MemoryCompany(edition)
    session = company.session()
    for each in ids:
        session.create("customer", {"id": each, "name": f"Name of {each}"})
    return company
