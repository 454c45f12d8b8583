"""What a reader can do wrong, as pages in the reader's language."""

from __future__ import annotations


class BoardError(Exception):
    """A request that cannot be answered; `status` is HTTP's, the message is Vietnamese and says what can be done."""

    status = 500


class BadAddress(BoardError):
    """A parameter of the address cannot be read."""

    status = 400


class NotThere(BoardError):
    """The address names a window, ward, figure or page that does not exist, or that this reader may not see."""

    status = 404


class NotAllowed(BoardError):
    """The reader's role does not include what was asked for."""

    status = 403


class SessionEnded(BoardError):
    """The reader has to log in again: the session was too old, or its connection was ended."""

    status = 401
