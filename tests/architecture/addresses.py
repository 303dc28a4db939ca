"""Every address that the site answers, from the URL resolver."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import PathView

ADMIN = "admin/"


@dataclass(frozen=True)
class Address:
    """`route` is the pattern as it stands in the urls, prefixes included; `methods` those that the API declares there."""

    route: str
    name: str
    methods: tuple[str, ...] = ()


def addresses() -> list[Address]:
    found = list(_walk(get_resolver().url_patterns, "", ""))
    merged: dict[tuple[str, str], Address] = {}
    for one in found:
        # The API names each operation; several of them share an address.
        key = (one.route, "" if one.methods else one.name)
        known = merged.get(key)
        merged[key] = Address(one.route, known.name, known.methods) if known else one
    return list(merged.values())


def _walk(patterns: list[URLPattern | URLResolver], prefix: str, namespace: str) -> Iterator[Address]:
    for one in patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, route, f"{namespace}{one.namespace}:" if one.namespace else namespace)
        else:
            yield Address(route, namespace + (one.name or ""), _methods(one.callback))


def _methods(view: Any) -> tuple[str, ...]:
    """Of a view of the API: it closes over ninja's `PathView`."""
    while view is not None:
        for cell in getattr(view, "__closure__", None) or ():
            if isinstance(cell.cell_contents, PathView):
                return tuple(method for operation in cell.cell_contents.operations for method in operation.methods)
        view = getattr(view, "__wrapped__", None)
    return ()


_PARAMETER = re.compile(r"\(\?P<(?P<named>\w+)>(?:[^()]|\([^()]*\))*\)|<(?:\w+:)?(?P<plain>\w+)>")


def filled(route: str, values: dict[str, object]) -> str:
    """The route as a path, with `values` for its parameters."""
    path = _PARAMETER.sub(lambda match: str(values[match["named"] or match["plain"]]), route)
    return "/" + re.sub(r"(?<=/)\^|^\^|/\?\\Z$|\\Z$|\$$", "", path)
