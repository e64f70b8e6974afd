"""Calls of the functions of `scipy.signal` and `scipy.fft`, by their names."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import fft, signal

X = np.array([0.7, -1.2, 0.5, 1.4, -0.3, 0.9, 0.2, -0.8])
H = np.array([0.5, 0.3, -0.2])
M = np.array([[0.7, -1.2, 0.5, 1.4], [-0.3, 0.9, 0.2, -0.8], [1.1, 0.4, -0.6, 0.3]])
K = np.array([[0.5, 0.3], [-0.2, 0.8]])
LONG = np.sin(np.arange(40.0) * 0.7) + 0.1 * np.cos(np.arange(40.0) ** 1.5)
T = np.array([0.0, 0.4, 1.1, 1.7, 2.6])
Y = np.array([0.3, 1.1, -0.4, 0.9, 1.7])
AT = np.array([0.2, 0.9, 1.9, 2.4])
SPD = np.array([[2.3, -0.4, 0.7], [-0.4, 1.9, -0.8], [0.7, -0.8, 2.8]])
V = np.array([0.7, -1.2, 0.5])


SIGNAL: dict[str, list[Any]] = {
    "convolve": [(lambda x, h, m=m: signal.convolve(x, h, mode=m), X, H) for m in ("full", "same", "valid")]
    + [(lambda x, h, m=m: signal.convolve(x, h, method=m), M, K) for m in ("direct", "fft", "auto")],
    "convolve2d": [
        (lambda x, h, m=m, b=b: signal.convolve2d(x, h, mode=m, boundary=b, fillvalue=0.3), M, K)
        for m in ("full", "same", "valid")
        for b in ("fill", "wrap", "symm")
    ],
    "correlate": [(lambda x, h, m=m: signal.correlate(x, h, m), X, H) for m in ("full", "same", "valid")]
    + [
        (lambda x, h: signal.correlate(x, h, method="fft"), M, K),
        (lambda x, h: signal.correlate(x + 1j * x[::-1], h * 1j), X, H),
    ],
    "correlate2d": [
        (lambda x, h, m=m, b=b: signal.correlate2d(x, h, mode=m, boundary=b, fillvalue=0.3), M, K)
        for m in ("full", "same", "valid")
        for b in ("fill", "wrap", "symm")
    ],
    "csd": [
        (lambda x, y: signal.csd(x, y, nperseg=16)[1], LONG, LONG[::-1].copy()),
        (
            lambda x, y: signal.csd(
                x,
                y,
                fs=2.0,
                window="hann",
                nperseg=16,
                noverlap=4,
                detrend="linear",
                scaling="spectrum",
                average="median",
            )[1],
            LONG,
            LONG[::-1].copy(),
        ),
    ],
    "detrend": [
        (signal.detrend, X),
        (lambda x: signal.detrend(x, type="constant"), M),
        (lambda x: signal.detrend(x, axis=0, type="linear", bp=[0, 1]), M),
        (lambda x: signal.detrend(x, bp=3), X),
    ],
    "fftconvolve": [(lambda x, h, m=m: signal.fftconvolve(x, h, mode=m), X, H) for m in ("full", "same", "valid")]
    + [(lambda x, h: signal.fftconvolve(x, h, axes=1), M, M[:, :2])],
    "istft": [
        (lambda x: signal.istft(signal.stft(x, nperseg=8)[2], nperseg=8)[1], LONG),
        (lambda x: signal.istft(x[:20].reshape(5, 4) + 1j * x[20:].reshape(5, 4), nperseg=8, noverlap=6)[1], LONG),
    ],
    "stft": [
        (lambda x: signal.stft(x, nperseg=8)[2], LONG),
        (
            lambda x: signal.stft(
                x, fs=2.0, window="hamming", nperseg=8, noverlap=2, boundary=None, padded=False, detrend="constant"
            )[2],
            LONG,
        ),
    ],
    "welch": [
        (lambda x: signal.welch(x, nperseg=16)[1], LONG),
        (
            lambda x: signal.welch(
                x, fs=3.0, nperseg=16, noverlap=3, nfft=20, detrend=False, scaling="spectrum", average="median"
            )[1],
            LONG,
        ),
    ],
    "oaconvolve": [(lambda x, h: signal.oaconvolve(x, h, mode="same"), X, H)],
    "lfilter": [
        (lambda b, a, x: signal.lfilter(b, a, x), H, np.array([1.2, -0.4, 0.1]), X),
        (lambda b, x: signal.lfilter(b, 1.0, x, axis=0), H, M),
        (lambda b, x, z: signal.lfilter(b, [1.0, 0.3], x, zi=z), H, X, np.array([0.2, -0.1])),
        (lambda w, x: signal.lfilter(*signal.butter(2, w), x), 0.3, X),
        (lambda b, a: signal.lfilter_zi(b, a), H, np.array([1.2, -0.4, 0.1])),
    ],
    "filtfilt": [
        (lambda b, a, x: signal.filtfilt(b, a, x), H, np.array([1.2, -0.4, 0.1]), LONG),
        (lambda b, x: signal.filtfilt(b, [1.0], x, method="gust"), H, LONG),
        (lambda b, x: signal.filtfilt(b, [1.0], x, padtype="even", padlen=5), H, LONG),
    ],
    "sosfilt": [
        (lambda w, x: signal.sosfilt(signal.butter(3, w, output="sos"), x), 0.3, X),
        (lambda w, x: signal.sosfiltfilt(signal.butter(3, w, output="sos"), x), 0.3, LONG),
    ],
    "savgol_filter": [
        (lambda x: signal.savgol_filter(x, 5, 2), X),
        (lambda x: signal.savgol_filter(x, 5, 3, deriv=1, delta=0.5, mode="nearest"), X),
    ],
    "resample": [
        (lambda x: signal.resample(x, 5), X),
        (lambda x: signal.resample_poly(x, 3, 2), X),
        (lambda x: signal.decimate(x, 2), LONG),
        (lambda x: signal.upfirdn(H, x, 2, 3), X),
    ],
    "hilbert": [(lambda x: signal.hilbert(x), X), (lambda x: np.abs(signal.hilbert(x)), X)],
    "medfilt": [(lambda x: signal.medfilt(x, 3), X)],
    "periodogram": [
        (lambda x: signal.periodogram(x, window="hann")[1], X),
        (lambda x: signal.spectrogram(x, nperseg=8)[2], LONG),
        (lambda x, y: signal.coherence(x, y, nperseg=8)[1], LONG, LONG[::-1].copy()),
        (lambda t, x: signal.lombscargle(t, x, np.array([0.5, 1.0])), np.sort(X) * 3, X),
    ],
    "freqz": [
        (lambda b, a: signal.freqz(b, a, worN=5)[1], H, np.array([1.2, -0.4, 0.1])),
        (lambda b, a: signal.freqs(b, a, worN=np.array([0.5, 1.0]))[1], H, np.array([1.2, -0.4, 0.1])),
    ],
    "windows": [
        (lambda b: signal.windows.kaiser(7, b), 3.2),
        (lambda s: signal.windows.gaussian(7, s), 1.3),
        (lambda s: signal.get_window(("tukey", s), 9), 0.4),
        (lambda s: signal.windows.chebwin(9, s), 60.0),
    ],
    "firwin": [
        (lambda c: signal.firwin(7, c), 0.4),
        (lambda c: signal.butter(3, c)[1], 0.4),
        (lambda c: signal.iirnotch(c, 10.0)[0], 0.3),
    ],
    "lti": [
        (lambda k: signal.lsim(signal.lti([k], [1.0, 0.5]), X, np.arange(8.0))[1], 0.7),
        (lambda k: signal.step(([k], [1.0, k, 2.0]), T=np.linspace(0, 2, 5))[1], 0.7),
        (lambda k: signal.ss2tf([[k, 1.0], [0.0, -0.4]], [[0.0], [1.0]], [[1.0, k]], [[0.0]]), -0.7),
        (
            lambda k: signal.cont2discrete(
                (np.array([[k, 1.0], [0.0, -0.4]]), np.array([[0.0], [1.0]]), np.array([[1.0, 0.0]]), np.zeros((1, 1))),
                0.3,
            )[0],
            -0.7,
        ),
        (lambda k: signal.dlsim(signal.dlti([k], [1.0, -0.5], dt=1.0), X)[1], 0.7),
    ],
    "tf": [
        (lambda b, a: signal.tf2zpk(b, a)[2], H, np.array([1.2, -0.4, 0.1])),
        (lambda z: signal.zpk2tf([z, 0.3], [0.2], 1.5)[0], 0.7),
        (lambda b: signal.bilinear(b, [1.0, 0.3])[0], H),
        (lambda r: signal.residue([r, 1.0], [1.0, 3.0, 2.0])[0], 0.7),
    ],
    "peaks": [(lambda x: x[signal.find_peaks(x)[0]], LONG)],
    "other": [
        (lambda t: signal.chirp(t, 0.5, 2.0, 1.5), X),
        (lambda t: signal.gausspulse(t, fc=0.5), X),
        (lambda t: signal.sawtooth(t, 0.5), X),
        (lambda x: signal.deconvolve(x, H)[0], X),
        (lambda x: signal.wiener(x, 3), X),
        (lambda x: signal.order_filter(x, np.ones(3), 1), X),
    ],
}
FFT: dict[str, list[Any]] = {
    **{
        name: [
            (lambda x, f=getattr(fft, name), t=t, n=n: f(x, t, norm=n), X)
            for t in (1, 2, 3, 4)
            for n in (None, "ortho", "forward")
        ]
        + [
            (lambda x, f=getattr(fft, name): f(x, n=5, axis=0), M),
            (lambda x, f=getattr(fft, name): f(x, overwrite_x=True, workers=1), M),
        ]
        for name in ("dct", "idct", "dst", "idst")
    },
    **{
        name: [
            (lambda x, f=getattr(fft, name), t=t, n=n: f(x, t, norm=n), M)
            for t in (1, 2, 3, 4)
            for n in (None, "ortho")
        ]
        + [(lambda x, f=getattr(fft, name): f(x, s=(4, 3), axes=(1, 0)), M)]
        for name in ("dctn", "idctn", "dstn", "idstn")
    },
    "fft": [
        (lambda x: fft.fft(x, 6), X),
        (lambda x: fft.ifft2(x), M),
        (lambda x: fft.rfftn(x), M),
        (lambda x: fft.irfft(x, 5), X),
        (lambda x: fft.hfft(x, 5), X),
        (lambda x: fft.fftshift(fft.fft(x)), X),
    ],
}
PROGRAMS = {f"signal.{name}": rows for name, rows in SIGNAL.items()} | {
    f"fft.{name}": rows for name, rows in FFT.items()
}
