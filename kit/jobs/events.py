from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kit.events import Event


@dataclass(frozen=True, kw_only=True)
class JobFailed(Event):
    """A job has used up its tries or given up. Who started it can now say so."""

    job_id: UUID
    name: str
    key: str


@dataclass(frozen=True, kw_only=True)
class JobWasCancelled(Event):
    """A job was stopped before its end."""

    job_id: UUID
    name: str
    key: str
