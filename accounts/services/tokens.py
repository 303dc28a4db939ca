"""Personal API tokens: made, used, revoked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.errors import TooManyTokens
from accounts.models import ApiToken, Scope, User
from accounts.models.api_token import SHOWN, TOKEN_PREFIX
from kit.errors import DomainError

MOST_TOKENS = 20


@transaction.atomic
def create_token(user: User, *, name: str, scopes: Iterable[str], expires_at: datetime | None) -> tuple[ApiToken, str]:
    """A new token and its secret text, which is said here once and stored nowhere.

    Raises `TooManyTokens` at 20 live ones; `DomainError` for no scope, an unknown one, or an end in the past.
    """
    User.objects.select_for_update().get(pk=user.pk)
    wanted = sorted(set(scopes), key=Scope.values.index) if set(scopes) <= set(Scope.values) else []
    if not wanted:
        raise DomainError(_("Choose what the token may do."), field="scopes")
    if expires_at is not None and expires_at <= timezone.now():
        raise DomainError(_("The end lies in the past."), field="expires_at")
    if ApiToken.objects.usable().filter(user=user).count() >= MOST_TOKENS:
        raise TooManyTokens
    secret = ApiToken.draw()
    token = ApiToken.objects.create(
        user=user, name=name.strip(), prefix=secret[:SHOWN], digest=ApiToken.digest_of(secret), scopes=wanted, expires_at=expires_at
    )
    return token, secret


def revoke_token(token: ApiToken) -> None:
    """From now on the token opens nothing. Once revoked it stays so."""
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())


def find_token(secret: str) -> ApiToken | None:
    """The usable token of this text with its owner, or None."""
    if not secret.startswith(TOKEN_PREFIX) or len(secret) > 100:
        return None
    return ApiToken.objects.usable().select_related("user").filter(digest=ApiToken.digest_of(secret)).first()
