from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.markdown import plain, render, render_lesson
from tests.kit.xss import ATTACKS, Seen, assert_harmless


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_becomes_markup(attack: str) -> None:
    assert_harmless(render(attack))
    assert_harmless(render(f"Before {attack} after\n\n> {attack}\n\n- {attack}"))


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_becomes_markup_in_a_lesson(attack: str) -> None:
    assert_harmless(render_lesson(attack, anchors=True), attributes_besides={"role"})
    places = f"Before ${attack}$ after\n\n$$\n{attack}\n$$\n\n> [!NOTE]\n> {attack}\n\n> [!{attack}]\n\n## {attack}\n\n$${attack}$$"
    assert_harmless(render_lesson(places, anchors=True), attributes_besides={"role"})


@given(st.text(alphabet=st.sampled_from(list("<>\"'&;:/()[]!`|#*-_=^~$ \n\tjavscriptonerhf1")), max_size=120))
def test_no_mixture_of_signs_becomes_dangerous_markup(text: str) -> None:
    assert_harmless(render(text))
    assert_harmless(render_lesson(text, anchors=True), attributes_besides={"role"})


def test_html_is_shown_as_it_was_typed() -> None:
    assert "&lt;b&gt;bold&lt;/b&gt;" in render("<b>bold</b>")


def test_the_usual_markdown_works() -> None:
    html = render("# Title\n\n*a* **b** ~~c~~ `d`\n\n> quote\n\n3. three\n\n[site](https://a.example/x?a=1&b=2)")
    for piece in ("<h2>Title</h2>", "<em>a</em>", "<strong>b</strong>", "<s>c</s>", "<code>d</code>", "<blockquote>", '<ol start="3">'):
        assert piece in html
    assert '<a href="https://a.example/x?a=1&amp;b=2" rel="nofollow noopener">site</a>' in html


def test_headings_stay_below_the_page_s_own() -> None:
    html = render("# one\n\n###### six")
    assert "<h1" not in html
    assert "<h2>one</h2>" in html
    assert "<h6>six</h6>" in html


def test_tables_keep_their_alignment_without_inline_styles_and_can_scroll() -> None:
    html = render("| a | b |\n|:--|--:|\n| 1 | 2 |")
    assert '<th align="left">a</th>' in html
    assert '<td align="right">2</td>' in html
    assert '<div class="table-scroll" tabindex="0"><table>' in html
    assert "style=" not in html


def test_task_lists_are_boxes_that_cannot_be_ticked() -> None:
    html = render("- [x] done\n- [ ] open")
    assert html.count('type="checkbox"') == 2
    assert html.count("disabled=") == 2
    assert html.count("checked=") == 1


def test_code_is_coloured_by_classes_and_unknown_languages_stay_plain() -> None:
    assert '<span class="k">def</span>' in render("```python\ndef f(): pass\n```")
    assert render("```nosuch\n<b>\n```") == '<div class="code"><pre tabindex="0"><code>&lt;b&gt;\n</code></pre></div>\n'


def test_footnotes_of_two_texts_on_one_page_do_not_meet() -> None:
    one, other = render("a[^1]\n\n[^1]: one"), render("b[^1]\n\n[^1]: other")
    ids = [attributes["id"] for html in (one, other) for _tag, attributes in Seen(html).tags if attributes.get("id")]
    assert len(ids) == 4
    assert len(set(ids)) == 4


def test_pictures_are_ours_or_become_links() -> None:
    assert '<img src="/media/a.webp" alt="A cat" loading="lazy">' in render("![A cat](/media/a.webp)")
    elsewhere = render("![A cat](https://evil.example/pixel.gif)")
    assert "<img" not in elsewhere
    assert '<a href="https://evil.example/pixel.gif" rel="nofollow noopener">A cat</a>' in elsewhere
    assert "<img" not in render("![x](//evil.example/a.gif)")
    assert 'src="/%5Cevil.example/a.gif"' in render("![x](/\\evil.example/a.gif)")


def test_a_text_without_end_does_not_take_time_without_end() -> None:
    for bomb in ("[" * 50_000, "*a " * 50_000, "`" * 100_000, "> " * 20_000, "![[" * 30_000, "| " * 50_000, "a" * 1_000_000):
        assert_harmless(render(bomb))


def test_plain_gives_the_words_alone() -> None:
    assert plain("# Hello *there*\n\nSee [the site](https://a.example), `code`,\n\n- one\n- two ![alt text](/a.png)") == (
        "Hello there See the site, code, one two alt text"
    )
    assert plain("<script>alert(1)</script>") == "<script>alert(1)</script>"
    assert plain("") == ""


def test_plain_is_cut_at_a_word_and_never_longer_than_asked() -> None:
    assert plain("one two three four", 13) == "one two…"
    assert plain("one two three four", 14) == "one two three…"
    assert plain("one, two", 6) == "one…"
    assert plain("exactly", 7) == "exactly"
    assert plain("Donaudampfschifffahrt", 10) == "Donaudamp…"


@given(st.text(max_size=300), st.integers(min_value=2, max_value=80))
def test_plain_keeps_to_its_limit(text: str, limit: int) -> None:
    assert len(plain(text, limit)) <= limit
    assert "\n" not in plain(text, limit)
