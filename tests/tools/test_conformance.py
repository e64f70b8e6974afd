"""CPython's own tests under the transform: the reduced run, and that it would find a broken transform."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tools.conformance.__main__ import report
from tools.conformance.catalogue import GROUPS, REDUCED, known_reason, modules_of, tags_of
from tools.conformance.compare import Comparison, Mismatch, compare

if find_spec("test") is None or find_spec("test.support") is None:
    pytest.skip("this Python comes without its tests", allow_module_level=True)

WITHOUT_HANDLERS = """
from bytegrad.codegen.primal import PrimalEmitter
emit = PrimalEmitter.emit
PrimalEmitter.emit = lambda self: emit(self).replace(co_exceptiontable=b"")
"""
WITHOUT_TRANSFORM = """
import bytegrad
bytegrad.pullback = lambda f: (f(), None)
"""


@pytest.mark.parametrize("module", REDUCED)
def test_as_in_a_plain_run(module):
    found = compare(module)
    assert not found.problem
    assert found.passing > 0
    assert found.transformed >= found.passing
    assert not found.unexpected
    assert len(found.mismatches) <= 0.1 * found.passing + 1


def test_a_broken_transform_is_found():
    found = compare("test_raise", WITHOUT_HANDLERS)
    assert len(found.unexpected) > 10
    assert report([found]) > 10


def test_no_transform_at_all_is_found():
    found = compare("test_unary", WITHOUT_TRANSFORM)
    assert (found.mismatches, found.transformed) == ([], 0)


def test_a_test_that_ends_the_process_is_a_mismatch_and_the_others_are_run():
    found = compare(
        "test_unary", "import os, bytegrad\nbytegrad.pullback = lambda f: 'test_no_overflow' in str(f) and os._exit(3)"
    )
    assert len(found.mismatches) == 1
    assert found.mismatches[0].outcome.startswith("crash (3)")


def test_the_reduced_run_is_a_part_of_the_full_one():
    assert set(REDUCED) <= set(modules_of(list(GROUPS)))


def test_what_excuses_a_mismatch(capsys):
    assert tags_of("self.assertEqual(1, 1)") == []
    assert tags_of("frame = sys._getframe()") == ["frames"]
    assert known_reason("test_with.Test.test_plain") is None
    excused = Mismatch("test_x.T.test_a", "fail", "", ("frames",))
    other = Mismatch("test_x.T.test_b", "fail", "AssertionError: 1 != 2", ())
    assert report([Comparison("test_x", 3, 5, [excused, other], "", 1.0)]) == 1
    printed = capsys.readouterr().out
    assert "5 functions transformed" in printed
    assert "test_x.T.test_b: fail: AssertionError: 1 != 2" in printed
