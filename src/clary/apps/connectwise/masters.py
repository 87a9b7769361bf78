"""What documents point to, and how the site is set up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from clary.apps.connectwise.conditions import equal
from clary.apps.connectwise.problems import NOT_FOUND, RIGHT_MISSING
from clary.apps.connectwise.reading import Reader
from clary.apps.connectwise.shapes import (
    AccountingPackageSetup,
    BillingTerm,
    CatalogItem,
    Company,
    CompanySite,
    Contact,
    GLAccount,
    GLCaption,
    GLPath,
    Location,
    Member,
    ProductType,
    TaxCode,
    TaxCodeLevel,
)
from clary.kernel.errors import ClaryError


class Masters(Reader):
    """Companies, members, catalog, tax codes and set-up of a site."""

    def company(self, company: int) -> Company:
        """Return a company."""
        return self.one(Company, f"/company/companies/{company}")

    def companies(
        self, conditions: str = "", *, child_conditions: str = "", fields: Sequence[str] = ()
    ) -> Iterator[Company]:
        """Yield companies."""
        return self.many(
            Company,
            "/company/companies",
            conditions,
            child_conditions=child_conditions,
            fields=fields,
        )

    def company_sites(self, company: int) -> Iterator[CompanySite]:
        """Yield the addresses of a company."""
        return self.many(CompanySite, f"/company/companies/{company}/sites")

    def company_site(self, company: int, site: int) -> CompanySite:
        """Return one address of a company."""
        return self.one(CompanySite, f"/company/companies/{company}/sites/{site}")

    def contact(self, contact: int) -> Contact:
        """Return a person at a company."""
        return self.one(Contact, f"/company/contacts/{contact}")

    def member(self, member: int) -> Member:
        """Return a member of the service company."""
        return self.one(Member, f"/system/members/{member}")

    def members(self, conditions: str = "") -> Iterator[Member]:
        """Yield members of the service company."""
        return self.many(Member, "/system/members", conditions)

    def catalog_item(self, item: int) -> CatalogItem:
        """Return a product."""
        return self.one(CatalogItem, f"/procurement/catalog/{item}")

    def catalog_items(self, conditions: str = "") -> Iterator[CatalogItem]:
        """Yield products."""
        return self.many(CatalogItem, "/procurement/catalog", conditions)

    def catalog_item_named(self, identifier: str) -> CatalogItem | None:
        """Return the product with an id as documents show it, or none."""
        return next(self.catalog_items(equal("identifier", identifier)), None)

    def product_types(self) -> Iterator[ProductType]:
        """Yield the product types."""
        return self.many(ProductType, "/procurement/types")

    def billing_terms(self) -> Iterator[BillingTerm]:
        """Yield the terms of payment."""
        return self.many(BillingTerm, "/finance/billingTerms")

    def tax_codes(self, conditions: str = "") -> Iterator[TaxCode]:
        """Yield the tax codes."""
        return self.many(TaxCode, "/finance/taxCodes", conditions)

    def tax_code_levels(self, tax_code: int) -> Iterator[TaxCodeLevel]:
        """Yield the levels of a tax code: rates and agencies."""
        return self.many(TaxCodeLevel, f"/finance/taxCodes/{tax_code}/taxCodeLevels")

    def locations(self) -> Iterator[Location]:
        """Yield the locations of the service company."""
        return self.many(Location, "/system/locations")

    def package_setup(self) -> AccountingPackageSetup | None:
        """Return how the site exports, or none where it was never set up."""
        return next(self.many(AccountingPackageSetup, "/finance/accountingPackageSetup"), None)

    def gl_accounts(self, conditions: str = "") -> Iterator[GLAccount]:
        """Yield the accounts of the GL mapping."""
        return self.many(GLAccount, "/finance/glAccounts", conditions)

    def gl_captions(self) -> GLCaption | None:
        """Return what the account segments are called, or none where none is set up."""
        return next(self.many(GLCaption, "/finance/glCaptions"), None)

    def gl_paths(self) -> Iterator[GLPath]:
        """Yield the GL set-up of the locations."""
        return self.many(GLPath, "/finance/glpaths")

    def mark(self) -> str:
        """Return what tells this site from every other one, or empty where that is not seen.

        ConnectWise has no id of a site. Each record has a GUID of its own, so that of the
        first company says it: the service company itself, which came with the site. A site
        that moves, or is restored, keeps it.

        Raises:
            ClaryError: the site cannot be read; that the member may not see companies is
                no error.
        """
        try:
            first = next(self.companies(fields=("id", "mobileGuid")), None)
        except ClaryError as error:
            if error.code in (RIGHT_MISSING.name, NOT_FOUND.name):
                return ""
            raise
        return (first.mobile_guid or "") if first is not None else ""

    def site_version(self) -> str:
        """Return the version of ConnectWise; a call that any member may make."""
        answer = self.client.get("/system/info")
        version = answer.get("version") if isinstance(answer, Mapping) else None
        return str(version or "")
