"""What happens to a person's things when the account is closed.

Each app above registers, in its `AppConfig.ready()`:

* a closer, which forgets or anonymises what the app keeps about the person. It runs inside the closing transaction
  and may refuse by raising a `DomainError`; nothing is closed then. Slow and outside work belongs to a handler of the
  event `AccountClosed`;
* an obstacle, which says in a sentence why the account cannot be closed now (money that is still to be paid out), or
  returns None. The page shows the sentences before it asks.
"""

from __future__ import annotations

from collections.abc import Callable

from django.utils.functional import Promise

from accounts.models import User

Closer = Callable[[User], None]
Obstacle = Callable[[User], "str | Promise | None"]

_closers: list[Closer] = []
_obstacles: list[Obstacle] = []


def register_closer(closer: Closer) -> None:
    if closer not in _closers:
        _closers.append(closer)


def register_obstacle(obstacle: Obstacle) -> None:
    if obstacle not in _obstacles:
        _obstacles.append(obstacle)


def closers() -> list[Closer]:
    return list(_closers)


def obstacles_of(user: User) -> list[str]:
    """The sentences that say why this account cannot be closed now; none when it can."""
    return [str(sentence) for obstacle in _obstacles if (sentence := obstacle(user))]
