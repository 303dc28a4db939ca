"""Segments by way of CloudFront: what opens them, for whom, and for how long."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from http.cookies import Morsel
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.checks import run_checks
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from config.env import Environment
from config.stores import cdn_origins
from courses.video.models import VideoAsset, VideoRendition
from courses.video.playback import PASS_SECONDS
from tests.kit.signed_s3 import SignedS3

CDN = "https://video.atelier.example"
NOW = 1_800_000_000


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def cdn(settings: Any, key: RSAPrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A distribution whose host lies below the site's domain."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "cloudfront.pem").write_bytes(pem)
    settings.SITE_URL = "https://atelier.example"
    settings.VIDEO_CDN_URL = CDN
    settings.CLOUDFRONT_KEY_PAIR_ID = "K2JCJMDEHXQW5F"
    settings.CLOUDFRONT_PRIVATE_KEY = str(tmp_path / "cloudfront.pem")
    settings.CLOUDFRONT_COOKIE_DOMAIN = "atelier.example"
    monkeypatch.setattr("courses.video.cdn.time.time", lambda: NOW + 0.7)
    return settings


@pytest.fixture
def video(ada: User) -> VideoAsset:
    now = timezone.now()
    video = VideoAsset.objects.create(
        owner=ada, name="Ink", state=VideoAsset.State.READY, generation=2, duration_ms=7000, playable_at=now, ready_at=now
    )
    for generation in (1, 2):
        for quality, height, codecs in (("audio", 0, "mp4a.40.2"), ("360p", 360, "avc1.64001e")):
            VideoRendition.objects.create(
                video=video,
                generation=generation,
                quality=quality,
                width=height * 16 // 9,
                height=height,
                codecs=codecs,
                frame_rate=25,
                segments=[[6000, 10, 1], [1000, 5, 1]],
                is_complete=True,
            )
    return video


@pytest.fixture
def ask(video: VideoAsset) -> Callable[[str], Any]:
    browser = Client()
    browser.force_login(video.owner)
    return lambda name: browser.get(reverse("video_play", args=[video.pk, name]))


def cookies(response: HttpResponse) -> dict[str, dict[str, Morsel]]:
    """The CDN's cookies as they are sent: by path, then by name."""
    found: dict[str, dict[str, Morsel]] = {}
    for morsel in response.cookies.values():
        if morsel.key.startswith("CloudFront-"):
            found.setdefault(morsel["path"], {})[morsel.key] = morsel
    return found


def plain(text: str) -> bytes:
    return base64.b64decode(text.replace("-", "+").replace("_", "=").replace("~", "/"))


def check_signature(key: RSAPrivateKey, policy: str, signature: str) -> dict[str, Any]:
    """As CloudFront does; the policy's one statement."""
    key.public_key().verify(plain(signature), plain(policy), PKCS1v15(), SHA1())
    (statement,) = json.loads(plain(policy))["Statement"]
    return dict(statement)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["master.m3u8", "pass.json"])
def test_the_cookies_open_a_videos_folders_for_as_long_as_the_pass(
    cdn: Any, video: VideoAsset, ask: Callable, key: RSAPrivateKey, name: str
) -> None:
    found = cookies(ask(name))
    base = f"/videos/{video.pk.hex}"
    assert set(found) == {f"{base}/1/", f"{base}/2/"}, "what is served, and what was served before, for whoever is watching it"
    for path, of_path in found.items():
        assert set(of_path) == {"CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id"}
        assert of_path["CloudFront-Key-Pair-Id"].value == "K2JCJMDEHXQW5F"
        for morsel in of_path.values():
            assert (morsel["domain"], morsel["secure"], morsel["httponly"], morsel["samesite"]) == ("atelier.example", True, True, "Lax")
            assert morsel["max-age"] == PASS_SECONDS
        policy, signature = of_path["CloudFront-Policy"].value, of_path["CloudFront-Signature"].value
        assert not set(policy + signature) & set("+=/")
        ends = {"DateLessThan": {"AWS:EpochTime": NOW + PASS_SECONDS}}
        assert check_signature(key, policy, signature) == {"Resource": f"{CDN}{path}*", "Condition": ends}
        with pytest.raises(InvalidSignature):
            check_signature(key, policy, signature[:-8] + "AAAAAAAA")


@pytest.mark.django_db
def test_cookies_are_renewed_with_the_pass(
    cdn: Any, video: VideoAsset, ask: Callable, key: RSAPrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("courses.video.cdn.time.time", lambda: NOW + 150)
    response = ask("pass.json")
    found = cookies(response)[f"/{video.folder}/"]
    statement = check_signature(key, found["CloudFront-Policy"].value, found["CloudFront-Signature"].value)
    assert statement["Condition"] == {"DateLessThan": {"AWS:EpochTime": NOW + 150 + response.json()["seconds"]}}


@pytest.mark.django_db
def test_what_is_made_behind_a_ready_video_stays_closed(cdn: Any, video: VideoAsset, ask: Callable) -> None:
    VideoRendition.objects.filter(generation=1).update(generation=3)
    assert set(cookies(ask("pass.json"))) == {f"/{video.folder}/"}


@pytest.mark.django_db
def test_playlists_lead_to_the_cdn(cdn: Any, video: VideoAsset, ask: Callable) -> None:
    master = ask("master.m3u8")
    child = next(line for line in master.content.decode().splitlines() if line.endswith("360p.m3u8"))
    assert child.startswith("/videos/play/"), "playlists are still made here"
    browser = master.client
    playlist = browser.get(child)
    assert not playlist.cookies
    folder = f"{CDN}/{video.folder}/2-1/360p"
    assert [line for line in playlist.content.decode().splitlines() if "https" in line] == [
        f'#EXT-X-MAP:URI="{folder}/init.mp4"',
        f"{folder}/0.m4s",
        f"{folder}/1.m4s",
    ]


@pytest.mark.django_db
def test_native_players_are_led_to_single_signed_addresses(cdn: Any, video: VideoAsset, ask: Callable, key: RSAPrivateKey) -> None:
    playlist = ask("360p.m3u8").content.decode()
    segment = next(line for line in playlist.splitlines() if line.endswith("1.m4s"))
    assert segment.startswith("/dashboard/videos/")
    away = urlsplit(ask("2-1/360p/1.m4s")["Location"])
    address = f"{CDN}/{video.folder}/2-1/360p/1.m4s"
    assert f"{away.scheme}://{away.netloc}{away.path}" == address
    signed = {name: values[0] for name, values in parse_qs(away.query).items()}
    assert signed["Key-Pair-Id"] == "K2JCJMDEHXQW5F"
    statement = check_signature(key, signed["Policy"], signed["Signature"])
    assert statement == {"Resource": address, "Condition": {"DateLessThan": {"AWS:EpochTime": NOW + PASS_SECONDS}}}


@pytest.mark.django_db
def test_strangers_get_no_cookies(cdn: Any, video: VideoAsset, ben: User) -> None:
    stranger = Client()
    address = reverse("video_play", args=[video.pk, "pass.json"])
    assert not cookies(stranger.get(address))
    stranger.force_login(ben)
    answer = stranger.get(address)
    assert answer.status_code in (403, 404)
    assert not cookies(answer)


@pytest.mark.django_db
def test_without_a_cdn_nothing_changes(video: VideoAsset, ask: Callable) -> None:
    assert not cookies(ask("master.m3u8"))
    assert not cookies(ask("pass.json"))
    assert "://" not in ask("360p.m3u8").content.decode()
    assert ask("2-1/360p/1.m4s")["Location"].startswith("/videos/play/")


def test_the_content_policy_knows_the_cdn() -> None:
    assert cdn_origins(Environment({"VIDEO_CDN_URL": f"{CDN}/school/"})) == [CDN]
    assert cdn_origins(Environment({})) == []


def problems() -> set[str]:
    return {found.id or "" for found in run_checks(tags=["video"])}


def test_the_check_names_what_delivery_lacks(cdn: Any, on_s3: SignedS3) -> None:
    assert problems() == set()
    for setting, value, found in (
        ("CLOUDFRONT_KEY_PAIR_ID", "", "video.E011"),
        ("CLOUDFRONT_PRIVATE_KEY", "", "video.E012"),
        ("CLOUDFRONT_PRIVATE_KEY", "-----BEGIN PRIVATE KEY-----\\nx\\n-----END PRIVATE KEY-----", "video.E013"),
        ("CLOUDFRONT_PRIVATE_KEY", "/nowhere.pem", "video.E013"),
        ("VIDEO_CDN_URL", "http://video.atelier.example", "video.E014"),
        ("VIDEO_CDN_URL", "https://d111111abcdef8.cloudfront.net", "video.E015"),
        ("SITE_URL", "https://notatelier.example", "video.E015"),
        ("CLOUDFRONT_COOKIE_DOMAIN", "", "video.E015"),
    ):
        before = getattr(cdn, setting)
        setattr(cdn, setting, value)
        assert problems() == {found}, setting
        setattr(cdn, setting, before)


def test_the_check_names_what_the_encoder_lacks(settings: Any, on_s3: SignedS3) -> None:
    assert problems() == set()
    settings.VIDEO_ENCODER = "mediaconvert"
    assert problems() == {"video.E002", "video.E004", "video.W001"}
    settings.MEDIACONVERT_ROLE, settings.MEDIACONVERT_REGION = "atelier-mediaconvert", "eu-central-1"
    settings.MEDIACONVERT_TOPICS = ["atelier-videos"]
    assert problems() == {"video.E003", "video.E005"}
    settings.MEDIACONVERT_ROLE = "arn:aws:iam::111122223333:role/media/atelier"
    settings.MEDIACONVERT_TOPICS = ["arn:aws:sns:eu-central-1:111122223333:atelier-videos"]
    assert problems() == set()


def test_both_need_s3(cdn: Any) -> None:
    cdn.VIDEO_ENCODER = "mediaconvert"
    assert {"video.E001", "video.E010"} <= problems()


def test_a_key_may_stand_in_the_environment_itself(cdn: Any, key: RSAPrivateKey, on_s3: SignedS3) -> None:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    cdn.CLOUDFRONT_PRIVATE_KEY = pem.replace("\n", "\\n")
    assert problems() == set()
