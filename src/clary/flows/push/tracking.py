"""Tracking categories of lines: departments, projects and cost codes by their prefixes.

Source: push-api.md 2.2 (the prefixes, and that a project goes with its cost code) and 2.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from clary.flows.push import problems
from clary.flows.push.drafting import Draft, text
from clary.flows.push.reading import Tree

DEPARTMENT: Final = "department_"
PROJECT: Final = "project_"
COST_CODE: Final = "costcode_"

_KINDS: Final = {DEPARTMENT: "department", PROJECT: "job", COST_CODE: "cost_code"}
_LINE_FIELDS: Final = {DEPARTMENT: "department_id", PROJECT: "job_id", COST_CODE: "cost_code_id"}
_WORDS: Final = {DEPARTMENT: "department", PROJECT: "project", COST_CODE: "cost code"}
_OFFERED: Final = {"uk": (DEPARTMENT, PROJECT, COST_CODE), "us": (PROJECT,)}


def take_tracking(
    draft: Draft,
    refs: Sequence[Tree],
    line: dict[str, object],
    where: str,
    *,
    cost_codes: bool = False,
    department_required: bool = False,
) -> None:
    """Take the tracking categories of a line over, and note what is wrong with them.

    Args:
        draft: the document.
        refs: the categories as they are stated.
        line: gets department and job.
        where: path of the list of categories.
        cost_codes: a project and a cost code go together (UK).
        department_required: the line must have a department.
    """
    found: dict[str, str] = {}
    for position, ref in enumerate(refs):
        _take_one(draft, found, text(ref, "id"), f"{where}.{position}.id")
    if cost_codes and draft.edition == "uk" and (PROJECT in found) is not (COST_CODE in found):
        draft.error(problems.PUSH_COST_CODE_ALONE, where)
    if department_required and DEPARTMENT not in found:
        draft.error(problems.PUSH_DEPARTMENT_REQUIRED, where)
    for prefix, key in found.items():
        name = _LINE_FIELDS[prefix]
        if draft.keeps(f"lines.{name}"):
            line[name] = key
        else:
            kind = _WORDS[prefix]
            draft.warn(problems.PUSH_TRACKING_LOST, where, kind=kind, value=key)


def _take_one(draft: Draft, found: dict[str, str], stated: str | None, where: str) -> None:
    if stated is None:
        return
    offered = _OFFERED[draft.edition]
    prefix = next((each for each in offered if stated.startswith(each)), None)
    if prefix is None:
        draft.error(
            problems.PUSH_TRACKING_UNKNOWN, where, value=stated, prefixes=" or ".join(offered)
        )
        return
    key, kind = stated.removeprefix(prefix), _WORDS[prefix]
    if prefix in found:
        draft.error(problems.PUSH_TRACKING_TWICE, where, kind=kind)
    elif draft.books.name(_KINDS[prefix], key) is None:
        draft.unknown(where, kind, key)
    found[prefix] = key
