"""Which of the files that came along the texts name: pictures in them, and what becomes an attachment beside a lesson."""

from __future__ import annotations

import posixpath
import re
from typing import Final
from urllib.parse import quote, unquote

from django.utils.translation import gettext as _

from courses.exchange.formats.names import title_of
from courses.exchange.links import Answer, Link, Unlinked, relink
from courses.exchange.packages import Package
from courses.exchange.parts import FilePart, Place
from courses.exchange.report import Report
from courses.limits import ATTACHMENT_KINDS, most_attachment_bytes
from kit.files import FILE_TYPES, RefusedFile, extension_of, inspect_upload
from kit.files.pictures import inspect_picture
from kit.files.types import recognise
from kit.images import MOST_BYTES
from kit.storage import safe_filename

FILE_SCHEME: Final = "package-file:"
"""How a text names a picture of its package between reading and importing: renderers know no such scheme."""

PICTURE_ENDINGS: Final = frozenset({"png", "jpg", "webp"})
_OTHER_PICTURES: Final = frozenset({"gif", "svg", "bmp", "tif", "tiff", "avif", "heic", "ico", "apng"})
_ELSEWHERE: Final = re.compile(r"[a-z][a-z0-9+.-]*:|//|#|/", re.IGNORECASE)


class Files:
    """The package seen by its readers. `pictures` are the paths of those that texts show, in the order in which they came up."""

    def __init__(self, package: Package, report: Report, *, name: str = "") -> None:
        self.package, self.report = package, report
        self.title = title_of(package.folder or re.sub(r"(\.tar)?\.\w+$", "", name))
        """For a course that does not say its own: after the folder or the file that it came in."""
        self.pictures: dict[str, None] = {}
        self.roots: dict[str, tuple[str, ...]] = {}
        """What a format writes for a folder of the package, and the folders that it may mean."""
        self.references: dict[str, str] = {}
        """Paths by the names under which pages may ask for a file without saying where it lies."""
        self.inner_links: tuple[str, ...] = ()
        """How links to other pages of the same course begin."""
        self.site_folders: tuple[str, ...] = ()
        """The folders, with their slash, that are the top of a site."""
        self.met: set[str] = set()
        """Files that a text or an outline named, whatever became of them."""
        self.is_forgiving = False
        """Whether a file that is damaged, or not what it says, is left out instead of being a problem: in what another system wrote
        its creator can hardly mend it."""
        self._usable: dict[str, bool] = {}

    def link_pictures(self, text: str, *, place: str, folder: str = "") -> str:
        """The text with `FILE_SCHEME` targets for pictures that lie in the package; whatever else it names stays."""

        def answer(link: Link) -> str | None:
            path = self.resolve(link.target, folder)
            if not link.is_picture or path is None or path not in self.package or not _is_picture(path):
                return None
            self.met.add(path)
            return self._picture(path, link, place)

        return relink(text, answer)

    def link_all(self, text: str, *, place: Place, folder: str, attachments: list[FilePart]) -> str:
        """As `link_pictures`; links to other files of the package become attachments, and what is missing is told."""

        def answer(link: Link) -> str | None:
            path = self.resolve(link.target, folder)
            if path is None:
                return self._away(link, place)
            self.met.add(path)
            if path not in self.package:
                if re.sub(r"\.html?$", ".md", path) in self.package:
                    self._leads_to_page(link, place)
                elif not link.is_definition:
                    self.report.warn(place.of(), _("“%(target)s” did not come along; only its words stay.") % {"target": link.target[:200]})
                return None if link.is_definition else Unlinked(link.words)
            if _is_picture(path) and link.is_picture:
                return self._picture(path, link, place.of())
            if link.is_definition:
                if extension_of(path) in ("md", "html", "htm"):
                    self._leads_to_page(link, place)
                return None
            if extension_of(path) in ("md", "html", "htm", "xml"):
                self._leads_to_page(link, place)
            else:
                self.attach(path, place=place, name="", attachments=attachments)
            return Unlinked(link.words)

        return relink(text, answer)

    def _away(self, link: Link, place: Place) -> Answer:
        """A target that is no file of the package: it stays, unless it means another page of the course."""
        if not self._is_inner(link.target) or link.is_definition:
            return None
        self._leads_to_page(link, place)
        return Unlinked(link.words)

    def _leads_to_page(self, link: Link, place: Place) -> None:
        self.report.warn(place.of(), _("Its links to other pages of the course are left out; only their words stay."))

    def _is_inner(self, target: str) -> bool:
        return bool(self.inner_links) and unquote(target).startswith(self.inner_links)

    def attach(self, path: str, *, place: Place, name: str, attachments: list[FilePart]) -> None:
        """Put a file of the package beside a lesson, once. What cannot be one is left out, which the report says."""
        self.met.add(path)
        if any(entry.path == path for entry in attachments):
            return
        shown = safe_filename(name or path)
        if extension_of(shown) not in FILE_TYPES:
            self.report.warn(place.of(), _("“%(name)s” is a kind of file that cannot be attached; it is left out.") % {"name": shown})
            return
        if self.is_forgiving and (refusal := self._refused(path, shown)):
            self.report.warn(path, _("%(reason)s The file is left out.") % {"reason": refusal})
            return
        attachments.append(FilePart(place=place, path=path, name=shown))

    def _refused(self, path: str, name: str) -> str:
        """Why this file cannot lie beside a lesson; "" for one that can."""
        try:
            with self.package.copy(path) as file:
                inspect_upload(file, name=name, allowed=ATTACHMENT_KINDS, max_bytes=most_attachment_bytes())
        except RefusedFile as refusal:
            return str(refusal)
        return ""

    def resolve(self, target: str, folder: str) -> str | None:
        """The path in the package that a relative target means; None for addresses elsewhere and for what leaves the package."""
        plain = unquote(re.split(r"[?#]", target.strip(), maxsplit=1)[0])
        if self._is_inner(plain):
            match = re.search(r"/file_ref/([^/]+)", plain)
            return self.references.get(match[1]) if match else None
        for sign, folders in self.roots.items():
            if plain.startswith(sign):
                rest = posixpath.normpath(plain.removeprefix(sign))
                # Sakai and Moodle write the sign before addresses that begin at the page.
                beside = posixpath.normpath(posixpath.join(folder, plain.removeprefix(sign).lstrip("/")))
                candidates = [*(f"{root}{rest}" for root in folders), beside]
                return next((path for path in candidates if path in self.package), None if rest.startswith(("..", "/")) else rest)
        if plain.startswith("/") and self.site_folders:
            return next((path for folder in self.site_folders if (path := folder + plain.lstrip("/")) in self.package), None)
        if not plain or _ELSEWHERE.match(target.strip()):
            return None
        path = posixpath.normpath(posixpath.join(folder, plain))
        return None if path.startswith(("../", "/")) or path in (".", "..") else path

    def _picture(self, path: str, link: Link, place: str) -> str | None:
        if not self._is_usable(path, place):
            return None if link.is_definition else Unlinked(link.words)
        self.pictures[path] = None
        return FILE_SCHEME + quote(path)

    def _is_usable(self, path: str, place: str) -> bool:
        if path not in self._usable:
            self._usable[path] = self._judge(path, place)
        return self._usable[path]

    def _judge(self, path: str, place: str) -> bool:
        """Whether the picture can be shown. A kind that we do not show is a warning, one that is not what it says a problem."""
        ending = extension_of(path)
        if ending not in PICTURE_ENDINGS:
            self.report.warn(place, _("“%(name)s” is left out: pictures have to be JPEG, PNG or WebP.") % {"name": path})
            return False
        try:
            if self.package.size(path) > MOST_BYTES:
                raise RefusedFile(_("The picture is larger than %(limit)d MB.") % {"limit": MOST_BYTES // 1024**2})
            with self.package.copy(path) as file:
                kind = recognise(file.read(64))
                if kind not in PICTURE_ENDINGS:
                    raise RefusedFile(_("This is not a picture."))
                file.seek(0)
                inspect_picture(file, kind, self.package.size(path))
        except RefusedFile as refusal:
            if self.is_forgiving:
                self.report.warn(path, _("%(reason)s The picture is left out.") % {"reason": refusal})
            else:
                self.report.problem(path, str(refusal))
            return False
        return True


def place_pictures(text: str, addresses: dict[str, str]) -> str:
    """The text with the lasting addresses of its pictures; a picture that `addresses` does not have leaves its words."""

    def answer(link: Link) -> str | None:
        if not link.target.startswith(FILE_SCHEME):
            return None
        address = addresses.get(unquote(link.target.removeprefix(FILE_SCHEME)))
        return address if address or link.is_definition else Unlinked(link.words)

    return relink(text, answer)


def _is_picture(path: str) -> bool:
    return extension_of(path) in PICTURE_ENDINGS | _OTHER_PICTURES
