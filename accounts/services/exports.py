"""A person's own data as an archive."""

from __future__ import annotations

import json
import tempfile
import zipfile
from typing import IO

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from accounts.data_export import exporters
from accounts.models import User

MEMORY = 8 * 1024 * 1024


class _Encoder(DjangoJSONEncoder):
    """Writes what it does not know as text: an export must not fail for a lazy string."""

    def default(self, o: object) -> object:
        try:
            return super().default(o)
        except TypeError:
            return str(o)


def pack_data(user: User) -> IO[bytes]:
    """A ZIP with one JSON list a topic, and a note; read from the start. Row by row: memory does not grow with it."""
    archive_file = tempfile.SpooledTemporaryFile(max_size=MEMORY)  # noqa: SIM115 - the answer closes it
    with zipfile.ZipFile(archive_file, "w", zipfile.ZIP_DEFLATED) as archive:
        note = f"What this site keeps about @{user.username}, as of {timezone.now():%Y-%m-%d %H:%M} UTC.\nOne file a topic, as JSON.\n"
        archive.writestr("README.txt", note)
        for name, exporter in exporters().items():
            with archive.open(f"{name}.json", "w", force_zip64=True) as member:
                member.write(b"[")
                for number, row in enumerate(exporter(user)):
                    member.write(b",\n" if number else b"\n")
                    member.write(json.dumps(dict(row), cls=_Encoder, ensure_ascii=False).encode())
                member.write(b"\n]\n")
    archive_file.seek(0)
    return archive_file
