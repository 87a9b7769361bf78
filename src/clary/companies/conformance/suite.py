"""The whole suite in one class, which the tests of a driver subclass once per edition."""

from __future__ import annotations

from clary.companies.conformance.about import AboutTests
from clary.companies.conformance.books import BooksTests
from clary.companies.conformance.finding_again import FindingTests
from clary.companies.conformance.limits import LimitTests
from clary.companies.conformance.logging_on import SessionTests
from clary.companies.conformance.queries import QueryTests
from clary.companies.conformance.records import RecordTests
from clary.companies.conformance.releases import ReleaseTests
from clary.companies.conformance.settling import SettlementTests


class CompanyConformance(
    AboutTests,
    SessionTests,
    RecordTests,
    LimitTests,
    QueryTests,
    BooksTests,
    SettlementTests,
    FindingTests,
    ReleaseTests,
):
    """Everything that the contract promises, for one driver and one edition."""
