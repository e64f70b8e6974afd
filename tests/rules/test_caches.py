"""`cache_clear` of an `lru_cache` inside a differentiated function: what was cached before is computed again."""

from __future__ import annotations

import functools

from bytegrad import debug, gradient, pullback
from tests.rules.containers.check import check

scale = [1.0]


@functools.lru_cache
def scaled(x):
    return scale[0] * x * x


clear = [scaled.cache_clear]


def program(x):
    scale[0] = 1.0
    scaled.cache_clear()
    total = scaled(x) + scaled(x)
    scale[0] = 10.0
    total += scaled(x)
    for call in clear:
        call()
    total += scaled(x)
    scaled.cache_clear()
    scale[0] = 100.0
    return total + scaled(x)


def test_value_and_gradient():
    check(program, 3.0)
    assert gradient(program, 3.0) == (2 * 113.0 * 3.0,)
    with debug(transform_all=True):
        assert pullback(program, 3.0)[0] == program(3.0) == 113.0 * 9.0


def test_a_method():
    class Holder:
        @functools.lru_cache  # noqa: B019 - what such a method does is the point
        def squared(self, x):
            return self.factor * x * x

    def of_holder(x):
        holder = Holder()
        holder.factor = x
        first = holder.squared(2.0)
        holder.factor = 3.0 * x
        again = holder.squared(2.0)
        Holder.squared.cache_clear()
        return first + 10.0 * again + 100.0 * holder.squared(2.0)

    check(of_holder, 1.5)
