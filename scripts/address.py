"""The address that `make run` serves on."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass

from scripts.console import Refusal

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Address:
    """Where the web server listens. Only this machine can reach it: a public site runs from the Procfile behind HTTPS."""

    port: int

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Address":
        """Read PORT (default 8000). Raises `Refusal` when it is not a port."""
        text = environ.get("PORT", "").strip() or "8000"
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
            raise Refusal(f"PORT must be a number from 1 to 65535, not {text!r}.")
        return cls(int(text))

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def bind(self) -> str:
        return f"{HOST}:{self.port}"

    def require_free(self) -> None:
        """Raise `Refusal` when something else listens there, before minutes go into the set-up."""
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, self.port))
                probe.listen(1)
            except PermissionError:
                raise Refusal(f"Port {self.port} needs administrator rights: choose one above 1023, as in PORT=8010 make run.") from None
            except OSError:
                raise Refusal(
                    f"Port {self.port} is already in use: stop what runs there, or choose another, as in PORT=8010 make run."
                ) from None
