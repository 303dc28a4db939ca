"""What happened to listings. Handlers live in this storey's rooms (docs/events.md)."""

from __future__ import annotations

from dataclasses import dataclass

from kit.events import Event


@dataclass(frozen=True, kw_only=True)
class ProductSubmitted(Event):
    """A creator asks for review."""

    product_id: int


@dataclass(frozen=True, kw_only=True)
class ProductApproved(Event):
    """Staff said yes. It may not be live yet: `ProductPublished` says so."""

    product_id: int
    decision_id: int


@dataclass(frozen=True, kw_only=True)
class ProductRejected(Event):
    """Staff sent it back, naming a rule."""

    product_id: int
    decision_id: int


@dataclass(frozen=True, kw_only=True)
class ProductPublished(Event):
    """It is on sale, for the first time or again."""

    product_id: int


@dataclass(frozen=True, kw_only=True)
class ProductChanged(Event):
    """Words, pictures, price or shelf of a listing changed, whatever its state."""

    product_id: int


@dataclass(frozen=True, kw_only=True)
class ProductArchived(Event):
    """Its creator took it off sale. Buyers keep what they bought."""

    product_id: int


@dataclass(frozen=True, kw_only=True)
class ProductRemoved(Event):
    """Staff took it down, naming a rule."""

    product_id: int
    decision_id: int


@dataclass(frozen=True, kw_only=True)
class ProductRestored(Event):
    """Staff put it back after taking it down. `ProductPublished` comes with it."""

    product_id: int
    decision_id: int


@dataclass(frozen=True, kw_only=True)
class ProductDeleted(Event):
    """A listing that nobody bought is gone, row and all."""

    product_id: int


@dataclass(frozen=True, kw_only=True)
class VersionPublished(Event):
    """A version can be fetched by buyers; the first one too."""

    version_id: int
    product_id: int


@dataclass(frozen=True, kw_only=True)
class FileReleased(Event):
    """A row let go of a stored file. The file goes when no other row holds it. `store` is "private" or "public"."""

    store: str
    name: str
