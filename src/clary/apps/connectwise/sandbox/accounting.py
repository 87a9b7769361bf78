"""What waits to be posted, exports, and batches with their entries: the paths of accounting."""

from __future__ import annotations

from clary.apps.connectwise.sandbox import batching, export
from clary.apps.connectwise.sandbox.batch_views import BATCHES, ENTRIES
from clary.apps.connectwise.sandbox.call import Answer, Call
from clary.apps.connectwise.sandbox.conditions import ALWAYS, Clause
from clary.apps.connectwise.sandbox.declared import Module
from clary.apps.connectwise.sandbox.expense_views import EXPENSE_LEVELS, UNPOSTED_EXPENSES
from clary.apps.connectwise.sandbox.invoice_views import (
    INVOICE_LEVELS,
    UNPOSTED_BASE,
    UNPOSTED_INVOICES,
)
from clary.apps.connectwise.sandbox.listing import Listing, count_of, one_of, page_of
from clary.apps.connectwise.sandbox.purchase_views import PROCUREMENT_LEVELS, UNPOSTED_PROCUREMENT
from clary.apps.connectwise.sandbox.routing import Route

_BASE = "finance/accounting"

_UNPOSTED = (
    ("unpostedinvoices", UNPOSTED_INVOICES, INVOICE_LEVELS, "r.document_id = ?", UNPOSTED_BASE),
    ("unpostedexpenses", UNPOSTED_EXPENSES, EXPENSE_LEVELS, "r.id = ?", 0),
    ("unpostedprocurement", UNPOSTED_PROCUREMENT, PROCUREMENT_LEVELS, "r.first_gl = ?", 0),
)
"""Name, listing, tax levels, and how these belong to a document that waits."""


def routes() -> list[Route]:
    """Return the paths of accounting."""
    module = Module.ACCOUNTING
    made = [
        Route("POST", f"{_BASE}/export", export.export, module, "Inquire", writes=False),
        Route("POST", f"{_BASE}/batches", batching.create, module),
        Route(
            "POST",
            f"{_BASE}/batches/{{}}/export",
            batching.export_again,
            module,
            "Inquire",
            writes=False,
        ),
        Route("DELETE", f"{_BASE}/batches/{{}}", batching.delete, module),
        *_readable(f"{_BASE}/batches", BATCHES, module),
    ]
    entries = f"{_BASE}/batches/{{}}/entries"
    made += [
        Route("GET", entries, lambda call: page_of(ENTRIES, call, _of_batch(call)), module),
        Route(
            "GET", entries + "/count", lambda call: count_of(ENTRIES, call, _of_batch(call)), module
        ),
        Route(
            "GET",
            entries + "/{}",
            lambda call: one_of(ENTRIES, call, call.ids[1], _of_batch(call)),
            module,
        ),
    ]
    for name, listing, levels, belongs, base in _UNPOSTED:
        made += _readable(f"{_BASE}/{name}", listing, module)
        made += _levels(f"{_BASE}/{name}/{{}}/taxableLevels", listing, levels, belongs, base)
    return made


def _readable(path: str, listing: Listing, module: Module) -> list[Route]:
    return [
        Route("GET", path, lambda call: page_of(listing, call, _seen(listing, call)), module),
        Route(
            "GET",
            path + "/count",
            lambda call: count_of(listing, call, _seen(listing, call)),
            module,
        ),
        Route(
            "GET",
            path + "/{}",
            lambda call: one_of(listing, call, call.ids[0], _seen(listing, call)),
            module,
        ),
    ]


def _seen(listing: Listing, call: Call) -> Clause:
    """Return the condition of the one location that a member below system level 1 sees."""
    if call.caller.location is None or listing is BATCHES:
        return ALWAYS
    return Clause("r.location_id = ?", (call.caller.location,))


def _of_batch(call: Call) -> Clause:
    one_of(BATCHES, call, call.ids[0])
    return Clause("r.batch_id = ?", (call.ids[0],))


def _levels(path: str, listing: Listing, levels: Listing, belongs: str, base: int) -> list[Route]:
    def scope(call: Call) -> Clause:
        one_of(listing, call, call.ids[0], _seen(listing, call))
        return Clause(belongs, (call.ids[0] - base,))

    def page(call: Call) -> Answer:
        return page_of(levels, call, scope(call))

    def count(call: Call) -> Answer:
        return count_of(levels, call, scope(call))

    def one(call: Call) -> Answer:
        return one_of(levels, call, call.ids[1], scope(call))

    return [
        Route("GET", path, page, Module.ACCOUNTING),
        Route("GET", path + "/count", count, Module.ACCOUNTING),
        Route("GET", path + "/{}", one, Module.ACCOUNTING),
    ]
