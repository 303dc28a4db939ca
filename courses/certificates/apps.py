from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CertificatesConfig(AppConfig):
    name = "courses.certificates"
    label = "certificates"
    verbose_name = _("Certificates")

    def ready(self) -> None:
        from accounts.closing import register_closer
        from accounts.data_export import register_exporter
        from courses.certificates.own_data import certificates_of
        from courses.certificates.services.standing import forget_holder

        register_exporter("certificates", certificates_of)
        register_closer(forget_holder)
