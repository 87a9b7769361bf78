"""Hides secrets in whatever is shown or written, in every form that a text may carry them.

One rule for answers of other systems and for files that people send on, so that what is
hidden in one place does not stand in the other.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote, quote_plus

MASK = "********"
"""What stands in place of a secret."""

SHORTEST = 4
"""Characters of the shortest secret that can be hidden: to hide a shorter one would take parts
out of ordinary words, and so give it away."""


@dataclass(frozen=True, slots=True)
class Masking:
    """Hides some secrets.

    Attributes:
        forms: everything that is hidden, the longest first.
    """

    forms: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, secrets: Iterable[str]) -> Self:
        """Hide these secrets; one shorter than `SHORTEST` cannot be hidden."""
        forms = {form for each in secrets if len(each) >= SHORTEST for form in _forms(each)}
        return cls(tuple(sorted(forms, key=len, reverse=True)))

    def masked(self, text: str) -> str:
        """Return a text without the secrets."""
        for form in self.forms:
            text = text.replace(form, MASK)
        return text


def _forms(secret: str) -> Iterator[str]:
    """Yield a secret as it is, in headers, in JSON and in addresses."""
    yield secret
    yield base64.b64encode(secret.encode()).decode()
    for is_ascii in (True, False):
        yield json.dumps(secret, ensure_ascii=is_ascii)[1:-1]
    yield quote(secret, safe="")
    yield quote_plus(secret)
