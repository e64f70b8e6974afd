"""Methods and attributes of arrays and of numpy's scalars: mostly the functions of the same names.

`ATTRIBUTES` says what the cotangent of ``a.name`` is for `a`; an attribute that is not in it carries no derivative.
`byteswap` passes cotangents on as they are, so that swapping twice (or swapping and naming the order) is right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, alias, non_differentiable
from bytegrad.rules.numpy import complex_parts, diagonal, elementwise, index, matmul, sets, two_outputs, ufuncs  # noqa: F401
from bytegrad.rules.numpy import shape as shape_rules
from bytegrad.rules.numpy.create import from_data
from bytegrad.rules.numpy.fields import fields_of, records_at
from bytegrad.rules.numpy.gather import scatter_add
from bytegrad.rules.numpy.index import compress_of
from bytegrad.rules.numpy.structure import Array
from bytegrad.runtime import registry

BOTH: tuple[type, ...] = (np.ndarray, np.generic)

SAME_AS_FUNCTION = ("choose", "diagonal", "dot", "ravel", "repeat", "squeeze", "swapaxes", "take", "trace")

NO_DERIVATIVE = (
    "all",
    "any",
    "argmax",
    "argmin",
    "argpartition",
    "argsort",
    "dumps",
    "nonzero",
    "searchsorted",
    "setflags",
    "tobytes",
    "__array_namespace__",
    "__contains__",
    "__len__",
    "__bool__",
    "__index__",
    "__sizeof__",
    "__eq__",
    "__ne__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
    "__and__",
    "__or__",
    "__xor__",
    "__invert__",
    "__lshift__",
    "__rshift__",
    "__floordiv__",
    "__rfloordiv__",
    "__rand__",
    "__ror__",
    "__rxor__",
    "__rlshift__",
    "__rrshift__",
)

OPERATORS = {
    "__add__": np.add,
    "__radd__": np.add,
    "__sub__": np.subtract,
    "__mul__": np.multiply,
    "__rmul__": np.multiply,
    "__truediv__": np.divide,
    "__pow__": np.power,
    "__mod__": np.remainder,
    "__matmul__": np.matmul,
    "__divmod__": np.divmod,
    "__neg__": np.negative,
    "__pos__": np.positive,
    "__abs__": np.absolute,
}


def _declare(name: str, source: Any) -> None:
    """Give the method `name` of arrays and scalars the rules of the function `source`."""
    for owner in BOTH:
        method = getattr(owner, name, None)
        if method is not None and not registry.lookup(method):
            alias(method, source)


for _name in SAME_AS_FUNCTION:
    _declare(_name, getattr(np, _name))
for _name in ("conj", "conjugate"):
    _declare(_name, np.conjugate)
for _name in NO_DERIVATIVE:
    non_differentiable(*(getattr(owner, _name) for owner in BOTH if hasattr(owner, _name)))
for _name, _ufunc in OPERATORS.items():
    alias(getattr(np.ndarray, _name), _ufunc)


def _method(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a rule of the method `name` of arrays and scalars."""

    def declare(rule: Callable[..., Any]) -> Callable[..., Any]:
        for owner in BOTH:
            if hasattr(owner, name):
                adjoint(getattr(owner, name))(rule)
        return rule

    return declare


def _swapped(name: str, ufunc: Any) -> None:
    """Declare the reflected operator `name`: ``b.__rsub__(a)`` is ``a - b``."""

    def reflected_rule(self: Any, other: Any) -> Any:
        declared = registry.lookup(ufunc)[0]
        if isinstance(declared, registry.Partials):
            rule = elementwise.elementwise_rule(ufunc, declared)
        else:
            assert isinstance(declared, registry.Adjoint)
            rule = declared.rule
        y, pullback = rule(other, self)

        def reflected_pullback(y_bar: Any) -> Any:
            other_bar, self_bar = pullback(y_bar)
            return self_bar, other_bar

        return y, reflected_pullback

    adjoint(getattr(np.ndarray, name))(reflected_rule)


_swapped("__rsub__", np.subtract)
_swapped("__rtruediv__", np.divide)
_swapped("__rpow__", np.power)
_swapped("__rmod__", np.remainder)
_swapped("__rmatmul__", np.matmul)
_swapped("__rdivmod__", np.divmod)


@_method("reshape")
def reshape_method_rule(self: Any, *shape: Any, order: Any = "C", copy: Any = None) -> Any:
    """As `np.reshape`, with the sizes as arguments too."""
    keywords = {} if copy is None else {"copy": copy}
    y = self.reshape(*shape, order=order, **keywords)
    _, pullback = shape_rules.reshape_rule(self, y.shape, order=order)
    return y, pullback


@_method("transpose")
def transpose_method_rule(self: Any, *axes: Any) -> Any:
    """As `np.transpose`, with the axes as arguments too."""
    y = self.transpose(*axes)
    if len(axes) == 1 and not isinstance(axes[0], int):
        (axes,) = axes  # None or a sequence
    _, pullback = shape_rules.transpose_rule(self, axes or None)
    return y, pullback


@_method("compress")
def compress_method_rule(self: Any, condition: Any, axis: Any = None, out: Any = None) -> Any:
    """As `np.compress`."""
    return compress_of(self, condition, axis)


@_method("copy")
def copy_method_rule(self: Any, order: Any = "C") -> Any:
    """The copy's cotangent is the original's."""
    return from_data(self.copy(order), self)


@_method("__copy__")
def dunder_copy_rule(self: Any) -> Any:
    """The copy's cotangent is the original's."""
    return from_data(self.__copy__(), self)


@_method("__deepcopy__")
def dunder_deepcopy_rule(self: Any, memo: Any) -> Any:
    """The copy's cotangent is the original's."""
    return from_data(self.__deepcopy__(memo), self)


@_method("astype")
def astype_method_rule(
    self: Any, dtype: Any, order: Any = "K", casting: Any = "unsafe", subok: Any = True, copy: Any = True
) -> Any:
    """As `np.astype`."""
    return from_data(self.astype(dtype, order, casting, subok, copy), self)


@_method("__array__")
def dunder_array_rule(self: Any, dtype: Any = None, **options: Any) -> Any:
    """As `np.asarray`."""
    return from_data(self.__array__(*(() if dtype is None else (dtype,)), **options), self)


@_method("to_device")
def to_device_rule(self: Any, device: Any, **options: Any) -> Any:
    """The same array."""
    return from_data(self.to_device(device, **options), self)


@_method("byteswap")
def byteswap_rule(self: Any, inplace: Any = False) -> Any:
    """The same cotangent."""
    return from_data(self.byteswap(inplace), self)


@_method("item")
def item_rule(self: Any, *args: Any) -> Any:
    """The one element gets the cotangent."""
    y = self.item(*args)
    own_shape = np.shape(self)
    fields = fields_of(self)

    def item_pullback(y_bar: Any) -> Any:
        place = args[0] if len(args) == 1 else args or 0
        if fields is not None:
            place = place if isinstance(place, tuple) else np.unravel_index(place, own_shape)
            return (records_at(own_shape, fields, place, y_bar),)
        if isinstance(place, tuple):
            return (scatter_add(own_shape, place, y_bar),)
        return (np.reshape(scatter_add((int(np.prod(own_shape)),), place, y_bar), own_shape),)

    return y, item_pullback


@_method("tolist")
def tolist_rule(self: Any) -> Any:
    """The array of the cotangents in the lists."""
    own_shape = np.shape(self)
    fields = fields_of(self)

    def tolist_pullback(y_bar: Any) -> Any:
        return (_gathered(y_bar, own_shape) if fields is None else records_at(own_shape, fields, (), y_bar),)

    return self.tolist(), tolist_pullback


def _gathered(nested: Any, own_shape: tuple[int, ...]) -> Any:
    """The array of `own_shape` that nested lists of cotangents make; None, alone or for a whole list, is zero."""
    if nested is None:
        return np.zeros(own_shape)
    if not own_shape:
        return nested
    return np.stack([_gathered(item, own_shape[1:]) for item in nested]) if own_shape[0] else np.zeros(own_shape)


@_method("view")
def view_rule(self: Any, dtype: Any = None, type: Any = None) -> Any:
    """The same bits as numbers of the same kind, or as pairs of real numbers; other views have no rule."""
    y = self.view(*(() if dtype is None else (dtype,)), **({} if type is None else {"type": type}))
    if y.dtype == self.dtype or y.dtype.newbyteorder("=") == self.dtype.newbyteorder("="):
        return from_data(y, self)
    if y.dtype.kind + self.dtype.kind not in ("fc", "cf") or y.real.dtype != self.real.dtype:
        return NotImplemented  # other bits, other number

    def view_pullback(y_bar: Any) -> Any:
        if self.dtype.kind == "c":  # real and imaginary part side by side
            pairs = np.reshape(y_bar, (*np.shape(self), 2))
            return (pairs[..., 0] + 1j * pairs[..., 1],)
        parts = np.stack([np.real(y_bar), np.imag(y_bar)], axis=-1)
        return (np.reshape(parts, np.shape(self)),)

    return y, view_pullback


@_method("getfield")
def getfield_rule(self: Any, dtype: Any, offset: Any = 0) -> Any:
    """The whole element, or the real or imaginary part of a complex one."""
    y = self.getfield(dtype, offset)
    if y.dtype == self.dtype and offset == 0:
        return from_data(y, self)
    if self.dtype.kind != "c" or y.dtype != self.real.dtype or offset not in (0, y.dtype.itemsize):
        return NotImplemented

    def getfield_pullback(y_bar: Any) -> Any:
        return (y_bar * (1.0 if offset == 0 else 1j),)

    return y, getfield_pullback


def _number_of(name: str, kind: Callable[[Any], Any]) -> None:
    """Declare the rule of the conversion of an array of one element to a Python number."""

    def number_rule(self: Any) -> Any:
        def number_pullback(y_bar: Any) -> Any:
            return (None if kind is int else np.reshape(y_bar, np.shape(self)),)

        return kind(self), number_pullback

    adjoint(getattr(np.ndarray, name))(number_rule)


_number_of("__float__", float)
_number_of("__complex__", complex)
_number_of("__int__", int)


# Attributes.


def transposed_bar(a: Array, y_bar: Array) -> Array:
    """The cotangent of `a` from that of ``a.T``."""
    return np.transpose(y_bar)


def matrix_transposed_bar(a: Array, y_bar: Array) -> Array:
    """The cotangent of `a` from that of ``a.mT``."""
    return np.matrix_transpose(y_bar)


def real_bar(a: Array, y_bar: Array) -> Array:
    """The cotangent of `a` from that of ``a.real``."""
    return y_bar


def imag_bar(a: Array, y_bar: Array) -> Array | None:
    """The cotangent of `a` from that of ``a.imag``, which is zero for real arrays."""
    return y_bar * 1j if np.iscomplexobj(a) else None


def flat_bar(a: Array, y_bar: Any) -> Array:
    """The cotangent of `a` from that of all the elements of ``a.flat``."""
    return np.reshape(y_bar, np.shape(a))


ATTRIBUTES: dict[str, Callable[[Array, Any], Any]] = {
    "T": transposed_bar,
    "mT": matrix_transposed_bar,
    "real": real_bar,
    "imag": imag_bar,
    "flat": flat_bar,
}

# Not in here are `base`, `data` and `ctypes`, which are other names of the same memory.
CONSTANT_ATTRIBUTES = frozenset(
    ("shape", "ndim", "size", "dtype", "itemsize", "nbytes", "strides", "flags", "device", "__array_priority__")
)
