"""Acts on the books: periods, settings, and what the person at Sage posts and changes."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from clary.companies.contract import Operation
from clary.companies.keys import parse_key
from clary.companies.sandbox import file
from clary.companies.sandbox.acting import ACT_ARGUMENTS, ACT_IMPOSSIBLE, USER, Act, Argument, Play
from clary.companies.sandbox.situations import company_values, set_value
from clary.companies.sandbox.verbs import operations
from clary.companies.sandbox.year_end import closing_entry
from clary.kernel.change import Body, JsonValue, Verb
from clary.kernel.clock import local_date
from clary.kernel.errors import raise_errors
from clary.ledger.record import RecordType
from clary.ledger.registry import record_type
from clary.ledger.schema import Purpose, Scope
from clary.ledger.values import body_from_texts

_Period = tuple[int, str, str, int]
_EDIT_USAGE: Final = "edit-record TYPE KEY FIELD=VALUE ..."

# -- settings and periods -------------------------------------------------------------------


def _foreign_trader(play: Play) -> str:
    state = play.arguments["state"]
    with play.writing() as connection:
        set_value(connection, "foreign_trader", "1" if state == "on" else "0")
    return f"Foreign Trader is switched {state}."


def _lock_date(play: Play) -> str:
    text = play.arguments["date"]
    day = "" if text == "none" else _day(text, "lock-date", "lock-date DATE|none").isoformat()
    with play.writing() as connection:
        set_value(connection, "lock_date", day)
    return f"The books are locked up to {day}." if day else "The books are not locked any more."


def _day(text: str, name: str, usage: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        reason = f"{text!r} is no date like 2026-01-31"
        raise ACT_ARGUMENTS.raised(name=name, reason=reason, usage=usage) from None


def _periods(connection: sqlite3.Connection) -> list[_Period]:
    return connection.execute(
        "SELECT number, start, end, open FROM period ORDER BY number"
    ).fetchall()


def _close_period(play: Play) -> str:
    with play.writing() as connection:
        if play.edition == "uk":
            return _lock_next_month(connection)
        periods = _periods(connection)
        number, start, end, _ = next(each for each in periods if each[3])
        year = len(periods) // 2
        if number % year == 0:
            raise ACT_IMPOSSIBLE.raised(
                reason=f"Period {number} ({start} to {end}) is the last of its fiscal year",
                remedy="Close the fiscal year with the act close-year.",
            )
        connection.execute("UPDATE period SET open = 0 WHERE number = ?", (number,))
    return f"Period {number} ({start} to {end}) is closed."


def _lock_next_month(connection: sqlite3.Connection) -> str:
    """Move the lock date to the end of the next month: UK books have no closed periods."""
    lock = company_values(connection)["lock_date"]
    end = next((each[2] for each in _periods(connection) if each[2] > lock), None)
    if end is None:
        raise ACT_IMPOSSIBLE.raised(
            reason=f"The books are locked up to {lock} already",
            remedy="Move the lock date with the act lock-date.",
        )
    set_value(connection, "lock_date", end)
    return f"The month was closed: the books are locked up to {end}."


def _close_year(play: Play) -> str:
    """Close the first of the two open fiscal years and open the next one.

    The year's result goes to retained earnings first, while its last period is open; were
    the periods then not moved, doing it again would find nothing left to carry over.
    """
    _carry_result_over(play)
    with play.writing() as connection:
        periods = _periods(connection)
        year = len(periods) // 2
        _move_periods(connection, periods)
    return (
        f"The fiscal year from {periods[0][1]} to {periods[year - 1][2]} is closed;"
        f" the books are open from {periods[year][1]}."
    )


def _carry_result_over(play: Play) -> None:
    """Post the entry that brings income and cost of the year to zero, if there is any."""
    with contextlib.closing(file.connect(play.path)) as connection:
        periods = _periods(connection)
    end = date.fromisoformat(periods[len(periods) // 2 - 1][2])
    with play.at_screen() as session:
        entry = closing_entry(session.trial_balance(end), end)
        if entry is not None:
            session.create("journal_entry", entry)


def _move_periods(connection: sqlite3.Connection, periods: list[_Period]) -> None:
    """Make period 13 the first; documents of the closed year get period 0, as older ones."""
    year = len(periods) // 2
    last = date.fromisoformat(periods[-1][2])
    connection.execute("DELETE FROM period WHERE number <= ?", (year,))
    connection.execute("UPDATE period SET number = number - ?", (year,))
    connection.executemany(
        "INSERT INTO period (number, start, end, open) VALUES (?, ?, ?, 1)",
        [
            (number + year, start, end)
            for number, start, end in file.months(last + timedelta(days=1), year)
        ],
    )
    connection.execute("UPDATE document SET period = max(period - ?, 0) WHERE period > 0", (year,))
    set_value(connection, "fiscal_year_start", periods[year][1])


# -- what the person posts and changes --------------------------------------------------------


def _receive_payment(play: Play) -> str:
    party, number, amount = (play.arguments[name] for name in ("party", "number", "amount"))
    with contextlib.closing(file.connect(play.path)) as connection:
        account = play.options.get("account") or _cash_account(play, connection)
        day = play.options.get("date") or _payment_day(play, connection, number)
    application: dict[str, JsonValue] = {"amount": amount}
    kind, _, rest = number.partition(":")
    if kind == "number" and rest.isdecimal():
        application["transaction_number"] = int(rest)
    else:
        application["invoice_number"] = number
    body: Body = {
        "customer_id": party,
        "date": _day(day, "receive-payment", "receive-payment PARTY NUMBER AMOUNT").isoformat(),
        "reference": play.options.get("reference") or f"PAY {rest or number}"[:20],
        "cash_account_id": account,
        "amount": amount,
        "applications": [application],
    }
    with play.at_screen() as session:
        key = session.create("receipt", body).key
    return f"{amount} from {party} for {number} were received on {day} as transaction {key}."


def _cash_account(play: Play, connection: sqlite3.Connection) -> str:
    """Return the account that a person takes without thinking: the first that holds cash."""
    condition = "type = 'cash'" if play.edition == "us" else "kind = 'bank'"
    row = connection.execute(
        f"SELECT id FROM account_record WHERE {condition} AND coalesce(inactive, 0) = 0"
        " ORDER BY id LIMIT 1"
    ).fetchone()
    if row is None:
        raise ACT_IMPOSSIBLE.raised(
            reason="The company has no account that holds cash",
            remedy="Create one, or name an account with --account.",
        )
    return str(row[0])


def _payment_day(play: Play, connection: sqlite3.Connection, number: str) -> str:
    """Return today, or the invoice's own day where the books are not open today."""
    today = local_date(play.clock).isoformat()
    if any(start <= today <= end and is_open for _, start, end, is_open in _periods(connection)):
        return today
    row = connection.execute(
        "SELECT date FROM document WHERE record_type = 'sales_invoice' AND"
        " (number = ? OR 'number:' || transaction_number = ?) ORDER BY transaction_number",
        (number, number),
    ).fetchone()
    return today if row is None else str(row[0])


def _edit_record(play: Play) -> str:
    declared, key = _named(play)
    with contextlib.closing(file.connect(play.path)) as connection:
        release = int(company_values(connection)["release"])
    texts = _pairs(play.more)
    body, findings = body_from_texts(
        declared.record, declared.name, texts, Scope(play.edition, release, Purpose.UPDATE)
    )
    raise_errors(findings)
    with play.at_screen() as session:
        session.update(declared.name, parse_key(declared, key), body)  # type: ignore[arg-type]  # values made from texts are canonical
    changed = ", ".join(name for name, _ in texts)
    return f"{play.person} changed {changed} of {declared.name} {key}."


def _pairs(texts: Sequence[str]) -> list[tuple[str, str]]:
    pairs = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            reason = f"{text!r} is not FIELD=VALUE"
            raise ACT_ARGUMENTS.raised(name="edit-record", reason=reason, usage=_EDIT_USAGE)
        pairs.append((name, value))
    if not pairs:
        reason = "no field is named"
        raise ACT_ARGUMENTS.raised(name="edit-record", reason=reason, usage=_EDIT_USAGE)
    return pairs


def _named(play: Play) -> tuple[RecordType, str]:
    return record_type(play.arguments["type"], play.edition), play.arguments["key"]


def _void(play: Play) -> str:
    declared, key = _named(play)
    can_void = Operation.VOID in operations(declared, play.edition)
    verb = Verb.VOID if can_void else Verb.REVERSE
    details: Body = {"date": play.options["date"]} if "date" in play.options else {}
    with play.at_screen() as session:
        written = session.act(declared.name, parse_key(declared, key), verb, details)
    by = f" by transaction {written.key}" if written.key not in (None, key) else ""
    done = "voided" if verb is Verb.VOID else "reversed"
    return f"{play.person} {done} {declared.name} {key}{by}."


def _delete(play: Play) -> str:
    declared, key = _named(play)
    with play.at_screen() as session:
        session.delete(declared.name, parse_key(declared, key))
    return f"{play.person} deleted {declared.name} {key}."


_TYPE: Final = Argument("type", "record type, such as customer")
_KEY: Final = Argument("key", "the record's key")
_DATE: Final = Argument("date", "the day, like 2026-01-31", required=False)

ACTS_IN_BOOKS: Final[tuple[Act, ...]] = (
    Act(
        "foreign-trader",
        "Switch foreign currencies on or off.",
        _foreign_trader,
        (Argument("state", "on or off", ("on", "off")),),
        editions=("uk",),
        instead="US companies have no Foreign Trader.",
    ),
    Act(
        "lock-date",
        "Lock the books up to and including a day, or unlock them.",
        _lock_date,
        (Argument("date", "a day like 2026-01-31, or none"),),
        editions=("uk",),
        instead="Close periods with the act close-period.",
    ),
    Act(
        "close-period",
        "Close the oldest open period (US), or lock the books up to the end of the next"
        " month (UK, inferred).",
        _close_period,
    ),
    Act(
        "close-year",
        "Close the first of the two open fiscal years, carry its result to retained earnings,"
        " and open the next year.",
        _close_year,
        options=(USER,),
        editions=("us",),
        instead="Move the lock date with the act lock-date.",
    ),
    Act(
        "receive-payment",
        "Receive money for an invoice of a customer.",
        _receive_payment,
        (
            Argument("party", "the customer"),
            Argument("number", "the invoice's number, or number:N for a transaction number"),
            Argument("amount", "the amount, like 120.50"),
        ),
        (
            _DATE,
            Argument("account", "cash or bank account; the first there is if left out"),
            Argument("reference", "the receipt's reference"),
            USER,
        ),
    ),
    Act(
        "edit-record",
        "Change fields of a record by hand, as somebody may between two runs.",
        _edit_record,
        (_TYPE, _KEY),
        (USER,),
        Argument("field=value", "a field and its new value; nothing behind = clears it"),
    ),
    Act("void", "Void or reverse a document by hand.", _void, (_TYPE, _KEY), (_DATE, USER)),
    Act("delete", "Delete a record by hand.", _delete, (_TYPE, _KEY), (USER,)),
)
"""In the order help shows them."""
