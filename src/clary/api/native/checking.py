"""Checks what a request states against what its route declares; all problems together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from clary.api.native.problems import BODY_UNFIT, PARAMETER_UNFIT
from clary.kernel.errors import Code, Finding, Rejected
from clary.ledger.values import read_json

M = TypeVar("M", bound=BaseModel)

MOST_FINDINGS: Final = 50


def parameters(model: type[M], stated: Sequence[tuple[str, str]]) -> M:
    """Return the parameters of a request.

    Raises:
        Rejected: they do not fit (PARAMETER_UNFIT).
    """
    names = [name for name, _ in stated]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    findings = [_finding(PARAMETER_UNFIT, name, "it is stated more than once") for name in twice]
    if findings:
        raise Rejected(*findings[:MOST_FINDINGS])
    return _checked(model, dict(stated), PARAMETER_UNFIT)


def body(model: type[M], text: str) -> M:
    """Return the body of a request; its numbers are exact.

    Raises:
        Rejected: it is no JSON, too large or too deep, or does not fit (BODY_UNFIT).
    """
    return _checked(model, read_json(text), BODY_UNFIT)


def _checked(model: type[M], value: object, code: Code) -> M:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)
        raise Rejected(*(_told(code, each) for each in wrong[:MOST_FINDINGS])) from error


def _told(code: Code, wrong: Any) -> Finding:  # noqa: ANN401 - the library's own dictionary
    field = ".".join(str(step) for step in wrong["loc"])
    reason = str(wrong["msg"]).removeprefix("Value error, ")
    return _finding(code, field, reason[:1].lower() + reason[1:])


def _finding(code: Code, field: str, reason: str) -> Finding:
    return code.finding(field=field[:200] or None, reason=reason.rstrip("."))
