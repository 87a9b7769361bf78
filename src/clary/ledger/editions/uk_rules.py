"""The rules of the UK edition, each with its source, its evidence and what enforces it.

Sources are the marks of sage50-uk.md: [KB-...] is Sage's knowledge base, `typelib` the type
library of Sage Data Objects v32, `zynk` the pages of a connector's vendor, the other marks
programs that run against Sage; numbers are sections.  What none of them says outright is inferred.
"""

from __future__ import annotations

from clary.ledger.editions.uk_document_rules import DOCUMENT_RULES, LINE_RULES
from clary.ledger.rules import Enforcer, Evidence, Rule

_PAGE = Evidence.VENDOR_PAGE
_LIBRARY = Evidence.TYPE_LIBRARY
_FILE = Evidence.REAL_FILE
_PROGRAM = Evidence.RUNNING_PROGRAM
_INFERRED = Evidence.INFERRED

_ACCOUNTS: tuple[Rule, ...] = (
    Rule(
        "UK-ACCOUNT-REF",
        "An account reference has 1 to 8 characters A-Z and 0-9, stored in upper case.",
        "KB-cust, mih (upper case inferred)",
        _PAGE,
        ("TEXT_TOO_LONG", "TEXT_CHARACTERS"),
        Enforcer.SCHEMA,
    ),
    Rule(
        "UK-ACCOUNT-UNIQUE",
        "An account reference is unique in its ledger; a customer and a supplier may share one.",
        "typelib (84)",
        _LIBRARY,
        ("DUPLICATE_KEY",),
        Enforcer.COMPANY,
    ),
    Rule(
        "UK-NAME-LENGTH",
        "Names and address lines have at most 60 characters, contacts and telephones 30.",
        "zynk schema",
        _FILE,
        ("TEXT_TOO_LONG",),
        Enforcer.SCHEMA,
    ),
    Rule(
        "UK-STOCK-CODE",
        "A stock code has at most 30 characters and no spaces.",
        "KB-prod",
        _PAGE,
        ("TEXT_TOO_LONG", "TEXT_CHARACTERS"),
        Enforcer.SCHEMA,
    ),
    Rule(
        "UK-CHART",
        "A nominal code outside every range of the chart of accounts warns.",
        "KB-nc; range ends inferred",
        _PAGE,
        ("NOMINAL_OUTSIDE_CHART",),
        Enforcer.COMPANY,
    ),
    Rule(
        "UK-CATEGORY",
        "The range of the chart of accounts gives a nominal code its category.",
        "noms",
        _PAGE,
        (),
        Enforcer.EDITION,
    ),
    Rule(
        "UK-CONTROL-ACCOUNTS",
        "A new company has the default control accounts.",
        "KB-ctl, zynk",
        _PAGE,
        (),
        Enforcer.EDITION,
    ),
    Rule(
        "UK-TAX-CODES",
        "Tax codes are T0 to T99; a new company has the usual rates.",
        "KB-tax, whitings",
        _PAGE,
        (),
        Enforcer.EDITION,
    ),
    Rule(
        "UK-PARTY-EXISTS",
        "The customer or supplier of a transaction exists.",
        "KB-at, typelib (17)",
        _PAGE,
        ("UNKNOWN_REFERENCE", "PARTY_REQUIRED"),
    ),
    Rule(
        "UK-INACTIVE",
        "An inactive account takes no transaction.",
        "typelib (71)",
        _LIBRARY,
        ("PARTY_INACTIVE",),
    ),
    Rule(
        "UK-INACTIVE-BALANCE",
        "An account with a balance is not made inactive.",
        "KB-inact",
        _PAGE,
        ("BALANCE_NOT_ZERO",),
        Enforcer.COMPANY,
    ),
    Rule(
        "UK-ON-HOLD",
        "An account on hold warns, or stops invoices, credits, quotations and orders, as "
        "preferred.",
        "KB-stat, typelib (70)",
        _PAGE,
        ("PARTY_ON_HOLD",),
    ),
    Rule(
        "UK-ON-HOLD-BATCH",
        "The preference does not stop batch entry and receipts.",
        "KB-stat",
        _PAGE,
        ("PARTY_ON_HOLD",),
    ),
    Rule(
        "UK-TERMS-AGREED",
        "An account without agreed terms warns or stops, as set.",
        "typelib (73); the setting is inferred",
        _INFERRED,
        ("TERMS_NOT_AGREED",),
    ),
    Rule(
        "UK-CREDIT-LIMIT",
        "A document that takes an account over its credit limit warns and is posted.",
        "KB-stat, typelib (no code for it)",
        _INFERRED,
        ("CREDIT_OVER_LIMIT",),
    ),
    Rule(
        "UK-DELETE-ACCOUNT",
        "An account with transactions or a balance is not deleted.",
        "KB-del, typelib (28)",
        _PAGE,
        ("RECORD_IN_USE_BY", "BALANCE_NOT_ZERO"),
        Enforcer.COMPANY,
    ),
    Rule(
        "UK-BANK",
        "Money moves through a bank account that exists and is active.",
        "typelib (66)",
        _LIBRARY,
        ("BANK_EXPECTED", "UNKNOWN_REFERENCE", "ACCOUNT_INACTIVE"),
    ),
    Rule(
        "UK-BANK-CONTROL",
        "A control account is no bank.",
        "typelib (67)",
        _LIBRARY,
        ("BANK_IS_CONTROL",),
    ),
    Rule(
        "UK-BANK-CURRENCY",
        "Bank entries, transfers and journals need banks in the base currency, receipts and "
        "payments that or the account's own.",
        "typelib (68), push-api 2.2",
        _LIBRARY,
        ("BANK_NOT_BASE_CURRENCY",),
    ),
)

_COMPANY: tuple[Rule, ...] = (
    Rule(
        "UK-LOCK-DATE",
        "Nothing is posted up to the lock date.",
        "KB-lockdate, typelib (49)",
        _PAGE,
        ("PERIOD_CLOSED",),
    ),
    Rule(
        "UK-LOCK-DATE-DOCUMENT",
        "A document may be made before the lock date; only posting it is refused.",
        "KB-lockdate",
        _PAGE,
        ("PERIOD_CLOSED",),
    ),
    Rule(
        "UK-ANY-DATE",
        "A date outside the financial year still posts.",
        "zynk (BF and FUTURE columns)",
        _INFERRED,
        (),
        Enforcer.COMPANY,
    ),
    Rule(
        "UK-FOREIGN-TRADER",
        "A foreign currency needs Foreign Trader.",
        "typelib (33)",
        _LIBRARY,
        ("FOREIGN_TRADER_OFF",),
    ),
    Rule(
        "UK-FOREIGN-BILL",
        "A bill in a foreign currency is accepted with a warning while Foreign Trader is off.",
        "push-api 4; its credit inferred",
        _PAGE,
        ("FOREIGN_TRADER_OFF",),
    ),
    Rule(
        "UK-CURRENCY-MATCH",
        "A document has the currency of its account.",
        "typelib (34)",
        _LIBRARY,
        ("CURRENCY_DIFFERS",),
    ),
    Rule(
        "UK-RATE-BASE",
        "The base currency carries no exchange rate.",
        "typelib (35)",
        _LIBRARY,
        ("RATE_ON_BASE",),
    ),
    Rule(
        "UK-RATE",
        "An exchange rate is foreign units per base unit: the stated one, else the currency's.",
        "KB-cur",
        _PAGE,
        ("EXCHANGE_RATE_REQUIRED", "UNKNOWN_REFERENCE"),
    ),
    Rule(
        "UK-FOREIGN-ROWS",
        "Each row is converted by itself; the control row takes their sum.",
        "2 (FOREIGN_NET_AMOUNT beside NET_AMOUNT)",
        _INFERRED,
    ),
    Rule(
        "UK-VARIANCE",
        "What a settlement at another rate differs by is exchange rate variance.",
        "typelib (ControlAccounts 15)",
        _INFERRED,
    ),
    Rule(
        "UK-CURRENCY-FIXED",
        "The currency of an account with transactions, or without Foreign Trader, does not change.",
        "typelib (95, 96)",
        _LIBRARY,
        ("FIELD_FIXED",),
        Enforcer.COMPANY,
    ),
    Rule(
        "UK-ONE-LOGON",
        "A user name is logged on once.",
        "woosage, KB-lock, typelib (23)",
        _PAGE,
        ("USER_NAME_IN_USE",),
        Enforcer.COMPANY,
    ),
    Rule(
        "UK-EXCLUSIVE",
        "While a task has the program exclusively, nobody logs on.",
        "KB-lock, typelib (24)",
        _PAGE,
        ("COMPANY_EXCLUSIVE",),
        Enforcer.COMPANY,
    ),
    Rule(
        "UK-USER-COUNT",
        "No more users log on than the licence allows.",
        "typelib (30)",
        _LIBRARY,
        ("USER_COUNT_EXCEEDED",),
        Enforcer.COMPANY,
    ),
    Rule(
        "UK-DELETE-EXCLUSIVE",
        "Deleting a record needs the program exclusively.",
        "KB-lock",
        _PAGE,
        ("OTHERS_LOGGED_ON",),
        Enforcer.COMPANY,
    ),
    Rule(
        "UK-SDO-CODES",
        "Errors have the numbers and names of Sage Data Objects.",
        "typelib (ErrorCode)",
        _LIBRARY,
        (),
        Enforcer.EDITION,
    ),
    Rule(
        "UK-SDO-RETRY",
        "Only what passes by itself is tried again.",
        "1.6 (grouping inferred)",
        _INFERRED,
        (),
        Enforcer.EDITION,
    ),
)

RULES: tuple[Rule, ...] = (*DOCUMENT_RULES, *LINE_RULES, *_ACCOUNTS, *_COMPANY)
