"""Settings shared by every environment. What differs between sites comes from the environment (see .env.example)."""

import logging
from datetime import timedelta
from pathlib import Path

from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE

from config.env import env
from config.stores import cdn_origins, file_origins, file_stores
from kit.logging import configure_structlog, logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent.parent

# --- The site -------------------------------------------------------------------------------------------------
SITE_NAME = env.str("SITE_NAME", "Atelier")
SITE_URL = env.url("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", "support@example.com")
DATA_DIR = Path(env.str("ATELIER_DATA", str(BASE_DIR / "var")))

SECRET_KEY = env.str("SECRET_KEY", "insecure-only-for-tests-and-local-work-0123456789abcdef")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- The house: one line per storey, its rooms below it (docs/architecture.md) -------------------------------------
HOUSE_APPS = [
    "kit",
    "kit.events",
    "kit.jobs",
    "accounts",
    "payments",
    "payments.ledger",
    "payments.gateways",
    "courses",
    "courses.video",
    "courses.learning",
    "courses.certificates",
    "courses.builder",
    "courses.exchange",
    "courses.teaching",
    "marketplace",
    "marketplace.orders",
    "marketplace.courseware",
    "marketplace.delivery",
    "marketplace.insights",
    "marketplace.search",
    "marketplace.reviews",
    "marketplace.approvals",
    "marketplace.library",
    "marketplace.office",
    "marketplace.storefront",
    "marketplace.demo",
]
INSTALLED_APPS = [
    *HOUSE_APPS,
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.headless",
    "allauth.usersessions",
    "corsheaders",
    "csp",
    "django_htmx",
    "django_structlog",
    "ninja",
    "template_partials.apps.SimpleAppConfig",
    "storages",
]

MIDDLEWARE = [
    "kit.logging.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "marketplace.storefront.page_cache.PageCacheMiddleware",
    "kit.http.CookielessPathsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "kit.http.SecurityHeadersMiddleware",
    "kit.http.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "kit.http.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.PersonMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "accounts.middleware.TimeZoneMiddleware",
    "kit.logging.RequestLogMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "kit.http.DomainErrorMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": ["template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kit.context.site",
            ],
        },
    }
]

# --- Database -------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default="postgres://app@/app?host=/tmp/atelier")}
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),
    # Statements that are sent over and over (kit.prepared) are planned once per connection; 0 for poolers that mix connections.
    "prepare_threshold": env.int("DATABASE_PREPARE_AFTER", 5) or None,
    "pool": {"min_size": 0, "max_size": env.int("DATABASE_POOL_SIZE", 8, least=1), "timeout": 10},
}
# A connection that died with its server is noticed when it is taken from the pool, not by a visitor.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- Cache, broker, worker ----------------------------------------------------------------------------------------
REDIS_URL = env.url("REDIS_URL", "unix:///tmp/atelier/valkey.sock", schemes=("redis", "rediss", "unix"))
CACHES = {"default": {"BACKEND": "kit.cache.SharedRedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "atelier"}}
CELERY_BROKER_URL = env.url("CELERY_BROKER_URL", "redis+socket:///tmp/atelier/valkey.sock", schemes=("redis", "rediss", "redis+socket"))
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 55
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TIMEZONE = "UTC"
# Rooms add theirs below this line; times are in seconds.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "events-sweep": {"task": "kit.events.sweep", "schedule": 5},
    "events-prune": {"task": "kit.events.prune", "schedule": 3600},
    "jobs-sweep": {"task": "kit.jobs.sweep", "schedule": 5},
    "jobs-prune": {"task": "kit.jobs.prune", "schedule": 3600},
    "accounts-forget-unverified": {"task": "accounts.forget_unverified_accounts", "schedule": 3600},
    "accounts-forget-ended-sessions": {"task": "accounts.forget_ended_sessions", "schedule": 86400},
    "orders-expire": {"task": "marketplace.orders.expire_overdue", "schedule": 60},
    "orders-prune-carts": {"task": "marketplace.orders.prune_carts", "schedule": 86400},
    "attempts-end": {"task": "courses.learning.end_overdue_attempts", "schedule": 30},
    "learning-forget-sittings": {"task": "courses.learning.forget_sittings", "schedule": 86400},
    "videos-sweep-uploads": {"task": "courses.video.sweep_uploads", "schedule": 3600},
    "videos-sweep-generations": {"task": "courses.video.sweep_generations", "schedule": 3600},
    "videos-ask-elsewhere": {"task": "courses.video.ask_remote_encoders", "schedule": 60},
    "payments-sweep": {"task": "payments.sweep", "schedule": 30},
    "sandbox-bank": {"task": "payments.gateways.sandbox_bank", "schedule": 5},
    "search-words": {"task": "marketplace.search.rebuild_words", "schedule": 86400},
    "exchange-forget-ended": {"task": "courses.exchange.forget_ended", "schedule": 3600},
    "insights-flush": {"task": "marketplace.insights.flush_views", "schedule": 60},
}

# --- Finding and browsing (docs/adr/0008-search.md, 0009-page-cache.md) ------------------------------------------------
SEARCH_BACKEND = "marketplace.search.postgres.PostgresSearch"
COUNTS_HELD_SECONDS = 1  # how long a process shows counts without asking the cache whether they changed
PAGE_CACHE_SECONDS = 1  # how old a visitor's page may be; 0 renders every time

# --- Events and jobs (docs/events.md); times in seconds --------------------------------------------------------------
EVENTS_MAX_ATTEMPTS = 12  # with the back-off below, about two hours of trying
EVENTS_BACKOFF_SECONDS = 4
EVENTS_BACKOFF_MOST_SECONDS = 3600
EVENTS_LEASE_SECONDS = 90  # more than a task's hard time limit
EVENTS_RESEND_SECONDS = 30  # a message that the broker has had for so long may be lost
EVENTS_KEEP_DAYS = 90
JOBS_LEASE_SECONDS = 90
JOBS_BACKOFF_SECONDS = 10
JOBS_BACKOFF_MOST_SECONDS = 3600
JOBS_RESEND_SECONDS = 30
JOBS_KEEP_DAYS = 90

# --- Sign-in --------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
SESSION_ENGINE = "accounts.sessions"
AUTHENTICATION_BACKENDS = ["accounts.backends.PeopleBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/library/"
LOGOUT_REDIRECT_URL = "/"
PASSWORD_RESET_TIMEOUT = 24 * 3600
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD = "homepage"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # only in the browser that registered
ACCOUNT_CHANGE_EMAIL = True  # one address a person; a new one takes over once it is confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SITE_URL.startswith("https") else "http"
ACCOUNT_FORMS = {
    "login": "accounts.forms.sign_in.LoginForm",
    "signup": "accounts.forms.sign_in.SignupForm",
    "add_email": "accounts.forms.sign_in.AddEmailForm",
    "change_password": "accounts.forms.sign_in.ChangePasswordForm",
    "set_password": "accounts.forms.sign_in.SetPasswordForm",
    "reset_password": "accounts.forms.sign_in.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.sign_in.ResetPasswordKeyForm",
    "reauthenticate": "accounts.forms.sign_in.ReauthenticateForm",
    "request_login_code": "accounts.forms.sign_in.RequestLoginCodeForm",
    "confirm_login_code": "accounts.forms.sign_in.ConfirmLoginCodeForm",
}
MFA_ADAPTER = "accounts.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "accounts.forms.sign_in.MfaAuthenticateForm",
    "reauthenticate": "accounts.forms.sign_in.MfaReauthenticateForm",
    "activate_totp": "accounts.forms.sign_in.ActivateTotpForm",
    "add_webauthn": "accounts.forms.sign_in.AddWebAuthnForm",
}
# Sign-in through others: a provider is there when its keys are.
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = False  # people choose their username themselves
SOCIALACCOUNT_FORMS = {"signup": "accounts.forms.sign_in.SocialSignupForm"}
SOCIALACCOUNT_PROVIDERS: dict[str, dict[str, object]] = {}
SOCIAL_LOGIN_ORIGINS: list[str] = []  # where a form on our pages may lead: the providers' own sign-in pages
for _provider, _origin, _id, _secret in (
    ("google", "https://accounts.google.com", env.str("GOOGLE_CLIENT_ID", ""), env.str("GOOGLE_CLIENT_SECRET", "")),
    ("github", "https://github.com", env.str("GITHUB_CLIENT_ID", ""), env.str("GITHUB_CLIENT_SECRET", "")),
):
    if _id and _secret:
        INSTALLED_APPS.append(f"allauth.socialaccount.providers.{_provider}")
        SOCIALACCOUNT_PROVIDERS[_provider] = {"APPS": [{"client_id": _id, "secret": _secret, "key": ""}]}
        SOCIAL_LOGIN_ORIGINS.append(_origin)
if "google" in SOCIALACCOUNT_PROVIDERS:
    SOCIALACCOUNT_PROVIDERS["google"] |= {"SCOPE": ["profile", "email"], "OAUTH_PKCE_ENABLED": True}
if "github" in SOCIALACCOUNT_PROVIDERS:
    SOCIALACCOUNT_PROVIDERS["github"] |= {"SCOPE": ["read:user", "user:email"]}
HEADLESS_TOKEN_STRATEGY = "accounts.api_sessions.TokenStrategy"
HEADLESS_JWT_ALGORITHM = "HS256"
HEADLESS_JWT_PRIVATE_KEY = SECRET_KEY
HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = env.int("ACCESS_TOKEN_EXPIRE_MINUTES", 30) * 60  # R9
HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN = env.int("REFRESH_TOKEN_EXPIRE_DAYS", 7) * 86400  # R10
HEADLESS_JWT_ROTATE_REFRESH_TOKEN = True
HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True

# --- Files ----------------------------------------------------------------------------------------------------
# "default" is private (what people sell), "public" is what anybody may see (covers, avatars).
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "/media/"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [("", BASE_DIR / "static" / "dist")]
STORAGES = {
    **file_stores(env, data_dir=DATA_DIR, media_root=MEDIA_ROOT, media_url=MEDIA_URL),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DOWNLOAD_LINK_SECONDS = 60  # R123
# Set where nginx sends local files: an internal location with this prefix, over DATA_DIR's private/ and media/ folders.
X_ACCEL_PREFIX = env.str("X_ACCEL_PREFIX", "")
PDF_TEMPLATES = BASE_DIR / "templates" / "pdf"
MAX_ASSET_BYTES = env.int("MAX_ASSET_MB", 2048) * 1024 * 1024
FFMPEG_BINARY = env.str("FFMPEG_BINARY", "")
MAX_VIDEO_BYTES = env.int("MAX_VIDEO_MB", 20 * 1024) * 1024 * 1024
VIDEO_QUOTA_BYTES = env.int("VIDEO_QUOTA_GB", 200) * 1024**3
# Who makes streams of videos, and who delivers them (docs/operations.md, "Videos on AWS").
VIDEO_ENCODER = env.choice("VIDEO_ENCODER", "ffmpeg", ["ffmpeg", "mediaconvert"])
MEDIACONVERT_ROLE = env.str("MEDIACONVERT_ROLE", "")
MEDIACONVERT_REGION = env.str("MEDIACONVERT_REGION", "") or env.str("S3_REGION", "")
MEDIACONVERT_ENDPOINT_URL = env.url("MEDIACONVERT_ENDPOINT_URL", "")
MEDIACONVERT_QUEUE = env.str("MEDIACONVERT_QUEUE", "")
MEDIACONVERT_TOPICS = env.list("MEDIACONVERT_TOPICS", default=[])
VIDEO_CDN_URL = env.url("VIDEO_CDN_URL", "").rstrip("/")
CLOUDFRONT_KEY_PAIR_ID = env.str("CLOUDFRONT_KEY_PAIR_ID", "")
CLOUDFRONT_PRIVATE_KEY = env.str("CLOUDFRONT_PRIVATE_KEY", "")
CLOUDFRONT_COOKIE_DOMAIN = env.str("CLOUDFRONT_COOKIE_DOMAIN", "")
# A program of the video workers that writes subtitles (docs/operations.md, "Subtitles by a program"). Empty: nothing offers it.
VIDEO_TRANSCRIBER_COMMAND = env.str("VIDEO_TRANSCRIBER_COMMAND", "")
VIDEO_TRANSCRIBER_AUTOMATIC = env.bool("VIDEO_TRANSCRIBER_AUTOMATIC", default=False)
VIDEO_TRANSCRIBER_MEMORY_BYTES = env.int("VIDEO_TRANSCRIBER_MEMORY_GB", 16) * 1024**3
MAX_PRODUCT_BYTES = env.int("MAX_PRODUCT_MB", 10240) * 1024 * 1024
MAX_CREATOR_BYTES = env.int("MAX_CREATOR_MB", 102400) * 1024 * 1024
MAX_IMPORT_BYTES = env.int("MAX_IMPORT_MB", 512) * 1024 * 1024

# --- Videos elsewhere: where their titles and lengths are asked for ---------------------------------------------------
YOUTUBE_API_KEY = env.str("YOUTUBE_API_KEY", "")  # without it playlists cannot be read, titles of single videos can
YOUTUBE_API_URL = "https://www.googleapis.com/youtube/v3"
YOUTUBE_OEMBED_URL = "https://www.youtube.com/oembed"
VIMEO_OEMBED_URL = "https://vimeo.com/api/oembed.json"

# --- Mail -----------------------------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="filemail:///" + str(DATA_DIR / "mail"))
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"{SITE_NAME} <hello@example.com>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Money ----------------------------------------------------------------------------------------------------
CURRENCIES = ["EUR", "USD", "GBP", "INR", "JPY"]
DEFAULT_CURRENCY = "EUR"
PLATFORM_FEE_BPS = env.int("PLATFORM_FEE_BPS", 3000)  # R114: basis points of what was paid; 3000 = 30 %
EARNINGS_HOLD = timedelta(days=env.int("EARNINGS_HOLD_DAYS", 7))
PAYMENT_GATEWAY = env.str("PAYMENT_GATEWAY", "sandbox")  # "none": only free things can be had
CHECKOUT_LIFETIME = timedelta(hours=1)  # how long a gateway's payment page stays open
PAYMENT_ASK_AFTER = timedelta(seconds=60)  # the sweep asks about an open payment after this, then ever less often,
PAYMENT_ASK_AT_LEAST = timedelta(hours=1)  # but at least this often
PAYMENT_OVERDUE = timedelta(days=3)  # open for longer than this: reconcile_ledger complains
WEBHOOK_PATIENCE = timedelta(hours=1)  # how long a message about an unknown payment is kept before it is ignored
WEBHOOK_MAX_BYTES = 256 * 1024
SANDBOX_ALLOWED = True  # production says False: practice money buys nothing there
SANDBOX_WEBHOOK_SECRET = env.str("SANDBOX_WEBHOOK_SECRET", f"practice-{SECRET_KEY}")
SANDBOX_ANSWERS_LATE_AFTER = timedelta(minutes=2)

# --- Security -------------------------------------------------------------------------------------------------
# Where files of an S3 store and videos of a CDN come from and go to; the local stores are this site.
FILE_ORIGINS = [*file_origins(env), *cdn_origins(env)]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:", *FILE_ORIGINS],
        "font-src": [SELF],
        "connect-src": [SELF, *FILE_ORIGINS],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF, *SOCIAL_LOGIN_ORIGINS],
        "frame-ancestors": [NONE],
    },
}
# The admin's widgets evaluate expressions and set styles; it runs no inline script and loads nothing from elsewhere either.
ADMIN_CONTENT_SECURITY_POLICY = {
    **CONTENT_SECURITY_POLICY["DIRECTIVES"],
    "script-src": [SELF, NONCE, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
}
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope",
        "hid", "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip
# Below these paths no cookie is read or set (kit.http.CookielessPathsMiddleware).
COOKIELESS_PREFIXES = ["/files/", "/media/", "/covers/", "/videos/play/", "/videos/uploads/", "/healthz", "/readyz"]
# How many proxies of ours stand in front: as many entries of X-Forwarded-For are believed, from the right.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/api/.*$"
API_RATE = "600/m"  # what one address may ask of the API as a whole; single operations have limits of their own

# --- The support desk (/admin/): unfold, in the ink and blue of the site ----------------------------------------------
_STEPS = ("50", "100", "200", "300", "400", "500", "600", "700", "800", "900", "950")
_LIGHTNESS = ("98.4", "96", "92", "84", "73", "62", "45", "41", "36", "31", "24")
UNFOLD = {
    "SITE_TITLE": SITE_NAME,
    "SITE_HEADER": SITE_NAME,
    "SITE_SUBHEADER": "Support desk",
    "SITE_SYMBOL": "support_agent",
    "COLORS": {
        "base": {
            step: f"oklch({lightness}% 0.006 265)"
            for step, lightness in zip(_STEPS, ("98.5", "96.6", "92", "86", "70", "55", "44.6", "37", "27.5", "20.5", "14"), strict=True)
        },
        "primary": {
            step: f"oklch({lightness}% {chroma} 264)"
            for step, lightness, chroma in zip(
                _STEPS, _LIGHTNESS, (0.012, 0.025, 0.05, 0.09, 0.125, 0.18, 0.21, 0.2, 0.17, 0.14, 0.1), strict=True
            )
        },
    },
}

# --- Language and time ------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "locale"]

# --- Logging: one JSON object per line, with the request id (django-structlog) --------------------------------------
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"])
LOGGING = logging_settings(readable=False, level=LOG_LEVEL)
configure_structlog()
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_CELERY_TASK_FAILURE_LOG_LEVEL = logging.ERROR
