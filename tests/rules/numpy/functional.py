"""The rules that can be run without the engine: those that say how a call is resolved need a context."""

from __future__ import annotations

from typing import Any

from bytegrad.runtime import registry


def functional_rules(target: Any) -> list[Any]:
    """The rules of `target`, the latest first, without resolvers and primitives."""
    engine = (registry.Resolver, registry.Primitive)
    return [rule for rule in registry.lookup(target) if not isinstance(rule, engine)]
