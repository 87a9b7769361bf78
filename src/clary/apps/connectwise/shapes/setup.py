"""How a site is set up: accounting package, GL accounts, locations, tax codes."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from clary.apps.connectwise.shapes.base import Reference, Shape


class AccountingPackageSetup(Shape):
    """How the site exports: its GL interface set-up."""

    id: int | None = None
    accounting_package: Reference | None = None
    include_invoices_flag: bool | None = None
    invoice_format: str | None = None
    include_expenses_flag: bool | None = None
    transfer_expenses_as_bill_flag: bool | None = None
    expense_format: str | None = None
    sync_payment_info_flag: bool | None = None
    include_sales_tax_flag: bool | None = None
    enable_tax_groups_flag: bool | None = None
    include_items_flag: bool | None = None
    inventory_soh_flag: bool | None = Field(default=None, alias="inventorySOHFlag")
    include_cogs_entries_flag: bool | None = None
    include_cogs_drop_ship_flag: bool | None = None


class GLCaption(Shape):
    """What each of the ten account segments is called, and whether it is Account or Class."""

    id: int | None = None
    segment1: str | None = None
    segment2: str | None = None
    segment3: str | None = None
    segment4: str | None = None
    segment5: str | None = None
    segment6: str | None = None
    segment7: str | None = None
    segment8: str | None = None
    segment9: str | None = None
    segment10: str | None = None
    segment1_type: str | None = Field(default=None, alias="segment1type")
    segment2_type: str | None = Field(default=None, alias="segment2type")
    segment3_type: str | None = Field(default=None, alias="segment3type")
    segment4_type: str | None = Field(default=None, alias="segment4type")
    segment5_type: str | None = Field(default=None, alias="segment5type")
    segment6_type: str | None = Field(default=None, alias="segment6type")
    segment7_type: str | None = Field(default=None, alias="segment7type")
    segment8_type: str | None = Field(default=None, alias="segment8type")
    segment9_type: str | None = Field(default=None, alias="segment9type")
    segment10_type: str | None = Field(default=None, alias="segment10type")

    @property
    def segments(self) -> tuple[tuple[str | None, str | None], ...]:
        """Caption and type of each of the ten segments."""
        return tuple(
            (getattr(self, f"segment{n}"), getattr(self, f"segment{n}_type")) for n in range(1, 11)
        )


class GLAccount(Shape):
    """One account of the GL mapping, in up to ten segments."""

    id: int | None = None
    gl_type: str | None = None
    mapped_type: Reference | None = None
    mapped_record: Reference | None = None
    segment1: str | None = None
    segment2: str | None = None
    segment3: str | None = None
    segment4: str | None = None
    segment5: str | None = None
    segment6: str | None = None
    segment7: str | None = None
    segment8: str | None = None
    segment9: str | None = None
    segment10: str | None = None
    product_id: str | None = None
    inventory: str | None = None
    sales_code: str | None = None

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments that hold something, in order."""
        held = (getattr(self, f"segment{number}") for number in range(1, 11))
        return tuple(segment for segment in held if segment)


class GLPath(Shape):
    """The GL set-up of one location, with the moment of the last payment sync."""

    id: int | None = None
    location: Reference | None = None
    last_payment_sync: str | None = None


class Location(Shape):
    """A location of the service company."""

    id: int | None = None
    owner_level_id: int | None = None
    name: str | None = None
    location_flag: bool | None = None
    client_flag: bool | None = None


class TaxCode(Shape):
    """A tax code; its levels are read on their own."""

    id: int | None = None
    identifier: str | None = None
    description: str | None = None
    default_flag: bool | None = None


class TaxCodeLevel(Shape):
    """One level of a tax code: its rate, and what it is called in the books."""

    id: int | None = None
    tax_level: int | None = None
    tax_rate: Decimal | None = None
    rate_type: str | None = None
    caption: str | None = None
    tax_code_xref: str | None = None
    agency_xref: str | None = None
