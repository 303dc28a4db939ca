"""Members of JSON and YAML objects, read one by one: wrong types are problems at their path, unknown names are warnings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from courses.exchange.parts import Place
from courses.exchange.report import Report

_MISSING: Final = object()
_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0"})


class Members:
    """One object. `aliases` maps our names to the others under which the same is known."""

    def __init__(self, value: Mapping[str, Any], *, file: str, path: str, report: Report, aliases: Mapping[str, tuple[str, ...]]) -> None:
        self._value, self._report, self._aliases = value, report, aliases
        self._seen: set[str] = set()
        self._names: dict[str, str] = {}
        self.file, self.path = file, path

    @property
    def place(self) -> Place:
        return Place(file=self.file, path=self.path, names=self._names)

    def where(self, name: str) -> str:
        return self.place.of(name)

    def under(self, name: str) -> str:
        """The path of a member, without its file."""
        return Place(path=self.path, names=self._names).of(name)

    def raw(self, name: str, default: Any = None) -> Any:
        """The member as it stands, by our name or another for it. Null counts as absent. Two names at once are a problem."""
        found = default
        for key in (name, *self._aliases.get(name, ())):
            value = self._value.get(key, _MISSING)
            if value is _MISSING:
                continue
            self._seen.add(key)
            if value is None:
                continue
            if name in self._names and found is not default:
                self._report.problem(self._place(key), _("The same is said twice: here and in “%(other)s”.") % {"other": self._names[name]})
                continue
            self._names[name], found = key, value
        return found

    def text(self, name: str, default: str = "") -> str:
        value = self.raw(name)
        if value is None:
            return default
        if isinstance(value, str):
            return value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
        return self._wrong(name, _("Write a text here."), default)

    def number(self, name: str, default: int) -> int:
        value = self.raw(name)
        if value is None:
            return default
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e9:
            value = int(value)
        if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value.strip()) < 10:
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1e9:
            return value
        return self._wrong(name, _("Write a whole number here."), default)

    def number_or_none(self, name: str) -> int | None:
        return None if self.raw(name) is None else self.number(name, 1)

    def flag(self, name: str, default: bool) -> bool:
        value = self.raw(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().lower() in _TRUE | _FALSE:
            return value.strip().lower() in _TRUE
        return self._wrong(name, _("Write true or false here."), default)

    def entries(self, name: str) -> list[Any]:
        value = self.raw(name)
        if value is None:
            return []
        return value if isinstance(value, list) else self._wrong(name, _("Write a list here."), [])

    def sentences(self, name: str) -> list[str]:
        """A list of texts; one text alone is its lines."""
        value = self.raw(name)
        if isinstance(value, str):
            return [line.lstrip("-* ") for line in value.splitlines() if line.strip()]
        found: list[str] = []
        for index, entry in enumerate(self.entries(name)):
            if isinstance(entry, (str, int, float)) and not isinstance(entry, bool):
                found.append(str(entry))
            else:
                self._report.problem(f"{self.where(name)}[{index}]", _("Write a text here."))
        return found

    def objects(self, name: str, aliases: Mapping[str, tuple[str, ...]]) -> list[Members]:
        """A list of objects; entries that are none are problems. In the order of their "order" where every one has it."""
        found = []
        for index, entry in enumerate(self.entries(name)):
            path = f"{self.under(name)}[{index}]"
            if isinstance(entry, dict):
                found.append(Members(entry, file=self.file, path=path, report=self._report, aliases=aliases))
            else:
                self._report.problem(Place(file=self.file, path=path).of(), _("Write an object here: {…}."))
        orders = [entry.raw("order") for entry in found]
        if found and all(isinstance(order, (int, float)) and not isinstance(order, bool) for order in orders):
            return [entry for _order, entry in sorted(zip(orders, found, strict=True), key=lambda pair: pair[0])]
        return found

    def object(self, name: str, aliases: Mapping[str, tuple[str, ...]]) -> Members | None:
        value = self.raw(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            return self._wrong(name, _("Write an object here: {…}."), None)
        return Members(value, file=self.file, path=self.under(name), report=self._report, aliases=aliases)

    def names(self) -> set[str]:
        return set(self._value)

    def finish(self, *, ignored: frozenset[str] = frozenset()) -> None:
        """Warn of every member that nobody asked for."""
        for key in self._value:
            if key not in self._seen and key not in ignored:
                self._report.warn(self._place(str(key)[:80]), _("This is not part of the format; it is left out."))

    def problem_at(self, place: str, sentence: str) -> None:
        self._report.problem(place, sentence)

    def _place(self, key: str) -> str:
        return Place(file=self.file, path=self.path).of(key)

    def _wrong(self, name: str, sentence: str, default: Any) -> Any:
        self._report.problem(self.where(name), sentence)
        return default
