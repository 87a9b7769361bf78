"""Bulk work leaves the collector as it found it, whatever happens inside."""

from __future__ import annotations

import gc

import pytest

from clary.kernel.collecting import SELDOM, seldom_collected


def test_the_usual_comes_back_after_the_last_work_even_if_it_fails() -> None:
    usual = gc.get_threshold()
    assert usual != SELDOM
    with seldom_collected():
        with pytest.raises(ValueError, match="inside"):
            failing_work()
        assert gc.get_threshold() == SELDOM
    assert gc.get_threshold() == usual


@seldom_collected()
def failing_work() -> None:
    assert gc.get_threshold() == SELDOM
    message = "inside"
    raise ValueError(message)


def test_works_that_overlap_do_not_end_each_other() -> None:
    usual = gc.get_threshold()
    first, second = seldom_collected(), seldom_collected()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_threshold() == SELDOM
    second.__exit__(None, None, None)
    assert gc.get_threshold() == usual
