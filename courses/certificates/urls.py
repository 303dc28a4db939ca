"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from courses.certificates.views import files, machines, pages

urlpatterns: list[URLPattern] = [
    path("certificates/", pages.own, name="certificates"),
    path("certificates/verify/", pages.verify, name="certificate_verify"),
    path("certificates/keys.json", machines.keys, name="certificate_keys"),
    path("certificates/keys/<slug:kid>.json", machines.key, name="certificate_key"),
    path("certificates/issuer.json", machines.issuer, name="certificate_issuer"),
    path("certificates/status/<int:number>.json", machines.status_list, name="certificate_status"),
    path("certificates/<uuid:certificate_id>/", pages.certificate, name="certificate"),
    path("certificates/<uuid:certificate_id>.pdf", files.pdf, name="certificate_pdf"),
    path("certificates/<uuid:certificate_id>.svg", files.svg, name="certificate_svg"),
    path("certificates/<uuid:certificate_id>.png", files.png, name="certificate_png"),
    path("certificates/<uuid:certificate_id>.json", machines.credential, name="certificate_json"),
    path("certificates/<uuid:certificate_id>.jwt", machines.credential_jwt, name="certificate_jwt"),
    path("certificates/<uuid:certificate_id>/name/", pages.name, name="certificate_name"),
    path("certificates/<uuid:certificate_id>/withdrawal/", pages.withdrawal, name="certificate_withdrawal"),
    path("certificates/<uuid:certificate_id>/revocation/", pages.revocation, name="certificate_revocation"),
]
