"""The page of error codes: what happened, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from clary.kernel import errors
from scripts.reference_pages.page import (
    FOLDER,
    Page,
    filled_in,
    first_paragraph,
    import_everything,
    table,
)

PATH = f"{FOLDER}/errors.md"

INTRODUCTION = """
Every failure has a stable code, and its class says what to do next. All faces give the same
code: the command line ends with the exit code, the HTTP API answers with the status. Where
several problems are found they are all reported, and the first error decides both numbers.

A code can also come as a warning: it is then reported and stops nothing.
"""


def classes() -> list[type[errors.ClaryError]]:
    """Return the error classes in the order in which they are declared."""
    return errors.ClaryError.__subclasses__()


def section(error: type[errors.ClaryError], codes: list[errors.Code]) -> str:
    """Return the section of one class with its codes."""
    rows = [
        (
            f"`{code.name}`",
            filled_in(code.message),
            filled_in(code.remedy),
            str(code.http_status),
            str(code.exit_code),
        )
        for code in codes
    ]
    head = ("code", "what happened", "what to do", "HTTP", "exit")
    parts = [f"## {error.__name__}", first_paragraph(error.__doc__)]
    return "\n\n".join([*parts, table(head, rows) if rows else "No code uses it yet."])


def product_codes() -> list[errors.Code]:
    """Return the codes of the product; tests declare some of their own in its process."""
    return [code for code in errors.all_codes() if not code.name.startswith("TEST_")]


def pages() -> Iterator[Page]:
    """Yield the page of all codes that the package declares."""
    import_everything()
    codes = product_codes()
    sections = [section(error, [c for c in codes if c.error is error]) for error in classes()]
    yield Page(PATH, "Error codes", (INTRODUCTION, *sections))
