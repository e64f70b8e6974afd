"""Type parameters: what C evaluates has no derivative, and says so; that they are there does not matter."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from bytegrad import gradient
from bytegrad.errors import NoRuleError

SOURCE = """
def value(x):
    type Held = {part}
    return Held.__value__{item} * x

def bound(x):
    def f[T: {part}](y): return y * x
    return f.__type_params__[0].__bound__{item} * f(x)

def unused(x):
    type Held = {part}
    def f[T: {part}](y): return y * x
    return f(x) if Held.__value__ and f.__type_params__[0].__bound__ else x
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters are new in 3.12")
@pytest.mark.parametrize("part, item", [("x", ""), ("[x]", "[0]"), ("{'a': [x]}", "['a'][0]")])
def test_what_they_evaluate_is_refused(part: str, item: str) -> None:
    namespace: dict[str, Any] = {}
    exec(SOURCE.format(part=part, item=item), namespace)
    for name in ("value", "bound"):
        with pytest.raises(NoRuleError, match="of a type parameter or alias has a cotangent"):
            gradient(namespace[name], 3.0)
    assert gradient(namespace["unused"], 3.0) == (6.0,)
    assert gradient(lambda x: gradient(namespace["unused"], x)[0], 3.0) == (2.0,)
