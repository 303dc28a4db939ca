"""How long the server thinks about each act in the course builder, with a real-sized course.

    .venv/bin/python -m benchmarks.builder                       # 60 modules, 600 lessons, 200 quizzes; 15 rounds
    .venv/bin/python -m benchmarks.builder --rounds 40 --modules 30

A test database beside that of `DATABASE_URL` is made and dropped. Requests go through the whole stack of middleware in this process;
the wall time of an answer is taken, its queries included. The goal is a median below 100 ms for every act. On a machine that does
other things look at the CPU, which is this process' alone: Postgres' own comes on top.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import django

GOAL_MS = 100.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--modules", type=int, default=60)
    parser.add_argument("--lessons", type=int, default=600)
    parser.add_argument("--quizzes", type=int, default=200)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    logging.disable(logging.CRITICAL)

    from django.test.runner import DiscoverRunner
    from django.test.utils import setup_test_environment, teardown_test_environment

    runner = DiscoverRunner(verbosity=0, interactive=False)
    setup_test_environment(debug=False)
    before = runner.setup_databases()
    try:
        measure(options)
    finally:
        runner.teardown_databases(before)
        teardown_test_environment()


def measure(options: argparse.Namespace) -> None:
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tests.factories import make_user
    from tests.factories.big_course import make_big_course

    ada = make_user("ada", creator=True)
    course = make_big_course(ada, modules=options.modules, lessons=options.lessons, quizzes=options.quizzes)
    client = Client(headers={"HX-Request": "true"})
    client.force_login(ada, backend=settings.AUTHENTICATION_BACKENDS[0])
    print(f"{options.modules} modules, {options.lessons} lessons, {options.quizzes} quizzes; load {os.getloadavg()[0]:.1f}")
    print(f"{'act':26}{'median ms':>11}{'worst ms':>10}{'CPU ms':>8}{'queries':>9}{'kB':>7}")
    for name, act in acts(client, course):
        act()
        times, spent = [], time.process_time()
        for _round in range(options.rounds):
            began = time.perf_counter()
            response = act()
            times.append((time.perf_counter() - began) * 1000)
            assert response.status_code in (200, 409), (name, response.status_code)
        cpu = (time.process_time() - spent) * 1000 / options.rounds
        with CaptureQueriesContext(connection) as queries:
            response = act()
        median = statistics.median(times)
        missed = "" if median < GOAL_MS else "   missed"
        print(f"{name:26}{median:>11.1f}{max(times):>10.1f}{cpu:>8.1f}{len(queries):>9}{len(response.content) / 1000:>7.1f}{missed}")


def acts(client: Any, course: Any) -> list[tuple[str, Callable[[], Any]]]:
    """What a creator does, on the middle of the course; what is done is undone by the next round."""
    from courses.models import Course, Lesson

    module = course.modules.all()[course.modules.count() // 2]
    lesson = Lesson.objects.filter(module=module)[Lesson.objects.filter(module=module).count() // 2]
    root = f"/dashboard/courses/{course.slug}/"
    turn = {"up": False, "free": False, "number": 0}

    def post(path: str, **data: Any) -> Any:
        stamp = Course.objects.values_list("outline_stamp", flat=True).get(pk=course.pk)
        return client.post(f"{root}{path}", {"stamp": stamp, "open": str(module.pk), **data})

    def look() -> Any:
        stamp = Course.objects.values_list("outline_stamp", flat=True).get(pk=course.pk)
        return client.get(f"{root}outline/module/{module.pk}/", {"stamp": stamp, "unfold": "yes"})

    def step(part: str, pk: object) -> Any:
        turn["up"] = not turn["up"]
        return post(f"outline/{part}/{pk}/place/?to={'up' if turn['up'] else 'down'}")

    def rename() -> Any:
        turn["number"] += 1
        return post(f"outline/lesson/{lesson.pk}/", title=f"A name {turn['number']}")

    def copy_and_remove() -> Any:
        """Two requests: the copy would be one more each round."""
        post(f"outline/lesson/{lesson.pk}/copy/")
        copied = Lesson.objects.filter(module=module, removed_at__isnull=True).latest("created_at")
        return post(f"outline/lesson/{copied.pk}/removal/")

    def offer() -> Any:
        turn["free"] = not turn["free"]
        return post(f"outline/lesson/{lesson.pk}/", free="yes" if turn["free"] else "no")

    return [
        ("open the page", lambda: client.get(f"{root}builder/", headers={"HX-Request": "false"})),
        ("open a module", look),
        ("open a lesson", lambda: client.get(f"{root}lessons/{lesson.pk}/")),
        ("move a lesson", lambda: step("lesson", lesson.pk)),
        ("move a module", lambda: step("module", module.pk)),
        ("an order that is stale", lambda: post(f"outline/lesson/{lesson.pk}/place/?to=up", stamp=0)),
        ("rename a lesson", rename),
        ("offer it for free", offer),
        ("copy and remove (two)", copy_and_remove),
        ("add a lesson", lambda: post(f"modules/{module.pk}/parts/", kind="text", title="Another")),
        ("see what is missing", lambda: client.get(f"{root}publications/", headers={"HX-Request": "false"})),
        ("preview a lesson", lambda: client.get(f"{root}preview/{lesson.slug}/", headers={"HX-Request": "false"})),
    ]


if __name__ == "__main__":
    main()
