"""Where uploaded files go: two folders on this machine, or S3 (or what speaks its protocol) when S3_BUCKET is set."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config.env import Environment

LINK_SECONDS = 60
LOCAL = "django.core.files.storage.FileSystemStorage"
S3 = "storages.backends.s3.S3Storage"
A_YEAR = "public, max-age=31536000, immutable"


def file_stores(env: Environment, *, data_dir: Path, media_root: Path, media_url: str) -> dict[str, dict[str, Any]]:
    """The STORAGES entries "default" (private: what people sell) and "public" (covers, avatars).

    On S3, private files are read by links signed with SigV4 for 60 seconds. Public ones lie in S3_PUBLIC_BUCKET, or under
    `public/` in the same bucket, whose policy must let anybody read that prefix; they have plain, lasting addresses.
    """
    if "S3_BUCKET" not in env:
        return {
            "default": {"BACKEND": LOCAL, "OPTIONS": {"location": str(data_dir / "private")}},
            "public": {"BACKEND": LOCAL, "OPTIONS": {"location": str(media_root), "base_url": media_url}},
        }
    endpoint = env.url("S3_ENDPOINT_URL").rstrip("/") or None
    shared = {
        "access_key": env.str("S3_ACCESS_KEY_ID") or None,
        "secret_key": env.str("S3_SECRET_ACCESS_KEY") or None,
        "region_name": env.str("S3_REGION") or None,
        "endpoint_url": endpoint,
        # A server of one's own rarely has a host name per bucket.
        "addressing_style": "path" if endpoint else "virtual",
        "signature_version": "s3v4",
        "default_acl": None,
        "file_overwrite": False,
    }
    private = {"bucket_name": env.str("S3_BUCKET"), "location": "private", "querystring_auth": True, "querystring_expire": LINK_SECONDS}
    public: dict[str, Any] = {
        "bucket_name": env.str("S3_PUBLIC_BUCKET") or env.str("S3_BUCKET"),
        "location": "public",
        "querystring_auth": False,
        "object_parameters": {"CacheControl": A_YEAR},
    }
    address = urlsplit(env.url("S3_PUBLIC_URL"))
    if address.netloc:
        public |= {"custom_domain": address.netloc + address.path.rstrip("/"), "url_protocol": f"{address.scheme}:"}
    return {
        "default": {"BACKEND": S3, "OPTIONS": shared | private},
        "public": {"BACKEND": S3, "OPTIONS": shared | public},
    }


def file_origins(env: Environment) -> list[str]:
    """The hosts other than our own that a browser fetches files from, as Content-Security-Policy sources."""
    if "S3_BUCKET" not in env:
        return []
    endpoint, public = env.url("S3_ENDPOINT_URL"), env.url("S3_PUBLIC_URL")
    if endpoint:
        origins = {_origin(endpoint)}
    else:
        buckets = {env.str("S3_BUCKET"), env.str("S3_PUBLIC_BUCKET") or env.str("S3_BUCKET")}
        origins = {f"https://{bucket}.s3.{env.str('S3_REGION')}.amazonaws.com" for bucket in buckets}
        origins |= {f"https://{bucket}.s3.amazonaws.com" for bucket in buckets}
    if public:
        origins.add(_origin(public))
    return sorted(origins)


def cdn_origins(env: Environment) -> list[str]:
    """The same for the CDN that delivers videos, if there is one."""
    address = env.url("VIDEO_CDN_URL")
    return [_origin(address)] if address else []


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
