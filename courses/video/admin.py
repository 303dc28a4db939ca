"""The support desk for videos: found quickly, read, changed by their owners only."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from courses.admin import Shown
from courses.video.models import RemoteEncoding, UploadSession, VideoAsset, VideoRendition


class RenditionInline(Shown, TabularInline):
    model = VideoRendition
    extra = 0
    fields = ("generation", "quality", "width", "height", "codecs", "bitrate", "size_bytes", "is_complete")
    readonly_fields = fields


class UploadInline(Shown, TabularInline):
    model = UploadSession
    extra = 0
    fields = ("file_name", "size_bytes", "part_bytes", "started_at", "expires_at", "completed_at")
    readonly_fields = fields


class RemoteEncodingInline(Shown, TabularInline):
    model = RemoteEncoding
    extra = 0
    fields = ("generation", "encoder", "remote_id", "state", "percent", "error", "created_at", "asked_at", "ended_at")
    readonly_fields = fields


@admin.register(VideoAsset)
class VideoAdmin(Shown, ModelAdmin):
    list_display = ("name", "owner", "state", "progress", "error_code", "original_size_bytes", "created_at")
    list_filter = ("state", "error_code")
    list_per_page = 50
    list_select_related = ("owner",)
    search_fields = ("name__icontains", "=id", "=owner__username", "=owner__email")
    inlines = (UploadInline, RenditionInline, RemoteEncodingInline)
