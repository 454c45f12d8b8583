"""Pages of the documentation as HTML."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markupsafe import Markup

_RENDERER = MarkdownIt("js-default")  # HTML within the text is shown as text; links run no scripts


def markdown(text: str) -> Markup:
    """The text as HTML, which templates do not escape again."""
    return Markup(_RENDERER.render(text))  # noqa: S704  # the renderer has escaped it
