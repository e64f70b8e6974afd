"""Checks of gradients and rules, for users: everything here rests on values alone, not on bytegrad's own rules."""

from bytegrad.testing.gradients import check_gradient
from bytegrad.testing.rules import check_rule

__all__ = ["check_gradient", "check_rule"]
