"""The middle stages on IR that is written down, without code objects."""

from __future__ import annotations

from typing import Any

from bytegrad.adjoint.analysis import analyse, specialise
from bytegrad.adjoint.known import Analysis
from bytegrad.adjoint.reverse import reverse
from bytegrad.adjoint.storage import Storage, definitions
from bytegrad.codegen.allocate import remove_unused
from bytegrad.ir.graph import in_cycle, rpo
from bytegrad.ir.nodes import Function
from bytegrad.ir.parse import parse
from bytegrad.ir.passes.fold_zeros import fold_zeros
from bytegrad.ir.passes.thread_jumps import thread_jumps
from bytegrad.ir.verify import verify
from bytegrad.runtime.compile import RUNTIME
from bytegrad.runtime.facts import WorldFacts

Types = tuple[type | None, ...]


def analysed(text: str, types: Types, namespace: dict[str, Any] | None = None) -> tuple[Analysis, WorldFacts]:
    """The analysed function of `text`, all of whose arguments are active."""
    function = parse(text)
    verify(function)
    function.blocks = rpo(function)
    facts = WorldFacts(namespace or {}, operations=RUNTIME.generic)
    found = specialise(function, function.blocks, facts, types)
    return analyse(found, facts, (True,) * len(types)), facts


def reversed_ir(text: str, types: Types, namespace: dict[str, Any] | None = None) -> tuple[Function, Storage]:
    """The pullback of the function of `text` in the form in which it is emitted, and the layout of its record."""
    found, facts = analysed(text, types, namespace)
    storage = Storage(in_cycle(found.function), definitions(found.function.blocks))
    pullback = reverse(found, storage, facts)
    verify(pullback)
    fold_zeros(pullback)
    remove_unused(pullback)
    thread_jumps(pullback)
    pullback.blocks = rpo(pullback)
    verify(pullback)
    return pullback, storage
