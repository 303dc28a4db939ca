"""Videos, what was made of them, and how they arrive."""

from courses.video.models.asset import Caption, CaptionOrder, VideoAsset, VideoRendition
from courses.video.models.remote import RemoteEncoding
from courses.video.models.upload import UploadPart, UploadSession

__all__ = ["Caption", "CaptionOrder", "RemoteEncoding", "UploadPart", "UploadSession", "VideoAsset", "VideoRendition"]
