"""New customers, vendors and items carry over what ConnectWise knows, and what is lost is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from clary.apps.connectwise.problems import NOT_FOUND
from clary.apps.connectwise.shapes import (
    CatalogItem,
    Company,
    CompanySite,
    Contact,
    Invoice,
    InvoicePayment,
    Member,
)
from clary.flows.batch.directory import CachedDirectory, with_applications
from clary.flows.batch.mapping import Need
from clary.flows.batch.masters import Master, master
from clary.flows.batch.reading import Reader
from clary.flows.batch.settings import BatchSettings
from clary.flows.batch.source import Applied, SourceItem, SourceParty
from tests.flows.batch import exports as given_by
from tests.flows.batch.shelves import Desk

COMPANY = Company.model_validate(
    {
        "id": 12,
        "identifier": "NewCo",
        "name": "New Company",
        "accountNumber": "NEWCO",
        "phoneNumber": "555 0100",
        "website": "www.newco.example",
        "taxIdentifier": "94-1",
        "invoiceToEmailAddress": "bills@newco.example",
        "billingContact": {"id": 41},
        "taxCode": {"id": 1, "name": "TAX"},
    }
)
SITE = CompanySite.model_validate(
    {
        "id": 31,
        "addressLine1": "1 Dock Street",
        "addressLine2": "Suite 2",
        "city": "Oakland",
        "stateReference": {"id": 5, "identifier": "CA", "name": "California"},
        "zip": "94607",
        "country": {"id": 1, "identifier": "US", "name": "United States"},
        "phoneNumber": "555 0199",
    }
)
CONTACT = Contact.model_validate(
    {
        "id": 41,
        "firstName": "Nora",
        "lastName": "Quist",
        "communicationItems": [
            {"communicationType": "Email", "value": "other@newco.example"},
            {"communicationType": "Email", "value": "nora@newco.example", "defaultFlag": True},
        ],
    }
)
MEMBER = Member.model_validate(
    {
        "id": 5,
        "firstName": "Ann",
        "lastName": "Lee",
        "vendorNumber": "LEE2",
        "officePhone": "555 0111",
        "officeEmail": "ann@service.example",
    }
)
ITEM = CatalogItem.model_validate(
    {
        "id": 900,
        "identifier": "CABLE",
        "description": "Patch cable",
        "customerDescription": "Patch cable, two meters",
        "price": Decimal("4.50"),
        "cost": Decimal("1.25"),
        "taxableFlag": True,
        "unitOfMeasure": {"id": 1, "name": "each"},
    }
)


@dataclass
class Cabinet:
    """A directory of a few records, which counts how often it is asked."""

    companies: Mapping[int, Company] = field(default_factory=lambda: {12: COMPANY})
    credited: tuple[Invoice, ...] = ()
    paid: Mapping[int, tuple[InvoicePayment, ...]] = field(default_factory=dict)
    filters: bool = True
    asked: int = 0

    def company(self, company: int) -> Company:
        self.asked += 1
        if company not in self.companies:
            raise NOT_FOUND.raised(what=f"company {company}", said="deleted")
        return self.companies[company]

    def company_site(self, company: int, site: int) -> CompanySite:
        assert (company, site) == (12, 31)
        return SITE

    def contact(self, contact: int) -> Contact:
        assert contact == 41
        return CONTACT

    def member(self, member: int) -> Member:
        assert member == 5
        return MEMBER

    def catalog_item(self, item: int) -> CatalogItem:
        assert item == 900
        return ITEM

    def invoices(self, conditions: str = "") -> Iterable[Invoice]:
        if "credits" in conditions and not self.filters:
            raise NOT_FOUND.raised(what=conditions, said="no such field")
        assert conditions.startswith("billToCompany/id = 11")
        return self.credited

    def payments(self, invoice: int) -> Iterable[InvoicePayment]:
        return self.paid.get(invoice, ())


PARTY = SourceParty(
    "NEWCO", "New Company", company_id=12, site_id=31, terms="Net 45 days", due_days=45
)


def made(desk: Desk, need: Need, cabinet: Cabinet | None = None) -> Master:
    return master(need, cabinet or Cabinet(), desk.mapping())


def codes(found: Master) -> list[str]:
    return [finding.code for finding in found.findings]


def test_a_customer_has_its_full_address_terms_tax_code_and_how_to_reach_it(us: Desk) -> None:
    found = made(us, Need("customer", "NEWCO", party=PARTY))
    assert found.body == {
        "id": "NEWCO",
        "name": "New Company",
        "bill_to": {
            "line1": "1 Dock Street",
            "line2": "Suite 2",
            "city": "Oakland",
            "state": "CA",
            "zip": "94607",
            "country": "United States",
        },
        "contact_name": "Nora Quist",
        "telephone1": "555 0199",
        "email": "bills@newco.example",
        "web_site": "www.newco.example",
        "tax_number": "94-1",
        "due_days": 45,
        "terms": "net",
        "tax_code_id": "TAX",
    }
    assert codes(found) == []
    assert us.rehearsal.add_record("customer", found.body) == []


def test_a_uk_customer_has_the_country_by_its_letters_and_the_words_of_its_terms(uk: Desk) -> None:
    found = made(uk, Need("customer", "NEWCO", party=PARTY))
    assert found.body is not None
    assert found.body["terms_text"] == "Net 45 days"
    assert dict(found.body["bill_to"])["country"] == "US"  # type: ignore[arg-type]  # a JSON object
    assert codes(found) == ["BATCH_PARTY_TAX_CODE_UNKNOWN"]
    assert uk.rehearsal.add_record("customer", found.body) == []


def test_a_vendor_keeps_its_address_as_the_one_that_is_mailed_to(us: Desk) -> None:
    found = made(us, Need("vendor", "NEWCO", party=PARTY))
    assert found.body is not None
    assert "mail_to" in found.body
    assert "tax_code_id" not in found.body
    assert us.rehearsal.add_record("vendor", found.body) == []


def test_the_vendor_of_a_member_is_made_from_the_member(us: Desk) -> None:
    party = SourceParty("LEE2", "Ann L.", member_id=5)
    found = made(us, Need("vendor", "LEE2", party=party))
    assert found.body == {
        "id": "LEE2",
        "name": "Ann Lee",
        "telephone1": "555 0111",
        "email": "ann@service.example",
    }


def test_without_an_address_of_its_own_a_site_gives_way_to_the_company(us: Desk) -> None:
    company = COMPANY.model_copy(
        update={"address_line1": "9 Hill Road", "city": "Reno", "state": "NV"}
    )
    found = made(
        us,
        Need("customer", "NEWCO", party=SourceParty("NEWCO", company_id=12)),
        Cabinet(companies={12: company}),
    )
    assert found.body is not None
    assert found.body["bill_to"] == {"line1": "9 Hill Road", "city": "Reno", "state": "NV"}


LONG = "The Very Long Name of a Company That Nobody Can Remember"


def test_a_name_that_is_too_long_stops_it_unless_the_setting_says_to_cut(us: Desk) -> None:
    cabinet = Cabinet(companies={12: COMPANY.model_copy(update={"name": LONG})})
    need = Need("customer", "NEWCO", party=PARTY)
    refused = made(us, need, cabinet)
    assert (refused.body, codes(refused)) == (None, ["BATCH_NAME_TOO_LONG"])
    us.settings = BatchSettings(shorten_names=True)
    cut = made(us, need, cabinet)
    assert cut.body is not None
    assert cut.body["name"] == "The Very Long Name of a Company That"
    assert codes(cut) == ["BATCH_NAME_SHORTENED"]


def test_codes_are_never_cut_but_left_out_and_told(us: Desk) -> None:
    site = SITE.model_copy(update={"state_reference": None, "phone_number": "5" * 30})
    company = COMPANY.model_copy(update={"state": "California"})

    class Wordy(Cabinet):
        def company_site(self, company: int, site_id: int) -> CompanySite:
            del company, site_id
            return site

    found = made(us, Need("customer", "NEWCO", party=PARTY), Wordy(companies={12: company}))
    assert found.body is not None
    assert "telephone1" not in found.body
    assert codes(found) == ["BATCH_FIELD_LEFT_OUT"] * 2


def test_a_company_that_connectwise_does_not_have_is_told(us: Desk) -> None:
    found = made(us, Need("customer", "NEWCO", party=PARTY), Cabinet(companies={}))
    assert found.body is None
    assert codes(found) == ["CONNECTWISE_NOT_FOUND"]
    assert found.findings[0].record == "customer NEWCO"


SOURCE = SourceItem(
    "CABLE",
    catalog_id=900,
    type_xref="InventoryPart",
    sales_account="4000",
    inventory_account="1200",
    cost_account="5000",
)


def test_an_item_has_the_accounts_of_the_rows_that_name_it(us: Desk) -> None:
    found = made(us, Need("item", "CABLE", item=SOURCE, item_class="stock"))
    assert found.body == {
        "id": "CABLE",
        "description": "Patch cable",
        "class": "stock",
        "sales_description": "Patch cable, two meters",
        "sales_price": "4.5",
        "unit_of_measure": "each",
        "tax_type": 1,
        "sales_account_id": "4000",
        "inventory_account_id": "1200",
        "cost_account_id": "5000",
    }
    assert us.rehearsal.add_record("item", found.body) == []


def test_a_service_has_its_unit_cost_and_a_description_only_its_sales_account(us: Desk) -> None:
    service = made(us, Need("item", "CABLE", item=SOURCE, item_class="service"))
    assert service.body is not None
    assert service.body["unit_cost"] == "1.25"
    plain = made(us, Need("item", "CABLE", item=SOURCE, item_class="description_only"))
    assert plain.body is not None
    assert "inventory_account_id" not in plain.body


def test_an_item_without_accounts_needs_the_companys_and_names_the_menu(us: Desk) -> None:
    bare = SourceItem("CABLE", catalog_id=900, sales_account="4OOO")
    found = made(us, Need("item", "CABLE", item=bare, item_class="stock"))
    assert sorted(codes(found)) == [
        "BATCH_DEFAULT_MISSING",
        "BATCH_DEFAULT_MISSING",
        "BATCH_ITEM_ACCOUNT_UNKNOWN",
    ]
    assert "Maintain > Default Information" in next(
        finding.remedy for finding in found.findings if finding.code == "BATCH_DEFAULT_MISSING"
    )


def test_an_account_that_only_the_company_knows_is_told(us: Desk) -> None:
    bought = SourceItem("CABLE", catalog_id=900, inventory_account="1200", cost_account="5000")
    found = made(us, Need("item", "CABLE", item=bought, item_class="stock"))
    assert found.body is not None
    assert found.body["sales_account_id"] == "4100"
    assert codes(found) == ["BATCH_ITEM_ACCOUNT_ASSUMED"]


def test_each_record_is_asked_for_once() -> None:
    cabinet = Cabinet()
    cached = CachedDirectory(cabinet)
    assert cached.company(12) is cached.company(12)
    assert cabinet.asked == 1


@pytest.mark.parametrize("filters", [True, False])
@pytest.mark.parametrize("kind", ["invoice", "credit"])
def test_a_credit_memo_pays_the_invoices_whose_payments_name_it(
    kind: str,
    filters: bool,  # noqa: FBT001 - both ways a site may be
) -> None:
    document = given_by.credit if kind == "credit" else given_by.invoice
    entry = document("2001", "50.00", given_by.service(1, "50.00"))
    [reading] = Reader().read(given_by.parsed(transactions=[entry]))
    assert reading.document is not None
    cabinet = Cabinet(
        filters=filters,
        credited=(
            Invoice(id=1001, invoice_number="1001", credits=Decimal(30)),
            Invoice(id=1002, invoice_number="1002", credits=Decimal(0)),
        ),
        paid={
            1001: (
                InvoicePayment.model_validate({"credit": {"id": 2001}, "amount": Decimal("20.00")}),
                InvoicePayment.model_validate({"credit": {"id": 9}, "amount": Decimal("10.00")}),
            )
        },
    )
    found = with_applications(reading.document, CachedDirectory(cabinet))
    assert found.applied == ((Applied("1001", 2000),) if kind == "credit" else ())
