"""What certificates do about what happened to learners."""

from __future__ import annotations

from courses.certificates import mails
from courses.certificates.errors import NothingToCertify
from courses.certificates.events import CertificateRevoked
from courses.certificates.models import Certificate
from courses.certificates.services.issuing import issue_certificate
from courses.learning.events import CourseCompleted, StudentEnrolled
from courses.learning.models import Enrolment
from kit.events import subscribe


@subscribe(CourseCompleted)
def certify_completion(event: CourseCompleted) -> None:
    """R252. A course that gives no certificate gives none."""
    _certify(event.enrolment_id)


@subscribe(StudentEnrolled)
def certify_return(event: StudentEnrolled) -> None:
    """Whoever finished the course, gave it back before the certificate was made, and has it again now."""
    _certify(event.enrolment_id)


def _certify(enrolment_id: int) -> None:
    try:
        issue_certificate(Enrolment.objects.get(pk=enrolment_id))
    except NothingToCertify:
        return


@subscribe(CertificateRevoked)
def tell_of_revocation(event: CertificateRevoked) -> None:
    mails.send_revocation_notice(Certificate.objects.with_course().get(pk=event.certificate_id))
