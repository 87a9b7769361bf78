"""The house rules hold, and each rule catches what it is for.

To excuse a place, add an entry with its reason to `tests/gates/allowed.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

import pytest

from tests.gates import house_rules
from tests.gates.allowed import ALLOWED
from tests.gates.source import Module, Offence, modules, report

Check = Callable[[Module], Iterator[Offence]]

SOURCE = ("src/*",)
EVERYWHERE = ("src/*", "tests/*", "scripts/*")
MONEY = (
    "src/clary/kernel/money.py",
    "src/clary/ledger/*",
    "src/clary/engine/*",
    "src/clary/companies/*",
    "src/clary/flows/*",
)


@dataclass(frozen=True, slots=True)
class HouseRule:
    """A check, the files it holds for, and the files it does not concern."""

    check: Check
    holds_for: tuple[str, ...]
    not_for: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the name that an entry of the allow-list uses."""
        return self.check.__name__

    def concerns(self, path: str) -> bool:
        """Tell whether the rule holds for the file at `path`."""
        matched = any(fnmatchcase(path, pattern) for pattern in self.holds_for)
        return matched and not any(fnmatchcase(path, pattern) for pattern in self.not_for)

    def offences(self) -> list[Offence]:
        """Return every offence in the files that the rule holds for, excused or not."""
        concerned = [m for m in modules("src", "tests", "scripts") if self.concerns(m.path)]
        return [offence for module in concerned for offence in self.check(module)]


RULES = (
    HouseRule(house_rules.naive_moments, EVERYWHERE, not_for=("src/clary/kernel/clock.py",)),
    HouseRule(house_rules.floats, MONEY),
    HouseRule(house_rules.prints, SOURCE, not_for=("src/clary/cli/*",)),
    HouseRule(house_rules.missing_encodings, EVERYWHERE),
    HouseRule(house_rules.broad_handlers, EVERYWHERE),
    HouseRule(house_rules.foreign_errors, SOURCE),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_rule_holds_but_for_listed_exceptions(rule: HouseRule) -> None:
    found = [
        offence
        for offence in rule.offences()
        if not any(entry.covers(rule.name, offence) for entry in ALLOWED)
    ]
    assert not found, report(found)


def test_every_exception_is_still_needed_and_gives_a_reason() -> None:
    offences = [(rule.name, offence) for rule in RULES for offence in rule.offences()]
    stale = [
        entry
        for entry in ALLOWED
        if not any(entry.covers(name, offence) for name, offence in offences)
    ]
    assert not stale, f"these entries excuse nothing any more: {stale}"
    assert all(len(entry.reason.split()) > 2 for entry in ALLOWED)


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (house_rules.naive_moments, "datetime.now()"),
        (house_rules.naive_moments, "datetime.datetime.now()"),
        (house_rules.naive_moments, "datetime.utcnow()"),
        (house_rules.naive_moments, "datetime.fromtimestamp(1)"),
        (house_rules.naive_moments, "date.today()"),
        (house_rules.naive_moments, "datetime.date.today()"),
        (house_rules.naive_moments, "moment.replace(tzinfo=None)"),
        (house_rules.floats, "float(1)"),
        (house_rules.floats, "def f(rate: float) -> None: ..."),
        (house_rules.floats, "x = 0.5"),
        (house_rules.prints, "print(1)"),
        (house_rules.missing_encodings, "open(p)"),
        (house_rules.missing_encodings, "open(p, 'w')"),
        (house_rules.missing_encodings, "path.open()"),
        (house_rules.missing_encodings, "path.open('w')"),
        (house_rules.missing_encodings, "path.read_text()"),
        (house_rules.missing_encodings, "path.write_text(text)"),
        (house_rules.missing_encodings, "subprocess.run(command, text=True)"),
        (house_rules.broad_handlers, "try: f()\nexcept Exception: pass"),
        (house_rules.broad_handlers, "try: f()\nexcept: pass"),
        (house_rules.broad_handlers, "try: f()\nexcept (KeyError, BaseException): pass"),
        (house_rules.broad_handlers, "with suppress(Exception): f()"),
        (house_rules.foreign_errors, "raise RuntimeError('x')"),
    ],
)
def test_each_rule_catches_what_it_is_for(check: Check, code: str) -> None:
    assert list(check(Module.of("src/clary/example.py", code)))


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (house_rules.naive_moments, "datetime.now(UTC)"),
        (house_rules.naive_moments, "datetime.fromtimestamp(1, tz=UTC)"),
        (house_rules.naive_moments, "text.replace('a', 'b')"),
        (house_rules.naive_moments, "clock.now()"),
        (house_rules.floats, "x = Decimal('0.5')"),
        (house_rules.prints, "click.echo(1)"),
        (house_rules.missing_encodings, "open(p, encoding='utf-8')"),
        (house_rules.missing_encodings, "open(p, 'rb')"),
        (house_rules.missing_encodings, "path.open('rb')"),
        (house_rules.missing_encodings, "company.open()"),
        (house_rules.missing_encodings, "path.read_text('utf-8')"),
        (house_rules.missing_encodings, "path.write_text(text, encoding='cp1252')"),
        (house_rules.missing_encodings, "subprocess.run(command, encoding='utf-8')"),
        (house_rules.missing_encodings, "KEY_INVALID.raised(text=text)"),
        (house_rules.broad_handlers, "try: f()\nexcept KeyError: pass"),
        (house_rules.broad_handlers, "try: f()\nexcept BaseException:\n  close()\n  raise"),
        (house_rules.foreign_errors, "raise CODE.raised(name='x')"),
        (house_rules.foreign_errors, "raise"),
    ],
)
def test_each_rule_leaves_the_right_form_alone(check: Check, code: str) -> None:
    assert not list(check(Module.of("src/clary/example.py", code)))
