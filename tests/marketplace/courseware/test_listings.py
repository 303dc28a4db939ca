"""A course and its listing: made together or tied later, and saying the same ever after."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from courses.errors import CourseKept
from courses.models import Course
from courses.services.courses import CourseWords, change_course, delete_course
from courses.services.modules import add_module
from courses.services.publishing import publish_course
from kit.events.testing import deliver_all
from marketplace.completeness import missing_from
from marketplace.courseware.models import CourseListing
from marketplace.courseware.services.listings import list_course
from marketplace.errors import Incomplete, NotCopyable, NotMadeOfFiles, TitleTaken
from marketplace.kinds import CourseDetails, details_of, fact
from marketplace.models import Product, Version
from marketplace.services.products import Listing, change_product, delete_product, duplicate_product, submit_product
from marketplace.services.versions import start_version
from tests.factories import make_user
from tests.factories.courses import add_text_lesson, make_course
from tests.marketplace.courseware.school import complete, make_draft, make_sold_course, publish_again, sell
from tests.marketplace.orders.shop import buy

pytestmark = pytest.mark.django_db


def htmx(client: Client, url: str) -> Any:
    return client.get(url, headers={"HX-Request": "true"})


def test_a_new_course_begins_with_its_listing_under_one_address(ada: User) -> None:  # R148
    product, course = make_draft(ada, "Letters that hold")
    assert (product.slug, course.slug) == ("letters-that-hold", "letters-that-hold")
    assert (product.kind, course.creator, course.title) == ("course", ada, product.title)
    assert not Version.objects.filter(product=product).exists()


def test_the_address_is_another_where_a_course_has_it(ada: User, cleo: User) -> None:
    make_course(cleo, title="Letters that hold")
    product, course = make_draft(ada, "Letters that hold")
    assert product.slug == "letters-that-hold"
    assert course.slug == "letters-that-hold-2"


def test_the_form_leads_to_the_builder(client: Client, ada: User) -> None:  # R41, R196
    client.force_login(ada)
    assert "?kind=course" in client.get("/dashboard/products/new/").content.decode()
    page = client.get("/dashboard/products/new/?kind=course").content.decode()
    assert "sample_output" not in page
    words = {"kind": "course", "title": "Stems", "pricing": "fixed", "currency": "EUR", "language": "de"}
    answer = client.post("/dashboard/products/new/", words)
    assert answer.headers["Location"] == "/dashboard/courses/stems/builder/"
    assert Course.objects.get().language == "de"


def test_publishing_is_what_a_course_lacks_and_files_are_not(ada: User) -> None:
    product, course = make_draft(ada)
    assert [entry.field for entry in missing_from(product)] == ["course"]
    assert missing_from(product)[0].url == f"/dashboard/courses/{course.slug}/builder/"
    with pytest.raises(Incomplete):
        submit_product(product, by=ada)
    change_course(course, by=ada, words=replace(CourseWords.of(course), outcomes=["Draw a letter"]))
    add_text_lesson(add_module(course, by=ada, title="One"))
    publish_course(course, by=ada)
    assert missing_from(product) == []
    assert submit_product(product, by=ada).state == "submitted"


def test_the_listing_counts_what_is_published_and_nobody_else_does(ada: User, mo: User) -> None:  # R169, R170
    product, course = make_sold_course(ada, approved_by=mo, modules=2, lessons=3, quiz=True)
    details = details_of(product)
    assert isinstance(details, CourseDetails)
    assert (details.modules, details.lessons, details.minutes, details.free_lessons, details.quizzes) == (2, 6, 30, None, 1)
    assert fact(product) == "6 lessons"
    change_product(product, by=ada, listing=replace(Listing.of(product), details={"lessons": 999}))
    product.refresh_from_db()
    assert product.details["lessons"] == 6
    add_text_lesson(course.modules.get(position=1), title="One more", is_free_preview=True)
    product.refresh_from_db()
    assert product.details["lessons"] == 6, "a draft is not counted"
    publish_again(course)
    product.refresh_from_db()
    assert (product.details["lessons"], product.details["free_lessons"]) == (7, 1)


def test_title_and_language_are_the_same_on_both_sides(ada: User, mo: User) -> None:
    product, course = make_sold_course(ada, approved_by=mo, title="Old title")
    change_product(product, by=ada, listing=replace(Listing.of(product), title="New title", language="pt"))
    deliver_all()
    course.refresh_from_db()
    assert (course.title, course.language, course.outcomes) == ("New title", "pt", ["Draw a letter"])
    change_course(course, by=ada, words=replace(CourseWords.of(course), title="Newest title", language="fr"))
    deliver_all()
    product.refresh_from_db()
    assert (product.title, product.language) == ("Newest title", "fr")


def test_a_title_that_is_sold_already_stays_with_its_work(ada: User, mo: User) -> None:
    make_sold_course(ada, approved_by=mo, title="Stems")
    product, course = make_sold_course(ada, approved_by=mo, title="Bowls")
    change_course(course, by=ada, words=replace(CourseWords.of(course), title="stems"))
    deliver_all()
    product.refresh_from_db()
    assert product.title == "Bowls"


def test_a_course_from_elsewhere_gets_its_listing_once(client: Client, ada: User) -> None:
    course = make_course(ada, title="Imported")
    client.force_login(ada)
    panel = f"/dashboard/courses/{course.slug}/listing/"
    assert "Put it on sale" in htmx(client, panel).content.decode()
    answer = client.post(panel)
    assert answer.headers["Location"] == "/dashboard/products/imported/edit/"
    assert "The listing is a draft." in client.get(answer.headers["Location"]).content.decode()
    again = client.post(panel, follow=True)
    assert again.redirect_chain == [("/dashboard/products/imported/edit/", 302)]
    assert "The listing is a draft." not in again.content.decode(), "it was there before, live perhaps"
    assert Product.objects.get().details["lessons"] == 4
    assert CourseListing.objects.get().course == course
    says = htmx(client, panel).content.decode()
    assert "Draft" in says
    assert "Set a price" in says
    assert client.get(panel).headers["Location"] == "/dashboard/products/imported/edit/"


def test_two_courses_of_one_title_cannot_both_be_sold(ada: User) -> None:
    list_course(make_course(ada, title="Twins"), by=ada)
    with pytest.raises(TitleTaken):
        list_course(make_course(ada, title="Twins"), by=ada)
    assert Product.objects.count() == 1


def test_the_panel_belongs_to_the_creator(client: Client, ada: User) -> None:
    course = make_course(ada)
    panel = f"/dashboard/courses/{course.slug}/listing/"
    client.force_login(make_user(creator=True))
    assert client.get(panel).status_code == 404
    assert client.post(panel).status_code == 404
    assert not CourseListing.objects.exists()


def test_files_and_versions_lead_to_the_builder(client: Client, ada: User) -> None:
    product, course = make_draft(ada)
    client.force_login(ada)
    for page in ("files", "versions"):
        assert client.get(f"/dashboard/products/{product.slug}/{page}/").headers["Location"] == f"/dashboard/courses/{course.slug}/builder/"
    edit = client.get(f"/dashboard/products/{product.slug}/edit/").content.decode()
    assert "/files/" not in edit
    assert "/copy/" not in edit
    assert f"/dashboard/courses/{course.slug}/builder/" in edit
    with pytest.raises(NotMadeOfFiles):
        start_version(product, by=ada)
    with pytest.raises(NotCopyable):
        duplicate_product(product, by=ada)
    assert Product.objects.count() == 1


def test_deleting_a_listing_that_nobody_bought_leaves_the_course(client: Client, ada: User) -> None:  # R58
    product, course = make_draft(ada)
    client.force_login(ada)
    assert "The course itself stays" in client.get(f"/dashboard/products/{product.slug}/delete/").content.decode()
    client.post(f"/dashboard/products/{product.slug}/delete/")
    assert not Product.objects.exists()
    assert Course.objects.get() == course
    assert "Put it on sale" in htmx(client, f"/dashboard/courses/{course.slug}/listing/").content.decode()


def test_deleting_a_listing_with_learners_archives_it(ada: User, ben: User, mo: User) -> None:
    product, course = make_sold_course(ada, approved_by=mo)
    buy(ben, product)
    assert delete_product(product, by=ada) == "archived"
    assert CourseListing.objects.filter(product=product, course=course).exists()
    with pytest.raises(CourseKept):
        delete_course(course, by=ada)


def test_a_course_goes_only_after_its_listing(ada: User) -> None:
    product, course = make_draft(ada)
    with pytest.raises(CourseKept):
        delete_course(course, by=ada)
    assert delete_product(product, by=ada) == "deleted"
    delete_course(course, by=ada)
    assert not Course.objects.exists()


def test_a_course_is_found_by_what_it_teaches(ada: User, mo: User, client: Client) -> None:
    product, course = make_sold_course(ada, approved_by=mo, title="Drawing", outcomes=["Balance counterforms"])
    add_text_lesson(course.modules.get(position=0), title="Overshoot explained")
    publish_again(course)
    for words in ("counterforms", "overshoot"):
        assert "Drawing" in client.get("/marketplace/", {"q": words}).content.decode(), words
    with connection.cursor() as cursor:
        cursor.execute("SELECT search @@ to_tsquery('atelier_simple', 'unheard') FROM marketplace_product WHERE id = %s", [product.pk])
        assert cursor.fetchone() == (False,)


def test_what_is_on_sale_keeps_its_price_and_words(ada: User, mo: User) -> None:
    course = make_course(ada, title="Kept")
    product = sell(course, approved_by=mo, tags=["type"])
    publish_again(course)
    product.refresh_from_db()
    assert (product.price_minor, product.summary, [tag.name for tag in product.tags.all()]) == (6800, complete("x").summary, ["type"])
