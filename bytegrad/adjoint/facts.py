"""What the adjoint is told about the world: the seam through which rules and values come down to this floor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Protocol

from bytegrad.ir.nodes import Function


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """What a call leads to: a Python function that was compiled along with its caller."""

    function: FunctionType
    augmented: FunctionType
    gives_float: bool
    """Whether what it returns is a float."""
    names: tuple[tuple[str, Any], ...]
    """Globals that its code takes for what they are."""
    kinds: tuple[tuple[str, type], ...]
    """Globals that its code takes for numbers or texts of these types."""
    reliance: Any
    """Its `holds` says whether the rules that its code relies on are what they were."""


class Facts(Protocol):
    """Answers about callables and names; `runtime.facts` gives them."""

    namespace: dict[str, Any]
    """The globals of the function at hand."""

    def handles(self, op: str) -> bool:
        """Whether the runtime has a function for the operation `op`."""

    def partials(self, callee: Any) -> tuple[tuple[str, ...], str, tuple[Callable[..., Any] | None, ...]] | None:
        """Inputs, output and derivatives of an elementwise `callee`; None if it has no such rule."""

    def constant(self, callee: Any) -> bool:
        """Whether results of `callee` carry no derivative information."""

    def is_own(self, callee: Any) -> bool:
        """Whether no rule of the user's gives the result of calls of `callee`."""

    def ignores(self, callee: Any) -> bool:
        """Whether `callee` is the function that gives managers of blocks which are not differentiated."""

    def result_type(self, callee: Any, types: Sequence[type | None]) -> type | None:
        """The exact type of ``callee(*args)`` for arguments of these exact types, where it is certain."""

    def global_value(self, name: str) -> Any:
        """The object behind a global or builtin name that may be taken as fixed; raises KeyError."""

    def global_type(self, name: str) -> type | None:
        """The exact type of a number behind a global name, if its module never rebinds it."""

    def attribute(self, owner: Any, name: str) -> Any:
        """The value of an attribute of a fixed module; raises AttributeError."""

    def is_slot(self, kind: type | None, name: str, written: bool) -> bool:
        """Whether an attribute of objects of exactly this class is one of theirs, that no code runs for."""

    def is_method_of_list(self, name: str) -> bool:
        """Whether a method of lists has no rule but ours."""

    def bound(self, callee: Any, types: Sequence[type | None]) -> Bound | None:
        """What a call of a Python function leads to that is compiled along with the caller."""

    def is_inert(self, value: Any) -> bool:
        """Whether attributes of a constant are tuples without any cotangent."""

    def operator(self, op: str) -> Any:
        """The callable that an arithmetic operation of the IR stands for."""

    def derivative(self, function: Callable[..., Any]) -> Function | None:
        """The IR of a derivative, if it is one block of pure operations."""
