from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bytegrad.rules.polyfills.sources import is_in_c, source_of
from tests.rules.polyfills.watch import Log, Watched, WatchedSource


class OldProtocol:
    def __getitem__(self, index: int) -> int:
        if index > 2:
            raise IndexError
        return index


class Generated:
    def __iter__(self) -> Any:
        yield from (0, 1, 2)


class Delegating:
    def __iter__(self) -> Any:
        return iter([0, 1, 2])


def makers() -> list[Any]:
    return [
        [0, 1, 2],
        (0, 1, 2),
        range(3),
        {0: "a", 1: "b", 2: "c"},
        {"a": 0, "b": 1, "c": 2}.values(),
        np.arange(3),
        iter([0, 1, 2]),
        (x for x in range(3)),
        OldProtocol(),
        Generated(),
        Delegating(),
        Watched([], "xs", [0, 1, 2]),
        WatchedSource([], "xs", [0, 1, 2]),
        map(int, "012"),
    ]


@pytest.mark.parametrize("case", range(len(makers())))
def test_items(case: int) -> None:
    assert [int(item) for item in source_of(makers()[case])] == [0, 1, 2]


@pytest.mark.parametrize("value", [1, None, np.array(1.0), object()], ids=repr)
def test_errors_come_at_once(value: Any) -> None:
    with pytest.raises(TypeError):
        source_of(value)


@pytest.mark.parametrize("kind", [Watched, WatchedSource])
def test_python_code_is_asked_once_and_at_once(kind: Any) -> None:
    log: Log = []
    source = source_of(kind(log, "xs", [1]))
    assert log == [("iter", "xs")]
    assert list(source) == [1]
    assert log.count(("iter", "xs")) == 1


def test_what_runs_in_c() -> None:
    assert is_in_c([], "__iter__")
    assert is_in_c(1, "__iter__")
    assert not is_in_c(Generated(), "__iter__")
