"""Deques: as lists, with two ends.

`collections.deque(...)`, `extend`, `extendleft`, `copy` and `+=` are polyfills made of the methods here.
"""

from __future__ import annotations

import operator
from collections import deque
from queue import SimpleQueue
from typing import Any

from bytegrad.rules.containers.lists import (
    count_of,
    reverse_concatenated,
    reverse_pop,
    reverse_rearranged,
    reverse_repeated,
    reverse_repeated_in_place,
)
from bytegrad.rules.containers.methods import method
from bytegrad.rules.declare import non_differentiable
from bytegrad.runtime.attribute_slots import by_value, reverse_slot, reverse_store
from bytegrad.runtime.context import Context, QueueShadow
from bytegrad.runtime.tangent import ZERO

Bars = tuple[Any, ...]
Pair = tuple[Any, Any]
Queue = deque[Any]

non_differentiable(deque.index, deque.count, deque.clear, deque.__len__, deque.__contains__, deque.__sizeof__)
non_differentiable(deque.__eq__, deque.__ne__, deque.__lt__, deque.__le__, deque.__gt__, deque.__ge__)


def _shadow(ctx: Context, queue: Queue) -> QueueShadow | None:
    shadow = ctx.peek(queue)
    assert shadow is None or isinstance(shadow, QueueShadow)
    return shadow


# --- the ends ------------------------------------------------------------------------------------


@method(deque.append, 2)
def append_rule(ctx: Context, queue: Queue, value: Any) -> Pair:
    n = len(queue)
    deque.append(queue, value)
    if len(queue) > n:
        return (reverse_store, queue, n, 2), None
    return (_reverse_pushed_through, queue, n - 1) if n else None, None


def _reverse_pushed_through(ctx: Context, record: Any, y_bar: Any) -> Bars:
    """Appended to a full deque: the first item went."""
    _, queue, last = record
    shadow = _shadow(ctx, queue)
    if not shadow:
        return (ZERO, ZERO)
    bar = shadow.take(last)
    shadow.shift(-1)
    return (ZERO, bar)


@method(deque.appendleft, 2)
def appendleft_rule(ctx: Context, queue: Queue, value: Any) -> Pair:
    deque.appendleft(queue, value)
    return (_reverse_appendleft, queue) if queue else None, None


def _reverse_appendleft(ctx: Context, record: Any, y_bar: Any) -> Bars:
    """To a full deque too: the last item's slot is absent before as after."""
    shadow = _shadow(ctx, record[1])
    if not shadow:
        return (ZERO, ZERO)
    bar = shadow.take(0)
    shadow.shift(1)
    return (ZERO, bar)


@method(deque.pop, 1)
def pop_rule(ctx: Context, queue: Queue) -> Pair:
    value = deque.pop(queue)
    n = len(queue)
    return (reverse_pop, queue, n, n + 1, 1), value


@method(deque.popleft, 1)
def popleft_rule(ctx: Context, queue: Queue) -> Pair:
    value = deque.popleft(queue)
    return (_reverse_popleft, queue), value


def _reverse_popleft(ctx: Context, record: Any, y_bar: Any) -> Bars:
    shadow = _shadow(ctx, record[1])
    if shadow is not None:
        shadow.shift(-1)
    if y_bar is not ZERO:
        ctx.shadow(record[1]).add(0, y_bar)
    return (ZERO,)


@method(deque.rotate, 1, 2)
def rotate_rule(ctx: Context, queue: Queue, *steps: Any) -> Pair:
    deque.rotate(queue, *steps)
    n = len(queue)
    by = (operator.index(steps[0]) if steps else 1) % n if n else 0
    return (_reverse_rotate, queue, by, n, 1 + len(steps)) if by else None, None


def _reverse_rotate(ctx: Context, record: Any, y_bar: Any) -> Bars:
    """The last `by` of `n` items were moved to the front, or the first ones back, whichever are fewer."""
    _, queue, by, n, operands = record
    shadow = _shadow(ctx, queue)
    if shadow:
        if 2 * by <= n:
            bars = [shadow.take(index) for index in range(by)]
            shadow.shift(by)
            first = n - by
        else:
            bars = [shadow.take(index) for index in range(by, n)]
            shadow.shift(by - n)
            first = 0
        for index, bar in enumerate(bars, first):
            shadow.add(index, bar)
    return (ZERO,) * operands


# --- the middle ----------------------------------------------------------------------------------


@method(deque.insert, 3)
def insert_rule(ctx: Context, queue: Queue, index: Any, value: Any) -> Pair:
    n = len(queue)
    deque.insert(queue, index, value)
    index = operator.index(index)
    return (_reverse_insert, queue, max(index + n, 0) if index < 0 else min(index, n)), None


def _reverse_insert(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, queue, index = record
    shadow = ctx.peek(queue)
    return (ZERO, ZERO, shadow.closed(index)[0] if shadow else ZERO)


@method(deque.remove, 2)
def remove_rule(ctx: Context, queue: Queue, value: Any) -> Pair:
    before = [*deque.__iter__(queue)]
    deque.remove(queue, value)
    left = deque.__iter__(queue)
    index = next((index for index, item in enumerate(before) if item is not next(left, before)), 0)
    while index and before[index - 1] is before[index]:  # of an item that stands in a row, the first is found
        index -= 1
    return (reverse_pop, queue, index, len(before), 2), None


@method(deque.reverse, 1)
def reverse_rule(ctx: Context, queue: Queue) -> Pair:
    deque.reverse(queue)
    return (reverse_rearranged, queue, range(len(queue) - 1, -1, -1), 1), None


# --- subscripts ----------------------------------------------------------------------------------


@method(deque.__getitem__, 2)
def getitem_rule(ctx: Context, queue: Queue, key: Any) -> Pair:
    value = deque.__getitem__(queue, key)
    return (reverse_slot, queue, _index(queue, key), 2) if by_value(value) else None, value


@method(deque.__setitem__, 3)
def setitem_rule(ctx: Context, queue: Queue, key: Any, value: Any) -> Pair:
    deque.__setitem__(queue, key, value)
    return (reverse_store, queue, _index(queue, key), 3), None


@method(deque.__delitem__, 2)
def delitem_rule(ctx: Context, queue: Queue, key: Any) -> Pair:
    n = len(queue)
    deque.__delitem__(queue, key)
    index = operator.index(key)
    return (reverse_pop, queue, index + n if index < 0 else index, n, 2), None


def _index(queue: Queue, key: Any) -> int:
    index = operator.index(key)
    return index + len(queue) if index < 0 else index


# --- + and * -------------------------------------------------------------------------------------


@method(deque.__add__, 2)
def add_rule(ctx: Context, a: Queue, b: Queue) -> Pair:
    y = deque.__add__(a, b)
    return _kept_end(reverse_concatenated, y, a, b), y


def _kept_end(reverse: Any, y: Queue, a: Queue, b: Queue) -> Any:
    """The record; of a bounded deque only the last items are there."""
    lost = len(a) + len(b) - len(y)
    return (reverse, y, a, len(a), b, len(b)) if not lost else (_reverse_bounded_add, y, a, len(a), b, len(b), lost)


def _reverse_bounded_add(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, y, a, n, b, m, lost = record
    shadow = ctx.peek(y)
    if shadow:
        for index in range(n + m - lost):
            at = index + lost
            ctx.shadow(a if at < n else b).add(at if at < n else at - n, shadow.take(index))
    return (ZERO, ZERO)


@method(deque.__mul__, 2)
@method(deque.__rmul__, 2)
def mul_rule(ctx: Context, queue: Queue, times: Any) -> Pair:
    y = deque.__mul__(queue, count_of(times))
    n = len(queue)
    if not y or len(y) % n == 0:
        return (reverse_repeated, y, queue, n, len(y)), y
    return (_reverse_bounded_mul, y, queue, n, len(y)), y


def _reverse_bounded_mul(ctx: Context, record: Any, y_bar: Any) -> Bars:
    """Only the end of the repeated items is there."""
    _, y, queue, n, total = record
    shadow = ctx.peek(y)
    if shadow:
        for index in range(total):
            ctx.shadow(queue).add((index - total) % n, shadow.take(index))
    return (ZERO, ZERO)


@method(deque.__imul__, 2)
def imul_rule(ctx: Context, queue: Queue, times: Any) -> Pair:
    n = len(queue)
    full = n * max(operator.index(count_of(times)), 0)
    deque.__imul__(queue, times)
    if full > len(queue):
        return (_reverse_bounded_imul, queue, n, len(queue)), queue
    return (reverse_repeated_in_place, queue, n, len(queue)), queue


def _reverse_bounded_imul(ctx: Context, record: Any, y_bar: Any) -> Bars:
    """All slots are new: items were pushed out at the left until the bound was kept."""
    _, queue, n, total = record
    shadow = ctx.peek(queue)
    if shadow:
        bars = [shadow.take(index) for index in range(total)]
        for index, bar in enumerate(bars):
            shadow.add((index - total) % n, bar)
    return (ZERO, ZERO)


# --- queue.SimpleQueue -----------------------------------------------------------------------------
# Items are numbered as they come, and go in the same order.  The other queues are Python code around a deque.


def _numbers(ctx: Context, queue: Any) -> list[int]:
    """The numbers of the next item to come and of the next to go."""
    known = ctx.iterators.get(id(queue))
    if known is None:
        known = ctx.iterators[id(queue)] = (queue, [queue.qsize(), 0])
    numbers: list[int] = known[1]
    return numbers


@method(SimpleQueue.put, 2, 4)
@method(SimpleQueue.put_nowait, 2)
def put_rule(ctx: Context, queue: Any, item: Any, *options: Any) -> Pair:
    numbers = _numbers(ctx, queue)
    SimpleQueue.put(queue, item, *options)
    numbers[0] += 1
    return (_reverse_put, queue, numbers[0] - 1, len(options)), None


def _reverse_put(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, queue, number, options = record
    shadow = ctx.peek(queue)
    return (ZERO, shadow.take(number) if shadow else ZERO, *(ZERO,) * options)


@method(SimpleQueue.get, 1, 3)
def get_rule(ctx: Context, queue: Any, *options: Any) -> Pair:
    return _got(ctx, queue, SimpleQueue.get(queue, *options), 1 + len(options))


@method(SimpleQueue.get_nowait, 1)
def get_nowait_rule(ctx: Context, queue: Any) -> Pair:
    return _got(ctx, queue, SimpleQueue.get_nowait(queue), 1)


def _got(ctx: Context, queue: Any, item: Any, operands: int) -> Pair:
    numbers = _numbers(ctx, queue)
    numbers[1] += 1
    return (reverse_slot, queue, numbers[1] - 1, operands) if by_value(item) else None, item
