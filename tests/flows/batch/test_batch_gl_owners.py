"""Every GL row belongs to one document of a plan."""

from __future__ import annotations

from clary.flows.batch.gl_owners import GlOwners
from clary.kernel.errors import Severity


def test_rows_of_several_documents_are_told_for_each_pair() -> None:
    owners = GlOwners()
    owners.add("invoice:1", (1, 2, 3))
    owners.add("invoice:2", (4, 2, 3))
    owners.add("purchase:3", (5, 4))
    found = list(owners.shared())
    assert [(each.record, each.severity) for each in found] == [
        ("invoice:1", Severity.ERROR),
        ("invoice:2", Severity.ERROR),
    ]
    assert "2 entries for invoice:1 that it gives for invoice:2" in found[0].message
    assert "1 entries for invoice:2 that it gives for purchase:3" in found[1].message


def test_documents_that_both_stay_harm_nobody() -> None:
    owners = GlOwners()
    owners.add("invoice:1", (1, 2), stays=True)
    owners.add("invoice:2", (2, 3), stays=True)
    assert list(owners.shared()) == []
    owners.add("invoice:3", (3,))
    assert [each.record for each in owners.shared()] == ["invoice:2"]


def test_rows_of_one_document_alone_are_well() -> None:
    owners = GlOwners()
    owners.add("invoice:1", (1, 2))
    owners.add("invoice:1", (1, 2))
    owners.add("transfer:2", ())
    owners.add("invoice:2", (3, 10**30))
    assert list(owners.shared()) == []
