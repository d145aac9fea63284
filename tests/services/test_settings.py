"""Settings: defaults for one machine, every fault named at once, a secret key that stays."""

import pytest

from registry import settings as registry_settings
from services.settings import Settings, SettingsError, read

KEY = {"SECRET_KEY": "k" * 32, "REGISTRY_SECRET": "r" * 32}


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(environ)
    return caught.value.problems


def test_the_defaults_are_for_one_machine(tmp_path):
    settings = read({"VAR_DIR": str(tmp_path)})
    assert (settings.port, settings.bot_port, settings.actions_port, settings.internal_port) == (8000, 8001, 8002, 8003)
    assert settings.bind == "127.0.0.1"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.bot_urls == ("http://127.0.0.1:8001",)
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path / 'anju.db'}"
    assert settings.tracker_url == f"sqlite+aiosqlite:///{tmp_path / 'tracker.db'}"
    assert settings.retention_days == 180
    assert settings.redis_url is None
    assert (settings.registry_port, settings.registry_url) == (8004, "http://127.0.0.1:8004")
    assert settings.registry_key_id == "anju"
    assert settings.allowed_origins == frozenset()
    assert not settings.secure


def test_another_port_moves_all_five():
    settings = read({**KEY, "PORT": "9000", "ACTIONS_PORT": "9100"})
    assert (settings.port, settings.bot_port, settings.actions_port, settings.internal_port) == (9000, 9001, 9100, 9003)
    assert settings.actions_url == "http://127.0.0.1:9100"
    assert settings.registry_url == "http://127.0.0.1:9004"


def test_lists_and_addresses_are_read():
    settings = read(
        {
            **KEY,
            "BASE_URL": "https://anju.example/",
            "ALLOWED_ORIGINS": "https://A.example, https://b.example:8443/",
            "BOT_URLS": "http://10.0.0.1:5005, http://10.0.0.2:5005/",
            "DATABASE_URL": "postgres://anju@db/anju",
            "ANJU_TRACKER_DB": "postgresql://anju@db/tracker",
            "RETENTION_DAYS": "30",
            "REDIS_URL": "redis://cache",
            "LOG_LEVEL": "warning",
        }
    )
    assert settings.secure
    assert settings.base_url == "https://anju.example"
    assert settings.allowed_origins == {"https://a.example", "https://b.example:8443"}
    assert settings.bot_urls == ("http://10.0.0.1:5005", "http://10.0.0.2:5005")
    assert settings.database_url == "postgresql+asyncpg://anju@db/anju"
    assert settings.tracker_url == "postgresql+asyncpg://anju@db/tracker"
    assert settings.retention_days == 30
    assert settings.log_level == "WARNING"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eight"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("BOT_PORT", "８００１"),
        ("INTERNAL_PORT", "8000"),
        ("BASE_URL", "anju.example"),
        ("BASE_URL", "ftp://anju.example"),
        ("BASE_URL", "http://[::1"),
        ("ALLOWED_ORIGINS", "*"),
        ("ALLOWED_ORIGINS", "https://a.example/page"),
        ("BOT_URLS", "localhost:8001"),
        ("DATABASE_URL", "mysql://db/anju"),
        ("DATABASE_URL", "anju.db"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "postgresql://db:port/anju"),
        ("DATABASE_URL", "postgresql://db:70000/anju"),
        ("DATABASE_URL", "postgresql://db"),
        ("ANJU_TRACKER_DB", "mysql://db/anju"),
        ("ANJU_TRACKER_DB", "postgresql://db:port/anju"),
        ("ANJU_TRACKER_DB", "sqlite:///"),
        ("RETENTION_DAYS", "-1"),
        ("RETENTION_DAYS", "half a year"),
        ("RETENTION_DAYS", "１８０"),
        ("RETENTION_DAYS", "36501"),
        ("BIND", "anju.example"),
        ("BIND", "10.0.0.300"),
        ("REDIS_URL", "http://cache"),
        ("LOG_LEVEL", "chatty"),
        ("SECRET_KEY", "short"),
        ("REGISTRY_SECRET", "short"),
        ("REGISTRY_KEY_ID", "an office"),
        ("REGISTRY_PORT", "8000"),
        ("REGISTRY_PORT", "x"),
    ],
)
def test_a_bad_setting_is_named(name, value):
    (problem,) = problems({**KEY, name: value})
    assert name in problem
    assert problem.endswith(".")


OFFICE = {**KEY, "REGISTRY_KEY_ID": "office-7"}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("registry.example", "address"),
        ("https://user:geheim@registry.example", "password"),
        ("https://registry.example/?a=1", "query"),
        ("http://registry.example", "in clear"),
        ("http://10.0.0.7:8443", "in clear"),
    ],
)
def test_an_address_of_the_registry_that_is_none_or_not_safe_is_named(url, said):
    (problem,) = problems({**OFFICE, "REGISTRY_URL": url})
    assert problem.startswith("REGISTRY_URL")
    assert said in problem
    assert "geheim" not in problem


def test_the_registry_of_an_office_needs_the_key_that_the_office_gave():
    (problem,) = problems({"SECRET_KEY": "k" * 32, "REGISTRY_URL": "https://registry.example"})
    assert "REGISTRY_KEY_ID and REGISTRY_SECRET" in problem
    settings = read({**OFFICE, "REGISTRY_URL": "https://registry.example/anju/", "REGISTRY_PORT": "8000"})
    assert settings.registry_url == "https://registry.example/anju"
    assert settings.registry_secret == KEY["REGISTRY_SECRET"]


def test_both_sides_of_the_embedded_registry_read_the_same_key(tmp_path):
    environ = {"VAR_DIR": str(tmp_path), "PORT": "9000"}
    services, registry = read(environ), registry_settings.read(environ)
    assert services.registry_secret == registry.secret
    assert services.registry_key_id == registry.key_id
    assert services.registry_url == f"http://127.0.0.1:{registry.port}"


@pytest.mark.parametrize("tracker", ["/data/anju.db", "sqlite:////data/anju.db", "/data/../data/anju.db"])
def test_the_dialogue_state_has_a_file_of_its_own(tracker):
    (problem,) = problems({**KEY, "DATABASE_URL": "sqlite:////data/anju.db", "ANJU_TRACKER_DB": tracker})
    assert "a file of its own" in problem


def test_a_password_in_an_address_is_not_told():
    for name in ("DATABASE_URL", "ANJU_TRACKER_DB"):
        for url in ("postgresql://u:geheim@db:port/anju", "mysql://u:geheim@db/anju", "postgresql://u:geheim@db"):
            (problem,) = problems({**KEY, name: url})
            assert "geheim" not in problem


def test_every_bad_setting_is_named_at_once():
    assert len(problems({**KEY, "PORT": "x", "LOG_LEVEL": "x", "BOT_URLS": "x"})) == 3


def test_the_secret_key_is_made_once_and_readable_by_its_owner_alone(tmp_path):
    first = read({"VAR_DIR": str(tmp_path / "var")})
    assert len(first.secret_key) >= 32
    assert read({"VAR_DIR": str(tmp_path / "var")}).secret_key == first.secret_key
    files = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "var").iterdir()}
    assert files == {"secret_key": 0o600, "registry_secret": 0o600}
    assert first.secret_key != first.registry_secret


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    first, second = problems({"VAR_DIR": str(tmp_path / "file" / "var")})
    assert "SECRET_KEY" in first
    assert "REGISTRY_SECRET" in second


def test_the_secret_key_is_not_in_the_repr():
    settings = read(KEY)
    assert isinstance(settings, Settings)
    assert KEY["SECRET_KEY"] not in repr(settings)
    assert KEY["REGISTRY_SECRET"] not in repr(settings)
