"""What the work remembers of a plan that is to be applied: which one, for whom, and how."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

PLAN_KIND: Final = "plan"
"""Kind of the work that is a stored plan."""

PLAN_OPENS: Final = '{"plan": "'
"""What references of this kind begin with; the id of the plan follows."""


def plan_reference(
    plan: str,
    author: str,
    *,
    stop_on_error: bool,
    post_missing: bool,
    confirmed: Iterable[str],
) -> str:
    """Return what the work remembers of a plan that is to be applied, always the same.

    The plan comes first, so that the work about it is found by the index (`beginning_of`).
    """
    return json.dumps(
        {
            "plan": plan,
            "author": author,
            "stop_on_error": stop_on_error,
            "post_missing": post_missing,
            "confirmed": sorted(confirmed),
        }
    )


def beginning_of(plan: str) -> str:
    """Return what all references begin with that are about a plan, and no others."""
    return f'{PLAN_OPENS}{plan}"'


def planned_by(reference: str) -> str:
    """Return the id of the plan that a reference of work of the kind `plan` is about."""
    return str(json.loads(reference)["plan"])
