"""Programs that change an object where no value shows it, for tests/runtime/test_side_effects.py.

Each gets an object with an attribute `v`; what it raises is caught.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

CASES: dict[str, Callable[[Any], Any]] = {}


class Box:
    def __init__(self, v):
        self.v = v


def case(fn: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Add a program."""
    CASES[fn.__name__] = fn
    return fn


def spoil(box):
    box.v = box.v * box.v * box.v
    raise ValueError("spoilt")


# iterators that change something before they say that there is nothing left ------------------------


class Ending:
    def __init__(self, box, n=2):
        self.box, self.n = box, n

    def __iter__(self):
        self.box.v = self.box.v * 2.0
        return self

    def __next__(self):
        if not self.n:
            self.box.v = self.box.v**3
            raise StopIteration
        self.n -= 1
        self.box.v = self.box.v * self.box.v
        return self.n, self.n


class ByGenerator:
    def __init__(self, box):
        self.box = box

    def __iter__(self):
        self.box.v = self.box.v * 2.0
        yield 1.0
        self.box.v = self.box.v**3


@case
def a_loop_ends(box):
    for n, _ in Ending(box):
        box.v = box.v + n


@case
def a_loop_over_a_generator_of_a_class_ends(box):
    for n in ByGenerator(box):
        box.v = box.v * 1.5 + n


@case
def a_loop_ends_twice(box):
    items = Ending(box)
    for _ in items:
        pass
    for _ in items:
        pass


@case
def a_loop_is_left(box):
    for n, _ in Ending(box):
        box.v = box.v + n
        break


@case
def it_is_unpacked(box):
    first, second = Ending(box)
    box.v = box.v + first[0]


@case
def a_list_is_made(box):
    list(Ending(box))


@case
def a_dict_is_made(box):
    dict(Ending(box))


@case
def a_comprehension_is_made(box):
    [n for n, _ in Ending(box)]


@case
def it_is_a_star(box):
    print(*Ending(box, 0), end="")


@case
def it_is_summed_up(box):
    sum(ByGenerator(box))


@case
def it_is_asked_by_map(box):
    list(map(abs, ByGenerator(box)))


# what raises in the second of the calls that an operation makes ------------------------------------


class Made:
    def __new__(cls, box):
        box.v = box.v * 2.0
        return super().__new__(cls)

    def __init__(self, box):
        spoil(box)


@case
def init_after_new(box):
    Made(box)


class Meta(type):
    def __call__(cls, box):
        box.v = box.v * 2.0
        return super().__call__(box)


class ByMeta(Made, metaclass=Meta):
    pass


@case
def init_after_call_and_new(box):
    ByMeta(box)


class Raising:
    def __init__(self, box):
        self.box = box

    def __iter__(self):
        self.box.v = self.box.v * 2.0
        return self

    def __next__(self):
        spoil(self.box)

    def __float__(self):
        spoil(self.box)


@case
def next_after_iter(box):
    for _ in Raising(box):
        pass


@case
def next_after_iter_in_a_list(box):
    [*Raising(box)]


@case
def two_conversions(box):
    math.atan2(box.v, Raising(box))


@case
def awaiting_after_anext(box):
    class Items:
        def __aiter__(self):
            return self

        def __anext__(self):
            box.v = box.v * 2.0
            return self

        def __await__(self):
            spoil(box)

    async def use():
        async for _ in Items():
            pass

    use().send(None)
