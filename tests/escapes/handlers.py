"""Log handlers, code objects, annotations, attributes of arrays, callbacks of event loops."""

import asyncio
import inspect
import io
import logging
import logging.handlers
import queue
import types

import numpy as np


class AF(np.ndarray):
    def __array_finalize__(self, obj):
        self.k = getattr(obj, "k", 1.0)


def by_logging_stream(x):
    s = io.StringIO()
    h = logging.StreamHandler(s)
    logger = logging.Logger("q")
    logger.addHandler(h)
    logger.warning("%r", x * x)
    return float(s.getvalue())


def by_logging_handler(x):
    got = []

    class H(logging.Handler):
        def emit(self, record):
            got.append(record.args[0])

    logger = logging.Logger("q")
    logger.addHandler(H())
    logger.warning("%r", x * x)
    return got[0]


def by_logging_handler_text(x):
    got = []

    class H(logging.Handler):
        def emit(self, record):
            got.append(self.format(record))

    logger = logging.Logger("q")
    logger.addHandler(H())
    logger.warning("%r", x * x)
    return float(got[0])


def by_logging_formatter(x):
    r = logging.LogRecord("a", 10, "p", 1, "%r", (x * x,), None)
    return float(logging.Formatter("%(message)s").format(r))


def by_logging_queue(x):
    q = queue.Queue()
    logger = logging.Logger("q")
    logger.addHandler(logging.handlers.QueueHandler(q))
    logger.warning("%r", x * x)
    return float(q.get().msg)


def by_logging_memory(x):
    h = logging.handlers.BufferingHandler(10)
    logger = logging.Logger("q")
    logger.addHandler(h)
    logger.warning("%r", x * x)
    return h.buffer[0].args[0]


def by_logging_extra(x):
    h = logging.handlers.BufferingHandler(10)
    logger = logging.Logger("q")
    logger.addHandler(h)
    logger.warning("m", extra={"v": x * x})
    return h.buffer[0].v


def by_sig_default(x):

    def g(a=x * x):
        pass

    return inspect.signature(g).parameters["a"].default


def by_code_replace(x):

    def g():
        return 2.5

    c = g.__code__
    h = types.FunctionType(c.replace(co_consts=tuple((x * x if k == 2.5 else k for k in c.co_consts))), {})
    return h()


def by_code_set(x):

    def g():
        return 2.5

    c = g.__code__
    g.__code__ = c.replace(co_consts=tuple((x * x if k == 2.5 else k for k in c.co_consts)))
    return g()


def by_array_finalize(x):
    a = np.ones(3).view(AF)
    a.k = x * x
    return a[1:].k


def by_array_finalize2(x):
    a = np.ones(3).view(AF)
    a.k = x * x
    return (a + 1).k


def by_array_finalize3(x):
    a = np.ones(3).view(AF)
    a.k = x * x
    return a.copy().k * np.sin(a).k


def by_array_finalize4(x):

    class AG(np.ndarray):
        def __array_finalize__(self, obj):
            if obj is not None:
                self.k = 2 * getattr(obj, "k", 0.5)

    a = np.ones(3).view(AG)
    a.k = x * x
    return a.reshape(3, 1).k


def by_annotations(x):

    def g():
        pass

    g.__annotations__["a"] = x * x
    return g.__annotations__["a"]


def by_annotations3(x):

    class C:
        a: x * x

    return C.__annotations__["a"]


def by_annotations5(x):

    def g():
        pass

    g.__annotations__ = {"a": x * x}
    return g.__annotations__["a"]


def by_future_cb3(x):

    async def main():
        loop = asyncio.get_running_loop()
        f = loop.create_future()
        g = loop.create_future()
        f.add_done_callback(lambda f: g.set_result(f.result() * 2))
        f.set_result(x * x)
        return await g

    return asyncio.run(main())


def by_aio_queue(x):

    async def main():
        q = asyncio.Queue()

        async def p():
            await q.put(x * x)

        t = asyncio.create_task(p())
        v = await q.get()
        await t
        return v

    return asyncio.run(main())


def by_aio_shield(x):

    async def main():

        async def p():
            await asyncio.sleep(0)
            return x * x

        return await asyncio.shield(p())

    return asyncio.run(main())


def by_aio_taskgroup(x):

    async def main():

        async def p():
            await asyncio.sleep(0)
            return x * x

        async with asyncio.TaskGroup() as tg:
            t = tg.create_task(p())
        return t.result()

    return asyncio.run(main())


def by_aio_timeout(x):

    async def main():
        async with asyncio.timeout(1):
            await asyncio.sleep(0)
            return x * x

    return asyncio.run(main())


def by_exception_fut(x):

    async def main():
        loop = asyncio.get_running_loop()
        f = loop.create_future()
        f.set_exception(ValueError(x * x))
        try:
            await f
        except ValueError as e:
            return e.args[0]

    return asyncio.run(main())


ESCAPES = (
    by_logging_stream,
    by_logging_handler,
    by_logging_handler_text,
    by_logging_formatter,
    by_logging_queue,
    by_logging_memory,
    by_logging_extra,
    by_sig_default,
    by_code_replace,
    by_code_set,
    by_array_finalize,
    by_array_finalize2,
    by_array_finalize3,
    by_array_finalize4,
    by_annotations,
    by_annotations3,
    by_annotations5,
    by_future_cb3,
    by_aio_queue,
    by_aio_shield,
    by_aio_taskgroup,
    by_aio_timeout,
    by_exception_fut,
)
