"""Errors by what to do next, so that every face answers a failure the same way.

A caller never has to read a message to decide what to do: the class says it.

    ClaryError
      Rejected       the data or a rule says no; do not retry (a person mends the document)
      Busy           the company is in use; stays queued and is tried again
      Unreachable    the other side is gone; reconnect, then try again
      Unauthorised   a person must act: access, rights or password
      Unsupported    this driver or edition cannot do it
      Uncertain      the outcome is unknown; look before trying again
      Misconfigured  the installation or a connection is set up wrongly
      Guarded        a guard stopped the work before its first write
      Failed         our own fault

Each failure has a declared `Code`: a stable name, a message, a remedy, an HTTP
status and an exit code.  The reference page of all codes is generated from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from clary.kernel.exit_codes import ExitCode


class Severity(StrEnum):
    """How much a finding weighs: an error stops its document, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem, with where it is and what to do about it.

    Attributes:
        code: stable name of the problem, as listed in the reference of error codes.
        message: one sentence in the reader's words.
        remedy: what to do next.
        severity: error or warning.
        record: the record it is about, as `type key` (for example `customer ACME`).
        field: dotted path of the field, with 0-based positions for lines (`lines.0.amount`).
    """

    code: str
    message: str
    remedy: str
    severity: Severity = Severity.ERROR
    record: str | None = None
    field: str | None = None

    def as_dict(self) -> dict[str, str | None]:
        """Return the finding as JSON-ready values."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "record": self.record,
            "field": self.field,
            "message": self.message,
            "remedy": self.remedy,
        }

    @classmethod
    def from_dict(cls, values: dict[str, str | None]) -> Finding:
        """Return the finding that `as_dict` gave."""
        return cls(
            code=values["code"] or "",
            message=values["message"] or "",
            remedy=values["remedy"] or "",
            severity=Severity(values["severity"] or "error"),
            record=values["record"],
            field=values["field"],
        )


class ClaryError(Exception):
    """Root of all our errors; holds every finding that led to it, the first one leading."""

    http_status: ClassVar[int] = 500
    exit_code: ClassVar[ExitCode] = ExitCode.UNEXPECTED

    def __init__(self, *findings: Finding) -> None:
        """Hold `findings`; there is always at least one."""
        if not findings:
            message = f"{type(self).__name__} needs at least one finding"
            raise ValueError(message)
        super().__init__("\n".join(finding.message for finding in findings))
        self.findings = findings

    @property
    def code(self) -> str:
        """The stable code of the leading finding."""
        return self.findings[0].code

    @property
    def status(self) -> int:
        """HTTP status: the code's own, else that of its class."""
        declared = _CODES.get(self.code)
        return declared.http_status if declared else self.http_status

    @property
    def exit_status(self) -> ExitCode:
        """Exit code of a command: the code's own, else that of its class."""
        declared = _CODES.get(self.code)
        return declared.exit_code if declared else self.exit_code


class Rejected(ClaryError):
    """The data or a rule of the company says no: mend the document, do not retry."""

    http_status = 422
    exit_code = ExitCode.REJECTED


class Busy(ClaryError):
    """The company is in use just now: the work stays queued and is tried again."""

    http_status = 409
    exit_code = ExitCode.UNAVAILABLE


class Unreachable(ClaryError):
    """The other side cannot be reached: reconnect, then try again."""

    http_status = 503
    exit_code = ExitCode.UNAVAILABLE


class Unauthorised(ClaryError):
    """A person must act first: grant access, give a right, mend a password."""

    http_status = 403
    exit_code = ExitCode.CONFIGURATION


class Unsupported(ClaryError):
    """This driver or edition cannot do what was asked."""

    http_status = 501
    exit_code = ExitCode.CONFIGURATION


class Uncertain(ClaryError):
    """The outcome of a write is unknown: look before trying again."""

    http_status = 502
    exit_code = ExitCode.UNAVAILABLE


class Misconfigured(ClaryError):
    """The installation or a connection is set up wrongly."""

    http_status = 500
    exit_code = ExitCode.CONFIGURATION


class Guarded(ClaryError):
    """A guard stopped the work before its first write: a person confirms or corrects."""

    http_status = 409
    exit_code = ExitCode.REFUSED


class Failed(ClaryError):
    """Our own fault: nothing the caller did."""

    http_status = 500
    exit_code = ExitCode.UNEXPECTED


@dataclass(frozen=True, slots=True)
class Code:
    """A declared problem: the one place of its name, message, remedy and statuses.

    `message` and `remedy` are templates; the named values come with each use.
    """

    name: str
    error: type[ClaryError]
    message: str
    remedy: str
    http_status: int
    exit_code: ExitCode

    def finding(
        self,
        *,
        record: str | None = None,
        field: str | None = None,
        severity: Severity = Severity.ERROR,
        **values: object,
    ) -> Finding:
        """Return this problem as a finding about `record` and `field`."""
        shown = {"record": record, "field": field, **values}
        return Finding(
            code=self.name,
            message=self.message.format_map(shown),
            remedy=self.remedy.format_map(shown),
            severity=severity,
            record=record,
            field=field,
        )

    def warning(
        self, *, record: str | None = None, field: str | None = None, **values: object
    ) -> Finding:
        """Return this problem as a finding that warns and stops nothing."""
        return self.finding(record=record, field=field, severity=Severity.WARNING, **values)

    def raised(
        self, *, record: str | None = None, field: str | None = None, **values: object
    ) -> ClaryError:
        """Return this problem as the error of its class, ready to raise."""
        finding = self.finding(record=record, field=field, severity=Severity.ERROR, **values)
        return self.error(finding)


_CODES: dict[str, Code] = {}


def declare(
    name: str,
    error: type[ClaryError],
    message: str,
    remedy: str,
    *,
    http_status: int | None = None,
    exit_code: int | None = None,
) -> Code:
    """Declare a problem once, at import time of the module that raises it.

    Args:
        name: stable upper-case name; it never changes once released.
        error: the class that says what to do next.
        message: template of the sentence; `{name}` fields are filled at each use.
        remedy: template of what to do next.
        http_status: where it differs from the class's.
        exit_code: where it differs from the class's.

    Raises:
        ValueError: the name was declared before, or there is no such exit code.
    """
    if name in _CODES:
        text = f"error code {name} is declared twice"
        raise ValueError(text)
    code = Code(
        name=name,
        error=error,
        message=message,
        remedy=remedy,
        http_status=http_status or error.http_status,
        exit_code=error.exit_code if exit_code is None else ExitCode(exit_code),
    )
    _CODES[name] = code
    return code


def all_codes() -> tuple[Code, ...]:
    """Return every code declared by the modules imported so far, by name."""
    return tuple(_CODES[name] for name in sorted(_CODES))


def code_named(name: str) -> Code | None:
    """Return the declared code called `name`, or none."""
    return _CODES.get(name)


def error_of(findings: tuple[Finding, ...]) -> ClaryError:
    """Return the error that these findings, read back from a store, stand for.

    The class is that of the first finding that is an error; a code that is not
    declared any more counts as our own fault.
    """
    leading = next((f for f in findings if f.severity is Severity.ERROR), findings[0])
    declared = _CODES.get(leading.code)
    ordered = (leading, *(f for f in findings if f is not leading))
    return (declared.error if declared else Failed)(*ordered)


def raise_errors(findings: list[Finding]) -> None:
    """Raise all errors among `findings` together; warnings alone raise nothing.

    Raises:
        ClaryError: of the class of the first error.
    """
    errors = tuple(f for f in findings if f.severity is Severity.ERROR)
    if errors:
        raise error_of(errors)
