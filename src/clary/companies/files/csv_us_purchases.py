"""CSV files of purchases, payments and the general journal of Sage 50 US.

Signs of purchases and payments are inferred: lines and applications positive, the
payable and the cash amount negative, as the ledger has them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from clary.companies.files.csv_layout import CsvTable, columns, rows
from clary.companies.files.csv_us_lists import MENU, address
from clary.companies.files.csv_us_sales import COUNT, POSTING_FACTS, TRANSACTION, kept
from clary.companies.files.figures import added, entries_of
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
    Form,
)
from clary.companies.files.layout import (
    Layout,
    Moment,
    Part,
    Texts,
    Value,
    Variant,
    WholeApplication,
    body,
    fixed,
    stated,
)
from clary.companies.files.xml_documents import MOST, is_true


def paid(moment: Moment) -> str:
    """Return what a payment settles."""
    return f"{added(entries_of(moment.body, 'applications')):.2f}"


def _trade_line(quantity: Form, amount: Form, more: tuple[Value, ...] = ()) -> tuple[Value, ...]:
    return (
        body("Quantity", "quantity", quantity),
        body("ItemId", "item_id", TEXT),
        body("Description", "description", LINES),
        body("GLAccountId", "account_id", TEXT),
        body("UnitPrice", "unit_price", QUANTITY),
        body("Amount", "amount", amount),
        body("JobId", "job_id", TEXT),
        body("Weight", "weight", QUANTITY),
        body("UMID", "unit_of_measure", TEXT),
        *kept("UPCSKU ItemGUID GLAccountGUID JobGUID UMStockingUnits StockingQuantity"),
        stated("UMStockingUnitPrice"),
        *more,
    )


_PURCHASE_LINE: Final = (
    stated("AppliedToPurchaseOrder"),
    body("PurchaseOrderNum", "purchase_order_number", TEXT),
    body("PurchaseOrderDistNum", "purchase_order_line", ORDINAL),
    *kept("InvoiceDistNum ApplyToInvoiceDistNum RowType"),
    *kept("GLDateClearedInBankRec SerialNumber"),
    body("UsedForReimbursableExpenses", "reimbursable", FLAG),
)


def _journal(
    what: str,
    record_type: str,
    parts: tuple[Part, ...],
    *variants: Variant,
    most: int = MOST,
    accepts: Callable[[Texts], bool] = lambda _: True,
) -> Layout:
    """Return the table of a document with a row for each of its distributions."""
    return Layout(
        f"the CSV file of {what}",
        "us",
        record_type,
        (*parts, COUNT, *TRANSACTION, rows(*variants)),
        accepts=accepts,
        lines=tuple(variant.target for variant in variants),
        distributions="NumberOfDistributions",
        most=most,
        joins=bool,
    )


def _purchase(record_type: str, *, credit: bool, more: tuple[Part, ...]) -> Layout:
    quantity, amount = (NEGATED, CREDIT) if credit else (QUANTITY, MONEY)
    return _journal(
        "purchases",
        record_type,
        (
            body("VendorId", "vendor_id", TEXT),
            stated("VendorName", "vendor_name"),
            body("InvoiceNumber", "number", TEXT),
            body("Date", "date", US_DATE),
            body("DropShip", "drop_ship", FLAG),
            stated("DropShipCustomerId"),
            body("DropShipInvoiceNumber", "customer_invoice_number", TEXT),
            *address("ShipTo", "ship_to", name=True),
            body("DateDue", "due_date", US_DATE),
            body("DiscountDate", "discount_date", US_DATE),
            body("DiscountAmount", "discount_amount", MONEY),
            body("APAccountId", "payable_account_id", TEXT),
            stated("APAmount", "total", MONEY if credit else CREDIT),
            body("ShipVia", "ship_via", TEXT),
            body("PurchaseOrderNote", "note", LINES),
            stated("NotePrintsAfterLineItem"),
            body("BeginningBalanceTransaction", "beginning_balance", FLAG),
            stated("DateClearedInAccountRec"),
            stated("GUID", "guid"),
            body("DisplayedTerms", "terms_text", TEXT),
            body("CustomerSONumber", "customer_sales_order", TEXT),
            fixed("IsCreditMemo", "TRUE") if credit else stated("IsCreditMemo"),
            *kept("VendorGUID APAccountGUID RecurNum Recur"),
            *more,
        ),
        Variant("lines", _trade_line(quantity, amount, _PURCHASE_LINE)),
        accepts=lambda texts: is_true(texts.get("IsCreditMemo")) is credit,
    )


PURCHASES: Final = CsvTable(
    "purchases",
    "Purchase Journal",
    "us",
    "PURCHASE",
    columns(
        "VendorId VendorName InvoiceNumber Date DropShip DropShipCustomerId "
        "DropShipInvoiceNumber WaitingOnBill ShipToName ShipToAddressLine1 "
        "ShipToAddressLine2 ShipToCity ShipToState ShipToZip ShipToCountry DateDue "
        "DiscountDate DiscountAmount APAccountId APAmount ShipVia PurchaseOrderNote "
        "NotePrintsAfterLineItem BeginningBalanceTransaction DateClearedInAccountRec "
        "NumberOfDistributions AppliedToPurchaseOrder PurchaseOrderNum PurchaseOrderDistNum "
        "Quantity ItemId Description GLAccountId UnitPrice Amount JobId "
        "UsedForReimbursableExpenses TransactionPeriod TransactionNumber GUID DisplayedTerms "
        "ApplyToInvoiceNumber ReturnAuthorization Weight UPCSKU InvoiceDistNum "
        "ApplyToInvoiceDistNum IsCreditMemo VendorGUID ItemGUID GLAccountGUID JobGUID "
        "APAccountGUID GLDateClearedInBankRec UMID UMStockingUnits StockingQuantity "
        "UMStockingUnitPrice CustomerSONumber SerialNumber RowType RecurNum Recur"
    ),
    (
        _purchase(
            "vendor_credit",
            credit=True,
            more=(
                WholeApplication("ApplyToInvoiceNumber"),
                body("ReturnAuthorization", "return_authorization", TEXT),
                stated("WaitingOnBill"),
            ),
        ),
        _purchase(
            "purchase",
            credit=False,
            more=(
                body("WaitingOnBill", "waiting_on_bill", FLAG),
                *kept("ApplyToInvoiceNumber ReturnAuthorization"),
            ),
        ),
    ),
    MENU,
    facts=(*POSTING_FACTS, "That vendor credits come in like this is unproven; check the first."),
)

PAYMENTS: Final = CsvTable(
    "payments",
    "Payments Journal",
    "us",
    "PAYMENTS",
    columns(
        "VendorId VendorName CheckName CheckAddressLine1 CheckAddressLine2 CheckCity "
        "CheckState CheckZip CheckCountry CheckNumber Date Memo CashAccountId CashAmount "
        "TotalPaidOnInvoices DiscountAccountId Prepayment CustomerPayment "
        "DateClearedInAccountRec DetailPayments NumberOfDistributions InvoicePaid "
        "DiscountAmount Quantity ItemId Description GLAccountId UnitPrice Amount JobId "
        "UsedForReimbursableExpenses TransactionPeriod TransactionNumber Weight UPCSKU "
        "TransactionGUID VendorGUID ItemGUID CashAccountGUID GLAccountGUID JobGUID "
        "GLDateClearedInBankRec DiscDateClearedInBankRec TransactionVoidedBy UMID "
        "UMStockingUnits StockingQuantity UMStockingUnitPrice SerialNumber VoidedBy "
        "ElectronicPayment DateSent ElectronicID FundAcctName RecurNum Recur PaymentMethod"
    ),
    (
        _journal(
            "payments",
            "payment",
            (
                body("VendorId", "vendor_id", TEXT),
                body("VendorName", "vendor_name", TEXT),
                *kept(
                    "CheckName CheckAddressLine1 CheckAddressLine2 CheckCity CheckState "
                    "CheckZip CheckCountry"
                ),
                body("CheckNumber", "reference", TEXT),
                body("Date", "date", US_DATE),
                body("Memo", "memo", TEXT),
                body("CashAccountId", "cash_account_id", TEXT),
                stated("CashAmount", "amount", CREDIT),
                stated("TotalPaidOnInvoices", form=MONEY, initial=paid),
                body("DiscountAccountId", "discount_account_id", TEXT),
                body("Prepayment", "prepayment", FLAG),
                *kept("CustomerPayment DateClearedInAccountRec DetailPayments"),
                stated("TransactionGUID", "guid"),
                *kept(
                    "VendorGUID CashAccountGUID TransactionVoidedBy VoidedBy "
                    "ElectronicPayment DateSent ElectronicID FundAcctName RecurNum Recur"
                ),
                body("PaymentMethod", "payment_method", TEXT),
            ),
            Variant(
                "applications",
                (
                    body("InvoicePaid", "invoice_number", TEXT),
                    body("DiscountAmount", "discount_amount", MONEY),
                    body("Description", "description", LINES),
                    body("Amount", "amount", MONEY),
                    *kept(
                        "Quantity ItemId GLAccountId UnitPrice JobId Weight GLAccountGUID "
                        "GLDateClearedInBankRec DiscDateClearedInBankRec UMStockingUnits "
                        "StockingQuantity UMStockingUnitPrice UsedForReimbursableExpenses"
                    ),
                ),
                accepts=lambda texts: "InvoicePaid" in texts,
            ),
            Variant(
                "lines",
                _trade_line(
                    QUANTITY,
                    MONEY,
                    (
                        body("UsedForReimbursableExpenses", "reimbursable", FLAG),
                        *kept("DiscountAmount DiscDateClearedInBankRec"),
                        *kept("GLDateClearedInBankRec SerialNumber"),
                    ),
                ),
            ),
        ),
    ),
    MENU,
    facts=POSTING_FACTS,
)

PURCHASE_ORDERS: Final = CsvTable(
    "purchase_orders",
    "Purchase Order Journal",
    "us",
    "PO",
    columns(
        "VendorId VendorName PurchaseOrderNumber Date PurchaseOrderClosed "
        "PurchaseOrderGoodThruDate DropShip DropShipInvoiceNumber DropShipCustomerId "
        "ShipToName ShipToAddressLine1 ShipToAddressLine2 ShipToCity ShipToState ShipToZip "
        "ShipToCountry DiscountAmount DisplayedTerms APAccountId APAmount ShipVia "
        "PurchaseOrderNote NotePrintsAfterLine NumberOfDistributions PurchaseOrderDistNum "
        "Quantity ItemId Description GLAccountId UnitPrice Amount JobId TransactionPeriod "
        "TransactionNumber PurchaseOrderNote2 TransactionGUID Weight UPCSKU VendorGUID "
        "DropShipCustomerGUID ItemGUID GLAccountGUID JobGUID APAccountGUID UMID "
        "UMStockingUnits StockingQuantity UMStockingUnitPrice CustomerSONumber "
        "RemitToAddressLine1 RemitToAddressLine2 RemitToCity RemitToState RemitToZip "
        "RemitToCountry"
    ),
    (
        _journal(
            "purchase orders",
            "purchase_order",
            (
                body("VendorId", "vendor_id", TEXT),
                stated("VendorName", "vendor_name"),
                body("PurchaseOrderNumber", "number", TEXT),
                body("Date", "date", US_DATE),
                body("PurchaseOrderClosed", "closed", FLAG),
                body("PurchaseOrderGoodThruDate", "good_through", US_DATE),
                body("DropShip", "drop_ship", FLAG),
                *kept("DropShipInvoiceNumber DropShipCustomerId DiscountAmount DisplayedTerms"),
                *address("ShipTo", "ship_to", name=True),
                body("APAccountId", "payable_account_id", TEXT),
                stated("APAmount", "total", CREDIT),
                body("ShipVia", "ship_via", TEXT),
                body("PurchaseOrderNote", "note", LINES),
                *kept("NotePrintsAfterLine PurchaseOrderNote2 VendorGUID"),
                stated("TransactionGUID", "guid"),
                *kept(
                    "DropShipCustomerGUID APAccountGUID CustomerSONumber RemitToAddressLine1 "
                    "RemitToAddressLine2 RemitToCity RemitToState RemitToZip RemitToCountry"
                ),
            ),
            Variant("lines", (stated("PurchaseOrderDistNum"), *_trade_line(QUANTITY, MONEY))),
        ),
    ),
    MENU,
    facts=("Purchase orders post nothing.",),
)

GENERAL: Final = CsvTable(
    "general",
    "General Journal",
    "us",
    "GENERAL",
    columns(
        "TransactionDate TransactionReference DateCleared NumberOfDistributions GLAccountId "
        "TransactionDescription TransactionAmount JobId UsedForReimbursableExpenses "
        "TransactionPeriod TransactionNumber TransactionGUID ConsolidationEntry "
        "GLAccountGUID JobGUID RecurNum Recur"
    ),
    (
        _journal(
            "the general journal",
            "journal_entry",
            (
                body("TransactionDate", "date", US_DATE),
                body("TransactionReference", "number", TEXT),
                stated("DateCleared"),
                stated("TransactionGUID", "guid"),
                *kept("ConsolidationEntry RecurNum Recur"),
            ),
            Variant(
                "lines",
                (
                    body("GLAccountId", "account_id", TEXT),
                    body("TransactionDescription", "description", LINES),
                    body("TransactionAmount", "amount", MONEY),
                    body("JobId", "job_id", TEXT),
                    *kept("UsedForReimbursableExpenses GLAccountGUID JobGUID"),
                ),
            ),
            most=560,  # Sage 50 US help, general journal
        ),
    ),
    MENU,
    facts=(
        POSTING_FACTS[0],
        "An entry has 2 to 560 distributions that add up to zero; debits are positive.",
    ),
)

PURCHASE_TABLES: Final = (PURCHASES, PAYMENTS, PURCHASE_ORDERS, GENERAL)
