"""The records of runs: operations on arrays that emitted code has made one after another (`codegen.array_runs`).

A run that went through natively is recorded at once.  How, depends on the types, shapes and activity of its operands:
for each choice there is a *variant*, made from text (`array_run_texts`).  Where there is none, and where an operation
of the run had to go through the runtime, each operation has the record that it would have had alone.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from bytegrad.ir.ops import CALLABLES
from bytegrad.runtime import array_calls, array_operators, array_records, records, registry
from bytegrad.runtime.array_run_operations import Variant, are_known, can_be_text, made
from bytegrad.runtime.array_run_texts import VIEWS
from bytegrad.runtime.elementwise import native_record
from bytegrad.runtime.records import parameters
from bytegrad.runtime.slots import take_items
from bytegrad.runtime.tangent import ZERO, accum

ndarray = np.ndarray
PATIENCE = 32
"""How often a run may meet other operands than arrays and numbers, if it has never met those alone."""
MOST_VARIANTS = 12
"""A run with operands of ever new shapes is not worth a text for each."""
Operand = tuple[str, Any]
"""``("l", i)`` is a leaf, ``("t", k)`` the result of an operation, ``("const", value)`` written out."""


class Op(NamedTuple):
    """One operation of a run; `ahead` are the operands, of no derivative, that its own record would have in front."""

    kind: str
    operands: tuple[Operand, ...]
    names: tuple[str, ...]
    ahead: int
    target: Any
    rule: Any
    number_rule: Any
    record: Callable[..., Any]
    compute: Callable[..., Any]
    """The operation itself."""
    items: int
    """How many of the operands are those of one list; else 1."""


class RunRecorder:
    """What makes the records of one run.

    `carried` says of the leaves which of them may carry a cotangent by value, `outs` which results are wanted outside.
    """

    def __init__(
        self, ops: tuple[Any, ...], carried: tuple[bool, ...], outs: tuple[int, ...], give_up: Callable[[], None]
    ) -> None:
        self.carried, self.outs, self.give_up = carried, outs, give_up
        self.misses = 0
        self.ops = tuple([_described(op, carried) for op in ops])
        self.unneeded = _unneeded(self.ops, outs)
        """The results that no derivative needs, and nobody outside: emitted code lets them go, they are None then."""
        self.variants: dict[Any, Variant | None] = {}
        self.fits = FITS
        self.note = _note
        self.zeros = (ZERO,) * len(carried)
        self.record: Any = None
        _make_record(self)

    def so_far(self, ctx: Any, pending: list[Any] | None, done: int, values: tuple[Any, ...]) -> list[Any]:
        """The records, one by one, of the first `done` operations; `values` are the leaves met so far, and results."""
        if pending is None:
            pending = []
            if not self.variants:
                count_miss(self)
        values = self.completed(values, done, len(pending))
        leaves = len(values) - done
        for k in range(len(pending), done):
            op = self.ops[k]
            pending.append((0, op.record(ctx, values[leaves + k], *_arguments(op, values, leaves)), None))
        return pending

    def completed(self, values: tuple[Any, ...], done: int, first: int = 0) -> tuple[Any, ...]:
        """`values` with the results that emitted code has let go, from that of the operation `first` on."""
        leaves = len(values) - done
        missing = [k for k in range(first, done) if values[leaves + k] is None]
        if not missing:
            return values
        found = [*values]
        with np.errstate(all="ignore"):
            for k in missing:
                op = self.ops[k]
                found[leaves + k] = op.compute(*_arguments(op, found, leaves))
        return tuple(found)

    def finish(self, ctx: Any, pending: list[Any] | None, values: tuple[Any, ...]) -> Any:
        """The record of a run that is recorded in pieces."""
        pending = self.so_far(ctx, pending, len(self.ops), values)
        if all([record is None for _, record, _ in pending]):
            return None
        return (_reverse_pieces, self, tuple(pending))


def _arguments(op: Op, values: Sequence[Any], leaves: int) -> list[Any]:
    """What an operation got, of the leaves and the results behind them."""
    return [value if kind == "const" else values[value + (leaves if kind == "t" else 0)] for kind, value in op.operands]


def _unneeded(ops: tuple[Op, ...], outs: tuple[int, ...]) -> frozenset[int]:
    needed = {*outs, *[k for k, op in enumerate(ops) if op.kind in VIEWS]}
    for k, op in enumerate(ops):
        places = _needed_by(op)
        needed.update([value for place, (kind, value) in enumerate(op.operands) if kind == "t" and place in places])
        if len(op.operands) in places:
            needed.add(k)
    return frozenset(range(len(ops))) - needed


def _needed_by(op: Op) -> set[int]:
    """The places of the operands, and behind them of the result, that derivatives of an operation look into."""
    if op.kind != "elementwise":
        of_result = len(op.operands)
        return {"extremum": {0, of_result}, "matmul": {0, 1}, "inverse": {of_result}}.get(op.kind, set())
    found: set[int] = set()
    for rule in (op.rule, op.number_rule):
        if rule is not None:
            order = (*rule.names, rule.output)
            found.update([order.index(name) for f in rule.functions if f is not None for name in parameters(f)])
    return found


def count_miss(run: RunRecorder) -> None:
    """Note that operands are something else; if they always are, the code is to be compiled without this run."""
    run.misses += 1
    if run.misses == PATIENCE:
        run.give_up()


def _note(pending: list[Any], ahead: int, record: Any, items: Any) -> None:
    """Note the record of an operation that went through the runtime; `items` are those that it got as one operand."""
    pending.append((ahead, record, items))


def _reverse_pieces(ctx: Any, record: Any, y_bars: Any) -> tuple[Any, ...]:
    """Reverse the operations one by one, with the cotangents that are carried by value in between."""
    _, run, pieces = record
    bars: dict[Any, Any] = {}
    if y_bars is not ZERO:
        for place, y_bar in zip(run.outs, y_bars, strict=True):
            bars["t", place] = y_bar
    for k in range(len(pieces) - 1, -1, -1):
        ahead, piece, items = pieces[k]
        if piece is None:
            continue
        carried = piece[0](ctx, piece, bars.get(("t", k), ZERO))[ahead:]
        if items is not None:
            n = run.ops[k].items
            of_items = take_items(ctx, items, ("list", n)) if type(items) is list else carried[0]
            carried = (*((ZERO,) * n if of_items is ZERO else of_items), *carried[1:])
        for operand, bar in zip(run.ops[k].operands, carried, strict=False):
            if operand[0] != "const" and bar is not ZERO:
                bars[operand] = accum(bars.get(operand, ZERO), bar)
    return tuple([bars.get(("l", i), ZERO) for i in range(len(run.zeros))])


# one operation ----------------------------------------------------------------------------------------------


def _described(op: tuple[Any, ...], carried: tuple[bool, ...]) -> Op:
    kind, target, operands, names, ahead, items = op
    rule = number_rule = None
    if kind == "elementwise":
        rule, number_rule = array_operators.rule_of(target), array_operators.number_rule(target)
        active = tuple([where == "t" or (where == "l" and carried[value]) for where, value in operands])
        record = _recorder(rule, number_rule, active)
    elif kind in VIEWS:
        record = _no_record
    else:
        callee = CALLABLES[target] if isinstance(target, str) else target
        short = array_calls.short(callee, len(operands) - items + 1, names, 0)
        assert short is not None
        record = _of_list(short.record, items) if kind == "joined" else short.record
    function = _COMPUTE.get(kind) or (CALLABLES[target] if isinstance(target, str) else target)
    compute = _by_name(function, names)
    if kind == "joined":
        compute = _joining(compute, items)
    return Op(kind, operands, names, ahead, target, rule, number_rule, record, compute, items)


def _of_list(record: Any, n: int) -> Any:
    """The recorder of a function of a list, for the `n` items of it."""

    def record_of_items(ctx: Any, y: Any, *operands: Any) -> Any:
        made = record(ctx, y, [*operands[:n]], *operands[n:])
        # Of the list there is only one cotangent, which is absent: the items are arrays.
        return None if made is None else (_reverse_items, made, n)

    return record_of_items


def _reverse_items(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, made, n = record
    return (*(ZERO,) * n, *made[0](ctx, made, y_bar)[1:])


def _joining(function: Any, n: int) -> Any:
    return lambda *operands: function([*operands[:n]], *operands[n:])


_COMPUTE: dict[str, Callable[..., Any]] = {"transposed": operator.attrgetter("T")}


def _by_name(function: Any, names: tuple[str, ...]) -> Any:
    """`function` with its last arguments by position."""
    if not names:
        return function

    def call(*args: Any) -> Any:
        return function(*args[: -len(names)], **dict(zip(names, args[-len(names) :], strict=True)))

    return call


def _no_record(ctx: Any, y: Any, *operands: Any) -> None:
    """A view has none."""


def _recorder(rule: Any, number_rule: Any, active: tuple[bool, ...]) -> Any:
    """What makes the record of an operator or ufunc; of an operator on two numbers, as emitted code would."""
    of_arrays = array_records.recorder(rule, len(active), None if all(active) else active, number_rule)
    of_floats = None if number_rule is None else records.of_floats((number_rule,))

    def record(ctx: Any, y: Any, *operands: Any) -> Any:
        if of_floats is not None and type(y) is float and all([type(operand) is float for operand in operands]):
            return (*of_floats, operands, y)
        if np.float32 in map(type, operands):
            return native_record(ctx, rule, active, y, *operands)
        return of_arrays(ctx, y, *operands)

    return record


# functions of arrays ----------------------------------------------------------------------------------------


def _is_real(ctx: Any, a: Any) -> bool:
    return type(a) is ndarray and a.dtype.kind == "f" and a.size > 0 and ctx.checks is None


def _are_real(ctx: Any, items: Any) -> bool:
    return all([_is_real(ctx, item) for item in items])


def _is_stack(ctx: Any, a: Any) -> bool:
    return _is_real(ctx, a) and a.ndim >= _MATRIX


def _are_matrices(ctx: Any, a: Any, b: Any) -> bool:
    return _is_real(ctx, a) and _is_real(ctx, b) and 0 < a.ndim <= _MATRIX and 0 < b.ndim <= _MATRIX


_MATRIX = 2
FITS: dict[str, Callable[..., bool]] = {
    **dict.fromkeys(("sum", "mean", "extremum"), _is_real),
    "matmul": _are_matrices,
    "inverse": _is_stack,
    "joined": _are_real,
}
"""Whether the operands are such that the record of the function alone is made without asking again."""
_KINDS: dict[Any, str] = {
    np.sum: "sum",
    np.mean: "mean",
    np.max: "extremum",
    np.min: "extremum",
    np.amax: "extremum",
    np.amin: "extremum",
    np.concatenate: "joined",
    np.linalg.inv: "inverse",
    np.matmul: "matmul",
    np.dot: "matmul",
    "matmul": "matmul",
}


def kind_of(target: Any) -> str | None:
    """The kind of operation that a function is in a run, or an operator by its name."""
    try:
        kind = _KINDS.get(target)
    except TypeError:
        return None
    if kind is None:
        return None
    target = operator.matmul if target == "matmul" else target
    return kind if array_calls.short(target, 2 if kind == "matmul" else 1, (), 0) else None


def settings_fit(kind: str, settings: list[Any]) -> bool:
    """Whether a function may be in a run with these settings: an axis, and whether it is kept."""
    if kind == "joined":
        return all([type(setting) is int for setting in settings])
    return all([setting is None or type(setting) in (int, bool) for setting in settings])


# the whole run ----------------------------------------------------------------------------------------------


def _make_record(run: RunRecorder) -> None:
    """Make ``run.record(ctx, pending, *leaves, *results)`` from text."""
    leaves = [f"l{i}" for i in range(len(run.carried))]
    results = [f"t{k}" for k in range(len(run.ops))]
    everything = ", ".join([*leaves, *results])
    lines = [f"def record(ctx, pending, {everything}):", "    if pending is not None:"]
    lines += [f"        return run.finish(ctx, pending, ({everything},))", "    arrays = ctx.arrays"]
    lines += ["    shadows = arrays.shadows"]
    for name in leaves:
        lines += _LEAF.format(name=name).splitlines()
    key = [f"type({name}), d_{name}, s_{name} is None, k_{name}" for name in leaves] + [
        f"type({name})" for name in results
    ]
    lines += [f"    key = ({', '.join(key)},)", "    try:", "        variant = variants[key]", "    except KeyError:"]
    lines += [f"        variant = variant_of(run, key, ({everything},))", "    if variant is None:"]
    lines += [f"        return run.finish(ctx, None, ({everything},))"]
    sinks = ", ".join([f"s_{name}" for name in leaves])
    lines += [f"    return variant(ctx, arrays, {sinks}, {everything})"]
    scope: dict[str, Any] = {"run": run, "variants": run.variants, "variant_of": variant_of, "ndarray": ndarray}
    exec(compile("\n".join(lines) + "\n", __file__, "exec"), scope)
    run.record = scope["record"]


_LEAF = """\
    if type({name}) is ndarray:
        s_{name} = shadows.get(id({name})) if {name}.base is None else arrays.part({name})
        d_{name} = {name}.dtype
        k_{name} = {name}.shape
    else:
        s_{name} = d_{name} = k_{name} = None"""


def variant_of(run: RunRecorder, key: tuple[Any, ...], values: tuple[Any, ...]) -> Any:
    """What records the run for operands like `values`; None if that is done in pieces."""
    if len(run.variants) >= MOST_VARIANTS:
        return None
    n = len(run.carried)
    active = [not key[_FIELDS * i + 2] if key[_FIELDS * i] is ndarray else run.carried[i] for i in range(n)]
    values = run.completed(values, len(run.ops))
    fits = can_be_text(values) and are_known(run.ops, n, values)
    variant = made(run.ops, tuple(active), run.outs, values) if fits else None
    run.variants[key] = variant
    return variant


_FIELDS = 4

__all__ = ["RunRecorder", "kind_of", "registry", "settings_fit"]
