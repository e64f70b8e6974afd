"""A small reverse mode by recording, to differentiate pullbacks (and polyfills) with the rules that they use.

It exists to test rules without the engine: `Recorded` values stand for arrays in plain numpy code, every numpy
function called with one is answered by its rule from the registry, and anything that would lose the derivative
(no rule, conversion to a plain array) is an error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import import_module
from pkgutil import iter_modules
from types import FunctionType
from typing import Any
from unittest.mock import patch

import numpy as np

import bytegrad.rules.numpy as numpy_rules
from bytegrad.rules.numpy.broadcast import project
from bytegrad.rules.numpy.elementwise import elementwise_rule
from bytegrad.rules.numpy.index import getitem_rule
from bytegrad.rules.numpy.structure import restructure
from bytegrad.runtime import registry
from bytegrad.runtime.tangent import Poison
from tests.rules.numpy.functional import functional_rules

for _module in iter_modules(numpy_rules.__path__):
    import_module(f"{numpy_rules.__name__}.{_module.name}")


# Here numpy's dispatch does not reach functions written in Python.
_PUBLIC = ("fft", "interpolate", "linalg", "ndimage", "signal", "spatial", "special", "stats")
SCIPY = tuple(f"scipy.{name}" for name in _PUBLIC)


class Tape:
    """The calls that were recorded, in order, each as a function that takes the cotangents one step back."""

    def __init__(self) -> None:
        self.steps: list[Callable[[], None]] = []

    def gradient(self, result: Any, seed: Any, variables: Sequence[Recorded]) -> list[Any]:
        """The cotangents of `variables` for the cotangent `seed` of `result`, a recorded value or a nest of them."""
        spread(result, seed)
        for step in reversed(self.steps):
            step()
        return [variable.bar for variable in variables]


class Recorded(np.lib.mixins.NDArrayOperatorsMixin):
    """An array or number whose uses are recorded."""

    def __init__(self, value: Any, tape: Tape) -> None:
        self.value, self.tape, self.bar = value, tape, None

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        return call(ufunc if method == "__call__" else getattr(ufunc, method), inputs, keywords)

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        return call(function, args, keywords)

    def __getitem__(self, index: Any) -> Any:
        return record(getitem_rule, ("a", "index"), (self, index), {})

    def __len__(self) -> int:
        return len(self.value)

    def __getattr__(self, name: str) -> Any:
        if name in ("shape", "ndim", "size", "dtype", "flags"):
            return getattr(self.value, name)
        function = {"T": np.transpose, "real": np.real, "imag": np.imag}.get(name)
        if function is not None:
            return call(function, (self,), {})
        if name in (
            "reshape",
            "ravel",
            "sum",
            "transpose",
            "swapaxes",
            "squeeze",
            "conj",
            "conjugate",
            "astype",
            "copy",
        ):
            return lambda *args, **keywords: call(getattr(np, name), (self, *args), keywords)
        if name in ("flatten", "tolist", "item"):
            return lambda *args: call(getattr(np.ndarray, name), (self, *args), {})
        raise AttributeError(name)


def plain(x: Any) -> Any:
    """`x` without recording, in nested lists, tuples and dicts too."""
    if isinstance(x, Recorded):
        return x.value
    if isinstance(x, list | tuple):
        items = [plain(item) for item in x]
        return items if isinstance(x, list) else tuple(items)
    return {key: plain(item) for key, item in x.items()} if isinstance(x, dict) else x


def tape_of(x: Any) -> Tape | None:
    """The tape of the first recorded value in `x`."""
    if isinstance(x, Recorded):
        return x.tape
    items = x.values() if isinstance(x, dict) else x if isinstance(x, list | tuple) else ()
    return next((tape for tape in map(tape_of, items) if tape is not None), None)


def spread(x: Any, bar: Any) -> None:
    """Add the cotangent `bar` of `x` to what is recorded in it."""
    if bar is None or isinstance(bar, Poison):
        return
    if isinstance(x, Recorded):
        bar = project(bar, x.value)
        x.bar = bar if x.bar is None else x.bar + bar
    elif isinstance(x, list | tuple):
        for item, part in zip(x, bar if isinstance(bar, list | tuple) else restructure(bar, plain(x)), strict=True):
            spread(item, part)


def call(function: Any, args: Sequence[Any], keywords: dict[str, Any]) -> Any:
    """``function(*args, **keywords)`` by the first rule that accepts the call."""
    if tape_of([args, keywords]) is None:
        return function(*args, **keywords)
    for rule in functional_rules(function):
        if isinstance(rule, registry.NonDifferentiable):
            return function(*plain(args), **plain(keywords))
        if isinstance(rule, registry.Polyfill):
            return rule.function(*args, **keywords)
        if isinstance(rule, registry.Partials):
            active = tuple(isinstance(arg, Recorded) for arg in args)
            return record(partial(elementwise_rule(function, rule), active=active), rule.names, args, keywords)
        answer = record(rule.rule, rule.names, args, keywords)
        if answer is not NotImplemented:
            return answer
    answer = function(*plain(args), **plain(keywords))  # a question about an array (np.shape) needs no rule
    assert isinstance(answer, tuple) or np.asarray(answer).dtype.kind not in "fcO", f"no rule for {function}"
    return answer


def record(rule: Any, names: Sequence[str], args: Sequence[Any], keywords: dict[str, Any]) -> Any:
    """The recorded result of `rule`; NotImplemented if it declines."""
    answer = rule(*plain(args), **plain(keywords))
    if answer is NotImplemented:
        return NotImplemented
    y, pullback = answer
    tape = tape_of([args, keywords])
    assert tape is not None
    outputs: Any = [_recorded(out, tape) for out in y] if isinstance(y, list | tuple) else _recorded(y, tape)
    outputs = tuple(outputs) if isinstance(y, tuple) else outputs

    def step() -> None:
        bars = [getattr(out, "bar", None) for out in (outputs if isinstance(outputs, list | tuple) else (outputs,))]
        y_bar = tuple(bars) if isinstance(outputs, list | tuple) else bars[0]
        if y_bar is None or (isinstance(y_bar, tuple) and all(bar is None for bar in y_bar)):
            return
        bars = pullback(y_bar)
        for arg, bar in zip(args, bars, strict=False):
            spread(arg, bar)
        for name, arg in keywords.items():
            if name in names and names.index(name) < len(bars):
                spread(arg, bars[names.index(name)])

    tape.steps.append(step)
    return outputs


def _recorded(out: Any, tape: Tape) -> Any:
    """`out` as a recorded value, if it is one that can vary."""
    return Recorded(out, tape) if np.asarray(out).dtype.kind in "fc" else out


@contextmanager
def recording() -> Iterator[None]:
    """Within it, functions that numpy does not dispatch to `Recorded` and rules' own helpers are recorded too."""
    with ExitStack() as stack:
        modules = [module for name, module in list(sys.modules.items()) if name.startswith("bytegrad.rules.")]
        for module in modules:
            for name, helper in list(vars(module).items()):
                if isinstance(helper, FunctionType) and registry.lookup(helper):
                    stack.enter_context(patch.object(module, name, partial(answered, helper)))
        for module in (sys.modules[name] for name in SCIPY if name in sys.modules):
            for name, target in list(vars(module).items()):
                if callable(target) and not isinstance(target, np.ufunc | type) and registry.lookup(target):
                    stack.enter_context(patch.object(module, name, partial(answered, target)))
        for name in ("array", "asarray", "asanyarray", "full", "full_like", "arange", "require", "copy"):
            stack.enter_context(patch.object(np, name, partial(answered, getattr(np, name))))
        yield


def answered(function: Any, *args: Any, **keywords: Any) -> Any:
    """``function(*args, **keywords)``, recorded where an argument is."""
    return call(function, args, keywords)
