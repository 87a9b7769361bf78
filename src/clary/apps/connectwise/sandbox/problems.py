"""Refusals: what the site answers when it does not do what was asked.

The body is the vendor's: a code, a message, and one entry per field that is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong with a request.

    Attributes:
        code: the vendor's word, such as MissingRequiredField or MaxLengthField.
        message: a sentence.
        field: the field it is about.
        resource: the resource it is about.
        details: more, such as the ids concerned.
    """

    code: str
    message: str
    field: str = ""
    resource: str = ""
    details: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the mistake as the site tells it."""
        told = {"code": self.code, "message": self.message}
        extra = {"resource": self.resource, "field": self.field, "details": self.details}
        return told | {name: text for name, text in extra.items() if text}


class Refused(Exception):
    """A request is answered with an error.

    Attributes:
        status: HTTP status.
        code: the vendor's word for the whole.
        message: a sentence.
        mistakes: what is wrong, one by one.
    """

    def __init__(
        self, status: int, code: str, message: str, mistakes: Sequence[Mistake] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.mistakes = tuple(mistakes)

    @classmethod
    def invalid(cls, message: str, *mistakes: Mistake) -> Refused:
        """Return the refusal of what is wrong in itself (400)."""
        return cls(400, "InvalidObject", message, mistakes)

    @classmethod
    def unauthorised(cls, message: str) -> Refused:
        """Return the refusal of who is not known (401)."""
        return cls(401, "Unauthorized", message)

    @classmethod
    def forbidden(cls, right: str) -> Refused:
        """Return the refusal of who lacks a right (403)."""
        return cls(403, "Security", f"You do not have the security right {right}.")

    @classmethod
    def missing(cls, what: str, identifier: object) -> Refused:
        """Return the refusal of what is not there (404)."""
        return cls(404, "NotFound", f"{what} {identifier} not found")

    @classmethod
    def conflict(cls, message: str, *mistakes: Mistake) -> Refused:
        """Return the refusal of what something else stands against (409)."""
        return cls(409, "Conflict", message, mistakes)
