from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.signing import dumps

from kit.signing import BadLink, ExpiredLink, sign, unsign

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_a_token_gives_back_what_was_signed() -> None:
    assert unsign(sign({"file": "a/b", "n": 7}, salt="download", seconds=60), salt="download") == {"file": "a/b", "n": 7}


def test_a_token_is_good_until_its_time_is_over_and_not_a_second_longer() -> None:  # R123
    with time_machine.travel(NOON, tick=False):
        token = sign({}, salt="download", seconds=60)
    with time_machine.travel(NOON + timedelta(seconds=59), tick=False):
        assert unsign(token, salt="download") == {}
    with time_machine.travel(NOON + timedelta(seconds=60), tick=False), pytest.raises(ExpiredLink) as refused:
        unsign(token, salt="download")
    assert refused.value.status_code == 410


def test_changing_any_one_character_makes_a_token_worthless() -> None:  # R123
    token = sign({"file": "secret"}, salt="download", seconds=60)
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(BadLink):
            unsign(changed, salt="download")


def test_a_token_for_one_use_is_worthless_for_another() -> None:
    with pytest.raises(BadLink) as refused:
        unsign(sign({}, salt="download", seconds=60), salt="unsubscribe")
    assert refused.value.status_code == 404


@pytest.mark.parametrize(
    "nonsense",
    ["", ":", "a:b:c", "é", "x" * 5000, dumps({"p": {}}, salt="kit.signing.download"), dumps([1], salt="kit.signing.download")],
    # The last two carry the time at which they were made: without ids of their own two test processes would name them differently.
    ids=["empty", "colon", "no base64", "no ascii", "long", "no expiry", "no object"],
)
def test_what_is_no_token_of_ours_is_refused(nonsense: str) -> None:
    with pytest.raises(BadLink):
        unsign(nonsense, salt="download")


def test_links_outlive_a_change_of_the_secret_key(settings: object) -> None:
    token = sign({"n": 1}, salt="download", seconds=60)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]  # type: ignore[attr-defined]
    settings.SECRET_KEY = "another-key-of-a-decent-length-0123456789"  # type: ignore[attr-defined]
    assert unsign(token, salt="download") == {"n": 1}
    settings.SECRET_KEY_FALLBACKS = []  # type: ignore[attr-defined]
    with pytest.raises(BadLink):
        unsign(token, salt="download")
