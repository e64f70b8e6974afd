"""Emits the short ways of calls and attributes: what the runtime found for the same types a moment ago.

A *site* stands for one instruction.  Its entry says for which callee or type, and in which differentiation, the short
way is right; emitted code looks at it and, where it fits, does what the runtime would have it do.  Else it asks the
runtime, which may set the entry.  An entry is one tuple that is read at once: other threads have the same sites.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType, ModuleType
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakValueDictionary

from bytecode import Label

from bytegrad.adjoint.known import call_operands, callee_of, type_of
from bytegrad.codegen.quiet import forget_quiet
from bytegrad.cpython import CURRENT
from bytegrad.ir.nodes import Instr, Value

if TYPE_CHECKING:
    from bytegrad.codegen.primal import PrimalEmitter
    from bytegrad.codegen.ways import Ways


class Site:
    """What is remembered at one instruction.

    `untyped` are the operands whose types have to be looked at; `makes` says that it was made for a class.
    """

    __slots__ = ("__weakref__", "entry", "makes", "untyped")

    def __init__(self, width: int, untyped: tuple[int, ...] = (), makes: bool = False) -> None:
        self.untyped, self.makes = untyped, makes
        self.entry: tuple[Any, ...] = (None,) * (width + len(untyped))
        AllSites.sites[id(self)] = self


class AllSites:
    """All sites, by `id`; whether any has an entry; `epoch` counts how often what they rely on has changed.

    There is no lock: a finalizer, which runs anywhere, may make sites in the thread that would hold it.
    """

    sites: ClassVar[WeakValueDictionary[int, Site]] = WeakValueDictionary()
    noted = False
    epoch = 0


def note(site: Site, *entry: Any) -> None:
    """Set the entry of a site."""
    AllSites.noted = True
    site.entry = entry


def forget_sites() -> None:
    """Something that short ways rely on has changed: a rule, a class or the code of a function."""
    AllSites.epoch += 1
    forget_quiet()
    if AllSites.noted:
        AllSites.noted = False
        for ref in AllSites.sites.valuerefs():
            site = ref()
            if site is not None:
                site.entry = (None,) * len(site.entry)


CALL, ATTRIBUTE, STORE = 4, 4, 2
"""Widths of entries, without types: ``(token, callee, augmented, how)``, ``(token, type, reversal, getter)`` and
``(token, type)``.

`how` says how the operands fill the parameters, if not in order; `getter` is what reads a property, else None.  The
entry of a method's call also has the owner's type.
"""


def leave_no_step(e: Ways, instr: Instr) -> None:
    """An exception handler finds the step that was under way in ``$n``: on the short way there is none."""
    if e.lifted.handler(instr.origin) is not None:
        e.asm.const(None)
        e.asm.store("$n")


def open_site(e: PrimalEmitter, instr: Instr, site: Site, slow: Label) -> None:
    """Take the entry apart, into ``$t``, ``$k``, ... ; it has to be of this differentiation."""
    asm = e.asm
    leave_no_step(e, instr)
    asm.const(site)
    asm.emit("LOAD_ATTR", CURRENT.attribute("entry"))
    asm.emit("UNPACK_SEQUENCE", len(site.entry))
    for name in ("$t", "$k", "$h", "$q", "$w")[: len(site.entry) - len(site.untyped)]:
        asm.store(name)
    for index in site.untyped:
        asm.store(f"$k{index}")
    asm.load("$t")
    asm.load("$ctx")
    asm.emit("LOAD_ATTR", CURRENT.attribute("token"))
    _must_be_same(e, slow)


def _must_be_same(e: PrimalEmitter, slow: Label) -> None:
    e.asm.emit("IS_OP", 0)
    e.asm.jump_if("false", slow)


def must_be_of_type(e: PrimalEmitter, name: str, kind: str, slow: Label) -> None:
    """Go to `slow` unless what is in `name` is of the exact type in `kind`."""
    e.asm.call_const(type, name)
    e.asm.load(kind)
    _must_be_same(e, slow)


# attributes -------------------------------------------------------------------------------------------------


def load_attribute(
    e: PrimalEmitter, code: Any, instr: Instr, ask: Callable[[Site], None], pair: Label, end: Label
) -> None:
    """``owner.name``, with the owner on the stack: its value at `end`, or a pair at `pair`."""
    asm, site, slow = e.asm, Site(ATTRIBUTE), Label()
    asm.store("$o")
    _load_of_array(e, instr, end)
    open_site(e, instr, site, slow)
    must_be_of_type(e, "$o", "$k", slow)
    if instr.op == "getattr":
        _read_property(e, pair)
    asm.load("$o")
    asm.emit("LOAD_ATTR", CURRENT.attribute(instr.static))
    if instr.op == "getattr" and instr in e.storage.records:
        _slot_record(e, instr)
    elif instr in e.storage.records:
        asm.const(None)
        e.store_record(instr)
    asm.jump(end)
    asm.place(slow)
    asm.load("$o")
    asm.emit("BUILD_TUPLE", 1)
    ask(site)


def _read_property(e: PrimalEmitter, pair: Label) -> None:
    """If the attribute is a property: what its getter, ``$q``, gives."""
    asm, stored = e.asm, Label()
    asm.load("$q")
    asm.jump_if("none", stored)
    asm.call_const_local("$q", "$ctx", "$o")
    asm.jump(pair)
    asm.place(stored)


def _load_of_array(e: PrimalEmitter, instr: Instr, end: Label) -> None:
    """``$o.name`` where ``$o`` is an array and the attribute a method, a constant or a view: there is no record."""
    asm, other = e.asm, Label()
    if not e.runtime.of_array(instr.static):
        return
    asm.call_const(type, "$o")
    asm.const(e.runtime.array)
    asm.emit("IS_OP", 0)
    asm.jump_if("false", other)
    leave_no_step(e, instr)
    asm.load("$o")
    asm.emit("LOAD_ATTR", CURRENT.attribute(instr.static))
    if instr in e.storage.records:
        asm.const(None)
        e.store_record(instr)
    asm.jump(end)
    asm.place(other)


def _slot_record(e: PrimalEmitter, instr: Instr) -> None:
    """The record of the slot that was read, where its reversal is known."""
    asm, absent = e.asm, Label()
    asm.load("$h")
    asm.emit("COPY", 1)
    asm.jump_if("none", absent)
    asm.load("$o")
    asm.const(instr.static)
    asm.const(1)
    asm.emit("BUILD_TUPLE", 4)
    asm.place(absent)
    e.store_record(instr)


def store_attribute(e: PrimalEmitter, code: Any, instr: Instr, ask: Callable[[Site], None], end: Label) -> None:
    """``owner.name = value``, with the value and the owner on the stack."""
    asm, site, slow = e.asm, Site(STORE), Label()
    asm.store("$o")
    open_site(e, instr, site, slow)
    must_be_of_type(e, "$o", "$k", slow)
    asm.load("$o")
    asm.emit("STORE_ATTR", instr.static)
    if instr in e.storage.records:
        asm.const(e.runtime.stored)
        asm.load("$o")
        asm.const(instr.static)
        asm.const(2)
        asm.emit("BUILD_TUPLE", 4)
        e.store_record(instr)
    asm.jump(end)
    asm.place(slow)
    asm.load("$o")
    asm.emit("SWAP", 2)
    asm.emit("BUILD_TUPLE", 2)
    ask(site)


# calls ------------------------------------------------------------------------------------------------------


def call(
    e: PrimalEmitter, instr: Instr, ask: Callable[[Site], None], pair: Label, end: Label, take_callee: Any
) -> None:
    """A call of a Python function: the arguments are on the stack, over the callee.

    There is a pair on the stack at `pair`, or the value alone at `end`.
    """
    asm, slow = e.asm, Label()
    operands = instr.args[2:] if instr.op == "call_method" else instr.args[1:]
    untyped = tuple([index for index, operand in enumerate(operands) if type_of(operand) is None])
    # What an ``__init__`` had done when an exception left it, a handler finds by the long way only.
    makes = isinstance(callee_of(instr, e.found), type) and e.lifted.handler(instr.origin) is None
    makes = makes and instr.op == "call"
    bound = instr.op == "call_method"
    site = Site(CALL + bound, untyped, makes)
    for index in reversed(range(len(operands))):
        asm.store(f"$p{index}")
    take_callee()
    open_site(e, instr, site, slow)
    if bound:
        asm.call_const(type, "$f")
        asm.const(MethodType)
        _must_be_same(e, slow)
        asm.load("$f")
        asm.emit("LOAD_ATTR", CURRENT.attribute("__self__"))
        asm.store("$o")
        must_be_of_type(e, "$o", "$w", slow)
    asm.load("$f")
    if bound:
        asm.emit("LOAD_ATTR", CURRENT.attribute("__func__"))
    asm.load("$k")
    _must_be_same(e, slow)
    for index in untyped:
        must_be_of_type(e, f"$p{index}", f"$k{index}", slow)
    if makes:
        asm.call_const(object.__new__, "$f")
        asm.store("$o")
    asm.callee(lambda: asm.load("$h"))
    asm.load("$ctx")
    if makes or bound:
        asm.load("$o")
    for index in range(len(operands)):
        asm.load(f"$p{index}")
    asm.call(1 + makes + bound + len(operands), instr.static or ())
    if makes:
        _made(e, instr, pair, end)
    else:
        _arranged(e, instr, pair, end)
    asm.place(slow)
    for index in range(len(operands)):
        asm.load(f"$p{index}")
    asm.emit("BUILD_TUPLE", len(operands))
    ask(site)


def _arranged(e: PrimalEmitter, instr: Instr, pair: Label, end: Label) -> None:
    """The pair of a function is on the stack: the record says how the operands filled its parameters."""
    asm = e.asm
    if instr not in e.storage.records:
        asm.jump(pair)
        return
    asm.load("$q")
    asm.jump_if("none", pair)
    asm.emit("UNPACK_SEQUENCE", 2)
    wrapped(e, e.runtime.reverse_arranged, "$q")
    e.store_record(instr)
    asm.jump(end)


def wrapped(e: PrimalEmitter, reversal: Any, *more: str) -> None:
    """The record on the stack, unless it is None, becomes part of another: ``(reversal, record, *more)``."""
    asm, absent = e.asm, Label()
    asm.emit("COPY", 1)
    asm.jump_if("none", absent)
    asm.const(reversal)
    asm.emit("SWAP", 2)
    for name in more:
        asm.load(name)
    asm.emit("BUILD_TUPLE", 2 + len(more))
    asm.place(absent)


def _made(e: PrimalEmitter, instr: Instr, pair: Label, end: Label) -> None:
    """The pair of an ``__init__`` is on the stack: the value is the object in ``$o``."""
    asm, wrong, in_order = e.asm, Label(), Label()
    asm.store("$a")
    asm.load("$a")
    asm.emit("UNPACK_SEQUENCE", 2)
    asm.store("$t")
    asm.jump_if("not_none", wrong)
    asm.load("$t")
    asm.jump_if("none", wrong)
    asm.load("$o")
    if instr in e.storage.records:
        asm.load("$q")
        asm.jump_if("none", in_order)
        asm.load("$t")
        wrapped(e, e.runtime.reverse_arranged, "$q")
        asm.store("$t")
        asm.place(in_order)
        asm.const(e.runtime.reverse_made)
        asm.load("$t")
        asm.load("$o")
        asm.emit("BUILD_TUPLE", 3)
        e.store_record(instr)
    asm.jump(end)
    asm.place(wrong)
    asm.call_const(e.runtime.constructed, "$o", "$a")
    asm.jump(pair)


MOST_ARGUMENTS = 8


def has_short_way(e: PrimalEmitter, code: Any, instr: Instr) -> bool:
    """Whether an instruction may have a site."""
    if instr.origin < 0:
        return False
    if instr.op in ("getattr", "load_method"):
        return code.name in ("LOAD_ATTR", "LOAD_METHOD") and not _is_module(e, instr.args[0])
    if instr.op == "setattr":
        return bool(code.name == "STORE_ATTR")
    if instr.op == "call" or (instr.op == "call_method" and not _is_module(e, instr.args[1])):
        operands = call_operands(instr, e.found)
        return code.name in ("CALL", "CALL_KW") and len(operands) <= MOST_ARGUMENTS
    return False


def _is_module(e: PrimalEmitter, owner: Any) -> bool:
    return isinstance(owner, Value) and isinstance(e.found.fixed.get(owner), ModuleType)
