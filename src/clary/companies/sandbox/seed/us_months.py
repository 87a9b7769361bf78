"""What comes round in the US demo company: payroll, taxes, note, depreciation, year end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from clary.companies.contract import Session
from clary.companies.sandbox.seed import us_tables as tables
from clary.companies.sandbox.seed.buying import Buying
from clary.companies.sandbox.seed.collecting import Collecting
from clary.companies.sandbox.seed.story import Cast, Event, Month, cents, listed, money
from clary.kernel.change import Body
from clary.kernel.money import from_minor

_YEAR = 12
_QUARTER = 3
_RAISE_A_YEAR = Decimal("1.03")
_HALF_YEARS = (0, 6)


@dataclass(slots=True)
class UsMonths:
    """The entries of the bookkeeper, by the day of the month they are made on."""

    session: Session
    cast: Cast
    buying: Buying
    collecting: Collecting
    payroll_float: Decimal = Decimal(tables.OPENING["10300"])
    note: Decimal = -Decimal(tables.OPENING["27000"])
    before: dict[str, Decimal] = field(default_factory=dict)

    def begin(self, month: Month) -> None:
        """Look up the balances at the end of the month before."""
        if not month.index:
            self.before = {account: Decimal(text) for account, text in tables.OPENING.items()}
            return
        figures = self.session.trial_balance(month.start - timedelta(days=1))
        self.before = {figure.id: from_minor(figure.balance) for figure in figures}

    def on(self, month: Month, day: date) -> Iterator[Event]:
        """Yield the entries of a working day."""
        if day == month.on_or_after(10):
            yield self._note_payment(day)
        if day == month.on_or_after(15):
            yield from self._tax_payments(day, ("23400",), "Payroll tax deposit", None)
        if day == month.on_or_after(20) and month.start.month % _QUARTER == 1:
            for office in dict.fromkeys(tables.TAX_OFFICES.values()):
                accounts = [one for one, whose in tables.TAX_OFFICES.items() if whose == office]
                yield from self._tax_payments(day, accounts, "Sales tax return", office)
        if day == month.on_or_after(26):
            yield from self._petty_cash(day)
        if day == month.on_or_after(28) and month.start.month % _QUARTER == 0:
            yield self._check(day, "Owners", [("39007", tables.DIVIDEND, "Dividend")])
        if day == month.days[-1]:
            yield from self._payroll(month, day)
            yield from self._month_end(day)
            if month.index % _YEAR == _YEAR - 1:
                yield self.buying.count(day)
                room = -self.before[tables.ALLOWANCE]
                yield from self.collecting.written_off(day, room)

    # -- money out ---------------------------------------------------------------------------

    def _check(
        self, day: date, payee: str, rows: Sequence[tuple[str, str, str]], vendor: str | None = None
    ) -> Event:
        body: Body = {
            "reference": self.cast.number("payment", 1000),
            "payment_method": "Check",
            "cash_account_id": tables.CHECKING,
            "lines": listed(*_rows(rows)),
        }
        if vendor is None:
            body["vendor_name"] = payee
        else:
            body["vendor_id"] = vendor
        return Event(day, "payment", body)

    def _tax_payments(
        self, day: date, accounts: Sequence[str], text: str, vendor: str | None
    ) -> Iterator[Event]:
        """Yield the payment of what was owed of a tax at the end of the month before."""
        owed = [(account, -self.before[account]) for account in accounts]
        rows = [(account, money(amount), text) for account, amount in owed if amount > 0]
        if rows:
            yield self._check(day, text, rows, vendor)

    def _note_payment(self, day: date) -> Event:
        interest = cents(self.note * tables.NOTE_PERCENT / 100 / 12)
        principal = tables.NOTE_PAYMENT - interest
        self.note -= principal
        rows = [
            ("27000", money(principal), "Note, principal"),
            ("85000", money(interest), "Note, interest"),
        ]
        return self._check(day, "Valley Street Bank", rows)

    def _petty_cash(self, day: date) -> Iterator[Event]:
        dice = self.cast.dice
        spent = [
            ("66500", Decimal(dice.between(28, 75)), "Stamps"),
            ("66000", Decimal(dice.between(15, 60)), "Coffee and paper"),
            ("70000", Decimal(dice.between(10, 45)), "Parking"),
        ]
        whole = sum((amount for _, amount, _ in spent), Decimal(0))
        rows = [(account, money(amount), text) for account, amount, text in spent]
        rows.append((tables.PETTY_CASH, money(-whole), "Petty cash spent"))
        yield self._journal(day, f"PC-{day:%y%m}", rows)
        refill = [(tables.PETTY_CASH, money(whole), "Petty cash refilled")]
        yield self._check(day, "Petty cash", refill)

    # -- journal entries -----------------------------------------------------------------------

    def _journal(self, day: date, number: str, rows: Sequence[tuple[str, str, str]]) -> Event:
        return Event(day, "journal_entry", {"number": number, "lines": listed(*_rows(rows))})

    def _payroll(self, month: Month, day: date) -> Iterator[Event]:
        """Yield the transfer to the payroll account and the entry of the month's wages."""
        raised = _RAISE_A_YEAR if month.index >= _YEAR else Decimal(1)
        gross = dict.fromkeys(("60000", "60100"), Decimal(0))
        for _, _, _, wage, account, _ in tables.EMPLOYEES:
            gross[account] += cents(Decimal(wage) * raised)
        whole = sum(gross.values(), Decimal(0))
        withheld = cents(whole * tables.WITHHELD_PERCENT / 100)
        employer = cents(whole * tables.EMPLOYER_TAX_PERCENT / 100)
        net = whole - withheld
        needed = net - self.payroll_float + Decimal(tables.OPENING["10300"])
        steps = (needed / tables.TRANSFERRED).to_integral_value(ROUND_CEILING)
        moved = steps * tables.TRANSFERRED
        self.payroll_float += moved - net
        transfer = [
            (tables.PAYROLL, money(moved), "To the payroll account"),
            (tables.CHECKING, money(-moved), "To the payroll account"),
        ]
        yield self._journal(day, f"TR-{day:%y%m}", transfer)
        wages = [(account, money(amount), "Wages") for account, amount in gross.items()]
        wages += [
            ("60200", money(employer), "Employer's payroll taxes"),
            (tables.PAYROLL, money(-net), "Net pay"),
            ("23400", money(-withheld - employer), "Withheld and employer's taxes"),
        ]
        yield self._journal(day, f"PAY-{day:%y%m}", wages)

    def _month_end(self, day: date) -> Iterator[Event]:
        """Yield depreciation, what accrues, and what the bank's statement shows."""
        written_down = [(one, f"-{amount}", "Depreciation") for one, amount in tables.DEPRECIATION]
        whole = sum((Decimal(amount) for _, amount in tables.DEPRECIATION), Decimal(0))
        rows = [("63000", money(whole), "Depreciation"), *written_down]
        yield self._journal(day, f"DEP-{day:%y%m}", rows)
        accrued = []
        for account, other, amount, text in (
            ("64000", "14000", tables.INSURANCE_A_MONTH, "Insurance of the month"),
            ("65000", "23000", tables.AUDIT_A_MONTH, "Accounts, accrued"),
            ("62500", tables.ALLOWANCE, tables.DOUBTFUL_A_MONTH, "Doubtful accounts"),
        ):
            accrued += [(account, amount, text), (other, f"-{amount}", text)]
        yield self._journal(day, f"ACC-{day:%y%m}", accrued)
        charges = money(Decimal(self.cast.dice.between(6800, 9400)) / 100)
        interest = money(Decimal(self.cast.dice.between(5200, 6900)) / 100)
        statement = [
            ("62000", charges, "Bank charges"),
            (tables.CHECKING, f"-{charges}", "Bank charges"),
            ("10500", interest, "Interest"),
            ("48000", f"-{interest}", "Interest"),
        ]
        yield self._journal(day, f"BANK-{day:%y%m}", statement)


def _rows(rows: Sequence[tuple[str, str, str]]) -> list[Body]:
    return [
        {"account_id": account, "amount": amount, "description": text}
        for account, amount, text in rows
    ]
