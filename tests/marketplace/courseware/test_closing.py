"""A course that the law forbids is closed for those who bought it, too; any other takedown leaves it with them."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from kit.events.testing import deliver_all
from marketplace.approvals.services.decisions import remove_product, restore_product
from tests.marketplace.courseware.school import make_sold_course
from tests.marketplace.orders.shop import buy

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("rule", "status"), [("unlawful", 403), ("works", 200)])
def test_only_the_rule_of_law_closes_a_course(client: Client, ada: User, ben: User, mo: User, rule: str, status: int) -> None:
    product, course = make_sold_course(ada, approved_by=mo)
    buy(ben, product)
    lessons = [reverse("learn_lesson", args=[course.slug, lesson.slug]) for lesson in course.lessons.all()]
    client.force_login(ben)
    assert client.get(lessons[-1]).status_code == 200
    remove_product(product, by=mo, rule=rule, note="Page 3.")
    deliver_all()
    answers = [client.get(address) for address in lessons]
    assert [answer.status_code for answer in answers] == [status] * len(lessons)
    if status == 403:
        assert "The law forbids us to show this course." in answers[0].content.decode()
        assert client.get(reverse("learn_notes", args=[course.slug])).status_code == 200
    for person in (ada, mo):
        client.force_login(person)
        assert client.get(lessons[-1]).status_code == 200
    product.refresh_from_db()
    restore_product(product, by=mo, note="Cleared.")
    deliver_all()
    client.force_login(ben)
    assert client.get(lessons[-1]).status_code == 200
