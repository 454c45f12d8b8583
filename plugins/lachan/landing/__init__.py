"""Find and open export files in the landing zone: a local folder, SFTP or S3."""

from lachan.landing.zone import (
    FileChanged,
    FileInaccessible,
    FoundFile,
    HashedFile,
    InaccessibleFile,
    Landing,
    LandingError,
    without_hash,
)

__all__ = [
    "FileChanged",
    "FileInaccessible",
    "FoundFile",
    "HashedFile",
    "InaccessibleFile",
    "Landing",
    "LandingError",
    "without_hash",
]
