"""Settings: defaults for one machine, every fault named at once, a secret key that stays."""

import pytest

from services.settings import Settings, SettingsError, read

KEY = {"SECRET_KEY": "k" * 32}


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
    assert settings.redis_url is None
    assert settings.allowed_origins == frozenset()
    assert not settings.secure


def test_another_port_moves_all_four():
    settings = read({**KEY, "PORT": "9000", "ACTIONS_PORT": "9100"})
    assert (settings.port, settings.bot_port, settings.actions_port, settings.internal_port) == (9000, 9001, 9100, 9003)
    assert settings.actions_url == "http://127.0.0.1:9100"


def test_lists_and_addresses_are_read():
    settings = read(
        {
            **KEY,
            "BASE_URL": "https://anju.example/",
            "ALLOWED_ORIGINS": "https://A.example, https://b.example:8443/",
            "BOT_URLS": "http://10.0.0.1:5005, http://10.0.0.2:5005/",
            "DATABASE_URL": "postgres://anju@db/anju",
            "REDIS_URL": "redis://cache",
            "LOG_LEVEL": "warning",
        }
    )
    assert settings.secure
    assert settings.base_url == "https://anju.example"
    assert settings.allowed_origins == {"https://a.example", "https://b.example:8443"}
    assert settings.bot_urls == ("http://10.0.0.1:5005", "http://10.0.0.2:5005")
    assert settings.database_url == "postgresql+asyncpg://anju@db/anju"
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
        ("REDIS_URL", "http://cache"),
        ("LOG_LEVEL", "chatty"),
        ("SECRET_KEY", "short"),
    ],
)
def test_a_bad_setting_is_named(name, value):
    (problem,) = problems({**KEY, name: value})
    assert name in problem
    assert problem.endswith(".")


def test_every_bad_setting_is_named_at_once():
    assert len(problems({**KEY, "PORT": "x", "LOG_LEVEL": "x", "BOT_URLS": "x"})) == 3


def test_the_secret_key_is_made_once_and_readable_by_its_owner_alone(tmp_path):
    first = read({"VAR_DIR": str(tmp_path / "var")})
    assert len(first.secret_key) >= 32
    assert read({"VAR_DIR": str(tmp_path / "var")}).secret_key == first.secret_key
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret_key"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    (problem,) = problems({"VAR_DIR": str(tmp_path / "file" / "var")})
    assert "SECRET_KEY" in problem


def test_the_secret_key_is_not_in_the_repr():
    settings = read(KEY)
    assert isinstance(settings, Settings)
    assert KEY["SECRET_KEY"] not in repr(settings)
