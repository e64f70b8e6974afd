"""One checker for every rule on arrays: `case(np.sum, A(3, 4), axis=0)` is a row, `check` holds it to the truth.

A row is a call.  Every floating or complex number in its arguments, inside lists and tuples too, is a variable
(`only` and `fixed` choose), and so is every integer with `as_reals`.  `check` looks the rule up in the registry
and verifies, in this order:

- the value: the rule's result has the value, type and dtype of the plain call, and the arguments are unchanged;
- the cotangents: shapes and dtypes of the arguments, None exactly where the differences are zero,
  the pullback callable twice and leaving its argument alone;
- the derivative: against central differences, in each element of small arguments and in random directions;
- the dot-product test: ``<y_bar, J x_dot> == <x_bar, x_dot>`` with all variables moving together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

import numpy as np
import pytest

from bytegrad.rules.numpy.elementwise import elementwise_rule
from bytegrad.runtime import registry
from tests.rules.numpy.functional import functional_rules

Path = tuple[Any, ...]

STEP = 1e-4
ONE_BY_ONE = 16


# Arguments.  Each call gives new numbers; within one array no two are closer than about a tenth of their spread
# over the size, so that no tie is within reach of a difference step.


def A(*shape: int) -> Any:
    """A float64 array with entries between -2 and 2, none near 0."""
    return _spread(shape, -2.0, 2.0)


def P(*shape: int) -> Any:
    """A float64 array with entries between 0.2 and 1.9, none near 1."""
    return _spread(shape, 0.2, 1.9)


def U(*shape: int) -> Any:
    """A float64 array with entries between -0.9 and 0.9."""
    return _spread(shape, -0.9, 0.9)


def C(*shape: int) -> Any:
    """A complex128 array."""
    return A(*shape) + 1j * A(*shape)


def F(*shape: int) -> Any:
    """A float32 array."""
    return A(*shape).astype(np.float32)


def N(*shape: int) -> Any:
    """An int64 array of different numbers from 1 to twice the size."""
    size = int(np.prod(shape))
    return _GENERATOR.choice(np.arange(1, 2 * size + 1), size=size, replace=False).reshape(shape)


def M(*shape: int) -> Any:
    """A mask with both values in it, along each axis."""
    return (np.indices(shape).sum(axis=0) + 1) % 3 > 0


def strided(x: Any) -> Any:
    """`x` with the same content, neither contiguous nor in C order."""
    wide = np.zeros(tuple(2 * n for n in reversed(x.shape)), x.dtype)
    view = wide.T[tuple(slice(None, None, 2) for _ in x.shape)]
    view[...] = x
    return view


def frozen(x: Any) -> Any:
    """A read-only copy of `x`."""
    copy = x.copy()
    copy.flags.writeable = False
    return copy


def start_numbers(name: str) -> None:
    """Start the sequence of numbers anew, after `name`: so the rows of a test module do not depend on the others."""
    _GENERATOR.bit_generator.state = np.random.default_rng(crc32(name.encode())).bit_generator.state


_GENERATOR = np.random.default_rng(0)


def _spread(shape: tuple[int, ...], low: float, high: float) -> Any:
    size = int(np.prod(shape))
    places = (np.arange(size) + 0.5 + _GENERATOR.uniform(-0.3, 0.3, size)) / max(size, 1)
    values = low + (high - low) * places
    values = np.where(np.abs(values) < 0.01, 0.013, np.where(np.abs(values - 1) < 0.01, 0.985, values))
    return _GENERATOR.permutation(values).reshape(shape)


# Rows.


@dataclass(frozen=True, slots=True)
class Case:
    """A call, and which of the numbers in its arguments vary."""

    fn: Callable[..., Any]
    args: tuple[Any, ...]
    keywords: dict[str, Any]
    tolerance: float = 1e-7
    integers: bool = False
    chosen: tuple[Any, ...] | None = None
    excluded: tuple[Any, ...] = ()

    def __str__(self) -> str:
        shown = [_shown(x) for x in self.args] + [f"{name}={_shown(x)}" for name, x in self.keywords.items()]
        return f"{_name(self.fn)}({', '.join(shown)})"

    def as_reals(self) -> Case:
        """Integers are variables too."""
        return replace(self, integers=True)

    def only(self, *arguments: Any) -> Case:
        """Only these arguments, positions or keywords, are variables."""
        return replace(self, chosen=arguments)

    def fixed(self, *arguments: Any) -> Case:
        """These arguments, positions or keywords, are not variables."""
        return replace(self, excluded=arguments)

    def loosely(self, tolerance: float) -> Case:
        """With another tolerance than 1e-7."""
        return replace(self, tolerance=tolerance)


def case(fn: Callable[..., Any], *args: Any, **keywords: Any) -> Case:
    """The row of the call ``fn(*args, **keywords)``."""
    return Case(fn, args, keywords)


def parametrize(*rows: Case) -> pytest.MarkDecorator:
    """The decorator of a test with the parameter `row`; rows that print alike are numbered."""
    seen = Counter[str]()
    ids = []
    for row in rows:
        seen[str(row)] += 1
        ids.append(str(row) if seen[str(row)] == 1 else f"{row} #{seen[str(row)]}")
    return pytest.mark.parametrize("row", rows, ids=ids)


def _name(fn: Any) -> str:
    owner = getattr(fn, "__self__", None)
    name = getattr(fn, "__name__", repr(fn))
    return f"{owner.__name__}.{name}" if isinstance(owner, np.ufunc) else str(name)


def _shown(x: Any) -> str:
    if isinstance(x, np.ndarray):
        return f"{x.dtype.char}{list(x.shape)}"
    if isinstance(x, list | tuple):
        return f"[{','.join(_shown(item) for item in x)}]"
    return getattr(x, "__name__", None) or str(x)


# Rules, looked up as the engine does.


def run(fn: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, Callable[[Any], Any]]:
    """The result by the first rule that accepts the call, and its pullback to ``{argument: cotangent}``."""
    for rule in functional_rules(fn):
        names: tuple[str, ...] = ()
        if isinstance(rule, registry.Partials):
            answer = elementwise_rule(fn, rule)(*args, **keywords)
        else:
            assert isinstance(rule, registry.Adjoint), f"{fn} has a {rule}"
            answer, names = rule.rule(*args, **keywords), rule.names
        if answer is not NotImplemented:
            return answer[0], _by_argument(answer[1], len(args), names, keywords)
    raise AssertionError(f"no rule of {_name(fn)} accepts this call")


def _by_argument(
    pullback: Callable[[Any], tuple[Any, ...]], positional: int, names: tuple[str, ...], keywords: dict[str, Any]
) -> Callable[[Any], dict[Any, Any]]:
    def pull(y_bar: Any) -> dict[Any, Any]:
        with np.errstate(all="ignore"):
            cotangents = pullback(y_bar)
        assert isinstance(cotangents, tuple)
        places: dict[Any, int] = {i: i for i in range(positional)}
        places |= {name: names.index(name) for name in keywords if name in names}
        return {argument: cotangents[place] for argument, place in places.items() if place < len(cotangents)}

    return pull


# Variables: the numbers inside the arguments, each with the path that leads to it.


def variables(row: Case) -> dict[Path, Any]:
    """The arguments, or parts of them, that vary in `row`."""
    found: dict[Path, Any] = {}
    for argument, value in [*enumerate(row.args), *row.keywords.items()]:
        if argument in row.excluded or (row.chosen is not None and argument not in row.chosen):
            continue
        found |= {(argument, *path): x for path, x in _numbers(value, row.integers)}
    return found


def _numbers(value: Any, integers: bool) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from (((i, *path), x) for path, x in _numbers(item, integers))
    elif isinstance(value, np.ndarray | np.number | int | float | complex):
        kind = np.asarray(value).dtype.kind
        if kind in "fc" or (integers and kind in "iu"):
            yield (), value


def with_values(row: Case, values: dict[Path, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of `row` with `values` in place of its variables."""
    args = tuple(_put(x, (i,), values) for i, x in enumerate(row.args))
    return args, {name: _put(x, (name,), values) for name, x in row.keywords.items()}


def _put(value: Any, path: Path, values: dict[Path, Any]) -> Any:
    if path in values:
        return values[path]
    if isinstance(value, list | tuple):
        return type(value)(_put(item, (*path, i), values) for i, item in enumerate(value))
    return value


def part(cotangents: Any, path: Path) -> Any:
    """The cotangent at `path` in what `run`'s pullback returned; None if there is none."""
    for i, key in enumerate(path):
        if cotangents is None or (i == 0 and key not in cotangents):
            return None
        cotangents = cotangents[key]
    return cotangents


# Results: a result is an array, a number, or a tuple or list of these.


def outputs(y: Any) -> list[Any]:
    """The arrays and numbers in a result."""
    return [part for item in y for part in outputs(item)] if isinstance(y, tuple | list) else [y]


def random_seed(y: Any, integers: bool, random: np.random.Generator) -> Any:
    """A cotangent for `y`: normal numbers of its shape and dtype; None for parts that do not vary."""
    if isinstance(y, tuple | list):
        seeds = [random_seed(item, integers, random) for item in y]
        return seeds if isinstance(y, list) else tuple(seeds)
    kind = np.asarray(y).dtype.kind
    if kind not in ("fciu" if integers else "fc"):
        return None
    seed = normal(np.shape(y), kind == "c", random)
    seed = np.asarray(seed).astype(y.dtype if kind in "fc" and hasattr(y, "dtype") else np.asarray(seed).dtype)
    return seed if isinstance(y, np.ndarray) else seed[()]


def inner(u: Any, v: Any) -> float:
    """The real inner product of two results or cotangents; None counts as zero, everywhere below it."""
    pairs = zip(outputs(u), outputs(v), strict=True)
    return float(sum(np.vdot(a, b).real for a, b in pairs if a is not None and b is not None))


def difference(row: Case, tangents: dict[Path, Any], y_bar: Any) -> float:
    """``<y_bar, J tangents>`` by central differences of fourth order, in double precision."""
    start = {path: _widened(x) for path, x in variables(row).items()}
    total = 0.0
    for steps, weight in ((1, 8.0), (-1, -8.0), (2, -1.0), (-2, 1.0)):
        moved = {path: x + steps * STEP * tangents[path] if path in tangents else x for path, x in start.items()}
        args, keywords = with_values(row, moved)
        with np.errstate(all="ignore"):
            total += weight * inner(y_bar, _defined(row, row.fn(*args, **keywords)))
    return total / (12 * STEP)


def _widened(x: Any) -> Any:
    kind = np.asarray(x).dtype.kind
    if isinstance(x, np.ndarray):
        return x.astype(complex if kind == "c" else float) if x.dtype != np.longdouble else x
    return complex(x) if kind == "c" else float(x)


# The check.


def check(row: Case) -> None:
    """Hold `row` to the plain call and to differences."""
    saved = [np.copy(x) for x in variables(row).values()]
    with np.errstate(all="ignore"):
        expected = row.fn(*row.args, **row.keywords)
        y, pull = run(row.fn, row.args, row.keywords)
    _check_value(_defined(row, y), _defined(row, expected))
    random = np.random.default_rng(crc32(str(row).encode()))
    y_bar = random_seed(expected, row.integers, random)
    kept = [None if seed is None else np.copy(seed) for seed in outputs(y_bar)]
    cotangents, again = pull(y_bar), pull(y_bar)
    for before, after in zip(saved, variables(row).values(), strict=True):
        np.testing.assert_array_equal(before, after, "an argument was changed")
    for before, after in zip(kept, outputs(y_bar), strict=True):
        np.testing.assert_array_equal(before, after, "y_bar was changed")
    for path, x in variables(row).items():
        _check_kind(part(cotangents, path), x)
        np.testing.assert_equal(part(cotangents, path), part(again, path), "a second call gives another answer")
    _check_derivative(row, cotangents, y_bar, random)


def _defined(row: Case, y: Any) -> Any:
    """`y` without what the `where=` of a ufunc left uninitialised."""
    if not isinstance(row.fn, np.ufunc) or "where" not in row.keywords:
        return y
    defined = [np.where(row.keywords["where"], out, np.zeros_like(out)) for out in outputs(y)]
    return tuple(defined) if isinstance(y, tuple) else defined[0]


def _check_value(y: Any, expected: Any) -> None:
    assert type(y) is type(expected), (type(y), type(expected))
    for ours, theirs in zip(outputs(y), outputs(expected), strict=True):
        assert type(ours) is type(theirs), (type(ours), type(theirs))
        assert getattr(ours, "dtype", None) == getattr(theirs, "dtype", None)
        assert np.shape(ours) == np.shape(theirs)
        np.testing.assert_array_equal(ours, theirs)


def _check_kind(x_bar: Any, x: Any) -> None:
    if x_bar is None:
        return
    assert np.shape(x_bar) == np.shape(x), f"cotangent of shape {np.shape(x_bar)} for {np.shape(x)}"
    if isinstance(x, np.ndarray | np.generic):
        wanted = x.dtype if x.dtype.kind in "fc" else np.dtype(float)
        assert x_bar.dtype == wanted, f"cotangent of dtype {x_bar.dtype} for {x.dtype}"
        assert isinstance(x_bar, np.ndarray) == isinstance(x, np.ndarray)
    else:
        assert isinstance(x_bar, complex if isinstance(x, complex) else float), type(x_bar)


def _check_derivative(row: Case, cotangents: dict[Any, Any], y_bar: Any, random: np.random.Generator) -> None:
    together: dict[Path, Any] = {}
    exact = 0.0
    for path, x in variables(row).items():
        x_bar = part(cotangents, path)
        for tangent in _tangents(x, random):
            ours = 0.0 if x_bar is None else float(np.vdot(x_bar, tangent).real)
            _close(ours, difference(row, {path: tangent}, y_bar), row, f"argument {path}")
        together[path] = normal(np.shape(x), np.iscomplexobj(x), random)
        exact += 0.0 if x_bar is None else float(np.vdot(x_bar, together[path]).real)
    _close(exact, difference(row, together, y_bar), row, "all arguments together")


def _close(ours: float, theirs: float, row: Case, what: str) -> None:
    precision = max([row.tolerance, *(1e-4 for x in variables(row).values() if _single(x))])
    assert abs(ours - theirs) <= precision * (1 + abs(theirs)), f"{what}: rule {ours!r}, differences {theirs!r}"


def is_double(x: Any) -> bool:
    """Whether `x` is of double precision."""
    return np.asarray(x).dtype in (np.dtype(float), np.dtype(complex))


def _single(x: Any) -> bool:
    return np.asarray(x).dtype.itemsize <= (8 if np.iscomplexobj(x) else 4)


def _tangents(x: Any, random: np.random.Generator) -> Iterator[Any]:
    size = np.size(x)
    units = (1.0, 1j) if np.iscomplexobj(x) else (1.0,)
    if size > ONE_BY_ONE:
        yield from (normal(np.shape(x), np.iscomplexobj(x), random) for _ in range(3))
        return
    for i in range(size):
        for unit in units:
            yield (unit * (np.arange(size) == i)).reshape(np.shape(x))


def normal(shape: tuple[int, ...], is_complex: bool, random: np.random.Generator) -> Any:
    """Normal numbers."""
    real = random.normal(size=shape)
    return real + 1j * random.normal(size=shape) if is_complex else np.asarray(real)
