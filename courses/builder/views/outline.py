"""The builder's page, and the rows in it: opened, added, named, offered, moved, copied, removed, brought back."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import creator_required
from courses.access import get_own_course, get_own_module
from courses.builder.board import place_of, read_board
from courses.builder.forms import ModuleForm, NewPartForm, PlaceForm, TitleForm
from courses.builder.parts import Part, anchor_of, kind_of, module_of, removed_part
from courses.builder.views.changes import Change, answer, shows_fresh_outline, whole_number
from courses.embeds import shows_embeds
from courses.errors import BadCourse
from courses.learning.selectors_submissions import desk_context
from courses.models import Course, Lesson, LessonKind, Module, Quiz, QuizKind
from courses.outline import Outline
from courses.services import ordering
from courses.services.lessons import LessonWords, add_lesson, add_quiz_lesson
from courses.services.modules import add_module, change_module
from courses.services.quizzes import QuizWords, add_quiz
from kit.http import AuthedRequest
from kit.ratelimit import rate_limited


@require_GET
@creator_required
@shows_embeds
def builder(request: AuthedRequest, slug: str) -> HttpResponse:
    """/dashboard/courses/<slug>/builder/ (R196): the whole course on one page. `?open=` unfolds a module of a large one."""
    course = get_own_course(request.user, slug)
    board = read_board(course, unfolded=request.GET.getlist("open") or None)
    removed = removed_part(course, request.GET.get("removed", ""))
    context = {
        **desk_context(course),
        "board": board,
        "removed": removed,
        "removed_kind": removed._meta.model_name if removed else "",
        "position": request.GET.get("position", ""),
    }
    return render(request, "courses/builder/builder.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
@rate_limited("outline", "600/m", by="user", methods=("POST",))
def part(request: AuthedRequest, slug: str, part: str, part_id: uuid.UUID) -> HttpResponse:
    """One module, lesson or quiz: GET shows its rows or, without htmx, all that can be done with it; POST names or offers it."""
    course = get_own_course(request.user, slug)
    subject: Part = kind_of(part).find(course, part_id)
    if request.method == "POST":
        return _change(request, course, part, subject)
    if request.htmx:
        module = subject.pk if isinstance(subject, Module) else module_of(subject)
        finals = isinstance(subject, Quiz) and subject.kind == QuizKind.COURSE
        unfolds = "unfold" in request.GET
        change = Change(said="", steps=0, modules=[module], unfold=module if unfolds else None, finals=finals, is_look=unfolds)
        return answer(request, course, change)
    return _part_page(request, course, part, subject)


def _change(request: AuthedRequest, course: Course, part: str, subject: Part) -> HttpResponse:
    kind = kind_of(part)
    if "free" in request.POST:
        free = request.POST["free"] == "yes"
        kind.offer(subject, by=request.user, free=free)
        said = _("“%(title)s” is free for everybody now.") if free else _("“%(title)s” is for those who have the course.")
        return _answer_to(request, course, subject, said % {"title": subject.title})
    if isinstance(subject, Module) and "whole" in request.POST:
        form = ModuleForm(request.POST, module=subject)
        if not form.is_valid():
            return _part_page(request, course, part, subject, form=form)
        change_module(subject, by=request.user, words=form.words())
        return _answer_to(request, course, subject, _("Saved."))
    title = TitleForm(request.POST)
    if not title.is_valid():
        if request.htmx:
            raise BadCourse(_("Give it a title."), field="title")
        return _part_page(request, course, part, subject, form=title)
    renamed = kind.rename(subject, by=request.user, title=title.cleaned_data["title"])
    return _answer_to(request, course, subject, _("It is called “%(title)s” now.") % {"title": renamed.title})


def _answer_to(request: AuthedRequest, course: Course, subject: Part, said: str) -> HttpResponse:
    """The rows of a part that stands where it stood."""
    module = subject.pk if isinstance(subject, Module) else module_of(subject)
    return answer(request, course, Change(said=said, steps=0, modules=[module], finals=module is None, anchor=anchor_of(subject)))


def _part_page(
    request: AuthedRequest, course: Course, part: str, subject: Part, *, form: ModuleForm | TitleForm | None = None
) -> HttpResponse:
    """All that can be done with a part, as a page of its own: for those without script."""
    refused = form is not None
    if form is None:
        form = ModuleForm(module=subject) if isinstance(subject, Module) else TitleForm(initial={"title": subject.title})
    is_inline = isinstance(subject, Quiz) and subject.kind == QuizKind.INLINE
    content = "" if isinstance(subject, Module) else reverse(f"course_{part}", args=[course.slug, subject.pk])
    context = {**desk_context(course), "part": part, "subject": subject, "form": form, "content_url": content, "is_inline": is_inline}
    return render(request, "courses/builder/part.html", context, status=422 if refused else 200)


@require_POST
@creator_required
@rate_limited("outline", "600/m", by="user")
def modules(request: AuthedRequest, slug: str) -> HttpResponse:
    """A module at the end of the course (R186)."""
    course = get_own_course(request.user, slug)
    module = add_module(course, by=request.user, title=request.POST.get("title", ""))
    said = _("The module “%(title)s” is added.") % {"title": module.title}
    change = Change(said=said, placed=module.pk, unfold=module.pk, anchor=anchor_of(module), focus=f"add-{module.pk}")
    return answer(request, course, change)


@require_POST
@creator_required
@rate_limited("outline", "600/m", by="user")
def parts(request: AuthedRequest, slug: str, module_id: uuid.UUID) -> HttpResponse:
    """A lesson or a quiz at the end of a module (R190)."""
    course = get_own_course(request.user, slug)
    module = get_own_module(course, module_id)
    form = NewPartForm(request.POST)
    if not form.is_valid():
        raise BadCourse(_("Give it a title of at most 160 characters."), field="title")
    kind, title = form.cleaned_data["kind"], form.cleaned_data["title"]
    added: Lesson | Quiz
    if kind == "quiz":
        added = add_quiz(course, by=request.user, words=QuizWords(title=title), module=module)
    elif kind == LessonKind.QUIZ_INLINE:
        added = add_quiz_lesson(module, by=request.user, title=title)
    else:
        added = add_lesson(module, by=request.user, words=LessonWords(title=title, kind=kind))
    said = _("“%(title)s” is added to “%(module)s”.") % {"title": added.title, "module": module.title}
    steps = 2 if kind == LessonKind.QUIZ_INLINE else 1
    change = Change(said=said, steps=steps, modules=[module.pk], unfold=module.pk, anchor=anchor_of(added), adding=kind)
    return answer(request, course, change)


@require_POST
@creator_required
@rate_limited("outline", "600/m", by="user")
def assessments(request: AuthedRequest, slug: str) -> HttpResponse:
    """A quiz at the end of the course (R155)."""
    course = get_own_course(request.user, slug)
    quiz = add_quiz(course, by=request.user, words=QuizWords(title=request.POST.get("title", "")))
    said = _("The final assessment “%(title)s” is added.") % {"title": quiz.title}
    return answer(request, course, Change(said=said, finals=True, anchor=anchor_of(quiz), focus=f"open-{quiz.pk}"))


@require_POST
@creator_required
@rate_limited("outline", "1200/m", by="user")
@shows_fresh_outline
def place(request: AuthedRequest, slug: str, part: str, part_id: uuid.UUID) -> HttpResponse:
    """Moves one part: a step by `?to=up` or `down`, or to a `position`, for a lesson in a `module` (R189, R196)."""
    course = get_own_course(request.user, slug)
    subject: Part = kind_of(part).find(course, part_id)
    form = PlaceForm({**request.POST.dict(), **request.GET.dict()})
    if not form.is_valid():
        raise BadCourse(_("Say where it goes."), field="position")
    asked, seen = form.cleaned_data, form.cleaned_data["stamp"]
    left = module_of(subject)
    if asked["to"]:
        new = kind_of(part).step(subject, by=request.user, stamp=seen, direction=asked["to"])
    elif isinstance(subject, Module) and asked["position"] is not None:
        new = ordering.move_module(subject, by=request.user, stamp=seen, position=asked["position"])
    elif isinstance(subject, Lesson) and asked["position"] is not None and asked["module"]:
        module = get_own_module(course, asked["module"])
        new = ordering.move_lesson(subject, by=request.user, stamp=seen, module=module, position=asked["position"])
    else:
        raise BadCourse(_("Say where it goes."), field="position")
    subject.refresh_from_db()
    return answer(request, course, _moved(request, subject, left, steps=new - seen))


def _moved(request: AuthedRequest, subject: Part, left: object, *, steps: int) -> Change:
    def said(outline: Outline) -> str:
        number, many, module = place_of(outline, subject.pk)
        words = {"title": subject.title, "number": number, "many": many, "module": module}
        if not steps:
            return _("“%(title)s” cannot go further.") % words
        if module:
            return _("“%(title)s” is now number %(number)d of %(many)d in “%(module)s”.") % words
        return _("“%(title)s” is now number %(number)d of %(many)d.") % words

    if isinstance(subject, Module):
        return Change(said=said, steps=steps, placed=subject.pk if steps else None, is_move=True, anchor=anchor_of(subject))
    inside = module_of(subject)
    # By a step one goes along, also into a module that is folded; what was dropped there is put away.
    unfold = inside if request.GET.get("to") and steps else None
    return Change(said=said, steps=steps, modules={left, inside}, finals=inside is None, unfold=unfold, anchor=anchor_of(subject))


@require_POST
@creator_required
@rate_limited("outline", "600/m", by="user")
def copy(request: AuthedRequest, slug: str, part: str, part_id: uuid.UUID) -> HttpResponse:
    """The same once more, right after it."""
    course = get_own_course(request.user, slug)
    subject: Part = kind_of(part).find(course, part_id)
    copied: Part = kind_of(part).copy(subject, by=request.user)
    said = _("“%(title)s” is a copy.") % {"title": copied.title}
    module, focus = module_of(copied), f"open-{copied.pk}"
    if isinstance(copied, Module):
        # Its quizzes count too: as many steps as there are, so the whole outline is sent.
        return answer(request, course, Change(said=said, steps=-1, unfold=copied.pk, anchor=anchor_of(copied), focus=focus))
    steps = 2 if isinstance(copied, Lesson) and Quiz.objects.filter(lesson=copied).exists() else 1
    change = Change(said=said, steps=steps, modules=[module], finals=module is None, anchor=anchor_of(copied), focus=focus)
    return answer(request, course, change)


@require_POST
@creator_required
@rate_limited("outline", "600/m", by="user")
def removal(request: AuthedRequest, slug: str, part: str, part_id: uuid.UUID) -> HttpResponse:
    """Takes a part out, to be brought back by `restoration` (R188)."""
    course = get_own_course(request.user, slug)
    subject: Part = kind_of(part).find(course, part_id)
    position, module = subject.position, module_of(subject)
    kind_of(part).remove(subject, by=request.user)
    said = _("“%(title)s” is removed.") % {"title": subject.title}
    is_module = isinstance(subject, Module)
    change = Change(
        said=said,
        modules=[module],
        finals=module is None and not is_module,
        gone=subject.pk if is_module else None,
        removed=subject,
        position=position,
        anchor=f"module-{module}" if module else "outline",
    )
    return answer(request, course, change)


@require_POST
@creator_required
@rate_limited("outline", "600/m", by="user")
def restoration(request: AuthedRequest, slug: str, part: str, part_id: uuid.UUID) -> HttpResponse:
    """Brings a removed part back to where it was."""
    course = get_own_course(request.user, slug)
    subject: Part = kind_of(part).find_removed(course, part_id)
    wanted = whole_number(request.POST.get("position", ""), otherwise=-1)
    restored: Part = kind_of(part).restore(subject, by=request.user, position=wanted if wanted >= 0 else None)
    module = module_of(restored)
    said = _("“%(title)s” is back.") % {"title": restored.title}
    is_module = isinstance(restored, Module)
    change = Change(
        said=said,
        modules=[module],
        unfold=module,
        placed=restored.pk if is_module else None,
        finals=module is None and not is_module,
        restored=restored,
        anchor=anchor_of(restored),
        focus=f"open-{restored.pk}",
    )
    return answer(request, course, change)


@require_GET
@creator_required
def removed(request: AuthedRequest, slug: str) -> HttpResponse:
    """/dashboard/courses/<slug>/removed/: what was taken out and can come back."""
    course = get_own_course(request.user, slug)
    gone: dict[str, QuerySet[Any]] = {
        "module": Module.objects.filter(course=course, removed_at__isnull=False),
        "lesson": Lesson.objects.filter(course=course, removed_at__isnull=False).select_related("module"),
        "quiz": Quiz.objects.filter(course=course, removed_at__isnull=False).select_related("module"),
    }
    rows = [(kind, entry) for kind, found in gone.items() for entry in found.order_by("-removed_at")]
    rows.sort(key=lambda row: row[1].removed_at, reverse=True)
    return render(request, "courses/builder/removed.html", {**desk_context(course), "rows": rows})
