from __future__ import annotations

from collections.abc import Iterator

import pytest

from payments.gateway import replaced_gateway
from payments.gateways.sandbox import SandboxGateway
from tests.payments.faulty_gateway import FaultyGateway


@pytest.fixture
def gateway() -> Iterator[FaultyGateway]:
    """The sandbox gateway behind a line that the test can cut."""
    faulty = FaultyGateway(SandboxGateway())
    with replaced_gateway(faulty):
        yield faulty
