"""Messages of SNS: believed by their signature, their topic, their certificate's address and their time, and by all of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.test import Client

from accounts.models import User
from courses.video.models import RemoteEncoding, VideoAsset
from courses.video.sns import MOST_BYTES
from kit.jobs.models import Job
from kit.jobs.testing import run_all
from tests.courses.video.elsewhere.mediaconvert import Job as RemoteJob
from tests.courses.video.elsewhere.sns import ADDRESS, HOST, TOPIC, Sns

pytestmark = pytest.mark.django_db


@pytest.fixture
def encoding(ada: User) -> RemoteEncoding:
    video = VideoAsset.objects.create(owner=ada, name="Serifs", state=VideoAsset.State.PROCESSING, generation=1)
    return RemoteEncoding.objects.create(
        video=video, generation=1, encoder="mediaconvert", remote_id="1536964333549-job0", state=RemoteEncoding.State.RUNNING
    )


def tell(body: bytes) -> int:
    return Client().post(ADDRESS, body, content_type="text/plain; charset=UTF-8").status_code


def event(encoding: RemoteEncoding, status: str, percent: int | None = None) -> dict[str, Any]:
    metadata = {"video": encoding.video_id.hex, "generation": str(encoding.generation)}
    return RemoteJob("1536964333549-job0", {"userMetadata": metadata}).event(status, percent)


def percent_of(encoding: RemoteEncoding) -> int:
    encoding.refresh_from_db()
    return encoding.percent


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_of_the_signature_are_understood(sns: Sns, encoding: RemoteEncoding, version: str) -> None:
    body = sns.notification(event(encoding, "STATUS_UPDATE", 40), version=version, Subject="A subject\nof two lines")
    assert tell(body) == 200
    assert percent_of(encoding) == 40
    assert sns.asked == [sns.certificate_url]
    assert tell(body) == 200
    assert sns.asked == [sns.certificate_url], "a certificate is fetched once"


def forged(sns: Sns, said: dict[str, Any]) -> bytes:
    return sns.notification(said, unsigned={"Message": json.dumps(said | {"id": "another"})})


FORGERIES: dict[str, tuple[Callable[[Sns, dict[str, Any]], bytes], int]] = {
    "another message": (forged, 403),
    "another subject": (lambda sns, said: sns.notification(said, unsigned={"Subject": "added"}), 403),
    "another time": (lambda sns, said: sns.notification(said, unsigned={"Timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.999Z"}), 403),
    "no signature": (lambda sns, said: sns.notification(said, unsigned={"Signature": ""}), 403),
    "no base64": (lambda sns, said: sns.notification(said, unsigned={"Signature": "~~~"}), 403),
    "a stranger's key": (
        lambda sns, said: Sns(is_stranger=True).notification(said, unsigned={"SigningCertURL": sns.certificate_url}),
        403,
    ),
    "a certificate that is not there": (lambda _sns, said: Sns().notification(said), 503),
    "a version that says less": (lambda sns, said: sns.notification(said, unsigned={"SignatureVersion": "0"}), 403),
    "a hash that does not fit": (lambda sns, said: sns.notification(said, version="1", unsigned={"SignatureVersion": "2"}), 403),
    "a topic of somebody else's": (lambda sns, said: sns.notification(said, TopicArn=TOPIC.replace("1111", "9999")), 403),
    "a topic that begins like ours": (lambda sns, said: sns.notification(said, TopicArn=f"{TOPIC}-2"), 403),
    "a message of last week": (lambda sns, said: sns.notification(said, sent=datetime.now(UTC) - timedelta(days=7)), 403),
    "a message of tomorrow": (lambda sns, said: sns.notification(said, sent=datetime.now(UTC) + timedelta(days=1)), 403),
    "no time": (lambda sns, said: sns.notification(said, Timestamp="now"), 400),
    "another kind": (lambda sns, said: sns.message(Type="Other", Message=json.dumps(said)), 400),
    "a kind whose fields are missing": (lambda sns, said: sns.message(Type="SubscriptionConfirmation", Message=json.dumps(said)), 400),
    "no object": (lambda _sns, _said: b"[]", 400),
    "no JSON": (lambda _sns, _said: b"{", 400),
    "nested without end": (lambda _sns, _said: b"[" * 100_000, 400),
    "too much": (lambda _sns, _said: b" " * (MOST_BYTES + 1), 413),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forgeries_change_nothing(sns: Sns, encoding: RemoteEncoding, name: str) -> None:
    forge, status = FORGERIES[name]
    assert tell(forge(sns, event(encoding, "COMPLETE"))) == status
    encoding.refresh_from_db()
    assert encoding.state == RemoteEncoding.State.RUNNING
    assert all(address.startswith(f"https://{HOST}/SimpleNotificationService-") for address in sns.asked)


PEM = "SimpleNotificationService-0123456789abcdef.pem"


@pytest.mark.parametrize(
    "address",
    [
        f"https://stranger.example/{PEM}",
        f"http://{HOST}/{PEM}",
        f"https://{HOST}.stranger.example/{PEM}",
        f"https://stranger.example/{HOST}/{PEM}",
        f"https://sns.us-east-1.amazonaws.com/{PEM}",
        f"https://s3.eu-central-1.amazonaws.com/{PEM}",
        f"https://{HOST}:8443/{PEM}",
        f"https://{HOST}@stranger.example/{PEM}",
        f"https://user:word@{HOST}/{PEM}",
        f"https://{HOST}/{PEM}?x=1",
        f"https://{HOST}/{PEM}#x",
        f"https://{HOST}/?Action=Publish&file={PEM}",
        f"https://{HOST}/../{PEM}",
        f"https://{HOST}/x/{PEM}",
        f"https://{HOST}:port/{PEM}",
        f"file:///{PEM}",
        "",
    ],
)
def test_a_certificate_that_lies_elsewhere_is_never_fetched(sns: Sns, encoding: RemoteEncoding, address: str) -> None:
    sns.answers[address.partition("?")[0]] = httpx.Response(200, content=sns.certificate)
    assert tell(sns.notification(event(encoding, "COMPLETE"), unsigned={"SigningCertURL": address})) == 403
    assert sns.asked == []
    encoding.refresh_from_db()
    assert encoding.state == RemoteEncoding.State.RUNNING


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (httpx.Response(302, headers={"Location": "https://stranger.example/"}), 503),
        (httpx.Response(500), 503),
        (httpx.Response(200, content=b"x" * 100_000), 503),
        (httpx.Response(200, content=b"no certificate"), 403),
    ],
)
def test_a_certificate_that_does_not_come_is_no_certificate(
    sns: Sns, encoding: RemoteEncoding, answer: httpx.Response, status: int
) -> None:
    body = sns.notification(event(encoding, "STATUS_UPDATE", 40))
    right = sns.answers[sns.certificate_url]
    sns.answers[sns.certificate_url] = answer
    assert tell(body) == status
    assert percent_of(encoding) == 0
    sns.answers[sns.certificate_url] = right
    assert tell(body) == 200, "what failed was not kept"


def test_a_certificate_whose_time_is_over_signs_nothing(settings: Any, monkeypatch: pytest.MonkeyPatch, encoding: RemoteEncoding) -> None:
    settings.MEDIACONVERT_TOPICS = [TOPIC]
    old = Sns(valid_days=-1)
    old.connect(monkeypatch)
    assert tell(old.notification(event(encoding, "STATUS_UPDATE", 40))) == 403


def test_without_topics_there_is_no_such_address(settings: Any, encoding: RemoteEncoding, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIACONVERT_TOPICS = []
    sns = Sns()
    sns.connect(monkeypatch)
    assert tell(sns.notification(event(encoding, "COMPLETE"))) == 404
    assert sns.asked == []


def test_a_subscription_to_our_topic_is_confirmed_with_sns_itself(sns: Sns) -> None:
    body = sns.subscription(SubscribeURL="https://stranger.example/?Action=ConfirmSubscription")
    assert tell(body) == 200
    assert tell(body) == 200
    job = Job.objects.get()
    sns.answers[f"https://{HOST}/"] = httpx.Response(200, text="<ConfirmSubscriptionResponse/>")
    run_all()
    job.refresh_from_db()
    assert job.state == Job.State.FINISHED
    (asked,) = [httpx.URL(address) for address in sns.asked if address != sns.certificate_url]
    assert (asked.scheme, asked.host) == ("https", HOST)
    assert dict(asked.params) == {
        "Action": "ConfirmSubscription",
        "Version": "2010-03-31",
        "TopicArn": TOPIC,
        "Token": "2336412f37fb687f5d51e6e2425c464de257eb",
    }


def test_other_subscriptions_are_not_confirmed(sns: Sns) -> None:
    theirs = TOPIC.replace("1111", "9999")
    assert tell(sns.subscription(TopicArn=theirs)) == 403
    assert tell(sns.subscription(unsigned={"Token": "another"})) == 403
    assert tell(sns.message(Type="UnsubscribeConfirmation", Message="", Token="t", SubscribeURL="https://stranger.example/")) == 200
    assert not Job.objects.exists()


def test_messages_in_the_wrong_order_only_move_forward(sns: Sns, encoding: RemoteEncoding) -> None:
    for percent in (40, 70, 10):
        assert tell(sns.notification(event(encoding, "STATUS_UPDATE", percent))) == 200
    assert percent_of(encoding) == 70
    for status in ("COMPLETE", "PROGRESSING", "ERROR", "CANCELED", "COMPLETE"):
        assert tell(sns.notification(event(encoding, status))) == 200
    encoding.refresh_from_db()
    video = VideoAsset.objects.get()
    assert (encoding.state, video.state, video.progress) == (RemoteEncoding.State.MADE, VideoAsset.State.PROCESSING, 90)
    assert Job.objects.get().key == f"video-collect:{video.pk}:1"


def test_what_is_not_ours_is_heard_and_changes_nothing(sns: Sns, encoding: RemoteEncoding) -> None:
    other = event(encoding, "COMPLETE")
    other["detail"] |= {"jobId": "another-job"}
    without = event(encoding, "COMPLETE")
    without["detail"] |= {"jobId": "another-job", "userMetadata": {"video": "x", "generation": []}}
    elsewhere = event(encoding, "COMPLETE") | {"source": "aws.s3"}
    for said in (other, without, elsewhere, {"detail": None}, [], "text", event(encoding, "NEW_WARNING")):
        assert tell(sns.notification(said)) == 200
    encoding.refresh_from_db()
    assert encoding.state == RemoteEncoding.State.RUNNING
    assert not Job.objects.exists()


def test_an_old_generation_that_ends_late_does_not_disturb_the_new_one(sns: Sns, encoding: RemoteEncoding) -> None:
    VideoAsset.objects.update(generation=2)
    for status in ("STATUS_UPDATE", "COMPLETE"):
        assert tell(sns.notification(event(encoding, status, 50))) == 200
    video = VideoAsset.objects.get()
    assert (video.state, video.progress) == (VideoAsset.State.PROCESSING, 0)
    assert not Job.objects.exists()
