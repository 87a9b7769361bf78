"""Which GL rows documents stand for: the same whether an export is read whole or for them only."""

from __future__ import annotations

import json

from clary.apps.connectwise.gl_ids import documents
from clary.apps.connectwise.shapes import GLExport, GLRows

EXPORT = {
    "transactions": [
        {"id": 1, "glEntryIds": "12, 11,x", "total": 5, "detail": [{"id": 13}, {"id": None}]},
        {"id": 2, "glEntryIds": None, "detail": None},
    ],
    "expenseBills": [{"id": 3, "detail": [{"id": [31, 32]}, {"id": None}]}],
    "expenses": [{"id": 4, "offset": {"id": 41}}, {"id": 5, "offset": None}],
    "purchaseTransactions": [
        {"id": "9-PO", "purchaseDetail": [{"id": 91}], "purchaseDetailTax": [{"id": 92}]}
    ],
    "customers": [{"accountNumber": "A"}],
}
ROWS = [
    ("invoice:1", (11, 12, 13)),
    ("invoice:2", ()),
    ("expense:3", (31, 32)),
    ("expense:4", (4, 41)),
    ("expense:5", (5,)),
    ("purchase:9-PO", (91, 92)),
]


def test_an_export_read_whole() -> None:
    assert list(documents(GLExport.parse(EXPORT))) == ROWS


def test_an_export_read_for_its_rows_only() -> None:
    assert list(documents(GLRows.model_validate_json(json.dumps(EXPORT)))) == ROWS
