"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from courses.video.views import captions, parts, playing, shelf, webhooks

VIDEO = "dashboard/videos/<uuid:video_id>/"

urlpatterns = [
    path("videos/uploads/<str:token>/<int:number>/", parts.part, name="video_part"),
    path("videos/play/<str:token>/<path:name>", playing.held, name="video_held"),
    path("webhooks/mediaconvert/sns/", webhooks.mediaconvert, name="video_webhook"),
    path("dashboard/videos/", shelf.index, name="videos"),
    path("dashboard/videos/choice/", shelf.choice, name="video_choice"),
    path(VIDEO, shelf.video, name="video"),
    path(f"{VIDEO}play/<path:name>", playing.own, name="video_play"),
    path(f"{VIDEO}attempts/", shelf.attempts, name="video_attempts"),
    path(f"{VIDEO}deletion/", shelf.deletion, name="video_deletion"),
    path(f"{VIDEO}captions/", captions.index, name="video_captions"),
    path(f"{VIDEO}captions/written/", captions.written, name="video_captions_written"),
    path(f"{VIDEO}captions/<uuid:caption_id>/", captions.caption, name="video_caption"),
    path(f"{VIDEO}captions/<uuid:caption_id>/deletion/", captions.deletion, name="video_caption_deletion"),
]
