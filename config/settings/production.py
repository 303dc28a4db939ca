"""A public site: HTTPS only, secrets from the environment, no sandbox money."""

from config.checks import require_production_environment
from config.env import env

require_production_environment(env)  # before anything reads the settings, so that all that is wrong is told at once

from config.settings.base import *  # noqa: E402

PAYMENT_GATEWAY = env.str("PAYMENT_GATEWAY", "none")
SANDBOX_ALLOWED = False

SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]  # a load balancer asks behind the HTTPS
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
