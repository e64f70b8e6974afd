"""HIPS autograd on the same programs, where it can run them."""

from __future__ import annotations

import importlib.util
import types
from collections.abc import Callable
from typing import Any

from tools.bench.programs import Program


def autograd_call(program: Program) -> Callable[[], Any] | None:
    """A call that computes value and gradient with autograd; None if it is not installed.

    The program's module is loaded once more with `math` and `np` replaced by autograd's own: `math.sin` cannot take its
    boxes.
    """
    if importlib.util.find_spec("autograd") is None:
        return None
    import autograd  # noqa: PLC0415 - optional, and slow to import

    fn = getattr(_programs_for_autograd(program.fn.__module__), program.fn.__name__)
    constants = program.args[program.active :]
    value_and_grad = autograd.value_and_grad(lambda active: fn(*active, *constants))
    active = program.args[: program.active]
    return lambda: value_and_grad(active)


def _programs_for_autograd(name: str) -> types.ModuleType:
    import autograd.numpy as anp  # noqa: PLC0415
    import autograd.scipy.special  # noqa: PLC0415

    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # A dataclass asks sys.modules for its module, which is here under the name of the original.
    spec.loader.exec_module(module)
    functions = {name: getattr(anp, name) for name in ("sin", "cos", "exp", "log", "sqrt", "pi")}
    module.__dict__["np"] = anp
    module.__dict__["math"] = types.SimpleNamespace(**functions, atan2=anp.arctan2, erf=autograd.scipy.special.erf)
    return module
