"""R252, R254."""

from __future__ import annotations

import threading
from typing import Any

import jwt
import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from accounts.models import User
from accounts.services.closing import close_account
from courses.certificates.checking import Verdict, check_text
from courses.certificates.credentials import LIST_BITS
from courses.certificates.errors import AlreadyRevoked, CannotRename, NoReason, NothingToCertify
from courses.certificates.models import Certificate, SigningKey
from courses.certificates.proofs import unwrapped
from courses.certificates.services.issuing import issue_certificate, rename_certificate
from courses.certificates.services.signing import ensure_signing_key
from courses.certificates.services.standing import forget_holder, revoke_certificate
from courses.learning.models import Enrolment
from courses.models import Course
from kit.events.testing import deliver_all
from tests.courses.certificates.finishing import certify, finish
from tests.factories.courses import enrol, make_course


@pytest.mark.django_db
def test_whoever_finishes_gets_a_certificate_in_the_words_of_the_day(ben: User, course: Course) -> None:
    enrolment = finish(ben, course)
    certificate = Certificate.objects.get(enrolment=enrolment)
    assert (certificate.learner_name, certificate.course_title, certificate.creator_name) == ("Ben", "Letters that hold", "Ada")
    assert (certificate.lessons, certificate.minutes, certificate.outcomes) == (4, 20, ["Draw a letter", "Space a word"])
    assert certificate.completed_at == enrolment.completed_at
    assert 0 <= certificate.status_index < LIST_BITS


@pytest.mark.django_db
def test_issuing_twice_gives_the_same_certificate(certificate: Certificate) -> None:
    assert issue_certificate(certificate.enrolment) == certificate
    assert Certificate.objects.count() == 1


@pytest.mark.django_db
def test_a_course_that_gives_none_gives_none(ben: User, ada: User) -> None:
    enrolment = finish(ben, make_course(ada, gives_certificate=False))
    assert not Certificate.objects.exists()
    with pytest.raises(NothingToCertify):
        issue_certificate(enrolment)


@pytest.mark.django_db
def test_nobody_gets_one_before_the_end(ben: User, course: Course) -> None:
    with pytest.raises(NothingToCertify):
        issue_certificate(enrol(ben, course))
    assert not Certificate.objects.exists()


@pytest.mark.django_db
def test_two_certificates_never_share_a_bit_and_do_not_tell_who_was_first(ada: User, ben: User, cleo: User, course: Course) -> None:
    first, second = certify(ben, course), certify(cleo, course)
    assert first.status_index != second.status_index
    assert {first.status_index, second.status_index} != {0, 1}
    assert unwrapped(first.credential)["credentialSubject"]["id"] != unwrapped(second.credential)["credentialSubject"]["id"]


@pytest.mark.django_db
def test_the_private_part_of_a_key_is_sealed_and_the_key_stays(certificate: Certificate) -> None:
    key = ensure_signing_key()
    assert SigningKey.objects.count() == 1
    assert key.private.startswith("gAAAA")
    assert key.public_x not in key.private


@pytest.mark.django_db(transaction=True)
def test_two_that_need_the_first_key_at_once_draw_one() -> None:
    start, drawn = threading.Barrier(2), []

    def need() -> None:
        try:
            start.wait(10)
            drawn.append(ensure_signing_key().kid)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=need) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(drawn) == 2
    assert len(set(drawn)) == 1
    assert SigningKey.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_issuing_at_once_issues_one(ada: User, ben: User) -> None:
    course = make_course(ada)
    enrolment = enrol(ben, course)
    Enrolment.objects.filter(pk=enrolment.pk).update(completed_at=timezone.now())
    ensure_signing_key()
    start, issued = threading.Barrier(3), []

    def issue() -> None:
        try:
            start.wait(10)
            issued.append(issue_certificate(Enrolment(pk=enrolment.pk)).pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=issue) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(issued) == 3
    assert len(set(issued)) == 1


@pytest.mark.django_db
def test_a_rename_is_taken_over_once(certificate: Certificate, ben: User) -> None:
    ben.profile.display_name = "Benedikt Weiß"
    ben.profile.save()
    renamed = rename_certificate(certificate, by=ben)
    assert (renamed.pk, renamed.learner_name) == (certificate.pk, "Benedikt Weiß")
    assert unwrapped(renamed.credential)["credentialSubject"]["identifier"][0]["identityHash"] == "Benedikt Weiß"
    ben.profile.display_name = "Somebody Else"
    ben.profile.save()
    with pytest.raises(CannotRename):
        rename_certificate(renamed, by=ben)
    renamed.refresh_from_db()
    assert renamed.learner_name == "Benedikt Weiß"


@pytest.mark.django_db
def test_revoking_needs_a_reason_happens_once_and_is_told(certificate: Certificate, ada: User, mailoutbox: list[Any]) -> None:
    with pytest.raises(NoReason):
        revoke_certificate(certificate, by=ada, because="  ")
    mailoutbox.clear()
    revoke_certificate(certificate, by=ada, because="Handed in somebody else's drawings.")
    deliver_all()
    [mail] = mailoutbox
    assert mail.to == ["ben@example.com"]
    assert "Handed in somebody else's drawings." in mail.body
    with pytest.raises(AlreadyRevoked):
        revoke_certificate(certificate, by=ada, because="Again.")
    certificate.refresh_from_db()
    assert certificate.revoked_because == "Handed in somebody else's drawings."


@pytest.mark.django_db
def test_a_closed_account_leaves_no_name_behind_and_copies_still_verify(certificate: Certificate, ben: User) -> None:
    copy = certificate.credential
    close_account(ben)
    certificate.refresh_from_db()
    assert (certificate.learner_name, certificate.credential, certificate.is_public) == ("", "", False)
    assert certificate.is_valid
    assert check_text(copy).verdict == Verdict.VALID
    with transaction.atomic():
        forget_holder(ben)
    assert Certificate.objects.get().withdrawn_at == certificate.withdrawn_at


@pytest.mark.django_db
def test_the_database_refuses_a_nameless_public_certificate(certificate: Certificate) -> None:
    with pytest.raises(IntegrityError, match="certificate_without_name_is_withdrawn"), transaction.atomic():
        Certificate.objects.update(learner_name="")
    with connection.cursor() as cursor:
        cursor.execute("SELECT learner_name FROM certificates_certificate")
        assert cursor.fetchone() == ("Ben",)


@pytest.mark.django_db
def test_a_rotated_key_signs_what_comes_and_the_old_one_is_kept(certificate: Certificate, cleo: User, course: Course, capsys: Any) -> None:
    old = SigningKey.objects.get()
    call_command("rotate_certificate_key")
    new = SigningKey.objects.get(retired_at__isnull=True)
    assert new.kid in capsys.readouterr().out
    assert new.kid != old.kid
    assert SigningKey.objects.count() == 2
    assert new.kid in jwt.get_unverified_header(certify(cleo, course).credential)["kid"]
    assert old.kid in jwt.get_unverified_header(certificate.credential)["kid"]
