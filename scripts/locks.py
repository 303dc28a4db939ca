"""Advisory file locks. The kernel drops them when their holder ends, however it ends, so none can go stale."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.console import Refusal


class FileLock:
    """An flock on a file that is never removed. Shared holders exclude exclusive ones."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, *, shared: bool = False, wait: bool = True) -> bool:
        """Take the lock; False when `wait` is off and somebody else holds it."""
        if self._descriptor is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except PermissionError as error:
                raise Refusal(
                    f"{error.filename} belongs to another user: use the account that first ran Atelier here, "
                    "or set ATELIER_DATA to a folder of your own."
                ) from None
        operation = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
        try:
            fcntl.flock(self._descriptor, operation)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def is_held_elsewhere(self) -> bool:
        """Whether another process holds the lock right now. Only for a lock that this object does not hold."""
        if self.acquire(wait=False):
            self.release()
            return False
        self.release()
        return True


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Only one process at a time runs the body; the others wait."""
    lock = FileLock(path)
    lock.acquire()
    try:
        yield
    finally:
        lock.release()
