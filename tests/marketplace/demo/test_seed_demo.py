"""`manage.py seed_demo`: a shop that lives and whose books agree."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import User
from courses.certificates.models import Certificate
from courses.learning.models import Enrolment, LessonProgress, Note, QuizAttempt, Submission
from courses.learning.services.progress import refresh_progress
from courses.models import Attachment, Course, CourseVersion, Lesson, Picture
from kit.events.testing import deliver_all
from kit.storage import private
from marketplace.approvals.selectors import changed_products
from marketplace.delivery.models import Download
from marketplace.demo.content import parse_work, read_works
from marketplace.insights.models import ProductDay
from marketplace.models import Asset, GalleryImage, Product, Version
from marketplace.orders.models import Entitlement, Order, OrderLine
from payments.ledger.selectors import balances
from tests.factories.stores import stores_in


@pytest.fixture
def own_data(settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = stores_in(tmp_path)


@pytest.mark.usefixtures("db", "own_data")
def test_the_demo_is_a_shop_that_lives_and_a_second_run_changes_nothing() -> None:
    call_command("seed_demo", verbosity=0)

    kinds = Counter(Product.objects.values_list("kind", flat=True))
    assert sum(kinds.values()) >= 40
    assert min(kinds[kind] for kind in ("prompt", "template", "ebook", "persona")) >= 8
    assert {"live", "draft", "submitted", "rejected", "archived"} <= set(Product.objects.values_list("state", flat=True))
    assert {"fixed", "free", "pwyw"} <= set(Product.objects.values_list("pricing", flat=True))
    assert len(set(Product.objects.values_list("category", flat=True))) >= 5
    assert User.objects.filter(creator_since__isnull=False).count() == 5
    for username in ("ada", "ben", "cleo", "mo"):
        assert User.objects.get(username=username, email=f"{username}@example.com").check_password("demo-pass-1234")
    assert User.objects.get(username="mo").is_staff

    assert Version.objects.exclude(changelog="").count() >= 10
    assert GalleryImage.objects.values("product").distinct().count() >= 40
    for asset in Asset.objects.select_related("version__product"):
        assert_opens(asset)

    sold = OrderLine.objects.filter(sold_at__isnull=False)
    assert sold.count() > 200
    assert sold.filter(sold_at__lt=timezone.now() - timedelta(days=91)).count() == 0
    assert sold.filter(sold_at__lt=timezone.now() - timedelta(days=45)).exists()
    assert Order.objects.filter(state=Order.State.REFUNDED).exists()
    assert Download.objects.exists()
    assert ProductDay.objects.exists()
    call_command("reconcile_ledger", verbosity=0)
    earned = sum(balance.total_minor for user in User.objects.all() for balance in balances(user))
    lines = sold.exclude(order__state=Order.State.REFUNDED)
    assert earned == sum(lines.values_list("creator_minor", flat=True))
    for product in Product.objects.all():
        assert product.rating_count == product.reviews.count()
        assert product.sales_count == Entitlement.objects.active().filter(product=product).count()
        assert product.download_count == Download.objects.filter(product=product).count()

    deliver_all()
    assert not changed_products().exists(), "what staff let through stands as they saw it"
    assert_school_lives()

    def counts() -> list[int]:
        shop = (User, Product, Asset, Order, Entitlement, Download, ProductDay)
        school = (Course, CourseVersion, Lesson, Picture, Attachment, Enrolment, LessonProgress, QuizAttempt, Note, Submission, Certificate)
        return [model.objects.count() for model in (*shop, *school)]

    before = counts()
    call_command("seed_demo", verbosity=0)
    assert counts() == before


def assert_school_lives() -> None:
    """Three courses on sale with learners on all parts of the way, whose counters are those of the rows."""
    courses = Course.objects.select_related("listing__product", "current_version")
    assert {course.listing.product.state for course in courses} == {"live"}
    assert len({course.listing.product.currency for course in courses}) == 3
    for course in courses:
        version = course.current_version
        assert version is not None
        details = course.listing.product.details
        counted = (details["modules"], details["lessons"], details["minutes"])
        assert counted == (version.module_count, version.lesson_count, version.minutes)
        assert 0 < version.free_lesson_count < version.lesson_count
        assert course.pictures.count() >= 8
        for picture in course.pictures.all():
            assert Lesson.objects.filter(course=course, text__contains=picture.image.url).exists()
        holders = Entitlement.objects.filter(product=course.listing.product)
        enrolments = Enrolment.objects.filter(course=course)
        assert set(enrolments.values_list("grant_ref", flat=True)) == {str(holder.pk) for holder in holders}
        progress = set(enrolments.values_list("progress", flat=True))
        assert 100 in progress
        assert any(0 < share < 60 for share in progress)
    for enrolment in Enrolment.objects.all():
        before = (enrolment.lessons_completed, enrolment.lessons_total, enrolment.progress, enrolment.completed_at)
        again = refresh_progress(enrolment)
        assert (again.lessons_completed, again.lessons_total, again.progress, again.completed_at) == before
    finished = Enrolment.objects.filter(completed_at__isnull=False)
    assert set(Certificate.objects.values_list("enrolment_id", flat=True)) == set(finished.values_list("pk", flat=True))
    assert QuizAttempt.objects.filter(is_passed=False).exists()
    assert Submission.objects.filter(verdict="").exists()
    assert Submission.objects.exclude(feedback="").exists()


def assert_opens(asset: Asset) -> None:
    with private().open(asset.file.name) as file:
        content = file.read()
    assert len(content) == asset.size_bytes > 0
    if asset.name.endswith(".pdf"):
        pages = PdfReader(io.BytesIO(content)).pages
        assert len(pages) == asset.pages >= 4
        assert "".join(page.extract_text() for page in pages).strip()
    elif asset.name.endswith((".zip", ".epub")):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            if asset.name.endswith(".epub"):
                assert archive.infolist()[0].filename == "mimetype"
                assert archive.read("mimetype") == b"application/epub+zip"
                assert sum(name.startswith("OEBPS/chapter") for name in archive.namelist()) >= 3
            else:
                assert len(archive.namelist()) >= 2
    elif asset.name.endswith(".json"):
        told = json.loads(content)
        assert told.get("prompts") or told["instructions"]
    else:
        assert content.decode().startswith("# ")


@pytest.mark.usefixtures("db")
def test_the_demo_stays_out_of_a_shop_with_real_money(settings: Any) -> None:
    settings.PAYMENT_GATEWAY = "none"
    with pytest.raises(CommandError, match="PAYMENT_GATEWAY=sandbox"):
        call_command("seed_demo", verbosity=0)
    assert not User.objects.exists()


def test_every_demo_work_says_what_a_listing_needs() -> None:
    for work in read_works():
        assert work.summary, work.slug
        assert len(work.summary) <= 200
        assert work.description, work.slug
        assert work.tags, work.slug
        assert work.releases, work.slug
        if work.kind in ("ebook", "prompt"):
            assert len(work.chapters) >= 3, work.slug
        if work.kind == "template":
            assert work.files, work.slug
        if work.kind == "persona":
            assert work.instructions, work.slug
            assert work.details["examples"], work.slug


def test_a_work_without_its_head_is_refused() -> None:
    with pytest.raises(ValueError, match="does not begin"):
        parse_work("# Just words", slug="x", creator="ada")
