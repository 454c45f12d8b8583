"""Fill a DOCX template in: values are escaped, tags cannot leave their sandbox, the same values give the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment

from lachan.report.errors import ReportError

_ZIP_TIME = (2000, 1, 1, 0, 0, 0)
_LONGEST_PLACE = 120
_BUILT_IN = ("of the platform", "của hệ thống")
Values = Callable[[DocxTemplate], dict[str, Any]]


class _Template(DocxTemplate):  # type: ignore[misc]  # the library has no types
    """A template that remembers the part that it is filling in, so that an error can be shown in its place."""

    source: tuple[str, ...] = ()

    def render_xml_part(self, src_xml: str, part: Any, context: Any, jinja_env: Any = None) -> Any:
        self.source = tuple(re.sub(r"<w:p([ >])", r"\n<w:p\1", src_xml).splitlines())  # as docxtpl numbers its lines
        return super().render_xml_part(src_xml, part, context, jinja_env)


def fill(content: bytes, values: Values, name: str = "") -> bytes:
    """The template with its values; `values` gets the template, into which pictures have to be put.

    `name` is that of the office's own template. Raises ReportError with the place of what is wrong in the template.
    """
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise ReportError(
            f"the template {name} is no DOCX; save it as .docx in Word",
            f"Mẫu {name} không phải tệp DOCX; hãy lưu lại thành .docx trong Word.",
        )
    template = _Template(io.BytesIO(content))
    context = values(template)  # an error in them is none of the template
    try:
        template.render(context, SandboxedEnvironment(undefined=StrictUndefined, autoescape=True))
    except Exception as error:  # a tag may compute anything, and a damaged part fails in many ways
        raise _explained(error, template, name) from None
    out = io.BytesIO()
    template.save(out)
    return _with_fixed_times(out.getvalue())


def _explained(error: Exception, template: _Template, name: str) -> ReportError:
    english, vietnamese = (name, name) if name else _BUILT_IN
    if not template.source:
        return ReportError(
            f"the template {english} is a damaged DOCX ({type(error).__name__}: {error}); save it again in Word",
            f"Mẫu {vietnamese} là tệp DOCX bị hỏng; hãy mở và lưu lại trong Word.",
        )
    place = _place(error, template.source)
    at, at_vi = (f" at “{place}”", f", ở chỗ “{place}”") if place else ("", "")
    if isinstance(error, TemplateSyntaxError):
        what = "có thẻ viết sai"
    elif isinstance(error, UndefinedError):
        what = "dùng một tên mà báo cáo không có"
    elif isinstance(error, SecurityError):
        what = "có thẻ không được phép"
    else:
        what = "có thẻ không tính được"
    detail = str(error) if isinstance(error, TemplateError) else f"{type(error).__name__}: {error}"
    return ReportError(
        f"the template {english} cannot be filled in{at}: {detail}",
        f"Mẫu {vietnamese} {what}{at_vi} ({detail}). Sửa mẫu trong Word rồi thử lại.",
    )


def _place(error: Exception, source: tuple[str, ...]) -> str:
    """The text of the paragraph in which a tag failed; empty where the library does not say which."""
    number = error.lineno if isinstance(error, TemplateSyntaxError) else 0
    trace = error.__traceback__
    while trace is not None and not isinstance(error, TemplateSyntaxError):
        if trace.tb_frame.f_code.co_filename == "<template>":
            number = trace.tb_lineno
        trace = trace.tb_next
    if not 0 < number <= len(source):
        return ""
    text = re.sub("<[^>]+>", "", source[number - 1]).strip()
    return text if len(text) <= _LONGEST_PLACE else f"{text[:_LONGEST_PLACE]}…"


def _with_fixed_times(content: bytes) -> bytes:
    """The same archive with one time for all its parts, so that equal parts give equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, given.read(name))
    return out.getvalue()
