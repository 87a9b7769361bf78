"""What a sandbox company lets one do with records of a type is what is said of the edition."""

from __future__ import annotations

import pytest

from clary.companies.sandbox.company import capabilities_of
from clary.ledger.describe import READING, operations_of
from clary.ledger.fields import EditionName
from clary.ledger.registry import record_types_in


@pytest.mark.parametrize("edition", ["us", "uk"])
def test_what_the_description_lists_can_be_done_and_nothing_else(edition: EditionName) -> None:
    capabilities = capabilities_of(edition)
    for declared in record_types_in(edition):
        listed = set(operations_of(declared, edition)) - {*READING, "upsert"}
        able = {operation.value for operation in capabilities[declared.name].operations} - {"read"}
        assert able == listed, declared.name


@pytest.mark.parametrize("name", ["sales_invoice", "payment", "bank_transfer", "journal_entry"])
def test_uk_documents_can_be_voided_and_reversed(name: str) -> None:
    able = {operation.value for operation in capabilities_of("uk")[name].operations}
    assert {"void", "reverse"} <= able
    assert "delete" not in able
