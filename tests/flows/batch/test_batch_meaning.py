"""A name that a person states means one document, or nothing is done."""

from __future__ import annotations

import pytest

from clary.flows.batch.meaning import SHOWN, Meaning
from clary.kernel.errors import Rejected


def test_a_name_means_the_document_that_is_called_so_in_any_case() -> None:
    meaning = Meaning(["v-9", "INVOICE:1"])
    meaning.learn("purchase:77", ["V-9", "purchase:77"])
    meaning.learn("invoice:1", ["1001", "invoice:1"])
    meaning.learn("invoice:2", ["1002", "invoice:2"])
    assert meaning.settled() == {"v-9": "purchase:77", "invoice:1": "invoice:1"}


def test_a_name_of_nothing_means_nothing() -> None:
    meaning = Meaning(["1003"])
    meaning.learn("invoice:1", ["1001"])
    assert meaning.settled() == {}


def test_without_names_nothing_is_learnt() -> None:
    meaning = Meaning([])
    meaning.learn("invoice:1", ["1001"], internal="1")
    assert meaning.settled() == {}


def test_an_internal_id_counts_only_where_no_document_is_called_so() -> None:
    meaning = Meaning(["7"])
    meaning.learn("expense:7", ["7Lee"], internal="7")
    assert meaning.settled() == {"7": "expense:7"}
    meaning.learn("invoice:1", ["7"], internal="1")
    assert meaning.settled() == {"7": "invoice:1"}


def test_every_name_of_several_documents_is_told_with_what_it_may_mean() -> None:
    meaning = Meaning(["77", "88", "99"])
    for number in range(SHOWN + 2):
        meaning.learn(f"purchase:{number:02}", ["77"])
    meaning.learn("invoice:1", ["88"])
    meaning.learn("purchase:1", ["88"])
    meaning.learn("invoice:2", ["99"])
    with pytest.raises(Rejected) as caught:
        meaning.settled()
    first, second = caught.value.findings
    assert (first.record, second.record) == ("77", "88")
    assert "12 documents" in first.message
    assert "purchase:09" in first.remedy
    assert "purchase:10" not in first.remedy
    assert "invoice:1, purchase:1" in second.remedy
