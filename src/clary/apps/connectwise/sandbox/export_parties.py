"""The customers and vendors of an export: references and terms, never an address."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from clary.apps.connectwise.sandbox.chart import Chart
from clary.apps.connectwise.sandbox.export_parts import PERCENT, company, rate, reference, rows
from clary.apps.connectwise.sandbox.listing import Body
from clary.apps.connectwise.sandbox.wire import Raw

_COMPANIES = (
    "SELECT c.id, c.identifier, c.name, c.accountNumber AS account, "
    "c.vendorIdentifier AS vendor, json_extract(c.body, '$.types[0].id') AS type_id, "
    "json_extract(c.body, '$.types[0].name') AS type_name, "
    "json_extract(c.body, '$.billingContact.id') AS contact_id, "
    "json_extract(c.body, '$.billingContact.name') AS contact, "
    "json_extract(c.body, '$.billingSite.id') AS site_id, "
    "json_extract(c.body, '$.billingSite.name') AS site, t.id AS terms_id, t.name AS terms, "
    "t.termsXref AS terms_xref, t.dueDays AS due_days, x.id AS tax_id, x.identifier AS tax_code, "
    "json_extract(c.body, '$.currency.id') AS currency_id "
    "FROM company c "
    "LEFT JOIN billing_term t ON t.id = json_extract(c.body, '$.billingTerms.id') "
    "LEFT JOIN tax_code x ON x.id = json_extract(c.body, '$.taxCode.id') "
    "WHERE c.id IN (SELECT value FROM json_each(?)) ORDER BY c.id"
)
_MEMBERS = (
    "SELECT m.id, m.identifier, m.firstName || ' ' || m.lastName AS name, m.vendorNumber AS vendor "
    "FROM member m WHERE m.id IN (SELECT value FROM json_each(?)) ORDER BY m.id"
)
_NAMES = {1: "state", 2: "county", 3: "city", 4: "country", 5: "composite"}


def customers(
    connection: sqlite3.Connection, chart: Chart, currencies: dict[int, Raw], ids: Iterable[int]
) -> Iterator[Body]:
    """Yield the customers with these company ids."""
    for row in rows(connection, _COMPANIES, (_listed(ids),)):
        levels = chart.levels(row["tax_id"])
        made: Body = {
            **_company(row),
            "accountNumber": row["account"],
            "billingTermsXref": row["terms_xref"],
            "taxable": bool(levels),
            "currency": currencies.get(row["currency_id"]),
            "taxGroupRate": rate(sum(level.rate for level in levels), PERCENT),
        }
        for level in levels:
            name = _NAMES.get(level.level)
            if name:
                made[f"{name}TaxXref"] = level.xref
                made[f"{name}TaxRate"] = rate(level.rate, PERCENT)
                made[f"{name}TaxAgencyXref"] = level.agency
        made["taxAgencyXref"] = levels[0].agency if levels else None
        made["taxLevels"] = [
            {
                "taxRate": rate(level.rate, PERCENT),
                "taxCodeXref": level.xref,
                "agencyXref": level.agency,
                "taxLevel": level.level,
            }
            for level in levels
        ]
        yield made


def vendors(
    connection: sqlite3.Connection, companies: Iterable[int], members: Iterable[int]
) -> Iterator[Body]:
    """Yield the vendor companies, and the members who are owed expenses."""
    for row in rows(connection, _COMPANIES, (_listed(companies),)):
        made = _company(row)
        named = made.pop("company")
        made.pop("companyType")
        yield {
            **made,
            "vendor": named,
            "vendorNumber": row["vendor"],
            "accountNumber": row["account"],
        }
    for row in rows(connection, _MEMBERS, (_listed(members),)):
        yield {
            "member": company(row["id"], row["identifier"], row["name"]),
            "vendorNumber": row["vendor"],
        }


def _company(row: dict[str, Any]) -> Body:
    return {
        "company": company(row["id"], row["identifier"], row["name"]),
        "companyType": reference(row["type_id"], row["type_name"]),
        "contact": reference(row["contact_id"], row["contact"]),
        "site": reference(row["site_id"], row["site"]),
        "billingTerms": reference(row["terms_id"], row["terms"]),
        "dueDays": row["due_days"],
        "taxCode": reference(row["tax_id"], row["tax_code"]),
    }


def _listed(ids: Iterable[int]) -> str:
    return "[" + ",".join(str(each) for each in ids) + "]"
