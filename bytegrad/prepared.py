"""Functions that give gradients, prepared for the types that they are called with.

A call of such a function with the same simple types as before goes straight to the compiled pair: a small Python
function, which is made from a text (`prepared_texts`), checks that what was compiled still holds, calls the augmented
primal and calls the pullback.
"""

from __future__ import annotations

import functools
import opcode
import types
from collections.abc import Callable, Sequence
from operator import index
from typing import Any

from bytegrad import prepared_arrays
from bytegrad.differentiation import Differentiation, differentiate, reverse
from bytegrad.errors import ArgumentError
from bytegrad.packages import load_rules_of_packages
from bytegrad.prepared_texts import Assumed, coming_factory, factory
from bytegrad.runtime import registry
from bytegrad.runtime.binding import TYPED
from bytegrad.runtime.callees import adjoint_for
from bytegrad.runtime.checks import CHECKS, USERS
from bytegrad.runtime.classes import still_holds
from bytegrad.runtime.compile import Adjoint, adjoint_of, augmented_function, emitted
from bytegrad.runtime.context import Context
from bytegrad.runtime.facts import builtins_of
from bytegrad.runtime.results import Template, collect, numbers_template, snapshot
from bytegrad.runtime.seeds import scalar_seed
from bytegrad.runtime.tangent import ZERO
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

    def _resume(self, ctx: Any, args: tuple[Any, ...], saved: tuple[Any, ...], record: Any, value: Any) -> Any:
        """Go on where a prepared call found that its result is not a float."""
        try:
            call = Differentiation(ctx or Context(), _templates(args, saved), len(args), record, value)
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


def _assumed(made: Adjoint, namespace: dict[str, Any]) -> Assumed:
    names = [(name, "global" if name in namespace else "builtin") for name in made.assumptions]
    return (*names, *[(name, "attribute") for _, name in made.attributes])


def _held(made: Adjoint) -> tuple[Any, ...]:
    """What was taken as fixed, in the order of `_assumed`; of what is in modules, where it is asked for as well."""
    return (
        *made.assumptions.values(),
        *made.attributes.values(),
        *[vars(module).get for module, _ in made.attributes],
    )


def prepare(function: GradientFunction, args: tuple[Any, ...]) -> None:
    """Let `function` take the short way for calls with arguments of the types of `args`, if there is one."""
    f = function.f
    if not _is_simple(f, args):
        return
    load_rules_of_packages()
    version = registry.version()
    kinds = tuple([type(arg) for arg in args])
    assert isinstance(f, types.FunctionType)
    made = adjoint_for(f, kinds)
    if made.improvable:
        return  # not yet
    assumed = _assumed(made, f.__globals__)
    lists = tuple([n for n, kind in enumerate(kinds) if kind is list])
    make = factory(
        len(args),
        lists,
        assumed,
        tuple(made.kinds),
        needs_context(made),
        bool(made.classes),
        function.argnums,
        function.with_value,
    )
    function._use(
        make(
            Context,
            _MISSING,
            made.missed,
            made.classes,
            still_holds,
            f,
            f.__code__,
            registry.TABLE,
            version,
            trim,
            function._general,
            function._resume,
            _number,
            _are_numbers,
            _listed,
            augmented_function(f, made),
            f.__globals__,
            builtins_of(f.__globals__).get,
            *kinds,
            *_held(made),
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
    lists = [arg for arg in args if type(arg) is list]
    if len({id(arg) for arg in lists}) < len(lists) or not all(map(_are_numbers, lists)):
        return False
    return all([type(arg) in SIMPLE or type(arg) is list for arg in args])


_NUMBERS = frozenset((float, int))
_FLOATS = frozenset((float,))


def _are_numbers(items: list[Any]) -> bool:
    """Whether a list holds nothing but numbers."""
    return _NUMBERS.issuperset(map(type, items))


def _listed(ctx: Context, numbers: list[Any], before: list[Any]) -> list[Any] | None:
    """The gradient in a list of numbers, which held `before` when the call began."""
    shadow = ctx.peek(numbers)
    if not shadow:
        return None
    bars = list(map(shadow.get, range(len(before))))
    if _FLOATS.issuperset(map(type, bars)):
        return bars
    gradient: list[Any] | None = collect(ctx, numbers_template(numbers, before), ZERO)
    return gradient


def _templates(args: tuple[Any, ...], saved: tuple[Any, ...]) -> list[Template | None]:
    """What the arguments looked like when the call began; of lists, `saved` is what they held."""
    return [
        snapshot(arg) if items is None else numbers_template(arg, items) for arg, items in zip(args, saved, strict=True)
    ]


def _number(value: Any, bar: Any) -> Any:
    """The gradient of a simple value, where its cotangent is not just a float."""
    return collect(None, snapshot(value), bar)  # type: ignore[arg-type]


def needs_context(made: Adjoint) -> bool:
    """Whether the compiled pair ever looks at its context."""
    return any(map(_uses_first_local, (made.augmented, emitted(made.pullback).__code__)))


def _uses_first_local(code: types.CodeType) -> bool:
    """Whether an instruction names the first local: also as the first or second of two, in four bits each."""
    written = code.co_code
    return any(
        [
            operation in _OF_LOCALS and not (n and (operation not in _OF_TWO or (n >> 4 and n & 15)))
            for operation, n in zip(written[::2], written[1::2], strict=True)
        ]
    )


_OF_LOCALS = frozenset(opcode.haslocal)
_OF_TWO = frozenset(
    [code for code in _OF_LOCALS if "_FAST_" in opcode.opname[code] and opcode.opname[code].endswith("_FAST")]
)


# functions that come along with the call ---------------------------------------------------------------------

COMING: dict[tuple[Any, ...], Callable[..., Any]] = {}
"""By the id of the code, which they keep alive, and the types of arguments: functions made of the text above."""
_MOST_COMING = 1024


def prepare_coming(f: Any, args: tuple[Any, ...]) -> None:
    """Let `gradient` take the short way for functions of the code of `f` and arguments of these types."""
    if not _is_simple(f, args):
        return
    kinds = tuple([type(arg) for arg in args])
    version = registry.version()
    made = adjoint_for(f, kinds)
    if made.improvable:
        return  # not yet
    if len(COMING) >= _MOST_COMING:
        COMING.clear()
    lists = tuple([n for n, kind in enumerate(kinds) if kind is list])
    make = coming_factory(
        len(args), lists, _assumed(made, f.__globals__), tuple(made.kinds), needs_context(made), bool(made.classes)
    )
    COMING[id(f.__code__), *kinds] = make(
        Context,
        made.missed,
        made.classes,
        still_holds,
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
        _are_numbers,
        _listed,
        builtins_of(f.__globals__).get,
        *_held(made),
        *made.kinds.values(),
    )


def _resume_coming(
    f: Any, ctx: Any, args: tuple[Any, ...], saved: tuple[Any, ...], record: Any, value: Any
) -> tuple[Any, ...]:
    """Go on where a prepared call found that its result is not a float."""
    try:
        call = Differentiation(ctx or Context(), _templates(args, saved), len(args), record, value)
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
