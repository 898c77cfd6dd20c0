"""Work aside, in the machine's threads."""

import asyncio
import threading
import time

import pytest

from sigmasight.adapters.system import AT_ONCE, ThreadAside


async def test_other_requests_are_served_during_background_work() -> None:
    served = threading.Event()

    async def serve() -> None:
        await asyncio.sleep(0)
        served.set()

    waited, _ = await asyncio.gather(ThreadAside().run(lambda: served.wait(5)), serve())

    assert waited


async def test_exceptions_of_the_work_are_raised() -> None:
    def fail() -> None:
        raise ArithmeticError("It is broken.")

    with pytest.raises(ArithmeticError, match="broken"):
        await ThreadAside().run(fail)


async def test_only_so_much_work_is_done_at_once() -> None:
    aside, lock = ThreadAside(), threading.Lock()
    under_way: list[int] = [0]
    seen: list[int] = []

    def work() -> None:
        with lock:
            under_way[0] += 1
            seen.append(under_way[0])
        time.sleep(0.01)
        with lock:
            under_way[0] -= 1

    await asyncio.gather(*(aside.run(work) for _ in range(8)))

    assert max(seen) <= AT_ONCE
