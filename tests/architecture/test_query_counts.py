"""Lists ask the database as often for many rows as for two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.services.tokens import create_token
from courses.learning.services.notes import add_note
from courses.models import Course, Lesson
from courses.services.lessons import remove_lesson
from courses.services.modules import add_module
from courses.services.publishing import publish_course
from kit.events.testing import deliver_all
from marketplace.courseware.models import CourseListing
from marketplace.models import Product
from marketplace.orders.models import Entitlement
from marketplace.orders.services.carts import add_to_cart
from marketplace.orders.services.fulfilment import grant_product
from marketplace.reviews.services.rating import rate_product
from marketplace.services.products import submit_product
from marketplace.tags import ensure_tags
from tests.api.conftest import stores
from tests.courses.certificates.finishing import certify
from tests.courses.learning.taking import attach
from tests.courses.teaching.progress import attempt, done, hand_in
from tests.factories import PASSWORD, make_product, make_user
from tests.factories.courses import add_text_lesson, enrol, make_course, make_quiz
from tests.marketplace.courseware.school import make_sold_course
from tests.marketplace.listing.works import make_draft
from tests.marketplace.orders.shop import buy

pytestmark = pytest.mark.django_db

__all__ = ["stores"]

MANY = 12


def cost(client: Client, path: str) -> int:
    """Queries of a page that was opened before in the same session."""
    cache.clear()
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path)
    assert response.status_code == 200, (path, response.status_code)
    return len(queries)


def on_sale(ada: User, ben: User, n: int) -> None:
    for _ in range(n):
        make_product(ada).tags.set(ensure_tags(["grids"]))


def bought(ada: User, ben: User, n: int) -> None:
    for _ in range(n):
        buy(ben, make_product(ada))


def sold(ada: User, ben: User, n: int) -> None:
    for _ in range(n):
        buy(make_user(), make_product(ada))


def in_cart(ada: User, ben: User, n: int) -> None:
    for _ in range(n):
        add_to_cart(make_product(make_user(creator=True)), user=ben)


def submitted(ada: User, ben: User, n: int) -> None:
    for number in range(n):
        creator = make_user(creator=True)
        submit_product(make_draft(creator, f"Work {number}"), by=creator)


def drafts(ada: User, ben: User, n: int) -> None:
    for _ in range(n):
        make_product(ada, state="draft")


def tokens(ada: User, ben: User, n: int) -> None:
    for number in range(min(n, 15)):
        create_token(ben, name=f"{number}", scopes=["read"], expires_at=None)


def rated(ada: User, ben: User, n: int) -> None:
    work = Product.objects.filter(slug="rated").first() or make_product(ada, slug="rated")
    for _ in range(n):
        reader = make_user()
        grant_product(work, to=reader, source=Entitlement.Source.GIFT)
        rate_product(work, by=reader, stars=4, text="It holds.")


def taught(ada: User, ben: User, n: int) -> None:
    for number in range(n):
        make_course(ada, modules=1, lessons=1, quiz=True, published=bool(number % 2))


def courses_on_sale(ada: User, ben: User, n: int) -> None:
    for number in range(n):
        course = make_course(ada, modules=1, lessons=1)
        product = make_product(ada, kind="course", title=course.title, details={"lessons": number + 1, "modules": 1})
        CourseListing.objects.create(course=course, product=product)


def taken(ada: User, ben: User, n: int) -> None:
    for _ in range(n):
        done(enrol(ben, make_course(ada, modules=1, lessons=2)), opened=["Lesson 1.1"])


def _school(ada: User) -> Course:
    """One course at a known address, on sale."""
    found = Course.objects.filter(slug="school").first()
    return found or make_sold_course(ada, approved_by=make_user(staff=True), title="School", modules=1, lessons=1, quiz=True)[1]


def grown(ada: User, ben: User, n: int) -> None:
    """More modules and lessons, with quizzes and files, and as many removed."""
    course = _school(ada)
    enrol(ben, course)
    for number in range(n):
        module = add_module(course, by=ada, title=f"Further {number}")
        attach(add_text_lesson(module, title=f"Further on {number}", is_free_preview=True))
        remove_lesson(add_text_lesson(module, title=f"Left out {number}"), by=ada)
        make_quiz(course, module=module)
    publish_course(course, by=ada)


def learnt(ada: User, ben: User, n: int) -> None:
    """Learners at work: lessons opened, quizzes tried, exercises handed in."""
    course = _school(ada)
    lesson = Lesson.objects.filter(course=course).earliest("created_at")
    for number in range(n):
        learner = enrol(make_user(), course)
        done(learner, *(["Lesson 1.1"] if number % 2 else []), opened=[] if number % 2 else ["Lesson 1.1"])
        attempt(learner, course, {"Which is taller?": ["b"]})
        hand_in(learner, lesson)


def noted(ada: User, ben: User, n: int) -> None:
    learner, lesson = enrol(ben, _school(ada)), Lesson.objects.earliest("created_at")
    for number in range(n):
        add_note(learner, lesson_id=lesson.pk, text=f"Note {number} of {n}.")


def certified(ada: User, ben: User, n: int) -> None:
    for _ in range(n):
        certify(ben, make_course(ada, modules=1, lessons=1))


Fill = Callable[[User, User, int], None]
LISTS: list[tuple[str, str, Fill]] = [
    ("", "/", on_sale),
    ("", "/marketplace/", on_sale),
    ("", "/marketplace/?q=work&kind=ebook&sort=newest", on_sale),
    ("", "/marketplace/tags/grids/", on_sale),
    ("", "/@ada/", on_sale),
    ("ben", "/library/", bought),
    ("ben", "/library/files/", bought),
    ("ben", "/library/purchases/", bought),
    ("ben", "/cart/", in_cart),
    ("ada", "/dashboard/", sold),
    ("ada", "/dashboard/products/", drafts),
    ("ada", "/dashboard/earnings/", sold),
    ("mo", "/moderation/", submitted),
    ("", "/marketplace/rated/", rated),
    ("", "/marketplace/rated/reviews/", rated),
    ("", "/api/v1/marketplace/products", on_sale),
    ("", "/api/v1/marketplace/products/rated/reviews", rated),
    ("ben", "/api/v1/users/me/purchases", bought),
    ("ben", "/api/v1/payments/history", bought),
    ("ada", "/api/v1/creator/products", drafts),
    ("ada", "/api/v1/creator/statistics", sold),
    ("ada", "/dashboard/", taught),
    ("ada", "/dashboard/", courses_on_sale),
    ("ada", "/dashboard/products/", courses_on_sale),
    ("ada", "/dashboard/courses/", taught),
    ("ada", "/dashboard/courses/school/builder/", grown),
    ("ada", "/dashboard/courses/school/publications/", grown),
    ("ada", "/dashboard/courses/school/preview/", grown),
    ("ada", "/dashboard/courses/school/removed/", grown),
    ("ada", "/dashboard/courses/school/export/", grown),
    ("ada", "/dashboard/courses/school/insight/", grown),
    ("ada", "/dashboard/courses/school/insight/", learnt),
    ("ada", "/dashboard/courses/school/learners/", learnt),
    ("ada", "/dashboard/courses/school/learners.csv", learnt),
    ("ada", "/dashboard/courses/school/submissions/", learnt),
    ("", "/learn/school/", grown),
    ("ben", "/learn/school/", grown),
    ("ben", "/learn/school/lesson-11/", grown),
    ("ben", "/learn/school/quizzes/check-yourself/", grown),
    ("ben", "/learn/school/notes/", noted),
    ("ben", "/learn/school/lesson-11/", noted),
    ("ben", "/library/", taken),
    ("ben", "/certificates/", certified),
    ("", "/marketplace/", courses_on_sale),
    ("", "/marketplace/school/", grown),
    ("ben", "/marketplace/school/", grown),
    ("ben", "/api/v1/marketplace/library/", taken),
    ("ben", "/api/v1/learn/courses", taken),
    ("ben", "/api/v1/learn/courses/school", grown),
    ("ada", "/api/v1/creator/courses", taught),
    ("ada", "/api/v1/creator/courses/school", grown),
    ("root", "/admin/courses/course/", taught),
    ("root", "/admin/courses/courseversion/", taken),
    ("root", "/admin/learning/enrolment/", learnt),
    ("root", "/admin/learning/quizattempt/", learnt),
    ("root", "/admin/learning/submission/", learnt),
    ("root", "/admin/certificates/certificate/", certified),
    ("root", "/admin/courseware/courselisting/", courses_on_sale),
    ("root", "/admin/accounts/user/", sold),
    ("root", "/admin/marketplace/product/", on_sale),
    ("root", "/admin/orders/order/", sold),
    ("root", "/admin/orders/entitlement/", sold),
    ("root", "/admin/payments/payment/", sold),
    ("root", "/admin/ledger/entry/", sold),
    ("root", "/admin/reviews/review/", rated),
]
MOST = {
    "/marketplace/": 6,
    "/marketplace/rated/": 8,
    "/marketplace/school/": 8,
    "/dashboard/": 12,
    "/learn/school/": 8,
    "/learn/school/lesson-11/": 6,
    "/learn/school/quizzes/check-yourself/": 8,
    "/library/": 8,
}
"""Queries that these pages may cost at all, with a warm session; who is signed in is one of them."""
MOST_FOR_VISITORS = {"/marketplace/rated/": 1, "/marketplace/school/": 1}
"""The same for visitors, of pages that have more to say to people who are signed in."""


@pytest.mark.parametrize(("who", "path", "fill"), LISTS, ids=[f"{path} {fill.__name__} {who}".strip() for who, path, fill in LISTS])
def test_many_rows_cost_what_two_do(ada: User, ben: User, mo: User, who: str, path: str, fill: Fill) -> None:
    client = Client()
    if who:
        people: dict[str, Any] = {"ada": ada, "ben": ben, "mo": mo}
        client.force_login(people.get(who) or make_user("root", staff=True, is_superuser=True))
    fill(ada, ben, 2)
    deliver_all()
    few = cost(client, path)
    fill(ada, ben, MANY - 2)
    deliver_all()
    many = cost(client, path)
    assert few == many
    assert many <= (MOST if who else MOST | MOST_FOR_VISITORS).get(path, 40)


def test_the_page_of_tokens_costs_the_same_for_one_and_for_many(ben: User, client: Client) -> None:
    """It asks for the password before it opens."""
    client.force_login(ben)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    tokens(ben, ben, 1)
    few = cost(client, "/settings/tokens/")
    tokens(ben, ben, 14)
    assert cost(client, "/settings/tokens/") == few
