"""The exports of a real site are read whole: every kind, every GL id, every total."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest

from clary.apps.connectwise.client import Client
from clary.apps.connectwise.resources import KINDS, Accounting, ExportRequest
from clary.apps.connectwise.settings import Settings
from clary.flows.batch.directory import CachedDirectory, with_applications
from clary.flows.batch.fetching import waiting_of
from clary.flows.batch.kinds import DocumentKind
from clary.flows.batch.listing import Listing
from clary.flows.batch.mapping import Need
from clary.flows.batch.masters import master
from clary.flows.batch.reading import Reader, Reading
from clary.flows.batch.requests import Selection
from clary.flows.batch.source import SourceDocument
from clary.kernel.clock import SystemClock
from tests.flows.batch.shelves import Desk
from tests.sites import Site, connectwise_site

OF_LETTER = {"I": "invoice", "P": "purchase", "A": "adjustment", "T": "transfer"}


@pytest.fixture(scope="module", params=["us", "uk"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp(f"site-{request.param}")
    with connectwise_site(folder, "--seed", request.param) as served:
        yield served


@pytest.fixture(scope="module")
def accounting(site: Site) -> Iterator[Accounting]:
    settings = Settings.of(
        {
            "site": site.url,
            "company": "demo",
            "client_id": "tests",
            "public_key": "public",
            "private_key": "private",
        }
    )
    with Client(settings, clock=SystemClock()) as client:
        yield Accounting(client)


@pytest.fixture(scope="module")
def readings(accounting: Accounting) -> list[Reading]:
    waiting = waiting_of(list(Listing(accounting).candidates(Selection())))
    reader = Reader()
    reader.learn(companies=accounting.companies())
    return list(reader.read(accounting.export(ExportRequest(KINDS)), waiting))


@pytest.fixture(scope="module")
def documents(readings: list[Reading]) -> list[SourceDocument]:
    return [each.document for each in readings if each.document is not None]


def test_there_is_a_document_of_every_kind(documents: list[SourceDocument]) -> None:
    counted = Counter(document.kind for document in documents)
    usual = set(DocumentKind) - {DocumentKind.EXPENSE_JOURNAL}
    assert usual <= counted.keys()
    assert {document.billing_type for document in documents} >= {
        "Standard",
        "Agreement",
        "Miscellaneous",
        "DownPayment",
    }


def test_only_what_is_wrong_on_purpose_cannot_be_read(readings: list[Reading]) -> None:
    refused = {
        finding.code for each in readings if each.document is None for finding in each.findings
    }
    assert refused == {"BATCH_PARTY_AMBIGUOUS", "BATCH_PARTY_MISSING"}


def test_texts_that_sage_cannot_hold_are_cleaned_and_told(readings: list[Reading]) -> None:
    told = [
        each
        for each in readings
        for finding in each.findings
        if finding.code == "BATCH_TEXT_CLEANED"
    ]
    assert told
    for each in told:
        assert each.document is not None
        assert all(line.description.isprintable() for line in each.document.lines)


def test_every_total_is_what_its_lines_tax_and_freight_come_to(
    documents: list[SourceDocument],
) -> None:
    for document in documents:
        lines = sum(line.amount for line in document.lines)
        assert document.total == lines + document.tax + document.freight, document.record
        assert document.total >= 0 or document.kind is DocumentKind.ADJUSTMENT


def test_every_gl_row_that_a_batch_can_name_is_named(
    site: Site, documents: list[SourceDocument]
) -> None:
    with closing(sqlite3.connect(site.file)) as books:
        rows = books.execute(
            "SELECT document, document_id, id FROM gl WHERE role <> 'implied' AND document <> 'E'"
        ).fetchall()
        spent = {row for (row,) in books.execute("SELECT id FROM gl WHERE document = 'E'")}
    of_document: dict[tuple[str, int], set[int]] = {}
    for letter, number, row in rows:
        of_document.setdefault((OF_LETTER[letter], number), set()).add(row)
    known = {frozenset(ids) for ids in of_document.values()}
    for document in documents:
        ids = frozenset(document.gl_ids)
        if document.kind is DocumentKind.EXPENSE_BILL:
            assert ids <= spent
        elif document.kind in (DocumentKind.INVOICE, DocumentKind.CREDIT_MEMO):
            kind, number = document.id.split(":")
            assert ids == of_document[(kind, int(number))]
        else:
            assert ids in known, document.record


def test_no_two_documents_share_a_gl_row(documents: list[SourceDocument]) -> None:
    counted = Counter(row for document in documents for row in document.gl_ids)
    assert max(counted.values()) == 1


def test_a_credit_memo_that_was_applied_says_to_which_invoice(
    accounting: Accounting, documents: list[SourceDocument]
) -> None:
    directory = CachedDirectory(accounting)
    memos = [each for each in documents if each.kind is DocumentKind.CREDIT_MEMO]
    applied = [with_applications(each, directory) for each in memos]
    paid = [each for document in applied for each in document.applied]
    assert paid
    assert all(each.amount > 0 and each.invoice_number for each in paid)


def test_what_a_new_customer_and_a_new_item_need_is_fetched(
    us: Desk, accounting: Accounting, documents: list[SourceDocument]
) -> None:
    directory = CachedDirectory(accounting)
    sold = next(each for each in documents if each.kind is DocumentKind.INVOICE)
    assert sold.party is not None
    found = master(Need("customer", "NEWCO", party=sold.party), directory, us.mapping())
    assert found.body is not None, found.findings
    assert found.body["name"] == sold.party.name
    assert "bill_to" in found.body
    items = [line.item for each in documents for line in each.lines if line.item is not None]
    need = Need("item", "NEW", item=items[0], item_class="description_only")
    made = master(need, directory, us.mapping())
    assert made.body is not None, made.findings
    member = next(each.party for each in documents if each.kind is DocumentKind.EXPENSE_BILL)
    assert member is not None
    vendor = master(Need("vendor", "MEMBER", party=member), directory, us.mapping())
    assert vendor.body is not None
    assert vendor.body["name"] == member.name


def test_reading_again_gives_the_same_ids(accounting: Accounting, readings: list[Reading]) -> None:
    again = Reader().read(accounting.export(ExportRequest(KINDS)))
    assert [each.id for each in again] == [each.id for each in readings]
