"""New records of which ConnectWise knows little have what is known, and nothing made up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from clary.apps.connectwise.shapes import (
    CatalogItem,
    Company,
    CompanySite,
    Contact,
    Invoice,
    InvoicePayment,
    Member,
)
from clary.flows.batch import directory as directories
from clary.flows.batch.directory import CachedDirectory, with_applications
from clary.flows.batch.mapping import Need
from clary.flows.batch.masters import Master, master
from clary.flows.batch.reading import Reader
from clary.flows.batch.source import Applied, SourceDocument, SourceItem, SourceParty
from clary.kernel.change import Body
from tests.flows.batch import exports as given_by
from tests.flows.batch.shelves import Desk


@dataclass
class Drawer:
    """A directory of one record of each kind, which counts how often it is asked."""

    of_company: Company = field(default_factory=lambda: Company(id=12, name="New Company"))
    of_site: CompanySite = field(default_factory=CompanySite)
    of_contact: Contact = field(default_factory=Contact)
    of_member: Member = field(default_factory=Member)
    of_item: CatalogItem = field(default_factory=CatalogItem)
    credited: tuple[Invoice, ...] = ()
    paid: tuple[InvoicePayment, ...] = ()
    asked: int = 0

    def company(self, company: int) -> Company:
        del company
        self.asked += 1
        return self.of_company

    def company_site(self, company: int, site: int) -> CompanySite:
        del company, site
        return self.of_site

    def contact(self, contact: int) -> Contact:
        del contact
        return self.of_contact

    def member(self, member: int) -> Member:
        del member
        return self.of_member

    def catalog_item(self, item: int) -> CatalogItem:
        del item
        return self.of_item

    def invoices(self, conditions: str = "") -> Iterable[Invoice]:
        del conditions
        return self.credited

    def payments(self, invoice: int) -> Iterable[InvoicePayment]:
        del invoice
        return self.paid


NEWCO = SourceParty("NEWCO", "New Company", company_id=12)
NEW_CUSTOMER = Need("customer", "NEWCO", party=NEWCO)


def made(desk: Desk, need: Need, drawer: Drawer | None = None) -> Master:
    return master(need, drawer or Drawer(), desk.mapping())


def body(found: Master) -> Body:
    assert found.body is not None, found.findings
    return found.body


def codes(found: Master) -> list[str]:
    return [finding.code for finding in found.findings]


# -- customers and vendors -------------------------------------------------------------------


def test_a_company_of_which_nothing_else_is_known_has_its_name_alone(us: Desk) -> None:
    found = made(us, NEW_CUSTOMER)
    assert body(found) == {"id": "NEWCO", "name": "New Company"}
    assert codes(found) == []


def test_a_party_without_company_is_told_and_not_created(us: Desk) -> None:
    found = made(us, Need("customer", "NEWCO", party=SourceParty("NEWCO", "New Company")))
    assert found.body is None
    assert codes(found) == ["BATCH_NAME_MISSING"]


def test_a_company_without_a_name_is_told_and_not_created(us: Desk) -> None:
    nameless = Need("customer", "NEWCO", party=SourceParty("NEWCO", company_id=12))
    found = made(us, nameless, Drawer(of_company=Company(id=12)))
    assert found.body is None
    assert [(each.code, each.field) for each in found.findings] == [("BATCH_NAME_MISSING", "name")]
    assert "NEWCO" in found.findings[0].message


def test_the_default_contact_is_reached_by_its_own_numbers_where_the_company_has_none(
    us: Desk,
) -> None:
    company = Company.model_validate(
        {"id": 12, "name": "New Company", "defaultContact": {"id": 41}, "faxNumber": "555 0177"}
    )
    contact = Contact.model_validate(
        {
            "id": 41,
            "firstName": "Nora",
            "communicationItems": [
                {"communicationType": "Phone", "value": "555 0142"},
                {"communicationType": "Phone", "value": "555 0143", "defaultFlag": True},
                {"communicationType": "Email", "value": ""},
                {"communicationType": "Email", "value": "nora@newco.example"},
            ],
        }
    )
    found = body(made(us, NEW_CUSTOMER, Drawer(of_company=company, of_contact=contact)))
    assert found["contact_name"] == "Nora"
    assert found["telephone1"] == "555 0143"
    assert found["email"] == "nora@newco.example"
    assert found["fax"] == "555 0177"


def test_a_contact_without_communication_items_has_its_default_number(us: Desk) -> None:
    company = Company.model_validate({"id": 12, "name": "N", "billingContact": {"id": 41}})
    contact = Contact.model_validate({"id": 41, "lastName": "Quist", "defaultPhoneNbr": "555 0144"})
    found = body(made(us, NEW_CUSTOMER, Drawer(of_company=company, of_contact=contact)))
    assert (found["contact_name"], found["telephone1"]) == ("Quist", "555 0144")
    assert "email" not in found


def test_a_state_without_letters_is_taken_by_its_name_or_from_the_company(us: Desk) -> None:
    party = SourceParty("NEWCO", "New Company", company_id=12, site_id=31)
    company = Company(id=12, name="New Company", state="NV")
    site = CompanySite.model_validate({"id": 31, "city": "Reno"})
    need = Need("customer", "NEWCO", party=party)
    found = body(made(us, need, Drawer(of_company=company, of_site=site)))
    assert found["bill_to"] == {"city": "Reno", "state": "NV"}
    named = CompanySite.model_validate({"city": "Reno", "stateReference": {"id": 5, "name": "CA"}})
    found = body(made(us, need, Drawer(of_company=company, of_site=named)))
    assert found["bill_to"] == {"city": "Reno", "state": "CA"}


@pytest.mark.parametrize("days", [None, -1])
def test_terms_that_are_no_days_are_left_out(us: Desk, days: int | None) -> None:
    party = SourceParty("NEWCO", "New Company", company_id=12, due_days=days)
    found = body(made(us, Need("customer", "NEWCO", party=party)))
    assert "terms" not in found
    assert "due_days" not in found


def test_a_tax_code_of_the_company_that_is_not_there_is_left_out_and_told(us: Desk) -> None:
    company = Company.model_validate({"id": 12, "name": "N", "taxCode": {"id": 9, "name": "GST"}})
    found = made(us, NEW_CUSTOMER, Drawer(of_company=company))
    assert "tax_code_id" not in body(found)
    assert codes(found) == ["BATCH_PARTY_TAX_CODE_UNKNOWN"]
    assert "GST" in found.findings[0].message


def test_a_foreign_uk_customer_has_its_currency_and_one_at_home_has_none(uk: Desk) -> None:
    def currency(party: str | None, company: str | None) -> object:
        of_company = Company.model_validate(
            {"id": 12, "name": "N", "currency": {"currencyCode": company}}
        )
        if company is None:
            of_company = Company(id=12, name="N")
        known = SourceParty("NEWCO", "N", company_id=12, currency=party)
        need = Need("customer", "NEWCO", party=known)
        return body(made(uk, need, Drawer(of_company=of_company))).get("currency")

    assert currency("EUR", "GBP") == "EUR"
    assert currency(None, "EUR") == "EUR"
    assert currency(None, "GBP") is None
    assert currency(None, None) is None


# -- members ---------------------------------------------------------------------------------

ANN = SourceParty("LEE2", "Ann L.", member_id=5)


def test_a_member_has_the_country_of_its_record(us: Desk) -> None:
    member = Member.model_validate(
        {"id": 5, "country": {"id": 1, "name": "United States"}, "mobilePhone": "555 0112"}
    )
    found = body(made(us, Need("vendor", "LEE2", party=ANN), Drawer(of_member=member)))
    assert found == {
        "id": "LEE2",
        "name": "Ann L.",
        "telephone1": "555 0112",
        "mail_to": {"country": "United States"},
    }


def test_a_country_that_does_not_fit_leaves_a_member_without_address(us: Desk) -> None:
    member = Member.model_validate({"id": 5, "country": {"id": 1, "name": "Nowhere " * 9}})
    found = made(us, Need("vendor", "LEE2", party=ANN), Drawer(of_member=member))
    assert "mail_to" not in body(found)
    assert codes(found) == ["BATCH_FIELD_LEFT_OUT"]


# -- items -----------------------------------------------------------------------------------


def test_an_item_without_catalog_has_what_its_rows_say_and_no_price(us: Desk) -> None:
    item = SourceItem("CABLE", cost=Decimal("1.25"), sales_account="4000", unit="each")
    found = body(made(us, Need("item", "CABLE", item=item, item_class="description_only")))
    assert found == {
        "id": "CABLE",
        "description": "CABLE",
        "class": "description_only",
        "unit_of_measure": "each",
        "sales_account_id": "4000",
    }


def test_an_item_is_taxed_as_its_catalog_says(us: Desk) -> None:
    item = SourceItem("CABLE", catalog_id=900, sales_account="4000")
    need = Need("item", "CABLE", item=item, item_class="description_only")
    exempt = Drawer(of_item=CatalogItem(taxable_flag=False))
    assert body(made(us, need, exempt))["tax_type"] == 2
    assert "tax_type" not in body(made(us, need))


def test_a_uk_product_has_no_accounts_of_its_rows(uk: Desk) -> None:
    item = SourceItem("CABLE", price=Decimal("4.5"), sales_account="9999")
    found = made(uk, Need("item", "CABLE", item=item, item_class="stock"))
    assert body(found) == {
        "id": "CABLE",
        "description": "CABLE",
        "class": "stock",
        "sales_price": "4.5",
    }
    assert codes(found) == []


# -- what is kept of answers -----------------------------------------------------------------


def test_beyond_its_bound_every_record_is_asked_for_again() -> None:
    drawer = Drawer()
    cached = CachedDirectory(drawer)
    for company in range(directories.KEPT + 1):
        cached.company(company)
    before = drawer.asked
    cached.company(0)
    assert drawer.asked == before
    cached.company(directories.KEPT)
    assert drawer.asked == before + 1


def a_memo() -> SourceDocument:
    entry = given_by.credit("2001", "50.00", given_by.service(1, "50.00"))
    [reading] = Reader().read(given_by.parsed(transactions=[entry]))
    assert reading.document is not None
    return reading.document


@pytest.mark.parametrize(
    ("invoice", "applied"),
    [
        (Invoice(id=1001, invoice_number="1001", credits=Decimal(20)), (Applied("1001", 2000),)),
        (Invoice(id=1001, credits=Decimal(20)), ()),
        (Invoice(id=2001, invoice_number="2001", credits=Decimal(20)), ()),
        (Invoice(invoice_number="1001", credits=Decimal(20)), ()),
        (Invoice(id=1001, invoice_number="1001"), ()),
    ],
)
def test_a_credit_memo_pays_only_credited_invoices_of_a_number_other_than_itself(
    invoice: Invoice, applied: tuple[Applied, ...]
) -> None:
    payment = InvoicePayment.model_validate({"credit": {"id": 2001}, "amount": Decimal(-20)})
    drawer = Drawer(credited=(invoice,), paid=(payment,))
    assert with_applications(a_memo(), drawer).applied == applied


def test_an_invoice_that_other_credits_paid_is_not_paid_by_this_one() -> None:
    invoice = Invoice(id=1001, invoice_number="1001", credits=Decimal(20))
    payment = InvoicePayment.model_validate({"credit": {"id": 9}, "amount": Decimal(20)})
    drawer = Drawer(credited=(invoice,), paid=(payment, InvoicePayment(amount=Decimal(5))))
    assert with_applications(a_memo(), drawer).applied == ()
