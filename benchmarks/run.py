"""Speed of the shop as ratios against a bare Django project: `make bench`, or `make bench ARGS="--rounds 5 --seconds 8"`.

Floor and product stand side by side on the same Postgres, two sync workers each, and are driven in turn, round after round, so
that a noisy machine is noisy for both. Printed are medians, and beside each rate what it is made of: bytes, queries, CPU per
request, the slowest hundredth, and the load of the machine meanwhile. A missed goal is printed as missed.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

BASE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE))

from benchmarks.load import REVIEWED, load  # noqa: E402

CONNECTIONS = 4
PAGES = 50
"""So many product pages are asked for in turn."""


@dataclass(frozen=True)
class Case:
    """One thing that is measured. `paths` are asked for in turn. `against` names the floor; `goal` is the least ratio to it."""

    name: str
    server: str
    paths: tuple[str, ...]
    against: str = ""
    goal: float | None = None
    note: str = ""
    is_warm: bool = True


@dataclass
class Server:
    name: str
    application: str
    port: int
    environ: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self, log: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            self.application,
            "-b",
            f"127.0.0.1:{self.port}",
            "-w",
            "2",
            "-k",
            "sync",
            "--no-control-socket",
        ]
        with log.open("wb") as sink:
            self.process = subprocess.Popen(command, env={**os.environ, **self.environ}, cwd=BASE, stdout=sink, stderr=sink)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
                connection.request("GET", "/healthz")
                connection.getresponse()
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit(f"{self.name} did not start:\n{log.read_text()[-3000:]}")

    def cpu_seconds(self) -> float:
        assert self.process is not None
        total = 0.0
        for process in psutil.Process(self.process.pid).children():
            times = process.cpu_times()
            total += times.user + times.system
        return total

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(15)


@dataclass(frozen=True)
class Measured:
    rate: float
    p99_ms: float
    cpu_ms: float


def wrk(server: Server, paths: tuple[str, ...], seconds: int) -> tuple[float, float]:
    """Requests per second and the 99th percentile in milliseconds, by wrk with one thread and four connections."""
    listed = ",".join(json.dumps(path) for path in paths)
    script = f"local p = {{{listed}}}\nlocal i = 0\nrequest = function() i = i % #p + 1; return wrk.format('GET', p[i]) end\n"
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
        lua.write(script)
        lua.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", lua.name, f"http://127.0.0.1:{server.port}"]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if refused := re.search(r"Non-2xx or 3xx responses: (\d+)", out):
        raise SystemExit(f"{server.name} {paths[0]}: {refused[1]} answers were no 2xx")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    slowest = re.search(r"99%\s+([\d.]+)(us|ms|s)", out)
    assert rate, out
    assert slowest, out
    return float(rate[1]), float(slowest[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[slowest[2]]


def threads(server: Server, paths: tuple[str, ...], seconds: int) -> tuple[float, float]:
    """The same by four Python threads, where there is no wrk. Slower, and it takes CPU from what it measures."""
    took: list[float] = []
    stop = time.monotonic() + seconds

    def drive(offset: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        own: list[float] = []
        for index in range(offset, 10**9):
            began = time.perf_counter()
            if time.monotonic() > stop:
                break
            connection.request("GET", paths[index % len(paths)])
            answer = connection.getresponse()
            answer.read()
            if answer.status >= 300:
                raise SystemExit(f"{server.name} {paths[index % len(paths)]}: {answer.status}")
            own.append(time.perf_counter() - began)
        took.extend(own)

    drivers = [threading.Thread(target=drive, args=(offset,)) for offset in range(CONNECTIONS)]
    for driver in drivers:
        driver.start()
    for driver in drivers:
        driver.join()
    took.sort()
    return len(took) / seconds, took[int(len(took) * 0.99)] * 1000 if took else 0.0


def drive(server: Server, paths: tuple[str, ...], seconds: int) -> tuple[float, float]:
    return (wrk if shutil.which("wrk") else threads)(server, paths, seconds)


def measure(server: Server, case: Case, seconds: int) -> Measured:
    before = server.cpu_seconds()
    rate, slowest = drive(server, case.paths, seconds)
    return Measured(rate, slowest, 1000 * (server.cpu_seconds() - before) / max(1.0, rate * seconds))


def size_of(server: Server, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", path)
    return len(connection.getresponse().read())


# Asked in the product's own process; the second time, as a page that is in use finds its counts remembered.
_QUERIES = """
import json, sys, logging, django
django.setup(); logging.disable(logging.CRITICAL)
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
client, found = Client(HTTP_HOST="127.0.0.1"), {}
for path in sys.argv[1:]:
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    found[path] = len(queries)
print(json.dumps(found))
"""


def count_queries(environ: dict[str, str], paths: list[str]) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, "-c", _QUERIES, *paths], env={**os.environ, **environ}, cwd=BASE, capture_output=True, text=True, check=True
    )
    counts: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return counts


def slugs(url: str, count: int, offset: int = 0) -> tuple[str, ...]:
    import psycopg

    with psycopg.connect(url) as connection:
        return tuple(row[0] for row in connection.execute("SELECT slug FROM floor_item ORDER BY id LIMIT %s OFFSET %s", [count, offset]))


def common_words(url: str) -> tuple[str, str]:
    """The most common word of titles and summaries, and one of medium frequency."""
    import psycopg

    with psycopg.connect(url) as connection:
        rows = [row[0] for row in connection.execute("SELECT text FROM search_word WHERE length(text) > 4 ORDER BY works DESC LIMIT 2000")]
    return rows[0], rows[1500]


def cases(url: str) -> list[Case]:
    details, once = slugs(url, PAGES), slugs(url, 20_000, REVIEWED)
    common, rarer = common_words(url)
    shelf = "/marketplace/?kind=ebook&category=writing&price=paid&sort=rating"
    return [
        Case("floor list", "floor", ("/items/",)),
        Case("floor detail", "floor", tuple(f"/items/{slug}/" for slug in details)),
        Case("1 marketplace", "product", ("/marketplace/",), "floor list", 0.45, "stretch 0.60"),
        Case("2 category + price + kind + sort", "product", (shelf,), "floor list", 0.30),
        Case("2 page 50", "product", ("/marketplace/?page=50",), "1 marketplace", 0.80),
        Case("2 page 50 of a selection", "product", (f"{shelf}&page=50",), "floor list", 0.30),
        Case("3 product page", "product", tuple(f"/marketplace/{slug}/" for slug in details), "floor detail", 0.35),
        Case(
            "3 product page, never asked before", "product", tuple(f"/marketplace/{slug}/" for slug in once), "floor detail", is_warm=False
        ),
        Case("5 marketplace, kept a second", "cached", ("/marketplace/",), "floor list", 4.0),
        Case("10 search, a common word", "product", (f"/marketplace/?q={common}",), "floor list"),
        Case("10 search, two words", "product", (f"/marketplace/?q={common}+{rarer}",), "floor list"),
    ]


@contextlib.contextmanager
def running(servers: list[Server]) -> Iterator[None]:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        for server in servers:
            server.start(folder / f"{server.name}.log")
        yield
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    if "--learning" in sys.argv:
        from benchmarks import learning

        return learning.main()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument("--only", default="", help="a part of the names of what to measure")
    parser.add_argument("--port", type=int, default=8165, help="the first of three ports")
    parser.add_argument("--learning", action="store_true", help="the player instead of the shop (benchmarks/learning.py)")
    given = parser.parse_args()

    url = load(given.products)
    environ = {"DATABASE_URL": url, "PYTHONPATH": str(BASE)}
    product = {**environ, "DJANGO_SETTINGS_MODULE": "benchmarks.product_settings"}
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"], env={**os.environ, **product}, cwd=BASE, check=True
    )
    servers = {
        "floor": Server("floor", "benchmarks.floor.wsgi", given.port, environ),
        "product": Server("product", "config.wsgi", given.port + 1, {**product, "BENCH_PAGE_CACHE_SECONDS": "0"}),
        "cached": Server("cached", "config.wsgi", given.port + 2, {**product, "BENCH_PAGE_CACHE_SECONDS": "1"}),
    }
    every = cases(url)
    wanted = [case for case in every if given.only in case.name or case.server == "floor" or case.name == "1 marketplace"]
    found: dict[str, list[Measured]] = {case.name: [] for case in wanted}
    loads: list[float] = []
    with running([servers[name] for name in dict.fromkeys(case.server for case in wanted)]):
        for case in wanted:
            # Both workers are to have seen each page; which one answers is chance.
            for path in case.paths * 6 if case.is_warm else ():
                size_of(servers[case.server], path)
        for _round in range(given.rounds):
            for case in wanted:
                found[case.name].append(measure(servers[case.server], case, given.seconds))
                loads.append(os.getloadavg()[0])
        sizes = {case.name: size_of(servers[case.server], case.paths[0]) for case in wanted}
    queries = count_queries(product, [case.paths[0] for case in wanted if case.server != "floor"])
    return report(wanted, found, sizes, queries, loads, given.products)


def report(
    wanted: list[Case], found: dict[str, list[Measured]], sizes: dict[str, int], queries: dict[str, int], loads: list[float], products: int
) -> int:
    driver = "wrk -t1 -c4" if shutil.which("wrk") else "four Python threads (no wrk here: rates are lower, ratios kinder)"
    print(f"\n{products:,} products, {driver}, load average {min(loads):.1f} to {max(loads):.1f}\n")
    print(f"{'':34}{'req/s':>8}{'spread':>8}{'p99 ms':>8}{'CPU ms':>8}{'bytes':>9}{'queries':>9}{'ratio':>8}  goal")
    rates = {name: statistics.median(one.rate for one in rounds) for name, rounds in found.items()}
    missed = 0
    for case in wanted:
        rounds = found[case.name]
        rate = rates[case.name]
        spread = (max(one.rate for one in rounds) - min(one.rate for one in rounds)) / rate
        ratio = rate / rates[case.against] if case.against in rates else None
        verdict = ""
        if ratio is not None and case.goal is not None:
            reached = ratio >= case.goal
            missed += not reached
            verdict = f">= {case.goal:g} × {case.against}: {'reached' if reached else 'MISSED'}{f' ({case.note})' if case.note else ''}"
        asked = "1" if case.server == "floor" else str(queries.get(case.paths[0], ""))
        print(
            f"{case.name:34}{rate:8.0f}{spread:8.0%}{statistics.median(one.p99_ms for one in rounds):8.1f}"
            f"{statistics.median(one.cpu_ms for one in rounds):8.2f}{sizes[case.name]:9,}{asked:>9}"
            f"{f'{ratio:.2f}' if ratio is not None else '':>8}  {verdict}"
        )
    print(f"\n{missed} goal(s) missed." if missed else "\nAll goals reached.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
