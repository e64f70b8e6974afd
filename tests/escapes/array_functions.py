"""Arrays: random draws, masks, polynomials, subclasses, and callbacks of numpy."""

import numpy as np


def A(x):
    return np.array([x, x * x, 2.0])


def by_vec(x):
    return np.vectorize(lambda v: v * x)(A(x)).sum()


def by_veccache(x):
    return np.vectorize(lambda v: v * x, cache=True)(A(x)).sum()


def by_frompyfunc(x):
    return float(np.frompyfunc(lambda v: v * x, 1, 1)(A(x)).sum())


def by_apply(x):
    return np.apply_along_axis(lambda r: r * x, 0, A(x)).sum()


def by_fromfunction(x):
    return np.fromfunction(lambda i: i * x * x, (3,)).sum()


def by_fromiter(x):
    return np.fromiter((v * x for v in [x, 2.0]), float).sum()


def by_piecewise(x):
    return np.piecewise(A(x), [A(x) > 1.5], [lambda v: v * x, 0.5]).sum()


def by_rng_normal(x):
    return np.random.default_rng(0).normal(x * x, 1.0)


def by_rng_scale(x):
    return np.random.default_rng(0).normal(0.0, x * x)


def by_rng_uniform(x):
    return np.random.default_rng(0).uniform(0.0, x * x)


def by_rng_exp(x):
    return np.random.default_rng(0).exponential(x * x)


def by_rng_gamma(x):
    return np.random.default_rng(0).gamma(2.0, x * x)


def by_rng_gamma2(x):
    return np.random.default_rng(0).standard_gamma(x * x)


def by_rng_mvn(x):
    return np.random.default_rng(0).multivariate_normal(A(x), np.eye(3)).sum()


def by_rng_choice(x):
    return np.random.default_rng(0).choice(A(x), 2).sum()


def by_rng_perm(x):
    return np.random.default_rng(0).permutation(A(x))[0] * x


def by_rng_shuffle(x):
    a = A(x)
    np.random.default_rng(0).shuffle(a)
    return a[0] * x


def by_rs_normal(x):
    return np.random.RandomState(0).normal(x * x)


def by_rs_global(x):
    np.random.seed(0)
    return np.random.uniform(x, 3 * x)


def by_rs_lap(x):
    return np.random.RandomState(0).laplace(x, x)


def by_rs_logn(x):
    return np.random.RandomState(0).lognormal(x, 0.5)


def by_rng_beta(x):
    return np.random.default_rng(0).beta(x, 2.0)


def by_ma(x):
    return np.ma.array(A(x), mask=[0, 1, 0]).sum()


def by_ma2(x):
    return np.ma.masked_greater(A(x), 1.5).filled(x).sum()


def by_ma3(x):
    m = np.ma.array(A(x))
    m[1] = np.ma.masked
    return m.mean()


def by_ma4(x):
    return np.ma.array([1.0, 2.0], mask=[0, 1], fill_value=x * x).filled()[1]


def by_ma5(x):
    return (np.ma.array(A(x), mask=[1, 0, 0]) * x).compressed().sum()


def by_matrix(x):
    return (np.matrix([[x, 1.0], [2.0, x]]) ** 2)[0, 0]


def by_matrix_t(x):
    return np.matrix([[x, 1.0], [2.0, x]]).I.A1[0]


def by_poly1d(x):
    return np.poly1d([x, 1.0, x * x])(2.0)


def by_poly1d_c(x):
    return np.poly1d([x, 1.0]).c[0] * x


def by_poly1d_ops(x):
    p = np.poly1d([x, 1.0])
    return (p * p + p.deriv()).coeffs.sum()


def by_poly1d_set(x):
    p = np.poly1d([1.0, 1.0])
    p[0] = x * x
    return p(2.0)


def by_Poly(x):
    return np.polynomial.Polynomial([x, x * x])(x)


def by_Cheb(x):
    return np.polynomial.Chebyshev([x, x * x, 1.0]).deriv()(x)


def by_PolyFit(x):
    return np.polynomial.Polynomial.fit([0.0, 1.0, 2.0], A(x), 1)(0.5)


def by_PolyDom(x):
    return np.polynomial.Polynomial([1.0, 2.0], domain=[0, x])(x * x)


def by_errcall(x):
    o = []

    class L:
        def write(self, m):
            o.append(x * x)

    with np.errstate(all="log", call=L()):
        np.log(np.array([0.0]))
    return o[0]


def by_errcall2(x):
    o = []
    with np.errstate(divide="call", call=lambda t, f: o.append(x * x)):
        np.divide(1.0, np.array([0.0]))
    return o[0]


def by_obj(x):
    o = np.empty(2, object)
    o[0] = [x]
    o[0].append(x * x)
    return o[0][1]


def by_objdict(x):
    o = np.array([{"a": x * x}], dtype=object)
    return o[0]["a"]


def by_wrapclass(x):

    class W:
        def __init__(self, a):
            self.a = a

        def __array__(self, dtype=None, copy=None):
            return np.array([self.a * 2])

    return np.asarray(W(x * x))[0]


def by_arrayfunction(x):

    class W:
        def __init__(self, a):
            self.a = a

        def __array_function__(self, f, t, a, k):
            return self.a * x

    return np.sum(W(x))


def by_ndenum(x):
    return sum((v * i[0] for i, v in np.ndenumerate(A(x))))


def by_broadcast(x):
    return sum((a * b for a, b in np.broadcast(A(x), x)))


def by_bmat(x):
    return np.bmat([[np.eye(1) * x, np.eye(1)]]).A1[0] * x


def by_r(x):
    return np.r_[x, x * x, 1.0][1]


def by_pad_fn(x):
    return np.pad(A(x), 1, lambda v, w, i, k: v.__setitem__(0, x * x)).sum()


def by_at(x):
    a = np.zeros(3)
    np.add.at(a, [0, 0], x * x)
    return a[0]


ESCAPES = (
    by_vec,
    by_veccache,
    by_frompyfunc,
    by_apply,
    by_fromfunction,
    by_fromiter,
    by_piecewise,
    by_rng_normal,
    by_rng_scale,
    by_rng_uniform,
    by_rng_exp,
    by_rng_gamma,
    by_rng_gamma2,
    by_rng_mvn,
    by_rng_choice,
    by_rng_perm,
    by_rng_shuffle,
    by_rs_normal,
    by_rs_global,
    by_rs_lap,
    by_rs_logn,
    by_rng_beta,
    by_ma,
    by_ma2,
    by_ma3,
    by_ma4,
    by_ma5,
    by_matrix,
    by_matrix_t,
    by_poly1d,
    by_poly1d_c,
    by_poly1d_ops,
    by_poly1d_set,
    by_Poly,
    by_Cheb,
    by_PolyFit,
    by_PolyDom,
    by_errcall,
    by_errcall2,
    by_obj,
    by_objdict,
    by_wrapclass,
    by_arrayfunction,
    by_ndenum,
    by_broadcast,
    by_bmat,
    by_r,
    by_pad_fn,
    by_at,
)
