"""The problems that posting rules find, with their codes, and the collector they go into."""

from __future__ import annotations

from dataclasses import dataclass, field

from clary.kernel.errors import Code, Finding, Rejected, Severity, declare

UNKNOWN_REFERENCE = declare(
    "UNKNOWN_REFERENCE",
    Rejected,
    "There is no {type} {value!r} in this company.",
    "Create the {type} first, or correct {field}.",
)
REFERENCE_REQUIRED = declare(
    "REFERENCE_REQUIRED",
    Rejected,
    "{label} is missing and the company has no default for it.",
    "State {field}, or set the default account in {menu}.",
)
ACCOUNT_REQUIRED = declare(
    "ACCOUNT_REQUIRED",
    Rejected,
    "The line has neither an account nor an item that gives one.",
    "State account_id on the line; company and party defaults never choose it.",
)
ACCOUNT_TYPE_WRONG = declare(
    "ACCOUNT_TYPE_WRONG",
    Rejected,
    "Account {value} has the type {found}; {expected} is needed here.",
    "Use an account of the type {expected}.",
)
ACCOUNT_INACTIVE = declare(
    "ACCOUNT_INACTIVE", Rejected, "Account {value} is inactive.", "Use another account."
)
CONTROL_ACCOUNT = declare(
    "CONTROL_ACCOUNT",
    Rejected,
    "Account {value} is a control account; it is posted to by its own documents only.",
    "Use an ordinary account, or the document that moves this account.",
)
ITEM_ACCOUNT_MISSING = declare(
    "ITEM_ACCOUNT_MISSING",
    Rejected,
    "Item {value} has no {label}.",
    "Set {field} of the item.",
)
AMOUNT_REQUIRED = declare(
    "AMOUNT_REQUIRED",
    Rejected,
    "The line has neither an amount nor a quantity with a unit price.",
    "State amount, or quantity and unit_price.",
)
AMOUNT_DIFFERS = declare(
    "AMOUNT_DIFFERS",
    Rejected,
    "The amount {stated} is not quantity times unit price ({computed}).",
    "Correct the amount, the quantity or the unit price, or leave the unit price out.",
)
QUANTITY_REQUIRED = declare(
    "QUANTITY_REQUIRED",
    Rejected,
    "A line with the stock item {value} needs a quantity.",
    "State one above zero; goods that come back belong on a credit note.",
)
QUANTITY_NEGATIVE = declare(
    "QUANTITY_NEGATIVE",
    Rejected,
    "The quantity is negative, which this document does not allow.",
    "Use the opposite document: a credit memo, a vendor credit or an adjustment.",
)
STOCK_SHORT = declare(
    "STOCK_SHORT",
    Rejected,
    "Only {on_hand} of {value} are in stock; {wanted} are needed.",
    "Receive the goods first. A company that lets stock go below zero (UK: Settings > Company"
    " Preferences > Parameters > Allow negative stock) takes it at once, at no cost until the goods"
    " come.",
)
TOTAL_DIFFERS = declare(
    "TOTAL_DIFFERS",
    Rejected,
    "The stated total {stated} is not the sum of lines, tax and freight ({computed}).",
    "Correct the lines, or leave total out.",
)
TOTAL_NEGATIVE = declare(
    "TOTAL_NEGATIVE",
    Rejected,
    "The document's total {computed} is negative.",
    "Use the opposite document.",
)
TOTAL_ZERO = declare(
    "TOTAL_ZERO", Rejected, "The document moves nothing.", "State lines with amounts."
)
TAX_DIFFERS = declare(
    "TAX_DIFFERS",
    Rejected,
    "The stated tax {stated} differs from the edition's {computed} by more than {allowed}.",
    "Correct the tax, leave it out, or set tax_override to keep the stated tax.",
)
TAX_AGENCY_UNKNOWN = declare(
    "TAX_AGENCY_UNKNOWN",
    Rejected,
    "The tax code {tax_code} has no agency {value!r}.",
    "Use an agency of the tax code.",
)
LINES_REQUIRED = declare(
    "LINES_REQUIRED", Rejected, "The document has no lines.", "State at least one line."
)
PERIOD_CLOSED = declare(
    "PERIOD_CLOSED", Rejected, "Nothing can be posted on {day}: {reason}.", "{remedy}"
)
PARTY_INACTIVE = declare(
    "PARTY_INACTIVE",
    Rejected,
    "{type} {value} is inactive.",
    "Make it active, or use another one.",
)
PARTY_ON_HOLD = declare(
    "PARTY_ON_HOLD", Rejected, "{type} {value} is on hold.", "Take it off hold in Sage first."
)
CREDIT_OVER_LIMIT = declare(
    "CREDIT_OVER_LIMIT",
    Rejected,
    "{value} would owe {balance}, over the credit limit of {limit}.",
    "Take a payment, raise the limit, or change the credit status.",
)
CREDIT_ALWAYS_NOTIFY = declare(
    "CREDIT_ALWAYS_NOTIFY",
    Rejected,
    "{value} has the credit status Always Notify.",
    "Check the customer's account before you ship.",
)
CREDIT_ALWAYS_HOLD = declare(
    "CREDIT_ALWAYS_HOLD",
    Rejected,
    "{value} has the credit status Always Hold; invoices are refused.",
    "Change the credit status in Sage.",
)
NUMBER_DUPLICATE = declare(
    "NUMBER_DUPLICATE",
    Rejected,
    "{party} already has a document numbered {value}.",
    "Check that it is not the same document; Sage accepts the number twice.",
)
DOCUMENT_NOT_OPEN = declare(
    "DOCUMENT_NOT_OPEN",
    Rejected,
    "{party} has no open document {value}.",
    "Check the number; only a posted document that is not voided can be settled.",
)
DOCUMENT_AMBIGUOUS = declare(
    "DOCUMENT_AMBIGUOUS",
    Rejected,
    "{party} has {count} documents numbered {value}.",
    "State transaction_number: one of {candidates}.",
)
APPLIED_TOO_MUCH = declare(
    "APPLIED_TOO_MUCH",
    Rejected,
    "{amount} is more than the {open} still open of {value}.",
    "Apply at most what is open, its discount included; the rest can stay on account.",
)
DISCOUNT_ON_CREDIT = declare(
    "DISCOUNT_ON_CREDIT",
    Rejected,
    "A credit cannot give a discount on what it settles; only money can.",
    "Leave discount_amount out, or give it with a receipt or payment.",
)
AMOUNT_NOT_POSITIVE = declare(
    "AMOUNT_NOT_POSITIVE", Rejected, "The amount must be more than zero.", "Correct the amount."
)
PARTY_REQUIRED = declare(
    "PARTY_REQUIRED",
    Rejected,
    "Money on account or for invoices needs the {type}.",
    "State {type}_id.",
)
ORDER_UNKNOWN = declare(
    "ORDER_UNKNOWN",
    Rejected,
    "{party} has no {type} {value}; nothing is noted as delivered of it.",
    "Enter the order first, or correct {field}; the document is posted all the same.",
)
JOURNAL_UNBALANCED = declare(
    "JOURNAL_UNBALANCED",
    Rejected,
    "Debits and credits differ by {difference}.",
    "Correct the lines so that they add up to zero.",
)
JOURNAL_LINES = declare(
    "JOURNAL_LINES", Rejected, "A journal entry needs at least two lines.", "Add the other side."
)
TAX_TYPE_UNKNOWN = declare(
    "TAX_TYPE_UNKNOWN",
    Rejected,
    "The company has no item tax type {value}.",
    "Use one of {choices}.",
)


@dataclass(slots=True)
class Problems:
    """Collects findings about one document, so that all are shown together."""

    record: str
    findings: list[Finding] = field(default_factory=list)
    failed: bool = False

    def error(self, code: Code, where: str | None = None, **values: object) -> None:
        """Note a problem that stops the document."""
        self.failed = True
        finding = code.finding(record=self.record, field=where, severity=Severity.ERROR, **values)
        self.findings.append(finding)

    def warn(self, code: Code, where: str | None = None, **values: object) -> None:
        """Note something a person should know."""
        self.findings.append(code.warning(record=self.record, field=where, **values))
