"""What the adjoint is told about the world: the seam through which rules and values come down to this floor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from bytegrad.ir.nodes import Function


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

    def is_inert(self, value: Any) -> bool:
        """Whether attributes of a constant are tuples without any cotangent."""

    def operator(self, op: str) -> Any:
        """The callable that an arithmetic operation of the IR stands for."""

    def derivative(self, function: Callable[..., Any]) -> Function | None:
        """The IR of a derivative, if it is one block of pure operations."""
