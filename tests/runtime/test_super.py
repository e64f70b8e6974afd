"""`super()`: what is bound to an object, and what to a class."""

from __future__ import annotations

import pytest

from bytegrad import gradient, pullback


class Base:
    @property
    def doubled(self):
        return self.x * 2.0

    def __init__(self, x):
        self.x = x


class Derived(Base):
    @property
    def doubled(self):
        return super().doubled * self.x

    @classmethod
    def of_class(cls):
        return super().doubled


def test_a_property_of_an_object_is_asked() -> None:
    assert gradient(lambda x: Derived(x).doubled, 3.0) == (12.0,)


def test_a_property_of_a_class_is_itself() -> None:
    value, back = pullback(lambda x: (Derived.of_class() is Base.doubled, x * x), 3.0)
    assert value == (True, 9.0)
    assert back((None, 1.0)) == (6.0,)


class Shadow:
    def __init__(self, *args):
        self.given = len(args)


class Bare:
    def of(self):
        return super().given

    def told(self):
        return super(Bare, self).given  # noqa: UP008 - what is meant


def test_what_shadows_it_gets_what_the_call_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "super", Shadow)
    given, back = pullback(lambda x: (Bare().of(), Bare().told(), x * x), 3.0)
    assert given == (Bare().of(), Bare().told(), 9.0) == (0, 2, 9.0)
    assert back((None, None, 1.0)) == (6.0,)
