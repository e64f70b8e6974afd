"""What is not differentiated says so: no construct may give a wrong gradient in silence."""

from __future__ import annotations

import json
import pickle
import threading
from typing import Any

import pytest

import bytegrad
from tests.corpus.classes import class_made_inside


def through_text(x: float) -> float:
    return float(str(x)) * 2


def through_format(x: float) -> float:
    return float(f"{x}") * 2


def through_pickle(x: float) -> float:
    return pickle.loads(pickle.dumps(x)) * 2


def through_json(x: float) -> float:
    return float(json.dumps(x))


def through_a_list_in_json(x: float) -> float:
    return json.loads(json.dumps([x, 2.0]))[0] * 2.0


def through_locals(x: float) -> float:
    y = x * x
    return locals()["y"] + y * 0


def through_eval(x: float) -> float:
    return eval("x * 2")


def through_eval_of_a_namespace(x: float) -> float:
    return eval("y * 2", {"y": x})


def through_a_thread(x: float) -> float:
    out: list[float] = []
    thread = threading.Thread(target=lambda: out.append(x * x))
    thread.start()
    thread.join()
    return out[0]


def through_a_coroutine(x: float) -> float:
    async def double() -> float:
        return 2 * x

    running = double()
    try:
        running.send(None)
    except StopIteration as stop:
        return stop.value
    return 0.0


REFUSED = (
    through_text,
    through_format,
    through_pickle,
    through_json,
    through_a_list_in_json,
    through_locals,
    through_eval,
    through_eval_of_a_namespace,
    through_a_thread,
    through_a_coroutine,
    class_made_inside,
)


@pytest.mark.parametrize("fn", REFUSED, ids=lambda fn: fn.__name__)
def test_it_is_refused_by_an_error_of_ours(fn: Any) -> None:
    with pytest.raises((bytegrad.NoRuleError, bytegrad.UnsupportedError)) as refusal:
        bytegrad.gradient(fn, 1.3)
    assert refusal.value.fixes
