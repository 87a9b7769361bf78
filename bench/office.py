"""The installation that the benchmarks of the hub use: UK companies that pushes are linked to."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from bench.load import MARK
from clary.companies.sandbox import SandboxCompany
from clary.hub.installation import Installation
from clary.hub.services.keys import add_key
from clary.hub.services.push_companies import CompanyAsked, create_push_company
from clary.hub.services.push_connections import create_push_connection, link_push_connection
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.kernel.change import Body
from clary.kernel.settings import read

BOOKS: Final = "north"
"""Name of the company in the installation."""

KIND: Final = "invoices"
LISTS: Final[tuple[tuple[str, Body], ...]] = (
    ("department", {"id": "7", "name": "North"}),
    ("customer", {"id": "ACME", "name": "Acme Ltd"}),
)
DOCUMENT: Final[Mapping[str, Any]] = {
    "customerRef": {"id": "ACME"},
    "invoiceNumber": MARK,
    "issueDate": "2026-03-01T00:00:00",
    "dueDate": "2026-03-31T00:00:00",
    "currency": "GBP",
    "note": "Thank you",
    "totalAmount": 204.0,
    "totalTaxAmount": 34.0,
    "subTotal": 170.0,
    "amountDue": 204.0,
    "status": "Submitted",
    "lineItems": [
        {
            "description": "Work",
            "unitAmount": 60.0,
            "quantity": 2.0,
            "taxAmount": 24.0,
            "accountRef": {"id": "4000"},
            "taxRateRef": {"id": "1"},
            "trackingCategoryRefs": [{"id": "department_7"}],
        },
        {
            "description": "Travel",
            "unitAmount": 50.0,
            "quantity": 1.0,
            "taxAmount": 10.0,
            "accountRef": {"id": "4000"},
            "taxRateRef": {"id": "1"},
        },
    ],
}
"""An invoice of two lines; `MARK` stands for its number."""

TEXT: Final = json.dumps(DOCUMENT)


@dataclass(frozen=True, slots=True)
class Office:
    """An installation with one company that a company of the API is linked to.

    Attributes:
        environment: what a process of it needs to know.
        installation: the installation.
        company: id of the company of the API.
        connection: id of its connection.
        key: an API key as the header holds it.
    """

    environment: Mapping[str, str]
    installation: Installation
    company: str
    connection: str
    key: str

    @property
    def path(self) -> str:
        """The path that invoices are pushed to."""
        way = f"/accounting/companies/{self.company}/connections/{self.connection}"
        return f"{way}/push/{KIND}"


def document(number: int) -> str:
    """Return the text of an invoice."""
    return TEXT.replace(MARK, f"{number:08}")


def fill(installation: Installation, name: str) -> None:
    """Make a sandbox company with what the document refers to."""
    start = date(2026, 1, 1)
    create_sandbox(installation, NewSandbox(name, "uk", users="multi", fiscal_year_start=start))
    with SandboxCompany(installation.sandbox_file(name)).session(write=True) as session:
        for kind, body in LISTS:
            session.create(kind, dict(body))


@contextmanager
def office(home: Path, database_url: str = "") -> Iterator[Office]:
    """Make an installation in a folder and give it; on SQLite unless a URL is given."""
    environment = {**os.environ, "CLARY_HOME": str(home), "CLARY_SECRETS": "file"}
    if database_url:
        environment["CLARY_DATABASE_URL"] = database_url
    with Installation(read(environment)) as installation:
        fill(installation, BOOKS)
        company = create_push_company(installation, CompanyAsked("North")).id
        made = create_push_connection(installation, company, "hbql").connection.id
        link_push_connection(installation, company, made, BOOKS)
        key = add_key(installation, "bench").key or ""
        encoded = base64.b64encode(key.encode()).decode()
        yield Office(environment, installation, company, made, encoded)
