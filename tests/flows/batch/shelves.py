"""Small books of both editions to map into, and what a batch sees of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from clary.apps.connectwise.shapes import GLExport
from clary.companies.contract import Query, Session
from clary.companies.sandbox import SandboxCompany, create
from clary.companies.sandbox.values import set_values
from clary.flows.batch import documents_uk, documents_us
from clary.flows.batch.drafts import Draft
from clary.flows.batch.mapping import BatchMapping
from clary.flows.batch.overrides import MappingKind, Overrides
from clary.flows.batch.reading import Reader, Waiting
from clary.flows.batch.settings import BatchSettings
from clary.flows.rehearsal.rehearsal import Rehearsal, Rehearsed
from clary.kernel.change import Body
from clary.ledger.fields import EditionName

ACCOUNTS = {
    "1020": "cash",
    "1100": "accounts_receivable",
    "1200": "inventory",
    "2000": "accounts_payable",
    "2310": "other_current_liabilities",
    "2320": "other_current_liabilities",
    "3900": "retained_earnings",
    "4000": "income",
    "4100": "income",
    "4100-10": "income",
    "4900": "income",
    "5000": "cost_of_sales",
    "6000": "expenses",
    "6900": "expenses",
}
AGENCIES = [
    {"id": "STATE", "rate": "6", "account_id": "2310"},
    {"id": "CITY", "rate": "1.25", "account_id": "2320"},
]
STOCK: Body = {
    "class": "stock",
    "cost_method": "average",
    "sales_account_id": "4000",
    "inventory_account_id": "1200",
    "cost_account_id": "5000",
}
WORK: Body = {
    "class": "service",
    "tax_type": 2,
    "sales_account_id": "4100",
    "inventory_account_id": "6000",
    "cost_account_id": "5000",
}
DEFAULTS = {
    "accounts_receivable": "1100",
    "accounts_payable": "2000",
    "sales": "4100",
    "purchases": "6000",
    "freight": "4900",
}


def make_us(path: Path) -> Path:
    create(path, name="Service business", edition="us", fiscal_year_start=date(2026, 1, 1))
    set_values(path, defaults=json.dumps(DEFAULTS))
    with SandboxCompany(path).session(write=True) as session:
        for account_id, kind in ACCOUNTS.items():
            session.create("account", {"id": account_id, "name": account_id, "type": kind})
        session.create("tax_code", {"id": "TAX", "agencies": [dict(each) for each in AGENCIES]})
        session.create("tax_code", {"id": "STATE6", "agencies": [dict(AGENCIES[0])]})
        for key, name in (("ACME", "Acme Machine Works"), ("NORTHWIND", "Northwind Traders")):
            session.create("customer", {"id": key, "name": name})
        session.create("customer", {"id": "TAXED", "name": "Taxed", "tax_code_id": "TAX"})
        session.create("vendor", {"id": "SUPPLY", "name": "Widgets Wholesale", "due_days": 20})
        session.create("vendor", {"id": "LEE", "name": "Ann Lee"})
        session.create("item", {"id": "WIDGET", "description": "A widget", **STOCK})
        session.create("item", {"id": "HOUR", "description": "An hour", **WORK})
        session.create(
            "purchase",
            {
                "vendor_id": "SUPPLY",
                "date": "2026-01-05",
                "lines": [{"item_id": "WIDGET", "quantity": "100", "unit_price": "5"}],
            },
        )
    return path


def make_uk(path: Path) -> Path:
    create(path, name="Service business", edition="uk", fiscal_year_start=date(2026, 1, 1))
    set_values(path, foreign_trader="1")
    with SandboxCompany(path).session(write=True) as session:
        session.create("currency", {"id": "EUR", "name": "Euro", "rate": "1.173"})
        session.create("department", {"id": "3", "name": "Oakham"})
        session.create("account", {"id": "7400", "name": "Travel"})
        for key, name in (("ACME", "Acme Machine Works"), ("NORTHWIN", "Northwind Traders")):
            session.create("customer", {"id": key, "name": name})
        session.create("customer", {"id": "EUROPE", "name": "Europe", "currency": "EUR"})
        for key in ("SUPPLY", "LEE"):
            session.create("vendor", {"id": key, "name": key})
        session.create("item", {"id": "WIDGET", "description": "A widget", "class": "stock"})
    return path


@dataclass(frozen=True, slots=True)
class SessionLists:
    """Lists what a company has, for suggestions."""

    session: Session

    def listed(self, record_type: str) -> Iterable[tuple[str, str]]:
        name = "description" if record_type in ("item", "tax_code") else "name"
        for body in self.session.read(record_type, Query(fields=("id", name))):
            yield str(body["id"]), str(body.get(name) or "")


@dataclass(slots=True)
class Desk:
    """Books that documents are drafted into and tried against, without writing anything."""

    session: Session
    rehearsal: Rehearsal
    edition: EditionName
    settings: BatchSettings
    overrides: dict[tuple[MappingKind, str], str]
    computes_tax: frozenset[str] = frozenset()

    def mapping(self) -> BatchMapping:
        return BatchMapping(
            self.rehearsal.books,
            Overrides(
                {(kind, source.casefold()): t for (kind, source), t in self.overrides.items()}
            ),
            self.settings,
            SessionLists(self.session),
            computes_tax=self.computes_tax,
        )

    def draft(self, export: GLExport, waiting: Waiting | None = None) -> Draft:
        """Return the draft of the one document of an export."""
        [reading] = Reader().read(export, waiting or Waiting())
        assert reading.document is not None, reading.findings
        draft = documents_us.draft if self.edition == "us" else documents_uk.draft
        return draft(reading.document, self.mapping())

    def tried(self, draft: Draft) -> Rehearsed:
        """Return what the books' own rules say of a draft; it must pass them."""
        assert draft.body is not None, draft.findings
        [done] = self.rehearsal.post_many([(draft.record_type, draft.body)], keep=False)
        assert done.passed, done.findings
        return done


@contextmanager
def desk(path: Path, settings: BatchSettings | None = None) -> Iterator[Desk]:
    company = SandboxCompany(path)
    info = company.info()
    with company.session() as session, Rehearsal(session, info) as rehearsal:
        yield Desk(session, rehearsal, info.edition, settings or BatchSettings(), {})
