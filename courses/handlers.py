"""What follows once a course's change is committed."""

from courses.events import CourseFileReleased
from courses.models import Attachment, Picture
from kit.events import subscribe
from kit.storage import private, public


@subscribe(CourseFileReleased, atomic=False)
def delete_unheld_course_file(event: CourseFileReleased) -> None:
    """Copies of lessons share stored files, so the last one to let go takes the file away. Safe to run twice.

    What a revision holds is an attachment's too: a row outlives its removal for as long as its lesson does.
    """
    if event.store == "private":
        if not Attachment.objects.filter(file=event.name).exists():
            private().delete(event.name)
    elif not Picture.objects.filter(image=event.name).exists():
        public().delete(event.name)
