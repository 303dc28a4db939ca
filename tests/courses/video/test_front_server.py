"""A real nginx, set up as docs/operations.md says, sends what this site has allowed: segments by pass, without Python in the way."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.conf import settings as configured
from django.core.files.base import ContentFile
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory

from courses.video.models import VideoAsset
from courses.video.playback import issue_pass
from kit.storage import private, public
from tests.factories.stores import stores_in

SEGMENT = bytes(range(256)) * 64


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """The test says what it saw."""


@pytest.fixture
def site(settings: Any, tmp_path: Path) -> Iterator[str]:
    """The application without a database: whatever asks for one fails."""
    settings.STORAGES = stores_in(tmp_path)
    settings.X_ACCEL_PREFIX = "/protected"
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def front(site: str, tmp_path: Path) -> Iterator[str]:
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        pytest.skip("no nginx on this machine")
    port, base = free_port(), tmp_path / "nginx"
    base.mkdir()
    recipe = (Path(configured.BASE_DIR) / "docs" / "operations.md").read_text()
    found = re.search(r"^       server \{\n.*?^       \}\n", recipe, re.S | re.M)
    assert found
    server = found[0].replace("listen 443 ssl;", f"listen 127.0.0.1:{port};").replace("http://127.0.0.1:8000", site)
    server = server.replace("/srv/atelier/data/", f"{tmp_path}/")
    paths = "".join(f"{kind}_temp_path {base}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.geteuid() == 0 else ""
    (base / "nginx.conf").write_text(
        f"{user} pid {base}/pid; error_log {base}/error.log; daemon off; worker_processes 1; events {{}}\n"
        f"http {{ access_log off; {paths}\n{server} }}"
    )
    process = subprocess.Popen([program, "-e", f"{base}/error.log", "-p", str(base), "-c", f"{base}/nginx.conf"], stderr=subprocess.PIPE)
    url, ends = f"http://127.0.0.1:{port}", time.monotonic() + 10
    while True:
        try:
            httpx.get(f"{url}/healthz")
            break
        except httpx.TransportError:
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < ends
            threading.Event().wait(0.05)
    yield url
    process.terminate()
    process.wait(10)


def test_segments_come_from_the_front_server_with_ranges(front: str, site: str) -> None:
    video = VideoAsset(pk=uuid4(), generation=3)
    private().save(f"{video.folder}/360p/7.m4s", ContentFile(SEGMENT))
    where = f"/videos/play/{issue_pass(video, RequestFactory().get('/'))}/360p/7.m4s"
    # The site itself sends nothing but the word where the file is.
    word = httpx.get(f"{site}{where}")
    assert (word.status_code, word.content) == (200, b"")
    assert word.headers["X-Accel-Redirect"] == f"/protected/private/{video.folder}/360p/7.m4s"

    whole = httpx.get(f"{front}{where}")
    assert (whole.status_code, whole.content) == (200, SEGMENT)
    assert whole.headers["Content-Type"] == "video/iso.segment"
    assert whole.headers["Cache-Control"] == "private, max-age=300"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Accel-Redirect" not in whole.headers
    assert "Set-Cookie" not in whole.headers
    part = httpx.get(f"{front}{where}", headers={"Range": "bytes=100-355"})
    assert (part.status_code, part.content) == (206, SEGMENT[100:356])
    assert part.headers["Content-Range"] == f"bytes 100-355/{len(SEGMENT)}"
    assert httpx.get(f"{front}{where}", headers={"Range": "bytes=-3"}).content == SEGMENT[-3:]
    assert httpx.get(f"{front}{where}", headers={"Range": f"bytes={len(SEGMENT)}-"}).status_code == 416
    assert httpx.get(f"{front}{where}", headers={"If-Range": whole.headers["ETag"], "Range": "bytes=0-0"}).content == SEGMENT[:1]
    assert httpx.get(f"{front}{where}", headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    assert httpx.head(f"{front}{where}").headers["Content-Length"] == str(len(SEGMENT))


def test_the_front_server_gives_nothing_away_by_itself(front: str) -> None:
    video = VideoAsset(pk=uuid4(), generation=1)
    private().save(f"{video.folder}/360p/0.m4s", ContentFile(SEGMENT))
    token = issue_pass(video, RequestFactory().get("/"))
    assert httpx.get(f"{front}/videos/play/{token}/360p/0.m4s").status_code == 200
    assert httpx.get(f"{front}/protected/private/{video.folder}/360p/0.m4s").status_code == 404
    for path in (f"{token[:-3]}AAA/360p/0.m4s", f"{token}/360p/1.m4s", f"{token}/..%2f..%2fsecret", f"{token}/360p/0.m4s%00"):
        assert httpx.get(f"{front}/videos/play/{path}").status_code in (400, 404), path


def test_public_pictures_come_from_the_front_server_too(front: str) -> None:
    public().save("covers/one.webp", ContentFile(b"RIFFxxxxWEBP"))
    picture = httpx.get(f"{front}/media/covers/one.webp")
    assert (picture.status_code, picture.content) == (200, b"RIFFxxxxWEBP")
    assert "immutable" in picture.headers["Cache-Control"]
    assert picture.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert picture.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
