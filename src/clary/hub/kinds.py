"""What a kind of connection asks for, whether it leads to a company or to another system.

The settings of a kind are declared once, as data; what is said about a wrong or a missing
one, the help and the documentation follow from that.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from clary.kernel.errors import ClaryError, Code, Finding


@dataclass(frozen=True, slots=True)
class ConnectionSetting:
    """One setting of a connection.

    Attributes:
        name: its name in `--set NAME=VALUE`.
        meaning: what it is, for the person who sets it.
        required: the connection cannot do without.
        secret: it goes to the vault and is never shown.
        path: it is a file or folder; kept relative to the installation where it lies in it.
        number: it is a whole number.
        choices: the only values it takes; empty for any.
        tidied: returns a value in the form that is stored; raises Rejected for one that
            the setting cannot have.
    """

    name: str
    meaning: str
    required: bool = False
    secret: bool = False
    path: bool = False
    number: bool = False
    choices: tuple[str, ...] = ()
    tidied: Callable[[str], str] | None = None

    @property
    def option(self) -> str:
        """The option of the command line that states it."""
        return f"--secret {self.name}" if self.secret else f"--set {self.name}=…"


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
    if setting.number and not (value.isascii() and value.isdecimal()):
        expected = "a whole number"
    elif setting.choices and value not in setting.choices:
        expected = f"one of {', '.join(setting.choices)}"
    elif setting.tidied is None:
        return value, ()
    else:
        try:
            return setting.tidied(value), ()
        except ClaryError as error:
            return value, error.findings
    wrong = kind.codes.invalid.finding(
        field=setting.name, name=setting.name, value=value, expected=expected
    )
    return value, (wrong,)
