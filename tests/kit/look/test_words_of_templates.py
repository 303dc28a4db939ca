"""The tags and filters of `{% load atelier %}`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from kit.look import assets


def render(text: str, path: str = "", **context: Any) -> str:
    if path:
        context["request"] = RequestFactory().get(path)
    return Template("{% load atelier %}" + text).render(Context(context))


@pytest.fixture
def fresh_addresses() -> Any:
    def forget() -> None:
        assets._hashed.cache_clear()
        assets.symbol.cache_clear()

    forget()
    yield forget
    forget()


def test_an_amount_is_written_in_its_currency() -> None:
    assert render("{{ 1950|money:'EUR' }} {{ 500|money:'JPY' }} {{ minor|money:'EUR' }}", minor=None) == "€19.50 ¥500 "
    assert render("{{ minor|money:'EUR' }}", minor=-680) == "−€6.80"


def test_counts_are_grouped_as_the_reader_does() -> None:
    assert render("{{ 1284|num }}") == "1,284"
    with translation.override("de"):
        assert render("{{ 1284|num }}") == "1.284"


def test_sizes_are_short_and_do_not_break() -> None:
    assert render("{{ 50540000|filesize }}") == "48.2\xa0MB"


@pytest.mark.parametrize(
    ("path", "url", "expected"),
    [
        ("/library/", "/library/", ' aria-current="page"'),
        ("/library/purchases/", "/library/", ' aria-current="true"'),
        ("/librarian/", "/library/", ""),
        ("/library/", "/", ""),
        ("/", "/", ' aria-current="page"'),
        ("/library/", "", ""),
    ],
)
def test_a_navigation_says_where_one_is(path: str, url: str, expected: str) -> None:
    assert render("{% here url %}", path, url=url) == expected


def test_an_overview_is_current_only_on_itself() -> None:
    assert render("{% here url exact=True %}", "/dashboard/products/", url="/dashboard/") == ""


def test_a_page_without_a_request_is_nowhere() -> None:
    assert render("{% here '/library/' %}") == ""


MOMENT = datetime(2026, 11, 4, 23, 30, tzinfo=UTC)


def test_a_moment_is_left_to_the_browser_where_nobody_chose_a_zone() -> None:
    assert render("{% when moment 'datetime' %}", moment=MOMENT) == (
        '<time datetime="2026-11-04T23:30:00+00:00" data-local="datetime">4 Nov 2026, 23:30</time>'
    )


def test_a_chosen_zone_is_kept() -> None:
    with timezone.override("Asia/Tokyo"):
        written = render("{% when moment 'datetime' %}", moment=MOMENT)
    assert "5 Nov 2026, 08:30" in written
    assert "data-local" not in written


def test_a_day_has_no_zone_and_nothing_is_nothing() -> None:
    assert render("{% when day %}", day=date(2026, 11, 4)) == '<time datetime="2026-11-04">4 Nov 2026</time>'
    assert render("{% when day %}", day=None) == ""


def test_other_languages_write_dates_their_own_way() -> None:
    with translation.override("de"):
        assert "4. November 2026" in render("{% when moment %}", moment=MOMENT)


def test_an_icon_is_decoration_unless_it_has_a_name() -> None:
    assert 'aria-hidden="true"' in render("{% icon 'check' %}")
    named = render("{% icon 'check' label=words %}", words='"Done"')
    assert 'role="img" aria-label="&quot;Done&quot;"' in named
    assert "aria-hidden" not in named


def test_icons_come_from_the_sprite() -> None:
    assert render("{% icon 'check' size='sm' css='text-success' %}") == (
        '<svg class="icon icon-sm text-success" aria-hidden="true"><use href="/static/icons.svg#i-check"/></svg>'
    )
    assert "#k-ebook" in render("{% kind_glyph 'ebook' %}")


def test_an_unbuilt_site_still_has_addresses(settings: Any, fresh_addresses: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage", "OPTIONS": {"location": "/nowhere"}},
    }
    fresh_addresses()
    assert render("{% asset 'app.css' %}") == "/static/app.css"
    assert "/static/icons.svg#i-check" in render("{% icon 'check' %}")


def test_a_face_is_drawn_until_somebody_chooses_a_picture() -> None:
    assert 'src="/covers/persona/ada.svg"' in render("{% face 'ada' '' %}")
    chosen = render("{% face 'ada' '/media/ada.webp' 'lg' 'Ada' %}")
    assert 'src="/media/ada.webp"' in chosen
    assert 'alt="Ada"' in chosen
    assert 'width="64"' in chosen


def test_a_review_has_five_stars_and_says_how_many() -> None:
    row = render("{% star_row 4 %}")
    assert row.count("#i-star-fill") == 4
    assert row.count("<svg") == 5
    assert 'aria-label="4 out of 5"' in row


def test_attributes_are_escaped_and_false_ones_left_out() -> None:
    written = render("{% attributes values %}", values={"href": '/?q="a"', "hidden": True, "download": False, "rel": None})
    assert written == "href=&quot;".replace("&quot;", '"') + '/?q=&quot;a&quot;" hidden'


def test_words_of_a_template_are_kept_per_language() -> None:
    template = Template('{% load i18n atelier %}{% translate "Close" %}|{% translate "Log in" as words %}{{ words }}')
    with translation.override("en"):
        assert [template.render(Context()) for _time in range(2)] == ["Close|Log in"] * 2
    with translation.override("de"):
        german = template.render(Context())
        assert german != "Close|Log in"
    with translation.override("en"):
        assert template.render(Context()) == "Close|Log in"
    with translation.override("de"):
        assert template.render(Context()) == german


def test_words_of_variables_and_with_a_filter_or_a_context_are_not_kept() -> None:
    template = Template('{% load i18n atelier %}{% translate words %}|{% translate "no"|upper %}|{% translate "May" context "verb" %}')
    assert template.render(Context({"words": "One"})) == "One|NO|May"
    assert template.render(Context({"words": "Two & more"})) == "Two &amp; more|NO|May"


def test_per_cent_signs_and_marks_are_as_django_writes_them() -> None:
    for words in ("100% wool", "a &lt; b", "it's"):
        both = ["{% load i18n %}", "{% load i18n atelier %}"]
        assert len({Template(f'{load}{{% translate "{words}" %}}').render(Context()) for load in both}) == 1
