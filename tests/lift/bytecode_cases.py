"""Functions whose code a decoder or assembler of bytecode easily gets wrong, `bytecode` 0.19 in its default mode too.

They live here and not in the test module because pytest rewrites the asserts of those, which changes the bytecode.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

CASES: dict[str, Callable[[], Any]] = {}


def case(fn: Callable[[], Any]) -> Callable[[], Any]:
    """Add a function without parameters, whose result says what it did."""
    CASES[fn.__name__] = fn
    return fn


def fail_below(limit: int, x: int) -> None:
    if x < limit:
        raise ValueError(x)


@case
def return_through_raising_finally() -> Any:
    # The inlined `finally` runs with the return value on the stack, under the outer handler, which cuts the stack to
    # the loop's iterator: recomputed depths let the iterator and the value change places, which crashes.
    seen: list[Any] = []
    for x in [1, 2, 3, 4]:
        try:
            try:
                return [x], seen
            finally:
                fail_below(3, x)
        except ValueError:
            seen.append(x)
            continue
    return seen


@case
def comprehension_variable_shadows_free_variable() -> Any:
    outer = 5

    def inner(xs: list[int]) -> Any:
        return [get() for get in [lambda: outer for outer in xs]], outer

    return inner([1, 2])


@case
def locals_in_their_original_order() -> Any:
    def inner(a: int) -> Any:
        x, y, z = a, a + 1, a + 2
        return list(locals()), x + y + z

    return inner(2)


@case
def locals_deleted_and_bound_again() -> Any:
    found = []
    for i in range(4):
        if i % 2:
            del kept  # noqa: F821 - bound in the iteration before
        else:
            kept = i
        try:
            found.append(kept)
        except UnboundLocalError as error:
            found.append(type(error).__name__)
    return found


@case
def finally_that_continues_breaks_and_returns() -> Any:
    found = []
    for x in range(6):
        try:
            fail_below(2, x)
            found.append(x)
        except ValueError:
            found.append(-x)
            continue
        finally:
            found.append(10 * x)
            if x == 4:
                break  # noqa: B012 - what is tried here
    return found


@case
def nested_with_that_swallows() -> Any:
    log = []

    @contextlib.contextmanager
    def noted(name: str) -> Iterator[str]:
        log.append(f"in {name}")
        try:
            yield name
        except ValueError as error:
            log.append(f"{name} swallows {error}")
        finally:
            log.append(f"out {name}")

    for x in range(3):
        with noted(f"a{x}") as first, noted(f"b{x}") as second:
            fail_below(2, x)
            log.append(first + second)
    return log


@case
def values_wait_on_the_stack_while_exceptions_are_handled() -> Any:
    def risky(x: int) -> int:
        try:
            fail_below(2, x)
        except ValueError as error:
            return -int(str(error))
        return x

    return [1, 2, risky(0), {3: risky(1)}, (risky(2), *[risky(3) for _ in range(2)])]


@case
def exceptions_in_groups() -> Any:
    found = []
    try:
        raise ExceptionGroup("both", [ValueError(1), KeyError(2), ValueError(3)])
    except* ValueError as group:
        found.append([str(error) for error in group.exceptions])
    except* KeyError as group:
        found.append([repr(error) for error in group.exceptions])
    return found


@case
def generator_left_in_the_middle() -> Any:
    log = []

    def numbers() -> Iterator[int]:
        try:
            for i in range(10):
                try:
                    yield i
                finally:
                    log.append(i)
        finally:
            log.append("closed")

    running = numbers()
    first = next(running), next(running)
    running.close()
    return first, log


@case
def more_than_256_locals_and_constants() -> Any:
    names = [f"v{i}" for i in range(300)]
    source = "def wide(x):\n" + "".join(f"    {name} = x + {i}.5\n" for i, name in enumerate(names))
    source += "    if x > 2:\n        " + names[-1] + " *= 2\n    return " + " + ".join(names)
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    return namespace["wide"](1.0), namespace["wide"](3.0)


@case
def jump_over_more_than_64_kilobytes() -> Any:
    body = "".join(f"        y = y * x + {i}.0\n" for i in range(4000))
    namespace: dict[str, Any] = {}
    exec(f"def far(x):\n    y = 0.0\n    for _ in range(2):\n{body}    return y\n", namespace)
    return namespace["far"](0.5)
