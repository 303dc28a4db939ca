from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from accounts.models import User
from kit.ratelimit import forget_all
from marketplace.models import Product
from tests.factories import make_product
from tests.factories.stores import stores_in
from tests.kit.signed_s3 import ACCESS_KEY, REGION, SECRET_KEY, SignedS3


@pytest.fixture(autouse=True)
def no_tries_yet() -> None:
    forget_all()


@pytest.fixture
def local_stores(settings: Any, tmp_path: Path) -> Path:
    settings.STORAGES = stores_in(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def s3_server() -> Iterator[SignedS3]:
    started = SignedS3(f"atelier-{secrets.token_hex(4)}")
    key = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY, "region_name": REGION, "endpoint_url": started.url}
    boto3.client("s3", **key).create_bucket(Bucket=started.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    yield started
    started.stop()


@pytest.fixture
def s3(s3_server: SignedS3, settings: Any, tmp_path: Path) -> SignedS3:
    settings.STORAGES = stores_in(tmp_path, s3_server.environment())
    return s3_server


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest) -> str:
    """Each test twice: with files on the disk, and on S3 behind a server that checks signatures."""
    request.getfixturevalue("local_stores" if request.param == "local" else "s3")
    return str(request.param)


@pytest.fixture
def book(ada: User) -> Product:
    return make_product(ada, title="A quiet book")
