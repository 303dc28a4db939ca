from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.errors import BadWebhook
from payments.gateways.signatures import sign, verify


def test_the_scheme_is_the_documented_one() -> None:
    """Computed apart: printf '1492774577.{"a":1}' | openssl dgst -sha256 -hmac whsec_test"""
    expected = "2a55874e33dedb30da6fac02873208f53a243141599a71c0d52a1d5b89656823"
    assert sign(b'{"a":1}', secret="whsec_test", at=1492774577) == f"t=1492774577,v1={expected}"


def test_one_good_signature_among_several_is_enough() -> None:  # a secret that is being replaced
    good = sign(b"body", secret="new", at=1000).partition(",")[2]

    verify(f"t=1000,v1=00ff,{good},v0=old", b"body", secret="new", at=1000)


@given(body=st.binary(max_size=200), at=st.integers(0, 10**10))
def test_what_is_signed_verifies_within_five_minutes_and_not_later(body: bytes, at: int) -> None:
    header = sign(body, secret="s", at=at)

    verify(header, body, secret="s", at=at + 300)
    with pytest.raises(BadWebhook):
        verify(header, body, secret="s", at=at + 301)


@given(body=st.binary(min_size=1, max_size=50), position=st.integers(0, 49))
def test_one_changed_bit_is_enough_to_be_refused(body: bytes, position: int) -> None:
    header = sign(body, secret="s", at=1000)
    changed = bytearray(body)
    changed[position % len(body)] ^= 1

    with pytest.raises(BadWebhook):
        verify(header, bytes(changed), secret="s", at=1000)


@given(header=st.text(max_size=60))
def test_no_header_makes_it_stumble(header: str) -> None:
    with pytest.raises(BadWebhook):
        verify(header, b"body", secret="s", at=1000)
