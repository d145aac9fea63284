"""Settings from the environment, read once at the start, with defaults for one machine.

Every bad setting is reported in one go, a sentence each, before anything opens.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from core import kept
from core.signing import KEY_ID, SECRET_CHARACTERS

ROOT = Path(__file__).resolve().parents[1]
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
# Shorter keys can be guessed; the one we make has 43 characters of base64.
SECRET_KEY_CHARACTERS = 32
LAST_PORT = 65535
# A hundred years; what is longer is a slip of the hand.
LONGEST_RETENTION_DAYS = 36_500
# Where nothing leaves the machine, http will do.
LOOPBACK = ("127.0.0.1", "::1", "localhost")
# What people write in DATABASE_URL → the asynchronous driver that we use.
DATABASE_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


class SettingsError(ValueError):
    """One or more settings cannot be used; `problems` has a sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Settings:
    """What one services process needs to know. Ports are TCP; URLs have no slash at the end.

    `base_url` is the address residents type; `allowed_origins` are the foreign pages that may embed
    the widget; `bot_urls` are interchangeable bots; `registry_url` is the office's registry, by default the one
    that is started beside; `tracker_url` is where Rasa keeps its dialogue state; `retention_days` is how long a
    conversation is kept after its resident was last there, 0 for ever. `secret_key` and `registry_secret` never
    appear in a repr or a log.
    """

    port: int
    bind: str
    base_url: str
    allowed_origins: frozenset[str]
    database_url: str
    tracker_url: str
    retention_days: int
    redis_url: str | None
    bot_urls: tuple[str, ...]
    log_level: str
    bot_port: int
    actions_port: int
    internal_port: int
    registry_port: int
    registry_url: str
    registry_key_id: str
    var: Path
    secret_key: str = field(repr=False)
    registry_secret: str = field(repr=False)

    @property
    def secure(self) -> bool:
        """True when residents come over https, so that cookies may insist on it."""
        return self.base_url.startswith("https://")

    @property
    def actions_url(self) -> str:
        """Where the action server listens, always on this machine."""
        return f"http://127.0.0.1:{self.actions_port}"


def read(environ: Mapping[str, str]) -> Settings:
    """Read and check the settings; make `var/` and its secrets at the first start.

    Raises:
        SettingsError: with every problem found, not only the first.
    """
    problems: list[str] = []
    port = _port(environ, "PORT", 8000, problems)
    bot_port = _port(environ, "BOT_PORT", port + 1, problems)
    actions_port = _port(environ, "ACTIONS_PORT", port + 2, problems)
    internal_port = _port(environ, "INTERNAL_PORT", port + 3, problems)
    registry_port = _port(environ, "REGISTRY_PORT", port + 4, problems)
    ports = {"PORT": port, "BOT_PORT": bot_port, "ACTIONS_PORT": actions_port, "INTERNAL_PORT": internal_port}
    if not _value(environ, "REGISTRY_URL", ""):
        ports["REGISTRY_PORT"] = registry_port
    if len(set(ports.values())) < len(ports):
        listed = ", ".join(f"{name}={value}" for name, value in ports.items())
        problems.append(f"Two parts would listen on one port ({listed}): give each its own.")
    bind = _bind(environ, problems)
    reachable = "127.0.0.1" if bind in ("0.0.0.0", "::", "") else bind
    var = Path(_value(environ, "VAR_DIR", str(ROOT / "var")))
    settings = Settings(
        port=port,
        bind=bind,
        base_url=_url(environ, "BASE_URL", f"http://{_bracketed(reachable)}:{port}", problems),
        allowed_origins=frozenset(_origins(environ, problems)),
        database_url=_database_url(environ, var, problems),
        tracker_url=_tracker_url(environ, var, problems),
        retention_days=_retention_days(environ, problems),
        redis_url=_redis_url(environ, problems),
        bot_urls=_bot_urls(environ, bot_port, problems),
        log_level=_log_level(environ, problems),
        bot_port=bot_port,
        actions_port=actions_port,
        internal_port=internal_port,
        registry_port=registry_port,
        registry_url=_registry_url(environ, registry_port, problems),
        registry_key_id=_registry_key_id(environ, problems),
        var=var,
        secret_key=_secret(environ, "SECRET_KEY", var / "secret_key", SECRET_KEY_CHARACTERS, problems),
        registry_secret=_registry_secret(environ, var, problems),
    )
    if is_one_sqlite_file(settings.database_url, settings.tracker_url):
        problems.append("ANJU_TRACKER_DB names the file of DATABASE_URL: give the dialogue state a file of its own.")
    if problems:
        raise SettingsError(problems)
    return settings


def is_one_sqlite_file(one: str, other: str) -> bool:
    """Tell whether two addresses are one SQLite file, whose two writers would wait for each other."""
    first, second = one.partition("sqlite+aiosqlite:///")[2], other.partition("sqlite+aiosqlite:///")[2]
    return bool(first) and bool(second) and Path(first).resolve() == Path(second).resolve()


def _value(environ: Mapping[str, str], name: str, default: str) -> str:
    return environ.get(name, "").strip() or default


def _port(environ: Mapping[str, str], name: str, default: int, problems: list[str]) -> int:
    text = _value(environ, name, str(default))
    if re.fullmatch(r"[0-9]{1,5}", text) and 1 <= int(text) <= LAST_PORT:
        return int(text)
    problems.append(f"{name} is {text!r}: set it to a port number from 1 to {LAST_PORT}.")
    return default


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _url(environ: Mapping[str, str], name: str, default: str, problems: list[str]) -> str:
    text = _value(environ, name, default).rstrip("/")
    if not _is_http(text):
        problems.append(f"{name} is {text!r}: set it to an address such as https://example.org.")
    return text


def _is_http(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _listed(environ: Mapping[str, str], name: str) -> list[str]:
    return [part.strip().rstrip("/") for part in environ.get(name, "").split(",") if part.strip()]


def _origins(environ: Mapping[str, str], problems: list[str]) -> list[str]:
    origins = _listed(environ, "ALLOWED_ORIGINS")
    for origin in origins:
        if not _is_http(origin) or urlsplit(origin).path or urlsplit(origin).query:
            problems.append(
                f"ALLOWED_ORIGINS has {origin!r}: each must be scheme and host only, such as https://example.org, "
                "parted by commas."
            )
    return [origin.lower() for origin in origins]


def _bot_urls(environ: Mapping[str, str], bot_port: int, problems: list[str]) -> tuple[str, ...]:
    urls = _listed(environ, "BOT_URLS") or [f"http://127.0.0.1:{bot_port}"]
    for url in urls:
        if not _is_http(url):
            problems.append(f"BOT_URLS has {url!r}: each must be an address such as http://127.0.0.1:{bot_port}.")
    return tuple(urls)


def _database_url(environ: Mapping[str, str], var: Path, problems: list[str]) -> str:
    text = _value(environ, "DATABASE_URL", f"sqlite:///{var / 'anju.db'}")
    return _sql_url("DATABASE_URL", text, problems)


def _tracker_url(environ: Mapping[str, str], var: Path, problems: list[str]) -> str:
    """Read ANJU_TRACKER_DB as the bot does: a file, or an address of PostgreSQL."""
    text = _value(environ, "ANJU_TRACKER_DB", str(var / "tracker.db"))
    if "://" not in text:
        text = f"sqlite:///{Path(text).absolute()}"
    return _sql_url("ANJU_TRACKER_DB", text, problems)


def _sql_url(name: str, text: str, problems: list[str]) -> str:
    scheme, separator, rest = text.partition("://")
    url = f"{DATABASE_DRIVERS.get(scheme, scheme)}://{rest}"
    if not separator or scheme not in DATABASE_DRIVERS or not rest:
        problems.append(
            f"{name} must begin with sqlite:/// and a file, or with postgresql:// and a host: "
            f"it begins with {scheme!r}."
        )
        return url
    try:
        parts = make_url(url)
        port = parts.port
    except (ArgumentError, ValueError):
        problems.append(f"{name} cannot be read: write it as postgresql://user:password@host:5432/name.")
        return url
    if scheme.startswith("sqlite") and parts.database in (None, "", ":memory:"):
        problems.append(f"{name} names no file: write it as sqlite:////path/of/the/file.")
    elif not scheme.startswith("sqlite") and not parts.database:
        problems.append(f"{name} names no database: write it as postgresql://user:password@host:5432/name.")
    elif port is not None and not 1 <= port <= LAST_PORT:
        problems.append(f"{name} has port {port}: set it to a port number from 1 to {LAST_PORT}.")
    return url


def _retention_days(environ: Mapping[str, str], problems: list[str]) -> int:
    text = _value(environ, "RETENTION_DAYS", "180")
    if re.fullmatch(r"[0-9]{1,5}", text) and int(text) <= LONGEST_RETENTION_DAYS:
        return int(text)
    problems.append(
        f"RETENTION_DAYS is {text!r}: set it to a number of days from 1 to {LONGEST_RETENTION_DAYS}, "
        "or to 0 to delete nothing."
    )
    return 0


def _bind(environ: Mapping[str, str], problems: list[str]) -> str:
    text = _value(environ, "BIND", "127.0.0.1")
    try:
        if text != "localhost":
            ipaddress.ip_address(text)
    except ValueError:
        problems.append(f"BIND is {text!r}: set it to an IP address of this machine, such as 127.0.0.1 or 0.0.0.0.")
    return text


def _redis_url(environ: Mapping[str, str], problems: list[str]) -> str | None:
    text = _value(environ, "REDIS_URL", "")
    if text and not text.startswith(("redis://", "rediss://", "unix://")):
        problems.append("REDIS_URL must begin with redis://, rediss:// or unix://; leave it empty to do without.")
    return text or None


def _log_level(environ: Mapping[str, str], problems: list[str]) -> str:
    level = _value(environ, "LOG_LEVEL", "INFO").upper()
    if level not in LOG_LEVELS:
        problems.append(f"LOG_LEVEL is {level!r}: set it to one of {', '.join(LOG_LEVELS)}.")
    return level


def _registry_url(environ: Mapping[str, str], registry_port: int, problems: list[str]) -> str:
    text = _value(environ, "REGISTRY_URL", f"http://127.0.0.1:{registry_port}").rstrip("/")
    if not _is_http(text) or urlsplit(text).query or urlsplit(text).username:
        problems.append(
            "REGISTRY_URL must be an address such as https://registry.example.org, without user, password or query."
        )
    elif urlsplit(text).scheme == "http" and urlsplit(text).hostname not in LOOPBACK:
        problems.append(
            "REGISTRY_URL begins with http://, so that ID numbers would travel in clear: use https://, "
            "or http:// on this machine only."
        )
    return text


def _registry_key_id(environ: Mapping[str, str], problems: list[str]) -> str:
    key_id = _value(environ, "REGISTRY_KEY_ID", "anju")
    if not KEY_ID.fullmatch(key_id):
        problems.append(f"REGISTRY_KEY_ID is {key_id!r}: use 1 to 64 letters, digits, dots, dashes or underscores.")
    return key_id


def _registry_secret(environ: Mapping[str, str], var: Path, problems: list[str]) -> str:
    missing = [name for name in ("REGISTRY_KEY_ID", "REGISTRY_SECRET") if not _value(environ, name, "")]
    if _value(environ, "REGISTRY_URL", "") and missing:
        problems.append(f"REGISTRY_URL is set without {' and '.join(missing)}: set what the office gave you for it.")
        return ""
    return _secret(environ, "REGISTRY_SECRET", var / "registry_secret", SECRET_CHARACTERS, problems)


def _secret(environ: Mapping[str, str], name: str, path: Path, characters: int, problems: list[str]) -> str:
    given = environ.get(name, "").strip()
    try:
        secret = given or kept.secret(path)
    except OSError as error:
        problems.append(f"{name} cannot be kept in {path} ({error.strerror}): make the folder writable, or set {name}.")
        return ""
    if len(secret) < characters:
        problems.append(f"{name if given else path} is shorter than {characters} characters: set a longer random one.")
    return secret
