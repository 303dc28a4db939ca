"""Speed of learning as ratios against the floor's detail page: `make bench ARGS="--learning"`.

A course of 100 lessons and 20 quizzes, 200 learners who have done half of it, all signed in. Measured are the lesson's page, the
report of time spent, and handing in a quiz; floor and product in turn, medians of the rounds. Every report and every quiz is a
real one: a report adds seconds that the clock allows, and each quiz is an open attempt that is graded once (they are opened again
between the rounds, outside the measurement).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.load import database_url, load
from benchmarks.run import BASE, CONNECTIONS, Measured, Server, running, size_of, slugs

LEARNERS = 200
ATTEMPTS = 60
"""Open attempts of each learner: as many as a round can hand in."""
WARM = 4
"""So many times each request is sent before anything is measured; two workers share them."""


@dataclass(frozen=True)
class Request:
    """One that is sent over and over, filled in by the script: `{n}` counts up, so that a report says more than the one before."""

    path: str
    cookie: str = ""
    body: str = ""

    def as_lua(self) -> str:
        return "{" + ",".join(json.dumps(part) for part in (self.path, self.cookie, self.body)) + "}"


@dataclass(frozen=True)
class Case:
    name: str
    server: str
    requests: tuple[Request, ...]
    goal: float | None = None
    once: bool = False
    """Each request can be sent only once per round."""


_LUA = """
local r = {%s}
local i = 0
request = function()
  i = i + 1
  local one = r[(i - 1) %% #r + 1]
  if one[3] == "" then return wrk.format("GET", one[1], {Cookie = one[2]}) end
  local body = string.gsub(one[3], "{n}", math.floor((i - 1) / #r) + 1)
  local headers = {Cookie = one[2], ["X-CSRFToken"] = "%s", ["Content-Type"] = "application/x-www-form-urlencoded"}
  return wrk.format("POST", one[1], headers, body)
end
"""
_TOKEN = "b" * 32

# Runs in the product's own process and prints what the requests need.
_FILL = """
import json, sys, django
django.setup()
from datetime import timedelta
from unittest import mock
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from accounts.sessions import SessionStore
from django.conf import settings
from django.utils import timezone
from accounts.models import User
from courses.learning.models import Enrolment, LessonProgress, Note, QuizAttempt
from courses.learning.services.attempts import arrange
from courses.learning.selectors_quizzes import published_quiz
from courses.learning.sittings import issue_ticket
from courses.models import Course
from courses.outline import version_outline
from courses.services.courses import CourseWords, create_course
from courses.services.lessons import LessonWords, add_lesson
from courses.services.modules import add_module
from courses.services.publishing import publish_course
from courses.services.quizzes import QuestionWords, QuizWords, add_question, add_quiz

learners, attempts = int(sys.argv[1]), int(sys.argv[2])
creator = User.objects.get(pk=1)
course = Course.objects.filter(slug="bench-course").first()
if course is None:
    course = create_course(by=creator, words=CourseWords(title="Bench course", outcomes=["Draw"]), slug="bench-course")
    text = "## Why\\n\\n" + "Draw the *n* first, then the **m**, and look at both from afar.\\n\\n" * 12 + "```python\\nprint('n')\\n```\\n"
    for number in range(10):
        module = add_module(course, by=creator, title=f"Part {number}")
        for lesson in range(10):
            add_lesson(module, by=creator, words=LessonWords(title=f"Lesson {number}.{lesson}", text=text, takeaways=["Stems", "Bowls"]))
        for quiz in range(2):
            made = add_quiz(course, by=creator, module=module, words=QuizWords(title=f"Quiz {number}.{quiz}", is_required=False))
            for question in range(5):
                options = [{"id": letter, "text": letter} for letter in "abcd"]
                add_question(made, by=creator, words=QuestionWords(text="Which?", options=options, correct=["a"], explanation="So."))
    publish_course(course, by=creator)
    course.refresh_from_db()
outline = version_outline(course.current_version_id)
lessons, quizzes = list(outline.lessons()), list(outline.all_quizzes())
people = list(User.objects.filter(pk__gt=2000).order_by("pk")[:learners])
now = timezone.now()
made = [Enrolment(user=user, course=course, source="purchased", grant_ref="b") for user in people]
Enrolment.objects.bulk_create(made, ignore_conflicts=True)
enrolments = {row.user_id: row for row in Enrolment.objects.filter(course=course)}
LessonProgress.objects.bulk_create([
    LessonProgress(enrolment=row, lesson_id=lesson.id, first_viewed_at=now, last_viewed_at=now, completed_at=now if at % 2 else None)
    for row in enrolments.values() for at, lesson in enumerate(lessons)], ignore_conflicts=True, batch_size=5000)
Note.objects.filter(enrolment__course=course).delete()
noted = [Note(enrolment=row, lesson_id=lesson.id, text="Look *twice*.") for row in enrolments.values() for lesson in lessons[:50]]
Note.objects.bulk_create(noted)
QuizAttempt.objects.filter(enrolment__course=course).delete()
contents = {quiz.id: published_quiz(quiz) for quiz in quizzes}
cookies, pages, beats, hand_ins, rows = {}, [], [], [], []
backend = settings.AUTHENTICATION_BACKENDS[0]
for user in people:
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), backend, user.get_session_auth_hash()
    session.create()
    cookies[user.pk] = session.session_key
for at, user in enumerate(people):
    lesson = lessons[at % 50]
    base = f"/learn/{course.slug}/{lesson.slug}/"
    pages.append((base, cookies[user.pk], ""))
    with mock.patch("courses.learning.sittings.timezone.now", lambda: now - timedelta(hours=6)):
        ticket = issue_ticket(user_id=user.pk, lesson=lesson, enrolment_id=enrolments[user.pk].pk)
    beats.append((base + "beats/", cookies[user.pk], f"ticket={ticket}&seconds={{n}}&page=300"))
for number in range(attempts):
    for user in people:
        quiz = quizzes[number % len(quizzes)]
        # Only one of a quiz may be open: the others wait, graded, for the round that opens them.
        row = QuizAttempt(enrolment=enrolments[user.pk], quiz_id=quiz.id, revision_id=quiz.revision, number=number // len(quizzes) + 1,
                          arrangement=arrange(contents[quiz.id]), started_at=now)
        if number >= len(quizzes):
            row.completed_at, row.percentage, row.is_passed = now, 0, False
        rows.append(row)
        answers = "&".join(f"q-{question.id}=a" for question in contents[quiz.id].questions)
        if number < len(quizzes):
            hand_ins.append((f"/learn/{course.slug}/quizzes/{quiz.slug}/attempts/{row.pk}/", cookies[user.pk], f"hand_in=1&{answers}"))
QuizAttempt.objects.bulk_create(rows, batch_size=2000)
print(json.dumps({"pages": pages, "beats": beats, "hand_ins": hand_ins}))
"""

_REOPEN = """
    UPDATE learning_quizattempt
    SET completed_at = NULL, percentage = NULL, is_passed = NULL, points = NULL, most_points = NULL, answers = '{}'
    WHERE number = 1
"""

_QUERIES = """
import json, sys, logging, django
django.setup(); logging.disable(logging.CRITICAL)
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
found = []
for path, cookie, body in json.load(sys.stdin):
    client = Client(HTTP_HOST="127.0.0.1")
    for part in cookie.split("; "):
        name, _, value = part.partition("=")
        client.cookies[name] = value
    ask = (lambda: client.post(path, body, content_type="application/x-www-form-urlencoded")) if body else (lambda: client.get(path))
    if "hand_in" not in body:
        ask()
    with CaptureQueriesContext(connection) as queries:
        answer = ask()
    found.append((len(queries), len(answer.content), answer.status_code))
print(json.dumps(found))
"""


def fill(environ: dict[str, str]) -> dict[str, list[Request]]:
    out = subprocess.run(
        [sys.executable, "-c", _FILL, str(LEARNERS), str(ATTEMPTS)], env=environ, cwd=BASE, capture_output=True, text=True, check=False
    )
    if out.returncode:
        raise SystemExit(out.stderr[-3000:])
    made = json.loads(out.stdout.splitlines()[-1])
    return {
        name: [Request(path, f"sessionid={session}; csrftoken={_TOKEN}", body) for path, session, body in rows]
        for name, rows in made.items()
    }


def reopen(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(_REOPEN)


def graded(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM learning_quizattempt WHERE number = 1 AND completed_at IS NOT NULL").fetchone()
        assert row is not None
        return int(row[0])


@dataclass(frozen=True)
class Spent(Measured):
    """With what Postgres spent on a request, in milliseconds; 0 where it runs elsewhere and cannot be seen."""

    postgres_ms: float

    @property
    def all_ms(self) -> float:
        return self.cpu_ms + self.postgres_ms


def postgres_seconds(url: str) -> float:
    """CPU that the connections to this database have used since they were opened."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND client_port IS NOT NULL"
        ).fetchall()
    total = 0
    for (pid,) in rows:
        with contextlib.suppress(OSError):
            total += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    return total / 1e9


def measure(server: Server, case: Case, seconds: int, url: str) -> Spent:
    before, database = server.cpu_seconds(), postgres_seconds(url)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
        lua.write(_LUA % (",".join(one.as_lua() for one in case.requests), _TOKEN))
        lua.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", lua.name, f"http://127.0.0.1:{server.port}"]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if refused := re.search(r"Non-2xx or 3xx responses: (\d+)", out):
        raise SystemExit(f"{case.name}: {refused[1]} answers were no 2xx")
    rate, slowest = re.search(r"Requests/sec:\s+([\d.]+)", out), re.search(r"99%\s+([\d.]+)(us|ms|s)", out)
    assert rate, out
    assert slowest, out
    per_second = float(rate[1])
    p99 = float(slowest[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[slowest[2]]
    answered = max(1.0, per_second * seconds)
    return Spent(per_second, p99, 1000 * (server.cpu_seconds() - before) / answered, 1000 * (postgres_seconds(url) - database) / answered)


def warm(server: Server, case: Case, url: str) -> None:
    """Let both workers answer everything once or more, as they have after a minute of use: what is kept is then kept."""
    if case.once:
        reopen(url)
        measure(server, case, 2, url)
        return
    answered = 0.0
    while answered < WARM * len(case.requests):
        answered += 2 * measure(server, case, 2, url).rate


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--learning", action="store_true", help="this one")
    parser.add_argument("--products", type=int, default=10_000, help="rows of the floor's table")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--port", type=int, default=8165, help="the first of two ports")
    given = parser.parse_args()

    url = load(given.products)
    assert url == database_url(f"bench_{given.products}")
    environ = {"DATABASE_URL": url, "PYTHONPATH": str(BASE)}
    product = {**environ, "DJANGO_SETTINGS_MODULE": "benchmarks.product_settings"}
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"], env={**os.environ, **product}, cwd=BASE, check=True
    )
    made = fill({**os.environ, **product})
    servers = {
        "floor": Server("floor", "benchmarks.floor.wsgi", given.port, environ),
        "product": Server("product", "config.wsgi", given.port + 1, product),
    }
    cases = [
        Case("floor detail", "floor", tuple(Request(f"/items/{slug}/") for slug in slugs(url, 50))),
        Case("4 lesson page, signed in", "product", tuple(made["pages"]), 0.25),
        Case("4 report of time spent", "product", tuple(made["beats"]), 0.40),
        Case("4 quiz handed in", "product", tuple(made["hand_ins"]), 0.30, once=True),
    ]
    found: dict[str, list[Spent]] = {case.name: [] for case in cases}
    loads: list[float] = []
    with running(list(servers.values())):
        for case in cases:
            warm(servers[case.server], case, url)
        for _round in range(given.rounds):
            for case in cases:
                if case.once:
                    reopen(url)
                measured = measure(servers[case.server], case, given.seconds, url)
                if case.once and graded(url) >= len(case.requests):
                    raise SystemExit(f"{case.name}: every attempt was handed in before the time was over; ask for fewer seconds")
                found[case.name].append(measured)
                loads.append(os.getloadavg()[0])
        floor_bytes = size_of(servers["floor"], cases[0].requests[0].path)
    reopen(url)
    asked = [[case.requests[0].path, case.requests[0].cookie, case.requests[0].body.replace("{n}", "20000")] for case in cases[1:]]
    out = subprocess.run(
        [sys.executable, "-c", _QUERIES],
        input=json.dumps(asked),
        env={**os.environ, **product},
        cwd=BASE,
        capture_output=True,
        text=True,
        check=False,
    )
    if out.returncode:
        raise SystemExit(out.stderr[-3000:])
    facts = [(1, floor_bytes, 200), *json.loads(out.stdout.splitlines()[-1])]
    return report(cases, found, facts, loads)


def report(cases: list[Case], found: dict[str, list[Spent]], facts: list[tuple[int, int, int]], loads: list[float]) -> int:
    print(f"\n{LEARNERS} learners, 100 lessons, wrk -t1 -c{CONNECTIONS}, load average {min(loads):.1f} to {max(loads):.1f}\n")
    print(
        f"{'':28}{'req/s':>8}{'spread':>8}{'p99 ms':>8}{'CPU ms':>8}{'pg ms':>7}{'bytes':>8}{'queries':>9}{'ratio':>7}{'by CPU':>8}  goal"
    )
    floor = found[cases[0].name]
    missed = 0
    for case, (queries, size, _status) in zip(cases, facts, strict=True):
        rounds = found[case.name]
        rate = statistics.median(one.rate for one in rounds)
        # Each round against the floor of the same round: what the machine does beside that changes from minute to minute.
        ratio = statistics.median(one.rate / under.rate for one, under in zip(rounds, floor, strict=True))
        by_cpu = statistics.median(under.all_ms / one.all_ms for one, under in zip(rounds, floor, strict=True))
        spread = (max(one.rate for one in rounds) - min(one.rate for one in rounds)) / rate
        verdict = ""
        if case.goal is not None:
            reached = ratio >= case.goal
            missed += not reached
            verdict = f">= {case.goal:g} × floor detail: {'reached' if reached else 'MISSED'}"
        print(
            f"{case.name:28}{rate:8.0f}{spread:8.0%}{statistics.median(one.p99_ms for one in rounds):8.1f}"
            f"{statistics.median(one.cpu_ms for one in rounds):8.2f}{statistics.median(one.postgres_ms for one in rounds):7.2f}"
            f"{size:8,}{queries:>9}{ratio:7.2f}{by_cpu:8.2f}  {verdict}"
        )
    print(f"\n{missed} goal(s) missed." if missed else "\nAll goals reached.")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    raise SystemExit(main())
