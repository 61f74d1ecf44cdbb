"""Values from the environment, from files and directories."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import logscrub
from logscrub.errors import ProtectError, SourceError
from logscrub.scrubber import Scrubber


def test_the_environment(scrubber: Scrubber, tmp_path: Path) -> None:
    here = tmp_path / "key"
    here.write_text("x")
    environ = {
        "HOME": "/root",
        "LANG": "en_GB.UTF-8",
        "DB_PASSWORD": "violet-harbour",
        "DATABASE_URL": "postgres://shop:hedge-lantern@db.internal:5432/shop",
        "API_TOKEN": "true",
        "SERVICE_TOKEN": str(here),
        "SESSION_SECRET": "",
        "MY_THING": "quiet-meadow-9",
        "OTHER_PASSWORD": "left-out-on-purpose",
    }
    done = logscrub.protect_environ(environ, include=["MY_*"], exclude=["OTHER_*"])
    assert set(done.protected) == {"DB_PASSWORD", "DATABASE_URL", "MY_THING"}
    assert dict(done.skipped) == {"API_TOKEN": "is shorter than 6 bytes", "SERVICE_TOKEN": "is the path of a file"}
    text = "violet-harbour hedge-lantern quiet-meadow-9 left-out-on-purpose en_GB.UTF-8"
    assert scrubber.scrub(text) == "[known-value] [known-value] [known-value] left-out-on-purpose en_GB.UTF-8"
    assert scrubber.scrub(environ["DATABASE_URL"]) == "[known-value]"


def test_this_process(monkeypatch: pytest.MonkeyPatch, scrubber: Scrubber) -> None:
    monkeypatch.setenv("MADE_UP_PASSWORD", "violet-harbour")
    assert "MADE_UP_PASSWORD" in logscrub.protect_environ().protected
    assert scrubber.scrub("x violet-harbour") == "x [known-value]"


def test_a_file_is_a_value(tmp_path: Path, scrubber: Scrubber) -> None:
    path = tmp_path / "db-password"
    path.write_text("violet harbour=morning\n")
    assert logscrub.protect_file(path).protected == ("db-password",)
    assert scrubber.find("violet harbour=morning")[0].key == "db-password"
    assert logscrub.protect_file(path, name="N").protected == ("N",)


SETTINGS = {
    ".env": '# a comment\nexport DB_PASSWORD=\'violet-harbour\'\nHOST=db.example.com\nAPI_KEY="hedge\\"lantern\\n2" # x\n',
    "app.ini": '[db]\nhost = db.example.com\npassword = violet-harbour\n; note\napi-key: hedge"lantern\n',
    "app.json": '{"db": {"password": "violet-harbour", "host": "db.example.com"}, "api_key": "hedge\\"lantern"}',
    "app.properties": 'spring.datasource.password=violet-harbour\r\napp.host=db.example.com\r\napi.key=hedge"lantern\r\n',
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_file_of_settings(tmp_path: Path, scrubber: Scrubber, name: str) -> None:
    path = tmp_path / name
    path.write_text(SETTINGS[name])
    done = logscrub.protect_file(path)
    assert len(done.protected) == 2
    assert scrubber.scrub("violet-harbour") == "[known-value]"
    assert scrubber.scrub("db.example.com") == "db.example.com"
    assert "hedge" not in scrubber.scrub('hedge"lantern\n2')


def test_a_multi_line_setting(tmp_path: Path, scrubber: Scrubber) -> None:
    path = tmp_path / "prod.env"
    path.write_text('SIGNING_SECRET="first-line-7f\nsecond-line-8g"\nA=b\n')
    assert logscrub.protect_file(path).protected == ("SIGNING_SECRET",)
    assert scrubber.scrub("x second-line-8g") == "x [known-value]"


def test_a_directory_of_mounted_secrets(tmp_path: Path, scrubber: Scrubber) -> None:
    data = tmp_path / "..2026_11_21"
    data.mkdir()
    (data / "password").write_text("violet-harbour\n")
    (data / "namespace").write_text("default")
    (data / "ca.crt").write_text("-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ2\n-----END CERTIFICATE-----\n")
    (data / "large").write_bytes(b"x1y2z3" * 20_000)
    (tmp_path / "..data").symlink_to(data.name)
    for name in ("password", "namespace", "ca.crt", "large", "gone"):
        (tmp_path / name).symlink_to(f"..data/{name}")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "token").write_text("hedge-lantern")
    os.mkfifo(tmp_path / "pipe")
    done = logscrub.protect_file(tmp_path)
    assert set(done.protected) == {"password", os.path.join("deeper", "token")}
    assert dict(done.skipped) == {
        "namespace": "is an everyday word",
        "ca.crt": "is a public certificate or key",
        "large": "is larger than 65,536 bytes",
        "gone": "No such file or directory",
        "pipe": "is not a regular file",
    }
    assert scrubber.scrub("violet-harbour hedge-lantern") == "[known-value] [known-value]"


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nowhere: No such file"):
        logscrub.protect_file(tmp_path / "nowhere")
    (tmp_path / "large").write_bytes(b"a1" * 100_000)
    with pytest.raises(SourceError, match="is larger than"):
        logscrub.protect_file(tmp_path / "large")
    (tmp_path / "bad.json").write_text('{"password":\n "violet-harbour"')
    with pytest.raises(SourceError, match=r"bad\.json:2: is not valid JSON") as caught:
        logscrub.protect_file(tmp_path / "bad.json")
    assert "violet" not in str(caught.value)
    with pytest.raises(ProtectError, match="form"):
        logscrub.protect_file(tmp_path / "bad.json", form="yaml")  # type: ignore[arg-type]
