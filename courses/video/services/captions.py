"""Subtitles of a video, one text per language."""

from __future__ import annotations

import re
from typing import Final

from babel import Locale, UnknownLocaleError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from courses.video.errors import BadCaptions, VideoNotFound
from courses.video.models import Caption, VideoAsset
from courses.video.webvtt import read_subtitles, write_webvtt

MOST_LANGUAGES: Final = 40
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?$")


def save_captions(video: VideoAsset, *, by: User, language: str, raw: bytes, label: str = "", is_automatic: bool = False) -> Caption:
    """Keep the subtitles of a WebVTT or SubRip file as clean WebVTT; those that the language had are replaced.

    `language` is a tag such as "de" or "pt-BR" (BCP 47). Raises `BadCaptions` (field "language" or "file"), `VideoNotFound`.
    """
    check_language(language)
    webvtt = write_webvtt(read_subtitles(raw))
    named = " ".join(label.replace("\x00", "").split())[:60] or language_name(language)
    with transaction.atomic():
        if VideoAsset.objects.select_for_update().present().filter(pk=video.pk).first() is None:
            raise VideoNotFound
        others = Caption.objects.filter(video=video).exclude(language=language)
        if others.count() >= MOST_LANGUAGES:
            raise BadCaptions(_("A video has subtitles in at most %(most)d languages.") % {"most": MOST_LANGUAGES}, field="language")
        caption, _created = Caption.objects.update_or_create(
            video=video, language=language, defaults={"webvtt": webvtt, "label": named, "is_automatic": is_automatic}
        )
    return caption


def check_language(language: str) -> None:
    """Raises `BadCaptions` (field "language") for what is no tag of one."""
    if not _LANGUAGE.match(language) or len(language) > 10:
        raise BadCaptions(_("Name a language by its tag: en, de, pt-BR."), field="language")


def remove_captions(caption: Caption, *, by: User) -> None:
    """Safe to call twice."""
    Caption.objects.filter(pk=caption.pk).delete()


def language_name(tag: str) -> str:
    """What a language calls itself ("Deutsch"); the tag where nobody knows."""
    try:
        found = Locale.parse(tag, sep="-").get_display_name()
    except (UnknownLocaleError, ValueError):
        return tag
    return (found[:1].upper() + found[1:])[:60] if found else tag
