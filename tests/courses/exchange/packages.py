"""Courses as other programs would send them, built in memory."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

from django.core.files.base import File
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.kit.files.hostile import zipped


def picture(colour: str = "navy", kind: str = "PNG", size: tuple[int, int] = (40, 30)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return buffer.getvalue()


def as_file(content: bytes | dict[str, Any]) -> File:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return File(io.BytesIO(raw))


def upload(content: bytes | dict[str, Any], name: str = "course.json") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content if isinstance(content, bytes) else json.dumps(content).encode())


def tar_gz(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def packed(files: dict[str, bytes | str]) -> bytes:
    return zipped({name: content.encode() if isinstance(content, str) else content for name, content in files.items()})


def small_course(**changes: Any) -> dict[str, Any]:
    """One module of three lessons in our format, saying nothing about previews."""
    lessons = [{"title": f"Lesson {number}", "text": "Draw the *n* first."} for number in (1, 2, 3)]
    return {
        "format": "atelier-course",
        "version": 1,
        "title": "Letters that hold",
        "outcomes": ["Draw a letter"],
        "modules": [
            {"title": "Straight letters", "lessons": lessons},
            {"title": "Round letters", "lessons": [{"title": "The o", "text": "o"}]},
        ],
        **changes,
    }
