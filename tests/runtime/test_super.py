"""`super()`: what is bound to an object, and what to a class."""

from __future__ import annotations

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
