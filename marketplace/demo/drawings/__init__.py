"""The pictures in the lessons of the demo courses: drawn by code, the same wherever and whenever the demo is made."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import typst

from marketplace.demo.drawings import binding, letters, numbers
from marketplace.demo.drawings.sheet import HEIGHT, WIDTH, Sheet

PIXELS_PER_INCH: Final = 108
"""72 would be one pixel for each unit of a sheet: a sheet of 800 units becomes 1200 pixels wide."""

DRAWINGS: Final[dict[str, Callable[[], Sheet]]] = {**letters.DRAWINGS, **numbers.DRAWINGS, **binding.DRAWINGS}

_PAGES: Final = f"""
#set page(width: {WIDTH}pt, height: {HEIGHT}pt, margin: 0pt)
#for sheet in json(bytes(sys.inputs.sheets)) {{ page(image(bytes(sheet), format: "svg", width: {WIDTH}pt)) }}
"""


def draw_pictures(names: Iterable[str]) -> dict[str, bytes]:
    """Each named picture as a PNG, rendered by the typesetter with the fonts that it brings along. Raises KeyError for an unknown name."""
    wanted = list(names)
    if not wanted:
        return {}
    sheets = [DRAWINGS[name]().as_svg() for name in wanted]
    pages = typst.compile(
        _PAGES.encode(),
        ignore_system_fonts=True,
        sys_inputs={"sheets": json.dumps(sheets)},
        package_path=Path("/nonexistent"),
        package_cache_path=Path("/nonexistent"),
        format="png",
        ppi=PIXELS_PER_INCH,
    )
    return dict(zip(wanted, pages if isinstance(pages, list) else [pages], strict=True))
