"""Find and open export files where they land: a local folder, SFTP or S3."""

from lachan.landing.zone import Found, HashedFile, Landing, LandingError

__all__ = ["Found", "HashedFile", "Landing", "LandingError"]
