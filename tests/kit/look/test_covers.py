"""Drawn covers: the same for ever, harmless as a document, cheap to keep."""

from __future__ import annotations

import hashlib
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from kit.covers import INKS, KINDS, UnknownKind, draw_cover

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {"svg", "defs", "clipPath", "pattern", "rect", "circle", "path", "g"}
ATTRIBUTES = {"viewBox", "width", "height", "preserveAspectRatio", "aria-hidden", "focusable", "id", "patternUnits", "rx", "cx", "cy", "r"}
ATTRIBUTES |= {"x", "y", "d", "fill", "opacity", "transform", "clip-path"}
HOSTILE = ['"><script>alert(1)</script>', "]]>", "<!--", "&amp;", "\u202eelif", "слог", "a" * 200]

# A change of the drawing changes every cover on the site: it must be meant.
KNOWN = {
    "course": "999479fc592e0e94",
    "prompt": "ecaf9f28b8bf6548",
    "template": "159047b62c6c08c7",
    "ebook": "66ad042e370d49d1",
    "persona": "8aab80e41b146615",
    "bundle": "43a48131c6ef8e62",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_cover_is_drawn_the_same_for_ever(kind: str) -> None:
    assert hashlib.sha256(draw_cover(kind, "letters-that-hold").encode()).hexdigest()[:16] == KNOWN[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_works_get_covers_of_their_own(kind: str) -> None:
    assert len({draw_cover(kind, f"work-{n}") for n in range(200)}) == 200


def test_every_set_of_inks_is_used() -> None:
    papers = {paper for paper, _dark, _light in INKS}
    drawn = "".join(draw_cover("ebook", f"work-{n}") for n in range(300))
    assert {paper for paper in papers if paper in drawn} == papers


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("slug", [*HOSTILE, *(f"work-{n}" for n in range(25))])
def test_a_cover_is_plain_shapes_whatever_the_slug(kind: str, slug: str) -> None:
    root = ElementTree.fromstring(draw_cover(kind, slug))
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in SHAPES
        assert set(element.attrib) <= ATTRIBUTES
        assert not (element.text or "").strip()
        for name, value in element.attrib.items():
            assert "url(" not in value or (name in ("fill", "clip-path") and value[5:-1] in ids)


def test_a_cover_is_small() -> None:
    sizes = [len(draw_cover(kind, f"work-{n}")) for kind in KINDS for n in range(100)]
    assert max(sizes) < 12_000
    assert sorted(sizes)[len(sizes) // 2] < 2_500


def test_an_unknown_kind_has_no_cover() -> None:
    with pytest.raises(UnknownKind):
        draw_cover("lottery", "ticket")


def test_anybody_may_fetch_a_cover_and_keep_it(client: Client) -> None:
    response = client.get("/covers/ebook/letters-that-hold.svg")
    assert response.status_code == 200
    assert response["Content-Type"] == "image/svg+xml"
    assert response.content.decode() == draw_cover("ebook", "letters-that-hold")
    assert response["Cache-Control"] == "public, max-age=2592000"
    assert "Cookie" not in response.get("Vary", "")
    assert not response.cookies


def test_a_cover_opened_by_itself_may_run_nothing(client: Client) -> None:
    response = client.get("/covers/ebook/letters-that-hold.svg")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_cover_that_one_has_is_not_sent_again(client: Client) -> None:
    etag = client.get("/covers/ebook/letters-that-hold.svg")["ETag"]
    again = client.get("/covers/ebook/letters-that-hold.svg", headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == etag
    assert client.get("/covers/ebook/another.svg", headers={"if-none-match": etag}).status_code == 200


@pytest.mark.parametrize("path", ["/covers/lottery/ticket.svg", f"/covers/ebook/{'a' * 201}.svg", "/covers/ebook/letters.png"])
@pytest.mark.django_db
def test_what_cannot_be_drawn_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_covers_take_no_database(client: Client, django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        client.get("/covers/persona/ada.svg")
