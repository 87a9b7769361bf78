"""Fetches one answer ahead, so that ConnectWise works on the next one while we work on this.

Exports take a site about as long as planning their documents takes us.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


def fetched_ahead(
    fetch: Callable[[Question], Answer], questions: Iterable[Question], *, ahead: int = 1
) -> Iterator[tuple[Question, Answer]]:
    """Yield each question with its answer, in order; never more than `ahead` are ahead.

    Args:
        fetch: gets an answer; called in threads of its own, `ahead` questions at a time.
        questions: what is asked.
        ahead: questions that are asked while one is worked on.

    Raises:
        ClaryError: `fetch` raised it, at the question that it was raised for.
    """
    with ThreadPoolExecutor(max_workers=ahead, thread_name_prefix="ahead") as threads:
        waiting: deque[tuple[Question, Future[Answer]]] = deque()
        for question in questions:
            waiting.append((question, threads.submit(fetch, question)))
            if len(waiting) > ahead:
                asked, answer = waiting.popleft()
                yield asked, answer.result()
        for asked, answer in waiting:
            yield asked, answer.result()
