"""What a kind of connection asks for, whether it leads to a company or to another system.

The settings of a kind are declared once, as data; what is said about a wrong or a missing
one, the help and the documentation follow from that.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from clary.kernel.errors import ClaryError, Code, Finding

LONGEST = 4096
"""Characters of one value; a path of a file has no more."""


@dataclass(frozen=True, slots=True)
class Form:
    """How the values of a setting are written.

    Attributes:
        pattern: regular expression that a whole value meets.
        words: the same for a person, such as "a version such as 2025.1".
    """

    pattern: str
    words: str


@dataclass(frozen=True, slots=True)
class ConnectionSetting:
    """One setting of a connection.

    Attributes:
        name: its name in `--set NAME=VALUE`.
        meaning: what it is, for the person who sets it.
        required: the connection cannot do without.
        secret: it goes to the vault and is never shown.
        shortest: characters that a secret has at least.
        path: it is a file or folder; kept relative to the installation where it lies in it.
        bounds: the least and the most of a whole number; none where it is no number.
        choices: the only values it takes; empty for any.
        form: how its values are written; none for any text.
        tidied: returns a value in the form that is stored; raises Rejected for one that
            the setting cannot have.
    """

    name: str
    meaning: str
    required: bool = False
    secret: bool = False
    shortest: int = 1
    path: bool = False
    bounds: tuple[int, int] | None = None
    choices: tuple[str, ...] = ()
    form: Form | None = None
    tidied: Callable[[str], str] | None = None

    @property
    def option(self) -> str:
        """The option of the command line that states it."""
        return f"--secret {self.name}" if self.secret else f"--set {self.name}=…"

    @property
    def expected(self) -> str:
        """The values it takes, in words; empty where it takes any text."""
        if self.bounds is not None:
            return "a whole number from {} to {}".format(*self.bounds)
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        return self.form.words if self.form is not None else ""

    def takes(self, value: str) -> bool:
        """Tell whether a value is one of those it takes."""
        if self.bounds is not None:
            least, most = self.bounds
            digits = value.isascii() and value.isdecimal() and len(value) <= len(str(most))
            return digits and least <= int(value) <= most
        if self.choices:
            return value in self.choices
        return self.form is None or re.fullmatch(self.form.pattern, value) is not None


@dataclass(frozen=True, slots=True)
class SettingCodes:
    """What is said about settings: of no such name, missing, or with a wrong value."""

    unknown: Code
    missing: Code
    invalid: Code


@dataclass(frozen=True)
class Kind:
    """One kind of connection.

    Attributes:
        name: what a person calls it.
        meaning: what it reaches, in one sentence.
        settings: what it asks for.
    """

    codes: ClassVar[SettingCodes]

    name: str
    meaning: str
    settings: tuple[ConnectionSetting, ...]

    def setting(self, name: str) -> ConnectionSetting | None:
        """Return the setting called `name`, or none."""
        return next((setting for setting in self.settings if setting.name == name), None)

    def missing(self, present: frozenset[str]) -> list[Finding]:
        """Return a finding for each required setting that is not present."""
        return [
            self.codes.missing.finding(
                field=setting.name,
                kind=self.name,
                name=setting.name,
                meaning=setting.meaning,
                option=setting.option,
            )
            for setting in self.settings
            if setting.required and setting.name not in present
        ]


def unknown_setting(name: str, kinds: Sequence[Kind]) -> Finding:
    """Return the finding about a setting that none of the kinds has."""
    known = [setting.name for kind in kinds for setting in kind.settings]
    near = difflib.get_close_matches(name, known, n=1)
    return kinds[0].codes.unknown.finding(
        field=name,
        name=name,
        near=f" (did you mean {near[0]}?)" if near else "",
        known=", ".join(known),
    )


def tidied(kind: Kind, setting: ConnectionSetting, value: str) -> tuple[str, tuple[Finding, ...]]:
    """Return a value as it is stored, and what is wrong with it."""
    if not value.strip():
        forget = "" if setting.required else f"; --unset {setting.name} forgets it"
        expected = f"{setting.expected or 'a text'}{forget}"
    elif len(value) > LONGEST or not value.isprintable():
        expected = f"at most {LONGEST} characters, and none that cannot be seen"
    elif not setting.takes(value):
        expected = setting.expected
    else:
        return _tidied(setting, value)
    wrong = kind.codes.invalid.finding(
        field=setting.name, name=setting.name, value=value[:80], expected=expected
    )
    return value, (wrong,)


def _tidied(setting: ConnectionSetting, value: str) -> tuple[str, tuple[Finding, ...]]:
    try:
        return (value if setting.tidied is None else setting.tidied(value)), ()
    except ClaryError as error:
        return value, error.findings
