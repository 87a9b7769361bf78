"""Where the details of parties and products are fetched, each once.

Documents carry only ids and names; addresses, telephone numbers, e-mail addresses and
descriptions cost one call each.  They are fetched for what has to be created and kept
for the plan, up to a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar, cast

from clary.apps.connectwise.shapes import (
    CatalogItem,
    Company,
    CompanySite,
    Contact,
    Invoice,
    InvoicePayment,
    Member,
)
from clary.flows.batch.kinds import DocumentKind
from clary.flows.batch.source import Applied, SourceDocument
from clary.kernel.errors import Rejected
from clary.kernel.money import round_half_up, to_minor

KEPT = 20_000
"""Most answers that are kept; beyond that every one is fetched again."""

Answer = TypeVar("Answer")


class Directory(Protocol):
    """Gives single records of ConnectWise; each call raises what the app's calls raise."""

    def company(self, company: int) -> Company:
        """Return a company."""
        ...

    def company_site(self, company: int, site: int) -> CompanySite:
        """Return one address of a company."""
        ...

    def contact(self, contact: int) -> Contact:
        """Return a person at a company."""
        ...

    def member(self, member: int) -> Member:
        """Return a member of the service company."""
        ...

    def catalog_item(self, item: int) -> CatalogItem:
        """Return a product."""
        ...

    def invoices(self, conditions: str = "") -> Iterable[Invoice]:
        """Return invoices."""
        ...

    def payments(self, invoice: int) -> Iterable[InvoicePayment]:
        """Return the payments and credits of an invoice."""
        ...


@dataclass(slots=True)
class CachedDirectory:
    """A directory that asks for each record once."""

    directory: Directory
    _kept: dict[Hashable, object] = field(default_factory=dict)

    def company(self, company: int) -> Company:
        """Return a company."""
        return self._once(("company", company), lambda: self.directory.company(company))

    def company_site(self, company: int, site: int) -> CompanySite:
        """Return one address of a company."""
        key = ("site", company, site)
        return self._once(key, lambda: self.directory.company_site(company, site))

    def contact(self, contact: int) -> Contact:
        """Return a person at a company."""
        return self._once(("contact", contact), lambda: self.directory.contact(contact))

    def member(self, member: int) -> Member:
        """Return a member of the service company."""
        return self._once(("member", member), lambda: self.directory.member(member))

    def catalog_item(self, item: int) -> CatalogItem:
        """Return a product."""
        return self._once(("item", item), lambda: self.directory.catalog_item(item))

    def invoices(self, conditions: str = "") -> Iterable[Invoice]:
        """Return the invoices that something was credited to."""
        key = ("invoices", conditions)
        return self._once(
            key, lambda: [each for each in self.directory.invoices(conditions) if each.credits]
        )

    def payments(self, invoice: int) -> Iterable[InvoicePayment]:
        """Return the payments and credits of an invoice."""
        return self._once(("payments", invoice), lambda: [*self.directory.payments(invoice)])

    def _once(self, key: Hashable, fetch: Callable[[], Answer]) -> Answer:
        if key not in self._kept:
            if len(self._kept) >= KEPT:
                return fetch()
            self._kept[key] = fetch()
        return cast("Answer", self._kept[key])


def with_applications(document: SourceDocument, directory: Directory) -> SourceDocument:
    """Return a credit memo with the invoices it pays, where ConnectWise says which.

    A credit memo that was applied stands as the credit of a payment of an invoice, so the
    payments of the customer's credited invoices are looked through.  Documents of other
    kinds are returned as they are.

    Raises:
        ClaryError: ConnectWise cannot be asked.
    """
    party = document.party
    if document.kind is not DocumentKind.CREDIT_MEMO or party is None or party.company_id is None:
        return document
    memo = int(document.id.partition(":")[2])
    applied: dict[str, int] = {}
    for invoice in _credited(party.company_id, directory):
        if invoice.id in (None, memo) or not invoice.credits or not invoice.invoice_number:
            continue
        paid = _paid_by(memo, directory.payments(invoice.id))
        if paid:
            applied[invoice.invoice_number] = applied.get(invoice.invoice_number, 0) + paid
    return replace(
        document, applied=tuple(Applied(number, amount) for number, amount in applied.items())
    )


def _credited(company: int, directory: Directory) -> Iterable[Invoice]:
    """Return the invoices of a company that something was credited to.

    Whether every site filters by `credits` is not documented: one that refuses is asked
    for all invoices of the company.
    """
    of_company = f"billToCompany/id = {company}"
    try:
        return list(directory.invoices(f"{of_company} and credits != 0"))
    except Rejected:
        return directory.invoices(of_company)


def _paid_by(memo: int, payments: Iterable[InvoicePayment]) -> int:
    """Return what a credit memo pays of an invoice, in minor units."""
    amounts = [
        payment.amount
        for payment in payments
        if payment.credit is not None and payment.credit.id == memo and payment.amount
    ]
    return sum(to_minor(round_half_up(abs(amount))) for amount in amounts)
