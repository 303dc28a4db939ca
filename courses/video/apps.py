from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VideoConfig(AppConfig):
    name = "courses.video"
    label = "video"
    verbose_name = _("Videos")

    def ready(self) -> None:
        from accounts.closing import register_closer
        from accounts.data_export import register_exporter
        from courses.media import register_video_states
        from courses.video import checks  # noqa: F401 - they register themselves
        from courses.video.own_data import close_shelf, videos_of_account
        from courses.video.usage import video_states

        register_video_states(video_states)
        register_exporter("videos", videos_of_account)
        register_closer(close_shelf)
