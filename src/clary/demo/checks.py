"""What must be so after the demo has done something, and whether it is."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must be so, and whether it is.

    Attributes:
        name: the company and what is checked, for programs.
        ok: whether it is so.
        told: what is so, for a reader.
    """

    name: str
    ok: bool
    told: str


@dataclass(slots=True)
class Checked:
    """A part of the demo that checks what it did.

    Attributes:
        name: name of the company's connection.
        checks: what was checked, in order.
    """

    name: str
    checks: list[Check] = field(default_factory=list, kw_only=True)

    def check(self, name: str, ok: bool, told: str) -> None:  # noqa: FBT001 - what is checked
        """Keep one thing that must be so."""
        self.checks.append(Check(f"{self.name}: {name}", ok, told))
