"""How the tangent of a call's result follows from those of its arguments, for callables that are not looked into."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from bytegrad.adjoint.derivative import contribution
from bytegrad.adjoint.infer import elementwise, item_of
from bytegrad.adjoint.kinds import (
    NUMBERS,
    DeclinedError,
    Items,
    Iter,
    Kind,
    Passive,
    Real,
    any_active,
    is_active,
)
from bytegrad.ir.nodes import Const, Operand

if TYPE_CHECKING:
    from bytegrad.adjoint.duals import Duals

Kinds: TypeAlias = list[Kind]


@dataclass(slots=True)
class Call:
    """One call: its arguments, the last ones passed by `names`, with their kinds and their tangents."""

    callee: Any
    args: tuple[Operand, ...]
    names: tuple[str, ...]
    kinds: list[Kind]
    dots: list[Operand | None]
    y: Operand
    kind: Kind
    line: int | None


class Form:
    """What forward mode knows of a callable."""

    def kind(self, args: Kinds, keywords: dict[str, Kind]) -> Kind:
        """The kind of its result; raises DeclinedError for arguments that it is not made for."""
        raise NotImplementedError

    def tangent(self, g: Duals, call: Call) -> Operand:
        """Emit the tangent of its result."""
        raise DeclinedError(f"{call.callee!r} of what has a tangent")


def refuse_keywords(keywords: dict[str, Kind], allowed: frozenset[str] = frozenset()) -> None:
    """Raise DeclinedError for keywords that are not `allowed`, or that have tangents."""
    if not keywords.keys() <= allowed or any_active(keywords.values()):
        raise DeclinedError("keywords")


def without_dtype(keywords: dict[str, Kind]) -> dict[str, Kind]:
    """The other keywords, if ``dtype=`` is that of a float; else all of them."""
    dtype = keywords.get("dtype")
    if isinstance(dtype, Passive) and dtype.value in (float, np.float64):
        return {name: kind for name, kind in keywords.items() if name != "dtype"}
    return keywords


@dataclass(slots=True, frozen=True)
class Inactive(Form):
    """The result has no tangent, and there are no side effects."""

    result: Callable[[Kinds], type | None]

    def kind(self, args: Kinds, keywords: dict[str, Kind]) -> Kind:
        if "out" in keywords:
            raise DeclinedError("something is written to")
        if any([isinstance(kind, Iter) and is_active(kind) for kind in args]):
            raise DeclinedError("the tangents of an iterator would not keep pace")
        return Passive(self.result(args))


# numbers and arrays -----------------------------------------------------------------------------------------


@dataclass(slots=True, frozen=True)
class Elementwise(Form):
    """By partial derivatives; `plain` if the result is a float whatever the arguments are."""

    names: tuple[str, ...]
    output: str
    functions: tuple[Callable[..., Any] | None, ...]
    result: Callable[[Kinds], type | None]
    plain: bool | None = None

    def kind(self, args: Kinds, keywords: dict[str, Kind]) -> Kind:
        refuse_keywords(keywords)
        if len(args) != len(self.names):
            raise DeclinedError("arguments that have no names: one of them may be written to")
        if not any_active(args):
            return Passive(self.result(args))
        found = elementwise(args)
        return found if self.plain is None else Real(self.plain)

    def tangent(self, g: Duals, call: Call) -> Operand:
        primal = {**dict(zip(self.names, call.args, strict=True)), self.output: call.y}
        total: Operand | None = None
        reached: set[str] = set()
        for n, (derivative, dot) in enumerate(zip(self.functions, call.dots, strict=True)):
            if dot is None or derivative is None:
                continue
            short = _SHORT.get((call.callee, n))
            term = None if short is None else short(g, call, dot)
            if term is None:
                term = contribution(g, dot, derivative, primal, call.line)
                used = derivative.__code__.co_varnames[: derivative.__code__.co_argcount]
            else:
                used = self.names
            if term is not None:
                total = term if total is None else g.out.emit("add", total, term, line=call.line)
                reached |= {self.names[n], *used}
        if total is None:
            return g.zero(call.y, call.kind)
        if call.kind == Real(True) or self._reaches_all(call, reached):
            return total
        return g.out.emit("call", g.helper("spread"), total, call.y, line=call.line)

    def _reaches_all(self, call: Call, reached: set[str]) -> bool:
        """Whether the tangent has been brought to the shape of the result."""
        for name, kind in zip(self.names, call.kinds, strict=True):
            if not reached & {name, self.output} and not (isinstance(kind, Passive) and kind.type in NUMBERS):
                return False
        return True


def _quotient(g: Duals, call: Call, dot: Operand) -> Operand | None:
    """(a / b)' = a' / b - ..., without 1 / b."""
    return g.out.emit("truediv", dot, call.args[1], line=call.line)


def _power(g: Duals, call: Call, dot: Operand) -> Operand | None:
    """(x ** n)' = n x ** (n - 1) x', for whole n that are written out."""
    base, n = call.args
    if not isinstance(n, Const) or type(n.value) is not int or n.value < 1:
        return None
    if n.value == 1:
        return dot
    lower = base if n.value == 2 else g.out.emit("pow", base, Const(n.value - 1), line=call.line)  # noqa: PLR2004
    return g.out.emit("mul", g.out.emit("mul", lower, Const(n.value), line=call.line), dot, line=call.line)


_SHORT: dict[tuple[Any, int], Callable[[Duals, Call, Operand], Operand | None]] = {
    (operator.truediv, 0): _quotient,
    (operator.pow, 0): _power,
}
"""Tangents of arithmetic that need less than a partial derivative and a product."""


# linear functions -------------------------------------------------------------------------------------------


@dataclass(slots=True, frozen=True)
class Linear(Form):
    """Linear in the arguments at `places` together: the same function of their tangents."""

    places: tuple[int, ...] = (0,)
    most: int = 2
    """How many positional arguments there may be."""
    keywords: frozenset[str] = frozenset(("axis", "keepdims"))
    made: type | None = None
    """The type of the result without a tangent, if that is known."""

    def kind(self, args: Kinds, keywords: dict[str, Kind]) -> Kind:
        refuse_keywords(without_dtype(keywords), self.keywords)
        linear = [kind for n, kind in enumerate(args) if n in self.places]
        if len(args) > self.most or any_active([kind for n, kind in enumerate(args) if n not in self.places]):
            raise DeclinedError("arguments in which it is not linear")
        return Real(False) if any_active(linear) else Passive(self.made)

    def tangent(self, g: Duals, call: Call) -> Operand:
        moved = [
            g.full(arg, kind, dot) if n in self.places and n < len(call.args) - len(call.names) else arg
            for n, (arg, kind, dot) in enumerate(zip(call.args, call.kinds, call.dots, strict=True))
        ]
        return g.out.emit("call", Const(call.callee), *moved, static=call.names or None, line=call.line)


@dataclass(slots=True, frozen=True)
class Bilinear(Form):
    """Linear in each of its arguments by itself, from number `first` on."""

    first: int = 0
    most: int = 2
    keywords: frozenset[str] = frozenset()

    def kind(self, args: Kinds, keywords: dict[str, Kind]) -> Kind:
        refuse_keywords(keywords, self.keywords)
        fits = all([isinstance(kind, (Real, Passive)) or not is_active(kind) for kind in args])
        if not self.first < len(args) <= self.most or not fits:
            raise DeclinedError("a product of something else")
        if any_active(args[: self.first]):
            raise DeclinedError("an argument in which it is not linear")
        return Real(False) if any_active(args) else Passive()

    def tangent(self, g: Duals, call: Call) -> Operand:
        total: Operand | None = None
        for n, dot in enumerate(call.dots):
            if dot is not None:
                args = (*call.args[:n], dot, *call.args[n + 1 :])
                term = g.out.emit("call", Const(call.callee), *args, static=call.names or None, line=call.line)
                total = term if total is None else g.out.emit("add", total, term, line=call.line)
        assert total is not None
        return total


_WRITTEN_TO = frozenset(("out",))


@dataclass(slots=True, frozen=True)
class Pushed(Form):
    """By a forward rule, which gives the value as well."""

    calling: Callable[[int, tuple[str, ...]], Callable[..., Any]]
    """The function that calls the rule, by the number of arguments and the names of the last ones of them.

    It takes the arguments and the tangents of those without a name, and gives the value and its tangent.
    """
    result: Kind = Real(False)  # noqa: RUF009 - it cannot be changed
    pure: bool = False
    """Whether the function is known to have no side effects, as the library's own are."""
    most: int | None = None
    """If only the first argument may have a tangent: how many arguments there may be."""
    refused: frozenset[str] = frozenset()

    def kind(self, args: Kinds, keywords: dict[str, Kind]) -> Kind:
        if any_active(keywords.values()) or any([isinstance(kind, Iter) for kind in args]):
            raise DeclinedError("keywords with tangents, or an iterator")
        if self.most is not None:
            return self._of_first(args, keywords)
        if any_active(args):
            return self.result
        if not self.pure or keywords.keys() & _WRITTEN_TO:
            raise DeclinedError("it is not known what a function without tangents does")
        return Passive()

    def _of_first(self, args: Kinds, keywords: dict[str, Kind]) -> Kind:
        if not 1 <= len(args) <= (self.most or 0) or any_active(args[1:]) or keywords.keys() & self.refused:
            raise DeclinedError("arguments that the function is not known with")
        if is_active(args[0]) and not isinstance(args[0], Real):
            raise DeclinedError("no array")
        return self.result if is_active(args[0]) else Passive()

    def both(self, g: Duals, call: Call) -> tuple[Operand, Operand]:
        """Emit the value and the tangent."""
        if g.writes and not self.pure:
            raise DeclinedError("a rule may return its argument, or a view of it, to which something is written")
        count = len(call.args) - len(call.names)
        moved = [
            self._moved(g, *of) for of in zip(call.args[:count], call.kinds[:count], call.dots[:count], strict=True)
        ]
        calling = Const(self.calling(len(call.args), call.names))
        pair = g.out.emit("call", calling, *call.args, *moved, line=call.line)
        g.track(pair, Items(()))
        y, dot = g.out.emits("unpack", 2, pair, static=2, line=call.line)
        return y, dot

    def _moved(self, g: Duals, arg: Operand, kind: Kind, dot: Operand | None) -> Operand:
        if dot is not None:
            return dot
        if isinstance(kind, Passive) and kind.type not in (*NUMBERS, None):
            return Const(None)
        if isinstance(kind, Items) or self.most is not None:
            return Const(None)
        return g.out.emit("call", g.helper("zero_if_any"), arg)


@dataclass(slots=True, frozen=True)
class Choice(Form):
    """Chooses among the elements of its first argument, along an axis, as `max` does: which of them is a constant."""

    def kind(self, args: Kinds, keywords: dict[str, Kind]) -> Kind:
        refuse_keywords(keywords, frozenset(("axis", "keepdims")))
        if not 1 <= len(args) <= 2 or any_active(args[1:]) or not isinstance(args[0], (Real, Passive)):  # noqa: PLR2004
            raise DeclinedError("arguments that the function is not known with")
        return Real(False) if is_active(args[0]) else Passive()

    def tangent(self, g: Duals, call: Call) -> Operand:
        keywords = dict(zip(call.names, call.args[len(call.args) - len(call.names) :], strict=True))
        if len(call.args) - len(call.names) > 1:
            keywords = {"axis": call.args[1], **keywords}
        settings = (keywords.get("axis", Const(None)), keywords.get("keepdims", Const(False)))
        shares = g.out.emit("call", g.helper("shares"), call.args[0], call.y, *settings, line=call.line)
        assert call.dots[0] is not None
        moved = g.out.emit("mul", shares, call.dots[0], line=call.line)
        names = tuple(keywords) or None
        return g.out.emit("call", Const(np.sum), moved, *keywords.values(), static=names, line=call.line)


# containers and iterators -----------------------------------------------------------------------------------


@dataclass(slots=True, frozen=True)
class Structural(Form):
    """Moves values and does nothing to them: the same function of the tangents, in step."""

    result: Callable[[Kinds], Kind]
    idle: str | None = None
    """The helper that stands in for an argument without tangents, if it cannot stand for itself."""
    keywords: frozenset[str] = frozenset()

    def kind(self, args: Kinds, keywords: dict[str, Kind]) -> Kind:
        refuse_keywords(keywords, self.keywords)
        return self.result(args)

    def tangent(self, g: Duals, call: Call) -> Operand:
        moved = []
        by_position = len(call.args) - len(call.names)
        for n, (arg, kind, dot) in enumerate(zip(call.args, call.kinds, call.dots, strict=True)):
            if dot is not None:
                moved.append(dot)
            elif n >= by_position:
                moved.append(arg)
            elif self.idle is not None and call.names:
                raise DeclinedError("the lengths of iterators would be compared with those of none")
            elif self.idle is not None:
                moved.append(g.out.emit("call", g.helper(self.idle), line=call.line))
            elif isinstance(kind, Iter):
                raise DeclinedError("an iterator is taken twice")
            else:
                moved.append(arg)
        return g.out.emit("call", Const(call.callee), *moved, static=call.names or None, line=call.line)


@dataclass(slots=True, frozen=True)
class ToNumber(Form):
    """``float(x)``."""

    def kind(self, args: Kinds, keywords: dict[str, Kind]) -> Kind:
        refuse_keywords(keywords)
        if len(args) != 1 or not isinstance(args[0], (Real, Passive)):
            raise DeclinedError("no number")
        return Real(True) if is_active(args[0]) else Passive(float)

    def tangent(self, g: Duals, call: Call) -> Operand:
        dot = call.dots[0]
        assert dot is not None
        return dot if call.kinds[0] == Real(True) else g.out.emit("call", Const(float), dot, line=call.line)


@dataclass(slots=True, frozen=True)
class Sum(Form):
    """``sum(items, start)``."""

    def kind(self, args: Kinds, keywords: dict[str, Kind]) -> Kind:
        refuse_keywords(keywords)
        start = args[1] if len(args) > 1 else Passive(int)
        item = item_of(args[0])
        if item is None:
            return start
        return elementwise([item, start]) if any_active([item, start]) else Passive(None)

    def tangent(self, g: Duals, call: Call) -> Operand:
        moved = [g.full(*of) for of in zip(call.args, call.kinds, call.dots, strict=True)]
        return g.out.emit("call", Const(sum), *moved, line=call.line)


def zipped(args: Sequence[Kind]) -> Kind:
    """Of `zip`."""
    items = [item_of(kind) for kind in args]
    return Iter(None if None in items else Items(tuple([item for item in items if item is not None])))


def numbered(args: Sequence[Kind]) -> Kind:
    """Of `enumerate`."""
    if len(args) != 1:
        raise DeclinedError("numbers that begin elsewhere")
    item = item_of(args[0])
    return Iter(None if item is None else Items((Passive(int), item)))


def backwards(args: Sequence[Kind]) -> Kind:
    """Of `reversed`."""
    return Iter(item_of(args[0]))
