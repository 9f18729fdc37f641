"""Read a page as a reader or a browser would: its words line by line, what it links to, what it would load."""

from html.parser import HTMLParser

_BLOCKS = frozenset(["h1", "h2", "p", "li", "tr", "dt", "dd", "figcaption", "summary", "title", "div", "caption"])
_CELLS = frozenset({"td", "th", "small", "b", "span"})
_SILENT = frozenset({"script", "style"})
_VOID = frozenset(["meta", "link", "br", "img", "path", "circle", "use", "input"])
_LOADS = {"link": "href", "script": "src", "img": "src", "iframe": "src", "use": "href", "image": "href"}


class Page(HTMLParser):
    """One parsed page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag in _LOADS and (target := found.get(_LOADS[tag])):
            self.loads.append(target)
        if tag == "a" and (target := found.get("href")):
            self.links.append(target)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.labels += [found["aria-label"] or ""] if "aria-label" in found else []
        if tag == "script":
            self.scripts.append((found, ""))
        if tag not in _VOID:
            self.open.append(tag)
        if tag in _BLOCKS:
            self.lines.append("")
        elif tag in _CELLS:
            self._add(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass
        if tag in _BLOCKS:
            self.lines.append("")
        elif tag in _CELLS:
            self._add(" ")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            attributes, text = self.scripts[-1]
            self.scripts[-1] = (attributes, text + data)
        elif not self.open or self.open[-1] not in _SILENT:
            self._add(data)

    def _add(self, text: str) -> None:
        self.lines[-1] += text

    @property
    def text(self) -> str:
        """All words, one line for each block."""
        return "\n".join(line for raw in self.lines if (line := " ".join(raw.split())))

    def line_with(self, start: str) -> str:
        """The first line that begins so."""
        return next(line for line in self.text.splitlines() if line.startswith(start))
