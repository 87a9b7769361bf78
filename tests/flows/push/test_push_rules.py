"""Every rule of the ten UK types, one line each: enforced by property, and told by the options.

Both come from one declaration; this table holds that no rule is missing from either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from clary.flows.push import options
from clary.flows.push.types import type_at
from tests.flows.push.documents import UK_DOCUMENTS
from tests.flows.push.shelf import changed, take, told, uk_shelf, without

MISSING = object()
"""Stands for a property that is left out."""


class Rule(NamedTuple):
    """A rule: what breaks it, where that is told, and what the options say of it."""

    path: str
    place: str
    value: object
    option: str
    says: object
    told_at: str = ""


def required(path: str, *places: str) -> list[Rule]:
    """Return the rules that these properties must be stated."""
    return [Rule(path, place, MISSING, generic(place), True) for place in places]


def longest(path: str, place: str, length: int) -> Rule:
    """Return the rule that a property has so many characters at most."""
    return Rule(path, place, "A" * (length + 1), generic(place), length)


def generic(place: str) -> str:
    """Return where the options have a property: without positions in lists."""
    return ".".join(step for step in place.split(".") if not step.isdecimal())


BANK, PARTY = "existing bank account", "ID of an existing"
LINE = "lineItems.0"
COST = UK_DOCUMENTS["directCosts"]["lineItems"][0]
RULES = [
    *required("customers", "id", "customerName", "addresses.0.line1", "addresses.0.countryCode"),
    longest("customers", "id", 8),
    longest("customers", "customerName", 60),
    longest("customers", "contactName", 30),
    longest("customers", "emailAddress", 255),
    longest("customers", "phone", 30),
    longest("customers", "taxNumber", 20),
    Rule("customers", "id", "A B", "id", "hold no spaces"),
    Rule("customers", "status", "Gone", "status", ["Active", "Archived"]),
    Rule("customers", "addresses.0.countryCode", "QQ", "addresses.countryCode", "ISO 3166"),
    Rule("customers", "addresses.0.type", "Billing", "addresses.type", ["Delivery", "Unknown"]),
    Rule("customers", "addresses", [{}, {}], "addresses", "one address"),
    *required("suppliers", "id", "supplierName", "addresses.0.line1"),
    longest("suppliers", "id", 8),
    longest("suppliers", "supplierName", 60),
    longest("suppliers", "contactName", 30),
    Rule("suppliers", "id", "A B", "id", "hold no spaces"),
    Rule("suppliers", "status", "Archived", "status", ["Active"]),
    Rule("suppliers", "addresses.0.type", "Delivery", "addresses.type", ["Unknown"]),
    Rule("suppliers", "addresses", [{}, {}], "addresses", "one address"),
    *required(
        "invoices",
        *("customerRef", "customerRef.id", "invoiceNumber", "currency", "lineItems"),
        *(f"{LINE}.accountRef", f"{LINE}.accountRef.id", f"{LINE}.taxRateRef.id"),
    ),
    longest("invoices", "customerRef.id", 8),
    longest("invoices", "note", 60),
    Rule("invoices", "customerRef.id", "NOBODY", "customerRef.id", PARTY),
    Rule("invoices", "currency", "EUR", "currency", "default currency of the customer"),
    Rule("invoices", "status", "Draft", "status", ["Submitted"]),
    Rule("invoices", f"{LINE}.accountRef.id", "none", "lineItems.accountRef.id", PARTY),
    Rule("invoices", f"{LINE}.accountRef.id", "1200", "lineItems.accountRef.id", "not be a bank"),
    Rule("invoices", f"{LINE}.taxRateRef.id", "none", "lineItems.taxRateRef.id", PARTY),
    *required("creditNotes", "creditNoteNumber", "customerRef.id", "lineItems"),
    *required("creditNotes", f"{LINE}.accountRef.id", f"{LINE}.taxRateRef.id"),
    longest("creditNotes", "customerRef.id", 8),
    longest("creditNotes", "note", 60),
    Rule("creditNotes", "status", "Paid", "status", ["Submitted"]),
    Rule("creditNotes", f"{LINE}.accountRef.id", "none", "lineItems.accountRef.id", PARTY),
    Rule("creditNotes", f"{LINE}.taxRateRef.id", "none", "lineItems.taxRateRef.id", PARTY),
    *required("bills", "issueDate", "dueDate", "currency", "supplierRef.id", "lineItems"),
    *required("bills", *(f"{LINE}.{name}" for name in ("description", "taxAmount"))),
    *required("bills", *(f"{LINE}.{name}" for name in ("totalAmount", "accountRef.id"))),
    *required("bills", f"{LINE}.taxRateRef.id"),
    longest("bills", "supplierRef.id", 8),
    longest("bills", "reference", 30),
    longest("bills", "note", 60),
    longest("bills", f"{LINE}.description", 60),
    Rule("bills", "currency", "EUR", "currency", "default currency of the supplier"),
    Rule("bills", "status", "Paid", "status", ["Open"]),
    Rule("bills", "supplierRef.id", "NOBODY", "supplierRef.id", PARTY),
    *required("billCreditNotes", "supplierRef.id", "issueDate", "billCreditNoteNumber"),
    *required("billCreditNotes", "currency", "status", "lineItems", f"{LINE}.description"),
    *required("billCreditNotes", f"{LINE}.taxAmount", f"{LINE}.totalAmount"),
    *required("billCreditNotes", f"{LINE}.accountRef.id", f"{LINE}.taxRateRef.id"),
    longest("billCreditNotes", "supplierRef.id", 8),
    longest("billCreditNotes", "note", 60),
    longest("billCreditNotes", f"{LINE}.description", 60),
    Rule("billCreditNotes", "currency", "EUR", "currency", "default currency of the supplier"),
    Rule("billCreditNotes", "status", "Open", "status", ["Submitted"]),
    *(
        rule
        for path, party, links in (
            ("payments", "customer", ["Invoice", "PaymentOnAccount", "CreditNote", "Payment"]),
            ("billPayments", "supplier", ["Bill"]),
        )
        for rule in (
            *required(path, "accountRef.id", f"{party}Ref.id", "totalAmount", "date", "lines"),
            *required(path, "lines.0.amount", "lines.0.links", "lines.0.links.0.amount"),
            *required(path, "lines.0.links.0.id", "lines.0.links.0.type"),
            longest(path, "accountRef.id", 8),
            longest(path, f"{party}Ref.id", 8),
            Rule(path, "accountRef.id", "4000", "accountRef.id", BANK),
            Rule(path, "accountRef.id", "none", "accountRef.id", "ID of an existing bank"),
            Rule(path, f"{party}Ref.id", "NOBODY", f"{party}Ref.id", PARTY),
            Rule(path, "totalAmount", 1, "totalAmount", "sum of the lines"),
            Rule(path, "lines.0.amount", 1, "lines.amount", "negative of the sum of its links"),
            Rule(path, "lines.0.links.0.amount", 5, "lines.links.amount", "Negative where"),
            Rule(path, "lines.0.links.0.type", "Refund", "lines.links.type", links),
        )
    ),
    *required("journalEntries", "journalLines", "journalLines.0.netAmount"),
    *required("journalEntries", "journalLines.0.accountRef.id"),
    Rule("journalEntries", "journalLines.0.netAmount", 0, "journalLines.netAmount", "not be zero"),
    Rule(
        *("journalEntries", "journalLines.0.currency", "EUR", "journalLines.currency"),
        "base currency",
    ),
    Rule(
        *("journalEntries", "journalLines.0.accountRef.id", "1210", "journalLines.accountRef.id"),
        "foreign currency",
    ),
    *required("directCosts", "issueDate", "currency", "currencyRate", "accountRef.id"),
    *required("directCosts", "subTotal", "taxAmount", "totalAmount", "lineItems"),
    *required("directCosts", *(f"{LINE}.{name}" for name in ("accountRef.id", "unitAmount"))),
    *required("directCosts", *(f"{LINE}.{name}" for name in ("quantity", "subTotal", "taxCode"))),
    *required("directCosts", f"{LINE}.trackingCategoryRefs"),
    longest("directCosts", "accountRef.id", 8),
    Rule("directCosts", "accountRef.id", "4000", "accountRef.id", BANK),
    Rule("directCosts", "currency", "EUR", "currency", "currency of the bank account"),
    *(
        Rule("directCosts", name, 1, name, "sum of the lines")
        for name in ("subTotal", "taxAmount", "totalAmount")
    ),
    Rule("directCosts", f"{LINE}.unitAmount", 0, "lineItems.unitAmount", "not be zero"),
    Rule("directCosts", f"{LINE}.quantity", 2, "lineItems.quantity", "1 or -1"),
    Rule(
        *(
            "directCosts",
            "lineItems",
            [{**COST, "subTotal": 0, "taxAmount": 0}],
            "lineItems.subTotal",
        ),
        *("cannot both be zero", f"{LINE}.subTotal"),
    ),
    Rule(
        *("directCosts", f"{LINE}.trackingCategoryRefs", [{"id": "project_PROJ1"}]),
        *("lineItems.trackingCategoryRefs.id", "department is required"),
        f"{LINE}.trackingCategoryRefs",
    ),
    *(
        Rule(
            *(path, f"{LINE}.trackingCategoryRefs", [{"id": wrong}]),
            *("lineItems.trackingCategoryRefs.id", says),
            f"{LINE}.trackingCategoryRefs.0.id",
        )
        for path in ("invoices", "creditNotes", "bills", "billCreditNotes")
        for wrong, says in (
            ("department_999", "`department_{x}` must name"),
            ("project_NONE", "`project_{x}` must name"),
        )
    ),
    *(
        Rule(
            *(path, f"{LINE}.trackingCategoryRefs", [{"id": "project_PROJ1"}]),
            *("lineItems.trackingCategoryRefs.id", says),
            f"{LINE}.trackingCategoryRefs",
        )
        for path, says in (
            ("bills", "only be stated together"),
            ("billCreditNotes", "only be stated together"),
            ("directCosts", "project needs its cost code"),
        )
    ),
]


def node(path: str, option: str) -> Mapping[str, Any]:
    """Return what the options say of a property."""
    push_type = type_at(path)
    assert push_type is not None
    found: Any = options.options(push_type, "uk")
    for step in option.split("."):
        found = found["properties"][step]
    return found  # type: ignore[no-any-return]  # JSON


def is_said(shown: Mapping[str, Any], says: object) -> bool:
    """Tell whether the options of a property hold a rule."""
    if says is True:
        return bool(shown["required"])
    if isinstance(says, int):
        return shown.get("maxLength") == says
    if isinstance(says, list):
        return [each["value"] for each in shown["options"]] == says
    notes = [*shown["validation"]["warnings"], *shown["validation"]["information"]]
    return any(str(says) in each["details"] for each in notes)


@pytest.mark.parametrize("rule", RULES, ids=lambda each: f"{each.path}-{each.place}-{each.says}")
def test_a_rule_is_enforced_and_told(rule: Rule) -> None:
    steps = rule.place.split(".")
    good = UK_DOCUMENTS[rule.path]
    if rule.place == "addresses":
        spoilt = {**good, "addresses": good["addresses"] * 2}
    elif rule.value is MISSING:
        spoilt = without(good, *steps)
    else:
        spoilt = changed(good, rule.value, *steps)
    places = {place for _, place in told(take(rule.path, spoilt, uk_shelf()))}
    where = rule.told_at or rule.place
    assert any(where == each or where.startswith(f"{each}.") for each in places), places
    assert is_said(node(rule.path, rule.option), rule.says), rule


@pytest.mark.parametrize("path", sorted({rule.path for rule in RULES}))
def test_the_good_document_breaks_no_rule(path: str) -> None:
    assert not told(take(path, UK_DOCUMENTS[path], uk_shelf()))


def test_each_of_the_ten_types_has_its_rules() -> None:
    assert len({rule.path for rule in RULES}) == 10
