"""Whoever has the product of a course may take it, and nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.core import mail
from django.db import close_old_connections
from django.test import Client
from django.utils import timezone

from accounts.models import User
from courses.learning.models import Enrolment, LessonProgress, Note
from courses.learning.services.enrolments import enrol_student
from kit.events.testing import deliver_all
from marketplace.courseware.checks import RULES
from marketplace.models import Product
from marketplace.orders.models import Entitlement
from marketplace.orders.services.fulfilment import grant_product, revoke_entitlement, take_free_product
from marketplace.orders.services.refunds import refund_line
from payments.ledger.reconcile import run_checks
from tests.factories import make_user
from tests.factories.courses import make_course
from tests.marketplace.courseware.school import make_sold_course, sell
from tests.marketplace.orders.shop import buy

pytestmark = pytest.mark.django_db


def broken() -> set[str]:
    return {result.name for result in run_checks() if result.findings and result.name in RULES}


def enrolment_of(user: User) -> Enrolment:
    return Enrolment.objects.get(user=user)


def test_buying_enrols_and_names_what_opened_it(ada: User, ben: User, mo: User) -> None:  # R163, R224
    product, course = make_sold_course(ada, approved_by=mo)
    buy(ben, product)
    entitlement = Entitlement.objects.get()
    enrolment = enrolment_of(ben)
    assert enrolment.is_full
    assert (enrolment.course, enrolment.source, enrolment.grant_ref) == (course, "purchased", str(entitlement.pk))
    assert enrolment.lessons_total == 4
    assert broken() == set()


@pytest.mark.parametrize(("source", "says"), [(Entitlement.Source.GIFT, "gifted"), (Entitlement.Source.PROMOTION, "promotional")])
def test_the_enrolment_says_how_it_was_come_by(ada: User, ben: User, mo: User, source: Entitlement.Source, says: str) -> None:  # R161
    product, _course = make_sold_course(ada, approved_by=mo)
    grant_product(product, to=ben, source=source, by=mo)
    assert enrolment_of(ben).source == says


def test_a_free_course_opens_at_once(client: Client, ada: User, ben: User, mo: User) -> None:  # R222, R226
    product, course = make_sold_course(ada, approved_by=mo, price={"pricing": "free", "price_minor": 0})
    client.force_login(ben)
    answer = client.post(f"/buy/{product.slug}/free/")
    assert answer.headers["Location"] == f"/learn/{course.slug}/"
    assert enrolment_of(ben).source == "free"


def test_the_way_into_the_course_is_on_the_page_and_in_the_mail(client: Client, ada: User, ben: User, mo: User) -> None:  # R225, R226
    product, course = make_sold_course(ada, approved_by=mo)
    placed = buy(ben, product)
    client.force_login(ben)
    page = client.get(f"/checkout/{placed.number}/success/").content.decode()
    assert "Start the course" in page
    assert f'href="/learn/{course.slug}/"' in page
    assert "where you left off" in page
    receipt = next(sent for sent in mail.outbox if "receipt" in sent.subject)
    assert f"/learn/{course.slug}/" in receipt.body
    given = client.get(f"/marketplace/{product.slug}/").content.decode()
    assert f'href="/learn/{course.slug}/">Start the course' in given


def test_a_refund_closes_the_course_and_keeps_what_was_learnt(ada: User, ben: User, mo: User) -> None:
    product, course = make_sold_course(ada, approved_by=mo)
    placed = buy(ben, product)
    enrolment = enrolment_of(ben)
    lesson = course.lessons.first()
    assert lesson
    now = timezone.now()
    LessonProgress.objects.create(enrolment=enrolment, lesson=lesson, first_viewed_at=now, last_viewed_at=now, completed_at=now)
    Note.objects.create(enrolment=enrolment, lesson=lesson, text="Overshoot!")
    refund_line(placed.lines.get(), by=mo, reason="asked")
    deliver_all()
    enrolment.refresh_from_db()
    assert not enrolment.is_full
    assert enrolment.notes.get().text == "Overshoot!"
    assert broken() == set()
    buy(ben, product)
    enrolment.refresh_from_db()
    assert enrolment.is_full
    assert enrolment.lesson_progress.get().completed_at == now
    assert enrolment.grant_ref == str(Entitlement.objects.active().get().pk)
    assert broken() == set()


def test_taking_back_one_grant_leaves_another(ada: User, ben: User, mo: User) -> None:
    product, course = make_sold_course(ada, approved_by=mo)
    enrol_student(course, user=ben, source="promotional", reference="invited")
    entitlement = grant_product(product, to=ben, source=Entitlement.Source.GIFT)
    revoke_entitlement(entitlement, because="a mistake", by=mo)
    assert enrolment_of(ben).is_full, "the invitation still stands"
    assert broken() == set()


def test_who_looked_at_free_lessons_keeps_the_progress(ada: User, ben: User, mo: User) -> None:
    product, course = make_sold_course(ada, approved_by=mo)
    looked = Enrolment.objects.create(user=ben, course=course, source="preview")
    lesson, now = course.lessons.first(), timezone.now()
    assert lesson
    LessonProgress.objects.create(enrolment=looked, lesson=lesson, first_viewed_at=now, last_viewed_at=now, completed_at=now)
    buy(ben, product)
    looked.refresh_from_db()
    assert (looked.is_full, looked.source) == (True, "purchased")
    assert looked.lesson_progress.get().completed_at == now


def closed(product: Product) -> None:
    Enrolment.objects.update(revoked_at=timezone.now())


def unopened(product: Product) -> None:
    Enrolment.objects.all().delete()


def taken_back(product: Product) -> None:
    Entitlement.objects.update(revoked_at=timezone.now())


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (closed, "everybody who has a course may take it"),
        (unopened, "everybody who has a course may take it"),
        (taken_back, "nobody takes a course whose product was taken back"),
    ],
)
def test_the_reconciliation_sees_when_product_and_course_part_ways(
    ada: User, ben: User, mo: User, spoil: Callable[[Product], object], rule: str
) -> None:
    product, _course = make_sold_course(ada, approved_by=mo)
    buy(ben, product)
    assert broken() == set()
    spoil(product)
    assert broken() == {rule}


@pytest.mark.django_db(transaction=True)
def test_taking_a_free_course_from_many_tabs_enrols_once() -> None:
    ada, ben, mo = make_user("ada", creator=True), make_user("ben"), make_user("mo", staff=True)
    product = sell(make_course(ada), approved_by=mo, pricing="free", price_minor=0)
    start = threading.Barrier(4)

    def take() -> None:
        start.wait()
        try:
            take_free_product(product, by=ben)
        finally:
            close_old_connections()

    tabs = [threading.Thread(target=take) for _ in range(4)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert Entitlement.objects.count() == Enrolment.objects.count() == 1
    assert enrolment_of(ben).grant_ref == str(Entitlement.objects.get().pk)
