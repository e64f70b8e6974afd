"""Runs the tests of one module, plainly or under the transform, and writes one line of JSON for each event.

``python -m tools.conformance.worker MODULE plain|transformed SKIP`` where SKIP is a file with the names of tests that
have been run already.  Only the body of a test goes through the transform; fixtures and the runner are left alone.
"""

from __future__ import annotations

import collections
import importlib
import inspect
import io
import json
import os
import sys
import tempfile
import unittest
import unittest.async_case
import warnings
from collections.abc import Callable, Iterator
from doctest import DocTestCase
from pathlib import Path
from typing import Any

from tools.conformance.catalogue import tags_of

Emit = Callable[..., None]


class Outcomes(unittest.TestResult):
    """Tells of each test what came of it; of several outcomes, as of subtests, the worst."""

    ORDER = ("pass", "expected failure", "skip", "unexpected success", "fail", "error")

    def __init__(self, emit: Emit, names: dict[int, str]) -> None:
        super().__init__()
        self.emit, self.names = emit, names
        self.outcome, self.message = "pass", ""

    def startTest(self, test: Any) -> None:
        super().startTest(test)
        self.outcome, self.message = "pass", ""
        self.emit(begin=self.names[id(test)])

    def stopTest(self, test: Any) -> None:
        super().stopTest(test)
        self.emit(end=self.names[id(test)], outcome=self.outcome, message=self.message, tags=_tags(test))

    def _note(self, outcome: str, error: Any = None) -> None:
        if self.ORDER.index(outcome) > self.ORDER.index(self.outcome):
            self.outcome, self.message = outcome, "" if error is None else _message(error)

    def addError(self, test: Any, err: Any) -> None:
        self._note("error", err)

    def addFailure(self, test: Any, err: Any) -> None:
        self._note("fail", err)

    def addSkip(self, test: Any, reason: str) -> None:
        self._note("skip")

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        self._note("expected failure")

    def addUnexpectedSuccess(self, test: Any) -> None:
        self._note("unexpected success")

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err is not None:
            self._note("fail" if issubclass(err[0], test.failureException) else "error", err)


def _message(error: Any) -> str:
    try:
        return f"{error[0].__name__}: {error[1]}"[:500]
    except Exception:
        return str(error[0].__name__)


def _tags(test: Any) -> list[str]:
    try:
        return tags_of(inspect.getsource(inspect.unwrap(getattr(type(test), test._testMethodName))))
    except (OSError, TypeError, AttributeError):
        return []


def tests_of(suite: Any) -> Iterator[unittest.TestCase]:
    """All tests of a suite, at any depth, but for doctests: their examples are no functions."""
    for test in suite:
        if isinstance(test, unittest.BaseTestSuite):
            yield from tests_of(test)
        elif not isinstance(test, DocTestCase):
            yield test


def transform_bodies(emit: Emit) -> None:
    """From now on, test methods are run by `bytegrad.pullback`, with every callee transformed."""
    import bytegrad  # noqa: PLC0415 - a plain run does without

    def call(self: Any, method: Any) -> None:
        limit = sys.getrecursionlimit()
        with bytegrad.debug(transform_all=True) as seen:
            try:
                bytegrad.pullback(method)
            finally:
                sys.setrecursionlimit(limit)  # a test that fails to restore it is one failure, not many
                emit(transformed=seen.transformed)

    def call_in_loop(self: Any, method: Any) -> None:
        if inspect.iscoroutinefunction(method):
            self._callMaybeAsync(_awaited(method))
        else:
            self._callMaybeAsync(lambda: call(self, method))

    def _awaited(method: Any) -> Any:
        async def body() -> None:
            with bytegrad.debug(transform_all=True):
                await bytegrad.pullback(method)[0]

        return body

    unittest.TestCase._callTestMethod = call  # type: ignore[attr-defined]
    unittest.async_case.IsolatedAsyncioTestCase._callTestMethod = call_in_loop  # type: ignore[attr-defined]


def run(module: str, mode: str, done: set[str], emit: Emit) -> None:
    """Run what is left of a module."""
    from test import support  # noqa: PLC0415 - not every Python comes with its tests

    support.use_resources = ["subprocess"]
    support.verbose = 0
    if mode == "transformed":
        transform_bodies(emit)
    try:
        suite = unittest.TestLoader().loadTestsFromModule(importlib.import_module(f"test.{module}"))
    except unittest.SkipTest as error:
        emit(skipped=str(error))
        return
    names: dict[int, str] = {}
    count: collections.Counter[str] = collections.Counter()
    kept = unittest.TestSuite()
    for test in tests_of(suite):
        name = test.id().removeprefix("test.")
        count[name] += 1
        name = name if count[name] == 1 else f"{name}#{count[name]}"
        if name not in done:
            names[id(test)] = name
            kept.addTest(test)
    kept.run(Outcomes(emit, names))
    emit(finished=True)


def main() -> None:
    """The command."""
    module, mode, skip = sys.argv[1:]
    out = os.fdopen(os.dup(1), "w", buffering=1)
    done = set(json.loads(Path(skip).read_text()))
    os.chdir(tempfile.mkdtemp(prefix="conformance_"))
    sys.stdout = io.StringIO()
    warnings.simplefilter("default")
    exec(os.environ.get("CONFORMANCE_PRELUDE", ""), {})
    run(module, mode, done, lambda **event: print(json.dumps(event), file=out))
    out.flush()
    os._exit(0)  # threads that a test has left behind do not keep the process


if __name__ == "__main__":
    main()
