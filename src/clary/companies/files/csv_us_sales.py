"""CSV files of sales, receipts, sales orders and stock of Sage 50 US.

Each row is one distribution and repeats the header; rows of one document stand together,
and `Number of Distributions` says how many there are (Sage 50 US help, import tips).
They are the tables of the XML files under the names of columns.
"""

from __future__ import annotations

from typing import Final

from clary.companies.files.csv_layout import CsvTable, columns, recast
from clary.companies.files.csv_us_lists import MENU
from clary.companies.files.forms import (
    TEXT,
    WHOLE,
)
from clary.companies.files.layout import (
    Value,
    WholeApplication,
    body,
    stated,
)
from clary.companies.files.xml_documents import (
    ADJUSTMENT,
    CREDIT_MEMO,
    INVOICE,
    QUOTE,
    RECEIPT,
    SALES_ORDER,
    distributions,
)

POSTING_FACTS: Final = (
    "The accounting period is taken from the date; a date in a closed year is refused.",
    "A date due that is not in the file is not worked out, so that ageing would be wrong.",
    "A number that exists already is not refused for certain; look before importing twice.",
    "Documents have at most 160 distributions, sales and receipts 154.",
)
TRANSACTION: Final = (
    stated("TransactionPeriod", "period", WHOLE),
    stated("TransactionNumber", "transaction_number", WHOLE),
)
COUNT: Final = stated("NumberOfDistributions", initial=distributions)


def kept(names: str) -> tuple[Value, ...]:
    """Return columns that are only kept as stated."""
    return tuple(stated(name) for name in names.split())


_SALES_HEADER: Final = {
    "Customer_ID": "CustomerId",
    "Customer_GUID": "CustomerGUID",
    "Customer_Name": "CustomerName",
    "Invoice_Number": "InvoiceNumber",
    "Date": "Date",
    "isQuote": "Quote",
    "Quote_Number": "QuoteNumber",
    "Quote_Good_Thru_Date": "QuoteGoodThruDate",
    "Drop_Ship": "DropShip",
    "ShipToAddress/Name": "ShipToName",
    "ShipToAddress/Line1": "ShipToAddressLine1",
    "ShipToAddress/Line2": "ShipToAddressLine2",
    "ShipToAddress/City": "ShipToCity",
    "ShipToAddress/State": "ShipToState",
    "ShipToAddress/Zip": "ShipToZip",
    "ShipToAddress/Country": "ShipToCountry",
    "ShipToAddress/Sales_Tax_Code": "SalesTaxCode",
    "Customer_PO": "CustomerPurchaseOrder",
    "Ship_Via": "ShipVia",
    "Ship_VIA": "ShipVia",
    "Ship_Date": "ShipDate",
    "Date_Due": "DateDue",
    "Discount_Amount": "DiscountAmount",
    "Discount_Date": "DiscountDate",
    "Displayed_Terms": "DisplayedTerms",
    "Sales_Representative_ID": "SalesRepId",
    "Sales_Rep_GUID": "SalesRepresentativeGUID",
    "Accounts_Receivable_Account": "ARAccountId",
    "AR_Account_GUID": "ARAccountGUID",
    "Accounts_Receivable_Amount": "ARAmount",
    "Note": "InvoiceNote",
    "Internal_Note": "InvoiceNote2",
    "Note_Prints_After_Line_Items": "NotePrintsAfterLineItems",
    "Statement_Note": "StatementNote",
    "Statement_Note_Prints_Before_Ref": "StatementNotePrintsBeforeInvoiceRef",
    "Beginning_Balance_Transaction": "BeginningBalanceTransaction",
    "Transaction_Period": "TransactionPeriod",
    "Transaction_Number": "TransactionNumber",
    "GUID": "TransactionGUID",
    "ApplyToInvoiceDistNumber": "ApplyToInvoiceDistNum",
    "CreditMemoType": "IsCreditMemo",
    "ProgressBillingInvoice": "ProgressBillingInvoice",
    "Number_of_Distributions": "NumberOfDistributions",
    "Recur_Number": "RecurNum",
    "Recur_Frequency": "Recur",
}
_SALES_LINES: Final = {
    "Apply_To_Sales_Order": "ApplyToSalesOrder",
    "SalesOrderNumber": "SalesOrderNumber",
    "SalesOrderDistributionNumber": "SalesOrderDistNum",
    "Quantity": "Quantity",
    "Item_ID": "ItemId",
    "Item_GUID": "ItemGUID",
    "Description": "Description",
    "GL_Account": "GLAccountId",
    "GL_Account_GUID": "GLAccountGUID",
    "Unit_Price": "UnitPrice",
    "Tax_Type": "TaxType",
    "Amount": "Amount",
    "Weight": "Weight",
    "GL_Inventory_Account": "InventoryAccountId",
    "INV_Account_GUID": "INVAccountGUID",
    "Cost_of_Sales_Account": "CostOfSalesAccountId",
    "Cost_of_SalesAccount_GUID": "COSTAccountGUID",
    "Cost_of_Sales_Amount": "CostOfSalesAmount",
    "Job_ID": "JobId",
    "Sales_Tax_Authority": "SalesTaxAuthority",
    "InvoiceCMDistribution": "InvoiceDistNum",
    "Retainage_Percent": "RetainagePercent",
    "Apply_To_Proposal": "ApplyToProposal",
    "UM_ID": "UMID",
    "UM_Stocking_Units": "UMStockingUnits",
    "Stocking_Quantity": "StockingQuantity",
    "Stocking_Unit_Price": "UMStockingUnitPrice",
}
_COMPUTED: Final = frozenset(
    {"Accounts_Receivable_Amount", "InvoiceCMDistribution", "Cash_Amount", "DistributionNumber"}
)
_SALES_MORE: Final = kept("DateClearedInAccountRec ReceiptNum ShipByDate VoidedBy")
_SALES_LINES_MORE: Final = (
    body("SerialNumber", "serial_number", TEXT),
    *kept(
        "UPCSKU JobGUID GLDateClearedInBankRec InvAcntDateClearedInBankRec "
        "COSAcntDateClearedInBankRec"
    ),
)

_SALES_COLUMNS: Final = columns(
    "CustomerId CustomerName InvoiceNumber Date Quote QuoteNumber QuoteGoodThruDate "
    "DropShip ShipToName ShipToAddressLine1 ShipToAddressLine2 ShipToCity ShipToState "
    "ShipToZip ShipToCountry CustomerPurchaseOrder ShipVia ShipDate DateDue "
    "DiscountAmount DiscountDate DisplayedTerms SalesRepId ARAccountId ARAmount "
    "SalesTaxCode InvoiceNote NotePrintsAfterLineItems StatementNote "
    "StatementNotePrintsBeforeInvoiceRef BeginningBalanceTransaction "
    "DateClearedInAccountRec NumberOfDistributions ApplyToSalesOrder SalesOrderNumber "
    "SalesOrderDistNum Quantity ItemId Description GLAccountId UnitPrice TaxType Amount "
    "InventoryAccountId CostOfSalesAccountId CostOfSalesAmount JobId SalesTaxAuthority "
    "TransactionPeriod TransactionNumber ReceiptNum InvoiceNote2 ShipByDate "
    "TransactionGUID UPCSKU Weight ApplyToInvoiceNumber ReturnAuthorization "
    "InvoiceDistNum ApplyToInvoiceDistNum IsCreditMemo CustomerGUID "
    "SalesRepresentativeGUID ARAccountGUID ItemGUID GLAccountGUID INVAccountGUID "
    "COSTAccountGUID JobGUID GLDateClearedInBankRec InvAcntDateClearedInBankRec "
    "COSAcntDateClearedInBankRec UMID UMStockingUnits StockingQuantity "
    "UMStockingUnitPrice SerialNumber VoidedBy RetainagePercent ProgressBillingInvoice "
    "ApplyToProposal RecurNum Recur"
)
SALES: Final = CsvTable(
    "sales",
    "Sales Journal",
    "us",
    "SALES",
    _SALES_COLUMNS,
    tuple(
        recast(
            layout,
            "the CSV file of sales",
            _SALES_COLUMNS,
            _SALES_HEADER,
            _SALES_LINES,
            more=(*_SALES_MORE, *more),
            more_of_lines=_SALES_LINES_MORE,
            computed=_COMPUTED,
        )
        for layout, more in (
            (QUOTE, kept("ApplyToInvoiceNumber ReturnAuthorization")),
            (
                CREDIT_MEMO,
                (
                    WholeApplication("ApplyToInvoiceNumber"),
                    body("ReturnAuthorization", "return_authorization", TEXT),
                ),
            ),
            (INVOICE, kept("ApplyToInvoiceNumber ReturnAuthorization")),
        )
    ),
    MENU,
    facts=POSTING_FACTS,
)

_RECEIPTS_COLUMNS: Final = columns(
    "DepositTicketId CustomerId CustomerName Reference Date PayMethod CashAccountId "
    "CashAmount SalesRepId SalesTaxCode TotalPaidOnInvoices DiscountAccountId "
    "VendorReceipt Prepayment DateClearedInAccountRec NumberOfDistributions InvoicePaid "
    "DiscountAmount Quantity ItemId Description GLAccountId UnitPrice TaxType Amount "
    "InventoryAccountId CostOfSalesAccountId CostOfSalesAmount JobId SalesTaxAuthority "
    "TransactionPeriod TransactionNumber ReceiptNumber ApprovalType CreditCardHolderName "
    "CreditCardHolderAddressLine1 CreditCardHolderAddressLine2 CreditCardHolderCity "
    "CreditCardHolderState CreditCardHolderZip CreditCardHolderCountry LicenseState "
    "LicenseNumber Phone Email CcGroup CcStoredAccountReference MerchantId "
    "CcLastKnownNumber CcLastKnownExpirationDate CheckType BankRoutingNumber "
    "AccountNumber CheckNumber CreditCardAuthCode CreditCardAuthStatus CreditCardComment "
    "CreditCardAuthAmount UPCSKU Weight GLDateClearedInBankRec "
    "InvAcntDateClearedInBankRec COSAcntDateClearedInBankRec DiscDateClearedInBankRec "
    "UMID UMStockingUnits StockingQuantity UMStockingUnitPrice SerialNumber"
)
RECEIPTS: Final = CsvTable(
    "receipts",
    "Cash Receipts Journal",
    "us",
    "RECEIPTS",
    _RECEIPTS_COLUMNS,
    (
        recast(
            RECEIPT,
            "the CSV file of receipts",
            _RECEIPTS_COLUMNS,
            {
                "Deposit_Ticket_ID": "DepositTicketId",
                "Customer_ID": "CustomerId",
                "Customer_Name": "CustomerName",
                "Reference": "Reference",
                "Date": "Date",
                "Payment_Method": "PayMethod",
                "Cash_Account": "CashAccountId",
                "Cash_Amount": "CashAmount",
                "Sales_Tax_Code": "SalesTaxCode",
                "Total_Paid_On_Invoices": "TotalPaidOnInvoices",
                "Discount_Account": "DiscountAccountId",
                "VendorReceipt": "VendorReceipt",
                "Prepayment": "Prepayment",
                "CC_STORED_ACCOUNT_REFERENCE": "CcStoredAccountReference",
                "CC_Auth_Status": "CreditCardAuthStatus",
                "CC_Auth_Amount": "CreditCardAuthAmount",
                "ReceiptNumber": "ReceiptNumber",
                "Transaction_Period": "TransactionPeriod",
                "Transaction_Number": "TransactionNumber",
                "Number_of_Distributions": "NumberOfDistributions",
            },
            {"InvoicePaid": "InvoicePaid", "DiscountAmount": "DiscountAmount"} | _SALES_LINES,
            more=kept(
                "SalesRepId DateClearedInAccountRec ApprovalType CreditCardHolderName "
                "CreditCardHolderAddressLine1 CreditCardHolderAddressLine2 "
                "CreditCardHolderCity CreditCardHolderState CreditCardHolderZip "
                "CreditCardHolderCountry LicenseState LicenseNumber Phone Email CcGroup "
                "MerchantId CcLastKnownNumber CcLastKnownExpirationDate CheckType "
                "BankRoutingNumber AccountNumber CheckNumber CreditCardAuthCode "
                "CreditCardComment"
            ),
            more_of_lines=(
                body("SerialNumber", "serial_number", TEXT),
                *kept(
                    "UPCSKU InventoryAccountId CostOfSalesAccountId GLDateClearedInBankRec "
                    "InvAcntDateClearedInBankRec COSAcntDateClearedInBankRec "
                    "DiscDateClearedInBankRec"
                ),
            ),
            computed=_COMPUTED,
        ),
    ),
    MENU,
    facts=POSTING_FACTS,
)

_SALES_ORDERS_COLUMNS: Final = columns(
    "CustomerId CustomerName SalesOrderNumber Date SalesOrderClosed QuoteNumber DropShip "
    "ShipToName ShipToAddressLine1 ShipToAddressLine2 ShipToCity ShipToState ShipToZip "
    "ShipToCountry CustomerPurchaseOrder ShipVia DiscountAmount DisplayedTerms SalesRepId "
    "ARAccountId ARAmount SalesTaxCode InvoiceNote NotePrintsAfterLineItems StatementNote "
    "StatementPrintsBeforeInvoiceRef NumberOfDistributions SalesOrderDistNum Quantity "
    "ItemId Description GLAccountId UnitPrice TaxType Amount JobId SalesTaxAuthority "
    "TransactionPeriod TransactionNumber InvoiceNote2 ShipByDate TransactionGUID UPCSKU "
    "Weight CustomerGUID SalesRepresentativeGUID ARAccountGUID GLAccountGUID ItemGUID "
    "JobGUID UMID UMStockingUnits StockingQuantity UMStockingUnitPrice Proposal "
    "ProposalAccepted"
)
SALES_ORDERS: Final = CsvTable(
    "sales_orders",
    "Sales Order Journal",
    "us",
    "SALESORD",
    _SALES_ORDERS_COLUMNS,
    (
        recast(
            SALES_ORDER,
            "the CSV file of sales orders",
            _SALES_ORDERS_COLUMNS,
            _SALES_HEADER
            | {
                "Sales_Order_Number": "SalesOrderNumber",
                "Ship_By": "ShipByDate",
                "Closed": "SalesOrderClosed",
            },
            _SALES_LINES
            | {"DistributionNumber": "SalesOrderDistNum", "SO_Description": "Description"},
            more=kept(
                "QuoteNumber DiscountAmount NotePrintsAfterLineItems StatementNote "
                "StatementPrintsBeforeInvoiceRef InvoiceNote2 Proposal ProposalAccepted"
            ),
            more_of_lines=kept("UPCSKU JobGUID StockingQuantity UMStockingUnitPrice"),
            computed=_COMPUTED,
        ),
    ),
    MENU,
    facts=("Sales orders post nothing.",),
)

_ADJUSTMENTS_COLUMNS: Final = columns(
    "ItemId Reference Date JobId ReasonToAdjust InventoryAccountId AmountAdjusted "
    "DateClearedInAccountRec NumberOfDistributions GLAccountId UnitCost Quantity Amount "
    "TransactionPeriod TransactionNumber GLDateClearedInBankRec SerialNumber"
)
ADJUSTMENTS: Final = CsvTable(
    "adjustments",
    "Inventory Adjustments Journal",
    "us",
    "ADJUST",
    _ADJUSTMENTS_COLUMNS,
    (
        recast(
            ADJUSTMENT,
            "the CSV file of inventory adjustments",
            _ADJUSTMENTS_COLUMNS,
            {
                "ID": "ItemId",
                "Reference": "Reference",
                "Date": "Date",
                "ReasonToAdjust": "ReasonToAdjust",
                "Transaction_Period": "TransactionPeriod",
                "Transaction_Number": "TransactionNumber",
                "Number_of_Distributions": "NumberOfDistributions",
            },
            {
                "GLSourceAccount": "GLAccountId",
                "UnitCost": "UnitCost",
                "Quantity": "Quantity",
                "Amount": "Amount",
            },
            more=kept("InventoryAccountId AmountAdjusted DateClearedInAccountRec"),
            more_of_lines=(
                body("JobId", "job_id", TEXT),
                *kept("GLDateClearedInBankRec SerialNumber"),
            ),
        ),
    ),
    MENU,
    facts=(*POSTING_FACTS, "One adjustment is about one item."),
)

SALES_TABLES: Final = (SALES, RECEIPTS, SALES_ORDERS, ADJUSTMENTS)
