"""Ids sort by time, tokens are short and stable, GUIDs look as Sage writes them."""

from __future__ import annotations

import re
import time

from hypothesis import given
from hypothesis import strategies as st

from clary.kernel.identifiers import (
    TOKEN_LENGTH,
    fingerprint,
    named_guid,
    new_guid,
    new_id,
    token,
)

GUID = re.compile(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}")


def test_ids_are_unique_and_sort_by_time() -> None:
    first = new_id("run")
    time.sleep(1 / 500)
    later = {new_id("run") for _ in range(100)}
    assert len(later) == 100
    assert all(first < each for each in later)
    assert re.fullmatch(r"run_[0-9A-HJKMNP-TV-Z]{26}", first)


@given(st.text(st.characters(codec="utf-8")))
def test_a_token_is_stable_and_can_be_read_aloud(text: str) -> None:
    assert token(text) == token(text)
    assert re.fullmatch(rf"[0-9A-HJKMNP-TV-Z]{{{TOKEN_LENGTH}}}", token(text))


def test_tokens_and_fingerprints_differ_for_different_texts() -> None:
    texts = [f"origin:{number}" for number in range(10_000)]
    assert len({token(text) for text in texts}) == len(texts)
    assert fingerprint("a") != fingerprint("b")
    assert len(fingerprint("a")) == 64


def test_guids_look_as_sage_writes_them() -> None:
    assert GUID.fullmatch(new_guid())
    assert new_guid() != new_guid()
    assert GUID.fullmatch(named_guid("customer ACME"))
    assert named_guid("customer ACME") == named_guid("customer ACME") != named_guid("else")
