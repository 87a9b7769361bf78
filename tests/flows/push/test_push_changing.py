"""What of an update is news."""

from __future__ import annotations

import pytest

from clary.flows.push.changing import news
from clary.kernel.change import Body

FOUND: Body = {
    "number": "CN-1",
    "date": "2026-03-01",
    "lines": [{"amount": "10.00", "account_id": "4000", "tax_amount": "2.00"}],
}


@pytest.mark.parametrize(
    ("stated", "left"),
    [
        ({"number": "CN-1"}, {"number": "CN-1"}),
        ({"lines": [{"amount": "10.00"}]}, {}),
        ({"lines": [{"amount": "10.00", "account_id": "4000"}], "note": "x"}, {"note": "x"}),
        ({"lines": [{"amount": "10.01"}]}, {"lines": [{"amount": "10.01"}]}),
        ({"lines": [{"amount": "10.00", "job_id": "J"}]}, None),
        ({"lines": []}, None),
        ({"lines": [{"amount": "10.00"}, {"amount": "1.00"}]}, None),
        ({"applications": [{"amount": "1.00"}]}, None),
    ],
)
def test_groups_that_say_nothing_new_are_left_out(stated: Body, left: Body | None) -> None:
    assert news(stated, FOUND) == (stated if left is None else left)
