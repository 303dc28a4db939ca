"""Documents as PDF, typeset by Typst from `templates/pdf/*.typ`.

Data reaches a template as one JSON string, never as markup: a name such as `#read("/etc/passwd")` is printed, not
run. A template begins with

    #let d = json(bytes(sys.inputs.data))

Only files below `templates/pdf/` can be read while typesetting, no package is fetched, and the fonts are those
that Typst brings along (Libertinus Serif, New Computer Modern, DejaVu Sans Mono) and, for the scripts that these lack,
Noto Sans from two packages of fonts: the same pages on each machine, whatever alphabet a name is written in.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import typst
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

_NO_PACKAGES = Path("/nonexistent")
_FONT_PACKAGES: Final = ("manimgx_fonts", "manimgx_fonts_cjk")


def typeset(template: str, data: dict[str, Any]) -> bytes:
    """The PDF of `templates/pdf/<template>`, as in `typeset("receipt.typ", {...})`.

    Raises FileNotFoundError for a template that is not there, and typst.TypstError for one that does not compile.
    """
    return _compile(template, data, format="pdf")


def draw_sheet(template: str, data: dict[str, Any], *, pixels_per_inch: int | None = None) -> bytes:
    """The same document of one page as a picture: SVG, or PNG with so many pixels per inch. Raises as `typeset` does."""
    if pixels_per_inch is None:
        return _compile(template, data, format="svg")
    return _compile(template, data, format="png", ppi=pixels_per_inch)


def _compile(template: str, data: dict[str, Any], **form: Any) -> bytes:
    root: Path = settings.PDF_TEMPLATES
    source = (root / template).resolve()
    if not source.is_relative_to(root.resolve()) or not source.is_file():
        raise FileNotFoundError(f"no PDF template {template!r} in {root}")
    return typst.compile(
        source,
        root=root,
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(data, cls=DjangoJSONEncoder)},
        package_path=_NO_PACKAGES,
        package_cache_path=_NO_PACKAGES,
        **form,
    )


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """Their names are read once per process, the glyphs only when a text needs them."""
    return typst.Fonts(include_system_fonts=False, font_paths=[Path(str(files(package))) for package in _FONT_PACKAGES])
