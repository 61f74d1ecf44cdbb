"""Where a policy is written, and what is said when it is written wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from logscrub.config import find_config, load_config
from logscrub.errors import ConfigError
from logscrub.model import Confidence, Severity
from logscrub.policy import Policy

FULL = """
select = ["secret", "pii.email"]
ignore = ["jwt"]
packs = ["mine.toml", "/abs/yours"]
min-severity = "medium"
min-confidence = "high"
key-file = "key"
max-length = 1000
max-items = 10
time-limit = 2

[actions]
pii = "token"
"""


@pytest.fixture(autouse=True)
def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty directory and no key from the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LOGSCRUB_KEY", raising=False)


def test_everything() -> None:
    """Every setting arrives in the policy; paths are relative to the file."""
    Path("sub").mkdir()
    Path("sub/logscrub.toml").write_text(FULL)
    Path("sub/key").write_text("0123456789abcdef\n")
    config = load_config("sub/logscrub.toml")
    assert config.path == Path("sub/logscrub.toml")
    assert config.policy == Policy(
        select=("secret", "pii.email"),
        ignore=("jwt",),
        packs=("sub/mine.toml", "/abs/yours"),
        actions={"pii": "token"},
        min_severity=Severity.MEDIUM,
        min_confidence=Confidence.HIGH,
        key=b"0123456789abcdef",
        max_length=1000,
        max_items=10,
        time_limit=2.0,
    )


def test_nothing() -> None:
    """Without a file the defaults hold; ``isolated`` looks for none."""
    assert load_config().policy == Policy()
    assert load_config().path is None
    Path("logscrub.toml").write_text('select = ["pii"]')
    assert load_config().policy.select == ("pii",)
    assert load_config(isolated=True).policy == Policy()


def test_the_nearest_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearest file at or above is used alone; a ``pyproject.toml`` counts only with a table of ours."""
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "logscrub.toml").write_text('select = ["pii"]')
    assert find_config(deep) == tmp_path / "logscrub.toml"
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'x'")
    assert find_config(deep) == tmp_path / "logscrub.toml"
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.logscrub]\nignore = ['jwt']")
    monkeypatch.chdir(deep)
    config = load_config()
    assert config.path == tmp_path / "a" / "pyproject.toml"
    assert (config.policy.select, config.policy.ignore) == (("default",), ("jwt",))
    (tmp_path / "a" / "logscrub.toml").write_text("")
    assert find_config(deep) == tmp_path / "a" / "logscrub.toml"


def test_a_key_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """``LOGSCRUB_KEY`` is the key where no file names one."""
    monkeypatch.setenv("LOGSCRUB_KEY", "environment-key-1")
    assert load_config().policy.key == b"environment-key-1"
    Path("logscrub.toml").write_text('key-file = "key"')
    Path("key").write_text("file-key-12345678")
    assert load_config().policy.key == b"file-key-12345678"
    monkeypatch.setenv("LOGSCRUB_KEY", "short")
    with pytest.raises(ConfigError, match="LOGSCRUB_KEY: the key must have at least 16 bytes") as raised:
        load_config(isolated=True)
    assert "short" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("selct = []", "selct: is not a setting; did you mean 'select'?"),
        ("qqqq = 1", "qqqq: is not a setting; known are select, ignore"),
        ("select = 'pii'", "select: must be a list of strings"),
        ("select = [1]", "select: must be a list of strings"),
        ("packs = [1]", "packs: must be a list of strings"),
        ("actions = ['drop']", "actions: must be a table of names and actions"),
        ("[actions]\npii = 1", "actions: must be a table of names and actions"),
        ("[actions]\npii = 'hash'", "action for 'pii' is not one of label, partial, token, drop"),
        ("min-severity = 'huge'", "min-severity: must be one of info, low, medium, high, critical"),
        ("min-severity = 'hgh'", "must be one of info, low, medium, high, critical; did you mean 'high'?"),
        ("min-severity = 3", "min-severity: must be one of info"),
        ("min-severity = ['low']", "min-severity: must be one of info"),
        ("min-confidence = 'sure'", "min-confidence: must be one of low, medium, high"),
        ("max-length = 'x'", "max-length: must be a whole number"),
        ("max-length = 1.5", "max-length: must be a whole number"),
        ("max-items = true", "max-items: must be a whole number"),
        ("max-items = 0", "max_items must be more than 0"),
        ("time-limit = 'x'", "time-limit: must be a number of seconds"),
        ("time-limit = false", "time-limit: must be a number of seconds"),
        ("key-file = 1", "key-file: must be the path of a file"),
        ("key-file = 'gone'", "key-file: gone cannot be read: No such file"),
        ("select = [", "is not valid TOML"),
    ],
)
def test_wrong(text: str, message: str) -> None:
    """A wrong setting is refused with the file, the setting, and what is allowed."""
    Path("logscrub.toml").write_text(text)
    with pytest.raises(ConfigError) as raised:
        load_config("logscrub.toml")
    assert str(raised.value).startswith("logscrub.toml: ")
    assert message in str(raised.value)


def test_files_that_cannot_be_read() -> None:
    """A file that is not there, is a directory, or is no text is refused with its name."""
    Path("dir").mkdir()
    Path("bytes.toml").write_bytes(b"\xff\xfe")
    for name, message in (
        ("gone.toml", "cannot be read"),
        ("dir", "cannot be read"),
        ("bytes.toml", "is not valid TOML"),
    ):
        with pytest.raises(ConfigError, match=rf"{name}: {message}"):
            load_config(name)


@pytest.mark.parametrize("text", ["tool = 1", "[tool]\nlogscrub = 1", "[[tool.logscrub]]\nselect = []"])
def test_a_pyproject_of_another_shape(text: str) -> None:
    """A ``pyproject.toml`` in which our table is no table is refused or passed over, never a crash."""
    Path("pyproject.toml").write_text(text)
    for call in (load_config, lambda: load_config("pyproject.toml")):
        try:
            assert call().policy == Policy()
        except ConfigError as error:
            assert "pyproject.toml" in str(error)
