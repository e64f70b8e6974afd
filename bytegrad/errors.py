"""The errors that a user can meet: each says what, where, why, and what to do next."""

from __future__ import annotations


class BytegradError(Exception):
    """Base of all errors that bytegrad itself raises.

    `reason` is the first line; `where` is ``(function, file, line)`` of the user's code, if known;
    `fixes` are the ways out, printed last.
    """

    def __init__(
        self,
        reason: str,
        *,
        where: tuple[str, str, int | None] | None = None,
        fixes: str = "",
    ) -> None:
        self.reason = reason
        self.where = where
        self.fixes = fixes
        super().__init__(self._text())

    def _text(self) -> str:
        lines = [self.reason]
        if self.where is not None:
            function, filename, line = self.where
            lines.append(f"  in {function}, {filename}:{line if line is not None else '?'}")
        if self.fixes:
            lines.append(f"  Possible fixes: {self.fixes}")
        return "\n".join(lines)


class UnsupportedError(BytegradError):
    """A construct of the language that cannot be transformed."""


class NoRuleError(BytegradError):
    """An active value entered a function that has no derivative rule and no Python code."""


class ArgumentError(BytegradError, TypeError):
    """An argument of the differentiation API cannot be used: not callable, not differentiable, unknown."""


class ScalarError(BytegradError, TypeError):
    """`gradient` needs a real scalar result; this function returned something else."""


class SeedError(BytegradError, ValueError):
    """The seed given to a pullback does not fit the primal's result."""


class RuleError(BytegradError, TypeError):
    """A rule returned something that does not fit the call that it is a rule for."""


class NotImplementedRuleError(NoRuleError):
    """A rule has no derivative in one of its arguments, and that derivative was asked for."""


class NotFiniteError(BytegradError, ArithmeticError):
    """A cotangent became infinite or NaN, under ``debug(check_finite=True)``."""


class CheckError(BytegradError, AssertionError):
    """`bytegrad.testing` found a gradient or a rule that differences do not confirm."""
