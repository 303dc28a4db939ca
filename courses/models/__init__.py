"""Courses, their parts, and what of them was published."""

from courses.models.course import Completion, Course, CourseVersion, Level
from courses.models.outline import Attachment, HandIn, Lesson, LessonKind, Module, Picture
from courses.models.quiz import Question, QuestionKind, Quiz, QuizKind
from courses.models.revision import LessonRevision, QuizRevision

__all__ = [
    "Attachment",
    "Completion",
    "Course",
    "CourseVersion",
    "HandIn",
    "Lesson",
    "LessonKind",
    "LessonRevision",
    "Level",
    "Module",
    "Picture",
    "Question",
    "QuestionKind",
    "Quiz",
    "QuizKind",
    "QuizRevision",
]
