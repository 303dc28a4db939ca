"""Files that people upload to sell, judged by their content before anybody else gets them.

    inspected = inspect_upload(upload, name=upload.name, allowed={"pdf", "epub"}, max_bytes=50 * 1024 * 1024)

raises `RefusedFile` with a sentence for the person who sent it, or says what the file is.
"""

from kit.files.inspection import Inspected, inspect_upload
from kit.files.refusals import RefusedFile
from kit.files.types import FILE_TYPES, FileType, extension_of

__all__ = ["FILE_TYPES", "FileType", "Inspected", "RefusedFile", "extension_of", "inspect_upload"]
