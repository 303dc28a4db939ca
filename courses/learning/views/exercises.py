"""Handing in exercises, as learners do."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from courses.learning.access import get_own_submission, get_standing, open_lesson
from courses.learning.errors import BadSubmission, NothingToHandIn
from courses.learning.forms import SubmissionForm
from courses.learning.limits import MOST_SUBMISSION_BYTES
from courses.learning.player import lesson_context
from courses.learning.selectors import published_lesson
from courses.learning.services.enrolments import enrolment_in
from courses.learning.services.exercises import submit_exercise
from courses.models import LessonKind
from kit.files import RefusedFile
from kit.files.uploads import bounded_upload, files_over_the_limit
from kit.http import AuthedRequest
from kit.ratelimit import rate_limited
from kit.storage import download_url, safe_filename


@csrf_exempt  # bounded_upload checks the token once the bounds are in place
@require_POST
@rate_limited("submission", "30/h", by="user")
@bounded_upload(lambda: MOST_SUBMISSION_BYTES)
def submissions(request: AuthedRequest, course: str, lesson: str) -> HttpResponse:
    """Hand in what the exercise asks for. What is refused stays in the form."""
    standing = get_standing(request.user, course)
    entry = open_lesson(standing, lesson)
    enrolment = enrolment_in(standing, entry)
    if entry.revision is None or entry.kind != LessonKind.EXERCISE:
        raise NothingToHandIn
    form = SubmissionForm(request.POST, request.FILES, content=published_lesson(entry.revision))
    for name in files_over_the_limit(request):
        form.add_error("file", _("“%(name)s” is larger than 25 MB.") % {"name": safe_filename(name)})
    if form.is_valid():
        try:
            submit_exercise(enrolment, lesson_id=entry.id, text=form.cleaned_data.get("text", ""), upload=form.cleaned_data.get("file"))
        except (BadSubmission, RefusedFile) as refusal:
            field = refusal.field or ("file" if isinstance(refusal, RefusedFile) else "text")
            form.add_error(field if field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("Handed in. You will hear when there is feedback."))
            return redirect(f"{standing.course.get_absolute_url()}{entry.slug}/#exercise")
    return render(request, "courses/learning/lesson.html", {**lesson_context(standing, entry), "submission_form": form}, status=422)


@never_cache
@require_safe
@rate_limited("lesson_file", "120/m", by="user")
def submission_file(request: AuthedRequest, course: str, lesson: str, submission: UUID) -> HttpResponse:
    """One's own handed-in file, also after the course was taken back."""
    own = get_own_submission(request.user, course, lesson, submission)
    url = download_url(str(own.file.name), filename=own.file_name, content_type=own.content_type, seconds=settings.DOWNLOAD_LINK_SECONDS)
    return HttpResponseRedirect(url, headers={"Referrer-Policy": "no-referrer"})
