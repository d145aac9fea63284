"""Files that the page loads: held in memory, compressed once, under addresses that change with them.

Browsers may keep a file for a year, since its address holds a hash. The page's own modules import
one another by relative address, so they share one hash; a vendored file has its own, and stays in
the caches of residents when we change ours.
"""

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import hdrs, web

FOLDER = Path(__file__).parent / "static"
VENDORED = "vendor/"
# Suffix of a compressed copy → its name in HTTP, the smaller first.
ENCODINGS = {".br": "br", ".gz": "gzip"}
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json"}
TEXT = ("text/", "application/json", "image/svg+xml")
# A quality of nothing, RFC 9110 section 12.4.2: "not acceptable".
REFUSED = re.compile(r"q=0(\.0*)?")
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """One file: `bodies` by content encoding ("" is the plain file), `version` for its address."""

    path: str
    content_type: str
    version: str
    bodies: Mapping[str, bytes]

    @property
    def url(self) -> str:
        """The address under which browsers may keep it for ever."""
        return f"/static/{self.version}/{self.path}"


Assets = Mapping[str, Asset]


def read(folder: Path) -> Assets:
    """Read every file of the folder, with its compressed copies; gzip those text files that have none."""
    plain = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in ENCODINGS and not path.name.startswith(".")
    }
    own = hashlib.sha256()
    for name, body in plain.items():
        if not name.startswith(VENDORED):
            own.update(name.encode() + b"\0" + body)
    return {
        name: Asset(
            path=name,
            content_type=_content_type(name),
            version=(hashlib.sha256(body) if name.startswith(VENDORED) else own).hexdigest()[:12],
            bodies=_bodies(folder / name, body),
        )
        for name, body in plain.items()
    }


def setup(app: web.Application, files: Assets) -> None:
    """Serve the files; a path is looked up in memory, so no address can reach outside the folder."""

    async def serve(request: web.Request) -> web.Response:
        asset = files.get(request.match_info["path"])
        if asset is None:
            raise web.HTTPNotFound
        return _response(request, asset)

    app.router.add_get("/static/{version}/{path:.+}", serve)


def _response(request: web.Request, asset: Asset) -> web.Response:
    encoding = _best(request.headers.get(hdrs.ACCEPT_ENCODING, ""), asset.bodies)
    etag = f'"{hashlib.sha256(asset.bodies[""]).hexdigest()[:16]}{encoding and "-" + encoding}"'
    current = request.match_info["version"] == asset.version
    headers = {
        # A page from before an update asks for an address of before: it gets the file of today.
        hdrs.CACHE_CONTROL: FOREVER if current else "no-cache",
        hdrs.VARY: hdrs.ACCEPT_ENCODING,
        hdrs.ETAG: etag,
    }
    if etag in [tag.strip() for tag in request.headers.get(hdrs.IF_NONE_MATCH, "").split(",")]:
        return web.Response(status=304, headers=headers)
    if encoding:
        headers[hdrs.CONTENT_ENCODING] = encoding
    charset = "utf-8" if asset.content_type.startswith(TEXT) else None
    return web.Response(body=asset.bodies[encoding], headers=headers, content_type=asset.content_type, charset=charset)


def _best(accept: str, bodies: Mapping[str, bytes]) -> str:
    """Choose the smallest body that the browser takes; "" (plain) when it takes none of ours."""
    wanted = set()
    for part in accept.lower().replace(" ", "").split(","):
        name, _, parameters = part.partition(";")
        if not REFUSED.fullmatch(parameters):
            wanted.add(name)
    return min((name for name in bodies if not name or name in wanted), key=lambda name: len(bodies[name]))


def _bodies(path: Path, body: bytes) -> dict[str, bytes]:
    bodies = {"": body}
    for suffix, name in ENCODINGS.items():
        compressed = path.with_name(path.name + suffix)
        if compressed.exists():
            bodies[name] = compressed.read_bytes()
    if len(bodies) == 1 and _content_type(path.name).startswith(TEXT):
        # Without a time stamp: the same file is the same bytes on every machine.
        bodies["gzip"] = gzip.compress(body, 9, mtime=0)
    return bodies


def _content_type(name: str) -> str:
    return TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
