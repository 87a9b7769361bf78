"""The clean documents of a seeded site, all at the main office and the branch.

Everything here can be posted into the demo books of its country: standard, agreement,
miscellaneous and down-payment invoices, credit memos, expenses of several members, purchases
and a stock count.  What cannot is in `gaps`.
"""

from __future__ import annotations

from clary.apps.connectwise.sandbox.seed.world import BRANCH, MAIN, Calendar, World, rows_of
from clary.apps.connectwise.sandbox.seed.writing import (
    Invoice,
    Line,
    Order,
    OrderLine,
    Spent,
    Writer,
)

TRAVEL, MILEAGE, PARKING, SUPPLIES = 1, 2, 3, 4

AT_BRANCH, CONTRACTS_AT_BRANCH = (7, 8, 9), (4, 5)
"""Which of the customers in turn are billed by the branch."""

TICKETS = (
    (4711, "Mail does not arrive", "Replaced the connector and tested with three senders."),
    (4712, "New starter", "Account, phone and notebook set up."),
    (4718, "Slow file server", "Moved the archive to the second volume."),
    (4725, "Printer on floor 2", "Driver replaced; toner ordered."),
    (4731, "Backup failed", "Job rescheduled, restore tested."),
    (4740, "Wireless in the hall", "Survey, two access points moved."),
)
"""Ticket number, summary and notes of service lines."""


def write(writer: Writer, world: World, calendar: Calendar) -> None:
    """Write every clean document."""
    customers = [row[0] for row in rows_of(world.customers)]
    new = rows_of(world.new_customers)[0][0]
    _invoices(writer, calendar, customers, new)
    _agreements(writer, calendar, customers)
    _others(writer, calendar, customers)
    _expenses(writer, calendar, customers)
    _purchases(writer, world, calendar)
    _more_purchases(writer, world, calendar)
    writer.adjust("COUNT-1", "Yearly count", [("CB-03", -2), ("UC-04", 1)])
    writer.adjust("COUNT-2", "Broken in transit", [("VC-02", -1)])


def _service(place: int, hours: int, rate: int, *, taxable: bool = False) -> Line:
    ticket = TICKETS[place % len(TICKETS)]
    return Line("service", ticket[1], hours * 100, rate, taxable=taxable, ticket=ticket)


def _product(code: str, count: int, *, taxable: bool = True, serials: str | None = None) -> Line:
    return Line("product", item=code, quantity=count * 1000, taxable=taxable, serials=serials)


def _invoices(writer: Writer, calendar: Calendar, customers: list[str], new: str) -> None:
    """Write standard invoices, and one of each that is credited."""
    for place, company in enumerate(customers[:10]):
        lines = [_service(place, 15 + 5 * place, 10500 + 500 * (place % 3))]
        if place % 2:
            lines.append(_product(("CB-03", "UC-04", "VC-02", "PW-01", "MS-04")[place % 5], 2))
        if place % 3 == 0:
            lines.append(_product("SV-ONSITE", 1, taxable=False))
        where = BRANCH if place in AT_BRANCH else MAIN
        order = f"PO-{8800 + place}" if place % 4 == 0 else None
        writer.invoice(
            Invoice(company, lines, calendar.ago(30 - place), location=where, customer_po=order)
        )
    writer.invoice(
        Invoice(new, [_service(1, 40, 11500), _product("AP-90", 1)], calendar.ago(12), tax="")
    )
    credited = writer.invoice(
        Invoice(customers[10], [_product("CB-03", 5), _service(2, 20, 10500)], calendar.ago(20))
    )
    memo = writer.invoice(
        Invoice(customers[10], [_product("CB-03", 1)], calendar.ago(9), type="CreditMemo")
    )
    amount = -writer.connection.execute(
        "SELECT total FROM invoice WHERE id = ?", (memo,)
    ).fetchone()[0]
    writer.credit(credited, memo, amount, calendar.ago(9))
    writer.invoice(
        Invoice(
            customers[11],
            [Line("service", "Goodwill", 1000, 4500)],
            calendar.ago(8),
            type="CreditMemo",
            location=BRANCH,
        )
    )


def _agreements(writer: Writer, calendar: Calendar, customers: list[str]) -> None:
    """Write the month's agreement invoices."""
    for place, company in enumerate(customers[12:18]):
        lines = [
            Line("agreement", f"Managed support, {8 + place} devices", 1000, 28000 + 3500 * place),
            _product("NS-GUARD", 8 + place, taxable=False),
        ]
        if place % 2:
            lines.append(_product("NS-BACKUP", 1, taxable=False))
        writer.invoice(
            Invoice(
                company,
                lines,
                calendar.ago(21),
                type="Agreement",
                location=BRANCH if place in CONTRACTS_AT_BRANCH else MAIN,
                agreement=("Managed support", 1),
            )
        )


def _others(writer: Writer, calendar: Calendar, customers: list[str]) -> None:
    """Write miscellaneous and down-payment invoices, and one that uses a down payment."""
    writer.invoice(
        Invoice(
            customers[18],
            [Line("miscellaneous", "Hire of a meeting room", 1000, 15000)],
            calendar.ago(16),
            type="Miscellaneous",
            comment="Room hire",
        )
    )
    writer.invoice(
        Invoice(
            customers[19],
            [Line("miscellaneous", "Lecture", 2000, 22500), _product("FEE-DISPOSAL", 3)],
            calendar.ago(15),
            type="Miscellaneous",
            location=BRANCH,
        )
    )
    writer.invoice(
        Invoice(
            customers[20],
            [Line("downpayment", "Deposit on the server move", 1000, 150000)],
            calendar.ago(25),
            type="DownPayment",
        )
    )
    writer.invoice(
        Invoice(
            customers[21],
            [Line("downpayment", "Deposit on cabling", 1000, 80000)],
            calendar.ago(24),
            type="DownPayment",
            location=BRANCH,
        )
    )
    writer.invoice(
        Invoice(
            customers[20],
            [
                _service(5, 160, 14500),
                Line("downpayment", "Deposit used", 1000, -150000),
            ],
            calendar.ago(5),
            comment="Server move",
        )
    )


def _expenses(writer: Writer, calendar: Calendar, customers: list[str]) -> None:
    """Write the expense reports of three members, and an invoice that bills one on."""
    start, end = calendar.ago(28), calendar.ago(14)
    made = writer.expenses(
        "MWEBB",
        [
            Spent(
                TRAVEL, 18420, calendar.ago(26), "Train to the site", customers[0], billable=True
            ),
            Spent(PARKING, 1850, calendar.ago(26), "Parking at the site", customers[0]),
            Spent(SUPPLIES, 4275, calendar.ago(22), "Labels and tape"),
        ],
        MAIN,
        start,
        end,
    )
    writer.expenses(
        "LSORENSEN",
        [
            Spent(MILEAGE, 6318, calendar.ago(20), "Visits of the week", customers[12]),
            Spent(TRAVEL, 2240, calendar.ago(18), "Bus pass"),
        ],
        BRANCH,
        start,
        end,
    )
    writer.expenses(
        "JSTAFFING",
        [Spent(TRAVEL, 9900, calendar.ago(17), "Flight", customers[1], billable=True)],
        MAIN,
        start,
        end,
    )
    writer.invoice(
        Invoice(
            customers[0],
            [
                _service(3, 60, 12500),
                Line("expense", "Train to the site", 1000, 18420, expense=made[0]),
            ],
            calendar.ago(13),
        )
    )


def _purchases(writer: Writer, world: World, calendar: Calendar) -> None:
    """Write purchase orders: received wholly and in part, with and without vendor invoice."""
    vendors = [row[0] for row in rows_of(world.vendors)]

    writer.order(
        Order(
            "PO-2001",
            vendors[0],
            [
                OrderLine("NB-01", 2, 2, "PS-7001", serials="S7001,S7002"),
                OrderLine("DK-02", 2, 2, "PS-7001"),
            ],
            calendar.ago(24),
            calendar.ago(18),
            freight=2450,
            invoice=("INV-88120", calendar.ago(17)),
        )
    )
    writer.order(
        Order(
            "PO-2002",
            vendors[1],
            [OrderLine("MN-02", 4, 4, "PS-7002")],
            calendar.ago(20),
            calendar.ago(11),
            invoice=_bill_of(world, "VC-771", calendar.ago(10)),
        )
    )
    writer.order(
        Order(
            "PO-2003",
            vendors[2],
            [OrderLine("SW-01", 5, 5, "PS-7003"), OrderLine("CB-03", 40)],
            calendar.ago(19),
            calendar.ago(10),
            location=BRANCH,
            invoice=("44-1093", calendar.ago(9)),
        )
    )


def _bill_of(world: World, number: str, day: str) -> tuple[str, str] | None:
    """Return the vendor's invoice where the books take no goods without it."""
    return None if world.receipts else (number, day)


def _more_purchases(writer: Writer, world: World, calendar: Calendar) -> None:
    """Write the orders with tax, with two packing slips, and of a new vendor."""
    vendors = [row[0] for row in rows_of(world.vendors)]
    new = rows_of(world.new_vendors)[0][0]
    # A second receipt would double the number of the vendor's invoice, where there is one.
    later = 20 if world.receipts else 0
    writer.order(
        Order(
            "PO-2004",
            vendors[3],
            [OrderLine("KB-02", 6, 6, "PS-7004"), OrderLine("NS-OFFICE", 10, 10, "PS-7004")],
            calendar.ago(16),
            calendar.ago(8),
            taxed=True,
            freight=1200,
            invoice=("R-5531", calendar.ago(8)),
        )
    )
    writer.order(
        Order(
            "PO-2005",
            vendors[4],
            [OrderLine("PW-01", 10, 10, "PS-7005"), OrderLine("UC-04", 20, later, "PS-7006")],
            calendar.ago(15),
            calendar.ago(7),
            invoice=_bill_of(world, "Z-4410", calendar.ago(6)),
        )
    )
    writer.order(
        Order(
            "PO-2006",
            new,
            [OrderLine("AP-90", 3, 3, "PS-7007")],
            calendar.ago(12),
            calendar.ago(6),
            invoice=("KITE-1", calendar.ago(6)),
        )
    )
