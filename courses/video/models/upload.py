"""An upload in parts, straight from the browser into the store (R178, R179)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from courses.video.models.asset import VideoAsset


class UploadSession(models.Model):
    """Where the parts of one file go. `remote_id` is the store's own id of a multipart upload ("" on the local disk).

    Parts are numbered from 1, each of `part_bytes` but the last. A session that nobody goes on with ends at `expires_at`, and what
    it left in the store is swept.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    video = models.OneToOneField(VideoAsset, on_delete=models.CASCADE, related_name="upload")
    file = models.CharField(max_length=255)
    file_name = models.CharField(max_length=200)
    size_bytes = models.PositiveBigIntegerField()
    part_bytes = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=64, blank=True)
    """What the browser recognises the file by after a reload (name, size, date)."""
    remote_id = models.CharField(max_length=1024, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="upload_part_size", condition=Q(part_bytes__gt=0))]

    def __str__(self) -> str:
        return self.file_name

    @property
    def part_count(self) -> int:
        return max(1, -(-self.size_bytes // self.part_bytes))

    def part_size(self, number: int) -> int:
        """Bytes of the part with this number, counted from 1."""
        return min(self.part_bytes, self.size_bytes - (number - 1) * self.part_bytes)


class UploadPart(models.Model):
    session = models.ForeignKey(UploadSession, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    size_bytes = models.PositiveIntegerField()
    etag = models.CharField(max_length=100)
    received_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["session", "number"], name="upload_part_once")]

    def __str__(self) -> str:
        return f"{self.session_id} {self.number}"
