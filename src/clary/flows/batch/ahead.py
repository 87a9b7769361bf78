"""Fetches one answer ahead, so that ConnectWise works on the next one while we work on this.

Exports take a site about as long as planning their documents takes us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


def fetched_ahead(
    fetch: Callable[[Question], Answer], questions: Iterable[Question]
) -> Iterator[tuple[Question, Answer]]:
    """Yield each question with its answer, in order; never more than one is ahead.

    Args:
        fetch: gets an answer; called in a thread of its own, one question at a time.
        questions: what is asked.

    Raises:
        ClaryError: `fetch` raised it, at the question that it was raised for.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as thread:
        waiting: tuple[Question, Future[Answer]] | None = None
        for question in questions:
            asked = (question, thread.submit(fetch, question))
            if waiting is not None:
                yield waiting[0], waiting[1].result()
            waiting = asked
        if waiting is not None:
            yield waiting[0], waiting[1].result()
