"""What makes streams of a source: one interface, chosen by name."""

from courses.video.encoders.base import AUDIO, Encoder, Made, Order, Sink
from courses.video.encoders.ffmpeg import FfmpegEncoder, can_tone_map

__all__ = ["AUDIO", "Encoder", "FfmpegEncoder", "Made", "Order", "Sink", "can_tone_map", "get_encoder"]


def get_encoder() -> Encoder:
    """The encoder that new processings use."""
    return FfmpegEncoder()
