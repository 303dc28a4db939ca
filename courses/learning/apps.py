from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LearningConfig(AppConfig):
    name = "courses.learning"
    label = "learning"
    verbose_name = _("Learning")

    def ready(self) -> None:
        from accounts.closing import register_closer
        from accounts.data_export import register_exporter
        from courses.learning import own_data
        from courses.learning.selectors import has_learners
        from courses.retention import register_hold

        register_hold(has_learners)
        register_exporter("courses_taken", own_data.courses_taken_by)
        register_exporter("course_notes", own_data.notes_by)
        register_exporter("quiz_attempts", own_data.attempts_by)
        register_exporter("exercises", own_data.submissions_by)
        register_closer(own_data.forget_learner)
