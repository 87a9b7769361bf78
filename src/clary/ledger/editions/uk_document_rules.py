"""The rules of UK documents and their lines; see `uk_rules` for what the columns say.

Apart from the other rules of the edition only to keep both files short.
"""

from __future__ import annotations

from clary.ledger.rules import Enforcer, Evidence, Rule

_PAGE = Evidence.VENDOR_PAGE
_LIBRARY = Evidence.TYPE_LIBRARY
_FILE = Evidence.REAL_FILE
_PROGRAM = Evidence.RUNNING_PROGRAM
_INFERRED = Evidence.INFERRED

DOCUMENT_RULES: tuple[Rule, ...] = (
    Rule(
        "UK-SI",
        "A sales invoice debits debtors and credits sales and VAT on sales.",
        "typelib, 2 (AUDIT_JOURNAL)",
        _INFERRED,
    ),
    Rule(
        "UK-SC",
        "A sales credit does the opposite of a sales invoice.",
        "typelib, 2 (AUDIT_JOURNAL)",
        _INFERRED,
    ),
    Rule(
        "UK-PI",
        "A purchase invoice debits purchases and VAT on purchases and credits creditors.",
        "push-api 2.3 (bill 92 posts to 2100, 5000, 2201)",
        _PAGE,
    ),
    Rule(
        "UK-PC", "A purchase credit does the opposite of a purchase invoice.", "typelib", _INFERRED
    ),
    Rule(
        "UK-SR",
        "A receipt that is allocated debits the bank, credits debtors and settles invoices.",
        "1.4 (vb6), zynk-tx",
        _PROGRAM,
    ),
    Rule(
        "UK-SA",
        "What a receipt or payment does not allocate stays on account.",
        "zynk-tx, KB-at",
        _PAGE,
    ),
    Rule(
        "UK-PP",
        "A payment debits creditors, credits the bank and settles invoices.",
        "1.4, zynk-tx",
        _PROGRAM,
    ),
    Rule(
        "UK-DISCOUNT",
        "A discount on settlement goes to sales or purchase discount (SD, PD).",
        "typelib (TransType, ControlAccounts)",
        _LIBRARY,
    ),
    Rule(
        "UK-DISCOUNT-CREDIT",
        "A credit note that settles an invoice gives no discount.",
        "1.5 (SD and PD belong to receipts and payments)",
        _INFERRED,
        ("DISCOUNT_ON_CREDIT",),
    ),
    Rule(
        "UK-ALLOCATION",
        "No more can be allocated than is open on either side.",
        "1.4 (vb6)",
        _PROGRAM,
        ("APPLIED_TOO_MUCH",),
    ),
    Rule(
        "UK-AMOUNT",
        "A receipt, payment or transfer is for more than zero.",
        "typelib (44)",
        _LIBRARY,
        ("AMOUNT_NOT_POSITIVE",),
    ),
    Rule(
        "UK-AMOUNT-STATED",
        "A stated amount is not less than what is allocated, a stated total is the sum.",
        "push-api 2.2 (totalAmount is the sum of the lines)",
        _PAGE,
        ("TOTAL_DIFFERS",),
    ),
    Rule(
        "UK-BANK-ENTRY",
        "A bank payment or receipt moves the bank, nominals and VAT, and no account of a party.",
        "1.4, typelib",
        _PROGRAM,
    ),
    Rule(
        "UK-TRANSFER",
        "A transfer credits one bank and debits another (JC and JD).",
        "typelib",
        _INFERRED,
        ("SAME_BANK",),
    ),
    Rule(
        "UK-JOURNAL",
        "A journal has two lines or more, and they add up to zero.",
        "typelib, zynk",
        _PAGE,
        ("JOURNAL_UNBALANCED", "JOURNAL_LINES"),
    ),
    Rule(
        "UK-ZERO",
        "A transaction without value is refused, and so is a line of it.",
        "typelib (44, 78)",
        _LIBRARY,
        ("TOTAL_ZERO", "LINE_ZERO"),
    ),
    Rule(
        "UK-NEGATIVE-TOTAL",
        "The total of a document is not negative.",
        "typelib (89)",
        _LIBRARY,
        ("TOTAL_NEGATIVE",),
    ),
    Rule(
        "UK-LINES",
        "A document has at least one line.",
        "typelib (36)",
        _INFERRED,
        ("LINES_REQUIRED",),
    ),
    Rule(
        "UK-INV-REF",
        "The reference of a document need not be unique; a second one of an account warns.",
        "mewsy",
        _PROGRAM,
        ("NUMBER_DUPLICATE",),
    ),
    Rule(
        "UK-DUE-DATE",
        "A document is due by the account's payment days and from when they count.",
        "typelib (PaymentDueFromOption)",
        _LIBRARY,
    ),
    Rule(
        "UK-DOCUMENT",
        "An invoice, credit, quotation or order made as a document moves no ledger.",
        "1.4 (InvoicePost, SopPost, PopPost)",
        _PROGRAM,
    ),
    Rule(
        "UK-UPDATE-LEDGERS",
        "Updating the ledgers of a document posts it as SI or SC and moves its products.",
        "zynk",
        _PAGE,
    ),
    Rule(
        "UK-UPDATE-ONCE",
        "The ledgers of a document are updated once.",
        "zynk (POSTED_CODE)",
        _INFERRED,
        ("POSTED_ALREADY",),
        Enforcer.COMPANY,
    ),
    Rule(
        "UK-CARRIAGE",
        "Carriage takes the invoice defaults' nominal, and T1 if no tax code is stated.",
        "zynk-tax",
        _PAGE,
    ),
    Rule(
        "UK-TEXT-LINE",
        "A line of a document may be a message only.",
        "typelib (StockType message)",
        _LIBRARY,
    ),
    Rule(
        "UK-AUDIT-TRAIL",
        "Transaction numbers are never given twice; a posted transaction is reversed, not edited.",
        "KB-corr, KB-see",
        _PAGE,
        ("DOCUMENT_FIXED",),
        Enforcer.COMPANY,
    ),
    Rule(
        "UK-SEE-TRAN",
        "The audit trail says of a deleted transaction which one to see.",
        "KB-see",
        _PAGE,
        (),
        Enforcer.COMPANY,
    ),
)

LINE_RULES: tuple[Rule, ...] = (
    Rule(
        "UK-NOMINAL-CHOICE",
        "A line's nominal is the stated one, else the product's, the account's, the company's.",
        "zynk-tax",
        _PAGE,
        ("NOMINAL_REQUIRED",),
    ),
    Rule(
        "UK-NOMINAL-EXISTS",
        "The nominal of a line exists and is active.",
        "typelib (65), KB-at",
        _PAGE,
        ("UNKNOWN_REFERENCE", "ACCOUNT_INACTIVE"),
    ),
    Rule(
        "UK-NOMINAL-CONTROL",
        "Control accounts take no ordinary posting.",
        "typelib (88)",
        _LIBRARY,
        ("CONTROL_ACCOUNT",),
    ),
    Rule(
        "UK-NOMINAL-BANK",
        "A line of a sales invoice does not post to a bank account.",
        "push-api 2.2",
        _PAGE,
        ("NOMINAL_IS_BANK",),
    ),
    Rule(
        "UK-TAX-CHOICE",
        "A line's tax code is the stated one, else the product's, the account's, the company's.",
        "zynk-tax",
        _PAGE,
        ("TAX_CODE_REQUIRED",),
    ),
    Rule(
        "UK-TAX-PER-LINE",
        "VAT is worked out and rounded half up per line, then added.",
        "po, ideas-209",
        _PAGE,
    ),
    Rule(
        "UK-TAX-STATED",
        "Stated VAT differs by at most a penny per line, unless it is to be kept; then it has the "
        "sign of its net and is not more than it.",
        "growflo (TAX_FLAG); the penny and the bounds are inferred",
        _PROGRAM,
        ("TAX_DIFFERS", "TAX_IMPLAUSIBLE"),
    ),
    Rule(
        "UK-TAX-ACCOUNTS",
        "VAT on sales and VAT on purchases have a control account each.",
        "KB-ctl",
        _PAGE,
        ("CONTROL_ACCOUNT_UNSET",),
    ),
    Rule(
        "UK-TAX-NON-VAT",
        "T9 is the code of receipts, payments, transfers and, if none is stated, journals and "
        "bank lines.",
        "zynk; journals and bank lines inferred",
        _PAGE,
    ),
    Rule(
        "UK-TAX-REVERSE",
        "A reverse charge is posted to both VAT accounts by the buyer; the seller posts none.",
        "KB-tax names the codes only",
        _INFERRED,
    ),
    Rule(
        "UK-DISCOUNT-LINE",
        "A line's discount percentage lessens quantity times unit price.",
        "2 (INVOICE_ITEM: DISCOUNT_RATE, FULL_NET_AMOUNT)",
        _FILE,
        ("AMOUNT_DIFFERS",),
    ),
    Rule(
        "UK-DEPARTMENT",
        "Departments are 0 to 999 and must exist; 0 always does.",
        "KB-at",
        _PAGE,
        ("UNKNOWN_REFERENCE",),
    ),
    Rule(
        "UK-DEPARTMENT-CHOICE",
        "A line's department is the stated one, else the product's, else the account's.",
        "zynk",
        _INFERRED,
    ),
    Rule(
        "UK-STOCK-NO-POSTING",
        "Stock that moves posts nothing; its value enters the ledger by a closing stock journal.",
        "5",
        _INFERRED,
    ),
    Rule(
        "UK-STOCK-FIFO",
        "Stock goes out at the cost of what came in first.",
        "3.4, typelib (StockTran)",
        _INFERRED,
    ),
    Rule(
        "UK-STOCK-NEGATIVE",
        "Stock does not go below zero unless the company allows it.",
        "2 (ALLOW_NEGATIVE_STOCK)",
        _FILE,
        ("STOCK_SHORT",),
    ),
)
