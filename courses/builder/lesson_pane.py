"""What the pane of a lesson shows besides its form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from courses.builder.forms_lesson import AttachmentForm, SentencesField
from courses.content import LessonContent, lesson_content
from courses.limits import MOST_SENTENCES, most_attachment_bytes
from courses.models import Attachment, Lesson, LessonKind
from kit.markdown import MOST_CHARACTERS


def typed_content(lesson: Lesson, typed: Mapping[str, str]) -> LessonContent:
    """The lesson with what stands in the form's controls, right or wrong: nobody waits for a whole form to see a text."""
    takeaways = SentencesField(required=False).to_python(typed.get("takeaways", ""))
    kind = typed.get("kind", "")
    return replace(
        lesson_content(lesson, ()),
        title=" ".join(typed.get("title", "").split())[:160],
        kind=kind if kind in LessonKind.values else lesson.kind,
        text=typed.get("text", "").replace("\r\n", "\n")[:MOST_CHARACTERS],
        takeaways=tuple(takeaways[:MOST_SENTENCES]),
        video_url=typed.get("video_url", "").strip(),
    )


def attachments_shown(lesson: Lesson, *, removed: str = "") -> dict[str, object]:
    """What the list of a lesson's files shows; `removed` is the id of one that may be brought back."""
    attachments = list(Attachment.objects.filter(lesson=lesson).order_by("position", "created_at"))
    return {
        "attachments": [one for one in attachments if one.removed_at is None],
        "removed": next((one for one in attachments if one.removed_at is not None and str(one.pk) == removed), None),
        "attachment_form": AttachmentForm(auto_id="attachment_%s"),
        "most_bytes": most_attachment_bytes(),
    }
