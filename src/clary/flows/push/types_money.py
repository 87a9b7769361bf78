"""Payments, bill payments, journal entries and direct costs as data types of the push API.

Source of the UK rules: push-api.md 2.2, rows payments to directCosts; where the source types
a date or a text as a number, the type here is what the field holds.  What the US edition
requires is inferred.
"""

from __future__ import annotations

from collections.abc import Mapping

from clary.flows.push.declaring import (
    BOTH,
    NEITHER,
    UK,
    US,
    Field,
    Note,
    OptionType,
    PushType,
    PushVerb,
    declare,
    read_only,
    reference,
    unwritten,
)
from clary.flows.push.types_trade import (
    DATE_TIME,
    NUMBER,
    PROJECTS_WITHOUT_COST_CODES,
    TEXT,
    currency_fields,
    tracking,
)
from clary.ledger.fields import EditionName

PAYMENT_LINKS = ("Invoice", "PaymentOnAccount", "CreditNote", "Payment")
"""What a payment may be tied to.  A refund is left out: the books have no such document."""

BILL_PAYMENT_LINKS = ("Bill",)

_CREATE_AND_DELETE = frozenset({PushVerb.CREATE, PushVerb.DELETE})
_STAMPS = (
    *read_only(TEXT, "id"),
    *read_only(DATE_TIME, "modifiedDate", "sourceModifiedDate"),
    *read_only(OptionType.OBJECT, "metadata"),
    *unwritten(OptionType.OBJECT, "supplementalData"),
)
_BANK = Note("Must be the ID of an existing bank account.")


def _money_lines(what: str, links: tuple[str, ...]) -> Field:
    link = (
        declare(
            NUMBER,
            "amount",
            None,
            "Amount",
            f"What the link adds to what is open of the {what}.",
            Note(f"Negative where it pays off the {what}.", warns=False),
            required=BOTH,
        ),
        declare(TEXT, "id", None, "Id", "ID of the record that is linked.", required=BOTH),
        declare(
            TEXT,
            "type",
            None,
            "Payment Link Type",
            "What kind of record is linked.",
            required=BOTH,
            choices=links,
        ),
        *read_only(NUMBER, "currencyRate"),
    )
    return declare(
        OptionType.ARRAY,
        "lines",
        None,
        "Line Items",
        "Lines of the payment.",
        Note("Sage has one line for each payment: several are made one.", warns=False),
        required=BOTH,
        by_hand=True,
        fields=(
            declare(
                NUMBER,
                "amount",
                None,
                "Amount",
                "Amount of the line.",
                Note("Must be the negative of the sum of its links.", warns=False),
                required=BOTH,
            ),
            declare(
                OptionType.ARRAY,
                "links",
                None,
                "Links",
                f"Each {what} that is paid.",
                required=BOTH,
                fields=link,
            ),
            *read_only(DATE_TIME, "allocatedOnDate"),
        ),
    )


def _money(
    party: str, what: str, note: Mapping[EditionName, str], links: tuple[str, ...]
) -> tuple[Field, ...]:
    ours = "customer_id" if party == "customer" else "vendor_id"
    return (
        reference(
            "accountRef",
            "cash_account_id",
            "Bank Account",
            "The bank account that the money moves through.",
            _BANK,
            required=BOTH,
            inner="Account Id",
        ),
        reference(
            f"{party}Ref",
            ours,
            party.capitalize(),
            f"The {party} of the payment.",
            Note(f"Must be the ID of an existing {party}."),
            required=BOTH,
        ),
        declare(
            NUMBER,
            "totalAmount",
            "amount",
            "Total Amount",
            "All that is paid.",
            Note("Must be the sum of the lines.", warns=False),
            required=BOTH,
        ),
        declare(
            TEXT,
            "reference",
            "reference",
            "Reference",
            "Reference of the payment.",
            required=NEITHER if party == "supplier" else US,
        ),
        declare(DATE_TIME, "date", "date", "Date", "Day of the payment.", required=BOTH),
        declare(
            TEXT,
            "note",
            note,
            "Note",
            "What else is to be said of the payment.",
            offered=frozenset(note),
        ),
        *currency_fields(party, NEITHER),
        _money_lines(what, links),
        reference(
            "paymentMethodRef",
            {"us": "payment_method"},
            "Payment Method",
            "How it is paid.",
            offered=US,
        ),
        *_STAMPS,
    )


_APPLIED = {
    "applications": "lines",
    "applications.*": "lines.0.links.*",
    "applications.*.amount": "lines.0.links.*.amount",
}

PAYMENTS = PushType(
    name="payments",
    model="Payment",
    label="Payment",
    help="Money from a customer, for invoices or on account.",
    records={"us": "receipt", "uk": "receipt"},
    verbs=_CREATE_AND_DELETE,
    fields=_money("customer", "invoice", {"uk": "details"}, PAYMENT_LINKS),
    places=_APPLIED,
)
BILL_PAYMENTS = PushType(
    name="billPayments",
    model="BillPayment",
    label="Bill Payment",
    help="Money to a supplier, for bills.",
    records={"us": "payment", "uk": "payment"},
    verbs=_CREATE_AND_DELETE,
    fields=_money("supplier", "bill", {"us": "memo", "uk": "memo"}, BILL_PAYMENT_LINKS),
    places=_APPLIED,
)

_IGNORED = Note("Not kept by Sage 50, and so ignored.")


def _ignored(kind: OptionType, name: str, label: str, help: str) -> Field:  # noqa: A002 - as in `declare`
    return declare(kind, name, None, label, help, _IGNORED, by_hand=True)


def _record_refs() -> Field:
    key = declare(
        TEXT,
        "id",
        None,
        "Identifier",
        "Tracking category with its prefix, such as department_1.",
        *PROJECTS_WITHOUT_COST_CODES,
        required=BOTH,
    )
    return declare(
        OptionType.ARRAY,
        "recordRefs",
        None,
        "Record References",
        "Tracking categories of the line.",
        fields=(key, *read_only(TEXT, "dataType")),
    )


JOURNAL_ENTRIES = PushType(
    name="journalEntries",
    model="JournalEntry",
    label="Journal Entry",
    help="Debits and credits of the general ledger that add up to zero.",
    records={"us": "journal_entry", "uk": "journal_entry"},
    verbs=_CREATE_AND_DELETE,
    fields=(
        declare(
            DATE_TIME,
            "createdOn",
            None,
            "Created On",
            "Day of the entry where postedOn is not stated.",
            Note("Today unless one of the two is stated.", warns=False),
            by_hand=True,
        ),
        declare(DATE_TIME, "postedOn", "date", "Posted On", "Day of the entry.", by_hand=True),
        _ignored(DATE_TIME, "updatedOn", "Updated On", "When the entry was last changed."),
        _ignored(DATE_TIME, "modifiedDate", "Modified Date", "When it was last read."),
        _ignored(DATE_TIME, "sourceModifiedDate", "Source Modified Date", "When it was changed."),
        _ignored(TEXT, "description", "Description", "What the entry is for."),
        _ignored(OptionType.OBJECT, "recordRef", "Record Reference", "What made the entry."),
        _ignored(OptionType.OBJECT, "journalRef", "Journal Reference", "The journal it is in."),
        declare(
            OptionType.ARRAY,
            "journalLines",
            "lines",
            "Journal Lines",
            "Lines of the entry.",
            required=BOTH,
            fields=(
                declare(
                    NUMBER,
                    "netAmount",
                    "amount",
                    "Net Amount",
                    "Amount of the line; a debit is positive, a credit negative.",
                    Note("Must not be zero."),
                    required=BOTH,
                ),
                declare(TEXT, "description", "description", "Description", "What it is for."),
                declare(
                    TEXT,
                    "currency",
                    None,
                    "Currency",
                    "Currency of the line.",
                    Note("Must be the base currency of the company."),
                    by_hand=True,
                ),
                reference(
                    "accountRef",
                    "account_id",
                    "Account",
                    "The account that the line is posted to.",
                    Note("Must be the ID of an existing account."),
                    Note("Must not be kept in a foreign currency.", editions=UK),
                    required=BOTH,
                ),
                declare(
                    OptionType.OBJECT,
                    "tracking",
                    None,
                    "Tracking",
                    "What the line is tracked by.",
                    by_hand=True,
                    fields=(_record_refs(),),
                ),
            ),
        ),
        *read_only(TEXT, "id"),
        *read_only(OptionType.OBJECT, "metadata"),
        *unwritten(OptionType.OBJECT, "supplementalData"),
    ),
    places={},
)


_SUM = "Must be the sum of the lines."

COST_TOTAL: Mapping[EditionName, str] = {"us": "amount", "uk": "total"}
"""The field of the books that holds the total of a direct cost."""


def _cost_amounts() -> tuple[Field, ...]:
    """Return the amounts of a line of a direct cost."""
    return (
        declare(
            NUMBER,
            "unitAmount",
            None,
            "Unit Amount",
            "Net price of one unit.",
            Note("Must not be zero; it is made the net amount where it differs."),
            required=BOTH,
            by_hand=True,
        ),
        declare(
            NUMBER,
            "quantity",
            None,
            "Quantity",
            "How many units.",
            Note("Must be 1 or -1."),
            required=BOTH,
            by_hand=True,
        ),
        declare(
            NUMBER,
            "subTotal",
            "amount",
            "Net Amount",
            "Net of the line; a debit is positive, a credit negative.",
            Note("Net and tax cannot both be zero."),
            required=BOTH,
        ),
        declare(
            NUMBER,
            "taxAmount",
            {"uk": "tax_amount"},
            "Tax Amount",
            "Tax of the line.",
            Note("Net and tax cannot both be zero."),
        ),
        declare(
            NUMBER,
            "totalAmount",
            None,
            "Total Amount",
            "Total of the line with its tax.",
            Note("Worked out from net and tax.", warns=False),
            by_hand=True,
        ),
    )


def _cost_lines() -> Field:
    return declare(
        OptionType.ARRAY,
        "lineItems",
        "lines",
        "Line Items",
        "Lines of the direct cost.",
        required=BOTH,
        fields=(
            declare(TEXT, "description", "description", "Description", "What it is for."),
            reference(
                "accountRef",
                "account_id",
                "Nominal Code",
                "The account that the line is posted to.",
                Note("Must be the ID of an existing account."),
                required=BOTH,
                inner="Id",
            ),
            *_cost_amounts(),
            declare(
                NUMBER,
                "taxCode",
                {"uk": "tax_code_id"},
                "Tax Code Id",
                "Number of the tax code.",
                Note("taxRateRef.id may hold it instead.", warns=False),
                required=UK,
                offered=UK,
                by_hand=True,
                instead="taxRateRef",
            ),
            reference(
                "taxRateRef",
                {"uk": "tax_code_id"},
                "Tax Rate",
                "The tax rate of the line.",
                Note("Must be the ID of an existing tax rate."),
                offered=UK,
                by_hand=True,
            ),
            tracking(
                (
                    Note("A department is required.", editions=UK),
                    Note("A project needs its cost code.", editions=UK),
                    Note("`project_{x}` must name an existing job.", editions=US),
                ),
                required=UK,
            ),
            *unwritten(OptionType.OBJECT, "tracking", "itemRef"),
            *unwritten(NUMBER, "discountAmount", "discountPercentage"),
        ),
    )


DIRECT_COSTS = PushType(
    name="directCosts",
    model="DirectCost",
    label="Direct Cost",
    help="Money out of a bank account for something bought, without a bill.",
    records={"us": "payment", "uk": "bank_payment"},
    verbs=_CREATE_AND_DELETE,
    needs_connection=True,
    fields=(
        declare(
            TEXT,
            "reference",
            {"us": "reference", "uk": "number"},
            "Reference",
            "Reference of the direct cost.",
        ),
        declare(
            TEXT,
            "note",
            {"us": "memo", "uk": "details"},
            "Note",
            "What else is to be said of it.",
        ),
        declare(DATE_TIME, "issueDate", "date", "Issue Date", "Day of payment.", required=BOTH),
        declare(
            TEXT,
            "currency",
            None,
            "Currency",
            "Currency of the direct cost.",
            Note("Must be the currency of the bank account."),
            required=BOTH,
            by_hand=True,
        ),
        declare(
            NUMBER,
            "currencyRate",
            None,
            "Currency Rate",
            "What one unit of the currency is worth in the base currency.",
            required=UK,
            by_hand=True,
        ),
        reference(
            "accountRef",
            {"us": "cash_account_id", "uk": "bank_id"},
            "Bank Account",
            "The bank account that the money is paid from.",
            _BANK,
            required=BOTH,
            inner="Account Id",
        ),
        *(
            declare(
                NUMBER,
                name,
                ours,
                label,
                f"{label} of the direct cost.",
                Note(_SUM, warns=False),
                required=BOTH,
                by_hand=True,
            )
            for name, ours, label in (
                ("subTotal", None, "Sub Total"),
                ("taxAmount", None, "Tax Amount"),
                ("totalAmount", COST_TOTAL, "Total Amount"),
            )
        ),
        _cost_lines(),
        *unwritten(OptionType.OBJECT, "contactRef"),
        *read_only(OptionType.ARRAY, "paymentAllocations"),
        *_STAMPS,
    ),
    places={},
)
