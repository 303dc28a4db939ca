"""Subtitles: what is read, and what is left of hostile ones."""

from __future__ import annotations

import pytest

from accounts.models import User
from courses.video.errors import BadCaptions
from courses.video.models import Caption, VideoAsset
from courses.video.services.captions import language_name, save_captions
from courses.video.webvtt import MOST_BYTES, Cue, read_cues, read_subtitles, write_webvtt

SRT = """1\r
00:00:01,000 --> 00:00:02,500\r
Draw the <i>n</i> first.\r
\r
2\r
00:00:03,000 --> 00:00:04,000\r
Round letters\r
overshoot.\r
"""
VTT = """WEBVTT - Letters
Kind: captions

STYLE
::cue { background: url(https://evil.example/spy) }

NOTE --> not a cue

intro
00:01.000 --> 00:02.500 line:0 position:20% align:start
<v.loud Ada Lovelace>Draw the <c.red>n</c> &amp; the <b>o</b>.

1:00:03.000 --> 1:00:04.000
<00:03.500>Later
"""


def test_subrip_is_read() -> None:
    assert read_subtitles(SRT.encode()) == [
        Cue(1000, 2500, "Draw the <i>n</i> first."),
        Cue(3000, 4000, "Round letters\novershoot."),
    ]


def test_webvtt_is_read_without_its_styles_notes_and_classes() -> None:
    cues = read_subtitles(VTT.encode())
    assert cues == [Cue(1000, 2500, "Ada Lovelace: Draw the n &amp; the <b>o</b>."), Cue(3_603_000, 3_604_000, "Later")]
    assert cues[0].words == "Ada Lovelace: Draw the n & the o."
    assert "evil" not in write_webvtt(cues)


def test_what_is_written_is_read_back_the_same() -> None:
    cues = read_subtitles(VTT.encode()) + read_subtitles(b"00:05.000 --> 00:06.000\n2 &lt; 3 --> really <b>unclosed\n")
    assert read_cues(write_webvtt(cues)) == cues
    assert write_webvtt(cues).startswith("WEBVTT\n\n00:00:01.000 --> 00:00:02.500\n")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>Hello",
        "<img src=x onerror=alert(1)>Hello",
        "&lt;script&gt;alert(1)&lt;/script&gt;Hello",
        "<b onclick=alert(1)>Hello</b>",
        "<scr<script>ipt>alert(1)</script>Hello",
        "<v <script>alert(1)</script>>Hello",
        "&#60;script>alert(1)&#60;/script>Hello",
        "Hello&#10;&#10;00:09.000 --> 00:10.000&#10;another",
        "Hello\u2028\u2028WEBVTT",
        "<b>Hello<i></b></i>",
    ],
)
def test_markup_that_could_run_is_gone(hostile: str) -> None:
    written = write_webvtt(read_subtitles(f"00:01.000 --> 00:02.000\n{hostile}\n".encode()))
    for name in ("<script", "<img", "onclick=alert(1)>Hello", "<v", "\u2028"):
        assert name not in written
    assert "Hello" in written
    assert written.count(" --> ") == 1
    assert len(read_cues(written)) == 1


def test_old_encodings_are_read_and_what_is_no_text_is_refused() -> None:
    cue = "00:01.000 --> 00:02.000\nÜberhang für Müßige\n"
    for raw in (cue.encode(), cue.encode("utf-8-sig"), cue.encode("utf-16"), cue.encode("cp1252")):
        assert read_subtitles(raw)[0].text == "Überhang für Müßige"
    for raw in (b"\x00\x00\x00\x18ftypmp42", b"", b"Hello", b"\xff\xfe\x00", b"1\n00:00:99,000 --> nonsense\nHi", b"x" * (MOST_BYTES + 1)):
        with pytest.raises(BadCaptions) as refusal:
            read_subtitles(raw)
        assert refusal.value.field == "file"


def test_too_many_and_impossible_cues_do_not_get_through() -> None:
    many = "".join(f"00:00:00.{n % 1000:03} --> 00:00:01.000\nx\n\n" for n in range(20_002))
    with pytest.raises(BadCaptions):
        read_subtitles(many.encode())
    backwards = b"00:02.000 --> 00:01.000\nHi\n\n00:03.000 --> 00:04.000\nThere\n"
    assert [cue.text for cue in read_subtitles(backwards)] == ["There"]


def test_a_language_has_one_text_and_the_later_replaces_the_first(ada: User) -> None:
    video = VideoAsset.objects.create(owner=ada, name="Overshoot")
    first = save_captions(video, by=ada, language="pt-BR", raw=SRT.encode())
    second = save_captions(video, by=ada, language="pt-BR", raw=VTT.encode())
    assert (first.pk, first.label) == (second.pk, "Português (Brasil)")
    assert "Ada Lovelace" in Caption.objects.get().webvtt
    assert language_name("tlh") == "tlh"
    for tag in ("", "english", "../en", "en_US", "DE"):
        with pytest.raises(BadCaptions):
            save_captions(video, by=ada, language=tag, raw=SRT.encode())
    assert Caption.objects.count() == 1
