"""Checks of gradients and rules, for users: everything here rests on values alone, not on bytegrad's own rules."""

from bytegrad.testing.gradients import check_gradient

__all__ = ["check_gradient"]
