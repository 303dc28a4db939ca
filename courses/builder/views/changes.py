"""What a change in the outline answers: to htmx the rows that differ, to everybody else the builder's page at the part."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from courses.access import get_own_course
from courses.builder.board import read_board
from courses.builder.parts import Part, anchor_of
from courses.drafting import read_draft_outline
from courses.errors import StaleOutline
from courses.models import Course
from courses.outline import Outline
from kit.http import AuthedRequest

V = TypeVar("V", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True, kw_only=True)
class Change:
    """What was done to the outline, for those who look at it.

    `steps` is by how much it moved the outline's stamp on. `modules` are the ids of those whose rows differ, `unfold` of one that is
    to be open, `placed` of one that is new or, with `is_move`, stands elsewhere, `gone` of one that is no longer there. `finals` says
    whether the course's own quizzes differ. `focus` is the id of the element that takes the focus, `said` one sentence, about the
    outline as it is then. `removed` can be brought back, at `position`; `restored` was, from the toast that offered it. `adding` is
    the kind of part that is added next; with `is_look` nothing was changed at all.
    """

    said: str | Callable[[Outline], str]
    steps: int = 1
    modules: Collection[object] = ()
    unfold: object = None
    placed: object = None
    gone: object = None
    finals: bool = False
    anchor: str = ""
    focus: str = ""
    removed: Part | None = None
    position: int | None = None
    restored: Part | None = None
    is_move: bool = False
    is_look: bool = False
    adding: str = ""

    @property
    def removed_kind(self) -> str:
        return (self.removed._meta.model_name or "") if self.removed else ""


def seen_stamp(request: AuthedRequest) -> int:
    """The stamp of the outline that the sender looked at; -1 for nonsense, which fits none."""
    text = request.POST.get("stamp") or request.GET.get("stamp") or ""
    return whole_number(text, otherwise=-1)


def whole_number(text: str, *, otherwise: int) -> int:
    """What a form or an address says, if it is a number of a sensible length: Python reads no endless ones."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def answer(request: AuthedRequest, course: Course, change: Change) -> HttpResponse:
    """Rows to htmx. Where others changed the outline since it was seen, all of it: rows alone would leave a stale rest."""
    if not request.htmx:
        return _page(request, course, change)
    course.refresh_from_db(fields=["outline_stamp"])
    unfolded = {entry for entry in request.POST.getlist("open") + request.GET.getlist("open") if len(entry) == 36}
    if change.unfold:
        unfolded.add(str(change.unfold))
    board = read_board(course, unfolded=unfolded)
    is_whole = course.outline_stamp != seen_stamp(request) + change.steps
    said = change.said(board.outline) if callable(change.said) else change.said
    context: dict[str, Any] = {"course": course, "board": board, "change": change, "said": said, "whole": is_whole}
    if not is_whole:
        shown = {str(pk) for pk in change.modules}
        placed = board.module(change.placed) if change.placed else None
        context["changed"] = [module for module in board.outline.modules if module.id in shown and module is not placed]
        context["placed"] = placed
        context["before"] = board.before(placed.id) if placed else ""
        context["moved"] = change.is_move
    if change.restored and request.POST.get("toast") == f"undo-{change.restored.pk}":
        context["undone"] = request.POST["toast"]
    response = render(request, "courses/builder/builder.html#changes", context)
    if change.focus:
        response["HX-Trigger-After-Settle"] = json.dumps({"outline-focus": {"id": change.focus}})
    return response


def _page(request: AuthedRequest, course: Course, change: Change) -> HttpResponse:
    query = {"open": str(change.unfold)} if change.unfold else {}
    if change.removed:
        query |= {"removed": anchor_of(change.removed), "position": str(change.position or 0)}
    elif said := change.said(read_draft_outline(course)) if callable(change.said) else change.said:
        messages.success(request, said)
    address = reverse("course_builder", args=[course.slug])
    return redirect(f"{address}{'?' + urlencode(query) if query else ''}{'#' + change.anchor if change.anchor else ''}")


def shows_fresh_outline(view: V) -> V:
    """To htmx, an order of an outline that others changed since is refused with the outline as it is now (409)."""

    @wraps(view)
    def guarded(request: AuthedRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, slug, *args, **kwargs)
        except StaleOutline as refusal:
            if not request.htmx:
                raise
            course = get_own_course(request.user, slug)
            change = Change(said="")
            board = read_board(course, unfolded=request.POST.getlist("open"))
            context = {"course": course, "board": board, "change": change, "said": str(refusal), "whole": True, "refused": True}
            response = render(request, "courses/builder/builder.html#changes", context, status=refusal.status_code)
            # Says to the script that this refusal brings something to show.
            response["HX-Retarget"], response["HX-Reswap"] = "#outline", "none"
            return response

    return cast(V, guarded)
