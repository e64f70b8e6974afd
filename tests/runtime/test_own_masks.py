"""Masks and indices that are written through themselves, or change after they were used."""

from array import array
from collections import deque

import numpy as np
import pytest

from bytegrad import withgradient
from bytegrad.testing import check_gradient


def narrowed(y, narrow):
    """Newton's method for cube roots, of the elements that are not there yet."""
    x, left = np.ones(4), np.ones(4, bool)
    for _ in range(6):
        x[left] -= (x[left] ** 3 - y[left]) / (3.0 * x[left] ** 2)
        narrow(left, np.abs(x**3 - y) > 1e-2)
        if not left.any():
            break
    return np.sum(x * np.arange(1.0, 5.0))


def by_itself(left, wrong):
    left[left] = wrong[left]


def by_a_view(left, wrong):
    left[:][left[:]] = wrong[left]


def by_and(left, wrong):
    left[left] &= wrong[left]


def by_number(left, wrong):
    left[(left,)] = wrong[left]


def by_copyto(left, wrong):
    np.copyto(left, wrong, where=left)


def by_putmask(left, wrong):
    np.putmask(left, left, wrong)


def by_place(left, wrong):
    np.place(left, left, wrong[left])


def by_out(left, wrong):
    np.logical_and(left, wrong, out=left, where=left)


@pytest.mark.parametrize(
    "narrow",
    [by_itself, by_a_view, by_and, by_number, by_copyto, by_putmask, by_place, by_out],
    ids=lambda f: f.__name__,
)
def test_a_mask_narrows_itself(narrow):
    y = np.array([1.0, 2.0, 5.0, 11.0])
    check_gradient(lambda y: narrowed(y, narrow), y)
    assert withgradient(narrowed, y, narrow).val == narrowed(y, narrow)


def test_indices_are_turned_through_themselves():
    def turned(y):
        order, x = np.array([1, 2, 0]), np.ones(3)
        for _ in range(4):
            x[order[:2]] = x[order[:2]] * y[order[1:]]
            order[order] = order[[1, 2, 0]]
        return np.sum(x * [1.0, 2.0, 3.0])

    check_gradient(turned, np.array([1.5, 2.0, 3.0]))


KINDS = {
    "list": list,
    "array": np.array,
    "array.array": lambda items: array("l", items),
    "deque": deque,
    "memoryview": lambda items: memoryview(array("l", items)),
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_key_changes_after_it_was_used(kind):
    def changed(y):
        key, x = kind([0, 2]), np.ones(3)
        x[key] = y[key] * x[key]
        key[0] = 1
        x[key] = y[key] * x[key]
        return np.sum(x**2)

    check_gradient(changed, np.array([1.5, 2.0, 3.0]))
