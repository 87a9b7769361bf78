"""One record as a file holds it: what we understand, what it states, what is left over."""

from __future__ import annotations

from dataclasses import dataclass, field

from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import Finding, Severity


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One record of a file; equal to another that holds the same.

    Attributes:
        record_type: canonical name of the record type.
        body: what the record is, in canonical form.  It holds no field that the company
            works out for itself.
        stated: figures and marks that Sage put beside it, for comparison, never posted:
            under our field's name where there is one (`balance`, `period`, `total`),
            else under the file's own name, in lines after `lines.0.`.
        unknown: path and text of everything that was not understood, as it stands.
        source: name of the file.
        line: line of the file where the record begins; none where it cannot be told.
        position: which record of the file it is, from 1.
        findings: what is doubtful about it; an error among them means that it must not
            be posted as it stands.
    """

    record_type: str
    body: Body
    stated: dict[str, JsonValue] = field(default_factory=dict)
    unknown: tuple[tuple[str, str], ...] = ()
    source: str = field(default="", compare=False)
    line: int | None = field(default=None, compare=False)
    position: int = field(default=1, compare=False)
    findings: tuple[Finding, ...] = field(default=(), compare=False)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Those findings that stop the record."""
        return tuple(found for found in self.findings if found.severity is Severity.ERROR)

    @property
    def place(self) -> str:
        """Where it stands, in words, for messages."""
        return place_of(self.line, self.position)


def place_of(line: int | None, position: int) -> str:
    """Return where a record stands, in words."""
    return f"record {position}" if line is None else f"line {line}, record {position}"
