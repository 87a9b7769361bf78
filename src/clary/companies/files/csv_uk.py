"""CSV files of Sage 50 UK: records and audit trail transactions, by Sage's column letters.

The columns A to O of the audit trail, A to W of customers and suppliers, A to R of
products and A to H of stock transactions are those of Sage's knowledge base; further
columns of customers and suppliers come from a program that follows Sage's order.
Amounts are always positive, the sign lies in the type (inferred).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from clary.companies.files.csv_layout import Column, CsvTable, custom_fields, rows
from clary.companies.files.figures import entries_of
from clary.companies.files.forms import (
    BIT,
    CREDIT,
    LINES,
    MONEY,
    NEGATED,
    QUANTITY,
    RAW,
    TEXT,
    UK_DATE,
    WHOLE,
    Form,
    number,
)
from clary.companies.files.layout import (
    Constant,
    Joint,
    Layout,
    Part,
    Texts,
    Value,
    Variant,
    body,
    stated,
)
from clary.companies.files.problems import CSV_TYPE_REFUSED, FILE_ALLOCATION_UNKNOWN
from clary.companies.files.record import FileRecord
from clary.kernel.change import Body
from clary.kernel.errors import Finding
from clary.kernel.money import canonical

MENU: Final = "File > Import"
FACTS: Final = (
    "The import needs Sage 50 for itself alone: every other user and program logs off.",
    "Take a backup first; one bad row stops the whole file.",
    "Open the file in no spreadsheet before: it would drop leading zeros (0010).",
)
GROUPED: Final = (
    "Choose the grouped kind of import, so that rows with the same account, date and "
    "reference become one transaction."
)
POSTING_FACTS: Final = (
    *FACTS,
    "Sage gives no warning about the lock date when it imports; check the dates.",
    GROUPED,
    "Receipts and payments come in on account; allocate them by hand.",
)


def uk_columns(*headings: str) -> tuple[Column, ...]:
    """Return columns whose name is their heading."""
    return tuple(Column(heading, heading) for heading in headings)


def _tax_code(text: str) -> str:
    digits = text.strip().upper().removeprefix("T")
    if not (digits.isascii() and digits.isdecimal() and int(digits) < 100):  # noqa: PLR2004 - T0 to T99
        raise ValueError(text)
    return f"T{int(digits)}"


TAX_CODE: Final = Form("a tax code from T0 to T99", _tax_code, str)


def _exchange_rate(text: str) -> str | None:
    rate = RATE_FORM.read(text)
    return None if rate == "1" else str(rate)


RATE_FORM: Final = number(6, 6)
EXCHANGE_RATE: Final = Form(
    "an exchange rate", _exchange_rate, lambda value: canonical(Decimal(str(value)), 6)
)
"""1 says that the document is in the base currency, which carries no rate."""

AUDIT_COLUMNS: Final = uk_columns(
    "Type",
    "Account Reference",
    "Nominal A/C Ref",
    "Department Code",
    "Date",
    "Reference",
    "Details",
    "Net Amount",
    "Tax Code",
    "Tax Amount",
    "Exchange Rate",
    "Extra Reference",
    "User Name",
    "Project Refn",
    "Cost Code Refn",
)


def _head(party: str, number_field: str) -> tuple[Part, ...]:
    return (
        body("Account Reference", party, TEXT),
        body("Date", "date", UK_DATE),
        body("Reference", number_field, TEXT),
    )


_FOREIGN: Final = body("Exchange Rate", "exchange_rate", EXCHANGE_RATE, initial="1")
_BASE: Final = stated("Exchange Rate", initial="1")
_KEPT: Final = (stated("Extra Reference"), stated("User Name"))


def _line(account: str, *, job: bool) -> tuple[Value, ...]:
    return (
        body("Nominal A/C Ref", account, TEXT),
        body("Department Code", "department_id", TEXT),
        body("Details", "description", TEXT),
        body("Net Amount", "amount", MONEY),
        body("Tax Code", "tax_code_id", TAX_CODE),
        body("Tax Amount", "tax_amount", MONEY),
        body("Project Refn", "job_id", TEXT) if job else stated("Project Refn"),
        stated("Cost Code Refn"),
    )


def _of_type(*types: str) -> Callable[[Texts], bool]:
    """Return the test whether a row is of one of Sage's transaction types."""
    return lambda texts: texts.get("Type", "").strip().upper() in types


def _has_reference(header: Texts) -> bool:
    return "Reference" in header


def _entry(
    record_type: str, types: tuple[str, ...], head: tuple[Part, ...], line: tuple[Value, ...]
) -> Layout:
    """Return the table of a transaction whose rows with one reference belong together."""
    return Layout(
        "the audit trail file",
        "uk",
        record_type,
        (stated("Type", initial=types[0]), *head, *_KEPT, rows(Variant("lines", line))),
        accepts=_of_type(*types),
        lines=("lines",),
        joins=_has_reference,
    )


def _trade(record_type: str, party: str, *types: str) -> Layout:
    form = (Constant("form", "ledger"),) if party == "customer_id" else ()
    head = (*form, *_head(party, "number"), _FOREIGN)
    return _entry(record_type, types, head, _line("account_id", job=True))


def _bank(record_type: str, *types: str) -> Layout:
    head = (*_head("bank_id", "number"), _BASE)
    return _entry(record_type, types, head, _line("account_id", job=False))


def _settlement(record_type: str, party: str, details: str, types: tuple[str, str]) -> Layout:
    on_account, allocated = types

    def refused(record: FileRecord) -> Iterator[Finding]:
        if entries_of(record.body, "applications") or record.stated.get("Type") == allocated:
            remedy = (
                f"Leave the applications out, so that it is written as {on_account} on account, "
                "and allocate it in Sage 50 afterwards."
            )
            yield CSV_TYPE_REFUSED.finding(field="applications", type=allocated, remedy=remedy)

    def doubtful(record: FileRecord) -> Iterator[Finding]:
        if record.stated.get("Type") == allocated:
            yield FILE_ALLOCATION_UNKNOWN.warning(
                file=record.source, place=record.place, type=allocated
            )

    return Layout(
        "the audit trail file",
        "uk",
        record_type,
        (
            stated("Type", initial=types[0]),
            *_head(party, "reference"),
            body("Nominal A/C Ref", "cash_account_id", TEXT),
            stated("Department Code"),
            body("Details", details, TEXT),
            body("Net Amount", "amount", MONEY),
            stated("Tax Code"),
            stated("Tax Amount"),
            _FOREIGN,
            *_KEPT,
            stated("Project Refn"),
            stated("Cost Code Refn"),
        ),
        accepts=_of_type(*types),
        refuses=refused,
        doubts=doubtful,
    )


def _signed(
    column: str,
    field: str,
    sides: tuple[str, str],
    forms: tuple[Form, Form],
    words: str,
    shown: Callable[[Decimal], str],
) -> Joint:
    """Return a figure that is always positive in the file, its sign told by the type.

    Args:
        column: heading of the figure.
        field: field of the line that it goes to.
        sides: types of a positive and of a negative figure.
        forms: how each of them is read.
        words: what the figure looks like, for messages.
        shown: how it is written.
    """
    positive, negative = sides
    plain, negated = forms

    def read(texts: Texts) -> tuple[Body, tuple[str, ...]]:
        side = texts.get("Type", "").strip().upper()
        if column not in texts:
            return {}, ("Type",)
        try:
            figure = (negated if side == negative else plain).read(texts[column])
        except ValueError as error:
            raise ValueError(words) from error
        return {field: figure}, ("Type", column)

    def write(entry: Body) -> Texts:
        figure = Decimal(str(entry.get(field) or 0))
        side = negative if figure < 0 else positive
        return {"Type": side, column: shown(abs(figure))}

    return Joint(("Type", column), (field,), read, write)


_JOURNAL: Final = Layout(
    "the audit trail file",
    "uk",
    "journal_entry",
    (
        stated("Account Reference"),
        body("Date", "date", UK_DATE),
        body("Reference", "number", TEXT),
        _BASE,
        *_KEPT,
        rows(
            Variant(
                "lines",
                (
                    _signed(
                        "Net Amount",
                        "amount",
                        ("JD", "JC"),
                        (MONEY, CREDIT),
                        "an amount such as 12.50",
                        lambda amount: f"{amount:.2f}",
                    ),
                    body("Nominal A/C Ref", "account_id", TEXT),
                    body("Department Code", "department_id", TEXT),
                    body("Details", "description", TEXT),
                    body("Tax Code", "tax_code_id", TAX_CODE),
                    stated("Tax Amount"),
                    stated("Project Refn"),
                    stated("Cost Code Refn"),
                ),
            )
        ),
    ),
    accepts=_of_type("JD", "JC"),
    lines=("lines",),
    joins=lambda _: True,
)

AUDIT_TRAIL: Final = CsvTable(
    "audit_trail",
    "Audit Trail Transactions",
    "uk",
    "AUDIT",
    AUDIT_COLUMNS,
    (
        _trade("sales_invoice", "customer_id", "SI"),
        _trade("credit_memo", "customer_id", "SC", "SD"),
        _trade("purchase", "vendor_id", "PI"),
        _trade("vendor_credit", "vendor_id", "PC", "PD"),
        _settlement("receipt", "customer_id", "details", ("SA", "SR")),
        _settlement("payment", "vendor_id", "memo", ("PA", "PP")),
        _bank("bank_payment", "BP", "CP", "VP"),
        _bank("bank_receipt", "BR", "CR", "VR"),
        _JOURNAL,
    ),
    f"{MENU} > Audit Trail Transactions",
    fixed=True,
    facts=POSTING_FACTS,
)

_PARTY_HEADINGS: Final = (
    *("A/C", "Name", "Address 1", "Address 2", "Address 3", "Address 4", "Address 5"),
    *("Contact", "Telephone", "Fax", "Analysis 1", "Analysis 2", "Analysis 3", "Department"),
    *("VAT Number", "MTD Turnover", "YTD Turnover", "Prior YTD", "Credit Limit", "Terms"),
    *("Settlement Due Days", "Settlement Discount", "Default Nominal", "Default Tax Code"),
    *("Trade Contact", "Telephone 2", "E-mail", "Web", "Discount Rate", "Payment Due Days"),
    *("Terms Agreed", "Bank Name", "Bank Address 1", "Bank Address 2", "Bank Address 3"),
    *("Bank Address 4", "Bank Address 5", "Account Name", "Sort Code", "Account Number"),
    *("BACS Ref", "BACS", "Currency", "Hold Mail", "Opened", "Next Credit Review"),
    *("Last Credit Review", "Account Status", "Can Apply Charges", "Country Code", "Priority"),
)


def kept(*names: str, form: Form = RAW) -> tuple[Value, ...]:
    """Return columns that are only kept as stated."""
    return tuple(stated(name, form=form) for name in names)


def _party(record_type: str, what: str, address: str, more: tuple[Part, ...]) -> Layout:
    lines = ("line1", "line2", "city", "state", "zip")
    return Layout(
        f"the CSV file of {what}",
        "uk",
        record_type,
        (
            body("A/C", "id", TEXT),
            body("Name", "name", TEXT),
            *(
                body(f"Address {number}", f"{address}.{name}", TEXT)
                for number, name in enumerate(lines, start=1)
            ),
            body("Contact", "contact_name", TEXT),
            body("Telephone", "telephone1", TEXT),
            body("Fax", "fax", TEXT),
            custom_fields(f"Analysis {place}" for place in (1, 2, 3)),
            body("Department", "department_id", TEXT),
            body("VAT Number", "tax_number", TEXT),
            *kept("MTD Turnover", "YTD Turnover", "Prior YTD"),
            body("Credit Limit", "credit_limit", MONEY),
            body("Terms", "terms_text", TEXT),
            body("Settlement Due Days", "discount_days", WHOLE),
            body("Settlement Discount", "discount_percent", number(5, 2)),
            body("Default Nominal", "account_id", TEXT),
            body("Default Tax Code", "tax_code_id", TAX_CODE),
            *kept("Trade Contact"),
            body("Telephone 2", "telephone2", TEXT),
            body("E-mail", "email", TEXT),
            body("Web", "web_site", TEXT),
            body("Payment Due Days", "due_days", WHOLE),
            body("Terms Agreed", "terms_agreed", BIT),
            body("Bank Name", "bank_name", TEXT),
            *kept(*(f"Bank Address {number}" for number in range(1, 6))),
            body("Account Name", "bank_account_name", TEXT),
            body("Sort Code", "bank_sort_code", TEXT),
            body("Account Number", "bank_account_number", TEXT),
            *kept("BACS Ref", "BACS", "Hold Mail", "Next Credit Review", "Last Credit Review"),
            body("Currency", "currency", TEXT),
            body("Account Status", "account_status", WHOLE),
            *kept("Can Apply Charges", "Priority"),
            body("Country Code", f"{address}.country", TEXT),
            *more,
        ),
    )


CUSTOMERS: Final = CsvTable(
    "customers",
    "Customer Records",
    "uk",
    "CUSTOMER",
    uk_columns(*_PARTY_HEADINGS),
    (
        _party(
            "customer",
            "customers",
            "bill_to",
            (
                body("Discount Rate", "trade_discount_percent", number(5, 2)),
                body("Opened", "customer_since", UK_DATE),
            ),
        ),
    ),
    f"{MENU} > Customer Records",
    facts=(*FACTS, "An account that exists already is changed; delivery addresses do not come in."),
)
SUPPLIERS: Final = CsvTable(
    "suppliers",
    "Supplier Records",
    "uk",
    "SUPPLIER",
    uk_columns(*_PARTY_HEADINGS),
    (
        _party(
            "vendor",
            "suppliers",
            "mail_to",
            (stated("Discount Rate"), body("Opened", "vendor_since", UK_DATE)),
        ),
    ),
    f"{MENU} > Supplier Records",
    facts=(*FACTS, "An account that exists already is changed."),
)
PRODUCTS: Final = CsvTable(
    "products",
    "Product Records",
    "uk",
    "PRODUCT",
    uk_columns(
        *("Stock Code", "Description", "Tax Code", "Sales Price", "Last Cost Price"),
        *("Unit of Sale", "Location", "Sales Nominal", "Category", "Bar Code", "Department"),
        *("Supplier A/C", "Supplier Part Number", "Re-order Level", "Com. Code Description"),
        *("Weight", "Stock Take Date", "Re-order Quantity"),
    ),
    (
        Layout(
            "the CSV file of products",
            "uk",
            "item",
            (
                body("Stock Code", "id", TEXT),
                body("Description", "description", TEXT),
                body("Tax Code", "tax_code_id", TAX_CODE),
                body("Sales Price", "sales_price", QUANTITY),
                body("Last Cost Price", "unit_cost", QUANTITY),
                body("Unit of Sale", "unit_of_measure", TEXT),
                body("Location", "location", TEXT),
                body("Sales Nominal", "sales_account_id", TEXT),
                body("Category", "category", WHOLE),
                body("Bar Code", "upc", TEXT),
                body("Department", "department_id", TEXT),
                body("Supplier A/C", "preferred_vendor_id", TEXT),
                body("Supplier Part Number", "vendor_part_number", TEXT),
                body("Re-order Level", "reorder_level", QUANTITY),
                stated("Com. Code Description"),
                body("Weight", "weight", QUANTITY),
                stated("Stock Take Date"),
                body("Re-order Quantity", "reorder_quantity", QUANTITY),
            ),
        ),
    ),
    f"{MENU} > Product Records",
    facts=(*FACTS, "A product that exists already is changed."),
)


STOCK: Final = CsvTable(
    "stock",
    "Stock Transactions",
    "uk",
    "STOCK",
    uk_columns(
        *("Type", "Stock Code", "Date", "Reference", "Details", "Quantity"),
        *("Cost Price", "Sales Price"),
    ),
    (
        Layout(
            "the file of stock transactions",
            "uk",
            "inventory_adjustment",
            (
                body("Date", "date", UK_DATE),
                body("Reference", "number", TEXT),
                body("Details", "reason", LINES),
                rows(
                    Variant(
                        "lines",
                        (
                            _signed(
                                "Quantity",
                                "quantity",
                                ("AI", "AO"),
                                (QUANTITY, NEGATED),
                                "a quantity such as 2.5",
                                lambda quantity: canonical(quantity, 5),
                            ),
                            body("Stock Code", "item_id", TEXT),
                            body("Cost Price", "unit_cost", QUANTITY),
                            stated("Sales Price"),
                        ),
                    )
                ),
            ),
            accepts=_of_type("AI", "AO"),
            lines=("lines",),
            joins=_has_reference,
        ),
    ),
    f"{MENU} > Stock Transactions",
    fixed=True,
    facts=FACTS,
)

UK_TABLES: Final = (AUDIT_TRAIL, CUSTOMERS, SUPPLIERS, PRODUCTS, STOCK)
