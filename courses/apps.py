from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    label = "courses"
    verbose_name = _("Courses")

    def ready(self) -> None:
        from accounts.closing import register_closer
        from accounts.data_export import register_exporter
        from courses.own_data import close_school, courses_of

        register_exporter("courses", courses_of)
        register_closer(close_school)
