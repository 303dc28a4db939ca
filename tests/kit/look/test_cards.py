"""The card of a work: what it says, to eyes and to ears, and what it must not let through."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from django.template import Context, Template
from django.utils import translation
from django.utils.safestring import mark_safe

from kit.look.cards import render_card, render_price, render_stars

CARD = {
    "url": "/marketplace/a-small-press-manual/",
    "title": "A small-press manual",
    "kind": "ebook",
    "kind_label": "Ebook",
    "fact": "184 pages",
    "maker": "Teodor Ivanov",
    "maker_url": "/@teodor/",
    "cover_url": "/covers/ebook/a-small-press-manual.svg",
    "price": "€19.00",
    "rating": 4.86,
    "rating_count": 1541,
}


def tree(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(html.replace(' loading="lazy">', ' loading="lazy"/>').replace('decoding="async">', 'decoding="async"/>'))


def words(html: str) -> str:
    return " ".join("".join(tree(html).itertext()).split())


def test_a_card_names_the_work_its_maker_and_its_price() -> None:
    html = render_card(CARD)
    assert words(html) == "Ebook · 184 pagesA small-press manualTeodor Ivanov€19.004.9 out of 5, (1,541)"
    links = {link.get("href"): link.text for link in tree(html).iter("a")}
    assert links == {CARD["url"]: "A small-press manual", "/@teodor/": "Teodor Ivanov"}


def test_a_card_may_be_an_object_with_little_to_say() -> None:
    html = render_card(
        SimpleNamespace(url="/x/", title="X", kind="prompt", kind_label="Prompt", maker="Ida", cover_url="/c.svg", price="Free")
    )
    assert "No ratings yet" in html
    assert "flag" not in html
    assert "·" not in html


@pytest.mark.parametrize("name", ["url", "title", "kind_label", "fact", "maker", "maker_url", "cover_url", "price", "compare_at", "flag"])
def test_nothing_a_creator_writes_becomes_markup(name: str) -> None:
    html = render_card({**CARD, name: '"><img src=x onerror=alert(1)>'})
    assert "<img src=x" not in html
    assert 'onerror="' not in html
    tree(html)


def test_a_price_that_is_markup_already_is_left_alone() -> None:
    assert '<b class="price">€1</b>' in render_card({**CARD, "price_html": mark_safe('<b class="price">€1</b>')})


def test_a_former_price_is_struck_and_said() -> None:
    assert render_price("€54.00", "€72.00") == (
        '<span class="price"><s><span class="sr-only">Was </span>€72.00</s><span class="sr-only">now </span>€54.00</span>'
    )


def test_stars_are_written_as_the_reader_writes_numbers() -> None:
    with translation.override("de"):
        assert "<b>4,9</b>" in render_stars(4.86, 1541)
        assert "(1.541)" in render_stars(4.86, 1541)
    assert render_stars(None, 0) == '<span class="stars">No ratings yet</span>'


def test_only_covers_below_the_fold_are_lazy() -> None:
    assert 'loading="lazy"' in render_card(CARD)
    assert "loading" not in render_card(CARD, eager=True)


def test_the_title_has_the_level_that_the_page_needs() -> None:
    assert "<h3><a" in render_card(CARD, "h3")
    with pytest.raises(ValueError, match="title of a card"):
        render_card(CARD, "script")


def render(text: str, **context: Any) -> str:
    return Template("{% load atelier %}" + text).render(Context(context))


def test_the_tag_and_the_component_are_one() -> None:
    tag = render("{% work_card card 'h3' %}", card=CARD)
    assert render("{% include 'components/work_card.html' with heading='h3' %}", card=CARD).strip() == tag
    assert "<h2>" in render("{% include 'components/work_card.html' %}", card=CARD)


def test_fixed_parts_are_rendered_once_per_language_and_value() -> None:
    template = Template(
        "{% load atelier i18n %}{% fixed name %}{{ name }} {{ count }} {% get_current_language as l %}{{ l }}{% endfixed %}"
    )
    assert template.render(Context({"name": "a", "count": 1})) == "a 1 en"
    assert template.render(Context({"name": "a", "count": 2})) == "a 1 en"
    assert template.render(Context({"name": "b", "count": 3})) == "b 3 en"
    with translation.override("de"):
        assert template.render(Context({"name": "a", "count": 4})) == "a 4 de"
