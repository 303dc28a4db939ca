"""XML of other systems, read without document types, entities or anything that lies elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

from courses.exchange.limits import DEEPEST_XML, MOST_XML, MOST_XML_ELEMENTS
from courses.exchange.packages import Package
from kit.files import RefusedFile

__all__ = ["Element", "child", "children", "local", "read_xml", "text_of", "walk"]


def read_xml(package: Package, path: str) -> Element:
    """The root of an XML file. Raises `RefusedFile` for one that is damaged, too large, too deep or declares a document type."""
    raw = package.read(path, most=MOST_XML)
    if raw.count(b"<") > MOST_XML_ELEMENTS * 2:
        raise RefusedFile(_("“%(name)s” has more parts than any course needs.") % {"name": path})
    try:
        root: Element = fromstring(raw, forbid_dtd=True)
    except DefusedXmlException as error:
        raise RefusedFile(_("“%(name)s” declares a document type or entities, which we do not read.") % {"name": path}) from error
    except (ParseError, ValueError, LookupError) as error:
        raise RefusedFile(_("“%(name)s” is not XML that we can read: %(reason)s") % {"name": path, "reason": error}) from error
    level = [root]
    for _depth in range(DEEPEST_XML):
        level = [inner for element in level for inner in element]
        if not level:
            return root
    raise RefusedFile(_("“%(name)s” is nested too deeply.") % {"name": path})


def local(element: Element) -> str:
    """The name without its namespace; versions of a format differ in nothing else."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, name: str) -> list[Element]:
    return [inner for inner in element if local(inner) == name]


def child(element: Element | None, name: str) -> Element | None:
    return None if element is None else next(iter(children(element, name)), None)


def walk(element: Element, *names: str) -> Iterator[Element]:
    """Everything below of these names, in the order of the document."""
    return (inner for inner in element.iter() if local(inner) in names)


def text_of(element: Element | None) -> str:
    """All words below, on one line."""
    return "" if element is None else " ".join("".join(element.itertext()).split())
