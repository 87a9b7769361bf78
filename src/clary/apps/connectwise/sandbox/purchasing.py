"""Purchase orders, their lines, adjustments, product lines and expenses, as clients use them."""

from __future__ import annotations

from clary.apps.connectwise.sandbox.call import Answer, Call, answered
from clary.apps.connectwise.sandbox.closing import close_received, rows_in_batch
from clary.apps.connectwise.sandbox.conditions import Clause
from clary.apps.connectwise.sandbox.declared import Module
from clary.apps.connectwise.sandbox.expense_views import EXPENSES
from clary.apps.connectwise.sandbox.listing import Listing, count_of, one_of, page_of
from clary.apps.connectwise.sandbox.problems import Mistake, Refused
from clary.apps.connectwise.sandbox.product_views import PRODUCTS
from clary.apps.connectwise.sandbox.purchase_views import (
    ADJUSTMENTS,
    ORDER_LINES,
    ORDERS,
)
from clary.apps.connectwise.sandbox.records import (
    Columns,
    body_of,
    changing,
    columns_of,
    insert,
    update,
)
from clary.apps.connectwise.sandbox.routing import Route

_ORDERS, _EXPENSES = "procurement/purchaseorders", "expense/entries"


def routes() -> list[Route]:
    """Return the paths of purchasing, stock and expenses."""
    lines = _ORDERS + "/{}/lineitems"
    put_order, patch_order = changing(ORDERS, _save_order)
    put_line, patch_line = changing(ORDER_LINES, _save_line, _of_order)
    put_expense, patch_expense = changing(EXPENSES, _save_expense)
    return [
        *_readable(_ORDERS, ORDERS, Module.ORDERS),
        Route("POST", _ORDERS, _create_order, Module.ORDERS),
        Route("PUT", _ORDERS + "/{}", put_order, Module.ORDERS),
        Route("PATCH", _ORDERS + "/{}", patch_order, Module.ORDERS),
        Route("GET", lines, _lines, Module.ORDERS),
        Route("GET", lines + "/count", _count_lines, Module.ORDERS),
        Route("GET", lines + "/{}", _line, Module.ORDERS),
        Route("POST", lines, _create_line, Module.ORDERS),
        Route("PUT", lines + "/{}", put_line, Module.ORDERS),
        Route("PATCH", lines + "/{}", patch_line, Module.ORDERS),
        *_readable("procurement/adjustments", ADJUSTMENTS, Module.PROCUREMENT),
        Route("GET", "procurement/adjustments/{}/details", _details, Module.PROCUREMENT),
        Route(
            "GET", "procurement/adjustments/{}/details/count", _details_count, Module.PROCUREMENT
        ),
        *_readable("procurement/products", PRODUCTS, Module.PROCUREMENT),
        *_readable(_EXPENSES, EXPENSES, Module.EXPENSES),
        Route("POST", _EXPENSES, _create_expense, Module.EXPENSES),
        Route("PUT", _EXPENSES + "/{}", put_expense, Module.EXPENSES),
        Route("PATCH", _EXPENSES + "/{}", patch_expense, Module.EXPENSES),
        Route("DELETE", _EXPENSES + "/{}", _delete_expense, Module.EXPENSES),
    ]


def _readable(path: str, listing: Listing, module: Module) -> list[Route]:
    return [
        Route("GET", path, lambda call: page_of(listing, call), module),
        Route("GET", path + "/count", lambda call: count_of(listing, call), module),
        Route("GET", path + "/{}", lambda call: one_of(listing, call, call.ids[0]), module),
    ]


# -- orders ------------------------------------------------------------------------------------


def _create_order(call: Call) -> Answer:
    columns = columns_of(call, ORDERS, {}, call.object())
    first = call.connection.execute(
        "SELECT min(id) FROM currency UNION ALL SELECT min(id) FROM order_status "
        "WHERE coalesce(closedFlag, 0) = 0"
    ).fetchall()
    whole: Columns = {
        "currency_id": first[0][0],
        "status_id": first[1][0],
        "location_id": 1,
        "department_id": 1,
        "date": call.now[: len("2026-01-31")],
        "entered_by": call.caller.name,
        **columns,
    }
    _check_number(call, whole["number"], None)
    return one_of(ORDERS, call, insert(call, "purchase_order", whole), status=201)


def _save_order(call: Call, columns: Columns) -> Answer:
    identifier = call.ids[0]
    _check_number(call, columns.get("number"), identifier)
    update(call, "purchase_order", identifier, columns)
    if "status_id" in columns:
        follow_status(call, identifier)
    return one_of(ORDERS, call, identifier)


def follow_status(call: Call, order: int) -> None:
    """Make an order closed or open as its status says."""
    call.connection.execute(
        "UPDATE purchase_order SET closed = s.closed, closed_on = iif(s.closed, ?2, NULL) "
        "FROM (SELECT coalesce(b.closedFlag, 0) AS closed FROM purchase_order o "
        "JOIN order_status b ON b.id = o.status_id WHERE o.id = ?1) s "
        "WHERE purchase_order.id = ?1 AND purchase_order.closed <> s.closed",
        (order, call.now),
    )


def _check_number(call: Call, number: object, identifier: int | None) -> None:
    sql = "SELECT 1 FROM purchase_order WHERE number = ? COLLATE NOCASE AND id IS NOT ?"
    if number and call.connection.execute(sql, (number, identifier)).fetchone():
        message = f"There is a purchase order {number} already."
        raise Refused.invalid(message, Mistake("ObjectExists", message, "poNumber"))


def _of_order(call: Call) -> Clause:
    body_of(call, ORDERS, call.ids[0])
    return Clause("r.order_id = ?", (call.ids[0],))


def _lines(call: Call) -> Answer:
    return page_of(ORDER_LINES, call, _of_order(call))


def _count_lines(call: Call) -> Answer:
    return count_of(ORDER_LINES, call, _of_order(call))


def _line(call: Call) -> Answer:
    return one_of(ORDER_LINES, call, call.ids[1], _of_order(call))


def _create_line(call: Call) -> Answer:
    _of_order(call)
    columns = columns_of(call, ORDER_LINES, {}, call.object())
    number, text = call.connection.execute(
        "SELECT coalesce(max(number), 0) + 1, (SELECT json_extract(body, '$.description') "
        "FROM catalog WHERE id = ?) FROM purchase_line WHERE order_id = ?",
        (columns["catalog_id"], call.ids[0]),
    ).fetchone()
    whole: Columns = {
        "number": number,
        "description": text,
        "unit_cost": 0,
        "received_status": "Waiting",
        **columns,
        "order_id": call.ids[0],
    }
    made = insert(call, "purchase_line", whole)
    close_received(call.connection, call.ids[0], call.now)
    return one_of(ORDER_LINES, call, made, status=201)


def _save_line(call: Call, columns: Columns) -> Answer:
    identifier = call.ids[1]
    receipt = call.connection.execute(
        "SELECT receipt_id FROM purchase_line WHERE id = ?", (identifier,)
    ).fetchone()[0]
    if receipt is not None and columns:
        raise Refused.conflict("The line is received and closed and cannot be changed.")
    if columns.get("received_status") == "FullyReceived" and "received" not in columns:
        ordered = call.connection.execute(
            "SELECT quantity FROM purchase_line WHERE id = ?", (identifier,)
        ).fetchone()[0]
        columns["received"] = ordered // 1000
    if columns.get("received"):
        columns = {"received_on": call.now[: len("2026-01-31")], **columns}
    update(call, "purchase_line", identifier, columns)
    close_received(call.connection, call.ids[0], call.now)
    return one_of(ORDER_LINES, call, identifier)


def _details(call: Call) -> Answer:
    details = body_of(call, ADJUSTMENTS, call.ids[0])["adjustmentDetails"]
    return answered(details)


def _details_count(call: Call) -> Answer:
    details = body_of(call, ADJUSTMENTS, call.ids[0])["adjustmentDetails"]
    return answered({"count": len(details) if isinstance(details, list) else 0})


# -- expenses ----------------------------------------------------------------------------------


def _create_expense(call: Call) -> Answer:
    columns = columns_of(call, EXPENSES, {}, call.object())
    first = call.connection.execute(
        "SELECT min(id) FROM currency UNION ALL SELECT min(id) FROM classification"
    ).fetchall()
    whole: Columns = {
        "member_id": call.caller.member_id,
        "currency_id": first[0][0],
        "classification_id": first[1][0],
        "billable": "Billable",
        "status": "Open",
        "location_id": 1,
        "department_id": 1,
        **columns,
    }
    return one_of(EXPENSES, call, insert(call, "expense", whole), status=201)


def _save_expense(call: Call, columns: Columns) -> Answer:
    _check_open(call)
    update(call, "expense", call.ids[0], columns)
    return one_of(EXPENSES, call, call.ids[0])


def _delete_expense(call: Call) -> Answer:
    body_of(call, EXPENSES, call.ids[0])
    _check_open(call)
    call.connection.execute("DELETE FROM expense WHERE id = ?", (call.ids[0],))
    return Answer(204, "")


def _check_open(call: Call) -> None:
    """Refuse changes of an expense that is approved.

    Raises:
        Refused: it is (409).
    """
    row = call.connection.execute(
        "SELECT closed_on FROM expense WHERE id = ?", (call.ids[0],)
    ).fetchone()
    if row[0] is not None or rows_in_batch(call.connection, "E", call.ids[0]):
        raise Refused.conflict("The expense is approved and cannot be changed.")
