"""Learners: who takes what, how far they are, what they wrote and answered."""

from courses.learning.models.attempts import QuizAttempt, Submission
from courses.learning.models.enrolment import Enrolment
from courses.learning.models.progress import LessonProgress, Note, Sitting

__all__ = ["Enrolment", "LessonProgress", "Note", "QuizAttempt", "Sitting", "Submission"]
