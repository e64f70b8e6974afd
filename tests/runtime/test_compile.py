"""What compiled code takes as fixed is looked at when it is used again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import bytegrad

SCALES = [2, 3, [4.0], 5.0, True, 6]
scale: Any = 1.0


def scaled(x: float) -> float:
    return x * (scale[0] if isinstance(scale, list) else scale)


@pytest.mark.parametrize("way", ["gradient", "grad"])
def test_a_global_of_another_type_at_the_next_call(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ways: dict[str, Callable[[float], Any]] = {
        "gradient": lambda x: bytegrad.gradient(scaled, x)[0],
        "grad": bytegrad.grad(scaled),
    }
    for value in SCALES:
        monkeypatch.setitem(globals(), "scale", value)
        for _ in range(2):
            assert ways[way](1.5) == (value[0] if isinstance(value, list) else value)
