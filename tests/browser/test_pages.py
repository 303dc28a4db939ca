"""Every room of the house, seen once by light on a desk and once in the dark on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from accounts.models import User
from tests.browser.checks import axe_findings, sideways
from tests.browser.conftest import Window
from tests.factories.school import School
from tests.factories.world import World, make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKS = [(1440, "paper"), (390, "darkroom")]
PAINT = """theme => {
    document.documentElement.dataset.theme = theme;
    for (const one of document.getAnimations()) if (one instanceof CSSTransition) one.finish();
}"""
"""Colours change within a moment, in which a text may be as pale as its ground: that is not waited for."""


def addresses(world: World) -> list[tuple[User | None, list[str]]]:
    """Who looks at what."""
    live, draft = world.live.slug, world.draft.slug
    return [
        (None, ["/", "/marketplace/", "/marketplace/?q=zzzqqq", f"/marketplace/{live}/"]),
        (None, ["/@ada/", "/about/contact/", "/cart/", "/register/"]),
        (
            world.ben,
            [
                "/library/",
                f"/library/works/{live}/",
                f"/library/purchases/{world.paid.number}/",
                f"/checkout/{world.waiting.number}/",
                f"/sandbox/checkout/{world.checkout}/",
                f"/marketplace/{live}/reviews/mine/",
                "/settings/",
            ],
        ),
        (
            world.ada,
            [
                "/dashboard/",
                "/dashboard/products/",
                "/dashboard/earnings/",
                f"/dashboard/products/{draft}/edit/",
                f"/dashboard/products/{draft}/files/",
                f"/dashboard/products/{live}/versions/",
                f"/dashboard/products/{live}/analytics/",
            ],
        ),
        (world.mo, ["/moderation/", f"/moderation/{world.submitted.slug}/"]),
        *courses(world.school, ada=world.ada, ben=world.ben),
    ]


def courses(school: School, *, ada: User, ben: User) -> list[tuple[User | None, list[str]]]:
    """What courses brought: shop, player, certificates, and the desk of their creator."""
    learn, desk = f"/learn/{school.course.slug}", f"/dashboard/courses/{school.course.slug}"
    return [
        (None, [f"/marketplace/{school.listing.slug}/", f"{learn}/", f"{learn}/{school.free_lesson.slug}/"]),
        (None, ["/certificates/verify/", f"/certificates/{school.certificate.pk}/", f"{learn}/quizzes/{school.free_quiz.slug}/trial/"]),
        (
            ben,
            [
                f"{learn}/",
                f"{learn}/{school.lesson.slug}/",
                f"{learn}/{school.exercise.slug}/",
                f"{learn}/{school.quiz_lesson.slug}/",
                f"{learn}/quizzes/{school.quiz.slug}/",
                f"{learn}/quizzes/{school.quiz.slug}/attempts/{school.attempt.pk}/",
                f"{learn}/notes/",
                "/certificates/",
            ],
        ),
        (
            ada,
            [
                "/dashboard/courses/",
                f"{desk}/builder/",
                f"{desk}/details/",
                f"{desk}/publications/",
                f"{desk}/preview/?as=visitor",
                f"{desk}/lessons/{school.exercise.pk}/",
                f"{desk}/quizzes/{school.quiz.pk}/",
                f"{desk}/outline/module/{school.module.pk}/",
                f"{desk}/removed/",
                f"{desk}/import/",
                f"/dashboard/courses/import/{school.course_import.pk}/",
                f"{desk}/export/",
                f"{desk}/learners/",
                f"{desk}/learners/{school.enrolment.pk}/",
                f"{desk}/insight/",
                f"{desk}/submissions/",
                f"{desk}/submissions/{school.submission.pk}/",
            ],
        ),
    ]


def test_no_page_breaks_a_rule_scrolls_sideways_or_complains(window: Window, db: None) -> None:
    found: dict[str, list[str]] = {}
    for person, paths in addresses(make_world()):
        page = window.open("/healthz", by=person)
        for path in paths:
            for width, theme in LOOKS:
                page.set_viewport_size({"width": width, "height": 900})
                if theme == LOOKS[0][1]:
                    page.goto(window.origin + path)
                page.evaluate(PAINT, theme)
                assert page.locator("h1").count() == 1, path
                faults = window.faults + axe_findings(page) + sideways(page)
                window.faults.clear()
                if faults:
                    found[f"{path} at {width} in {theme}"] = faults
    assert found == {}


def test_the_icon_of_small_screens_leads_into_the_search_field(window: Window, db: None) -> None:
    page = window.open("/cart/", width=390)
    icon = page.locator("header").get_by_role("link", name="Search")
    for _from_elsewhere_and_from_there in range(2):
        icon.click()
        page.wait_for_url("**/marketplace/#search")
        expect(page.get_by_role("searchbox", name="Search the marketplace")).to_be_focused()
        page.locator("h1").click()
