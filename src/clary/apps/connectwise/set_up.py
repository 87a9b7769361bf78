"""Whether a site is set up to export what Sage can take: package, segments, freight.

Source of the settings: connectwise.md section 2.8.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clary.apps.connectwise.checking import CheckLine
from clary.apps.connectwise.settings import DELIMITERS
from clary.apps.connectwise.shapes import AccountingPackageSetup, GLAccount, GLCaption
from clary.kernel.errors import Code, Misconfigured, declare

_PACKAGE_MENU = "In ConnectWise open System > Setup Tables > Accounting Package Setup"
_ACCOUNTS_MENU = "In ConnectWise open System > Setup Tables > GL Accounts"

PACKAGE_MISSING = declare(
    "CONNECTWISE_PACKAGE_MISSING",
    Misconfigured,
    "The accounting package of ConnectWise is not set up.",
    f"{_PACKAGE_MENU} and choose Other.",
)
PACKAGE_WRONG = declare(
    "CONNECTWISE_PACKAGE_WRONG",
    Misconfigured,
    "The accounting package of ConnectWise is {package}, not Other.",
    f"{_PACKAGE_MENU} and choose Other as the accounting package.",
)
SALES_TAX_LEFT_OUT = declare(
    "CONNECTWISE_SALES_TAX_LEFT_OUT",
    Misconfigured,
    "Sales tax is not exported, so invoices would come without it.",
    f"{_PACKAGE_MENU} and tick Include Sales Tax.",
)
EXPENSES_AS_JOURNAL = declare(
    "CONNECTWISE_EXPENSES_AS_JOURNAL",
    Misconfigured,
    "Expenses are exported as journal entries and not as bills of the members.",
    f"{_PACKAGE_MENU} and tick Transfer Expenses as Bill, if members are paid as vendors.",
)
EXPENSES_FLAG_IDLE = declare(
    "CONNECTWISE_EXPENSES_FLAG_IDLE",
    Misconfigured,
    "Expenses are set to come as bills, and no expenses are exported.",
    f"{_PACKAGE_MENU} and tick Include Expenses, or untick Transfer Expenses as Bill.",
)
INVENTORY_LEFT_OUT = declare(
    "CONNECTWISE_INVENTORY_LEFT_OUT",
    Misconfigured,
    "Inventory on hand is not exported, so receipts and adjustments of stock would be missing.",
    f"{_PACKAGE_MENU} and choose the option Inventory SOH.",
)
COSTS_NEEDLESS = declare(
    "CONNECTWISE_COSTS_NEEDLESS",
    Misconfigured,
    "Cost entries are exported, and costing is not used here; Sage makes them itself.",
    f"{_PACKAGE_MENU} and untick Include COGS Entries. They are never posted in any case.",
)
COSTS_LEFT_OUT = declare(
    "CONNECTWISE_COSTS_LEFT_OUT",
    Misconfigured,
    "Costing is used here, and cost entries are not exported.",
    f"{_PACKAGE_MENU} and tick Include COGS Entries, or set costing=no.",
)
SEGMENTS_MISSING = declare(
    "CONNECTWISE_SEGMENTS_MISSING",
    Misconfigured,
    "No account segment is set up.",
    f"{_ACCOUNTS_MENU} > Segments, name the first one and set its type to Account.",
)
SEGMENTS_FEW = declare(
    "CONNECTWISE_SEGMENTS_FEW",
    Misconfigured,
    "{there} account segments are set up, and the account {account} has {needed}.",
    f"{_ACCOUNTS_MENU} > Segments and name as many segments as the longest account has.",
)
SEGMENT_IS_CLASS = declare(
    "CONNECTWISE_SEGMENT_IS_CLASS",
    Misconfigured,
    "The account segment {segment} has the type {type}, so it is not part of account numbers.",
    f"{_ACCOUNTS_MENU} > Segments and set its type to Account, unless that is meant.",
)
FREIGHT_MISSING = declare(
    "CONNECTWISE_FREIGHT_MISSING",
    Misconfigured,
    "There is no account for the freight of purchase orders.",
    f"{_ACCOUNTS_MENU} > Purchase Order Freight and enter the account.",
)
DELIMITER_DOUBTFUL = declare(
    "CONNECTWISE_DELIMITER_DOUBTFUL",
    Misconfigured,
    "Accounts of the company such as {account} do not have the delimiter {delimiter}.",
    "Set the one that they have: `clary app set NAME --set account_delimiter={other}`.",
)

PACKAGE = "Other"
"""The package that other programs than the vendor's own are served as."""

FREIGHT_TYPE = "PF"
"""GL type of the freight of purchase orders (connectwise.md section 2.5)."""

_FREIGHT_NAME = "purchase order freight"


@dataclass(frozen=True, slots=True)
class Ask:
    """What the checks shall take for granted.

    Attributes:
        delimiter: what stands between the segments of an account number.
        costing: costs are wanted in the export.
        accounts: account numbers of the company that is posted into; empty if not known.
    """

    delimiter: str = DELIMITERS["hyphen"]
    costing: bool = False
    accounts: Sequence[str] = ()


def check_package(setup: AccountingPackageSetup | None, ask: Ask) -> Iterator[CheckLine]:
    """Yield the lines about the accounting package of a site."""
    if setup is None:
        yield CheckLine("accounting package", "none", (PACKAGE_MISSING.finding(),))
        return
    yield _package(setup)
    yield _flag("sales tax", SALES_TAX_LEFT_OUT, good=setup.include_sales_tax_flag is True)
    yield _expenses(setup)
    yield _flag("inventory", INVENTORY_LEFT_OUT, good=setup.inventory_soh_flag is True)
    yield _costs(setup, ask)


def exports_expenses(setup: AccountingPackageSetup) -> bool:
    """Tell whether a site exports expenses; where it does not say, it does."""
    return setup.include_expenses_flag is not False


def _package(setup: AccountingPackageSetup) -> CheckLine:
    package = setup.accounting_package.shown if setup.accounting_package else "none"
    wrong = () if package == PACKAGE else (PACKAGE_WRONG.finding(package=package),)
    return CheckLine("accounting package", package, wrong)


def _flag(name: str, code: Code, *, good: bool) -> CheckLine:
    return CheckLine(name, "exported") if good else CheckLine(name, "left out", (code.finding(),))


def _expenses(setup: AccountingPackageSetup) -> CheckLine:
    as_bills = setup.transfer_expenses_as_bill_flag is True
    if not exports_expenses(setup):
        idle = (EXPENSES_FLAG_IDLE.warning(),) if as_bills else ()
        return CheckLine("expenses", "not exported", idle)
    if as_bills:
        return CheckLine("expenses", "exported as bills")
    return CheckLine("expenses", "exported as journal entries", (EXPENSES_AS_JOURNAL.warning(),))


def _costs(setup: AccountingPackageSetup, ask: Ask) -> CheckLine:
    included = setup.include_cogs_entries_flag is True
    found = "exported" if included else "left out"
    if included == ask.costing:
        return CheckLine("cost entries", found)
    code = COSTS_NEEDLESS if included else COSTS_LEFT_OUT
    return CheckLine("cost entries", found, (code.warning(),))


def check_accounts(
    caption: GLCaption | None, accounts: Sequence[GLAccount], ask: Ask
) -> Iterator[CheckLine]:
    """Yield the lines about GL accounts: segments, their types, freight, delimiter.

    Args:
        caption: what the segments are called.
        accounts: the GL mapping.
        ask: delimiter, and account numbers of the company.
    """
    yield _segments(_used(caption), accounts, ask)
    yield _types(_used(caption))
    yield _freight(accounts)
    yield _delimiter(ask)


def _used(caption: GLCaption | None) -> list[tuple[str, str]]:
    """Return caption and type of each segment that is set up."""
    segments = caption.segments if caption else ()
    return [(name, kind or "Account") for name, kind in segments if name]


def _segments(
    used: Sequence[tuple[str, str]], accounts: Sequence[GLAccount], ask: Ask
) -> CheckLine:
    there = len(used)
    if not there:
        return CheckLine("account segments", "none", (SEGMENTS_MISSING.finding(),))
    lengths = {ask.delimiter.join(each.segments): len(each.segments) for each in accounts}
    lengths |= {number: len(number.split(ask.delimiter)) for number in ask.accounts}
    longest = max(lengths, key=lambda number: lengths[number], default="")
    needed = lengths.get(longest, 0)
    found = f"{there} set up, {needed} used"
    if needed <= there:
        return CheckLine("account segments", found)
    few = SEGMENTS_FEW.finding(there=there, needed=needed, account=longest)
    return CheckLine("account segments", found, (few,))


def _types(used: Sequence[tuple[str, str]]) -> CheckLine:
    findings = tuple(
        SEGMENT_IS_CLASS.warning(segment=name, type=kind)
        for name, kind in used
        if kind.casefold() != "account"
    )
    return CheckLine("segment types", ", ".join(f"{name}: {kind}" for name, kind in used), findings)


def _freight(accounts: Sequence[GLAccount]) -> CheckLine:
    freight = [each for each in accounts if _is_freight(each) and each.segments]
    if freight:
        return CheckLine("freight account", " ".join(freight[0].segments))
    return CheckLine("freight account", "none", (FREIGHT_MISSING.finding(),))


def _is_freight(account: GLAccount) -> bool:
    mapped = account.mapped_type.shown if account.mapped_type else ""
    return account.gl_type == FREIGHT_TYPE or mapped.casefold() == _FREIGHT_NAME


def _delimiter(ask: Ask) -> CheckLine:
    names = {sign: name for name, sign in DELIMITERS.items()}
    shown = names[ask.delimiter]
    if any(ask.delimiter in number for number in ask.accounts):
        return CheckLine("account delimiter", shown)
    for number in ask.accounts:
        for sign, other in names.items():
            if sign in number:
                doubtful = DELIMITER_DOUBTFUL.warning(account=number, delimiter=shown, other=other)
                return CheckLine("account delimiter", shown, (doubtful,))
    return CheckLine("account delimiter", shown)
