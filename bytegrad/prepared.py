"""Functions that give gradients, prepared for the types that they are called with.

A call of such a function with the same simple types as before goes straight to the compiled pair: a small Python
function checks that what was compiled still holds, calls the augmented primal and calls the pullback.  It is made
from the text below, because a loop over arguments or a packed argument list would cost as much as the pair itself.
"""

from __future__ import annotations

import dis
import functools
import types
from collections.abc import Callable, Sequence
from operator import index
from typing import Any

from bytegrad import prepared_arrays
from bytegrad.differentiation import Differentiation, differentiate, reverse
from bytegrad.errors import ArgumentError
from bytegrad.packages import load_rules_of_packages
from bytegrad.runtime import registry
from bytegrad.runtime.callees import TYPED
from bytegrad.runtime.checks import CHECKS, USERS
from bytegrad.runtime.compile import Adjoint, adjoint_of, augmented_function, emitted
from bytegrad.runtime.context import Context
from bytegrad.runtime.facts import builtins_of
from bytegrad.runtime.results import collect, snapshot
from bytegrad.runtime.seeds import scalar_seed
from bytegrad.tracebacks import trim

SIMPLE = frozenset({float, int, bool, str, type(None)})
"""Exact types of arguments for which a call can be prepared: what they carry, they carry by value."""
_MOST_ARGUMENTS = 16


class GradientFunction(functools.partial[Any]):
    """What `grad` and `value_and_grad` return.

    It is a `functools.partial` without arguments for the sake of speed: its function is the one prepared last, which
    passes on to `_general` whatever it was not prepared for.
    """

    f: Callable[..., Any]
    argnums: int | tuple[int, ...]
    with_value: bool

    def __new__(
        cls, f: Callable[..., Any], argnums: int | Sequence[int] = 0, with_value: bool = True
    ) -> GradientFunction:
        if not callable(f):
            raise ArgumentError(f"cannot differentiate {f!r}: it is not callable", fixes="pass a function")
        self = super().__new__(cls, _not_prepared)
        functools.update_wrapper(self, f)
        self.f, self.with_value = f, with_value
        try:
            self.argnums = tuple(map(index, argnums)) if isinstance(argnums, Sequence) else index(argnums)
        except TypeError:
            raise ArgumentError(
                f"argnums is {argnums!r}", fixes="pass the number of an argument, or a tuple of such"
            ) from None
        self._use(self._general)
        return self

    def _use(self, function: Callable[..., Any]) -> None:
        self.__setstate__((function, (), {}, self.__dict__))  # type: ignore[attr-defined]

    def __reduce__(self) -> Any:
        return (GradientFunction, (self.f, self.argnums, self.with_value))

    def __repr__(self) -> str:
        name = "value_and_grad" if self.with_value else "grad"
        return f"bytegrad.{name}({self.f!r}, argnums={self.argnums})"

    def __get__(self, owner: Any, kind: type | None = None) -> Any:
        return self if owner is None else types.MethodType(self, owner)

    def _general(self, /, *args: Any, **kwargs: Any) -> Any:
        """A call with any arguments."""
        try:
            self.check_argnums(len(args))
            if not kwargs and not USERS:
                pair = prepared_arrays.value_and_gradient(self.f, args, self._numbers(len(args)))
                if pair is not None:
                    return self.chosen(*pair)
                prepare(self, args)
                prepared_arrays.prepare_arrays(self.f, args)
            call = differentiate(self.f, args, kwargs, chosen=self._numbers(len(args)))
            return self.chosen(call.value, reverse(call, scalar_seed(self.f, call.value)))
        except BaseException as error:
            trim(error)
            raise

    def _resume(self, ctx: Any, args: tuple[Any, ...], record: Any, value: Any) -> Any:
        """Go on where a prepared call found that its result is not a float."""
        try:
            call = Differentiation(ctx or Context(), [snapshot(arg) for arg in args], len(args), record, value)
            return self.chosen(value, reverse(call, scalar_seed(self.f, value)))
        except BaseException as error:
            trim(error)
            raise

    def check_argnums(self, n: int) -> None:
        """Raise ArgumentError unless `n` arguments are enough."""
        for number in self._asked():
            if not -n <= number < n:
                raise ArgumentError(
                    f"argnums is {self.argnums}, but {n} positional argument{'s were' if n != 1 else ' was'} passed",
                    fixes="pass what is to be differentiated by position, not by name",
                )

    def _asked(self) -> tuple[int, ...]:
        return (self.argnums,) if isinstance(self.argnums, int) else self.argnums

    def _numbers(self, n: int) -> tuple[int, ...]:
        """The numbers of the arguments that are asked for, of `n` arguments."""
        return tuple([number % n for number in self._asked()])

    def chosen(self, value: Any, gradient: tuple[Any, ...]) -> Any:
        """What the caller asked for, of the value and the gradients in all arguments."""
        argnums = self.argnums
        asked = gradient[argnums] if isinstance(argnums, int) else tuple([gradient[n] for n in argnums])
        return (value, asked) if self.with_value else asked


def _not_prepared() -> Any:
    raise AssertionError("replaced as soon as the object is made")


# preparing --------------------------------------------------------------------------------------------------

_TEMPLATE = """
def make({context_name}, missing, f, code, TABLE, version, trim, general, resume, number, augmented,
         namespace, builtins_get, {parameters}):
    def prepared({arguments}/, *rest, **kwargs):
        if (
            {conditions}
            TABLE.version == version and f.__code__ is code and not rest and not kwargs
        ):
            try:
                ctx = {context}
                record, value = augmented(ctx, {passed})
                if type(value) is float and record is not None{unchanged}:
                    {bars} = record[0](ctx, record, 1.0)
                    return {result}
            except BaseException as error:
                trim(error)
                raise
            return resume(ctx, ({passed},), record, value)
        return general(*[arg for arg in ({passed},) if arg is not missing], *rest, **kwargs)
    return prepared
"""
"""The text of a prepared function.  `missing` stands for arguments that were not passed."""


_UNCHANGED = ' and ctx.refusal is None and "arrays" not in ctx.uses'
"""With arrays, the sweep has more to look at."""

Assumed = tuple[tuple[str, str], ...]
_ASSUMED = {
    "global": "namespace.get({name!r}, version) is {value} and",
    "builtin": "{name!r} not in namespace and builtins_get({name!r}) is {value} and",
}
"""How it is found out whether a name still stands for what it did, by where it was found."""


@functools.cache
def _factory(
    count: int, assumed: Assumed, typed: tuple[str, ...], needs_context: bool, argnums: Any, with_value: bool
) -> Any:
    """The function that makes prepared functions of this shape."""
    names = [f"a{n}" for n in range(count)]
    kinds = [f"kind{n}" for n in range(count)]
    values = [f"value{n}" for n in range(len(assumed))]
    types_ = [f"type{n}" for n in range(len(typed))]
    chosen = (argnums,) if isinstance(argnums, int) else argnums
    found = [
        f"bar{n % count} if type(bar{n % count}) is float else number(a{n % count}, bar{n % count})" for n in chosen
    ]
    gradient = found[0] if isinstance(argnums, int) else f"({', '.join(found)},)" if found else "()"
    text = _TEMPLATE.format(
        context_name="Context",
        parameters=", ".join([*kinds, *values, *types_]),
        arguments="".join([f"{name}=missing, " for name in names]),
        conditions="\n            ".join(
            [f"type({name}) is {kind} and" for name, kind in zip(names, kinds, strict=True)]
            + _conditions(assumed, values, typed, types_)
        ),
        context="Context()" if needs_context else "None",
        unchanged=_UNCHANGED if needs_context else "",
        passed=", ".join(names),
        bars="(" + ", ".join([f"bar{n}" for n in range(count)]) + ",)",
        result=f"value, ({gradient})" if with_value else gradient,
    )
    scope: dict[str, Any] = {}
    exec(compile(text, __file__, "exec"), scope)
    return scope["make"]


def _conditions(assumed: Assumed, values: list[str], typed: tuple[str, ...], kinds: list[str]) -> list[str]:
    """That globals and builtins are what they were taken for, or of these types."""
    fixed = zip(assumed, values, strict=True)
    return [_ASSUMED[kind].format(name=name, value=value) for (name, kind), value in fixed] + [
        f"type(namespace.get({name!r})) is {kind} and" for name, kind in zip(typed, kinds, strict=True)
    ]


def _assumed(made: Adjoint, namespace: dict[str, Any]) -> Assumed:
    return tuple([(name, "global" if name in namespace else "builtin") for name in made.assumptions])


def prepare(function: GradientFunction, args: tuple[Any, ...]) -> None:
    """Let `function` take the short way for calls with arguments of the types of `args`, if there is one."""
    f = function.f
    if not _is_simple(f, args):
        return
    load_rules_of_packages()
    version = registry.version()
    kinds = tuple([type(arg) for arg in args])
    assert isinstance(f, types.FunctionType)
    made = adjoint_of(f, kinds)
    assumed = _assumed(made, f.__globals__)
    make = _factory(len(args), assumed, tuple(made.kinds), needs_context(made), function.argnums, function.with_value)
    function._use(
        make(
            Context,
            _MISSING,
            f,
            f.__code__,
            registry.TABLE,
            version,
            trim,
            function._general,
            function._resume,
            _number,
            augmented_function(f, made),
            f.__globals__,
            builtins_of(f.__globals__).get,
            *kinds,
            *made.assumptions.values(),
            *made.kinds.values(),
        )
    )


_MISSING = object()


def _is_simple(f: Any, args: tuple[Any, ...]) -> bool:
    """Whether a call is that of a plain Python function with all its parameters given as simple values."""
    if type(f) is not types.FunctionType or not 0 < len(args) <= _MOST_ARGUMENTS or registry.lookup(f):
        return False
    code = f.__code__
    if code.co_flags & 0x2AC or code.co_argcount != len(args) or code.co_kwonlyargcount:
        return False
    return all([type(arg) in SIMPLE for arg in args])


def _number(value: Any, bar: Any) -> Any:
    """The gradient of a simple value, where its cotangent is not just a float."""
    return collect(None, snapshot(value), bar)  # type: ignore[arg-type]


def needs_context(made: Adjoint) -> bool:
    """Whether the compiled pair ever looks at its context."""
    return any(
        "$ctx" in (instr.argval if isinstance(instr.argval, tuple) else (instr.argval,))
        for code in (made.augmented, emitted(made.pullback).__code__)
        for instr in dis.get_instructions(code)
    )


# functions that come along with the call ---------------------------------------------------------------------

_COMING = """
def make(Context, function, code, augmented, namespace, TABLE, version, checks, trim, resume, number, builtins_get,
         {parameters}):
    def prepared(f, {arguments}):
        if (
            {conditions}
            TABLE.version == version and f.__globals__ is namespace and checks() is None
            and f not in TABLE.by_callable
        ):
            try:
                ctx = {context}
                record, value = function(augmented, namespace, None, None, f.__closure__)(ctx, {arguments})
                if type(value) is float and record is not None{unchanged}:
                    {bars} = record[0](ctx, record, 1.0)
                    return {result}
            except BaseException as error:
                trim(error)
                raise
            return resume(f, ctx, ({arguments}), record, value)
        return None
    return prepared
"""
"""The text of a function that gives the gradient of any function `f` of one code, closures included."""

COMING: dict[tuple[Any, ...], Callable[..., Any]] = {}
"""By the id of the code, which they keep alive, and the types of arguments: functions made of the text above."""
_MOST_COMING = 1024


@functools.cache
def _coming_factory(count: int, assumed: Assumed, typed: tuple[str, ...], needs_context: bool) -> Any:
    names = [f"a{n}" for n in range(count)]
    values = [f"value{n}" for n in range(len(assumed))]
    types_ = [f"type{n}" for n in range(len(typed))]
    found = [f"bar{n} if type(bar{n}) is float else number(a{n}, bar{n})" for n in range(count)]
    text = _COMING.format(
        parameters=", ".join([*values, *types_]),
        arguments="".join([f"{name}, " for name in names]),
        conditions="\n            ".join(_conditions(assumed, values, typed, types_)),
        context="Context()" if needs_context else "None",
        unchanged=_UNCHANGED if needs_context else "",
        bars="(" + ", ".join([f"bar{n}" for n in range(count)]) + ",)",
        result=f"({', '.join(found)},)",
    )
    scope: dict[str, Any] = {}
    exec(compile(text, __file__, "exec"), scope)
    return scope["make"]


def prepare_coming(f: Any, args: tuple[Any, ...]) -> None:
    """Let `gradient` take the short way for functions of the code of `f` and arguments of these types."""
    if not _is_simple(f, args):
        return
    kinds = tuple([type(arg) for arg in args])
    version = registry.version()
    made = adjoint_of(f, kinds)
    if len(COMING) >= _MOST_COMING:
        COMING.clear()
    make = _coming_factory(len(args), _assumed(made, f.__globals__), tuple(made.kinds), needs_context(made))
    COMING[id(f.__code__), *kinds] = make(
        Context,
        types.FunctionType,
        f.__code__,
        made.augmented,
        f.__globals__,
        registry.TABLE,
        version,
        CHECKS.get,
        trim,
        _resume_coming,
        _number,
        builtins_of(f.__globals__).get,
        *made.assumptions.values(),
        *made.kinds.values(),
    )


def _resume_coming(f: Any, ctx: Any, args: tuple[Any, ...], record: Any, value: Any) -> tuple[Any, ...]:
    """Go on where a prepared call found that its result is not a float."""
    try:
        call = Differentiation(ctx or Context(), [snapshot(arg) for arg in args], len(args), record, value)
        return reverse(call, scalar_seed(f, value))
    except BaseException as error:
        trim(error)
        raise


# the pair ---------------------------------------------------------------------------------------------------


def compiled_pair(f: Callable[..., Any], /, *args: Any) -> tuple[Callable[..., Any], Callable[[Any, Any], Any]]:
    """What was made of `f` for arguments like `args`: ``augmented(*args) -> (record, y)``, ``pullback(record, seed)``.

    Nothing is checked and nothing is brought into the caller's form: this is for measurements.

    >>> augmented, pullback = compiled_pair(lambda x: x * x, 3.0)
    >>> record, y = augmented(3.0)
    >>> y, pullback(record, 1.0)
    (9.0, (6.0,))
    """
    if type(f) is not types.FunctionType:
        raise ArgumentError(f"no pair of functions is made of {f!r}: it is not a Python function", fixes="pass one")
    load_rules_of_packages()
    made = adjoint_of(f, tuple([type(arg) if type(arg) in TYPED else None for arg in args]))
    primal = augmented_function(f, made)
    if not needs_context(made):
        return functools.partial(primal, None), functools.partial(made.pullback, None)

    def augmented(*args: Any) -> tuple[Any, Any]:
        ctx = Context()
        record, y = primal(ctx, *args)
        return (ctx, record), y

    return augmented, _reverse


def _reverse(kept: Any, seed: Any) -> Any:
    ctx, record = kept
    ctx.begin_reverse()
    bars = record[0](ctx, record, seed)
    ctx.finish_reverse()
    return bars


__all__ = ["COMING", "GradientFunction", "compiled_pair", "prepare_coming"]
