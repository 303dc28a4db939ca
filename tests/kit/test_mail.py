from __future__ import annotations

import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import translation

from kit.mail import compose_mail, message_id, send_mail

ROOM = "tests_kit"


@pytest.fixture
def letters(settings: Any, tmp_path: Path) -> Path:
    """A mail of this test's own, beside the site's templates."""
    folder = tmp_path / "emails" / ROOM / "welcome"
    folder.mkdir(parents=True)
    (folder / "subject.txt").write_text("Hello {{ name }},\n\nfrom {{ site_name }}\n")
    (folder / "body.txt").write_text("{{ name }}\n\n\n\n\nwrites {{ words }}\n{{ site_url }}\n")
    (folder / "body.html").write_text(
        '{% extends "emails/base.html" %}{% block preview %}A word{% endblock %}'
        '{% block body %}<h1>{{ name }}</h1><p>{{ words }}</p><a class="button" href="{{ site_url }}/library/">Open</a>{% endblock %}'
    )
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [tmp_path, *engine["DIRS"]]}]
    return folder


CONTEXT = {"name": "Tom & Jerry <b>", "words": "5 < 6 “quoted”"}


def send(**changes: Any) -> Any:
    send_mail(f"{ROOM}/welcome", **{"to": "ben@example.com", "context": CONTEXT, "idempotency_key": "welcome:1", **changes})
    return mail.outbox[-1]


def test_a_mail_is_text_with_an_html_twin(letters: Path, settings: Any) -> None:
    sent = send()
    assert sent.to == ["ben@example.com"]
    assert sent.from_email == settings.DEFAULT_FROM_EMAIL
    assert sent.body == f"Tom & Jerry <b>\n\nwrites 5 < 6 “quoted”\n{settings.SITE_URL}\n"
    html, kind = sent.alternatives[0]
    assert kind == "text/html"
    assert "Tom &amp; Jerry &lt;b&gt;" in html
    assert f"{settings.SITE_URL}/library/" in html
    assert settings.SUPPORT_EMAIL in html


def test_a_subject_is_one_line_of_plain_text(letters: Path, settings: Any) -> None:
    sent = send(context={**CONTEXT, "name": "Tom\r\nBcc: everybody@example.com"})
    assert sent.subject == f"Hello Tom Bcc: everybody@example.com, from {settings.SITE_NAME}"
    assert "Bcc" not in dict(sent.message().items())


def test_the_same_reason_gives_the_same_message_id(letters: Path) -> None:
    first, again, other = send(), send(), send(idempotency_key="welcome:2")
    assert first.message()["Message-ID"] == again.message()["Message-ID"] == message_id("welcome:1")
    assert first.message()["X-Idempotency-Key"] == again.message()["X-Idempotency-Key"]
    assert other.message()["Message-ID"] != first.message()["Message-ID"]
    assert first.message()["Message-ID"].endswith("@example.com>")
    assert "welcome" not in first.message()["Message-ID"]
    assert first.message()["Auto-Submitted"] == "auto-generated"


def test_files_can_be_attached(letters: Path) -> None:
    sent = send(attachments=[("receipt.pdf", b"%PDF-1.7", "application/pdf")])
    assert sent.attachments[0] == ("receipt.pdf", b"%PDF-1.7", "application/pdf")


def test_a_failing_mail_server_is_not_hidden(letters: Path, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    began = time.monotonic()
    with pytest.raises(OSError):
        send()
    assert time.monotonic() - began < 10


class Shape(HTMLParser):
    VOID = {"meta", "br", "img", "hr"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_frame_of_a_mail_loads_nothing_and_is_well_formed(letters: Path) -> None:
    html = str(compose_mail(f"{ROOM}/welcome", to="a@example.com", context=CONTEXT, idempotency_key="x").alternatives[0][0])
    shape = Shape()
    shape.feed(html)
    assert shape.open == []
    assert not {"script", "img", "link", "iframe", "form"} & {tag for tag, _attributes in shape.seen}
    assert "url(" not in html
    assert shape.seen[0] == ("html", {"lang": "en"})


def test_a_mail_in_a_language_that_runs_right_to_left_says_so(letters: Path) -> None:
    with translation.override("ar"):
        html = str(compose_mail(f"{ROOM}/welcome", to="a@example.com", context=CONTEXT, idempotency_key="x").alternatives[0][0])
    assert '<html lang="ar" dir="rtl">' in html


def test_each_mail_of_the_site_has_its_three_parts() -> None:
    folder = Path(__file__).resolve().parents[2] / "templates" / "emails"
    for mail_folder in {path.parent for path in folder.rglob("*.*") if path.parent != folder}:
        names = {path.name for path in mail_folder.iterdir() if not path.name.startswith("_")}
        assert names == {"subject.txt", "body.txt", "body.html"}, mail_folder
        assert 'extends "emails/base.html"' in (mail_folder / "body.html").read_text(), mail_folder
