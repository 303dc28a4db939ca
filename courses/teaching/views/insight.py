"""Where learners stop, and which questions are hard."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import creator_required
from courses.access import get_own_course
from courses.learning.selectors_submissions import desk_context
from courses.teaching.charts import Chart, draw_reach
from courses.teaching.insight import ModuleReach, Reach, hard_questions, quiz_figures, reach_of
from kit.http import AuthedRequest

MOST_BARS = 60
"""With more lessons the chart shows modules, and one module's lessons when it is asked for."""


@require_GET
@creator_required
def insight(request: AuthedRequest, slug: str) -> HttpResponse:
    course = get_own_course(request.user, slug)
    reach = reach_of(course)
    chosen = next((module for module in reach.modules if module.entry.id == request.GET.get("module")), None)
    by_module = chosen is None and sum(len(module.lessons) for module in reach.modules) > MOST_BARS
    shown = [chosen] if chosen else reach.modules
    context = {
        **desk_context(course),
        "reach": reach,
        "chosen": chosen,
        "by_module": by_module,
        "shown": shown,
        "chart": _chart(reach, shown, by_module=by_module) if reach.learners else None,
        "questions": hard_questions(course),
        "quizzes": quiz_figures(course),
    }
    template = "courses/teaching/insight.html"
    return render(request, f"{template}#reach" if request.htmx and not request.htmx.boosted else template, context)


def _chart(reach: Reach, shown: list[ModuleReach], *, by_module: bool) -> Chart:
    parts = list(shown) if by_module else [lesson for module in shown for lesson in module.lessons]
    words = _("%(title)s: %(finished)d%% finished it, %(opened)d%% opened it")
    labels = [words % {"title": part.entry.title, "finished": part.finished_share, "opened": part.opened_share} for part in parts]
    last = parts[-1].finished_share if parts else 0
    title = _("How far %(learners)d learners come; %(last)d%% finished the last part shown") % {"learners": reach.learners, "last": last}
    return draw_reach(labels, [part.finished_share for part in parts], [part.opened_share for part in parts], title=title)
