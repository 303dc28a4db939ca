"""PDFs. What opens them is a parser in Python, which a hostile file can keep busy: so it runs in a process with limits."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
import tempfile
from typing import IO, Any, Final

from django.core.files.base import File
from django.utils.translation import gettext as _

from kit.files.archives import has_archive_at_the_end
from kit.files.refusals import RefusedFile

WALL_SECONDS: Final = 5
_TAIL: Final = 4096
_START: Final = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF")


def inspect_pdf(file: IO[bytes] | File, size: int) -> tuple[int | None, tuple[str, ...]]:
    """Pages and notes. Raises `RefusedFile` for one that is cut, damaged, locked with a password, or also an archive."""
    file.seek(max(0, size - _TAIL), io.SEEK_SET)
    ends = _START.findall(file.read())
    if not ends or int(ends[-1]) >= size:
        raise RefusedFile(_("The PDF stops before its end: it was cut off on the way. Send it again."))
    if has_archive_at_the_end(file, size):
        raise RefusedFile(_("Behind the PDF there is an archive. Save the PDF again, and add the archive as a file of its own."))
    found = _read_apart(file)
    if found is None:
        return None, (_("The pages could not be counted in time."),)
    if found.get("locked"):
        raise RefusedFile(_("The PDF asks for a password, so your buyers could not open it. Save it without one."))
    if found.get("damaged") or not found.get("pages"):
        raise RefusedFile(_("The PDF is damaged: it does not open. Export it again, then send it again."))
    notes = []
    if found.get("script"):
        notes.append(_("Runs script when it is opened."))
    if found.get("launches"):
        raise RefusedFile(_("The PDF starts other programs when it is opened. Export it without actions."))
    if found.get("attachments"):
        notes.append(_("Has other files attached inside."))
    return int(found["pages"]), tuple(notes)


def _read_apart(file: IO[bytes] | File) -> dict[str, Any] | None:
    """What `kit.files.pdf_reader` says; None when it had no time. Raises `RefusedFile` when the file exhausted it."""
    path = getattr(file, "temporary_file_path", None)
    if path is not None:
        return _run(path())
    with tempfile.NamedTemporaryFile(suffix=".pdf") as copy:
        file.seek(0)
        while chunk := file.read(1 << 20):
            copy.write(chunk)
        copy.flush()
        return _run(copy.name)


def _run(path: str) -> dict[str, Any] | None:
    from kit.files import pdf_reader

    # Isolated (-I): neither the working directory nor the environment decides what is imported.
    command = [sys.executable, "-I", pdf_reader.__file__, path]
    try:
        done = subprocess.run(command, capture_output=True, timeout=WALL_SECONDS, check=False, stdin=subprocess.DEVNULL)  # noqa: S603
    except subprocess.TimeoutExpired:
        return None
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL, pdf_reader.OUT_OF_MEMORY):
        raise RefusedFile(_("The PDF takes too long to read. Export it again, perhaps in parts."))
    try:
        return dict(json.loads(done.stdout))
    except ValueError:
        return {"damaged": True}
