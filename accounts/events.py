"""What happened to accounts."""

from __future__ import annotations

from dataclasses import dataclass

from kit.events import Event


@dataclass(frozen=True, kw_only=True)
class PersonRegistered(Event):
    user_id: int


@dataclass(frozen=True, kw_only=True)
class BecameCreator(Event):
    user_id: int


@dataclass(frozen=True, kw_only=True)
class AccountClosed(Event):
    user_id: int


@dataclass(frozen=True, kw_only=True)
class PersonSuspended(Event):
    user_id: int


@dataclass(frozen=True, kw_only=True)
class PersonRestored(Event):
    user_id: int


@dataclass(frozen=True, kw_only=True)
class PictureDropped(Event):
    """A picture that no profile shows any more; `name` is its name in the public store."""

    name: str
