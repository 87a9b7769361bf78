"""What comes round in the UK demo company: wages, VAT, loan, direct debits, stock, euros."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from clary.companies.contract import Query
from clary.companies.sandbox.seed import uk_tables as tables
from clary.companies.sandbox.seed.buying import Buying
from clary.companies.sandbox.seed.collecting import Collecting
from clary.companies.sandbox.seed.story import Cast, Event, Month, cents, listed, money
from clary.companies.sandbox.session import SandboxSession
from clary.kernel.change import Body
from clary.kernel.money import from_minor

_YEAR = 12
_QUARTER = 3
_RAISE_A_YEAR = Decimal("1.03")
_ALL_OF_THEM = Decimal(10**9)

Row = tuple[str, Decimal, str, str]
"""Nominal, amount (a debit positive), text and department."""


@dataclass(slots=True)
class UkMonths:
    """The entries of the bookkeeper, by the day of the month they are made on."""

    session: SandboxSession
    cast: Cast
    buying: Buying
    collecting: Collecting
    loan: Decimal = -Decimal(tables.OPENING["2300"])
    stock: Decimal = Decimal(0)
    before: dict[str, Decimal] = field(default_factory=dict)

    def begin(self, month: Month) -> None:
        """Close the month before and look up the balances at its end."""
        if not month.index:
            self.before = {account: Decimal(text) for account, text in tables.OPENING.items()}
            return
        end = month.start - timedelta(days=1)
        self.close(end, first=month.index == 1)
        figures = self.session.trial_balance(end)
        self.before = {figure.id: from_minor(figure.balance) for figure in figures}

    def close(self, end: date, *, first: bool) -> None:
        """Take the stock into the books, and move the VAT of a quarter to the liability."""
        values = self.session.read("item", Query(fields=("stock_value",)))
        now = sum((Decimal(str(body.get("stock_value") or 0)) for body in values), Decimal(0))
        before, self.stock = self.stock, now
        counterpart = tables.OPENING_STOCK if first else tables.CLOSING_STOCK
        rows: list[Row] = [
            (counterpart, before, "Stock brought forward", tables.HARDWARE),
            (tables.CLOSING_STOCK, -now, "Stock at the end of the month", tables.HARDWARE),
            (tables.STOCK, now - before, "Change of stock", tables.HARDWARE),
        ]
        event = self._journal(end, f"STOCK {end:%m%y}", [row for row in rows if row[1]])
        self.session.create(event.record_type, {"date": end.isoformat(), **event.body})
        if not end.month % _QUARTER:
            self.session.transfer_vat(end)

    def on(self, month: Month, day: date) -> Iterator[Event]:
        """Yield the entries of a working day."""
        yield from self._debits(month, day)
        if day == month.on_or_after(5):
            yield from self._transfers(month, day)
        if day == month.on_or_after(7) and month.start.month % _QUARTER == 2:  # noqa: PLR2004 - a month and seven days after the quarter
            yield from self._owed(day, ("2202",), "VAT of the quarter")
        if day == month.on_or_after(10):
            yield self._loan_payment(day)
        if day == month.on_or_after(19):
            yield from self._owed(day, ("2230",), "Pension contributions")
        if day == month.on_or_after(22):
            yield from self._owed(day, ("2210", "2211"), "PAYE and national insurance")
        if day == month.on_or_after(26):
            yield from self._small_money(day)
        if day == month.on_or_after(28) and not month.start.month % _QUARTER:
            yield self._paid(day, [("3210", tables.DIVIDEND, "Dividend", tables.OUTSIDE)])
        if day == month.days[-1]:
            yield from self._wages(month, day)
            yield from self._month_end(day)
            if month.index % _YEAR == _YEAR - 1:
                yield self.buying.count(day)
                yield from self.collecting.written_off(day, _ALL_OF_THEM)

    # -- bank entries ----------------------------------------------------------------------------

    def _paid(
        self, day: date, rows: Sequence[tuple[str, str, str, str]], bank: str = tables.BANK
    ) -> Event:
        """Return a bank payment over rows of nominal, net amount, text and tax code."""
        lines: list[Body] = [
            {
                "account_id": account,
                "amount": amount,
                "description": text,
                "tax_code_id": tax,
                "department_id": tables.OFFICE,
            }
            for account, amount, text, tax in rows
        ]
        number = self.cast.number(f"bank {bank}", 100, {tables.CARD: "CC"}.get(bank, "BP"))
        body: Body = {
            "number": number,
            "bank_id": bank,
            "details": rows[0][2],
            "lines": listed(*lines),
        }
        return Event(day, "bank_payment", body)

    def _received(self, day: date, bank: str, account: str, amount: str, tax: str) -> Event:
        line: Body = {"account_id": account, "amount": amount, "tax_code_id": tax}
        body: Body = {
            "number": self.cast.number("bank receipt", 100, "BR"),
            "bank_id": bank,
            "lines": listed(line),
        }
        return Event(day, "bank_receipt", body)

    def _debits(self, month: Month, day: date) -> Iterator[Event]:
        """Yield what the bank and the card pay without being asked."""
        dice = self.cast.dice
        for bank, table in ((tables.BANK, tables.DIRECT_DEBITS), (tables.CARD, tables.ON_CARD)):
            for when, account, amount, spread, text, tax in table:
                if day == month.on_or_after(when):
                    net = money(dice.near(Decimal(amount), spread))
                    yield self._paid(day, [(account, net, text, tax)], bank)

    def _owed(self, day: date, accounts: Sequence[str], text: str) -> Iterator[Event]:
        """Yield the payment of what was owed on accounts at the end of the month before."""
        rows = [
            (account, money(-self.before[account]), text, tables.OUTSIDE)
            for account in accounts
            if self.before.get(account, Decimal(0)) < 0
        ]
        if rows:
            yield self._paid(day, rows)

    def _loan_payment(self, day: date) -> Event:
        interest = cents(self.loan * tables.LOAN_PERCENT / 100 / 12)
        principal = tables.LOAN_PAYMENT - interest
        self.loan -= principal
        rows = [
            ("2300", money(principal), "Loan, repayment", tables.OUTSIDE),
            ("7903", money(interest), "Loan, interest", tables.OUTSIDE),
        ]
        return self._paid(day, rows)

    def _transfers(self, month: Month, day: date) -> Iterator[Event]:
        """Yield what settles the card, and each quarter what goes on deposit."""
        card = -self.before[tables.CARD]
        if card > 0:
            yield self._transfer(day, tables.BANK, tables.CARD, money(card))
        if month.start.month % _QUARTER == 1:
            yield self._transfer(day, tables.BANK, tables.DEPOSIT, tables.TO_DEPOSIT)

    def _transfer(self, day: date, source: str, target: str, amount: str) -> Event:
        body: Body = {
            "number": self.cast.number("transfer", 100, "TR"),
            "from_bank_id": source,
            "to_bank_id": target,
            "details": "Bank transfer",
            "total": amount,
        }
        return Event(day, "bank_transfer", body)

    def _small_money(self, day: date) -> Iterator[Event]:
        """Yield petty cash spent and refilled, counter sales and interest."""
        dice = self.cast.dice
        spent = [
            ("7501", money(Decimal(dice.between(20, 55))), "Stamps", tables.EXEMPT),
            ("8205", money(Decimal(dice.between(10, 35))), "Milk and tea", tables.ZERO),
        ]
        whole = sum((Decimal(amount) for _, amount, _, _ in spent), Decimal(0))
        yield self._paid(day, spent, tables.PETTY_CASH)
        yield self._transfer(day, tables.BANK, tables.PETTY_CASH, money(whole))
        counter = money(Decimal(dice.between(6000, 19500)) / 100)
        yield self._received(day, tables.BANK, "4100", counter, tables.STANDARD)
        interest = money(Decimal(dice.between(4100, 6300)) / 100)
        yield self._received(day, tables.DEPOSIT, "4906", interest, tables.OUTSIDE)

    # -- journals ----------------------------------------------------------------------------------

    def _journal(self, day: date, number: str, rows: Sequence[Row]) -> Event:
        lines: list[Body] = [
            {
                "account_id": account,
                "amount": money(amount),
                "description": text,
                "department_id": department,
            }
            for account, amount, text, department in rows
        ]
        body: Body = {"number": number, "lines": listed(*lines)}
        return Event(day, "journal_entry", body)

    def _wages(self, month: Month, day: date) -> Iterator[Event]:
        """Yield the journal of the month's wages and the payment of what is left of them."""
        raised = _RAISE_A_YEAR if month.index >= _YEAR else Decimal(1)
        rows: list[Row] = [
            (account, cents(gross * raised), f"Wages, {text.lower()}", department)
            for account, gross, department, text in tables.WAGES
        ]
        whole = sum((row[1] for row in rows), Decimal(0))

        def share(percent: Decimal) -> Decimal:
            return cents(whole * percent / 100)

        paye, insured = share(tables.PAYE_PERCENT), share(tables.EMPLOYEE_NI_PERCENT)
        saved = share(tables.EMPLOYEE_PENSION_PERCENT)
        employer, pension = (
            share(tables.EMPLOYER_NI_PERCENT),
            share(tables.EMPLOYER_PENSION_PERCENT),
        )
        net = whole - paye - insured - saved
        rows += [
            ("7006", employer, "Employer's national insurance", tables.OFFICE),
            ("7007", pension, "Employer's pension", tables.OFFICE),
            ("2210", -paye, "PAYE", tables.OFFICE),
            ("2211", -insured - employer, "National insurance", tables.OFFICE),
            ("2230", -saved - pension, "Pension contributions", tables.OFFICE),
            ("2220", -net, "Net wages", tables.OFFICE),
        ]
        yield self._journal(day, f"WAGES {day:%m%y}", rows)
        yield self._paid(day, [("2220", money(net), "Net wages", tables.OUTSIDE)])

    def _month_end(self, day: date) -> Iterator[Event]:
        """Yield depreciation, and what is prepaid and accrued."""
        office = tables.OFFICE
        rows: list[Row] = [
            (account, -Decimal(amount), "Depreciation", office)
            for account, amount in tables.DEPRECIATION
        ]
        whole = -sum((row[1] for row in rows), Decimal(0))
        yield self._journal(
            day, f"DEP {day:%m%y}", [("8000", whole, "Depreciation", office), *rows]
        )
        insured, audited = Decimal(tables.INSURANCE_A_MONTH), Decimal(tables.AUDIT_A_MONTH)
        accrued: list[Row] = [
            ("8204", insured, "Insurance of the month", office),
            ("1103", -insured, "Insurance of the month", office),
            ("7601", audited, "Audit, accrued", office),
            ("2109", -audited, "Audit, accrued", office),
        ]
        yield self._journal(day, f"ACC {day:%m%y}", accrued)
