"""A program of somebody else pushes a supplier and its bill into the books, over HTTP.

Every request is sent twice, as after a lost connection, and the books hold the bill once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from clary.companies.contract import Info
from clary.demo.caller import Caller, Json, calling
from clary.demo.checks import Check
from clary.demo.desk import Desk
from clary.hub.access import Role
from clary.hub.services.applying import RunAnswer
from clary.hub.services.companies import TrialBalance
from clary.hub.services.keys import add_key
from clary.hub.services.records import QueryAsked, querying
from clary.hub.services.runs import list_runs
from clary.kernel.money import to_minor
from clary.ledger.fields import EditionName

KEY_NAME: Final = "shop"
PLATFORM_KEY: Final = "hbql"
"""How the API calls Sage 50 UK."""

EDITION: Final[EditionName] = "uk"
"""Whose books are pushed to."""

FLOW: Final = "push"
NUMBER: Final = "MT-2291"
SUPPLIER: Final[Json] = {
    "id": "MARSHTOO",
    "supplierName": "Marsh Tools Ltd",
    "emailAddress": "accounts@marshtools.example",
    "defaultCurrency": "GBP",
    "status": "Active",
    "addresses": [
        {"type": "Unknown", "line1": "4 Staithe Lane", "city": "Ely", "postalCode": "CB7 4AA"}
    ],
}
LINES: Final[Sequence[Json]] = (
    {
        "description": "Crimping tools",
        "quantity": 2,
        "unitAmount": 84.50,
        "taxAmount": 33.80,
        "totalAmount": 202.80,
        "accountRef": {"id": "5001"},
        "taxRateRef": {"id": "1"},
    },
    {
        "description": "Carriage",
        "quantity": 1,
        "unitAmount": 12.00,
        "taxAmount": 2.40,
        "totalAmount": 14.40,
        "accountRef": {"id": "5100"},
        "taxRateRef": {"id": "1"},
    },
)
TOTAL: Final = 217_20
"""What the bill comes to, in minor units."""

MOVED: Final[Mapping[str, int]] = {"5001": 169_00, "5100": 12_00, "2201": 36_20, "2100": -TOTAL}
"""What the bill does to the accounts, in minor units; credits are negative."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A company of the API that is linked to the books.

    Attributes:
        caller: the program that made it.
        path: its path below the API.
        connection: the path of its connection.
        status: how the connection stands.
        options: what may be stated of each data type, by its name.
    """

    caller: Caller
    path: str
    connection: str
    status: str
    options: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Sent:
    """A document that was pushed twice under one Idempotency-Key.

    Attributes:
        told: what it is, for a reader.
        accepted: the operation that answered the first request.
        again: the operation that answered the second.
        ended: the operation as it ended.
    """

    told: str
    accepted: Json
    again: Json
    ended: Json

    @property
    def same(self) -> bool:
        """Tell whether both requests are one operation."""
        return bool(self.accepted["pushOperationKey"] == self.again["pushOperationKey"])

    @property
    def record(self) -> str | None:
        """Id of the record that was made, if any."""
        changes = self.ended["changes"]
        return str(changes[0]["recordRef"]["id"]) if changes else None


@dataclass(frozen=True, slots=True)
class Push:
    """What a program did through the push API.

    Attributes:
        title: name of the company in its books.
        linked: how it was connected.
        sent: what was pushed, in order.
        refused: the operation of a bill that cannot be posted, as it was answered.
        bill: the bill as the API reads it from the books; none if it is not there.
        before: the balances before.
        after: the balances with the bill.
        runs: the runs that wrote it.
        checks: what must be so.
    """

    title: str
    linked: Linked
    sent: Sequence[Sent]
    refused: Json
    bill: Json | None
    before: TrialBalance
    after: TrialBalance
    runs: Sequence[RunAnswer]
    checks: Sequence[Check]

    @property
    def faults(self) -> Sequence[Json]:
        """What is wrong with the bill that was refused, by property."""
        return list(self.refused["validation"]["errors"])


def tell_push(desk: Desk, url: str, info: Info) -> Push:
    """Push a supplier and its bill to the server at `url`.

    Args:
        desk: whose books are pushed to.
        url: address of the server.
        info: the company.

    Raises:
        ClaryError: something could not be done at all.
        httpx.HTTPError: the server is broken.
    """
    key = add_key(desk.installation, KEY_NAME, Role.OPERATOR, [desk.name]).key or ""
    before = desk.balances()
    with calling(url, key) as caller:
        linked = _link(desk, caller, info)
        refused = _be_refused(desk, linked)
        sent = [
            _send(linked, f"supplier {SUPPLIER['id']}", "suppliers", SUPPLIER),
            _send(linked, f"bill {NUMBER}", "bills", _bill(desk)),
        ]
        _check_sent(desk, sent)
        bill = _read_back(desk, linked, sent[-1])
    after = _check_books(desk, before)
    runs = [each for each in list_runs(desk.installation, desk.name) if each.run.flow == FLOW]
    return Push(
        title=info.name,
        linked=linked,
        sent=sent,
        refused=refused,
        bill=bill,
        before=before,
        after=after,
        runs=runs[::-1],
        checks=desk.checks,
    )


def _link(desk: Desk, caller: Caller, info: Info) -> Linked:
    """Make a company of the API, link it to the books, and ask what they take."""
    company = caller.ask("POST", "/companies", {"name": info.name})
    path = f"/companies/{company['id']}"
    made = caller.ask("POST", f"{path}/connections", {"platformKey": PLATFORM_KEY})
    here = f"{path}/connections/{made['id']}"
    linked = caller.ask("PUT", f"{here}/authorization", {"company": desk.name})
    options = {
        name: caller.ask("GET", f"{here}/options/{name}")["properties"]
        for name in ("suppliers", "bills")
    }
    desk.check(
        "a program is linked",
        linked["status"] == "Linked" and all(options.values()),
        "a program with an API key for these books alone was linked, and asked what they take",
    )
    return Linked(caller, path, here, linked["status"], options)


def _bill(desk: Desk) -> Json:
    day = f"{desk.day.isoformat()}T00:00:00"
    return {
        "supplierRef": {"id": SUPPLIER["id"]},
        "reference": NUMBER,
        "issueDate": day,
        "dueDate": day,
        "currency": "GBP",
        "status": "Open",
        "lineItems": LINES,
        "subTotal": 181.00,
        "taxAmount": 36.20,
        "totalAmount": 217.20,
    }


def _be_refused(desk: Desk, linked: Linked) -> Json:
    """Push a bill that nobody could post, which is answered at once."""
    wrong = {**_bill(desk), "issueDate": "31/03/2026", "totalAmount": 271.20}
    refused = linked.caller.ask("POST", f"{linked.connection}/push/bills", wrong)
    faults = (refused["validation"] or {}).get("errors", [])
    desk.check(
        "what is wrong is named by property",
        refused["status"] == "Failed" and bool(faults) and all(each["itemId"] for each in faults),
        "a bill that nobody could post was refused at once, property by property",
    )
    return refused


def _send(linked: Linked, told: str, data_type: str, document: Json) -> Sent:
    """Push a document twice under one Idempotency-Key, and wait until it has ended."""
    caller, path = linked.caller, f"{linked.connection}/push/{data_type}"
    key = f"demo-{data_type}"
    accepted = caller.ask("POST", path, document, Idempotency_Key=key)
    again = caller.ask("POST", path, document, Idempotency_Key=key)
    ended = caller.ended(f"{linked.path}/push/{accepted['pushOperationKey']}")
    return Sent(told, accepted, again, ended)


def _check_sent(desk: Desk, sent: Sequence[Sent]) -> None:
    desk.check(
        "what is pushed is written",
        all(each.ended["status"] == "Success" and each.record for each in sent),
        "a supplier and its bill, pushed over HTTP, ended as Success",
    )
    desk.check(
        "a push sent again is the same",
        all(each.same for each in sent),
        "each request, sent again with its Idempotency-Key, was answered with the same operation",
    )


def _read_back(desk: Desk, linked: Linked, sent: Sent) -> Json | None:
    """Return the bill as the API reads it from the books."""
    bill = None
    if sent.record is not None:
        bill = linked.caller.ask("GET", f"{linked.path}/data/bills/{sent.record}")
    desk.check(
        "the bill reads back",
        bill is not None
        and (bill["reference"], bill["supplierRef"]["id"]) == (NUMBER, SUPPLIER["id"])
        and to_minor(Decimal(str(bill["totalAmount"]))) == TOTAL
        and len(bill["lineItems"]) == len(LINES),
        "the bill, read back through the API, is the one that was sent",
    )
    return bill


def _check_books(desk: Desk, before: TrialBalance) -> TrialBalance:
    asked = QueryAsked(where=f"number = '{NUMBER}'", fields=("vendor_id",))
    with querying(desk.installation, desk.name, "purchase", asked) as found:
        vendors = [row["vendor_id"] for row in found.answer.rows]
    desk.check("one bill", vendors == [SUPPLIER["id"]], "the books hold that bill once")
    after = desk.balances()
    old = {account.id: account.balance for account in before.accounts}
    moved = {each.id: each.balance - old.get(each.id, 0) for each in after.accounts}
    desk.check(
        "the books moved by the bill",
        {account: step for account, step in moved.items() if step} == MOVED,
        "the accounts moved by the bill to the penny, and by nothing else",
    )
    return after
