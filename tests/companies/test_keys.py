"""What names a record, and what is said of a text that names none."""

from __future__ import annotations

import pytest

from clary.companies.keys import KEY_LENGTH, parse_key
from clary.kernel.errors import Rejected
from clary.ledger.registry import record_type


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("customer", "", "it is empty"),
        ("customer", "x" * 300, "it has 300 characters, an ID at most 20"),
        ("customer", "id:" + "x" * 300, "it has 300 characters, an ID at most 20"),
        ("sales_invoice", "1" * 300, f"it has 300 characters, a key at most {KEY_LENGTH}"),
        ("sales_invoice", "1" * 19, "a transaction number has digits only"),
    ],
)
def test_a_text_that_is_no_key_says_why(name: str, text: str, reason: str) -> None:
    with pytest.raises(Rejected) as caught:
        parse_key(record_type(name), text)
    assert caught.value.code == "KEY_INVALID"
    assert reason in str(caught.value)
    assert len(str(caught.value)) < 150
