"""Documents are read from text of any length, and what is added goes with each."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.hub.documents import Added, key_documents, read_documents
from clary.kernel.errors import Rejected


def test_numbers_stay_exact() -> None:
    document = next(read_documents(StringIO('{"amount": 0.10, "count": 3}')))
    assert document.body == {"amount": Decimal("0.10"), "count": 3}


def test_documents_without_an_id_are_numbered() -> None:
    text = '{"a": 1}\n\n{"body": {"a": 2}, "document": "mine"}\n[{"a": 3}]\n'
    with pytest.raises(Rejected, match="Document 3 is not a JSON object"):
        list(read_documents(StringIO(text)))
    documents = list(read_documents(StringIO(text.replace("[", "").replace("]", ""))))
    assert [document.id for document in documents] == ["1", "mine", "3"]


def test_lines_are_read_as_they_come() -> None:
    class Endless(StringIO):
        """Lines without end; reading them all would never return."""

        lines = 0

        def readline(self, _size: int = -1, /) -> str:  # type: ignore[override]  # as StringIO has it
            self.lines += 1
            return '{"a": 1}\n'

    stream = Endless()
    documents = read_documents(stream)
    assert [next(documents).id for _ in range(3)] == ["1", "2", "3"]
    assert stream.lines <= 4


def test_a_broken_line_is_named() -> None:
    with pytest.raises(Rejected) as caught:
        list(read_documents(StringIO('{"a": 1}\n{"a": \n')))
    assert caught.value.findings[0].record == "line 2"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a": 1}\n{"ä": "ö" "b"}\n', "line 2, column 11"),
        ('\n \n{"a": 1}\n\n{"b": 1, "b": 2}', "line 5, column 10"),
        ('\n\n{"a": 1,\n "ü": NaN}', "line 4, column 7"),
        ('{"a": 1,}\n{"b": 1}', "line 1, column 9"),
        ('[{"a": 1},\r\n {"a" 1}]', "line 2, column 7"),
    ],
)
def test_the_place_of_an_error_is_that_in_the_whole_text(text: str, place: str) -> None:
    with pytest.raises(Rejected) as caught:
        list(read_documents(StringIO(text)))
    assert caught.value.code == "BODY_NOT_JSON"
    assert f"at {place}." in str(caught.value)


def test_what_is_added_replaces_fields_and_leaves_the_documents_own_keys() -> None:
    added = Added(
        body={"a": 9}, tracked={"t": "1"}, key="K", idempotency_key="I", expected_version="V"
    )
    text = '{"body": {"a": 1, "b": 2}, "key": "OWN", "tracked": {"u": "2"}}\n{"c": 3}'
    first, second = read_documents(StringIO(text), added)
    assert (first.body, first.key) == ({"a": 9, "b": 2}, "OWN")
    assert first.tracked == {"t": "1", "u": "2"}
    assert (second.key, second.idempotency_key, second.expected_version) == ("K", "I", "V")


def test_keys_become_documents() -> None:
    documents = list(key_documents(["A", "B"], Added(expected_version="V")))
    assert [(d.id, d.key, d.expected_version) for d in documents] == [
        ("1", "A", "V"),
        ("2", "B", "V"),
    ]


def test_a_record_may_have_a_field_called_body_that_is_no_object() -> None:
    document = next(read_documents(StringIO('{"body": "text"}')))
    assert document.body == {"body": "text"}


@given(st.text(max_size=200))
def test_any_text_gives_documents_or_a_rejection(text: str) -> None:
    ids: list[str] = []
    with contextlib.suppress(Rejected):
        ids += [document.id for document in read_documents(StringIO(text))]
        assert ids
