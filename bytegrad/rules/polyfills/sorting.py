"""Polyfills of `sorted` and `list.sort`: find the order, then move the items.

The order carries no derivative, so C finds it wherever comparing the keys runs no Python code; the result is then
that of the original to the last detail, NaNs included.  Keys with a `__lt__` of their own are sorted by C too, which
asks for each comparison: they are the same ones, in the same order.
"""

from __future__ import annotations

import collections
import functools
import operator
import types
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

from bytegrad.rules.declare import non_differentiable, polyfill, resolver
from bytegrad.rules.polyfills.constructors import list_from
from bytegrad.rules.polyfills.native import MISSING, argument_error, natively
from bytegrad.runtime.compile import RUNTIME
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.driven import attempted
from bytegrad.runtime.steps import Step, done, guarded_step, run
from bytegrad.runtime.tangent import ZERO

_ALL = slice(None)


@polyfill(sorted)
def sorted_polyfill(
    iterable: Any = MISSING, /, *extra: Any, key: Any = MISSING, reverse: Any = MISSING, **unknown: Any
) -> Any:
    """`sorted(iterable, /, *, key=None, reverse=False)`."""
    if iterable is MISSING or extra:
        argument_error(sorted, iterable, *extra, key=key, reverse=reverse, **unknown)
    items = list_from(iterable)
    if unknown:
        argument_error(sorted, (), key=key, reverse=reverse, **unknown)
    return _in_order(items, key, reverse)


@polyfill(list.sort)
def list_sort(self: list[Any], *args: Any, key: Any = MISSING, reverse: Any = MISSING, **unknown: Any) -> None:
    """`list.sort(*, key=None, reverse=False)`: the list is empty while callbacks run, and must be so afterwards."""
    if args or unknown:
        argument_error([].sort, *args, key=key, reverse=reverse, **unknown)
    items = list.__getitem__(self, _ALL)  # a subclass may have methods of its own
    if not items:
        _in_order(items, key, reverse)
        return
    list.clear(self)
    ordered, touched = items, False
    try:
        ordered, touched = while_sorted(self, _in_order, items, key, reverse)
    finally:
        list.__setitem__(self, _ALL, ordered)
    if touched:
        raise ValueError("list modified during sort")


def _in_order(items: list[Any], key: Any, reverse: Any) -> list[Any]:
    descending = reverse is not MISSING and natively(_is_descending, reverse)
    keys = items if key is MISSING or key is None else [key(item) for item in items]
    order = native_order(keys, descending)
    if order is None:
        order = compared_order(keys, descending)
    return [items[index] for index in order]


def _is_descending(reverse: Any) -> bool:
    """What `sort` takes `reverse` for: some Pythons want an int, others any object's truth."""
    if isinstance(reverse, bool):
        return reverse
    probe = [0, 1]
    probe.sort(key=lambda item: item, reverse=reverse)
    return probe == [1, 0]


# --- a list that is being sorted -----------------------------------------------------------------


def while_sorted(xs: list[Any], find: Callable[..., Any], /, *args: Any) -> tuple[Any, bool]:
    """`find(*args)`, and whether the empty list `xs` was touched meanwhile, as C finds out: there is a rule for it."""
    sorting = Sorting(xs, lambda: (None, find(*args)))
    sorting.run()
    assert sorting.pair is not None
    return sorting.pair[1], sorting.touched


class Sorting:
    """What runs while C sorts a list: C alone knows whether an empty list was filled and emptied again."""

    def __init__(self, xs: list[Any], call: Callable[[], tuple[Any, Any]]) -> None:
        self.xs, self.call = xs, call
        self.pair: tuple[Any, Any] | None = None
        self.error: BaseException | None = None
        self.left_in_it: list[Any] = []
        self.touched = False

    def run(self) -> None:
        """Sort a list of one item, and do the work when C asks for its key."""
        list.append(self.xs, None)
        try:
            list.sort(self.xs, key=self._key)
        except ValueError:
            self.touched = True
        list.__setitem__(self.xs, _ALL, self.left_in_it)
        if self.error is not None:
            raise self.error

    def _key(self, item: None) -> int:
        try:
            self.pair = self.call()
        except BaseException as error:
            self.error = error
        self.left_in_it = list.__getitem__(self.xs, _ALL)
        return 0


class _Followed(Sorting):
    """As `Sorting`, of what is differentiated."""

    def __init__(self, ctx: Context, xs: list[Any], find: Any, args: tuple[Any, ...]) -> None:
        super().__init__(xs, functools.partial(attempted, ctx, guarded_step(ctx, resolve, ctx, find, args, {})))
        self.ctx = ctx

    def __call__(self, _: None) -> Step:
        assert self.pair is not None
        record, found = self.pair
        return done(None if record is None else (_reverse_while_sorted, record), (found, self.touched))

    def left(self, exc: BaseException | None) -> Any:
        """The record of what was done before an exception."""
        record, self.ctx.unwound = self.ctx.unwound, None
        return None if record is None else (_reverse_while_sorted, record)


def _reverse_while_sorted(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    return (ZERO, ZERO, *inner[0](ctx, inner, ZERO))  # what was found is a list, which has a shadow


@resolver(while_sorted)
def while_sorted_resolver(ctx: Context, /, xs: list[Any], find: Any, *args: Any) -> Step:
    """C sorts, and asks for the key."""
    following = _Followed(ctx, xs, find, args)
    return (following.run, (), following)


# --- keys that C compares ------------------------------------------------------------------------

_SEQUENCES = (list, tuple, collections.deque)
# Comparing these in C calls back to Python, or compares parts that may.
_COMPARED_BY_PARTS = (
    dict,
    set,
    frozenset,
    slice,
    types.SimpleNamespace,
    types.MappingProxyType,
    types.MethodType,
    type(functools.cmp_to_key(lambda a, b: 0)(None)),
)


def native_order(keys: Sequence[Any], descending: bool) -> list[int] | None:
    """The indices of `keys` in sorted order, by C; None if comparing them would run Python code."""
    if not compared_natively(keys):
        return None
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=descending)


def compared_natively(values: Iterable[Any]) -> bool:
    """Whether `<` and `==` of any two of `values` stay in C, or in a Fraction's own code."""
    if not all(map(_is_compared_natively, set(map(type, values)))):
        return False
    parts = [part for value in values if issubclass(type(value), _SEQUENCES) for part in value]
    return not parts or compared_natively(parts)


def _is_compared_natively(kind: type) -> bool:
    if kind is Fraction:
        return True
    methods = (getattr(kind, name) for name in ("__lt__", "__gt__", "__eq__"))
    in_c = all(isinstance(method, types.WrapperDescriptorType) for method in methods)
    return in_c and not issubclass(kind, _COMPARED_BY_PARTS)


non_differentiable(native_order, compared_natively)


# --- keys that compare themselves ----------------------------------------------------------------


class Compared:
    """A key as C compares it: by `less`, which is the `<` of the keys."""

    __slots__ = ("key", "less")

    def __init__(self, key: Any, less: Callable[[Any, Any], Any]) -> None:
        self.key, self.less = key, less

    def __lt__(self, other: Compared) -> Any:
        return self.less(self.key, other.key)


def compared_order(keys: Sequence[Any], descending: bool, less: Callable[[Any, Any], Any] = operator.lt) -> list[int]:
    """The indices of `keys` in sorted order, by the same comparisons as `sorted` makes."""
    return sorted(range(len(keys)), key=[Compared(key, less) for key in keys].__getitem__, reverse=descending)


class Comparisons:
    """The comparisons that one sort makes: each is differentiated, and nothing but its truth matters."""

    def __init__(self, ctx: Context) -> None:
        self.ctx, self.guarded = ctx, ctx.guarded
        self.records: list[Any] = []

    def less(self, a: Any, b: Any) -> Any:
        """``a < b``."""
        resolve_less, args = RUNTIME.generic["lt"], (self.ctx, (a, b), True)
        try:
            record, answer = run(guarded_step(self.ctx, resolve_less, *args) if self.guarded else resolve_less(*args))
        except BaseException:
            self.records.append(self.ctx.unwound)
            self.ctx.unwound = None
            raise
        self.records.append(record)
        return answer

    def __call__(self, order: list[int]) -> Step:
        """The end of the step that has sorted."""
        return done(self.left(None), order)

    def left(self, exc: BaseException | None) -> Any:
        """The record of what has been compared, also if an exception has ended it."""
        kept = [record for record in self.records if record is not None]
        return (_reverse_comparisons, kept) if kept else None


def _reverse_comparisons(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    for compared in reversed(record[1]):
        compared[0](ctx, compared, ZERO)
    return (ZERO, ZERO)


@resolver(compared_order)
def compared_order_resolver(ctx: Context, /, keys: Sequence[Any], descending: bool) -> Step:
    """C sorts, and asks for each comparison."""
    comparisons = Comparisons(ctx)
    return (compared_order, (keys, descending, comparisons.less), comparisons)
