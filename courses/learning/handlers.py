from accounts.events import AccountClosed
from courses.events import CoursePublished
from courses.learning.own_data import delete_submitted_files
from courses.learning.services.progress import refresh_course
from courses.models import Course
from kit.events import subscribe


@subscribe(CoursePublished)
def count_progress_anew(event: CoursePublished) -> None:
    """Learners take the new version: what they did counts toward it, and who finished stays finished."""
    course = Course.objects.filter(pk=event.course_id).first()
    if course is not None:
        refresh_course(course)


@subscribe(AccountClosed)
def forget_handed_in_files(event: AccountClosed) -> None:
    """The rows lost their words when the account was closed; the files lie outside the database."""
    delete_submitted_files(event.user_id)
