"""What makes streams of a source: one interface, chosen by name."""

from django.conf import settings

from courses.video.encoders.base import AUDIO, Commission, Encoder, Made, Order, RemoteEncoder, Report, Sink
from courses.video.encoders.ffmpeg import FfmpegEncoder, can_tone_map
from courses.video.encoders.mediaconvert import MediaConvertEncoder

__all__ = [
    "AUDIO",
    "Commission",
    "Encoder",
    "FfmpegEncoder",
    "Made",
    "MediaConvertEncoder",
    "Order",
    "RemoteEncoder",
    "Report",
    "Sink",
    "can_tone_map",
    "get_encoder",
    "get_remote_encoder",
]


def get_encoder() -> Encoder | RemoteEncoder:
    """The encoder that new processings use (VIDEO_ENCODER)."""
    return MediaConvertEncoder() if settings.VIDEO_ENCODER == "mediaconvert" else FfmpegEncoder()


def get_remote_encoder(name: str) -> RemoteEncoder:
    """The encoder that was given some work, whichever new processings use."""
    if name != MediaConvertEncoder.name:
        raise LookupError(f"no encoder elsewhere is called {name!r}")
    return MediaConvertEncoder()
