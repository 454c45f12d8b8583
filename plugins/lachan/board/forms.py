"""Protection of forms against requests that another site makes in the reader's browser."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request

from lachan.board.errors import NotAllowed

TOKEN = "ma_phien"  # noqa: S105  # the name of the field


def require_same_origin(request: Request) -> None:
    """Refuse a form that a page of another site has sent. Raises NotAllowed."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        raise NotAllowed("Biểu mẫu được gửi từ một trang khác; hãy mở lại trang này và thử lại.")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise NotAllowed("Biểu mẫu được gửi từ một trang khác; hãy mở lại trang này và thử lại.")


async def require_own_form(request: Request) -> FormData:
    """The form, if it is from a page that the board made for this reader. Raises NotAllowed."""
    require_same_origin(request)
    form = await request.form()
    given = form.get(TOKEN)
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), request.state.reader.token.encode()):
        raise NotAllowed("Biểu mẫu đã quá hạn; hãy mở lại trang và thử lại.")
    return form
