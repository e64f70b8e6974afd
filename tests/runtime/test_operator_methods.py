"""Operators of classes whose methods are not plain functions: they are asked as Python asks them."""

from __future__ import annotations

import functools
import io
import operator
import warnings

import pytest

from bytegrad import debug, gradient, pullback


class Number:
    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return self.value + 2 * other

    def __radd__(self, other):
        return self.value + 3 * other


class NotInPlace(Number):
    __iadd__ = None


class NotReflected(Number):
    __rmul__ = None


class Scaled:
    def __init__(self, value):
        self.value = value

    def _times(self, factor, other):
        return self.value * factor * other

    __mul__ = functools.partialmethod(_times, 5)
    __rmul__ = property(lambda self: lambda other: self.value * other**2)

    def __add__(self, other):
        return self.value + other

    def __radd__(self, other):
        return [other, self.value]


class Callable:
    def __call__(self, other):
        return other * 7

    def __add__(self, other):
        return NotImplemented


class Owner:
    __radd__ = Callable()

    def __add__(self, other):
        return NotImplemented


@pytest.mark.parametrize(
    "program",
    [
        lambda: operator.iadd(NotInPlace(4), 10),
        lambda: 2 * NotReflected(4),
        lambda: [1] * NotReflected(4),
        lambda: Scaled(3) * 4,
        lambda: 4 * Scaled(3),
        lambda: 2 + Owner(),
        lambda: Callable() + Owner(),
        lambda: "spam" + Scaled("eggs"),
        lambda: b"spam" * Scaled(3),
    ],
    ids=range(9),
)
def test_as_in_a_plain_call(program):
    try:
        wanted = program()
    except TypeError as error:
        wanted = str(error)
    with debug(transform_all=True):
        try:
            found = pullback(program)[0]
        except TypeError as error:
            found = str(error)
    assert found == wanted


def test_gradients_through_such_methods():
    assert gradient(lambda x, y: Scaled(x) * y, 2.0, 3.0) == (15.0, 10.0)
    assert gradient(lambda x, y: y * Scaled(x), 2.0, 3.0) == (9.0, 12.0)
    assert gradient(lambda y: y + Owner(), 3.0) == (7.0,)


def test_a_partial_of_a_partial_is_one_as_in_c():
    def program():
        inner = functools.partial(max, 1)
        inner.func  # noqa: B018
        outer = functools.partial(inner, 2, key=abs)
        return outer.func, outer.args, outer.keywords, outer()

    with debug(transform_all=True):
        assert pullback(program)[0] == program()


class Holder:
    method = functools.partial(max, 3)


def test_a_warning_of_a_descriptor_names_the_users_line():
    def program(x):
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            value = Holder().method(x, x)
        return value, [(w.filename, w.lineno) for w in seen]

    assert pullback(program, 5.0)[0] == program(5.0)


class OnlyReflected:
    __rand__ = __rsub__ = lambda self, other: NotImplemented


@pytest.mark.parametrize("operation", [operator.and_, operator.iand, operator.sub, operator.or_, operator.lshift])
def test_not_implemented_by_all_is_an_error_and_no_value(operation):
    for a, b in ((OnlyReflected(), 5), (5, OnlyReflected()), (OnlyReflected(), OnlyReflected())):
        with debug(transform_all=True), pytest.raises(TypeError, match="unsupported operand"):
            pullback(operation, a, b)


class Watched:
    """Notes what is looked up in it."""

    def __init__(self, seen):
        object.__setattr__(self, "seen", seen)

    def __getattribute__(self, name):
        object.__getattribute__(self, "seen").append(name)
        return object.__getattribute__(self, name)

    def __add__(self, other):
        return 1

    def __call__(self, *args):
        return args

    def __iter__(self):
        return iter([1, 2])

    def __getitem__(self, index):
        return index

    def __setitem__(self, index, value):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


def test_no_attribute_is_looked_up_that_a_plain_call_does_not_look_up():
    def program(x):
        seen = []
        watched = Watched(seen)
        watched.y = x
        found = [watched.y, watched + 1, watched(1), list(watched), watched[1], [watched, x], {1: watched}]
        watched[2] = x
        first, second = watched
        with watched as entered:
            found.append((entered, first, second))
        print(watched, file=io.StringIO())
        functools.partial(lambda a, *b: a, watched)(watched)
        max([watched, watched], key=id)
        del watched.y
        return seen

    wanted = program(2.0)
    assert "__class__" not in wanted
    assert pullback(program, 2.0)[0] == wanted
    with debug(transform_all=True):
        assert pullback(program, 2.0)[0] == wanted


def test_a_class_that_type_makes_belongs_to_the_module_that_makes_it():
    class Kind(type):
        def __new__(cls, name, bases, namespace):
            return super().__new__(cls, name, bases, namespace)

    def program(x):
        return type("Plain", (), {"x": x}).__module__, Kind("ByKind", (), {}).__module__

    assert pullback(program, 2.0)[0] == (__name__, __name__)


class Slotted:
    __slots__ = ("slot",)


class Borrowing:
    __slots__ = ("own",)
    borrowed = Slotted.slot


class FalsyFile(list):
    def write(self, text):
        self.append(text)


def test_a_slot_of_another_class_under_a_name_of_this_one():
    def program(x):
        holder = Borrowing()
        holder.own = x
        hash(holder)
        try:
            return holder.borrowed
        except TypeError as error:
            return str(error), holder.own * 2.0

    with debug(transform_all=True):
        assert pullback(program, 2.0)[0] == program(2.0)


def test_print_to_a_file_that_is_false_and_with_separators_that_are_no_texts():
    def program(x):
        file = FalsyFile()
        print("a", x, file=file)
        found = []
        for options in ({"sep": 3}, {"end": 3}, {"file": ""}):
            try:
                print("b", x, **{"file": file, **options})
            except (TypeError, AttributeError) as error:
                found.append(str(error))
        return file, found

    assert pullback(program, 2.0)[0] == program(2.0)
