"""What ends a running job before its handler returns."""

from __future__ import annotations


class LeaseLost(Exception):
    """Another worker goes on with this job: stop, and leave everything as it is."""


class JobCancelled(Exception):
    """Somebody asked for the job to stop."""


class GiveUp(Exception):
    """Raised by a handler when trying again would not help. The message is the reason that people read."""
