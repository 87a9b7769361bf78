"""Records of the books as the push API shows them: valid, with every required property.

Source of the shapes: push-api.md 2.3 and 3, and section 6 for what its SDK insists on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import groupby
from typing import Final

from clary.companies.contract import Info, LedgerRow
from clary.flows.push import outbound_documents as documents
from clary.flows.push.declaring import PushType
from clary.flows.push.listing import MAIN, OTHERS
from clary.flows.push.showing import (
    ZERO,
    Record,
    Showing,
    Shown,
    account_ref,
    amount,
    midnight,
    rate_id,
    rate_ref,
    rows,
    stamps,
    stated,
    word,
)
from clary.flows.push.tracking import DEPARTMENT, PROJECT
from clary.flows.push.types_lists import CATEGORIES, ITEM_CLASSES
from clary.kernel.change import Body, JsonValue
from clary.ledger.fields import EditionName

UNKNOWN: Final = "Unknown"
DEPARTMENTS: Final = "DEPARTMENTS"
PROJECTS: Final = "PROJECTS"
_CREDIT_TYPES: Final = frozenset({"Income", "Liability", "Equity"})


def _status(body: Body) -> str:
    return "Archived" if body.get("inactive") else "Active"


def _address(address: Mapping[str, JsonValue], kind: str) -> Record:
    return stated(
        type=kind,
        line1=word(address, "line1"),
        line2=word(address, "line2"),
        city=word(address, "city"),
        region=word(address, "state"),
        country=word(address, "country"),
        postalCode=word(address, "zip"),
    )


def _addresses(body: Body, kind: str, *, is_uk: bool) -> list[Shown]:
    """Return the addresses of a party; the main one of UK books is of an unknown kind (2.3)."""
    main = UNKNOWN if is_uk else "Billing"
    return [
        *(_address(each, main) for each in rows(body, MAIN[kind])),
        *(_address(each, "Delivery") for each in rows(body, OTHERS[kind])),
    ]


def _contacts(body: Body, *, is_active: bool) -> list[Shown]:
    return [
        stated(
            name=word(contact, "name"),
            email=word(contact, "email"),
            phone=[
                {"number": number, "type": UNKNOWN}
                for number in [word(contact, "telephone")]
                if number is not None
            ],
            status="Active" if is_active else "Archived",
        )
        for contact in rows(body, "contacts")
    ]


def _party(body: Body, showing: Showing, *, kind: str) -> Record:
    base = showing.books.currency
    contacts = {"contacts": _contacts(body, is_active=not body.get("inactive"))}
    return {
        **stated(
            **{
                "id": word(body, "id"),
                f"{kind}Name": word(body, "name"),
                "contactName": word(body, "contact_name"),
                "emailAddress": word(body, "email"),
                "phone": word(body, "telephone1"),
                "taxNumber": word(body, "tax_number"),
            }
        ),
        "defaultCurrency": word(body, "currency") or base,
        "addresses": _addresses(body, kind, is_uk=showing.is_uk),
        **(contacts if kind == "customer" else {}),
        "status": _status(body),
        **stamps(body, showing),
    }


def _account(body: Body, showing: Showing) -> Record:
    category = CATEGORIES[showing.books.edition].get(word(body, "type") or "", UNKNOWN)
    kind = category.partition(".")[0]
    key, name = word(body, "id") or "", word(body, "name") or ""
    found = showing.books.account(key)
    balance = amount(body, "balance")
    return {
        "id": key,
        "nominalCode": key,
        "name": name,
        "fullyQualifiedCategory": category,
        "fullyQualifiedName": f"{category}.{name}",
        "currency": (found.currency if found else None) or showing.books.currency,
        # Credit balances of these count as positive since April 2025 (2.3).
        "currentBalance": (-balance if kind in _CREDIT_TYPES else balance) + 0,
        "type": kind,
        "status": _status(body),
        "isBankAccount": found.is_bank if found else False,
        "validDatatypeLinks": [],
        **stamps(body, showing),
    }


def _item(body: Body, showing: Showing) -> Record:
    is_uk = showing.is_uk
    cost_account = "purchase_account_id" if is_uk else "cost_account_id"
    rate = rate_ref(showing, word(body, "tax_code_id"))
    kind = ITEM_CLASSES.get(word(body, "class") or "", UNKNOWN)
    name = word(body, "description")
    return {
        **stated(id=word(body, "id"), code=word(body, "id"), name=name),
        "itemStatus": _status(body),
        "type": kind,
        "isBillItem": True,
        "billItem": stated(
            description=word(body, "purchase_description") or name,
            unitPrice=amount(body, "unit_cost"),
            accountRef=account_ref(showing, word(body, cost_account)),
        ),
        "isInvoiceItem": True,
        "invoiceItem": stated(
            description=word(body, "sales_description") or name,
            unitPrice=amount(body, "sales_price"),
            accountRef=account_ref(showing, word(body, "sales_account_id")),
            taxRateRef=rate,
        ),
        **stamps(body, showing),
    }


def _tax_rate(body: Body, showing: Showing) -> Record:
    code = word(body, "id") or ""
    parts: list[Shown] = [
        stated(name=word(agency, "id"), rate=amount(agency, "rate"), isCompound=False)
        for agency in rows(body, "agencies")
    ]
    rate = amount(body, "rate")
    if not showing.is_uk and not body.get("exempt"):
        rate = sum((amount(agency, "rate") for agency in rows(body, "agencies")), ZERO)
    return {
        "id": rate_id(showing, code),
        "code": code,
        "name": word(body, "description") or code,
        "status": _status(body),
        "effectiveTaxRate": rate,
        "totalTaxRate": rate,
        "components": parts,
        "validDatatypeLinks": [],
        **stamps(body, showing),
    }


def _category(body: Body, showing: Showing, *, prefix: str, parent: str) -> Record:
    key = word(body, "id") or ""
    return {
        "id": f"{prefix}{key}",
        "name": word(body, "name") or key,
        "parentId": parent,
        "hasChildren": False,
        "status": _status(body),
        **stamps(body, showing),
    }


def category_parents(showing: Showing) -> list[Record]:
    """Return the tracking categories that departments and projects are children of."""
    names = {DEPARTMENTS: "Departments"} if showing.is_uk else {}
    names[PROJECTS] = "Projects" if showing.is_uk else "Jobs"
    return [
        stated(
            id=key,
            name=name,
            hasChildren=True,
            status="Active",
            modifiedDate=showing.modified,
            metadata={"isDeleted": False},
        )
        for key, name in names.items()
    ]


def _bank_account(body: Body, showing: Showing) -> Record:
    balance = amount(body, "balance")
    return {
        **stated(
            id=word(body, "id"),
            nominalCode=word(body, "id"),
            accountName=word(body, "name"),
            sortCode=word(body, "sort_code"),
            accountNumber=word(body, "account_number"),
            iBan=word(body, "iban"),
            institution=word(body, "bank_name"),
        ),
        "accountType": UNKNOWN,
        "currency": word(body, "currency") or showing.books.currency,
        "balance": balance,
        "availableBalance": balance,
        "overdraftLimit": amount(body, "overdraft_limit"),
        "status": _status(body),
        **stamps(body, showing),
    }


def payment_method(name: str, showing: Showing) -> Record:
    """Return a payment method of US books, which know it by its name alone."""
    return stated(
        id=name,
        name=name,
        type=UNKNOWN,
        status="Active",
        modifiedDate=showing.modified,
        metadata={"isDeleted": False},
    )


def journal(showing: Showing) -> Record:
    """Return the one journal that every entry is in (OpenAPI, Journal)."""
    return stated(
        id="general",
        journalCode="general",
        name="General journal",
        type="General",
        hasChildren=False,
        status="Active",
        modifiedDate=showing.modified,
        metadata={"isDeleted": False},
    )


def company(info: Info) -> Record:
    """Return what the company is as the API shows it."""
    start = info.periods[0].start.isoformat() if info.periods else None
    return {
        **stated(
            companyName=info.name,
            accountingPlatformRef=info.identity,
            companyLegalName=info.name,
            ledgerLockDate=midnight(info.lock_date.isoformat()) if info.lock_date else None,
            financialYearStartDate=midnight(start),
        ),
        "addresses": [],
        "phoneNumbers": [],
        "webLinks": [],
        "baseCurrency": info.currency,
        "sourceUrls": {},
    }


_Shape = Callable[[Body, Showing], Record]

_SHAPES: Final[Mapping[str, _Shape]] = {
    "customers": partial(_party, kind="customer"),
    "suppliers": partial(_party, kind="supplier"),
    "invoices": documents.invoice,
    "creditNotes": documents.credit_note,
    "bills": documents.bill,
    "billCreditNotes": documents.bill_credit_note,
    "payments": documents.payment,
    "billPayments": documents.bill_payment,
    "journalEntries": documents.journal_entry,
    "directCosts": documents.direct,
    "directIncomes": documents.direct,
    "chartOfAccounts": _account,
    "items": _item,
    "taxRates": _tax_rate,
    "bankAccounts": _bank_account,
}

_CATEGORIES: Final[Mapping[str, _Shape]] = {
    "department": partial(_category, prefix=DEPARTMENT, parent=DEPARTMENTS),
    "job": partial(_category, prefix=PROJECT, parent=PROJECTS),
}


def show(push_type: PushType, body: Body, showing: Showing, record_type: str = "") -> Record:
    """Return a record of the books as the API shows it.

    Args:
        push_type: the data type; payment methods, journals and the company have functions
            of their own, since they are no records.
        body: the record as the company gives it.
        showing: names of what it refers to, and when the copy was changed.
        record_type: for tracking categories: department or job.
    """
    if push_type.name == "trackingCategories":
        return _CATEGORIES[record_type](body, showing)
    return _SHAPES[push_type.name](body, showing)


_SHARED: Final = frozenset(
    {"payments", "billPayments", "directCosts", "directIncomes", "bankAccounts"}
)


def is_shared(push_type: PushType, edition: EditionName) -> bool:
    """Tell whether a data type is a part of its record type, so that `is_shown` is to be asked."""
    return edition == "us" and push_type.name in _SHARED


def is_shown(push_type: PushType, body: Body, showing: Showing) -> bool:
    """Tell whether a record belongs to a data type that shares its record type with others.

    US payments with expense lines and receipts with sales lines are direct costs and direct
    incomes; those that settle something, or have no lines, are payments; a bank account holds cash.
    """
    if not is_shared(push_type, showing.books.edition):
        return True
    has_lines = bool(rows(body, "lines"))
    if push_type.name in ("directCosts", "directIncomes"):
        return has_lines
    if push_type.name in ("payments", "billPayments"):
        return not has_lines or bool(rows(body, "applications"))
    return body.get("type") == "cash"


def posted_entries(ledger: Iterable[LedgerRow], showing: Showing) -> Iterator[Record]:
    """Yield each transaction of a ledger, which comes in order of their numbers, as an entry."""
    for _, posted in groupby(ledger, key=_number_of):
        yield documents.posted_entry(list(posted), showing)


def _number_of(row: LedgerRow) -> int:
    return row.transaction_number
