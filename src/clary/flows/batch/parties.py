"""The customers and vendors that an export names, each found once for all its documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from clary.apps.connectwise import menus
from clary.apps.connectwise.shapes import (
    CurrencyReference,
    ExportCustomer,
    ExportExpense,
    ExportExpenseBill,
    ExportPurchase,
    ExportTransaction,
    ExportVendor,
    GLExport,
    Reference,
)
from clary.flows.batch import reading_problems as codes
from clary.flows.batch.source import SourceParty
from clary.flows.batch.values import Values

ACCOUNT_NUMBER = ("account number", menus.ACCOUNT_NUMBER)
VENDOR_XREF = ("vendor xref", menus.VENDOR_XREF)
VENDOR_NUMBER = ("vendor number", menus.VENDOR_NUMBER)


@dataclass(slots=True)
class Owners:
    """Whose an account number or vendor xref is; one that two companies have is nobody's.

    It outlives one export, so that two companies are noticed wherever they turn up.
    """

    names: dict[tuple[str, str], dict[int, str]] = field(default_factory=dict)

    def learn(self, label: str, key: str, company: Reference | None) -> None:
        """Note that `company` has `key`; `label` says as what (account number, vendor xref)."""
        plain = key.strip().casefold()
        if company is not None and company.id is not None and plain:
            self.names.setdefault((label, plain), {})[company.id] = company.shown

    def others(self, label: str, key: str) -> tuple[str, ...]:
        """Return the companies that share `key`, none where it is one company's alone."""
        found = self.names.get((label, key.casefold()), {})
        return tuple(sorted(found.values())) if len(found) > 1 else ()


class Parties:
    """The parties of one export."""

    def __init__(self, export: GLExport, owners: Owners) -> None:
        """Note the parties that `export` names, and in `owners` whose numbers they have."""
        self._owners = owners
        self._customers: dict[tuple[str, int | None], SourceParty] = {}
        self._vendors: dict[tuple[str, int | None], SourceParty] = {}
        self._listed_customers = _by_number(export.customers or ())
        self._listed_vendors = {
            each.vendor_number.strip(): each for each in export.vendors or () if each.vendor_number
        }
        self._learn(export)

    def _learn(self, export: GLExport) -> None:
        for customer in export.customers or ():
            self._owners.learn(ACCOUNT_NUMBER[0], customer.account_number or "", customer.company)
        for document in export.transactions or ():
            self._owners.learn(
                ACCOUNT_NUMBER[0],
                document.company_account_number or "",
                document.company,
            )
        for purchase in export.purchase_transactions or ():
            self._owners.learn(VENDOR_XREF[0], vendor_key(purchase), purchase.company)

    def customer(self, entry: ExportTransaction, values: Values) -> SourceParty | None:
        """Return the customer of an invoice, or note why there is none."""
        key = values.key(entry.company_account_number, "companyAccountNumber")
        if not self._usable(key, entry.company, ACCOUNT_NUMBER, values, "companyAccountNumber"):
            return None
        place = (key, entry.company.id if entry.company else None)
        found = self._customers.get(place)
        if found is None:
            listed = self._listed_customers.get(key)
            found = self._customers[place] = _customer(key, entry, listed)
        return found

    def vendor(self, entry: ExportPurchase, values: Values) -> SourceParty | None:
        """Return the vendor of a purchase, or note why there is none."""
        key = values.key(vendor_key(entry), "vendorNumber")
        if not self._usable(key, entry.company, VENDOR_XREF, values, "vendorNumber"):
            return None
        place = (key, entry.company.id if entry.company else None)
        found = self._vendors.get(place)
        if found is None:
            listed = self._listed_vendors.get(key)
            found = self._vendors[place] = _vendor(key, entry, listed)
        return found

    def member(
        self, entry: ExportExpenseBill | ExportExpense, values: Values
    ) -> SourceParty | None:
        """Return the member of an expense, as a vendor, or note why there is none."""
        key = values.key(entry.vendor_number, "vendorNumber")
        member = entry.member
        if not self._usable(key, member, VENDOR_NUMBER, values, "vendorNumber"):
            return None
        place = (key, member.id if member else None)
        found = self._vendors.get(place)
        if found is None:
            found = self._vendors[place] = SourceParty(
                key=key,
                name=(member.name or member.identifier or "") if member else "",
                member_id=member.id if member else None,
            )
        return found

    def _usable(
        self,
        key: str,
        owner: Reference | None,
        words: tuple[str, str],
        values: Values,
        where: str,
    ) -> bool:
        label, place = words
        if not key:
            name = (owner.name or owner.shown if owner else "") or "The party"
            values.problems.error(codes.PARTY_MISSING, where, name=name, label=label, place=place)
            return False
        others = self._owners.others(label, key)
        if others:
            values.problems.error(
                codes.PARTY_AMBIGUOUS,
                where,
                label=label,
                value=key,
                companies=", ".join(others[:5]),
            )
        return not others

    @staticmethod
    def currency(reference: CurrencyReference | None) -> str:
        """Return an ISO currency code, empty where none is stated."""
        if reference is None:
            return ""
        return (reference.currency_code or reference.identifier or "").strip().upper()


def vendor_key(entry: ExportPurchase) -> str:
    """Return the vendor xref of a purchase, empty where it has none."""
    return (entry.vendor_number or "").strip()


def _by_number(listed: Iterable[ExportCustomer]) -> Mapping[str, ExportCustomer]:
    return {each.account_number.strip(): each for each in listed if each.account_number}


def _customer(key: str, entry: ExportTransaction, listed: ExportCustomer | None) -> SourceParty:
    company = entry.company
    source = listed or ExportCustomer()
    levels = sorted(source.tax_levels or (), key=lambda level: level.tax_level or 0)
    terms = source.billing_terms or entry.billing_terms
    return SourceParty(
        key=key,
        name=(company.name or company.shown) if company else "",
        company_id=company.id if company else None,
        site_id=_id(source.site or entry.site),
        contact_id=_id(source.contact),
        terms=terms.name if terms else None,
        due_days=source.due_days if source.due_days is not None else entry.due_days,
        tax_code=source.tax_code.shown if source.tax_code else None,
        tax_xrefs=tuple(level.tax_code_xref for level in levels if level.tax_code_xref),
        tax_agencies=tuple(
            (level.tax_level, level.agency_xref)
            for level in levels
            if level.tax_level is not None and level.agency_xref
        ),
        currency=Parties.currency(source.currency or entry.currency) or None,
    )


def _vendor(key: str, entry: ExportPurchase, listed: ExportVendor | None) -> SourceParty:
    company = entry.company
    source = listed or ExportVendor()
    terms = source.billing_terms or entry.billing_terms
    return SourceParty(
        key=key,
        name=(company.name or company.shown) if company else "",
        company_id=company.id if company else None,
        site_id=_id(source.site),
        contact_id=_id(source.contact),
        terms=terms.name if terms else None,
        due_days=source.due_days if source.due_days is not None else entry.due_days,
        tax_code=source.tax_code.shown if source.tax_code else None,
        currency=Parties.currency(entry.currency) or None,
    )


def _id(reference: Reference | None) -> int | None:
    return reference.id if reference else None
