"""Threads and executors that the function starts: gradients flow through them, or it is said why they cannot."""

from __future__ import annotations

import concurrent.futures as cf
import functools
import multiprocessing
import queue
import threading
import time
from multiprocessing.pool import ThreadPool
from typing import Any

import numpy as np
import pytest

import bytegrad
from tests.differences import numerical_gradient


def run_all(threads: Any) -> None:
    threads = list(threads)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def list_slots(x):
    out = [0.0] * 4

    def work(i):
        out[i] = x * i * x

    run_all(threading.Thread(target=work, args=(i,)) for i in range(4))
    return sum(out)


def passed_operands(x):
    out = {}

    def work(a, *, k):
        out["v"] = a * k

    run_all([threading.Thread(target=work, args=(x * x,), kwargs={"k": x})])
    return out["v"]


def array_slots(x):
    a = np.zeros(4)

    def work(i):
        a[i] = x * i
        a[i] *= x

    run_all(threading.Thread(target=work, args=(i,)) for i in range(4))
    return np.sum(a * a)


def variable_under_a_lock(x):
    lock, total = threading.Lock(), 0.0

    def work(i):
        nonlocal total
        with lock:
            total += x * i * total + x

    run_all(threading.Thread(target=work, args=(i,)) for i in range(3))
    return total


def reentrant_lock(x):
    lock, out = threading.RLock(), []

    def work():
        with lock, lock:
            out.append(x * x)

    run_all([threading.Thread(target=work)])
    return out[0]


def semaphore(x):
    gate, out = threading.Semaphore(1), []

    def work():
        with gate:
            out.append(x * x)

    run_all(threading.Thread(target=work) for _ in range(2))
    return sum(out)


def thread_in_a_thread(x):
    out = []

    def work():
        run_all([threading.Thread(target=lambda: out.append(x * x))])
        out[0] *= x

    run_all([threading.Thread(target=work)])
    return out[0]


def turns(x):
    out = [x]
    run_all([threading.Thread(target=lambda: out.append(out[0] * x))])
    out[0] = out[1] * 2
    run_all([threading.Thread(target=lambda: out.append(out[0] * x))])
    return out[2] * out[1]


def filled_queue(x):
    given, made = queue.Queue(), queue.Queue()
    given.put(x)
    run_all([threading.Thread(target=lambda: made.put(given.get() * x))])
    return made.get()


def caught_inside(x):
    out = []

    def work():
        try:
            out.append(x * x)
            raise ValueError(x)
        except ValueError as error:
            out.append(error.args[0] * x)

    run_all([threading.Thread(target=work)])
    return out[0] + out[1]


class Squaring(threading.Thread):
    def __init__(self, a):
        super().__init__()
        self.a = a

    def run(self):
        self.result = self.a * self.a


def subclass(x):
    thread = Squaring(x)
    run_all([thread])
    return thread.result


def of_a_local(x):
    local = threading.local()
    local.a = x
    out = []

    def work():
        local.a = x * x
        out.append(local.a)

    run_all([threading.Thread(target=work)])
    return out[0] * local.a


def submitted(x):
    with cf.ThreadPoolExecutor(2) as pool:
        return pool.submit(pow, x, 2).result() * pool.submit(lambda a, *, k: a * k, x, k=x).result()


def submitted_in_turn(x):
    with cf.ThreadPoolExecutor(1) as pool:
        a = pool.submit(lambda a: a * a, x).result()
        return pool.submit(lambda a: a * x, a).result()


def result_read_twice(x):
    with cf.ThreadPoolExecutor(1) as pool:
        future = pool.submit(lambda: x * x)
        return future.result() * future.result()


def mapped(x):
    with cf.ThreadPoolExecutor(3) as pool:
        powers = list(pool.map(functools.partial(pow, x), (i for i in range(4))))
        return sum(pool.map(lambda a, b: a * b * x, [x, 2.0], [3.0, x])) + powers[3]


def as_they_complete(x):
    with cf.ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(lambda i=i: x * x * i) for i in range(3)]
        done, _ = cf.wait(futures)
        return sum(f.result() for f in cf.as_completed(futures)) + sum(f.result() for f in done)


def results_of_all_kinds(x):
    with cf.ThreadPoolExecutor(2) as pool:
        a, b = pool.submit(lambda: (x, x * x)).result()
        kept = pool.submit(lambda: {"a": [x * x]}).result()
        array = pool.submit(lambda a: a * a, np.array([x, 2 * x])).result()
        return a * b * kept["a"][0] + np.sum(array)


def called_when_done(x):
    out = []
    with cf.ThreadPoolExecutor(2) as pool:
        pool.submit(lambda: x * x).add_done_callback(lambda future: out.append(future.result() * x))
    return out[0]


def submitted_from_a_piece(x):
    with cf.ThreadPoolExecutor(2) as pool:
        return pool.submit(lambda: pool.submit(lambda: x * x).result() * x).result()


class Doubling(cf.ThreadPoolExecutor):
    def submit(self, f, *args):
        return super().submit(lambda: f(*args) * 2)


def executor_subclass(x):
    with Doubling(1) as pool:
        return pool.submit(lambda: x * x).result()


STARTED = cf.ThreadPoolExecutor(1)
STARTED.submit(int).result()


def started_before(x):
    return STARTED.submit(lambda: x * x).result()


RIGHT = (
    list_slots,
    passed_operands,
    array_slots,
    variable_under_a_lock,
    reentrant_lock,
    semaphore,
    thread_in_a_thread,
    turns,
    filled_queue,
    caught_inside,
    subclass,
    of_a_local,
    submitted,
    submitted_in_turn,
    result_read_twice,
    mapped,
    as_they_complete,
    results_of_all_kinds,
    called_when_done,
    submitted_from_a_piece,
    executor_subclass,
    started_before,
)


@pytest.mark.parametrize("f", RIGHT, ids=lambda f: f.__name__)
def test_gradients_flow_through_threads(f: Any) -> None:
    value, back = bytegrad.pullback(f, 1.3)
    (slope,) = numerical_gradient(f, (1.3,))
    assert value == f(1.3)
    assert back(1.0)[0] == pytest.approx(slope, rel=1e-7)
    assert back(2.0)[0] == pytest.approx(2 * slope, rel=1e-7)


SECOND = (turns, submitted_in_turn)


@pytest.mark.parametrize("f", SECOND, ids=lambda f: f.__name__)
def test_second_derivatives_flow_through_threads(f: Any) -> None:
    def slope(x: float) -> float:
        return bytegrad.gradient(f, x)[0]

    (curvature,) = numerical_gradient(slope, (1.3,))
    assert bytegrad.gradient(slope, 1.3)[0] == pytest.approx(curvature, rel=1e-6)


# refused ----------------------------------------------------------------------------------------------------


def queue_filled_later(x):
    given, made = queue.Queue(), queue.Queue()
    thread = threading.Thread(target=lambda: made.put(given.get() * x))
    thread.start()
    given.put(x)
    thread.join()
    return made.get()


def simple_queue_filled_later(x):
    given, made = queue.SimpleQueue(), queue.Queue()
    thread = threading.Thread(target=lambda: made.put(given.get() * x))
    thread.start()
    given.put(x)
    thread.join()
    return made.get()


def event_set_later(x):
    event, out = threading.Event(), []

    def work():
        event.wait()
        out.append(out[0] * x)

    thread = threading.Thread(target=work)
    thread.start()
    out.append(x)
    event.set()
    thread.join()
    return out[1]


def lock_held_by_the_starter(x):
    lock, out = threading.Lock(), []

    def work():
        with lock:
            out.append(out[0] * x)

    thread = threading.Thread(target=work)
    with lock:
        thread.start()
        out.append(x)
    thread.join()
    return out[1]


def barrier(x):
    both, out = threading.Barrier(2), []

    def work():
        both.wait()
        out.append(x * x)

    run_all(threading.Thread(target=work) for _ in range(2))
    return sum(out)


def cancelled_timer(x):
    out = [x * x]
    timer = threading.Timer(30, lambda: out.append(x))
    timer.start()
    timer.cancel()
    timer.join()
    return sum(out)


def exception_in_a_future(x):
    with cf.ThreadPoolExecutor(1) as pool:
        future = pool.submit(lambda: x / 0)
        try:
            return future.result()
        except ZeroDivisionError:
            return x * x


def initialized_executor(x):
    out = []
    with cf.ThreadPoolExecutor(1, initializer=out.append, initargs=(x * x,)) as pool:
        pool.submit(int).result()
    return out[0]


REFUSED = (
    queue_filled_later,
    simple_queue_filled_later,
    event_set_later,
    lock_held_by_the_starter,
    barrier,
    cancelled_timer,
    exception_in_a_future,
    initialized_executor,
)


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_what_is_not_one_piece_is_refused_and_runs_as_in_a_plain_call(f: Any) -> None:
    begun = time.monotonic()
    with pytest.raises(bytegrad.UnsupportedError) as refusal:
        bytegrad.gradient(f, 1.3)
    assert refusal.value.fixes
    assert refusal.value.where
    assert time.monotonic() - begun < 20
    if f is not initialized_executor:
        value, back = bytegrad.pullback(f, 1.3)
        assert value == f(1.3)
        with pytest.raises(bytegrad.UnsupportedError):
            back(1.0)


def test_other_processes_are_refused_at_once() -> None:
    with ThreadPool(1) as pool, pytest.raises(bytegrad.UnsupportedError, match="a pool of multiprocessing"):
        bytegrad.gradient(lambda x: sum(pool.map(abs, [x])), 1.3)
    with pytest.raises(bytegrad.UnsupportedError, match="a process that is started"):
        bytegrad.gradient(lambda x: multiprocessing.Process(target=abs, args=(x,)).start() or x, 1.3)
    with cf.ProcessPoolExecutor(1) as executor, pytest.raises(bytegrad.UnsupportedError, match="executor of processes"):
        bytegrad.gradient(lambda x: executor.submit(abs, x).result(), 1.3)


def test_the_exception_of_a_piece_is_the_futures() -> None:
    def f(x: float) -> float:
        with cf.ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: {}[x]).result()

    with pytest.raises(KeyError, match=r"1\.3"):
        bytegrad.gradient(f, 1.3)


def test_a_thread_is_another_one_and_looks_as_in_a_plain_call() -> None:
    def f(x: float) -> tuple[float, Any]:
        seen: list[Any] = []

        def work() -> None:
            me = threading.current_thread()
            seen.extend([me.name, vars(me).keys(), me.is_alive(), threading.get_ident() == me.ident])

        thread = threading.Thread(target=work, name="worker")
        thread.start()
        thread.join()
        return x, [*seen, thread.is_alive(), "run" in vars(thread)]

    (_, plain), (_, seen) = f(1.3), bytegrad.pullback(f, 1.3)[0]
    assert seen == plain
