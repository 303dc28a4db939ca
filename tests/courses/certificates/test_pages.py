"""R252: the public page, the sheet, and who may do what to them."""

from __future__ import annotations

import io
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.data_export import exporters
from accounts.models import User
from courses.certificates.models import Certificate, SigningKey
from courses.certificates.services.issuing import issue_certificate
from courses.certificates.services.standing import revoke_certificate, withdraw_certificate
from courses.certificates.sharing import linkedin_address
from courses.certificates.sheets import certificate_pdf, describe_length, draw_qr
from courses.learning.models import Enrolment
from tests.factories import make_user
from tests.factories.courses import enrol, make_course

pytestmark = pytest.mark.django_db

ENDINGS = ("/", ".pdf", ".svg", ".png", ".json", ".jwt")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(certificate: Certificate, ending: str = "/") -> str:
    return f"/certificates/{certificate.pk}{ending}"


def words_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_anybody_with_the_address_sees_who_learnt_what_and_when(certificate: Certificate) -> None:
    response = Client().get(address(certificate))
    html = response.content.decode()
    for said in ("Ben", "Letters that hold", "Ada", "Draw a letter", "4 lessons, 20\u00a0min", "Valid", str(certificate.pk)):
        assert said in html
    assert response["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in html
    assert "ben@example.com" not in html


def test_the_page_is_of_use_to_its_holder_and_her_teacher_only_where_it_should_be(certificate: Certificate, ben: User, ada: User) -> None:
    anybody, holder, teacher = (client.get(address(certificate)).content.decode() for client in (Client(), signed_in(ben), signed_in(ada)))
    assert "linkedin.com/profile/add" in holder
    assert "linkedin.com" not in anybody + teacher
    assert "/withdrawal/" in holder
    assert "/withdrawal/" not in anybody + teacher
    assert "/revocation/" in teacher
    assert "/revocation/" not in anybody + holder


def test_the_link_for_linkedin_fills_its_form(certificate: Certificate) -> None:
    asked = {name: values[0] for name, values in parse_qs(urlsplit(linkedin_address(certificate)).query).items()}
    assert asked == {
        "startTask": "CERTIFICATION_NAME",
        "name": "Letters that hold",
        "organizationName": "Atelier",
        "issueYear": str(certificate.issued_at.year),
        "issueMonth": str(certificate.issued_at.month),
        "certUrl": f"http://127.0.0.1:8000/certificates/{certificate.pk}/",
        "certId": str(certificate.pk),
    }


def test_the_pdf_says_it_all_on_one_sheet(certificate: Certificate) -> None:
    response = Client().get(address(certificate, ".pdf"))
    assert response["Content-Type"] == "application/pdf"
    assert 'filename="Letters that hold, Ben.pdf"' in response["Content-Disposition"]
    reader = PdfReader(io.BytesIO(response.content))
    assert len(reader.pages) == 1
    words = words_of(response.content)
    for said in ("Certificate of completion", "Ben", "Letters that hold", "Draw a letter", "Ada", "Revoked"):
        assert (said in words) == (said != "Revoked")
    [link] = {str(note.get_object()["/A"]["/URI"]) for note in reader.pages[0]["/Annots"]}  # type: ignore[union-attr]
    assert link == f"http://127.0.0.1:8000/certificates/{certificate.pk}/"


@pytest.mark.parametrize(
    "name", ["W" * 80, "Maximiliane Alexandra von " * 5, "محمد عبد الرحمن الفارسي", "山田太郎", '#read("/etc/passwd")']
)
def test_every_name_fits_on_the_sheet(certificate: Certificate, name: str) -> None:
    certificate.learner_name = name
    certificate.outcomes = ["An outcome that goes on and on " * 9] * 20
    pdf = certificate_pdf(certificate)
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    assert "root:" not in words_of(pdf)


def test_the_code_is_a_drawing_of_dark_runs_on_white() -> None:
    drawn = draw_qr("https://example.com/certificates/3f2c9a4e-7b1d-4c57-9d0e-6a8f2b5c1e90/")
    [side] = map(int, re.findall(r'viewBox="0 0 (\d+)', drawn))
    dark = set()
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1", drawn):
        dark |= {(int(x) + step, int(y)) for step in range(int(length))}
    # Finder patterns: a dark square ring of seven in three corners, four quiet modules around.
    for left, top in ((4, 4), (side - 11, 4), (4, side - 11)):
        ring = {(left + at, top) for at in range(7)} | {(left, top + at) for at in range(7)}
        assert ring <= dark
        assert (left + 1, top + 1) not in dark
    assert min(x for x, _y in dark) == 4


def test_pictures_of_the_sheet_can_run_nothing(certificate: Certificate) -> None:
    svg = Client().get(address(certificate, ".svg"))
    assert svg["Content-Type"] == "image/svg+xml"
    assert "sandbox" in svg["Content-Security-Policy"]
    assert b"<script" not in svg.content
    assert Client().get(address(certificate, ".png")).content.startswith(b"\x89PNG")


def test_a_revoked_certificate_says_so_everywhere_and_tells_the_reason_to_few(certificate: Certificate, ada: User, ben: User) -> None:
    revoke_certificate(certificate, by=ada, because="Handed in drawings of somebody else.")
    certificate.refresh_from_db()
    anybody = Client().get(address(certificate)).content.decode()
    assert "no longer valid" in anybody
    assert "drawings of somebody else" not in anybody
    assert "linkedin.com" not in signed_in(ben).get(address(certificate)).content.decode()
    for person in (ben, ada):
        assert "drawings of somebody else" in signed_in(person).get(address(certificate)).content.decode()
    assert "It is no longer valid." in words_of(certificate_pdf(certificate))


def test_a_withdrawn_certificate_opens_for_its_holder_alone(certificate: Certificate, ben: User, ada: User, mo: User) -> None:
    holder = signed_in(ben)
    assert holder.get(address(certificate, "/withdrawal/")).status_code == 200
    assert holder.post(address(certificate, "/withdrawal/"))["Location"] == address(certificate)
    for ending in ENDINGS:
        for client in (Client(), signed_in(ada), signed_in(mo)):
            gone = client.get(address(certificate, ending))
            assert gone.status_code == 410, ending
            assert b"Ben" not in gone.content
    for ending in ("/", ".pdf", ".json"):
        assert holder.get(address(certificate, ending)).status_code == 200, ending
    holder.post(address(certificate, "/withdrawal/"), {"shown": "yes"})
    assert Client().get(address(certificate)).status_code == 200


def test_nobody_withdraws_or_renames_for_another(certificate: Certificate, cleo: User, ada: User, mo: User) -> None:
    for person in (cleo, ada, mo):
        client = signed_in(person)
        assert client.post(address(certificate, "/withdrawal/")).status_code == 404
        assert client.post(address(certificate, "/name/")).status_code == 404
    certificate.refresh_from_db()
    assert certificate.is_public


def test_only_the_teacher_and_staff_revoke_and_they_say_why(certificate: Certificate, ben: User, ada: User, mo: User) -> None:
    eve = make_user("eve", creator=True)
    for person in (ben, eve):
        assert signed_in(person).post(address(certificate, "/revocation/"), {"because": "No."}).status_code == 404
    assert signed_in(mo).get(address(certificate, "/revocation/")).status_code == 200
    assert signed_in(ada).post(address(certificate, "/revocation/"), {"because": ""}).status_code == 422
    certificate.refresh_from_db()
    assert certificate.is_valid
    assert signed_in(ada).post(address(certificate, "/revocation/"), {"because": "By mistake."}).status_code == 302
    certificate.refresh_from_db()
    assert certificate.revoked_because == "By mistake."


def test_a_new_name_is_offered_once_and_put_on(certificate: Certificate, ben: User) -> None:
    holder = signed_in(ben)
    assert "present name" not in holder.get(address(certificate)).content.decode()
    ben.profile.display_name = "Benedikt"
    ben.profile.save()
    assert "present name" in holder.get(address(certificate)).content.decode()
    assert holder.post(address(certificate, "/name/")).status_code == 302
    html = holder.get(address(certificate)).content.decode()
    assert "Benedikt" in html
    assert "present name" not in html
    assert holder.post(address(certificate, "/name/")).status_code == 409


def test_ones_own_certificates_are_listed(certificate: Certificate, ben: User, cleo: User) -> None:
    assert "Letters that hold" in signed_in(ben).get("/certificates/").content.decode()
    assert "No certificates yet" in signed_in(cleo).get("/certificates/").content.decode()
    assert Client().get("/certificates/").status_code == 302
    assert signed_in(ben).get("/certificates/", {"course": "letters-that-hold"})["Location"] == address(certificate)
    assert signed_in(cleo).get("/certificates/", {"course": "letters-that-hold"}).status_code == 200


def test_what_was_finished_just_now_says_that_its_certificate_is_coming(ada: User, cleo: User) -> None:
    course = make_course(ada, title="Bowls")
    enrolment = enrol(cleo, course)
    client, address = signed_in(cleo), f"{reverse('certificates')}?course={course.slug}"
    assert "is being made" not in client.get(address).content.decode(), "nothing is finished"
    Enrolment.objects.filter(pk=enrolment.pk).update(completed_at=timezone.now(), progress=100)
    assert "Your certificate of “Bowls” is being made." in client.get(address).content.decode()
    made = issue_certificate(enrolment)
    assert client.get(address).headers["Location"] == made.get_absolute_url()


def test_there_is_no_certificate_with_a_number_drawn_by_chance(certificate: Certificate) -> None:
    for ending in ENDINGS:
        assert Client().get(f"/certificates/{uuid4()}{ending}").status_code == 404


def test_the_archive_of_ones_data_holds_the_signed_credential(certificate: Certificate, ben: User, cleo: User) -> None:
    [row] = exporters()["certificates"](ben)
    assert row["credential"] == certificate.credential
    assert list(exporters()["certificates"](cleo)) == []


def test_the_support_desk_revokes_with_a_reason_and_shows_no_private_key(certificate: Certificate, client: Client) -> None:
    root = make_user("root", staff=True, is_superuser=True)
    client.force_login(root)
    key_page = client.get("/admin/certificates/signingkey/").content.decode()
    assert "gAAAA" not in key_page
    shown = client.get(f"/admin/certificates/signingkey/{SigningKey.objects.get().pk}/change/").content.decode()
    assert SigningKey.objects.get().public_x in shown
    assert "gAAAA" not in shown
    assert certificate.credential not in client.get(f"/admin/certificates/certificate/{certificate.pk}/change/").content.decode()
    found = client.get("/admin/certificates/certificate/", {"q": "ben@example.com"}).content.decode()
    assert "Letters that hold" in found
    revoke = f"/admin/certificates/certificate/{certificate.pk}/revoke/"
    assert b"Revoke the certificate of Ben" in client.get(revoke).content
    assert client.post(revoke, {"because": "Asked for by the creator."}).status_code == 302
    certificate.refresh_from_db()
    assert certificate.revoked_because == "Asked for by the creator."


def test_lengths_are_told_in_hours_and_minutes() -> None:
    assert [describe_length(1, 40), describe_length(9, 120), describe_length(9, 135)] == [
        "1 lesson, 40\u00a0min",
        "9 lessons, 2\u00a0h",
        "9 lessons, 2\u00a0h 15\u00a0min",
    ]


def test_a_withdrawn_one_can_still_be_revoked(certificate: Certificate, ben: User, ada: User, mailoutbox: list[Any]) -> None:
    withdraw_certificate(certificate, by=ben)
    assert signed_in(ada).post(address(certificate, "/revocation/"), {"because": "By mistake."})["Location"] == "/"
    certificate.refresh_from_db()
    assert not certificate.is_valid
