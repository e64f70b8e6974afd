"""Functions that read and write arrays in all the ways that the memory model has to get right."""

from __future__ import annotations

import math

import numpy as np

from tests.corpus.declare import case


def spread(n, start=0.3, step=0.37):
    return start + step * np.arange(float(n))


def grid(n, m):
    return np.sin(spread(n * m)).reshape(n, m) + 1.5


# views and reads --------------------------------------------------------------------------------------------


def views_of_views(x):
    y = x[1:].T[::-1][:, ::2]
    return np.sum(y * y) + y[0, 0] * x[1, 2]


def element_loop(x):
    total = 0.0
    for i in range(len(x)):
        total = total + x[i] * x[-i]
    return total


def rows(x):
    total = 0.0
    for i, row in enumerate(x):
        total = total + row.sum() * row[i]
    return total


def unpacked(x):
    a, b, *rest = x
    return a * b + rest[0] ** 2


def fancy_reads(x):
    picked = x[[0, 2, 0]]
    masked = x[x > 0.7]
    return np.sum(picked * picked) + np.sum(masked**3) + np.sum(x[np.array([[0, 1], [1, 1]])] ** 2)


def open_mesh(x):
    return np.sum(x[np.ix_([0, 1], [2, 0])] ** 2)


def index_changed_later(x):
    index = np.array([0, 1])
    y = x[index]
    index[:] = 2
    return np.sum(y * y)


def broadcast_read(x):
    y = np.broadcast_to(x, (3, len(x)))
    return np.sum(y * np.arange(3.0)[:, None])


def sliding_windows(x):
    return np.sum(np.lib.stride_tricks.sliding_window_view(x, 3) ** 2)


def flat_reads(x):
    return sum(v * v for v in x.flat) + x.flat[1] * x.flat[2:].sum()


def enumerated(x):
    total = 0.0
    for index, value in np.ndenumerate(x):
        total = total + value * value * (1 + index[0])
    return total


def iterated(x):
    total = 0.0
    for value in np.nditer(x):
        total = total + float(value) ** 2
    return total


def real_and_imaginary(x):
    z = x[:2] + 1j * x[1:3]
    z.imag[0] *= 3.0
    z.real = z.imag * z.real
    return np.sum(np.abs(z) ** 2)


def buffer(x):
    return np.sum(np.frombuffer(memoryview(x)) ** 2)


# writes -----------------------------------------------------------------------------------------------------


def filled_by_element(x):
    out = np.zeros(len(x))
    out[0] = x[0]
    for i in range(1, len(x)):
        out[i] = out[i - 1] * 0.5 + x[i] * x[i]
    return out.sum()


def overlapping_copies(x):
    y = x * 1.0
    y[1:] = y[:-1]
    y[:-1] += y[1:]
    return np.sum(y * spread(len(y)))


def doubled_in_place(x):
    y = x * x
    y += y
    y *= y
    y -= 0.5 * y
    y /= 2.0 + y
    return np.sum(y)


def power_in_place(x):
    y = x + 1.0
    y **= 2
    y **= x
    return np.sum(y)


def matmul_in_place(x):
    y = x[:2, :2] * 1.0
    y @= x[1:3, :2]
    return np.sum(y * y)


def through_a_view(x):
    y = x * 1.0
    tail = y[1:]
    tail *= tail
    tail[0] = y[0] * 2.0
    y[::2] += 1.0
    return np.sum(y * y)


def last_write_wins(x):
    y = np.zeros(3)
    y[[0, 0, 1]] = x[:3] * 2.0
    return np.sum(y * spread(3))


def masked_writes(x):
    y = x * 2.0
    y[x > 0.7] = x[x > 0.7] ** 2
    y[y < 1.0] *= 3.0
    np.copyto(y, x, where=x > 1.2)
    return np.sum(y * y)


def adds_at(x):
    y = x * x
    np.add.at(y, [0, 0, -1], x[:3])
    np.multiply.at(y, [1, 1], x[0])
    np.subtract.at(y, 2, y[0])
    return np.sum(y * y)


def out_arguments(x):
    y = np.empty_like(x)
    np.multiply(x, x, out=y)
    np.sin(y, y)
    np.add(y, x, y, where=x > 0.7)
    total = np.zeros(())
    np.sum(y, out=total)
    return total * 2.0


def masked_out_arguments(x):
    """Functions with rules of their own, and without a derivative: where the mask is false, the old content stays."""
    mask = np.arange(len(x)) % 2 == 0
    total = 0.0
    for function in (np.conjugate, np.sign, np.floor):
        y = x * 3.0
        function(x, y, where=mask)
        total = total + np.sum(y * spread(len(y)))
    y = x * 2.0
    np.conjugate(x * 1.0, y[::-1])
    fraction, whole = x * 5.0, x * 7.0
    np.modf(x, fraction, whole, where=mask)
    return total + np.sum(y * fraction) + np.sum(whole * spread(len(x)))


def put_and_friends(x):
    y = x * 1.0
    np.put(y, [0, 2], x[1:3] * 2.0)
    np.place(y, y > 1.5, x[:1])
    np.putmask(y, x < 0.5, x * 3.0)
    square = np.outer(y, y)
    np.fill_diagonal(square, x)
    np.put_along_axis(square, np.array([[0], [1], [2], [0]]), x[:, None] * 5.0, 1)
    return np.sum(square * square)


def sorted_and_filled(x):
    y = np.cos(3.0 * x)
    y.sort()
    z = y[::-1] * 1.0
    z.partition(1)
    z[:1].fill(x[0])
    return np.sum(y * spread(len(y))) + z[0] * z[1]


def flat_writes(x):
    y = np.zeros((2, 2))
    y.flat[1] = x[0]
    y.flat = y * 2.0 + x[1]
    y.flat[2:] = x[:1]
    return np.sum(y * y)


def argument_is_changed(x):
    x *= 2.0
    x[0] = x[1] * x[2]
    return np.sum(x * x)


def constant_buffer_reused(x):
    buffer, total = np.zeros(3), 0.0
    for i in range(4):
        buffer[:] = i
        buffer[0] = i * i
        total = total + np.dot(x[:3], buffer) * x[i]
    return total


def heat(x):
    u = x * 1.0
    for _ in range(6):
        u[1:-1, 1:-1] += 0.1 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * u[1:-1, 1:-1])
    return np.sum(u * u)


def undone_by_exception(x):
    y = x * 1.0
    z = y * y
    try:
        y[0] = x[1] * 7.0
        y[99] = 1.0
    except IndexError:
        y[1] = x[0]
    return np.sum(y * z)


def resized(x):
    y = x * 2.0
    y.resize(6, refcheck=False)
    y += np.arange(6.0)
    y.resize((2, 2), refcheck=False)
    return np.sum(y * y)


def shuffled(x):
    rng = np.random.default_rng(3)
    y = x * x
    rng.shuffle(y)
    z = rng.permutation(y[:, None] * np.ones(2))
    w = rng.choice(x, 5) + rng.permuted(x)[0]
    np.random.RandomState(0).shuffle(z)
    return np.sum(z * np.arange(8.0).reshape(4, 2)) + np.sum(w * np.arange(5.0)) + rng.normal() * x[0]


# kinds of arrays --------------------------------------------------------------------------------------------


def zero_dimensional(x):
    y = np.sum(x * x, keepdims=True)[0, ...]
    y *= 2.0
    return float(y) * y.item() + math.sin(y)


def scalars(x):
    s = np.float64(x[0])
    t = np.float64(2.0) * s + x[1].sum()
    return float(t * t) + t.item()


def from_a_list(x):
    return np.sum(np.array([v * v for v in x]) * np.array([[1.0, 2.0, 3.0, 4.0], [x[0], 0.0, x[1], 1.0]]))


def to_a_list(x):
    return sum(v * i for i, v in enumerate((x * x).tolist()))


def of_objects(x):
    y = np.array([x[0], x[1] * 2.0, [x[2]]], dtype=object)
    y[1] = y[1] * y[0]
    return y[1] + y[2][0] ** 2


def tuples_in_objects(x):
    y = np.empty(2, dtype=object)
    y[0] = (x[0] * x[1], [x[2] ** 2])
    y[1] = y[0]
    made = np.array([(x[0], 1.0), None], dtype=object)
    squares = np.frompyfunc(lambda v: (v * v, v), 1, 1)(x)
    listed = y[:1].copy().tolist()[0][0] * y.item(1)[1][0] + sum(square * v for square, v in squares)
    return y[1][0] * y[0][1][0] + listed + made[0][0] * squares[1][0]


def fields(x):
    table = np.zeros(4, dtype=[("a", float), ("n", np.int32), ("b", float)])
    table["a"] = x
    table["b"][1:] = x[1:] * table["a"][:-1]
    table["n"] = 3
    return np.sum(table["a"] * table["b"] * table["n"])


def vectorized(x):
    return np.sum(np.vectorize(lambda a, b: math.sin(a) * b if a > 0.7 else b)(x, x[::-1]))


def along_axis(x):
    return np.sum(np.apply_along_axis(lambda row: row * row.sum(), 1, x))


def fortran(x):
    y = np.asfortranarray(x)
    z = y.T[1:] * 2.0
    z[0] += y[:, 1]
    return np.sum(z * z)


def shape_set_in_place(x):
    y = x * 2.0
    z = y * y
    y.shape = (2, 2)
    y[0] *= y[1]
    part = x[:2]
    part.shape = (2, 1)
    y.shape = 4
    return np.sum(y * z) + np.sum(part * part)


class Tagged(np.ndarray):
    pass


def subclass(x):
    y = x.view(Tagged)
    return float(np.sum(y * y * 2.0))


def subclass_in_place(x):
    y = (x * 1.0).view(Tagged)
    y += x
    y *= y
    y[0] += 2.0 * y[1]
    y[1:] = y[:-1]
    return float(np.sum(y * y))


def matrices(x):
    m = np.matrix(x)
    m = m * m.T
    m += m.T
    m[0, 0] *= 3.0
    return float(np.sum(m, axis=0)[0, 1] + m.mean())


def masked_in_place(x):
    m = np.ma.array(x * 1.0, mask=[False, True, False, False])
    m += x
    m *= 2.0
    m[0] = m[2] * x[1]
    return float(m.sum() + m.filled(x[0])[1])


def masked_array(x):
    m = np.ma.array(x, mask=[False, True, False, False])
    return float(np.ma.sum(m * m))


CASES = (
    case(views_of_views, grid(3, 4)),
    case(element_loop, spread(4)),
    case(rows, grid(3, 4)),
    case(unpacked, spread(3)),
    case(fancy_reads, spread(4)),
    case(open_mesh, grid(3, 3)),
    case(index_changed_later, spread(4)),
    case(broadcast_read, spread(4)),
    case(sliding_windows, spread(5)),
    case(flat_reads, grid(2, 2)),
    case(enumerated, grid(2, 2)),
    case(iterated, grid(2, 2)),
    case(real_and_imaginary, spread(3)),
    case(buffer, spread(3)),
    case(filled_by_element, spread(4)),
    case(overlapping_copies, spread(4)),
    case(doubled_in_place, spread(4)),
    case(power_in_place, spread(3)),
    case(matmul_in_place, grid(3, 3)),
    case(through_a_view, spread(4)),
    case(last_write_wins, spread(4)),
    case(masked_writes, spread(4)),
    case(adds_at, spread(4)),
    case(out_arguments, spread(4)),
    case(masked_out_arguments, spread(4)),
    case(put_and_friends, spread(4)),
    case(sorted_and_filled, spread(4)),
    case(flat_writes, spread(4)),
    case(argument_is_changed, spread(3)),
    case(constant_buffer_reused, spread(4)),
    case(heat, grid(4, 5)),
    case(undone_by_exception, spread(3)),
    case(resized, spread(4)),
    case(shuffled, spread(4)),
    case(zero_dimensional, spread(3, 0.1, 0.1)),
    case(scalars, spread(3)),
    case(from_a_list, spread(4)),
    case(to_a_list, spread(4)),
    case(of_objects, spread(3)),
    case(tuples_in_objects, spread(3)),
    case(fields, spread(4)),
    case(vectorized, spread(4)),
    case(along_axis, grid(2, 3)),
    case(fortran, grid(3, 3)),
    case(shape_set_in_place, spread(4)),
    case(subclass, spread(3)),
    case(masked_array, spread(4)),
    case(masked_in_place, spread(4)),
    case(matrices, grid(2, 3)),
    case(subclass_in_place, spread(4)),
)
