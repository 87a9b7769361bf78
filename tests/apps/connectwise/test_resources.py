"""Every typed call reads what the site has, and an odd record is told by its name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import islice

import pytest

from clary.apps.connectwise.conditions import both, equal, one_of, through
from clary.apps.connectwise.postings import flags
from clary.apps.connectwise.resources import Accounting, ExportRequest
from clary.kernel.errors import Rejected
from tests.apps.connectwise.bench import bench
from tests.apps.connectwise.desk import Desk
from tests.apps.connectwise.odd_site import Says, each_time


@pytest.fixture
def accounting(at_desk: Desk) -> Accounting:
    return at_desk.accounting


def test_an_export_states_only_what_was_chosen() -> None:
    assert ExportRequest(["invoices"]).as_body() == {
        "batchIdentifier": "0",
        "locationId": 0,
        "summarizeInvoices": "Default",
        "exportInvoicesFlag": True,
        "exportExpensesFlag": False,
        "exportProductsFlag": False,
    }
    request = ExportRequest(
        ["expenses", "products"],
        expenses=[4],
        products=["1-adjustment"],
        without_expenses=[5],
        through=date(2026, 1, 31),
        location=2,
        detail="Detailed",
        identifier="20260131-I",
    )
    assert {name: value for name, value in request.as_body().items() if value} == {
        "batchIdentifier": "20260131-I",
        "locationId": 2,
        "summarizeInvoices": "Detailed",
        "thruDate": "2026-01-31T23:59:59Z",
        "exportExpensesFlag": True,
        "exportProductsFlag": True,
        "includedExpenseIds": [4],
        "includedProductIds": ["1-adjustment"],
        "excludedExpenseIds": [5],
    }
    assert flags(["products"])["exportProductsFlag"] is True


def test_what_waits_is_listed_and_exported(accounting: Accounting) -> None:
    invoice = next(accounting.unposted_invoices())
    assert isinstance(invoice.total, Decimal)
    export = accounting.export(ExportRequest(["invoices"], invoices=[invoice.billing_log_id or 0]))
    assert [each.document_number for each in export.transactions or ()] == [invoice.invoice_number]
    expense = next(accounting.unposted_expenses())
    export = accounting.export(
        ExportRequest(["expenses"], expenses=[expense.expense_detail_id or 0])
    )
    assert export.expense_bills or export.expenses
    purchase = next(accounting.unposted_procurement(equal("procurementType", "Purchase")))
    export = accounting.export(
        ExportRequest(["products"], products=[purchase.unposted_product_id or ""])
    )
    assert export.purchase_transactions


def test_conditions_choose_what_waits(accounting: Accounting) -> None:
    every = list(accounting.unposted_invoices())
    days = sorted({(each.invoice_date or "")[:10] for each in every})
    middle = date.fromisoformat(days[len(days) // 2])
    early = list(accounting.unposted_invoices(through("invoiceDate", middle)))
    assert {each.id for each in early} == {
        each.id for each in every if (each.invoice_date or "")[:10] <= middle.isoformat()
    }
    numbers = [each.invoice_number for each in every[:3]]
    chosen = list(accounting.unposted_invoices(one_of("invoiceNumber", numbers)))
    assert sorted(str(each.invoice_number) for each in chosen) == sorted(map(str, numbers))
    none = both(equal("invoiceNumber", numbers[0]), equal("total", Decimal("1e9")))
    assert list(accounting.unposted_invoices(none)) == []


def test_lists_come_whole_in_both_styles_of_pages(accounting: Accounting) -> None:
    client, path = accounting.client, "/finance/accounting/unpostedinvoices"
    by_id = [each["id"] for each in client.pages(path, page_size=7)]
    numbered = [each["id"] for each in client.pages(path, page_size=7, order_by="id asc")]
    assert by_id == numbered
    assert len(by_id) == client.count(path) > 14


def test_a_batch_is_found_read_again_and_gone(accounting: Accounting, at_desk: Desk) -> None:
    (invoice,) = at_desk.invoices()
    ids = at_desk.entries_of(invoice)
    accounting.create_batch("Resources", ids, ["invoices"])
    batch = accounting.batch_named("resources")
    assert batch is not None
    assert batch.id is not None
    assert accounting.batch(batch.id) == batch
    assert {entry.id for entry in accounting.entries(batch.id)} == set(ids)
    debits = sum(entry.debit or 0 for entry in accounting.entries(batch.id))
    assert debits == sum(entry.credit or 0 for entry in accounting.entries(batch.id))
    again = accounting.export_batch(batch.id, ExportRequest(["invoices"]))
    assert [each.document_number for each in again.transactions or ()] == [invoice.invoice_number]
    accounting.delete_batch(batch.id)
    assert accounting.batch_named("Resources") is None
    with pytest.raises(Rejected) as caught:
        accounting.batch(batch.id)
    assert caught.value.code == "CONNECTWISE_NOT_FOUND"


def test_what_documents_point_to_is_read(accounting: Accounting) -> None:
    company = next(accounting.companies(equal("isVendorFlag", value=False)))
    assert company.id is not None
    assert accounting.company(company.id).identifier == company.identifier
    site = next(accounting.company_sites(company.id))
    assert accounting.company_site(company.id, site.id or 0) == site
    member = next(accounting.members())
    assert accounting.member(member.id or 0).identifier == member.identifier
    item = next(accounting.catalog_items())
    assert accounting.catalog_item(item.id or 0).identifier == item.identifier
    assert accounting.catalog_item_named(item.identifier or "") == item
    assert accounting.catalog_item_named("no such item") is None
    contact = next(c.default_contact for c in accounting.companies() if c.default_contact)
    assert accounting.contact(contact.id or 0).id == contact.id


def test_the_set_up_of_the_site_is_read(accounting: Accounting) -> None:
    tax_code = next(accounting.tax_codes())
    assert list(accounting.tax_code_levels(tax_code.id or 0))
    assert [each.name for each in accounting.locations()]
    assert [each.due_days for each in accounting.billing_terms()]
    assert {each.type_xref for each in accounting.product_types()} >= {"Service", "InventoryPart"}
    setup = accounting.package_setup()
    assert setup is not None
    assert setup.accounting_package is not None
    assert setup.accounting_package.identifier == "Other"
    assert any(each.gl_type == "PF" for each in accounting.gl_accounts())
    captions = accounting.gl_captions()
    assert captions is not None
    assert captions.segments[0][1] == "Account"
    assert list(accounting.gl_paths())
    assert accounting.site_version().startswith("v20")


def test_invoices_and_orders_are_read(accounting: Accounting) -> None:
    invoice = next(accounting.invoices(order_by="id desc"))
    assert invoice.id is not None
    assert accounting.invoice(invoice.id) == invoice
    assert accounting.invoices_numbered(invoice.invoice_number or "") == [invoice]
    closed = next(accounting.unposted_invoices())
    assert list(accounting.gl_entries(closed.billing_log_id or 0))
    order = next(accounting.purchase_orders())
    assert order.id is not None
    assert accounting.purchase_order(order.id) == order
    assert list(islice(accounting.purchase_order_lines(order.id), 1))


def test_a_record_that_cannot_be_read_is_told_by_its_name() -> None:
    odd = {"id": 7, "identifier": {"not": "a text"}, "types": "none"}
    with bench(each_time(Says([odd]))) as made, pytest.raises(Rejected) as caught:
        list(Accounting(made.client).companies())
    finding = caught.value.findings[0]
    assert (finding.code, finding.record) == ("CONNECTWISE_RECORD_UNREADABLE", "Company 7")
    assert finding.field == "identifier"
    assert "types" in finding.message


@pytest.mark.parametrize("document", [[1, 2], "text", {"transactions": {"id": 1}}], ids=str)
def test_an_answer_of_another_kind_is_told(document: object) -> None:
    with bench(each_time(Says(document))) as made:
        accounting = Accounting(made.client)
        with pytest.raises(Rejected, match="cannot be read"):
            accounting.export(ExportRequest(["invoices"]))


def test_words_that_no_specification_lists_are_taken() -> None:
    odd = {"id": 1, "invoiceType": "Hologram", "somethingNew": [1], "company": {"id": 2, "x": {}}}
    with bench(each_time(Says([odd]))) as made:
        (invoice,) = Accounting(made.client).unposted_invoices()
    assert invoice.invoice_type == "Hologram"


@pytest.mark.parametrize(
    ("said", "mark"),
    [
        (Says([{"id": 1, "mobileGuid": "e294baa8"}]), "e294baa8"),
        (Says([{"id": 1}]), ""),
        (Says([]), ""),
        (Says({"code": "Security", "message": "You may not"}, 403), ""),
        (Says({"code": "NotFound", "message": "nothing here"}, 404), ""),
    ],
    ids=["a GUID", "none", "no company", "no right", "no such list"],
)
def test_a_site_is_told_from_others_by_its_first_company(said: Says, mark: str) -> None:
    with bench(each_time(said)) as made:
        assert Accounting(made.client).mark() == mark


def test_a_site_that_fails_has_no_mark_to_go_by() -> None:
    said = Says({"code": "InvalidObject", "message": "no"}, 400)
    with bench(each_time(said)) as made, pytest.raises(Rejected):
        Accounting(made.client).mark()
