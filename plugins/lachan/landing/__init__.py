"""Find and open export files in the landing zone: a local folder, SFTP or S3."""

from lachan.landing.zone import FoundFile, HashedFile, Landing, LandingError

__all__ = ["FoundFile", "HashedFile", "Landing", "LandingError"]
