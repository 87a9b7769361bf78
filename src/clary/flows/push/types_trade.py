"""Invoices, credit notes, bills and bill credit notes as data types of the push API.

Source of the UK rules: push-api.md 2.2, rows invoices to billCreditNotes; fields that the
options there leave out but a push needs are from its section 2.2, last paragraph.  What the
US edition requires is inferred.
"""

from __future__ import annotations

from collections.abc import Mapping

from clary.flows.push.declaring import (
    BOTH,
    NEITHER,
    UK,
    US,
    Editions,
    Field,
    Note,
    OptionType,
    PushType,
    PushVerb,
    checked,
    declare,
    read_only,
    reference,
    unwritten,
)
from clary.ledger.fields import EditionName

TEXT = OptionType.STRING
NUMBER = OptionType.NUMBER
DATE_TIME = OptionType.DATE_TIME

NOTE_FIELD: Mapping[EditionName, str] = {"us": "note", "uk": "details"}
"""The field of the books that holds a document's note: UK one of 60 characters (2.2)."""

_ALL_VERBS = frozenset(PushVerb)
_READ_ALWAYS = (
    *read_only(TEXT, "id"),
    *read_only(DATE_TIME, "modifiedDate", "sourceModifiedDate", "paidOnDate", "allocatedOnDate"),
    *read_only(OptionType.OBJECT, "metadata"),
    *unwritten(OptionType.OBJECT, "supplementalData"),
    *read_only(OptionType.ARRAY, "paymentAllocations"),
    *read_only(NUMBER, "amountDue", "remainingCredit"),
    *checked(NUMBER, "totalDiscount", "discountPercentage"),
    *checked(NUMBER, "additionalTaxAmount", "additionalTaxPercentage"),
    *checked(
        OptionType.ARRAY,
        "withholdingTax",
        fields=(*checked(NUMBER, "amount"), *read_only(TEXT, "name")),
    ),
)
PROJECTS_WITHOUT_COST_CODES = (
    Note("`project_{x}` must name an existing project."),
    Note("`department_{x}` must name an existing department.", editions=UK),
)
PROJECTS_WITH_COST_CODES = (
    *PROJECTS_WITHOUT_COST_CODES,
    Note("`costcode_{x}` must name an existing cost code.", editions=UK),
    Note("A project and a cost code can only be stated together.", editions=UK),
)


def tracking(notes: tuple[Note, ...], *, required: Editions = NEITHER) -> Field:
    """Return the tracking categories of a line."""
    key = declare(
        TEXT,
        "id",
        None,
        "Identifier",
        "Tracking category with its prefix, such as department_1 or project_X.",
        *notes,
        required=BOTH,
    )
    return declare(
        OptionType.ARRAY,
        "trackingCategoryRefs",
        None,
        "Tracking Categories",
        "Tracking categories of the line.",
        required=required,
        fields=(key, *read_only(TEXT, "name")),
        by_hand=True,
    )


def _number(name: str, label: str, what: str, required: Editions) -> Field:
    return declare(TEXT, name, "number", label, f"Number of the {what}.", required=required)


def _status(word: str, required: Editions) -> Field:
    note = Note(f"`{word}` unless stated.", warns=False)
    return declare(
        TEXT,
        "status",
        None,
        "Status",
        "State of the document.",
        *(() if required else (note,)),
        required=required,
        choices=(word,),
        by_hand=True,
    )


def currency_fields(party: str, required: Editions) -> tuple[Field, ...]:
    """Return currency and rate of a document, which are those of its party."""
    return (
        declare(
            TEXT,
            "currency",
            {"uk": "currency"},
            "Currency",
            "Currency of the document.",
            Note(f"Must be the default currency of the {party}.", editions=UK),
            Note("Must be the currency of the company.", editions=US),
            required=required,
            by_hand=True,
        ),
        declare(
            NUMBER,
            "currencyRate",
            {"uk": "exchange_rate"},
            "Currency Rate",
            "What one unit of the document's currency is worth in the base currency.",
            Note("The rate of the currency in the books unless stated.", warns=False),
            by_hand=True,
        ),
    )


def _note(what: str) -> Field:
    return declare(TEXT, "note", NOTE_FIELD, "Note", f"What else is to be said of the {what}.")


def _party(party: str) -> Field:
    ours = "customer_id" if party == "customer" else "vendor_id"
    return reference(
        f"{party}Ref",
        ours,
        party.capitalize(),
        f"The {party} of the document.",
        Note(f"Must be the ID of an existing {party}."),
        required=BOTH,
    )


def _day(name: str, ours: str, label: str, what: str, required: Editions) -> Field:
    return declare(DATE_TIME, name, ours, label, what, required=required)


def _line_amounts(*, is_bill: bool) -> tuple[Field, ...]:
    """Return the amounts of a line; a bill must state its tax and its total (2.2)."""
    stated = UK if is_bill else NEITHER
    return (
        declare(NUMBER, "unitAmount", "unit_price", "Unit Amount", "Net price of one unit."),
        declare(NUMBER, "quantity", "quantity", "Quantity", "How many units."),
        declare(
            NUMBER,
            "discountAmount",
            None,
            "Discount Amount",
            "Taken off the line before tax.",
            by_hand=True,
        ),
        declare(
            NUMBER,
            "discountPercentage",
            None,
            "Discount Percentage",
            "Taken off the line before tax.",
            by_hand=True,
        ),
        declare(NUMBER, "subTotal", "amount", "Net Amount", "Net of the line, less discounts."),
        declare(
            NUMBER,
            "taxAmount",
            {"uk": "tax_amount"},
            "Tax Amount",
            "Tax of the line.",
            required=stated,
        ),
        declare(
            NUMBER,
            "totalAmount",
            None,
            "Total Amount",
            "Total of the line with its tax.",
            required=stated,
            by_hand=True,
        ),
    )


def _lines(what: str, *, is_bill: bool, is_invoice: bool = False) -> Field:
    account = [Note("Must be the ID of an existing account.")]
    if is_invoice:
        account.append(Note("Must not be a bank account.", editions=UK))
    tracked = PROJECTS_WITH_COST_CODES if is_bill else PROJECTS_WITHOUT_COST_CODES
    return declare(
        OptionType.ARRAY,
        "lineItems",
        "lines",
        "Line Items",
        f"Lines of the {what}.",
        required=BOTH,
        fields=(
            declare(
                TEXT,
                "description",
                "description",
                "Description",
                "What the line is for.",
                required=UK if is_bill else NEITHER,
            ),
            *_line_amounts(is_bill=is_bill),
            reference(
                "accountRef",
                "account_id",
                "Account",
                "The account that the line is posted to.",
                *account,
                required=UK,
            ),
            reference(
                "taxRateRef",
                {"uk": "tax_code_id"},
                "Tax Rate",
                "The tax rate of the line.",
                Note("Must be the ID of an existing tax rate."),
                Note("All lines with a tax rate must have the same one.", editions=US),
                Note(
                    "Without any, a line that states no tax is not taxed; one that states neither"
                    " tax nor total goes by the customer's tax rate.",
                    warns=False,
                    editions=US,
                ),
                required=UK,
                offered=UK if is_bill else BOTH,
                by_hand=True,
            ),
            reference(
                "itemRef",
                "item_id",
                "Item",
                "The item that is bought or sold.",
                Note("Must be the ID of an existing item; it gives the line its account."),
                offered=US,
            ),
            tracking(tracked),
            *unwritten(OptionType.OBJECT, "tracking"),
            *read_only(OptionType.BOOLEAN, "isDirectIncome", "isDirectCost"),
            *read_only(NUMBER, "lineNumber"),
        ),
    )


def _totals(*names: tuple[str, str | None]) -> tuple[Field, ...]:
    """Return totals of the header; what is stated must be what the lines come to."""
    same = Note("Must be the sum of the lines; zero counts as not stated.", warns=False)
    return tuple(
        declare(NUMBER, name, ours, _spaced(name), "Sum of the lines.", same, by_hand=True)
        for name, ours in names
    )


def _spaced(name: str) -> str:
    words = "".join(f" {mark}" if mark.isupper() else mark for mark in name)
    return words[:1].upper() + words[1:]


_CREDIT_TOTALS = _totals(("subTotal", None), ("totalTaxAmount", None), ("totalAmount", "total"))
_TAX_PLACES = {
    "lines.*.tax_type": "lineItems.*.taxRateRef.id",
    "tax_code_id": "lineItems",
    "taxes": "totalTaxAmount",
}
"""Where the tax of US sales is in their documents."""

INVOICES = PushType(
    name="invoices",
    model="Invoice",
    label="Invoice",
    help="An itemised record of goods sold or services rendered to a customer.",
    records={"us": "sales_invoice", "uk": "sales_invoice"},
    verbs=_ALL_VERBS,
    fields=(
        _party("customer"),
        _number("invoiceNumber", "Invoice Number", "invoice", BOTH),
        _day("issueDate", "date", "Date", "Day of the invoice.", BOTH),
        _day("dueDate", "due_date", "Due Date", "Day by which it is to be paid.", NEITHER),
        *currency_fields("customer", UK),
        _status("Submitted", NEITHER),
        _note("invoice"),
        _lines("invoice", is_bill=False, is_invoice=True),
        *_CREDIT_TOTALS,
        *_READ_ALWAYS,
    ),
    places=_TAX_PLACES,
)
CREDIT_NOTES = PushType(
    name="creditNotes",
    model="CreditNote",
    label="Accounts Receivable Credit Note",
    help="A credit to a customer; it reduces what invoices leave to pay.",
    records={"us": "credit_memo", "uk": "credit_memo"},
    verbs=_ALL_VERBS,
    fields=(
        _party("customer"),
        _number("creditNoteNumber", "Credit Note Number", "credit note", BOTH),
        _day("issueDate", "date", "Date", "Day of the credit note.", NEITHER),
        *currency_fields("customer", NEITHER),
        _status("Submitted", NEITHER),
        _note("credit note"),
        _lines("credit note", is_bill=False),
        *_CREDIT_TOTALS,
        *_READ_ALWAYS,
    ),
    places=_TAX_PLACES,
)
BILLS = PushType(
    name="bills",
    model="Bill",
    label="Bill",
    help="An itemised record of goods or services bought from a supplier.",
    records={"us": "purchase", "uk": "purchase"},
    verbs=_ALL_VERBS,
    fields=(
        _party("supplier"),
        _number("reference", "Bill Reference", "bill at the supplier", NEITHER),
        _day("issueDate", "date", "Date", "Day of the bill.", BOTH),
        _day("dueDate", "due_date", "Due Date", "Day by which it is to be paid.", UK),
        *currency_fields("supplier", UK),
        _status("Open", NEITHER),
        _note("bill"),
        _lines("bill", is_bill=True),
        *_totals(("subTotal", None), ("taxAmount", None), ("totalAmount", "total")),
        *_READ_ALWAYS,
    ),
    places={},
)
BILL_CREDIT_NOTES = PushType(
    name="billCreditNotes",
    model="BillCreditNote",
    label="Accounts Payable Credit Note",
    help="A credit of a supplier; it reduces what bills leave to pay.",
    records={"us": "vendor_credit", "uk": "vendor_credit"},
    verbs=_ALL_VERBS,
    fields=(
        _party("supplier"),
        _number("billCreditNoteNumber", "Bill Credit Note Number", "credit note", BOTH),
        _day("issueDate", "date", "Date", "Day of the credit note.", BOTH),
        *currency_fields("supplier", UK),
        _status("Submitted", UK),
        _note("credit note"),
        _lines("credit note", is_bill=True),
        *_CREDIT_TOTALS,
        *_READ_ALWAYS,
    ),
    places={},
)
