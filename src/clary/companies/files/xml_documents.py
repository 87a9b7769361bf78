"""Tables of the documents in Sage 50 US XML files.

Amounts in files carry the ledger sign (a debit positive), in records the natural one:
lines of an invoice are negative in the file, those of a credit memo positive with a
negative quantity.  One line with tax type 0 and an agency is sales tax, one with tax type
26 is freight; both count among the distributions (real export files; the freight line
from a program that writes it).  The signs of purchases are inferred.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from clary.companies.files.figures import added, count_of, entries_of, total_of
from clary.companies.files.forms import (
    CREDIT,
    FLAG,
    LINES,
    MONEY,
    NEGATED,
    ORDINAL,
    QUANTITY,
    TEXT,
    US_DATE,
    WHOLE,
    Form,
)
from clary.companies.files.layout import (
    Group,
    Layout,
    Moment,
    Part,
    Spread,
    Texts,
    Value,
    Variant,
    body,
    fixed,
    stated,
)
from clary.companies.files.problems import FILE_VALUE_UNWRITABLE
from clary.companies.files.record import FileRecord
from clary.companies.files.xml_lists import address
from clary.kernel.errors import Finding

NO_NUMBER: Final = "0.00000"
NO_AMOUNT: Final = "0.00"
FREIGHT_TAX_TYPE: Final = "26"
MOST: Final = 160
MOST_RECEIVABLE: Final = 154
"""Most distributions of a document (Sage 50 US help, import tips 2021)."""


def is_true(text: str | None) -> bool:
    """Tell whether a flag in a file says yes."""
    return (text or "").strip().upper() == "TRUE"


def is_tax(texts: Texts) -> bool:
    """Tell a line of sales tax: item tax type 0 and an agency."""
    return texts.get("Tax_Type", "0").strip() == "0" and "Sales_Tax_Authority" in texts


def is_freight(texts: Texts) -> bool:
    """Tell the line of freight."""
    return texts.get("Tax_Type", "").strip() == FREIGHT_TAX_TYPE


def distributions(moment: Moment) -> str:
    """Return how many lines a document has, tax and freight among them."""
    return str(count_of(moment.record_type, moment.body))


def total(moment: Moment) -> str:
    """Return a document's total in natural sign."""
    return f"{_total(moment):.2f}"


def negative_total(moment: Moment) -> str:
    """Return a document's total in the sign of the other side."""
    return f"{-_total(moment) + 0:.2f}"


def _total(moment: Moment) -> Decimal:
    given = moment.body.get("total") or moment.body.get("amount")
    return total_of(moment.record_type, moment.body) if given is None else Decimal(str(given))


def paid_on_invoices(moment: Moment) -> str:
    """Return what a receipt settles, in the ledger sign."""
    return f"{-added(entries_of(moment.body, 'applications')) + 0:.2f}"


def lonely_freight_account(record: FileRecord) -> Iterator[Finding]:
    """Refuse an account for freight without freight: it has no line to stand in."""
    freight = record.body.get("freight_amount")
    if freight is None and record.body.get("freight_account_id") is not None:
        yield FILE_VALUE_UNWRITABLE.finding(
            field="freight_account_id", layout="an import file", reason="there is no freight"
        )


def line_number(moment: Moment) -> str:
    """Return the number of an item line among those of its document, from 1."""
    return str(moment.index + 1)


def _applies_to_order(moment: Moment) -> str:
    return "FALSE" if moment.entry.get("sales_order_number") is None else "TRUE"


def _line_head(*, real: bool) -> tuple[Value, ...]:
    """Return what stands first in every sales line; neutral in tax and freight lines."""
    if not real:
        return (
            stated("Quantity", initial=NO_NUMBER),
            stated("SalesOrderDistributionNumber", initial="0"),
            stated("Apply_To_Sales_Order", initial="FALSE"),
            stated("Apply_To_Proposal", initial="FALSE"),
            stated("InvoiceCMDistribution", initial="0"),
        )
    return (
        body("SalesOrderDistributionNumber", "sales_order_line", ORDINAL, initial="0"),
        stated("Apply_To_Sales_Order", initial=_applies_to_order),
        body("SalesOrderNumber", "sales_order_number", TEXT),
        stated("Apply_To_Proposal", initial="FALSE"),
        stated("InvoiceCMDistribution", initial=line_number),
    )


_NEUTRAL_TAIL: Final = (
    stated("Cost_of_Sales_Amount", initial=NO_AMOUNT),
    stated("Retainage_Percent", initial=NO_AMOUNT),
    stated("UM_Stocking_Units", initial=NO_NUMBER),
    stated("Stocking_Quantity", initial=NO_NUMBER),
    stated("Stocking_Unit_Price", initial=NO_NUMBER),
)


def tax_line(amount: Form, *, kept: bool = False) -> Variant:
    """Return the table of a line of sales tax."""
    values = (
        ("Description", "description", TEXT, ""),
        ("GL_Account", "account_id", TEXT, "id"),
        ("Amount", "amount", amount, ""),
        ("Sales_Tax_Authority", "agency_id", TEXT, ""),
    )
    declare = stated if kept else body
    made = {path: declare(path, name, form, mark=mark) for path, name, form, mark in values}
    return Variant(
        target="taxes",
        accepts=is_tax,
        kept=kept,
        parts=(
            *_line_head(real=False),
            made["Description"],
            made["GL_Account"],
            stated("GL_Account_GUID"),
            stated("Unit_Price", initial=NO_NUMBER),
            stated("Tax_Type", initial="0"),
            stated("Weight", initial=NO_NUMBER),
            made["Amount"],
            *_NEUTRAL_TAIL,
            made["Sales_Tax_Authority"],
        ),
    )


def freight_line(amount: Form) -> Variant:
    """Return the table of the line of freight."""
    return Variant(
        target="freight",
        accepts=is_freight,
        single=True,
        parts=(
            *_line_head(real=False),
            stated("Description", initial="Freight Amount"),
            body("GL_Account", "freight_account_id", TEXT, mark="id"),
            stated("GL_Account_GUID"),
            stated("Unit_Price", initial=NO_NUMBER),
            fixed("Tax_Type", FREIGHT_TAX_TYPE),
            stated("Weight", initial=NO_NUMBER),
            body("Amount", "freight_amount", amount),
            *_NEUTRAL_TAIL,
        ),
    )


def item_line(quantity: Form, amount: Form) -> Variant:
    """Return the table of a line that sells something."""
    return Variant(
        target="lines",
        parts=(
            body("Quantity", "quantity", quantity, initial=NO_NUMBER),
            *_line_head(real=True),
            body("Item_ID", "item_id", TEXT, mark="id"),
            stated("Item_GUID"),
            body("Description", "description", LINES),
            body("GL_Account", "account_id", TEXT, mark="id"),
            stated("GL_Account_GUID"),
            body("Unit_Price", "unit_price", QUANTITY),
            body("Tax_Type", "tax_type", WHOLE, initial="1"),
            body("Weight", "weight", QUANTITY),
            body("Amount", "amount", amount),
            stated("GL_Inventory_Account", mark="id"),
            stated("INV_Account_GUID"),
            stated("Cost_of_Sales_Account", mark="id"),
            stated("Cost_of_SalesAccount_GUID"),
            stated("Cost_of_Sales_Amount"),
            stated("Retainage_Percent"),
            body("UM_ID", "unit_of_measure", TEXT, mark="id"),
            stated("UM_Stocking_Units"),
            stated("Stocking_Quantity"),
            stated("Stocking_Unit_Price"),
            body("Job_ID", "job_id", TEXT, mark="id"),
            stated("Sales_Tax_Authority"),
        ),
    )


def ship_to(container: str = "ShipToAddress") -> tuple[Part, ...]:
    """Return the address that goods are sent to, and the tax code that it carries."""
    return (
        body(f"{container}/Name", "ship_to.name", TEXT),
        *address(container, "ship_to"),
        body(f"{container}/Sales_Tax_Code", "tax_code_id", TEXT, mark="id"),
    )


_CUSTOMER: Final = (
    body("Customer_ID", "customer_id", TEXT, mark="id"),
    stated("Customer_GUID"),
    stated("Customer_Name", "customer_name"),
)
_TRANSACTION: Final = (
    stated("Transaction_Period", "period", WHOLE),
    stated("Transaction_Number", "transaction_number", WHOLE),
    stated("GUID", "guid"),
)


def _receivable(total_form: Form, initial_total: bool) -> tuple[Part, ...]:  # noqa: FBT001 - private
    worked_out = total if total_form is MONEY else negative_total
    return (
        body("Accounts_Receivable_Account", "receivable_account_id", TEXT, mark="id"),
        stated("AR_Account_GUID"),
        stated(
            "Accounts_Receivable_Amount",
            "total",
            total_form,
            initial=worked_out if initial_total else None,
        ),
    )


def _sales_document(
    name: str, record_type: str, *, credit: bool, quantity: Form, amount: Form
) -> Layout:
    return Layout(
        name,
        "us",
        record_type,
        (
            *_CUSTOMER,
            body("Invoice_Number", "number", TEXT),
            body("Date", "date", US_DATE, mark="date"),
            stated("isQuote", initial="FALSE"),
            body("Drop_Ship", "drop_ship", FLAG, initial="FALSE"),
            *ship_to(),
            body("Customer_PO", "customer_po", TEXT),
            body("Ship_Via", "ship_via", TEXT),
            body("Ship_Date", "ship_date", US_DATE, mark="date"),
            body("Date_Due", "due_date", US_DATE, mark="date"),
            body("Discount_Amount", "discount_amount", MONEY),
            body("Discount_Date", "discount_date", US_DATE, mark="date"),
            body("Displayed_Terms", "terms_text", TEXT),
            body("Sales_Representative_ID", "sales_rep_id", TEXT, mark="id"),
            stated("Sales_Rep_GUID"),
            *_receivable(CREDIT if credit else MONEY, initial_total=True),
            body("Note", "note", LINES),
            body("Internal_Note", "internal_note", LINES),
            stated("Note_Prints_After_Line_Items", initial="FALSE"),
            stated("Statement_Note_Prints_Before_Ref", initial="FALSE"),
            body("Beginning_Balance_Transaction", "beginning_balance", FLAG, initial="FALSE"),
            *_TRANSACTION,
            stated("ApplyToInvoiceDistNumber"),
            fixed("CreditMemoType", "TRUE")
            if credit
            else stated("CreditMemoType", initial="FALSE"),
            stated("ProgressBillingInvoice", initial="FALSE"),
            stated("Number_of_Distributions", initial=distributions),
            body("Statement_Note", "statement_note", LINES),
            stated("Recur_Number"),
            stated("Recur_Frequency"),
            Group(
                "SalesLines/SalesLine",
                (tax_line(amount), freight_line(amount), item_line(quantity, amount)),
            ),
        ),
        accepts=lambda texts: is_true(texts.get("CreditMemoType")) is credit,
        lines=("taxes", "lines", "freight"),
        distributions="Number_of_Distributions",
        most=MOST_RECEIVABLE,
        refuses=lonely_freight_account,
    )


INVOICE: Final = _sales_document(
    "the XML file of sales", "sales_invoice", credit=False, quantity=QUANTITY, amount=CREDIT
)
CREDIT_MEMO: Final = _sales_document(
    "the XML file of sales", "credit_memo", credit=True, quantity=NEGATED, amount=MONEY
)

QUOTE: Final = Layout(
    "the XML file of sales",
    "us",
    "quote",
    (
        *_CUSTOMER,
        stated("Invoice_Number"),
        body("Date", "date", US_DATE, mark="date"),
        fixed("isQuote", "TRUE"),
        body("Quote_Number", "number", TEXT),
        body("Quote_Good_Thru_Date", "good_through", US_DATE, mark="date"),
        stated("Drop_Ship", initial="FALSE"),
        *ship_to(),
        body("Customer_PO", "customer_po", TEXT),
        body("Ship_Via", "ship_via", TEXT),
        stated("Ship_Date", form=US_DATE, mark="date"),
        stated("Date_Due", form=US_DATE, mark="date"),
        stated("Discount_Amount", form=MONEY),
        stated("Discount_Date", form=US_DATE, mark="date"),
        stated("Displayed_Terms"),
        body("Sales_Representative_ID", "sales_rep_id", TEXT, mark="id"),
        stated("Sales_Rep_GUID"),
        *_receivable(MONEY, initial_total=True),
        body("Note", "note", LINES),
        stated("Internal_Note"),
        stated("Note_Prints_After_Line_Items", initial="FALSE"),
        stated("Statement_Note_Prints_Before_Ref", initial="FALSE"),
        stated("Beginning_Balance_Transaction", initial="FALSE"),
        *_TRANSACTION,
        stated("ApplyToInvoiceDistNumber"),
        stated("CreditMemoType", initial="FALSE"),
        stated("ProgressBillingInvoice", initial="FALSE"),
        stated("Number_of_Distributions", initial=distributions),
        stated("Statement_Note"),
        stated("Recur_Number"),
        stated("Recur_Frequency"),
        Group(
            "SalesLines/SalesLine",
            (tax_line(CREDIT, kept=True), item_line(QUANTITY, CREDIT)),
        ),
    ),
    accepts=lambda texts: is_true(texts.get("isQuote")),
    lines=("taxes", "lines"),
    distributions="Number_of_Distributions",
    most=MOST_RECEIVABLE,
)

SALES_ORDER: Final = Layout(
    "the XML file of sales orders",
    "us",
    "sales_order",
    (
        *_CUSTOMER,
        body("Sales_Order_Number", "number", TEXT),
        body("Date", "date", US_DATE, mark="date"),
        body("Ship_By", "ship_by", US_DATE, mark="date"),
        body("Closed", "closed", FLAG, initial="FALSE"),
        stated("Drop_Ship", initial="FALSE"),
        *ship_to(),
        body("Customer_PO", "customer_po", TEXT),
        body("Ship_VIA", "ship_via", TEXT),
        stated("Displayed_Terms"),
        body("Sales_Representative_ID", "sales_rep_id", TEXT, mark="id"),
        stated("Sales_Rep_GUID"),
        *_receivable(MONEY, initial_total=False),
        body("Note", "note", LINES),
        *_TRANSACTION,
        stated("Number_of_Distributions", initial=distributions),
        Group(
            "SOLines/SOLine",
            (
                Variant(
                    target="lines",
                    parts=(
                        stated("DistributionNumber", initial=line_number),
                        body("Quantity", "quantity", QUANTITY, initial=NO_NUMBER),
                        body("Item_ID", "item_id", TEXT, mark="id"),
                        stated("Item_GUID"),
                        body("SO_Description", "description", LINES, also=("Description",)),
                        body("GL_Account", "account_id", TEXT, mark="id"),
                        stated("GL_Account_GUID"),
                        body("Unit_Price", "unit_price", QUANTITY),
                        body("Tax_Type", "tax_type", WHOLE, initial="1"),
                        body("Weight", "weight", QUANTITY),
                        body("Amount", "amount", CREDIT),
                        body("UM_ID", "unit_of_measure", TEXT, mark="id"),
                        stated("UM_Stocking_Units"),
                        body("Job_ID", "job_id", TEXT, mark="id"),
                        stated("Sales_Tax_Authority"),
                    ),
                ),
            ),
        ),
    ),
    lines=("lines",),
    distributions="Number_of_Distributions",
    most=MOST,
    note="The names of the line element and of Amount come from a program, not from Sage.",
)

RECEIPT: Final = Layout(
    "the XML file of receipts",
    "us",
    "receipt",
    (
        body("Deposit_Ticket_ID", "deposit_ticket", TEXT, mark="id"),
        body("Customer_ID", "customer_id", TEXT, mark="id"),
        stated("Customer_GUID"),
        body("Customer_Name", "customer_name", TEXT),
        body("Reference", "reference", TEXT),
        body("Date", "date", US_DATE, mark="date"),
        body("Payment_Method", "payment_method", TEXT),
        body("Cash_Account", "cash_account_id", TEXT, mark="id"),
        stated("Cash_Account_GUID"),
        stated("Cash_Amount", "amount", MONEY, initial=total),
        stated("Sales_Tax_Code", mark="id"),
        stated("Total_Paid_On_Invoices", form=CREDIT, initial=paid_on_invoices),
        body("Discount_Account", "discount_account_id", TEXT, mark="id"),
        stated("VendorReceipt", initial="FALSE"),
        body("Prepayment", "prepayment", FLAG, initial="FALSE"),
        stated("CC_STORED_ACCOUNT_REFERENCE"),
        stated("CC_Auth_Status"),
        stated("CC_Auth_Amount"),
        body("ReceiptNumber", "receipt_number", TEXT),
        *_TRANSACTION,
        stated("Number_of_Distributions", initial=distributions),
        Group(
            "Distributions/Distribution",
            (
                Variant(
                    target="applications",
                    accepts=lambda texts: "InvoicePaid" in texts,
                    parts=(
                        body("InvoicePaid", "invoice_number", TEXT),
                        body("DiscountAmount", "discount_amount", MONEY),
                        stated("Quantity", initial=NO_NUMBER),
                        stated("Item_ID", mark="id"),
                        body("Description", "description", LINES),
                        stated("GL_Account", mark="id"),
                        stated("GL_Account_GUID"),
                        stated("Unit_Price", initial=NO_NUMBER),
                        stated("Tax_Type", initial="0"),
                        stated("UM_Stocking_Units", initial=NO_NUMBER),
                        stated("Stocking_Quantity", initial=NO_NUMBER),
                        stated("Stocking_Unit_Price", initial=NO_NUMBER),
                        stated("Weight", initial=NO_NUMBER),
                        stated("Cost_of_Sales_Amount", initial=NO_NUMBER),
                        body("Amount", "amount", CREDIT),
                    ),
                ),
                Variant(
                    target="lines",
                    parts=(
                        stated("DiscountAmount"),
                        body("Quantity", "quantity", QUANTITY, initial=NO_NUMBER),
                        body("Item_ID", "item_id", TEXT, mark="id"),
                        stated("Item_GUID"),
                        body("Description", "description", LINES),
                        body("GL_Account", "account_id", TEXT, mark="id"),
                        stated("GL_Account_GUID"),
                        body("Unit_Price", "unit_price", QUANTITY),
                        body("Tax_Type", "tax_type", WHOLE, initial="1"),
                        body("UM_ID", "unit_of_measure", TEXT, mark="id"),
                        stated("UM_Stocking_Units"),
                        stated("Stocking_Quantity"),
                        stated("Stocking_Unit_Price"),
                        body("Weight", "weight", QUANTITY),
                        stated("Cost_of_Sales_Amount"),
                        body("Amount", "amount", CREDIT),
                        body("Job_ID", "job_id", TEXT, mark="id"),
                        stated("Sales_Tax_Authority"),
                    ),
                ),
            ),
        ),
    ),
    lines=("applications", "lines"),
    distributions="Number_of_Distributions",
    most=MOST_RECEIVABLE,
)


PURCHASE: Final = Layout(
    "the XML file of purchases",
    "us",
    "purchase",
    (
        body("VendorID", "vendor_id", TEXT, mark="id", also=("Vendor_ID",)),
        stated("VendorName", "vendor_name", also=("Vendor_Name",)),
        body("Invoice_Number", "number", TEXT),
        body("Date", "date", US_DATE, mark="date"),
        body("Date_Due", "due_date", US_DATE, mark="date"),
        body("Discount_Date", "discount_date", US_DATE, mark="date"),
        body("Discount_Amount", "discount_amount", MONEY),
        body("CustomerInvoiceNumber", "customer_invoice_number", TEXT),
        body("Line1", "ship_to.line1", TEXT),
        body("Line2", "ship_to.line2", TEXT),
        body("City", "ship_to.city", TEXT),
        body("State", "ship_to.state", TEXT),
        body("Zip", "ship_to.zip", TEXT),
        body("Country", "ship_to.country", TEXT),
        body("AP_Account", "payable_account_id", TEXT, mark="id"),
        stated("AP_Account_GUID"),
        stated("AP_Amount", "total", CREDIT, initial=negative_total),
        *_TRANSACTION,
        stated("Number_of_Distributions", initial=distributions),
        Group(
            "PurchaseLines/PurchaseLine",
            (
                Variant(
                    target="lines",
                    parts=(
                        body("Quantity", "quantity", QUANTITY, initial=NO_NUMBER),
                        body("Item_ID", "item_id", TEXT, mark="id", also=("ItemID",)),
                        body("Description", "description", LINES),
                        body("GL_Account", "account_id", TEXT, mark="id"),
                        stated("GL_Account_GUID"),
                        body("Unit_Price", "unit_price", QUANTITY),
                        body("Amount", "amount", MONEY),
                        body("Job_ID", "job_id", TEXT, mark="id"),
                    ),
                ),
            ),
        ),
    ),
    lines=("lines",),
    distributions="Number_of_Distributions",
    most=MOST,
    note="Signs, and the meaning of the address lines as ship-to address, are inferred.",
)

ADJUSTMENT: Final = Layout(
    "the XML file of inventory adjustments",
    "us",
    "inventory_adjustment",
    (
        Spread("ID", "lines", "item_id", TEXT, mark="id"),
        body("Reference", "number", TEXT),
        body("Date", "date", US_DATE, mark="date"),
        body("ReasonToAdjust", "reason", TEXT),
        *_TRANSACTION,
        stated("Number_of_Distributions", initial=distributions),
        Group(
            "AdjustmentItems/AdjustmentItem",
            (
                Variant(
                    target="lines",
                    parts=(
                        body("GLSourceAccount", "account_id", TEXT, mark="id"),
                        body("UnitCost", "unit_cost", QUANTITY),
                        body("Quantity", "quantity", QUANTITY),
                        stated("Amount"),
                    ),
                ),
            ),
        ),
    ),
    accepts=lambda texts: "Date" in texts,
    lines=("lines",),
    distributions="Number_of_Distributions",
    most=MOST,
)
