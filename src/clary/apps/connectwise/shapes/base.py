"""What every answer of ConnectWise has in common: how names are spelt, and references."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Shape(BaseModel):
    """Base of every answer: names in camel case, unknown fields ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        coerce_numbers_to_str=True,
        extra="ignore",
        hide_input_in_errors=True,
        defer_build=True,
    )

    @classmethod
    def asked(cls) -> tuple[str, ...]:
        """Return the names of its fields as a list is asked for them."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())


class Reference(Shape):
    """A pointer to another record: its id, and whatever name its kind carries."""

    id: int | None = None
    identifier: str | None = None
    name: str | None = None

    @property
    def shown(self) -> str:
        """The best name there is, for people."""
        return self.identifier or self.name or ("" if self.id is None else str(self.id))


class CurrencyReference(Reference):
    """A currency; `currency_code` is the ISO code, `number_of_decimals` often 2, at times 0."""

    currency_code: str | None = None
    number_of_decimals: int | None = None


class ItemReference(Reference):
    """A catalog item as documents name it."""

    serialized_flag: bool | None = None


class InvoiceReference(Reference):
    """An invoice; `identifier` is its number."""
