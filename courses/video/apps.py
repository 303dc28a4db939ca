from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VideoConfig(AppConfig):
    name = "courses.video"
    label = "video"
    verbose_name = _("Videos")

    def ready(self) -> None:
        from courses.media import register_video_states
        from courses.video.usage import video_states

        register_video_states(video_states)
