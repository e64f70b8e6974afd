"""pyhf (numpy backend), as its users call it.

HistFactory likelihoods; lazy tensor lookups, einsum interpolation codes, scipy.stats-like logpdf.
"""

import numpy as np
import pyhf

from tests.corpus import case

pyhf.set_backend("numpy")

m = pyhf.simplemodels.uncorrelated_background(signal=[5.0, 10.0], bkg=[50.0, 60.0], bkg_uncertainty=[5.0, 12.0])

c = pyhf.simplemodels.correlated_background(
    signal=[5.0, 10.0], bkg=[50.0, 60.0], bkg_up=[55.0, 63.0], bkg_down=[46.0, 57.0]
)

data = [53.0, 65.0] + list(m.config.auxdata)

cdata = [53.0, 65.0] + list(c.config.auxdata)


def logpdf(p):
    return float(m.logpdf(p, data)[0])


def expected(p):
    return float(np.sum(m.expected_data(p)))


def corr(p):
    return float(c.logpdf(p, cdata)[0])


def nll(p):
    return float(pyhf.infer.mle.twice_nll(p, data, m)[0])


CASES = (
    case(expected, np.array([1.0, 1.05, 0.9]), name="expected_data"),
    # Xlogy, gammaln.
    case(logpdf, np.array([1.0, 1.05, 0.9]), name="logpdf"),
    case(nll, np.array([0.7, 1.02, 1.1]), name="twice_nll"),
    # Interpolation code: where / power.
    case(corr, np.array([0.8, 0.3]), name="correlated_logpdf"),
)
