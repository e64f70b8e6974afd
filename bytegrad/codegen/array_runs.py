"""Finds and emits runs: operations on arrays that follow one another, with nothing in between that could do anything.

While the operands are arrays and numbers, an operation of a run is its native instruction and no more, and one call
at the end makes the record of all.  What is in between is nobody else's, so its cotangents need no shadows.  Once an
operand is anything else, what was done so far gets its records, one by one, and the rest goes through the runtime.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from bytecode import Label

from bytegrad.adjoint.known import Analysis, Run, type_of
from bytegrad.codegen.callees import called, origins, passed
from bytegrad.cpython import CURRENT
from bytegrad.ir.nodes import Block, Const, Instr, Operand, Value

if TYPE_CHECKING:
    from bytegrad.codegen.primal import PrimalEmitter
    from bytegrad.codegen.runtime_functions import Runtime
    from bytegrad.lift.function import Lifted

_NUMERIC = (float, int, None)
_OPERATORS = frozenset(("add", "sub", "mul", "truediv", "neg"))
_ELEMENTWISE = "elementwise"
_VIEW = "view"
_TRANSPOSED = "transposed"
_VIEWS = (_VIEW, _TRANSPOSED)
_JOINED = "joined"
_TRANSPARENT = frozenset(("load_global", "slice", "tuple", "load_cell"))
"""Operations that only bring operands."""
_SUSPENDS = 0x2A0
SHORTEST, LONGEST = 2, 24
PARTNERS = frozenset((np.ndarray, np.float64, np.float32, float, int))
"""Types of operands by which emitted code knows that an operation is as it stands."""


def find_runs(
    lifted: Lifted, found: Analysis, runtime: Runtime, given_up: set[int], give_up: Callable[[set[int]], None]
) -> dict[Instr, Run]:
    """The runs of a function, by their instructions.

    `given_up` are the places of instructions that are to be in none; `give_up` is told of more of those.
    """
    if lifted.program.code.co_flags & _SUSPENDS:
        return {}
    return _Finder(lifted, found, runtime, given_up, give_up).find()


class _Finder:
    def __init__(
        self, lifted: Lifted, found: Analysis, runtime: Runtime, given_up: set[int], give_up: Callable[[set[int]], None]
    ) -> None:
        self.lifted, self.found, self.runtime = lifted, found, runtime
        self.given_up, self.give_up = given_up, give_up
        self.origins = origins(found)
        self.made: dict[Operand, Instr] = {
            i.result: i for block in found.order for i in block.instrs if len(i.results) == 1
        }
        self.runs: dict[Instr, Run] = {}
        self.joined = self._find_joined()
        """Displays that only `np.concatenate` gets to see."""

    def _find_joined(self) -> set[Instr]:
        instrs = [instr for block in self.found.order for instr in block.instrs]
        uses: list[Operand] = [arg for instr in instrs for arg in instr.args]
        for block in self.found.order:
            uses += [arg for edge in block.successors() for arg in edge.args]
            uses += block.terminator.operands()
        found = set()
        for instr in instrs:
            if instr.op in ("call", "call_method") and called(instr, self.origins)[0] == "fixed":
                operands = passed(instr, self.origins)
                display = self.made.get(operands[0]) if operands else None
                is_display = display is not None and display.op in ("list", "tuple") and uses.count(operands[0]) == 1
                if is_display and self.runtime.kernel_in_runs(called(instr, self.origins)[1]) == _JOINED:
                    found.add(display)
        return {display for display in found if display is not None and display.args}

    def find(self) -> dict[Instr, Run]:
        for block in self.found.order:
            if block.handler is None:
                self._scan(block)
        users = self._users()
        for run in dict.fromkeys(self.runs.values()):
            self._complete(run, users)
        return self.runs

    def _users(self) -> dict[Operand, list[Instr | None]]:
        """Who uses each value such that it may get a cotangent; None stands for a way to another block, or out."""
        users: dict[Operand, list[Instr | None]] = {}
        for block in self.found.order:
            for instr in block.instrs:
                for arg in instr.args if self.found.modes[instr] != "native" else ():
                    users.setdefault(arg, []).append(instr)
            for edge in block.successors():
                for arg, param in zip(edge.args, edge.target.params, strict=True):
                    if param in self.found.useful:
                        users.setdefault(arg, []).append(None)
            for operand in block.terminator.operands():
                users.setdefault(operand, []).append(None)
        return users

    # where they are ----------------------------------------------------------------------------------------

    def _scan(self, block: Block) -> None:
        steps: list[tuple[Instr, str, tuple[Operand, ...]]] = []
        known: set[Operand] = set()
        displays: dict[Operand, int] = {}
        """Lists for `np.concatenate` that hold results of the run, and how many operations came before."""
        for instr in block.instrs:
            step = self._step(instr)
            if step is not None and step[0] == _JOINED:
                display = self.made[step[1][0]]
                step = step if known.issuperset(display.args) and len(steps) < LONGEST else None
                displays.pop(display.result, None)
            results = {s[0].result for s in steps}
            if step is not None and len(steps) < LONGEST:
                steps.append((instr, *step))
                known.update((instr.result, *step[1]))
            elif step is None and self._is_transparent(instr) and results.isdisjoint(instr.args):
                continue
            elif step is None and instr in self.joined and known.issuperset(instr.args):
                displays[instr.result] = len(steps)
            else:
                self._close(steps[: min(displays.values(), default=len(steps))])
                steps = [] if step is None else [(instr, *step)]
                known = {operand for s in steps for operand in (s[0].result, *s[2])}
                displays = {}
        self._close(steps[: min(displays.values(), default=len(steps))])

    def _close(self, steps: list[tuple[Instr, str, tuple[Operand, ...]]]) -> None:
        # Two elementwise operations may well be on numbers: two records cost less than the look at what they are.
        if len(steps) > SHORTEST or (len(steps) == SHORTEST and any([kind != _ELEMENTWISE for _, kind, _ in steps])):
            run = Run([s[0] for s in steps], [s[2] for s in steps], [s[1] for s in steps], [], [])
            self.runs.update(dict.fromkeys(run.instrs, run))
            displays = [self.made[operands[0]] for _, kind, operands in steps if kind == _JOINED]
            self.runs.update(dict.fromkeys(displays, run))

    def _is_transparent(self, instr: Instr) -> bool:
        native = self.found.modes[instr] == "native"
        return instr.op in _TRANSPARENT or (native and instr.op in ("getattr", "load_method"))

    def _step(self, instr: Instr) -> tuple[str, tuple[Operand, ...]] | None:
        """The kind and the operands of an operation that may be in a run."""
        if self.found.modes[instr] != "generic" or instr.origin < 0 or len(instr.results) != 1:
            return None
        if instr.origin in self.given_up:
            return None
        code = self.lifted.program.instrs[instr.origin]
        if instr.op in _OPERATORS:
            known = self.runtime.of_arrays(instr.op)
            return (_ELEMENTWISE, instr.args) if known is not None and self._are_numeric(instr.args) else None
        if instr.op == "matmul":
            fits = self.runtime.kernel_in_runs(instr.op) and self._are_numeric(instr.args)
            return (instr.op, instr.args) if fits else None
        if instr.op == "pow":
            known = self.runtime.of_arrays(instr.op)
            is_power = type_of(instr.args[0]) is None and isinstance(instr.args[1], Const)
            return (_ELEMENTWISE, instr.args) if known and is_power and self._are_numeric(instr.args) else None
        if instr.op == "getitem":
            return (_VIEW, instr.args) if self._gives_view(instr, code) else None
        if instr.op == "getattr":
            fits = instr.static == "T" and type_of(instr.args[0]) is None and code.name == "LOAD_ATTR"
            return (_TRANSPOSED, instr.args) if fits else None
        return self._called(instr, code) if instr.op in ("call", "call_method") else None

    def _are_numeric(self, operands: tuple[Operand, ...]) -> bool:
        return all([type_of(operand) in _NUMERIC for operand in operands])

    def _gives_view(self, instr: Instr, code: Any) -> bool:
        """Whether it is ``a[k]`` with slices that are written out."""
        if type_of(instr.args[0]) is not None or code.name not in (CURRENT.subscript[0], "BINARY_SLICE"):
            return False
        before = self.lifted.program.instrs[instr.origin - 1].name if instr.origin > 0 else ""
        return before != "COPY" and key_of(instr.args[1], self.made) is not None

    def _called(self, instr: Instr, code: Any) -> tuple[str, tuple[Operand, ...]] | None:
        kind, callee = called(instr, self.origins)
        if kind != "fixed" or code.name not in ("CALL", "CALL_KW"):
            return None
        operands = passed(instr, self.origins)
        if type(callee) is np.ufunc and callee.nin == len(operands) and not instr.static:
            known = self.runtime.of_arrays(callee)
            if known is not None and len(known.names) == callee.nin <= _PAIR and self._are_numeric(operands):
                return (_ELEMENTWISE, operands)
        name = self.runtime.kernel_in_runs(callee)
        if name is None or not operands:
            return None
        if self.made.get(operands[0]) not in self.joined if name == _JOINED else type_of(operands[0]) is not None:
            return None
        by_name = len(instr.static or ())
        short = self.runtime.short(callee, len(operands), instr.static or (), 0)
        settings = operands[_OPERANDS.get(name, 1) :]
        values = [setting.value for setting in settings if isinstance(setting, Const)]
        if short is None or by_name > len(settings) or len(values) < len(settings):
            return None
        return (name, operands) if self.runtime.settings_in_runs(name, values) else None

    # what they are -----------------------------------------------------------------------------------------

    def _complete(self, run: Run, users: dict[Operand, list[Instr | None]]) -> None:
        """Number the leaves, find the results that are wanted outside, and ask the runtime for what records it."""
        places: dict[Operand, tuple[str, Any]] = {}
        ops = []
        wanted: set[Operand] = {i.result for i in run.instrs if self._is_used_outside(i.result, run, users)}
        for instr, kind, operands in reversed([*zip(run.instrs, run.kinds, run.operands, strict=True)]):
            if kind in _VIEWS and instr.result in wanted:
                # Others find the array whose memory it is.
                wanted.update(operands[:1])
        for k, (instr, kind, operands) in enumerate(zip(run.instrs, run.kinds, run.operands, strict=True)):
            described = []
            items = self.made[operands[0]].args if kind == _JOINED else operands[:1]
            for place, operand in enumerate((*items, *operands[1:])):
                if isinstance(operand, Const):
                    described.append(("const", operand.value))
                    continue
                if place == 1 and kind == _VIEW:
                    described.append(("const", key_of(operand, self.made)))
                    continue
                if operand not in places:
                    places[operand] = ("l", len(run.leaves))
                    run.leaves.append(operand)
                described.append(places[operand])
            places[instr.result] = ("t", k)
            target = instr.op if instr.op not in ("call", "call_method") else called(instr, self.origins)[1]
            ahead = len(instr.args) - (instr.op in ("call", "call_method")) - len(operands)
            ops.append((kind, target, tuple(described), instr.static or (), ahead, len(items)))
        run.outs = [k for k, instr in enumerate(run.instrs) if instr.result in wanted]
        carried = tuple([self.found.wants(leaf) for leaf in run.leaves])
        places_in_code = {instr.origin for instr in run.instrs}
        give_up = partial(self.give_up, places_in_code)
        run.recorder = self.runtime.run_recorder(tuple(ops), carried, tuple(run.outs), give_up)

    def _is_used_outside(self, value: Value, run: Run, users: dict[Operand, list[Instr | None]]) -> bool:
        return any([user is None or self.runs.get(user) is not run for user in users.get(value, ())])


_PAIR = 2
_OPERANDS = {"matmul": 2}


def key_of(operand: Operand, made: dict[Operand, Instr]) -> Any:
    """The subscript that an operand is, if it is written out and has a slice; else None."""
    instr = made.get(operand)
    if instr is not None and instr.op == "slice":
        return _slice(instr)
    if instr is None or instr.op != "tuple":
        return None
    items = []
    for arg in instr.args:
        maker = made.get(arg)
        item = _slice(maker) if maker is not None and maker.op == "slice" else _NO_ITEM
        if isinstance(arg, Const) and (arg.value is None or arg.value is ... or type(arg.value) is int):
            item = arg.value
        if (item is None and not isinstance(arg, Const)) or item is _NO_ITEM:
            return None
        items.append(item)
    return tuple(items) if any([type(item) is slice for item in items]) else None


_NO_ITEM: Any = object()


def _slice(instr: Instr) -> slice | None:
    if not all([isinstance(arg, Const) for arg in instr.args]):
        return None
    bounds = [arg.value for arg in instr.args if isinstance(arg, Const)]
    return slice(*bounds) if all([type(bound) in (int, type(None)) for bound in bounds]) else None


# emission ---------------------------------------------------------------------------------------------------


def emit_in_run(
    e: PrimalEmitter,
    code: Any,
    instr: Instr,
    take_callee: Callable[[], None],
    trampoline: Callable[[Callable[[], None]], None],
) -> None:
    """One operation of a run; with the last one, the record."""
    run = e.found.runs[instr]
    _Emission(e, run, run.instrs.index(instr)).emit(code, instr, take_callee, trampoline)


class _Emission:
    """Of one operation."""

    def __init__(self, e: PrimalEmitter, run: Run, k: int) -> None:
        self.e, self.asm, self.run, self.k = e, e.asm, run, k
        self.names = {leaf: f"$r{i}" for i, leaf in enumerate(run.leaves)}
        self.names.update({i.result: f"$t{place}" for place, i in enumerate(run.instrs)})
        self.before = {operand for operands in run.operands[:k] for operand in operands}
        """Operands of what came before: they have been looked at."""

    def emit(self, code: Any, instr: Instr, take_callee: Any, trampoline: Any) -> None:
        asm, run, k = self.asm, self.run, self.k
        slow, end = Label(), Label()
        if k == 0:
            asm.const(None)
            asm.store("$run")
        operands = self._take_operands(code)
        is_call = instr.op in ("call", "call_method")
        if is_call:
            take_callee()
        if k:
            asm.load("$run")
            asm.jump_if("not_none", slow)
        if is_call:
            asm.load("$f")
            asm.const(called(instr, self.e.origins)[1])
            asm.emit("IS_OP", 0)
            asm.jump_if("false", slow)
        self._guard(operands, slow)
        if is_call:
            asm.callee(lambda: asm.load("$f"))
        for name in operands:
            asm.load(name)
        for name in self._dropped():
            # It goes as early as in a plain call; numpy may even put the result of an operator in its place.
            asm.const(None)
            asm.store(name)
        if is_call:
            asm.call(len(operands), instr.static or ())
        elif instr.op == "getitem":
            asm.emit(*CURRENT.subscript)
        else:
            asm.replay(code)
        asm.jump(end)
        asm.place(slow)
        self._slow(operands, trampoline)
        asm.place(end)
        asm.emit("COPY", 1)
        asm.store(f"$t{k}")
        if k == len(run.instrs) - 1:
            self._record(instr)

    def _take_operands(self, code: Any) -> list[str]:
        """Take the operands off the stack, into locals."""
        asm, run = self.asm, self.run
        if code.name == "CALL_KW":
            asm.emit("POP_TOP")
        if code.name == "BINARY_SLICE":
            asm.emit("BUILD_SLICE", 2)
        names: list[str] = []
        here: set[Operand] = set()
        results = {i.result for i in run.instrs[: self.k]}
        for place, operand in reversed([*enumerate(run.operands[self.k])]):
            name = self.names.get(operand) if isinstance(operand, Value) else None
            if name is not None and (operand in results or operand in here or operand in self.before):
                asm.emit("POP_TOP")
            else:
                asm.store(name or f"$p{place}")
            here.add(operand)
            names.insert(0, name or f"$p{place}")
        return names

    def _guard(self, names: list[str], slow: Label) -> None:
        """Go the slow way unless the operands are such that the native operation is right, and has the known record."""
        asm, kind, operands = self.asm, self.run.kinds[self.k], self.run.operands[self.k]
        if kind in _VIEWS:
            asm.call_const(type, names[0])
            asm.const(np.ndarray)
            asm.emit("IS_OP", 0)
            asm.jump_if("false", slow)
        elif kind == _ELEMENTWISE:
            for operand in dict.fromkeys(operands):
                if isinstance(operand, Value) and type_of(operand) is None and not self._is_known(operand):
                    asm.call_const(type, self.names[operand])
                    asm.const(PARTNERS)
                    asm.emit("CONTAINS_OP", 0)
                    asm.jump_if("false", slow)
        else:
            asm.call_const(self.run.recorder.fits[kind], "$ctx", *names[: _OPERANDS.get(kind, 1)])
            asm.jump_if("false", slow)

    def _dropped(self) -> list[str]:
        """The results that nobody needs any more once this operation has got them."""
        recorder, k = self.run.recorder, self.k
        here, *later = [{place for kind, place in op.operands if kind == "t"} for op in recorder.ops[k:]]
        return [f"$t{j}" for j in sorted(recorder.unneeded & here.difference(*later))]

    def _is_known(self, operand: Operand) -> bool:
        """Whether it has been looked at before, or is a slice of what has."""
        if operand in self.before:
            return True
        return any(
            [i.result is operand and kind == _VIEW for i, kind in zip(self.run.instrs, self.run.kinds, strict=True)]
        )

    def _slow(self, operands: list[str], trampoline: Any) -> None:
        asm, k = self.asm, self.k
        known = [f"$r{i}" for i, leaf in enumerate(self.run.leaves) if leaf in self.before]
        known += [f"$t{place}" for place in range(k)]
        asm.callee(lambda: asm.const(self.run.recorder.so_far))
        asm.load("$ctx")
        asm.load("$run")
        asm.const(k)
        for name in known:
            asm.load(name)
        asm.emit("BUILD_TUPLE", len(known))
        asm.call(4)
        asm.store("$run")
        for name in operands:
            asm.load(name)
        asm.emit("BUILD_TUPLE", len(operands))
        asm.store("$a")
        trampoline(self._note)

    def _note(self) -> None:
        """The record of an operation that went the slow way is on the stack."""
        asm = self.asm
        asm.store("$w")
        asm.callee(lambda: asm.const(self.run.recorder.note))
        asm.load("$run")
        asm.const(self.run.recorder.ops[self.k].ahead)
        asm.load("$w")
        if self.run.kinds[self.k] == _JOINED:
            asm.load("$p0")
        else:
            asm.const(None)
        asm.call(4)
        asm.emit("POP_TOP")

    def _record(self, instr: Instr) -> None:
        asm, run = self.asm, self.run
        names = [f"$r{i}" for i in range(len(run.leaves))] + [f"$t{k}" for k in range(len(run.instrs))]
        if instr in self.e.storage.records:
            asm.call_const(run.recorder.record, "$ctx", "$run", *names)
            self.e.store_record(instr)
        # Arrays go as early as they would in a plain call.
        asm.clear("$run", *names)
