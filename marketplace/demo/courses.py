"""Builds the demo courses through the services that creators use, and puts them on sale as of the day on which they came out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.models import Attachment, Course, CourseVersion, Lesson, Module, Picture
from courses.services.courses import create_course
from courses.services.lessons import LessonWords, add_lesson
from courses.services.modules import add_module
from courses.services.pictures import add_picture
from courses.services.publishing import publish_course
from courses.services.quizzes import add_question, add_quiz
from kit.storage import public, store_upload
from marketplace.courseware.models import CourseListing
from marketplace.courseware.services.listings import refresh_listing
from marketplace.demo.content import Release, Work
from marketplace.demo.drawings import draw_pictures
from marketplace.demo.syllabus import CoursePlan, LessonPlan, QuizPlan, read_courses, with_pictures
from marketplace.demo.works import CONTENT_TYPES, ensure_categories, shelve
from marketplace.demo.worksheets import make_file
from marketplace.models import GalleryImage, Product

SHOWN_PICTURES: Final = 3
"""How many of a course's pictures stand on its product page."""
_CAPTION: Final = re.compile(r"!\[(?P<alt>[^\]]+)\]\(picture:(?P<name>[a-z0-9-]+)\)")


def ensure_courses(people: Mapping[str, User], moderator: User) -> tuple[list[Product], dict[int, Work]]:
    """All demo courses on sale, made where they are missing, and what their listings were made from by product id."""
    categories = ensure_categories()
    there = {product.slug: product for product in Product.objects.filter(kind="course", creator__in=people.values())}
    works: dict[int, Work] = {}
    products = []
    for plan in read_courses():
        work = work_of(plan)
        product = there.get(plan.slug)
        if product is None:
            with transaction.atomic():
                product = shelve(work, people[plan.creator], categories[work.category], moderator)
                _teach(plan, product)
        works[product.pk] = work
        products.append(product)
    return products, works


def work_of(plan: CoursePlan) -> Work:
    """What the listing of a course says."""
    said = {**plan.listing, "releases": [Release(**release) for release in plan.listing["releases"]]}
    return Work(
        slug=plan.slug,
        creator=plan.creator,
        kind="course",
        title=plan.words.title,
        language=plan.words.language,
        description=plan.description,
        **said,
    )


def build_course(plan: CoursePlan, creator: User) -> Course:
    """The course with all its parts, as a draft. Pictures are drawn, files are made."""
    course = create_course(by=creator, words=plan.words, slug=plan.slug)
    drawn = draw_pictures(plan.pictures())
    uploads = {name: SimpleUploadedFile(f"{name}.png", png) for name, png in drawn.items()}
    addresses = {name: add_picture(course, by=creator, upload=upload).image.url for name, upload in uploads.items()}
    for part in plan.modules:
        module = add_module(course, by=creator, title=part.title, description=part.description, is_free_preview=part.is_free)
        for lesson in part.lessons:
            _add_lesson(module, lesson, addresses)
        if part.quiz:
            _add_quiz(course, part.quiz, module=module)
    if plan.assessment:
        _add_quiz(course, plan.assessment)
    return course


def _teach(plan: CoursePlan, product: Product) -> None:
    """Build the course behind a listing, publish it, and date it like the listing."""
    course = build_course(plan, product.creator)
    CourseListing.objects.create(product=product, course=course)
    version = publish_course(course, by=product.creator)
    out = product.published_at or timezone.now()
    CourseVersion.objects.filter(pk=version.pk).update(published_at=out)
    Course.objects.filter(pk=course.pk).update(created_at=out - timedelta(days=40), updated_at=out)
    refresh_listing(course.pk)
    Product.objects.filter(pk=product.pk).update(updated_at=out)  # nothing was changed since staff looked at it
    _show(plan, product, course)
    product.refresh_from_db()


def _show(plan: CoursePlan, product: Product, course: Course) -> None:
    """The first pictures of the lessons, on the product page: copies, since a gallery's pictures go when they are taken down."""
    captions = {found["name"]: found["alt"] for part in plan.modules for one in part.lessons for found in _CAPTION.finditer(one.words.text)}
    drawn = Picture.objects.filter(course=course).order_by("created_at")[:SHOWN_PICTURES]
    for position, (name, picture) in enumerate(zip(plan.pictures(), drawn, strict=False)):
        with public().open(str(picture.image.name)) as file:
            stored = store_upload(file, prefix="gallery", extension=".webp", to_public=True)
        GalleryImage.objects.create(
            product=product, image=stored.name, width=picture.width, height=picture.height, alt=captions[name], position=position
        )


def _add_lesson(module: Module, plan: LessonPlan, addresses: dict[str, str]) -> None:
    creator = module.course.creator
    said = {name: getattr(plan.words, name) for name in LessonWords.__dataclass_fields__}
    words = LessonWords(**{**said, "text": with_pictures(plan.words.text, addresses)})
    lesson = add_lesson(module, by=creator, words=words, slug=plan.slug)
    for position, name in enumerate(plan.files):
        _attach(lesson, name, position)
    if plan.quiz:
        _add_quiz(module.course, plan.quiz, lesson=lesson)


def _attach(lesson: Lesson, name: str, position: int) -> None:
    """A file of our own making, stored without the inspection that uploads pass: a program apart looks at each PDF there."""
    stored = store_upload(ContentFile(make_file(name)), prefix="attachments")
    Attachment.objects.create(
        lesson=lesson,
        name=name,
        file=stored.name,
        size_bytes=stored.size,
        sha256=stored.sha256,
        content_type=CONTENT_TYPES[name.rpartition(".")[2]],
        position=position,
    )


def _add_quiz(course: Course, plan: QuizPlan, *, module: Module | None = None, lesson: Lesson | None = None) -> None:
    quiz = add_quiz(course, by=course.creator, words=plan.words, module=module, lesson=lesson, slug=plan.slug)
    for words in plan.questions:
        add_question(quiz, by=course.creator, words=words)
