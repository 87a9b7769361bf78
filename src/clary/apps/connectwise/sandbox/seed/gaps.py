"""What is wrong on purpose, all at the location Training, so that the rest stays clean.

`GAPS` is the table of it: the number of each document and what is the matter with it.
"""

from __future__ import annotations

from clary.apps.connectwise.sandbox.seed.companies import VENDOR, add_company
from clary.apps.connectwise.sandbox.seed.documents import SUPPLIES, TRAVEL
from clary.apps.connectwise.sandbox.seed.world import (
    EURO,
    MAIN,
    TRAINING,
    Calendar,
    World,
    rows_of,
)
from clary.apps.connectwise.sandbox.seed.writing import (
    Invoice,
    Line,
    Order,
    OrderLine,
    Spent,
    Writer,
)

GAPS: dict[str, str] = {
    "T1001": "its company has no account number (any more), so that exports leave it out",
    "T1002": "its product's account is none of the books",
    "T1003": "its product is not mapped, so that it has no GL entries and cannot be posted",
    "T1004": "its tax code is unknown to the books",
    "T1005": "its product's type has no cross-reference",
    "T1006": "it is in euros",
    "T1007": "its texts hold emoji and control characters",
    "T1008": "its new customer's name and account number are longer than the books' fields",
    "T1009": "its account number is that of two companies",
    "T1010": "its customer is inactive in the books",
    "T1011": "its date is before the first period of the books",
    "T1012": "it is still open, so that it is not listed",
    "T1013": "its customer's credit is on hold in the books (US only)",
    "T1014": "its new customer's account number does not look like one of the books",
    "expenses of DWHITLOCK": "the member has no vendor number; one was paid by company card",
    "PO-2901": "its vendor has no vendor number, so that exports leave it out",
    "PO-2902": "it is received, but its line is not closed, so that it is not listed",
    "PO-2903": "nothing of it is received, so that it is not listed",
    "PO-2904": "its vendor's invoice is not there, without which the UK books take no goods",
    "COUNT-9": "its item is new to the books",
    "1-transfer": "transfers do not exist in the books",
}
"""Document and what is the matter with it."""

EMOJI = "Training \U0001f680 day\x07 with \u202econtrols\u202c\x00 and a caf\u00e9"
LONG_NAME = "The Very Long Named Consultancy of Alder and Birch"
LONG_ACCOUNT = "THE-VERY-LONG-ACCOUNT-NUMBER-OF-ALDER"
SHARED_ACCOUNT = "TWINS"


def write(writer: Writer, world: World, calendar: Calendar) -> None:
    """Write every deliberate gap."""
    _companies(writer, world)
    customers = [row[0] for row in rows_of(world.customers)]
    first = customers[22]
    day = calendar.ago(10)

    def bill(number: str, account: str, *lines: Line, date: str = day, **more: object) -> None:
        work = Line("service", "Training day", 1000, 90000)
        made = Invoice(account, lines or (work,), date, location=TRAINING, number=number)
        for name, value in more.items():
            setattr(made, name, value)
        writer.invoice(made)

    def sold(code: str) -> Line:
        return Line("product", item=code, taxable=False)

    bill("T1001", "NO-NUMBER")
    writer.connection.execute(
        "UPDATE company SET body = json_remove(body, '$.accountNumber') "
        "WHERE accountNumber = 'NO-NUMBER'"
    )
    bill("T1002", first, sold("KIT-01"))
    bill("T1003", first, sold("BOX-01"))
    unknown = world.taxes[-1].identifier
    bill("T1004", first, Line("service", "Training day", 1000, 90000, taxable=True), tax=unknown)
    bill("T1005", first, sold("ODD-01"))
    bill("T1006", world.foreign, currency=EURO)
    text = Line("service", EMOJI, 1000, 12000, ticket=(4799, EMOJI, EMOJI))
    bill("T1007", first, text, comment=EMOJI)
    bill("T1008", LONG_ACCOUNT)
    bill("T1009", SHARED_ACCOUNT)
    bill("T1010", world.inactive)
    bill("T1011", first, date=calendar.before_the_books())
    bill("T1012", first, closed=False)
    if world.on_hold:
        bill("T1013", world.on_hold)
    bill("T1014", rows_of(world.new_customers)[1][0])
    writer.expenses(
        "DWHITLOCK",
        [
            Spent(TRAVEL, 7500, day, "Taxi", first),
            Spent(SUPPLIES, 3100, day, "Flip chart", card=True),
        ],
        TRAINING,
        calendar.ago(15),
        calendar.ago(5),
    )
    _orders(writer, world, calendar)
    writer.adjust("COUNT-9", "Kits lost", [("KIT-01", -1)], TRAINING)
    writer.transfer("CB-03", 4, day, (MAIN, TRAINING, TRAINING))


def _companies(writer: Writer, world: World) -> None:
    """Add the companies that something is the matter with."""
    usual = world.usual_tax
    address = ["7 Lost Lane", "Nowhere", "", "00000", "Pat Nobody"]
    for account, name in (
        ("NO-NUMBER", "Numberless Partners"),
        (LONG_ACCOUNT, LONG_NAME),
        (SHARED_ACCOUNT, "Twin Brothers East"),
        (SHARED_ACCOUNT, "Twin Brothers West"),
        (world.inactive, "Idle Company"),
        *([(world.on_hold, "Held Company")] if world.on_hold else []),
    ):
        add_company(writer.connection, world, [account, name, usual, *address])
    add_company(
        writer.connection, world, [world.foreign, "Euro Customer", usual, *address], currency=EURO
    )
    add_company(
        writer.connection,
        world,
        ["", "Vendor without Number", usual, *address],
        kind=VENDOR,
    )
    writer.refresh()


def _orders(writer: Writer, world: World, calendar: Calendar) -> None:
    """Write the purchase orders that are not exported or not listed."""
    vendor = rows_of(world.vendors)[0][0]
    for number, account, line in (
        ("PO-2901", "VendorWithoutNumber", OrderLine("CB-03", 5, 5, "PS-9001")),
        ("PO-2902", vendor, OrderLine("CB-03", 5, 5, "PS-9002", closed=False)),
        ("PO-2903", vendor, OrderLine("CB-03", 5)),
        ("PO-2904", vendor, OrderLine("CB-03", 5, 5, "PS-9004")),
    ):
        days = (calendar.ago(14), calendar.ago(9))
        writer.order(Order(number, account, [line], *days, location=TRAINING))
