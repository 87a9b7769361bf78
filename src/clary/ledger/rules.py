"""What a rule of an edition is: its words, where it comes from, and what enforces it.

One table per edition (`editions/us.py`, `editions/uk.py`) holds these; the page of rules
in the docs is made from the tables, and a test proves that every rule has a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Evidence(StrEnum):
    """How sure a rule is: what kind of source says it."""

    VENDOR_PAGE = "vendor page"
    TYPE_LIBRARY = "type library"
    REAL_FILE = "real file"
    RUNNING_PROGRAM = "running program"
    INFERRED = "inferred"


class Enforcer(StrEnum):
    """Which part of the house keeps a rule, which is where its test is to be found."""

    POSTING = "posting"
    EDITION = "edition"
    SCHEMA = "schema"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of Sage 50 in one edition.

    Attributes:
        id: stable name; tests refer to it.
        text: the rule in one sentence.
        source: where it comes from, as the reference files name it.
        evidence: what kind of source that is; inferred where none says so outright.
        codes: names of our error codes that enforce it; empty for a rule that computes.
        enforcer: which part of the house keeps it.
    """

    id: str
    text: str
    source: str
    evidence: Evidence
    codes: tuple[str, ...] = ()
    enforcer: Enforcer = Enforcer.POSTING
