"""YouTube's Data API v3 and oEmbed as a server on this machine speaks them, for as much as we ask of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "a-key"
PLAYLIST = "PLabcdefghij"


def video_id(number: int) -> str:
    return f"video{number:06d}"


class VideoServices:
    """`asked` are path and query of each request. `mode` makes the service misbehave: "", "away", "redirect", "flood", "nonsense"."""

    def __init__(self, videos: int = 120) -> None:
        self.videos, self.mode = videos, ""
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.address = ""

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        if path in ("/oembed", "/vimeo"):
            known = query["url"] != "https://www.youtube.com/watch?v=unknown0000"
            return (200, {"title": f"Title of {query['url'][-11:]}", "duration": 95}) if known else (404, "Not Found")
        if query.get("key") != KEY:
            return 403, {"error": {"code": 403}}
        if path == "/v3/playlists":
            found = [{"id": PLAYLIST, "snippet": {"title": "Letters, filmed"}}] if query["id"] == PLAYLIST else []
            return 200, {"items": found}
        if path == "/v3/playlistItems":
            start = int(query.get("pageToken", "0"))
            ids = [video_id(number) for number in range(start, min(start + 50, self.videos))]
            more = {"nextPageToken": str(start + 50)} if start + 50 < self.videos else {}
            return 200, {"items": [{"contentDetails": {"videoId": found}} for found in ids], **more}
        if path == "/v3/videos":
            # Number 3 was made private meanwhile: it is on the list, but nothing is told of it.
            ids = [found for found in query["id"].split(",") if found != video_id(3)]
            return 200, {
                "items": [
                    {"id": found, "snippet": {"title": f"Film {found[-3:]}"}, "contentDetails": {"duration": "PT1H2M3S"}} for found in ids
                ]
            }
        return 404, {}


@contextmanager
def serving(services: VideoServices) -> Iterator[VideoServices]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            services.asked.append((parts.path, query))
            if services.mode == "redirect":
                self.send_response(302)
                self.send_header("Location", f"{services.address}/secret")
                self.end_headers()
                return
            status, told = (500, {}) if services.mode == "away" else services.answer(parts.path, query)
            body = json.dumps(told).encode()
            if services.mode == "nonsense":
                body = b"[" * 100_000
            if services.mode == "flood":
                body = b" " * (3 * 1024 * 1024) + body
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    services.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield services
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
