"""The pages of rules: what each edition demands, how a document is undone, what a company meets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clary.companies.sandbox.faults import FAULTS
from clary.ledger.editions import uk_rules, us_rules
from clary.ledger.editions.undo import UNDO
from clary.ledger.fields import EDITIONS, EditionName
from clary.ledger.rules import Evidence, Rule
from scripts.reference_pages.page import FOLDER, Page, table

RULES_PATH = f"{FOLDER}/rules.md"
UNDO_PATH = f"{FOLDER}/undo.md"
FAULTS_PATH = f"{FOLDER}/faults.md"
TITLES: dict[EditionName, str] = {"us": "US edition", "uk": "UK edition"}
RULES: dict[EditionName, tuple[Rule, ...]] = {"us": us_rules.RULES, "uk": uk_rules.RULES}

RULES_INTRODUCTION = """
The rules of Sage 50 that the sandbox company keeps. Each has a test that names it. None was
proved on a Sage 50 installation: *evidence* says what kind of source it comes from, and what is
*inferred* is our own reading, which a real installation may contradict.
"""
UNDO_INTRODUCTION = """
How `clary runs undo` takes back what a run did, by record type: the way that keeps the trail of
the books comes first. What was edited, paid, allocated or used since is named and left alone.
"""
FAULTS_INTRODUCTION = """
Failures that a sandbox company shows on demand: `clary sandbox fault NAME KIND`.
"""


def pages() -> Iterator[Page]:
    """Yield the page of rules, the page of ways back and the page of faults."""
    yield Page(RULES_PATH, "Rules of the editions", (RULES_INTRODUCTION, *_rule_parts()))
    yield Page(UNDO_PATH, "Ways to undo", (UNDO_INTRODUCTION, *_undo_parts()))
    rows = [(f"`{one.name}`", ", ".join(one.stages), one.help) for one in FAULTS.values()]
    faults = table(("fault", "strikes on", "what happens"), rows)
    yield Page(FAULTS_PATH, "Faults", (FAULTS_INTRODUCTION, faults))


def _rule_parts() -> Iterator[str]:
    head = ("rule", "what it says", "evidence", "source", "error codes")
    for edition in EDITIONS:
        rules = RULES[edition]
        inferred = sum(rule.evidence is Evidence.INFERRED for rule in rules)
        yield f"## {TITLES[edition]}"
        yield f"{len(rules)} rules, {inferred} of them inferred."
        yield table(head, (_rule_row(rule) for rule in rules))


def _rule_row(rule: Rule) -> tuple[str, ...]:
    codes = ", ".join(f"`{code}`" for code in rule.codes)
    return (f"`{rule.id}`", rule.text, rule.evidence.value, rule.source, codes)


def _undo_parts() -> Iterator[str]:
    head = ("record type", "way back", "brings back", "keeps", "evidence", "source")
    for edition in EDITIONS:
        yield f"## {TITLES[edition]}"
        yield table(head, _undo_rows(edition))


def _undo_rows(edition: EditionName) -> Iterable[tuple[str, ...]]:
    for name, way in sorted(UNDO[edition].items()):
        method = way.method.value + (", or delete if asked for" if way.deletable else "")
        yield (
            f"`{name}`",
            method,
            ", ".join(way.restores),
            way.keeps,
            way.evidence.value,
            way.source,
        )
