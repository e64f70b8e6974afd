"""debug: what is switched on inside of the `with`, and only there."""

from __future__ import annotations

import threading

import pytest

import bytegrad
from bytegrad import debug, pullback
from bytegrad.runtime.checks import CHECKS


def doubled(n):
    return 2 * n


def inactive_calls(x):
    """Nothing active takes part in any of these calls."""
    return [doubled(n) for n in range(3)], sorted((2, 1), key=lambda n: -n), {"key": doubled("s")}


def test_transform_all_counts_each_code_object_once():
    with debug(transform_all=True) as seen:
        assert seen.transformed == 0
        y, _ = pullback(inactive_calls, 1.0)
        assert y == inactive_calls(1.0)
        once = seen.transformed
        pullback(inactive_calls, 1.0)
    # `inactive_calls`, `doubled` and the lambda; and what sorts, or the comprehension where it is a function.
    assert seen.transformed == once
    assert once >= 3
    assert "functions transformed" in repr(seen)


def test_nothing_is_counted_outside():
    with debug(transform_all=True) as seen:
        pass
    pullback(inactive_calls, 1.0)
    assert seen.transformed == 0
    assert CHECKS.get() is None


def test_gradients_are_the_same():
    with debug(transform_all=True) as seen:
        assert bytegrad.gradient(lambda x: doubled(x) * x, 3.0) == (12.0,)
        assert bytegrad.grad(bytegrad.grad(lambda x: doubled(x) * x))(3.0) == 4.0
    assert seen.transformed >= 2


def test_other_threads_are_not_affected():
    found = []
    with debug(transform_all=True) as seen:
        worker = threading.Thread(target=lambda: found.append(pullback(doubled, 1.0)[0]))
        worker.start()
        worker.join()
    assert (found, seen.transformed) == ([2.0], 0)


def test_the_switch_is_taken_back_by_an_exception():
    with pytest.raises(ZeroDivisionError), debug():
        pullback(lambda x: 1 / 0, 1.0)
    assert CHECKS.get() is None
