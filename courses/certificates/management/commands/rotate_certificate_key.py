"""manage.py rotate_certificate_key: sign certificates with a new key from now on."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from courses.certificates.services.signing import rotate_signing_key


class Command(BaseCommand):
    help = "Sign certificates with a new key from now on. The old one is kept for verifying what it signed."

    def handle(self, *args: Any, **options: Any) -> None:
        key = rotate_signing_key()
        self.stdout.write(f"Certificates are signed with {key.kid} now. It is published at /certificates/keys.json.")
