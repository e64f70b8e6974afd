"""A class changes while code runs that relies on it: value and gradient are right, or the pullback is refused once."""

import enum
import importlib.util
import itertools
import sys
from pathlib import Path

import pytest

import bytegrad
from tests.runtime import changing_objects

NAMES = [program.__name__ for program in changing_objects.PROGRAMS]
NUMBERS = itertools.count()
RELIED_ON = ("attribute of the object's name", "property", "descriptor", "setattr", "getattr", "getattribute")
"""Changes of what code relies on; of those of objects, it does not if the class itself may make them."""
OF_OBJECTS = ("class of the object", "memory of the object")


@pytest.fixture
def programs():
    """The module, loaded anew: its classes have never changed."""
    name = f"{changing_objects.__name__}_{next(NUMBERS)}"
    spec = importlib.util.spec_from_file_location(name, Path(changing_objects.__file__))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[name]


def outcome(module, program, change, x=1.3, h=1e-6):
    """Whether the gradient was refused; value and gradient are checked."""

    def plain(x):
        try:
            return program(x, change)
        finally:
            module.restore()

    wanted = (plain(x + h) - plain(x - h)) / (2 * h)
    try:
        value, bars = bytegrad.withgradient(program, x, change)
    except bytegrad.UnsupportedError as error:
        assert "relies on" in str(error)
        assert "changed while it ran" in str(error)
        return True
    finally:
        module.restore()
    assert value == plain(x)
    assert bars[0] == pytest.approx(wanted, rel=1e-6)
    return False


@pytest.mark.parametrize("change", changing_objects.CHANGES)
@pytest.mark.parametrize("program", NAMES)
def test_changed_in_each_call(programs, program, change):
    def changes(layer):
        programs.CHANGES[change](layer)

    for _ in range(3):
        assert not outcome(programs, getattr(programs, program), changes)


@pytest.mark.parametrize("change", changing_objects.CHANGES)
@pytest.mark.parametrize("program", NAMES)
def test_changed_once_code_is_in_use(programs, program, change):
    def nothing(layer):
        pass

    def changes(layer):
        programs.CHANGES[change](layer)

    refused = [outcome(programs, getattr(programs, program), late) for late in [nothing, nothing, changes] * 3]
    assert refused.count(True) <= (change in RELIED_ON or change in OF_OBJECTS)


@pytest.mark.parametrize("change", ["attribute", "further attribute", "method"])
@pytest.mark.parametrize("program", NAMES)
def test_changed_by_code_that_is_not_differentiated(programs, program, change):
    nothing = bytegrad.non_differentiable(lambda layer: None)
    changes = bytegrad.non_differentiable(programs.CHANGES[change])
    for late in (nothing, nothing, changes, nothing, changes):
        assert not outcome(programs, getattr(programs, program), late)


@pytest.mark.parametrize("change", ["property", "descriptor"])
def test_hooks_by_code_that_is_not_differentiated(programs, change):
    nothing = bytegrad.non_differentiable(lambda layer: None)
    changes = bytegrad.non_differentiable(programs.CHANGES[change])
    for late in (nothing, nothing):
        assert not outcome(programs, programs.with_argument, late)
    assert outcome(programs, programs.with_argument, changes)
    assert not outcome(programs, programs.with_argument, changes)


@pytest.mark.parametrize("change", changing_objects.CHANGES)
def test_changed_between_calls(programs, change):
    def nothing(layer):
        pass

    for name in ("loop", "with_helpers", "with_argument"):
        program = getattr(programs, name)
        for _ in range(2):
            for _ in range(3):
                assert not outcome(programs, program, nothing)
            for _ in range(2):
                if change not in (*OF_OBJECTS, "item of the memory", "deleted"):
                    programs.CHANGES[change](None)
                value, bars = bytegrad.withgradient(program, 1.3, nothing)
                assert value == program(1.3, nothing)
                difference = (program(1.3 + 1e-6, nothing) - program(1.3 - 1e-6, nothing)) / 2e-6
                assert bars[0] == pytest.approx(difference, rel=1e-6)
                programs.restore()


@pytest.mark.parametrize("change", ["method", "property", "setattr", "operator", "class of the object"])
def test_second_derivatives(programs, change):
    def changes(layer):
        programs.CHANGES[change](layer)

    def program(x):
        try:
            return programs.with_helpers(x, changes)
        finally:
            programs.restore()

    first = bytegrad.grad(program)
    x, h = 1.3, 1e-5
    for _ in range(3):
        assert first(x) == pytest.approx((program(x + h) - program(x - h)) / (2 * h), rel=1e-5)
        assert bytegrad.grad(first)(x) == pytest.approx((first(x + h) - first(x - h)) / (2 * h), rel=1e-5)
        assert bytegrad.jvp(program, (x,), (1.0,))[1] == pytest.approx(first(x), rel=1e-12)


class Asked(type):
    def __getattr__(cls, name):
        raise AttributeError(name)

    def bound(cls):
        return cls


class WithBoundMethods(metaclass=Asked):
    def __init__(self, value):
        self.value = value

    @classmethod
    def made(cls, value):
        return cls(value)

    def scaled(self, factor):
        return self.made(self.value * factor)

    def __init_subclass__(cls):
        super().__init_subclass__()


class Colour(enum.Enum):
    RED = 2.0
    BLUE = 3.0

    def scaled(self, x):
        return self.value * x

    @classmethod
    def first(cls):
        return cls.RED


@pytest.mark.parametrize(
    "program",
    [
        lambda x: WithBoundMethods(x).scaled(x).scaled(x).value,
        lambda x: sum([member.scaled(x) for member in Colour]) * Colour.first().scaled(x),
    ],
    ids=["metaclass", "enum"],
)
def test_methods_that_are_bound_anew_at_each_access_have_not_changed(program):
    for _ in range(6):
        difference = (program(1.3 + 1e-6) - program(1.3 - 1e-6)) / 2e-6
        assert bytegrad.gradient(program, 1.3)[0] == pytest.approx(difference, rel=1e-6)


class Counting(type):
    asked = 0

    def __getattr__(cls, name):
        Counting.asked += 1
        raise AttributeError(name)


class Counted(metaclass=Counting):
    def __init__(self, value):
        self.value = value

    def scaled(self, factor):
        return Counted(self.value * factor)


class Anew:
    def __get__(self, owner, kind):
        return object() if owner is None else 1.0


class Described:
    value = Anew()

    def __init__(self, value):
        self.value = value


@pytest.mark.parametrize(
    "program",
    [lambda x: Counted(x).scaled(x).scaled(x).value, lambda x: Described(x * x).value * x],
    ids=["hook", "descriptor"],
)
def test_what_answers_anew_at_each_access_of_a_class_has_not_changed(program):
    Counting.asked = 0
    for _ in range(6):
        difference = (program(1.3 + 1e-6) - program(1.3 - 1e-6)) / 2e-6
        assert bytegrad.gradient(program, 1.3)[0] == pytest.approx(difference, rel=1e-6)
    assert Counting.asked == 0
