"""cirq, as its users call it.

Quantum circuits: protocol dispatch (getattr + NotImplemented), apply_unitary with out= buffers and in-place slices,
complex128 states.
"""

import cirq
import numpy as np

from tests.corpus import case

q = cirq.LineQubit.range(2)


def unit(t):
    u = cirq.unitary(cirq.rx(t))
    return float(np.abs(u[0, 1]) ** 2 + u[0, 0].real)


def expect(t, p):
    c = cirq.Circuit(cirq.rx(t)(q[0]), cirq.ry(p)(q[1]), cirq.CZ(q[0], q[1]), cirq.rx(0.3)(q[1]))
    psi = c.final_state_vector(dtype=np.complex128)
    return float(np.abs(psi[1]) ** 2 + 0.3 * np.abs(psi[2]) ** 2)


def simulate(t):
    c = cirq.Circuit(cirq.H(q[0]), cirq.rz(t)(q[0]), cirq.CNOT(q[0], q[1]), cirq.rx(0.7)(q[0]))
    r = cirq.Simulator(dtype=np.complex128, seed=0).simulate(c).final_state_vector
    return float(np.abs(r[0]) ** 2 + 0.3 * r[3].real + 0.5 * r[1].imag)


def pauli(t):
    obs = cirq.Z(q[0]) * cirq.X(q[1])
    c = cirq.Circuit(cirq.ry(t)(q[0]), cirq.ry(0.4)(q[1]))
    return float(obs.expectation_from_state_vector(c.final_state_vector(dtype=np.complex128), {q[0]: 0, q[1]: 1}).real)


CASES = (
    case(unit, 0.7, name="unitary"),
    # Apply_unitary, in-place buffers.
    case(expect, 0.7, 1.1, name="circuit_state"),
    case(pauli, 0.7, name="pauli_expectation"),
    # Full simulator stack.
    case(simulate, 0.7, name="simulator"),
)
