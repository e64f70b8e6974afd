"""scipy.signal, as its users call it.

Filter design in Python (zpk arithmetic, bilinear), freqz/freqs polynomial evaluation, windows, lfilter (C), convolve,
savgol.
"""

import numpy as np
from scipy import signal

from tests.corpus import case

sig = np.array([0.1, 0.5, -0.3, 0.8, 0.2, -0.6, 0.4, 0.0])


def butter(w):
    b, a = signal.butter(3, w)
    return float(np.sum(b) + a[1])


def freqz(b):
    w, h = signal.freqz(b, [1.0, -0.5], worN=np.array([0.1, 0.7, 1.9]))
    return float(np.sum(np.abs(h)))


def lfilt(b, a1):
    return float(np.sum(signal.lfilter(b, np.array([1.0, a1]), sig) ** 2))


def window(beta):
    return float(np.sum(signal.windows.kaiser(7, beta)))


def conv(h):
    return float(np.sum(signal.convolve(sig, h, mode="same") ** 2))


def savgol(s):
    return float(np.sum(signal.savgol_filter(s, 5, 2) ** 2))


def bilin(b0, a1):
    b, a = signal.bilinear([b0, 1.0], [1.0, a1, 2.0], fs=2.0)
    return float(np.sum(b * 3) + np.sum(a))


def welch(s):
    return float(np.sum(signal.detrend(s) ** 2))


CASES = (
    # Special.i0.
    case(window, 4.2, name="kaiser_window"),
    # Comb sums, in-place accumulation.
    case(bilin, 0.4, 0.7, name="bilinear"),
    # Np.convolve / correlate.
    case(conv, np.array([0.2, 0.5, 0.1]), name="convolve"),
    # Npp_polyval of complex.
    case(freqz, np.array([0.2, 0.5, 0.1]), name="freqz"),
    # Lstsq.
    case(welch, sig, name="detrend"),
    # Lstsq coefficients, convolve1d (C).
    case(savgol, sig, name="savgol"),
    # Poles/zeros complex, poly.
    case(butter, 0.3, name="butter_design"),
    # C recursion: needs a rule.
    case(lfilt, np.array([0.2, 0.5, 0.1]), -0.4, name="lfilter"),
)
