"""People of the company: employees, sales representatives and users of Sage 50 itself."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from clary.ledger.fields import (
    ABSENT,
    Rule,
    choice,
    day,
    decimal,
    flag,
    group,
    integer,
    money,
    text,
)
from clary.ledger.record import Family, Record, RecordType, TypeName
from clary.ledger.types.groups import CUSTOM_FIELDS, Address, CustomField, us_id
from clary.ledger.types.stamps import Stamped

FROM_2018 = Rule(since=2018, source="generic connector help, version notes")
PAY_METHODS = ("hourly", "salary")
PAY_FREQUENCIES = ("weekly", "biweekly", "semimonthly", "monthly")
RIGHT_LEVELS = ("none", "read", "add", "edit", "full")
RIGHT_AREAS = (
    "customers_and_sales",
    "vendors_and_purchases",
    "inventory_and_services",
    "banking_and_general_ledger",
    "import_export",
    "sdk_data_access",
)


class PayInfo(Record):
    """One pay rate of an employee."""

    number: int = integer("Pay field", us=Rule(required=True), uk=ABSENT)
    name: str | None = text("Pay name", us=20, uk=ABSENT)
    rate: Decimal | None = decimal("Rate", uk=ABSENT)
    rate_number: int | None = integer("Rate number", us=FROM_2018, uk=ABSENT)
    account_id: str | None = text("GL account", us=15, uk=ABSENT, reference="account")


class PayrollField(Record):
    """One deduction or contribution, of the employee or of the employer."""

    number: int = integer("Field", us=Rule(required=True), uk=ABSENT)
    name: str | None = text("Name", us=20, uk=ABSENT)
    account_id: str | None = text("GL account", us=15, uk=ABSENT, reference="account")
    amount: Decimal | None = money("Amount", uk=ABSENT)
    calculated: bool | None = flag("Calculated", uk=ABSENT)


class Employee(Stamped):
    """Someone who works for the company, with pay and employer fields (US)."""

    id: str = text("Employee ID", us=us_id(), uk=ABSENT, key=True)
    name: str = text("Name", us=Rule(39, required=True), uk=ABSENT)
    inactive: bool | None = flag("Inactive", uk=ABSENT)
    sales_rep: bool | None = flag("Is a sales representative", uk=ABSENT)
    address: Address | None = group("Address", uk=ABSENT)
    telephone1: str | None = text("Telephone 1", us=20, uk=ABSENT)
    email: str | None = text("E-mail", us=64, uk=ABSENT)
    hired: date | None = day("Hired", uk=ABSENT)
    terminated: date | None = day("Terminated", uk=ABSENT)
    pay_method: str | None = choice("Pay method", PAY_METHODS, uk=ABSENT)
    pay_frequency: str | None = choice("Pay frequency", PAY_FREQUENCIES, uk=ABSENT)
    pay: list[PayInfo] | None = group("Pay rates", us=20, uk=ABSENT)
    employee_fields: list[PayrollField] | None = group("Employee fields", us=40, uk=ABSENT)
    employer_fields: list[PayrollField] | None = group("Employer fields", us=40, uk=ABSENT)
    uses_w4_prior_to_2020: bool | None = flag(
        "Uses a W-4 from before 2020", us=FROM_2018, uk=ABSENT
    )
    multiple_jobs: bool | None = flag("Multiple jobs", us=FROM_2018, uk=ABSENT)
    federal_dependent_amount: Decimal | None = money("Federal dependents", us=FROM_2018, uk=ABSENT)
    federal_other_income: Decimal | None = money("Federal other income", us=FROM_2018, uk=ABSENT)
    federal_deductions: Decimal | None = money("Federal deductions", us=FROM_2018, uk=ABSENT)
    custom_fields: list[CustomField] | None = CUSTOM_FIELDS


class SalesRep(Stamped):
    """A sales representative: an employee who sells (US)."""

    id: str = text("Sales representative ID", us=us_id(), uk=ABSENT, key=True)
    name: str | None = text("Name", us=39, uk=ABSENT)
    inactive: bool | None = flag("Inactive", uk=ABSENT)


class Right(Record):
    """What a user may do in one area of Sage 50."""

    area: str = choice(
        "Area",
        RIGHT_AREAS,
        us=Rule(required=True, choices=RIGHT_AREAS),
        uk=Rule(required=True, choices=RIGHT_AREAS),
    )
    level: str = choice(
        "Level",
        RIGHT_LEVELS,
        us=Rule(required=True, choices=RIGHT_LEVELS),
        uk=Rule(required=True, choices=RIGHT_LEVELS),
    )


class User(Stamped):
    """A user of Sage 50; passwords are never part of a record."""

    id: str = text(
        "User name", us=Rule(32, required=True), uk=Rule(32, required=True, upper=True), key=True
    )
    full_name: str | None = text("Full name", us=39, uk=60)
    inactive: bool | None = flag("Inactive")
    administrator: bool | None = flag("Administrator", uk=Rule(label="Manager"))
    rights: list[Right] | None = group("Rights", us=20, uk=20)


EMPLOYEE = RecordType(
    name="employee",
    record=Employee,
    family=Family.LIST,
    words={"us": TypeName("Employee", "Employees")},
    aliases=("employees", "EmployeeList"),
    order=40,
)
SALES_REP = RecordType(
    name="sales_rep",
    record=SalesRep,
    family=Family.LIST,
    words={"us": TypeName("Sales representative", "Sales representatives")},
    aliases=("sales_reps", "sales_representative"),
    order=41,
)
USER = RecordType(
    name="user",
    record=User,
    family=Family.LIST,
    words={"us": TypeName("User", "Users"), "uk": TypeName("User", "Users")},
    aliases=("users",),
    order=1,
)
