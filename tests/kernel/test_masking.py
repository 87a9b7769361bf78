"""A secret is hidden in every form in which a text may carry it, and ordinary words stay."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from clary.kernel.masking import MASK, SHORTEST, Masking

SECRET = 'pa"ss/wörd +1'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        base64.b64encode(SECRET.encode()).decode(),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
    ],
)
def test_every_form_is_hidden(form: str) -> None:
    masked = Masking.of([SECRET]).masked(f"echo {form}, {form}")
    assert masked.count(MASK) == 2
    assert "rd" not in masked


def test_what_is_too_short_to_be_hidden_takes_nothing_out_of_words() -> None:
    masking = Masking.of(["", "e", "x" * (SHORTEST - 1)])
    assert masking.masked("Batch B: completed, xxxx") == "Batch B: completed, xxxx"


def test_a_secret_within_another_one_leaves_no_end_of_it() -> None:
    assert Masking.of(["pass", "password"]).masked("password pass") == f"{MASK} {MASK}"


def test_secrets_do_not_stand_in_what_is_shown_of_it() -> None:
    assert SECRET not in repr(Masking.of([SECRET]))
