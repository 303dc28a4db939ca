"""A video by way of a CDN that checks cookies as CloudFront does: on another host, below one domain."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Iterator
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.files.base import ContentFile
from playwright.sync_api import Browser

from courses.video.models import VideoAsset
from kit.jobs import enqueue
from kit.jobs.testing import run_all
from kit.storage import private
from tests.browser.conftest import Window
from tests.browser.test_video import until
from tests.courses.video.processing.clips import H264, picture, run, tone
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DOMAIN = "atelier.localhost"


class Edge(ThreadingHTTPServer):
    """One of the CDN's servers."""

    def __init__(self, key: RSAPrivateKey) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.key = key.public_key()
        self.site = ""
        self.url = f"http://video.{DOMAIN}:{self.server_port}"
        self.answers: list[tuple[int, str]] = []

    def lets_in(self, path: str, cookies: SimpleCookie) -> bool:
        try:
            policy, signature = (_plain(cookies[f"CloudFront-{name}"].value) for name in ("Policy", "Signature"))
            self.key.verify(signature, policy, PKCS1v15(), SHA1())
        except (KeyError, ValueError, InvalidSignature):
            return False
        (statement,) = json.loads(policy)["Statement"]
        wanted = re.escape(statement["Resource"]).replace(r"\*", ".*")
        return bool(re.fullmatch(wanted, f"{self.url}{path}")) and time.time() < statement["Condition"]["DateLessThan"]["AWS:EpochTime"]


class Answer(BaseHTTPRequestHandler):
    server: Edge

    def do_GET(self) -> None:
        is_open = self.server.lets_in(self.path, SimpleCookie(self.headers.get("Cookie", "")))
        content = private().open(self.path.lstrip("/")).read() if is_open else b"closed"
        self.server.answers.append((200 if is_open else 403, self.path))
        self.send_response(200 if is_open else 403)
        self.send_header("Access-Control-Allow-Origin", self.server.site)
        self.send_header("Access-Control-Allow-Credentials", "true")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_words: Any) -> None: ...


def _plain(text: str) -> bytes:
    return base64.b64decode(text.replace("-", "+").replace("_", "=").replace("~", "/"))


@pytest.fixture
def edge(settings: Any) -> Iterator[Edge]:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    server = Edge(key)
    settings.VIDEO_CDN_URL = server.url
    settings.CLOUDFRONT_KEY_PAIR_ID = "K2JCJMDEHXQW5F"
    settings.CLOUDFRONT_PRIVATE_KEY = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    settings.CLOUDFRONT_COOKIE_DOMAIN = DOMAIN
    settings.FILE_ORIGINS = [server.url]
    policy = settings.CONTENT_SECURITY_POLICY
    allowed = {**policy["DIRECTIVES"], "connect-src": [*policy["DIRECTIVES"]["connect-src"], server.url]}
    settings.CONTENT_SECURITY_POLICY = {**policy, "DIRECTIVES": allowed}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_segments_come_from_the_cdn_by_its_cookies(chromium: Browser, live_server: Any, edge: Edge, tmp_path: Path) -> None:
    ada = make_user("ada", creator=True)
    film = tmp_path / "ink.mp4"
    run(*f"{picture('160x90', '25', 7)} {tone(7)} {H264}".split(" "), str(film))
    video = VideoAsset(owner=ada, name="Ink", state=VideoAsset.State.PROCESSING, generation=1)
    video.original_file = private().save(f"videos/{video.pk.hex}/original", ContentFile(film.read_bytes()))
    video.save()
    enqueue("video.process", key=f"video:{video.pk}:1", params={"video": str(video.pk), "generation": 1}, owner=f"user:{ada.pk}")
    run_all()

    edge.site = live_server.url.replace("localhost", DOMAIN)
    window = Window(chromium, edge.site)
    page = window.open(f"/dashboard/videos/{video.pk}/", by=ada)
    page.evaluate("document.querySelector('video').muted = true")
    page.locator("h1").click()
    page.keyboard.press("k")
    until(page, "video.currentTime > 0.5")
    assert {status for status, _path in edge.answers} == {200}
    assert {Path(path).name for _status, path in edge.answers} >= {"init.mp4", "0.m4s"}
    assert window.faults == []

    cookies = [one for one in page.context.cookies() if one["name"].startswith("CloudFront-")]
    assert {one["name"] for one in cookies} == {"CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id"}
    assert all(one["httpOnly"] and one["secure"] and one["path"] == f"/{video.folder}/" for one in cookies)
    jar = {one["name"]: one["value"] for one in cookies}
    port = edge.server_port
    segment = edge.answers[0][1]
    assert httpx.get(f"http://127.0.0.1:{port}{segment}", cookies=jar).status_code == 200
    assert httpx.get(f"http://127.0.0.1:{port}{segment}").status_code == 403
    assert httpx.get(f"http://127.0.0.1:{port}/{video.original_file}", cookies=jar).status_code == 403
    window.close()
