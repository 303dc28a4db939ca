"""A video: the file that somebody sent, and the streams that were made of it (R175-R177)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.video.querysets import VideoQuerySet


class VideoAsset(models.Model):
    """One video of a creator's shelf. Several lessons may show it.

    pending (announced) → uploading → processing → ready, or failed with a reason in words; a failed or ready one may be processed
    again. `playable_at` is set as soon as its first rung can be played, `ready_at` with the last. `generation` counts processings:
    everything that one made lies below `folder` of its own, so that nothing half-made is ever served and the leavings of a dead one
    can be swept.

    A ready video that is processed anew stays ready and is served as it is: `remake` holds what is known of the generation that is
    made behind it, until that one is whole and takes its place.
    """

    class State(models.TextChoices):  # R176
        PENDING = "pending", _("Waiting for the file")
        UPLOADING = "uploading", _("Uploading")
        PROCESSING = "processing", _("Processing")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="videos")
    name = models.CharField(_("name"), max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.CharField(_("what went wrong"), max_length=500, blank=True)
    original_file = models.CharField(max_length=255, blank=True, editable=False)
    """Name in the private store; "" until the upload is complete, and again once the original was let go."""
    original_size_bytes = models.PositiveBigIntegerField(default=0)
    content_type = models.CharField(max_length=100, blank=True)
    duration_ms = models.PositiveBigIntegerField(null=True)
    width = models.PositiveIntegerField(null=True)
    """Of the picture as it is seen: rotation and pixel shape are applied."""
    height = models.PositiveIntegerField(null=True)
    frame_rate = models.FloatField(null=True)
    has_audio = models.BooleanField(null=True)
    probe = models.JSONField(default=dict, blank=True)
    generation = models.PositiveIntegerField(default=0)
    progress = models.PositiveSmallIntegerField(default=0)
    encoder = models.CharField(max_length=20, blank=True)
    poster = models.CharField(max_length=255, blank=True)
    storyboard = models.JSONField(default=dict, blank=True)
    """{"file": name, "width", "height", "columns", "rows", "interval_ms"}; {} without one."""
    created_at = models.DateTimeField(auto_now_add=True)
    remake = models.JSONField(default=dict, blank=True)
    """{"generation", "progress", …fields that will change} while a ready video is processed anew; with "error_code" and "error" when
    that came to nothing; {} otherwise."""
    playable_at = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects = VideoQuerySet.as_manager()

    class Meta:
        verbose_name = _("video")
        verbose_name_plural = _("videos")
        constraints = [
            models.CheckConstraint(
                name="video_ready_has_date", condition=~Q(state="ready") | Q(ready_at__isnull=False, duration_ms__isnull=False)
            ),
            models.CheckConstraint(name="video_failed_says_why", condition=~Q(state="failed") | ~Q(error="")),
        ]
        indexes = [models.Index(fields=["owner", "-created_at"], name="video_of_owner")]

    def __str__(self) -> str:
        return self.name

    @property
    def files(self) -> str:
        """Where all of its files lie in the private store."""
        return f"videos/{self.pk.hex}"

    @property
    def folder(self) -> str:
        """Where the present generation's files lie in the private store."""
        return f"{self.files}/{self.generation}"

    @property
    def is_playable(self) -> bool:
        return self.playable_at is not None and self.removed_at is None

    @property
    def is_remade(self) -> bool:
        """It is being processed anew while it is served as it is."""
        return bool(self.remake) and "error_code" not in self.remake

    @property
    def newest_generation(self) -> int:
        return max(self.generation, self.remake.get("generation", 0))


class VideoRendition(models.Model):
    """One rung of the ladder, or the sound (`quality` "audio") (R177).

    `segments` is [[milliseconds, bytes, try], …] in order. Each try at a generation writes below a folder of its own, so that a
    worker which lost the job cannot touch what another has recorded: files are `<folder>/<generation>-<try>/<quality>/<number>.m4s`,
    numbers from 0. Where no try is named they are `<folder>/<quality>/<number>.m4s`.
    """

    video = models.ForeignKey(VideoAsset, on_delete=models.CASCADE, related_name="renditions")
    generation = models.PositiveIntegerField()
    quality = models.CharField(max_length=10)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    frame_rate = models.FloatField(null=True)
    codecs = models.CharField(max_length=60)
    bitrate = models.PositiveIntegerField(default=0)
    """Average, bits per second, measured."""
    peak_bitrate = models.PositiveIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    segments = models.JSONField(default=list)
    is_complete = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["video", "generation", "quality"], name="video_rendition_once")]

    def __str__(self) -> str:
        return f"{self.video_id} {self.quality}"

    @property
    def header_name(self) -> str:
        """The init.mp4 of all segments, below the generation's folder. Tries agree on its content."""
        return f"{self._place(self.segments[0])}/init.mp4"

    def segment_name(self, number: int) -> str:
        """Below the generation's folder."""
        return f"{self._place(self.segments[number])}/{number}.m4s"

    def file_names(self) -> set[str]:
        """All that it needs, below the generation's folder."""
        return {self.header_name, *map(self.segment_name, range(len(self.segments)))} if self.segments else set()

    def _place(self, segment: Sequence[int]) -> str:
        return f"{try_folder(self.generation, segment[2])}/{self.quality}" if len(segment) > 2 else self.quality


def try_folder(generation: int, attempt: int) -> str:
    """Where one try writes, below the generation's folder. The generation is named again since players ask for files by this name,
    and one that began before a video was processed anew has to go on with the files that it began with."""
    return f"{generation}-{attempt}"


class Caption(models.Model):
    """Subtitles in one language, as clean WebVTT."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    video = models.ForeignKey(VideoAsset, on_delete=models.CASCADE, related_name="captions")
    language = models.CharField(_("language"), max_length=10)
    label = models.CharField(_("label"), max_length=60, blank=True)
    webvtt = models.TextField()
    is_automatic = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["video", "language"], name="caption_once_per_language")]

    def __str__(self) -> str:
        return self.label or self.language


class CaptionOrder(models.Model):
    """Subtitles that the speech-to-text program was asked to write of a video: the last time that it was asked.

    `number` counts how often; `language` is the tag that was asked for.
    """

    class State(models.TextChoices):
        WRITING = "writing", _("Writing")
        WRITTEN = "written", _("Written")
        FAILED = "failed", _("Failed")

    video = models.OneToOneField(VideoAsset, on_delete=models.CASCADE, related_name="caption_order")
    number = models.PositiveIntegerField(default=1)
    language = models.CharField(_("language"), max_length=10, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WRITING)
    progress = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.CharField(_("what went wrong"), max_length=500, blank=True)
    asked_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="caption_order_failed_says_why", condition=~Q(state="failed") | ~Q(error="")),
        ]

    def __str__(self) -> str:
        return f"{self.video_id} {self.state}"
