"""Derivatives as IR: what is cloned into a pullback is whole, for every rule and every Python."""

from __future__ import annotations

import math
from typing import Any

import pytest

import bytegrad
from bytegrad.ir.verify import verify
from bytegrad.runtime import registry
from bytegrad.runtime.facts import WorldFacts
from tests.rules.containers.check import check

HALF = 0.5


def all_derivatives() -> list[Any]:
    rules = [rule for known in registry.TABLE.by_callable.values() for rule in known]
    return [f for rule in rules if isinstance(rule, registry.Partials) for f in rule.functions if f is not None]


def test_derivatives_of_all_rules_are_whole() -> None:
    facts = WorldFacts({})
    lifted = [ir for ir in map(facts.derivative, all_derivatives()) if ir is not None]
    assert len(lifted) > 100
    for ir in lifted:
        verify(ir)


def folded(x: float) -> float:
    return x * x * 0.25 if x > 0 else x * math.pi


def test_a_constant_on_one_side_of_a_choice() -> None:
    bytegrad.partials(folded, "x -> y", lambda x: x * HALF if x > 0 else math.pi)

    def f(x: float) -> float:
        return folded(x) * x

    for x in (2.0, -2.0):
        check(f, x)


@pytest.mark.parametrize("x", [1.5, -2.25])
def test_ldexp_within_a_function(x: float) -> None:
    def f(x: float) -> float:
        exponent = int(x) + 3
        return math.ldexp(x, exponent) * x

    check(f, x)
