"""Implicit parameters: gradients in mutable objects wherever a function finds them, keyed by identity.

``gradient(f, Params([w, b]))`` differentiates ``f()`` in the arrays, lists, dicts or other objects `w` and `b`, which
`f` reaches through globals, closures or attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bytegrad.differentiation import Differentiation, differentiate
from bytegrad.errors import ArgumentError
from bytegrad.rules.declare import non_differentiable
from bytegrad.runtime.array_values import ARRAYS
from bytegrad.runtime.seeds import describe
from bytegrad.runtime.structure import is_leaf
from bytegrad.runtime.tangent import add, divide, scale


class Params:
    """An ordered set of objects, by identity.

    Raises: ArgumentError for a number or another immutable value, which has no identity to be found by, and for an
    array that is not in a list.

    >>> w, b = [1.0, 2.0], [3.0]
    >>> params = Params([w, b, w])
    >>> len(params), w in params, [1.0, 2.0] in params
    (2, True, False)
    """

    def __init__(self, objects: Iterable[Any] = ()) -> None:
        self._objects: dict[int, Any] = {}
        if ARRAYS.is_array(objects):
            raise ArgumentError(
                f"Params got {describe(objects)} by itself, of which each row would be a parameter",
                fixes="pass the parameters in a list: Params([w])",
            )
        for obj in iterated("Params", objects, "pass the parameters in a list: Params([w])"):
            self.add(obj)

    def add(self, obj: Any) -> None:
        """Add one object, unless it is there."""
        if is_leaf(obj) or isinstance(obj, tuple):
            raise ArgumentError(
                f"{describe(obj)} cannot be a parameter: "
                "it has no identity by which a function could be seen to use it",
                fixes="keep it in a list, a dict, an array or an attribute of an object, and pass that",
            )
        self._objects.setdefault(id(obj), obj)

    def discard(self, obj: Any) -> None:
        """Take one object out, if it is there."""
        self._objects.pop(id(obj), None)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._objects.values())

    def __len__(self) -> int:
        return len(self._objects)

    def __contains__(self, obj: object) -> bool:
        return id(obj) in self._objects

    def __or__(self, other: Iterable[Any]) -> Params:
        return Params([*self, *other])

    def __repr__(self) -> str:
        return f"Params({list(self)!r})"


class Grads:
    """The gradients of a `Params`: ``grads[w]`` is that of the object `w`, None if nothing flows to it.

    Sums, differences and multiples are taken object by object; `map` applies any function.

    >>> from bytegrad import gradient
    >>> w = [1.0, 2.0]
    >>> grads = gradient(lambda: w[0] * w[1], Params([w]))
    >>> grads[w], (grads + grads)[w], (grads / 2)[w]
    ([2.0, 1.0], [4.0, 2.0], [1.0, 0.5])
    >>> grads.map(lambda g: [x + 1 for x in g])[w]
    [3.0, 2.0]
    """

    def __init__(self, params: Params, gradients: Iterable[Any]) -> None:
        fixes = "pass the Params, and as many gradients in a list"
        of_each = iterated("Grads", params, fixes), iterated("Grads", gradients, fixes)
        if len(of_each[0]) != len(of_each[1]):
            raise ArgumentError(f"Grads got {len(of_each[1])} gradients of {len(of_each[0])} parameters", fixes=fixes)
        self.params = params
        self._gradients = {id(obj): g for obj, g in zip(*of_each, strict=True)}

    def __getitem__(self, obj: Any) -> Any:
        try:
            return self._gradients[id(obj)]
        except KeyError:
            raise KeyError(f"{describe(obj)} is not one of the parameters") from None

    def get(self, obj: Any, default: Any = None) -> Any:
        """The gradient of `obj`, or `default` if it is not a parameter."""
        return self._gradients.get(id(obj), default)

    def keys(self) -> list[Any]:
        """The parameters."""
        return list(self.params)

    def values(self) -> list[Any]:
        """The gradients, in the order of the parameters."""
        return [self[obj] for obj in self.params]

    def items(self) -> list[tuple[Any, Any]]:
        """Each parameter with its gradient."""
        return [(obj, self[obj]) for obj in self.params]

    def map(self, function: Callable[..., Any], *others: Grads) -> Grads:
        """`function` of the gradient of each parameter here and in `others`; None stays None."""
        return Grads(self.params, [_applied(function, self[obj], [o.get(obj) for o in others]) for obj in self.params])

    def __iter__(self) -> Iterator[Any]:
        return iter(self.params)

    def __len__(self) -> int:
        return len(self.params)

    def __contains__(self, obj: object) -> bool:
        return id(obj) in self._gradients

    def __add__(self, other: object) -> Any:
        if not isinstance(other, Grads):
            return NotImplemented
        both = self.params | other.params
        return Grads(both, [add(self.get(obj), other.get(obj)) for obj in both])

    def __neg__(self) -> Grads:
        return self * -1.0

    def __sub__(self, other: object) -> Any:
        return self + -other if isinstance(other, Grads) else NotImplemented

    def __mul__(self, factor: Any) -> Grads:
        return Grads(self.params, [scale(g, factor) for g in self.values()])

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> Grads:
        return Grads(self.params, [divide(g, divisor) for g in self.values()])

    def __repr__(self) -> str:
        return f"Grads({self.items()!r})"


def iterated(name: str, objects: Any, fixes: str) -> list[Any]:
    """The items of `objects`; ArgumentError if it has none."""
    if not isinstance(objects, Iterable):
        raise ArgumentError(f"{name} got {describe(objects)} where it needs an iterable", fixes=fixes)
    return list(objects)


def _applied(function: Callable[..., Any], first: Any, others: list[Any]) -> Any:
    return None if first is None else function(first, *others)


def params_in(args: tuple[Any, ...]) -> Params | None:
    """The `Params` that stand for all arguments, if they do.

    Raises: ArgumentError if other arguments follow them.
    """
    if not args or not isinstance(args[0], Params):
        return None
    if len(args) > 1:
        raise ArgumentError(
            "Params stand for all positional arguments, but others follow them",
            fixes="close over the other arguments: gradient(lambda: f(x), params)",
        )
    return args[0]


@non_differentiable
def refuse_params(name: str, args: tuple[Any, ...]) -> None:
    """Raise ArgumentError if there are `Params` among the arguments of a function that does not take them."""
    if any([isinstance(arg, Params) for arg in args]):
        raise ArgumentError(
            f"{name} does not take Params: gradient, withgradient, pullback, jacobian and withjacobian do",
            fixes="pass the arrays and objects as arguments of the function",
        )


def differentiate_in(
    f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], pushing: Any = None
) -> tuple[Differentiation, Params | None]:
    """The differentiated call of `f`, with `args` or, if these are `Params`, in what they hold."""
    params = params_in(args)
    if params is None:
        return differentiate(f, args, kwargs, pushing=pushing), None
    return differentiate(f, (), kwargs, tuple(params), pushing=pushing), params


def given(params: Params | None, gradients: tuple[Any, ...]) -> Any:
    """Gradients as the caller gets them: as `Grads`, if they are in parameters."""
    return gradients if params is None else Grads(params, gradients)
