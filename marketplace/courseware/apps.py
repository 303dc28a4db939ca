from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursewareConfig(AppConfig):
    name = "marketplace.courseware"
    label = "courseware"
    verbose_name = _("Courses on sale")

    def ready(self) -> None:
        from courses.learning.showing import register_showing
        from courses.retention import register_hold
        from marketplace.courseware.access import is_listed, is_on_sale
        from marketplace.courseware.checks import register_checks
        from marketplace.courseware.fulfilment import CourseFulfiller
        from marketplace.courseware.goods import CourseGoods
        from marketplace.fulfilment import register_fulfiller
        from marketplace.goods import register_goods
        from marketplace.models import Kind

        register_goods(Kind.COURSE, CourseGoods())
        register_fulfiller(Kind.COURSE, CourseFulfiller())
        register_showing(is_on_sale)
        register_hold(is_listed)
        register_checks()
