"""Run as a program: `python -I pdf_reader.py <path>` writes what it found as JSON. Limits its own time and memory first."""

import json
import resource
import sys
from typing import Any

CPU_SECONDS = 4
MEMORY_BYTES = 300 * 1024 * 1024
OUT_OF_MEMORY = 71


def read(path: str) -> dict[str, Any]:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        with open(path, "rb") as file:
            reader = PdfReader(file, strict=False)
            if reader.is_encrypted and not reader.decrypt(""):
                return {"locked": True}
            root = reader.root_object
            tree: Any = root["/Pages"]
            pages = int(tree["/Count"])
            names: Any = root.get("/Names", {})
            opening = str(root.get("/OpenAction", ""))
            return {
                "pages": pages if 0 < pages < 1_000_000 else 0,
                "script": "/JavaScript" in names or "/JavaScript" in opening or "/JS" in opening or "/AA" in root,
                "launches": "/Launch" in opening,
                "attachments": "/EmbeddedFiles" in names,
            }
    except (
        PyPdfError,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        ArithmeticError,
        AssertionError,
    ):
        return {"damaged": True}


def main() -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        found = read(sys.argv[1])
    except MemoryError:
        return OUT_OF_MEMORY
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
