"""The stages strung together: code object -> IR -> adjoint -> code objects, cached per code object."""

from __future__ import annotations

import gc
import sys
import threading
from collections import OrderedDict
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy as np

from bytegrad.adjoint.analysis import analyse, specialise
from bytegrad.adjoint.known import Analysis, callee_of, type_of
from bytegrad.adjoint.reverse import reverse
from bytegrad.adjoint.speculate import NOTHING_SEEN, Seen, speculation_points
from bytegrad.adjoint.storage import Storage, definitions
from bytegrad.codegen.array_runs import find_runs
from bytegrad.codegen.primal import PrimalEmitter
from bytegrad.codegen.pullback import emit_pullback
from bytegrad.codegen.runtime_functions import Runtime
from bytegrad.ir.graph import in_cycle, predecessors, rpo
from bytegrad.ir.nodes import Function, Return
from bytegrad.ir.passes.propagate_copies import propagate_copies
from bytegrad.ir.passes.prune_params import prune_params
from bytegrad.lift import lift
from bytegrad.lift.function import Lifted, Points
from bytegrad.runtime import registry
from bytegrad.runtime.binding import Binder, under_way
from bytegrad.runtime.classes import Found, distrust, note_reliance, still_holds
from bytegrad.runtime.facts import WorldFacts, builtins_of
from bytegrad.runtime.reliance import Reliance, rely_as, relying
from bytegrad.runtime.slots import HELPERS

Key = tuple[type | None, ...]

RUNTIME = Runtime(generic={}, stale=lambda: None, sent=lambda: None)
"""The runtime's functions by operation; `dispatch` fills it."""

SUSPENDS = 0x20 | 0x80 | 0x200
"""Flags of generators, coroutines and asynchronous generators: they may be left by ``close`` and ``throw``."""
CAPACITY = 4096
"""Compiled functions kept; the least recently used go first."""


@dataclass(slots=True)
class Adjoint:
    """What was made of one function: two code objects, and what they rely on."""

    augmented: CodeType
    pullback: FunctionType
    names: tuple[str, ...]
    assumptions: dict[str, Any]
    kinds: dict[str, type]
    attributes: dict[tuple[ModuleType, str], Any]
    fixed: tuple[Any, ...]
    """What it calls without asking the runtime: by partial derivatives that are built in, or as it stands."""
    reliance: Reliance
    """What it relies on of rules and classes."""
    missed: dict[int, type]
    """Classes of values that were guessed wrong when it ran: from the next call on nothing is guessed there."""
    seen: Seen
    """What was found where a guess was wrong before it was made."""
    classes: Found
    """What it relies on of the user's classes."""
    improvable: bool
    """Whether it would be better code if it relied on classes."""
    callees: dict[FunctionType, CodeType]
    """Functions that were compiled along with it, and what their code was."""
    gives_float: bool
    """Whether it is known that what it returns is a float."""
    uses: int = 0
    """In how many differentiations it has been asked for, if it is improvable."""
    used_in: Any = None
    """The last one of them."""
    variants: set[Key] = field(default_factory=set)
    """The types, classes among them, for which there is better code."""
    validated: Any = None


@dataclass(slots=True)
class _Cache:
    entries: OrderedDict[tuple[Any, ...], tuple[CodeType, dict[str, Any], Adjoint]] = field(default_factory=OrderedDict)
    lock: threading.RLock = field(default_factory=threading.RLock)


_CACHE = _Cache()
_ORIGINALS: dict[int, tuple[ref[CodeType], CodeType]] = {}
"""By the id of the code: code that has a dict for a constant, as that of an inner differentiation may, has no hash."""


_GIVEN_UP: dict[int, tuple[ref[CodeType], set[int]]] = {}
"""By the id of the code: instructions that are in no run, since their operands never were arrays."""


def _given_up(code: CodeType) -> set[int]:
    made, places = _GIVEN_UP.get(id(code), (None, set()))
    return places if made is not None and made() is code else set()


def _give_up(made: ref[CodeType], places: set[int]) -> None:
    """Leave these instructions out of runs from the next call on."""
    code = made()
    if code is None:
        return
    key = id(code)
    with _CACHE.lock:
        known = _given_up(code)
        _GIVEN_UP[key] = (ref(code, lambda _: _GIVEN_UP.pop(key, None)), known | places)
        for entry in [entry for entry, (original, _, _) in _CACHE.entries.items() if original is code]:
            _, _, outdated = _CACHE.entries.pop(entry)
            # What is prepared for calls from outside asks only this.
            outdated.missed[_NOWHERE] = type(None)


_NOWHERE = -1
"""No instruction: says that there is better code, but not of a guess."""


def original_code(code: CodeType) -> CodeType | None:
    """The user's code that an augmented primal was made of."""
    made, original = _ORIGINALS.get(id(code), (None, None))
    return original if made is not None and made() is code else None


def adjoint_of(
    function: FunctionType,
    types: Key,
    unwinds: bool = False,
    checked: bool = False,
    knows_classes: bool = False,
    seen: Seen = NOTHING_SEEN,
) -> Adjoint:
    """The adjoint of `function` for arguments of these exact types (None: unknown), compiled if need be.

    One that `unwinds` leaves a record also when an exception leaves it; one that is `checked` looks at cotangents; one
    that `knows_classes` relies on what the user's classes are like.  Where a guess was wrong, what was `seen`
    there is guessed.

    Raises: UnsupportedError for code that cannot be transformed.
    """
    code, namespace = function.__code__, function.__globals__
    unwinds = unwinds or bool(code.co_flags & SUSPENDS)
    registry.version()  # rules for modules that have been imported meanwhile are there now
    key = (id(code), id(namespace), types, unwinds, checked, knows_classes)
    entry = _CACHE.entries.get(key)
    if entry is not None and entry[0] is code:
        made = entry[2]
        seen = after_misses(made)
        if not still_holds(made.classes):
            distrust(made.classes)
        elif made.reliance.holds and not made.missed and is_current(made, namespace):
            rely_as(made.reliance)
            return made
    with _CACHE.lock, _without_collection():
        try:
            made = compile_adjoint(code, namespace, types, unwinds, checked, knows_classes, seen)
        except RecursionError:
            # The user's function is near the limit, which compiling is not to be counted against.
            with _more_room():
                made = compile_adjoint(code, namespace, types, unwinds, checked, knows_classes, seen)
        _CACHE.entries[key] = (code, namespace, made)
        while len(_CACHE.entries) > CAPACITY:
            _CACHE.entries.popitem(last=False)
    return made


def note_miss(value: Any, missed: dict[int, type], point: int) -> None:
    """A value is not of the type that was guessed: the next code for this function will know better.

    Where numbers of numpy's or arrays go through code for floats, it stays as it is.
    """
    kind = type(value)
    if not issubclass(kind, _TAKEN_AS_THEY_COME):
        missed[point] = kind


_TAKEN_AS_THEY_COME = (complex, np.ndarray, np.generic)


def after_misses(made: Adjoint) -> Seen:
    """What is to be guessed where guesses were wrong: what was found there, or nothing if there was another miss."""
    return {
        **made.seen,
        **{point: None if point in made.seen else kind for point, kind in made.missed.items() if point != _NOWHERE},
    }


_MOST_MISSES = 12
"""A function in which so many guesses were wrong is not compiled anew for more of them."""


@contextmanager
def _without_collection() -> Iterator[None]:
    """Compiling makes many objects and little garbage: a collection, of all the program's objects, may cost more."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def _more_room() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + _ROOM)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


_ROOM = 500
"""Frames that compiling may need."""


def holds(assumptions: dict[str, Any], kinds: dict[str, type], namespace: dict[str, Any]) -> bool:
    """Whether the globals and builtins that were taken as fixed, or of one type, are what they were."""
    for name, value in assumptions.items():
        if namespace.get(name, MISSING) is not value and (
            name in namespace or builtins_of(namespace).get(name) is not value
        ):
            return False
    return all([type(namespace.get(name)) is kind for name, kind in kinds.items()])


def is_current(made: Adjoint, namespace: dict[str, Any]) -> bool:
    """Whether the globals, what is in modules and the callees that it was compiled with are what they were."""
    return (
        holds(made.assumptions, made.kinds, namespace)
        and all([vars(module).get(name) is value for (module, name), value in made.attributes.items()])
        and all([function.__code__ is code for function, code in made.callees.items()])
    )


MISSING = object()


def prepare(code: CodeType, points: Points | None = None, unwinds: bool = False) -> Lifted:
    """Lift and normalise."""
    lifted = lift(code, points, unwinds)
    function = lifted.function
    function.blocks = rpo(function)
    replaced = prune_params(function)
    if points:
        more = propagate_copies(function)
        replaced = {**{v: more.get(o, o) for v, o in replaced.items()}, **more}
    _rename(lifted, replaced)
    lifted.pushes = {i: tuple([replaced.get(v, v) for v in pushed]) for i, pushed in lifted.pushes.items()}
    return lifted


def _rename(lifted: Lifted, replaced: Mapping[Any, Any]) -> None:
    """Say what frames hold in other words."""
    for states in (lifted.states, lifted.entries):
        for state in states.values():
            state.locals = {name: replaced.get(v, v) for name, v in state.locals.items()}
            state.stack = [replaced.get(v, v) for v in state.stack]


@dataclass(slots=True)
class Stages:
    """What the stages before emission made of one function."""

    lifted: Lifted
    found: Analysis
    storage: Storage
    facts: WorldFacts
    pullback: Function

    @property
    def taped(self) -> bool:
        """Whether anything is saved on the tape."""
        storage = self.storage
        return any(storage.entries.get(b) or b in storage.separate for b in storage.cyclic)


def differentiate(
    code: CodeType,
    namespace: dict[str, Any],
    types: Key,
    unwinds: bool = False,
    checked: bool = False,
    knows_classes: bool = False,
    seen: Seen = NOTHING_SEEN,
) -> Stages:
    """Lift, analyse, reverse."""
    lifted = prepare(code, None, unwinds)
    facts = WorldFacts(namespace, operations=RUNTIME.generic, knows_classes=knows_classes)
    if not unwinds and not checked:
        facts.binder = Binder(facts, lifted.program.instrs, adjoint_of)
    with under_way(code):
        found = specialise(lifted.function, lifted.function.blocks, facts, types)
        points = speculation_points(lifted, found, facts, seen)
        if points is not None:
            lifted = prepare(code, points, unwinds)
            found = specialise(lifted.function, lifted.function.blocks, facts, types)
        analyse(found, facts, (True,) * len(types))
    _rename(lifted, found.refined)
    function = lifted.function
    if not checked:
        found.runs = find_runs(lifted, found, RUNTIME, _given_up(code), partial(_give_up, ref(code)))
    storage = Storage(in_cycle(function), definitions(function.blocks))
    return Stages(lifted, found, storage, facts, reverse(found, storage, facts, checked))


def compile_adjoint(
    code: CodeType,
    namespace: dict[str, Any],
    types: Key,
    unwinds: bool = False,
    checked: bool = False,
    knows_classes: bool = False,
    seen: Seen = NOTHING_SEEN,
) -> Adjoint:
    """Compile, past the cache."""
    missed: dict[int, type] = {}
    noted = missed if len(seen) < _MOST_MISSES else None
    with relying() as reliance:
        made = differentiate(code, namespace, types, unwinds, checked, knows_classes, seen)
        lifted = made.lifted
        pullback = _emitted_when_called(made, code, namespace)
        before = predecessors(lifted.function)
        emitter = PrimalEmitter(lifted, made.found, made.storage, before, pullback, RUNTIME, noted)
        augmented = emitter.emit()
    key = id(augmented)
    _ORIGINALS[key] = (ref(augmented, lambda _: _ORIGINALS.pop(key, None)), code)
    facts = made.facts
    note_reliance(augmented, facts.classes)
    return Adjoint(
        augmented=augmented,
        pullback=pullback,
        names=lifted.program.argnames,
        assumptions=facts.assumptions,
        kinds=facts.kinds,
        attributes=facts.attributes,
        fixed=_fixed_callees(made.found),
        reliance=reliance,
        missed=missed,
        seen=seen,
        classes=facts.classes,
        improvable=facts.could_know and not knows_classes,
        callees=facts.callees,
        gives_float=_gives_float(made.found),
    )


def _gives_float(found: Analysis) -> bool:
    """Whether it is known that a function returns floats."""
    return all([type_of(b.terminator.value) is float for b in found.order if isinstance(b.terminator, Return)])


def _emitted_when_called(made: Stages, code: CodeType, namespace: dict[str, Any]) -> FunctionType:
    """The pullback, whose code is emitted when it is first called: of most functions, no pullback ever is."""
    back, taped = made.pullback, made.taped

    def emit() -> FunctionType:
        with _CACHE.lock, _without_collection():
            if pullback.__kwdefaults__:
                pullback.__code__ = emit_pullback(back, code, taped, HELPERS)
                pullback.__kwdefaults__ = None
        return pullback

    # A function that has been made may not become a generator.
    stub = _GENERATOR_STUB if code.co_flags & SUSPENDS else _STUB
    stub = stub.replace(co_name=code.co_name, co_filename=code.co_filename, co_firstlineno=code.co_firstlineno)
    pullback = FunctionType(stub, namespace, code.co_name)
    pullback.__kwdefaults__ = {_EMIT: emit}
    return pullback


_EMIT = "$emit"


def _stub(function: Any) -> CodeType:
    code: CodeType = function.__code__
    return code.replace(co_varnames=(*code.co_varnames[:-1], _EMIT))


def _emit_and_resume(ctx: Any, record: Any, seed: Any, *, emit: Any) -> Generator[Any, Any, Any]:
    return (yield from emit()(ctx, record, seed))


_STUB = _stub(lambda ctx, record, seed, *, emit: emit()(ctx, record, seed))
_GENERATOR_STUB = _stub(_emit_and_resume)


def emitted(function: FunctionType) -> FunctionType:
    """The function itself; if it is a pullback that has not been called yet, it has its code now."""
    later = function.__kwdefaults__
    return later[_EMIT]() if later is not None and _EMIT in later else function


def _fixed_callees(found: Analysis) -> tuple[Any, ...]:
    """What calls in the code are known to call: emitted code may do so without asking the runtime."""
    calls = [i for block in found.order for i in block.instrs if i.op in ("call", "call_method")]
    return tuple([callee for call in calls if (callee := callee_of(call, found)) is not None])


def compiled(code: CodeType) -> list[Adjoint]:
    """What was made of `code` and is still kept."""
    with _CACHE.lock:
        return [made for original, _, made in _CACHE.entries.values() if original is code]


def augmented_function(function: FunctionType, made: Adjoint) -> FunctionType:
    """The augmented primal with the defaults and cells of `function`."""
    augmented = FunctionType(
        made.augmented, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    augmented.__kwdefaults__ = function.__kwdefaults__
    if function.__defaults__:
        _OF_FUNCTIONS[augmented] = ref(original_function(function))
    return augmented


_OF_FUNCTIONS: WeakKeyDictionary[FunctionType, ref[FunctionType]] = WeakKeyDictionary()
"""The function that each augmented one with defaults was made of, in the first place."""


def original_function(function: FunctionType) -> FunctionType:
    """The user's function, whose slots its defaults are in, also of augmented primals of augmented primals."""
    of = _OF_FUNCTIONS.get(function)
    return (of() if of is not None else None) or function
