"""Between canonical bodies and the columns of a list record's table, both ways, fast.

Conversion functions are chosen once per type, so that reading a million customers costs
little more than fetching their rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import TypeAlias

from clary.companies.sandbox.schema import columns_of
from clary.kernel.change import Body, JsonValue
from clary.kernel.money import decimal_text, money_text, to_minor
from clary.ledger.fields import EditionName, FieldSpec, Kind
from clary.ledger.record import RecordType

SqlValue: TypeAlias = int | str | None


def encode(spec: FieldSpec, value: JsonValue) -> SqlValue:
    """Return the column value of one canonical value of a body."""
    if value is None:
        return None
    if spec.kind in (Kind.MONEY, Kind.DECIMAL):
        return to_minor(Decimal(str(value)), spec.places)
    if spec.kind is Kind.GROUP:
        kept = _stated(value)
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else None
    if spec.kind in (Kind.BOOLEAN, Kind.INTEGER):
        return int(str(int(value))) if isinstance(value, int) else int(str(value))
    return str(value)


def _stated(value: JsonValue) -> JsonValue:
    """Return a group without the fields that a change has cleared."""
    if isinstance(value, Mapping):
        return {name: _stated(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_stated(entry) for entry in value]
    return value


def _decoder(spec: FieldSpec) -> Callable[[int | str], JsonValue] | None:
    """Return how a column value becomes a canonical value; none if it is one already."""
    if spec.kind is Kind.MONEY:
        return money_text  # type: ignore[return-value]  # the column is declared INTEGER
    if spec.kind is Kind.DECIMAL:
        places = spec.places
        return lambda units: decimal_text(int(units), places)
    if spec.kind is Kind.BOOLEAN:
        return bool
    if spec.kind is Kind.GROUP:
        return lambda text: json.loads(str(text))
    return None


class Codec:
    """Columns and conversions of one list record type in one edition."""

    def __init__(self, declared: RecordType, edition: EditionName) -> None:
        """Prepare the conversions."""
        self.fields = columns_of(declared, edition)
        self._decoders = {name: _decoder(spec) for name, spec in self.fields.items()}

    def encode(self, body: Body) -> dict[str, SqlValue]:
        """Return the column values of the fields that `body` states."""
        return {name: encode(self.fields[name], value) for name, value in body.items()}

    def reader(self, names: Sequence[str]) -> Callable[[Iterable[SqlValue]], Body]:
        """Return a function from a row with the columns `names` to a body.

        Columns that are null are left out of the body.
        """
        plain = [name for name in names if self._decoders.get(name) is None]
        if len(plain) == len(names):
            return lambda row: {
                name: value for name, value in zip(names, row, strict=True) if value is not None
            }
        pairs = [(name, self._decoders.get(name)) for name in names]

        def read(row: Iterable[SqlValue]) -> Body:
            return {
                name: value if decode is None else decode(value)
                for (name, decode), value in zip(pairs, row, strict=True)
                if value is not None
            }

        return read


@cache
def codec_of(declared: RecordType, edition: EditionName) -> Codec:
    """Return the codec of a list record type in an edition."""
    return Codec(declared, edition)
