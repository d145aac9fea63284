"""Settings of the reference registry from the environment; every bad one is reported, a sentence each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core import kept
from core.signing import KEY_ID, SECRET_CHARACTERS

ROOT = Path(__file__).resolve().parents[1]
PEOPLE = Path(__file__).with_name("people.yaml")
# Four after PORT: services take it and the three that follow.
PORT_OFFSET = 4
LAST_PORT = 65535
SWITCHES = {"": False, "0": False, "1": True}


class SettingsError(ValueError):
    """One or more settings cannot be used; `problems` has a sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Settings:
    """What the registry needs to know. `demo` writes one-time codes to the log: for invented people only."""

    port: int
    database_url: str
    people: Path
    demo: bool
    key_id: str
    secret: str = field(repr=False)


def read(environ: Mapping[str, str]) -> Settings:
    """Read and check the settings; make the key of this installation at the first start.

    Raises:
        SettingsError: with every problem found.
    """
    problems: list[str] = []
    var = Path(_value(environ, "VAR_DIR", str(ROOT / "var")))
    demo = _value(environ, "REGISTRY_DEMO", "")
    if demo not in SWITCHES:
        problems.append(f"REGISTRY_DEMO is {demo!r}: set it to 1 for invented people, or leave it empty.")
    people = Path(_value(environ, "REGISTRY_PEOPLE", str(PEOPLE)))
    if not people.is_file():
        problems.append(f"REGISTRY_PEOPLE is {str(people)!r}: set it to a YAML file like {PEOPLE}.")
    key_id = _value(environ, "REGISTRY_KEY_ID", "anju")
    if not KEY_ID.fullmatch(key_id):
        problems.append(f"REGISTRY_KEY_ID is {key_id!r}: use 1 to 64 letters, digits, dots, dashes or underscores.")
    settings = Settings(
        port=_port(environ, problems),
        database_url=_database_url(environ, var, problems),
        people=people,
        demo=SWITCHES.get(demo, False),
        key_id=key_id,
        secret=_secret(environ, var, problems),
    )
    if problems:
        raise SettingsError(problems)
    return settings


def _value(environ: Mapping[str, str], name: str, default: str) -> str:
    return environ.get(name, "").strip() or default


def _port(environ: Mapping[str, str], problems: list[str]) -> int:
    name = "REGISTRY_PORT" if environ.get("REGISTRY_PORT", "").strip() else "PORT"
    text = _value(environ, name, "8000")
    port = int(text) if text.isascii() and text.isdigit() else 0
    port += PORT_OFFSET if name == "PORT" and port else 0
    if not 1 <= port <= LAST_PORT:
        problems.append(f"{name} is {text!r}: set it to a port number from 1 to {LAST_PORT}.")
    return port


def _database_url(environ: Mapping[str, str], var: Path, problems: list[str]) -> str:
    text = _value(environ, "REGISTRY_DATABASE_URL", f"sqlite:///{var / 'registry.db'}")
    if not text.startswith("sqlite:///"):
        problems.append("REGISTRY_DATABASE_URL must begin with sqlite:/// and name a file.")
    return text.replace("sqlite:", "sqlite+aiosqlite:", 1)


def _secret(environ: Mapping[str, str], var: Path, problems: list[str]) -> str:
    path = var / "registry_secret"
    try:
        secret = _value(environ, "REGISTRY_SECRET", "") or kept.secret(path)
    except OSError as error:
        problems.append(
            f"The registry's key cannot be kept in {path} ({error.strerror}): make the folder writable, "
            "or set REGISTRY_SECRET."
        )
        return ""
    if len(secret) < SECRET_CHARACTERS:
        problems.append(f"REGISTRY_SECRET is shorter than {SECRET_CHARACTERS} characters: set a longer random one.")
    return secret
