"""What a sync of payments may find, in the words of the bookkeeper who reads it."""

from __future__ import annotations

from typing import Final

from clary.engine.guards import confirmable
from clary.kernel.errors import Guarded, Rejected, Unauthorised, declare

FLOW: Final = "payments"
"""What plans and runs of syncs are called."""

SINCE_FUTURE = declare(
    "PAYMENTS_SINCE_FUTURE",
    Rejected,
    "Payments cannot be looked for from {day} on: today is {today}.",
    "State today or an earlier day.",
    exit_code=2,
)
SINCE_UNKNOWN = declare(
    "PAYMENTS_SINCE_UNKNOWN",
    Rejected,
    "{text!r} is no time that payments can be looked for from.",
    "State last, week, two-weeks, month, or a day such as 2026-01-31.",
    exit_code=2,
)
NEVER_SYNCED = declare(
    "PAYMENTS_NEVER_SYNCED",
    Rejected,
    "No sync of payments from {company} to {app} has succeeded yet, so all payments are looked at.",
    "Nothing needs to be done; state --since to look at later ones only.",
)
BOOKS_RESTORED_SINCE = declare(
    "PAYMENTS_BOOKS_RESTORED",
    Rejected,
    "The books were restored from a backup since the last sync, so all payments are looked at.",
    "Look through the changes before they are written: payments that the restored books lack"
    " are taken out of ConnectWise again.",
)
ACCESS_REQUIRED = declare(
    "THIRD_PARTY_ACTIVATION_REQUIRED",
    Unauthorised,
    "3rd Party Activation Required: {company} does not let third-party applications read its"
    " receipts. {steps}",
    "Do this in Sage, then Retry: run it again. Or Cancel: --fallback reads open items instead,"
    " which needs no activation, and gives the same answer.",
    exit_code=4,
)
UNFINISHED = declare(
    "PAYMENTS_UNFINISHED",
    Guarded,
    "Run {run} has not finished writing payments to {app}; until then nobody can tell what is"
    " there.",
    "Go on with it first: clary runs resume {run}",
)
INVOICE_UNKNOWN = declare(
    "PAYMENTS_INVOICE_UNKNOWN",
    Rejected,
    "ConnectWise has no invoice {number} of {party}.",
    "Nothing needs to be done if it was not billed there; else compare the numbers.",
)
INVOICE_DIFFERS = declare(
    "PAYMENTS_INVOICE_DIFFERS",
    Rejected,
    "Invoice {number} in ConnectWise is of {found_party} for {found_total}; in Sage it is of"
    " {party} for {total}.",
    "If they are one invoice, correct number, customer or total on one side; if the customer"
    " has another ID in Sage, store a mapping with `clary batch map`.",
)
INVOICE_AMBIGUOUS = declare(
    "PAYMENTS_INVOICE_AMBIGUOUS",
    Rejected,
    "It cannot be told which invoice is meant: {candidates}.",
    "Give one of them another number, then sync again.",
)
CURRENCY_DIFFERS = declare(
    "PAYMENTS_CURRENCY_DIFFERS",
    Rejected,
    "Invoice {number} is in {found} in ConnectWise and in {currency} in Sage.",
    "Enter the payment in ConnectWise by hand.",
)
BESIDE_OTHERS = declare(
    "PAYMENTS_BESIDE_OTHERS",
    Rejected,
    "Sage shows {settled} paid of invoice {number}; payments that Clary did not make come to"
    " {others} in ConnectWise{ours}.",
    "Look at them there; Clary never touches payments that it did not make.",
)
TOTALS_DIFFER = declare(
    "PAYMENTS_TOTALS_DIFFER",
    Rejected,
    "Invoice {number} is for {found} in ConnectWise and for {total} in Sage, so {result}.",
    "Correct the total on one side, then sync again.",
)
CREDIT_USED = declare(
    "PAYMENTS_CREDIT_USED",
    Rejected,
    "Sage applies {amount} of credit memo {credit} to invoice {number}; in ConnectWise only"
    " {left} of it is left.",
    "Look in ConnectWise what else the credit memo was applied to.",
)
UNEXPLAINED = declare(
    "PAYMENTS_UNEXPLAINED",
    Rejected,
    "Of invoice {number} {settled} is paid; the receipts that were found make up {explained}.",
    "The amount is written all the same; look at the invoice in Sage for what else settled it.",
)
MASS_REDUCTION = confirmable(
    declare(
        "PAYMENTS_REDUCED",
        Guarded,
        "{count} of the {population} payments that Clary has made would be reduced or removed."
        " Were the books restored from a backup, or old invoices purged?",
        "Look through the plan; if it is really meant, go on with --confirm PAYMENTS_REDUCED.",
    )
)

LOOK_AGAIN: Final = frozenset(
    {
        INVOICE_DIFFERS.name,
        INVOICE_AMBIGUOUS.name,
        CURRENCY_DIFFERS.name,
        BESIDE_OTHERS.name,
        TOTALS_DIFFER.name,
        CREDIT_USED.name,
    }
)
"""Findings after which an invoice is looked at again by the next sync, whatever its dates."""
