"""An open loop of requests: each has an instant it is meant to start at, and its time counts from
then, however long the one before it took."""

import http.client
import queue
import threading
import time
from collections.abc import Sequence

_THREADS = 16


def p95(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[-(-len(ordered) * 95 // 100) - 1]


def latencies(port: int, paths: Sequence[str], headers: dict[str, str], rate: float) -> list[float]:
    """Milliseconds from the intended start of each request to the end of its checked 200."""
    waiting: queue.Queue[tuple[float, str] | None] = queue.Queue()
    found: list[float] = []
    faults: list[str] = []

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while (item := waiting.get()) is not None:
            start, path = item
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            found.append((time.perf_counter() - start) * 1000)
            if answer.status != 200 or not body:
                faults.append(f"{path} answered {answer.status}: {body[:200]!r}")

    threads = [threading.Thread(target=work) for _ in range(_THREADS)]
    for thread in threads:
        thread.start()
    begin = time.perf_counter() + 0.1
    for number, path in enumerate(paths):
        start = begin + number / rate
        time.sleep(max(0.0, start - time.perf_counter()))
        waiting.put((start, path))
    for _ in threads:
        waiting.put(None)
    for thread in threads:
        thread.join()
    if faults:
        raise RuntimeError(faults[0])
    return found
