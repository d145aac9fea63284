"""The launcher: ports, configuration, the watchdog's patience and the check of the model file."""

import configparser
import json
import os

import pytest

from launch import training
from launch.__main__ import main
from launch.parts import ROOT, Ports, bot_environment, parts
from launch.supervising import configuration, well
from launch.watchdog import SILENT_CHECKS, START_S, Silence
from services import bodies
from services.channels import sessions


def test_the_ports_follow_the_public_one_and_can_each_be_set():
    assert Ports.read({}) == Ports(8000, 8001, 8002, 8003, 8004)
    assert Ports.read({"PORT": "9000", "ACTIONS_PORT": "7000"}) == Ports(9000, 9001, 7000, 9003, 9004)
    assert Ports.read({"REGISTRY_PORT": "7000"}).registry == 7000


def test_supervisord_brings_every_part_and_the_watchdog_back(tmp_path):
    environ = {"PORT": "9000", "VAR_DIR": str(tmp_path)}
    parser = configparser.RawConfigParser()
    parser.read_string(configuration(parts(environ), tmp_path, environ))
    programs = {name.split(":")[1] for name in parser.sections() if name.startswith("program:")}
    assert programs == {"services", "actions", "bot", "registry", "watchdog"}
    assert all(parser[f"program:{name}"]["autorestart"] == "true" for name in programs)
    assert 'PORT="9000"' in parser["program:watchdog"]["environment"]


def test_the_registry_of_an_office_is_used_and_not_started(tmp_path):
    environ = {"REGISTRY_URL": "https://registry.example", "REGISTRY_PORT": "7000"}
    assert [part.name for part in parts(environ)] == ["services", "actions", "bot"]
    parser = configparser.RawConfigParser()
    parser.read_string(configuration(parts(environ), tmp_path, environ))
    assert "program:registry" not in parser.sections()
    assert 'REGISTRY_URL="https://registry.example"' in parser["program:watchdog"]["environment"]
    assert [part.name for part in parts({"REGISTRY_URL": " "})] == ["services", "actions", "bot", "registry"]


def test_the_registry_that_we_start_is_a_demonstration_and_nothing_else_is():
    demo = {part.name: part.environment.get("REGISTRY_DEMO") for part in parts({})}
    assert demo == {"services": None, "actions": None, "bot": None, "registry": "1"}


def test_only_services_may_listen_beyond_loopback():
    for part in parts({"BIND": "0.0.0.0"}):
        if part.name == "bot":
            assert part.command[part.command.index("--interface") + 1] == "127.0.0.1"
            assert "--enable-api" not in part.command
        if part.name == "actions":
            assert part.environment["SANIC_HOST"] == "127.0.0.1"


def test_bad_settings_are_told_in_sentences_before_anything_starts(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setenv("PORT", "eight")
    monkeypatch.setenv("RETENTION_DAYS", "x")
    assert main(["run"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in lines] == ["PORT", "RETENTION_DAYS"]


def test_a_part_that_is_not_known_is_told_with_those_that_are(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    assert main(["part", "desk"]) == 2
    assert "services、actions、bot、registry" in capsys.readouterr().err


def test_one_part_runs_with_what_it_needs_as_a_unit_of_systemd(monkeypatch, tmp_path):
    def become(command, arguments, environ):
        ran.append((command, arguments, environ))
        raise SystemExit(0)

    ran: list = []
    monkeypatch.setattr(os, "execve", become)
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setenv("PORT", "9000")
    with pytest.raises(SystemExit):
        main(["part", "actions"])
    ((command, arguments, environ),) = ran
    assert (command, arguments[1:]) == (arguments[0], ("-m", "actions"))
    assert environ["ANJU_INTERNAL_URL"] == "http://127.0.0.1:9003"


def test_the_units_start_parts_that_there_are():
    units = {path.name: path.read_text("utf-8") for path in (ROOT / "deploy" / "systemd").glob("*.service")}
    started = [
        line.rpartition(" ")[2] for text in units.values() for line in text.splitlines() if "launch part" in line
    ]
    assert sorted(started) == sorted(part.name for part in parts({}))
    assert all("User=anju" in text for text in units.values())


def test_nginx_lets_through_what_services_take():
    text = (ROOT / "deploy" / "nginx" / "anju.conf").read_text("utf-8")
    assert f"client_max_body_size {bodies.LIMIT_BYTES // 1024}k;" in text
    assert f"$cookie_{sessions.COOKIE} " in text
    events = text[text.index("location = /chat/events") :]
    assert "proxy_buffering off;" in events


def test_the_bot_keeps_its_state_where_the_operator_says():
    assert bot_environment({"VAR_DIR": "/data"})["ANJU_TRACKER_DB"] == "/data/tracker.db"
    shared = "postgresql://anju@db/anju"
    assert bot_environment({"ANJU_TRACKER_DB": shared})["ANJU_TRACKER_DB"] == shared


def test_a_part_that_does_not_listen_is_not_well():
    bot = next(part for part in parts({"PORT": "1"}) if part.name == "bot")
    assert not well(bot)


def test_a_part_is_killed_only_after_it_was_well_and_then_silent():
    silence = Silence(parts({})[0])
    assert not any(silence.is_over(7, False, now) for now in range(10)), "it may take long to start"
    assert not silence.is_over(7, True, 10)
    assert [silence.is_over(7, False, 11) for _ in range(SILENT_CHECKS)] == [False] * (SILENT_CHECKS - 1) + [True]
    assert not any(silence.is_over(8, False, 12) for _ in range(10)), "a new process starts with a clean sheet"


def test_a_part_that_never_becomes_well_is_killed_in_the_end():
    silence = Silence(parts({})[0])
    assert not any(silence.is_over(7, False, now) for now in range(0, int(START_S), 10))
    assert silence.is_over(7, False, START_S + 1)


@pytest.fixture
def model(tmp_path, monkeypatch):
    path = tmp_path / "anju.tar.gz"
    path.write_bytes(b"model")
    monkeypatch.setattr(training, "MODEL", path)
    monkeypatch.setattr(training, "RECORD", tmp_path / "anju.json")
    return path


def test_a_model_without_a_record_is_not_loaded(model):
    assert "make train" in training.check_model()


def test_a_model_that_our_training_did_not_record_is_not_loaded(model):
    training.RECORD.write_text(json.dumps({"sha256": training._digest([model])}), "utf-8")
    assert training.check_model() is None
    model.write_bytes(b"another model")
    assert "sha256 不符" in training.check_model()
