"""Documents as PDF, typeset by Typst from `templates/pdf/*.typ`.

Data reaches a template as one JSON string, never as markup: a name such as `#read("/etc/passwd")` is printed, not
run. A template begins with

    #let d = json(bytes(sys.inputs.data))

Only files below `templates/pdf/` can be read while typesetting, no package is fetched, and the fonts are those
that Typst brings along (Libertinus Serif, New Computer Modern, DejaVu Sans Mono): the same pages on each machine.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

_NO_PACKAGES = Path("/nonexistent")


def typeset(template: str, data: dict[str, Any]) -> bytes:
    """The PDF of `templates/pdf/<template>`, as in `typeset("receipt.typ", {...})`.

    Raises FileNotFoundError for a template that is not there, and typst.TypstError for one that does not compile.
    """
    root: Path = settings.PDF_TEMPLATES
    source = (root / template).resolve()
    if not source.is_relative_to(root.resolve()) or not source.is_file():
        raise FileNotFoundError(f"no PDF template {template!r} in {root}")
    return typst.compile(
        source,
        root=root,
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, cls=DjangoJSONEncoder)},
        package_path=_NO_PACKAGES,
        package_cache_path=_NO_PACKAGES,
        format="pdf",
    )
