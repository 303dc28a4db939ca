"""Reads `.env`, so that settings for `make run` can be kept in a file. Production passes its environment by its own means."""

import re
from pathlib import Path

from scripts.console import Refusal

LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


def read_env_file(path: Path) -> dict[str, str]:
    """The settings in the file, {} when there is none. `#` starts a comment at the start of a line or after a space;
    quotes keep everything between them. Raises `Refusal` naming the first line that is no setting."""
    if not path.is_file():
        return {}
    found = {}
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = LINE.fullmatch(line)
        if match is None:
            raise Refusal(f"{path.name}, line {number}, is neither NAME=value nor a comment.")
        name, value = match.groups()
        quoted = re.match(r"""(["'])(.*?)\1\s*(?:#.*)?$""", value)
        found[name] = quoted.group(2) if quoted else re.split(r"\s+#", value, maxsplit=1)[0].strip()
    return found
