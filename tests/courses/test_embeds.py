"""Links to videos elsewhere: every usual form, and nothing else."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from courses.embeds import FRAME_ORIGINS, embed_or_none, read_video_link, shows_embeds
from courses.errors import BadCourse

ID = "dQw4w9WgXcQ"


@pytest.mark.parametrize(
    ("link", "start"),
    [
        (f"https://www.youtube.com/watch?v={ID}", 0),
        (f"http://youtube.com/watch?v={ID}&feature=share", 0),
        (f"https://m.youtube.com/watch?app=desktop&v={ID}", 0),
        (f"https://music.youtube.com/watch?v={ID}&list=RDAMVM", 0),
        (f"https://youtu.be/{ID}", 0),
        (f"youtu.be/{ID}?si=AbCdEf&t=90", 90),
        (f"  www.youtube.com/watch?v={ID}&t=1m30s  ", 90),
        (f"https://www.youtube.com/watch?v={ID}#t=1h2m3s", 3723),
        (f"https://www.youtube.com/embed/{ID}?start=42", 42),
        (f"https://www.youtube-nocookie.com/embed/{ID}", 0),
        (f"https://youtube.com/shorts/{ID}?feature=share", 0),
        (f"https://www.youtube.com/live/{ID}?t=5s", 5),
        (f"https://www.youtube.com/v/{ID}", 0),
        (f"https://www.youtube.com/watch?v={ID}&t=999999999999", 0),
        (f"https://www.youtube.com/watch?v={ID}&t=soon", 0),
        (
            f'<iframe width="560" height="315" src="https://www.youtube.com/embed/{ID}?si=x&amp;start=10" allowfullscreen></iframe>',
            10,
        ),
    ],
)
def test_every_usual_form_of_a_youtube_link_is_read(link: str, start: int) -> None:
    embed = read_video_link(link)
    assert (embed.provider, embed.id, embed.start) == ("youtube", ID, start)
    assert embed.embed_url.startswith(f"https://www.youtube-nocookie.com/embed/{ID}?")
    assert (f"start={start}&" in embed.embed_url) == bool(start)
    assert read_video_link(embed.page_url) == embed


@pytest.mark.parametrize(
    ("link", "key", "start"),
    [
        ("https://vimeo.com/76979871", "", 0),
        ("vimeo.com/76979871#t=1m5s", "", 65),
        ("https://vimeo.com/76979871/8272103f6e", "8272103f6e", 0),
        ("https://vimeo.com/76979871?h=8272103f6e", "8272103f6e", 0),
        ("https://player.vimeo.com/video/76979871?h=8272103f6e&dnt=1", "8272103f6e", 0),
        ("https://vimeo.com/channels/staffpicks/76979871", "", 0),
        ("https://vimeo.com/groups/shortfilms/videos/76979871", "", 0),
        ("https://vimeo.com/showcase/1234567/video/76979871", "", 0),
        ("https://vimeo.com/manage/videos/76979871/8272103f6e", "8272103f6e", 0),
        ("https://vimeo.com/ondemand/letters/76979871", "", 0),
        ('<div><iframe src="https://player.vimeo.com/video/76979871?badge=0" frameborder="0"></iframe></div>', "", 0),
    ],
)
def test_every_usual_form_of_a_vimeo_link_is_read(link: str, key: str, start: int) -> None:
    embed = read_video_link(link)
    assert (embed.provider, embed.id, embed.key, embed.start) == ("vimeo", "76979871", key, start)
    assert embed.embed_url.startswith("https://player.vimeo.com/video/76979871?")
    assert "dnt=1" in embed.embed_url
    assert (f"h={key}&" in embed.embed_url) == bool(key)
    assert read_video_link(embed.page_url) == embed


@pytest.mark.parametrize(
    "link",
    [
        "",
        "hello",
        "https://example.com/watch?v=dQw4w9WgXcQ",
        "https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
        "https://evil.example/https://youtu.be/dQw4w9WgXcQ",
        "https://youtube.com@evil.example/watch?v=dQw4w9WgXcQ",
        "https://user:word@youtube.com/watch?v=dQw4w9WgXcQ",
        "https://youtube.com:8443/watch?v=dQw4w9WgXcQ",
        "https://youtube.com:port/watch?v=dQw4w9WgXcQ",
        "javascript://youtube.com/watch?v=dQw4w9WgXcQ",
        "ftp://youtu.be/dQw4w9WgXcQ",
        "data:text/html,<script>alert(1)</script>",
        "https://youtu.be/short",
        "https://youtu.be/dQw4w9WgXcQQ",
        'https://youtu.be/dQw4w9W"Xc>',
        "https://www.youtube.com/@atelier",
        "https://www.youtube.com/channel/UCxxxxxxxxxxxxxxxxxxxxxx",
        "https://vimeo.com/atelier",
        "https://vimeo.com/76979871/not-a-key!",
        "https://vimeo.com/event/76979871",
        "https://vimeo.com/showcase/1234567",
        "https://[bad/",
        "<iframe src='https://evil.example/embed/dQw4w9WgXcQ'></iframe>",
    ],
)
def test_anything_else_is_refused_with_the_field_named(link: str) -> None:
    with pytest.raises(BadCourse) as refusal:
        read_video_link(link)
    assert refusal.value.field == "video_url"
    assert embed_or_none(link) is None


def test_a_playlist_is_told_apart_from_a_video() -> None:
    for link in ("https://www.youtube.com/playlist?list=PL123", "https://www.youtube.com/embed/videoseries?list=PL123"):
        with pytest.raises(BadCourse, match="playlist"):
            read_video_link(link)


@shows_embeds
def _page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("a page with a video")


def _other(request: HttpRequest) -> HttpResponse:
    return HttpResponse("a page without")


_page.login_required = _other.login_required = False  # type: ignore[attr-defined]
urlpatterns = [path("page/", _page), path("other/", _other)]


@override_settings(ROOT_URLCONF=__name__)
def test_only_pages_that_say_so_may_frame_the_two_players_and_nobody_else(client: Client) -> None:
    policy = client.get("/page/").headers["Content-Security-Policy"]
    assert "frame-src https://www.youtube-nocookie.com https://player.vimeo.com;" in f"{policy};"
    assert "unsafe" not in policy
    allowed = client.get("/page/").headers["Permissions-Policy"]
    assert 'autoplay=(self "https://www.youtube-nocookie.com" "https://player.vimeo.com")' in allowed
    assert "camera=()" in allowed
    other = client.get("/other/")
    assert "frame-src" not in other.headers["Content-Security-Policy"]
    assert "default-src 'self'" in other.headers["Content-Security-Policy"]
    assert "autoplay=()" in other.headers["Permissions-Policy"]
    assert not [origin for origin in FRAME_ORIGINS if origin in other.headers["Content-Security-Policy"]]
