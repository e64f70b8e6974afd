"""Functions without a rule that set attributes of the objects they get, as methods that Cython has compiled do."""

import ctypes

import pytest

from bytegrad import NoRuleError, gradient

SET = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.c_char_p, ctypes.py_object)(
    ("PyObject_SetAttrString", ctypes.pythonapi)
)


class Pen:
    """Adds up what it is told."""

    def __init__(self, area=0.0):
        self.area = area
        self.other = 1.0


@pytest.mark.parametrize("name", ["area", "length"], ids=["set again", "new"])
def test_what_was_set_is_not_known(name):
    def f(x):
        pen = Pen()
        SET(pen, name.encode(), x * x)
        return getattr(pen, name) + x

    with pytest.raises(NoRuleError, match="no derivative rule for"):
        gradient(f, 2.0)


def test_other_attributes_stay_known():
    def f(x):
        pen = Pen(3.0 * x)
        SET(pen, b"length", x * x)
        SET(pen, b"other", x)
        pen.other = x * x
        return pen.area * pen.other

    assert gradient(f, 2.0) == (9.0 * 4.0,)


def test_no_hook_is_asked():
    asked = []

    class Asking(Pen):
        def __getattribute__(self, name):
            asked.append(name)
            return object.__getattribute__(self, name)

    def f(x):
        pen = Asking(x)
        SET(pen, b"other", 1.0)
        return x

    f(2.0)
    by_itself = list(asked)
    asked.clear()
    gradient(f, 2.0)
    assert asked == by_itself
