"""Settings: layers, refusals, and files that lose nothing."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze import settings
from maze.errors import ExitCode, SettingsError, UsageError
from maze.settings import SETTINGS, Setting

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


def values(setting: Setting) -> st.SearchStrategy[object]:
    """Every value that ``setting`` takes, as TOML holds it."""
    if setting.key == "engines.vllm.base_url":
        return st.from_regex(r"https?://[a-z0-9.:\[\]-]{1,20}(/[^\s?#\x00]{0,20})?", fullmatch=True).filter(
            lambda url: url.isascii()
        )
    if setting.pattern:
        return st.from_regex(setting.pattern, fullmatch=True)
    if setting.choices:
        return st.sampled_from(list(setting.choices()))
    match setting.kind:
        case "bool":
            return st.booleans()
        case "int":
            return st.integers(int(setting.low or 0), int(setting.high or 0))
        case "float":
            return st.floats(setting.low, setting.high, exclude_min=setting.above)
        case "str":
            return texts
    return st.lists(texts.map(lambda name: str(Path("/") / name)), max_size=4)


any_setting = st.sampled_from(list(SETTINGS.values()))
settings_and_values = any_setting.flatmap(lambda setting: st.tuples(st.just(setting), values(setting)))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("settings")


def load(tmp_path: Path, **environ: str) -> settings.Settings:
    """The settings of a user whose file is ``user.toml`` and who works in ``project``."""
    (tmp_path / "project").mkdir(exist_ok=True)
    return settings.load({"MAZE_CONFIG": str(tmp_path / "user.toml"), **environ}, tmp_path / "project")


# the schema


def test_every_key_has_an_attribute_a_variable_and_a_good_default() -> None:
    defaults = settings.Settings()
    assert len({setting.variable for setting in SETTINGS.values()}) == len(SETTINGS)
    for key, setting in SETTINGS.items():
        assert defaults.get(key) == setting.default
        assert defaults.origin(key).layer == "default"
        if setting.default is not None and setting.kind != "tuple[Path, ...]":
            assert setting.check(setting.default, Path()) == setting.default


def test_every_attribute_is_a_key() -> None:
    def walk(section: object, prefix: str) -> set[str]:
        found = set()
        for part in fields(section):  # type: ignore[arg-type]
            value = getattr(section, part.name)
            found |= walk(value, f"{prefix}{part.name}.") if is_dataclass(value) else {prefix + part.name}
        return found

    assert walk(settings.Settings(), "") == {*SETTINGS, "origins", "unknown"}


@given(any_setting)
def test_a_near_miss_is_named(setting: Setting) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.find(setting.key[:-1])
    assert repr(setting.key[:-1]) in caught.value.message
    assert "did you mean" in (caught.value.hint or "")
    assert caught.value.exit_code == ExitCode.SETTINGS


# one value, there and back


@given(settings_and_values)
def test_a_value_set_is_the_value_loaded(scratch: Path, pair: tuple[Setting, object]) -> None:
    setting, value = pair
    path = scratch / "user.toml"
    settings.set_value(path, setting.key, value)
    loaded = load(scratch)
    assert settings.plain(loaded.get(setting.key)) == value
    assert loaded.origin(setting.key) == settings.Origin("user", str(path))
    assert settings.unset_value(path, setting.key)
    assert load(scratch).get(setting.key) == setting.default
    assert not settings.unset_value(path, setting.key)


@given(settings_and_values)
def test_a_variable_says_what_a_file_can(scratch: Path, pair: tuple[Setting, object]) -> None:
    setting, value = pair
    if setting.kind == "tuple[Path, ...]":
        value = [folder for folder in value if os.pathsep not in folder and "\n" not in folder]  # type: ignore[attr-defined]
        text = os.pathsep.join(value)
    else:
        text = str(value)
    if not text:
        return
    loaded = load(scratch, **{setting.variable: text})
    assert settings.plain(loaded.get(setting.key)) == value
    assert loaded.origin(setting.key) == settings.Origin("environment", setting.variable)


@given(
    any_setting,
    st.one_of(st.integers(), st.floats(), st.booleans(), texts, st.lists(st.integers(), min_size=1)),
)
def test_a_file_takes_a_value_or_refuses_it_before_writing(
    scratch: Path, setting: Setting, value: object
) -> None:
    path = scratch / "refusals.toml"
    path.write_text("# mine\n")
    try:
        settings.set_value(path, setting.key, value)
    except SettingsError as error:
        assert error.message.startswith(setting.key)
        assert setting.expects in error.message
        assert path.read_text() == "# mine\n"
    else:
        got = settings.load({"MAZE_CONFIG": str(path)}, scratch).get(setting.key)
        assert settings.plain(got) == value


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("generation.max_tokens", 0),
        ("generation.max_tokens", True),
        ("generation.max_tokens", 10**400),
        ("generation.max_tokens", 512.0),
        ("generation.temperature", 2.1),
        ("generation.temperature", float("nan")),
        ("generation.temperature", "0.5"),
        ("generation.top_p", 0),
        ("generation.model", ""),
        ("generation.model", "a\0b"),
        ("generation.model", "\udcff"),
        ("generation.engine", "llama"),
        ("engines.llamacpp.use_mmap", 1),
        ("engines.llamacpp.n_gpu_layers", -2),
        ("engines.vllm.base_url", "gpu:8000"),
        ("engines.vllm.base_url", "ftp://gpu"),
        ("engines.vllm.base_url", "http://me:word@gpu"),
        ("engines.vllm.timeout", float("inf")),
        ("models.dirs", "/models"),
        ("models.dirs", ["~nobody-has-this-name/models"]),
    ],
)
def test_wrong_values_are_refused(tmp_path: Path, key: str, value: object) -> None:
    with pytest.raises(SettingsError, match="expected") as caught:
        settings.set_value(tmp_path / "user.toml", key, value)
    assert key in caught.value.message
    assert not (tmp_path / "user.toml").exists()


def test_a_pasted_secret_is_not_shown_back(tmp_path: Path) -> None:
    (tmp_path / "user.toml").write_text('[engines.vllm]\napi_key_env = "sk-secret"\n')
    with pytest.raises(SettingsError) as caught:
        load(tmp_path)
    assert "sk-secret" not in caught.value.message + str(caught.value.hint)


# layers


def test_each_layer_beats_the_next(tmp_path: Path) -> None:
    key = "generation.max_tokens"
    assert load(tmp_path).origin(key).layer == "default"
    (tmp_path / "user.toml").write_text("[generation]\nmax_tokens = 1\nseed = 1\n")
    assert load(tmp_path).generation.max_tokens == 1
    (tmp_path / "project" / "maze.toml").write_text("[generation]\nmax_tokens = 2\ntop_k = 2\n")
    assert load(tmp_path).generation.max_tokens == 2
    environ = {"MAZE_CONFIG": str(tmp_path / "user.toml"), "MAZE_GENERATION_MAX_TOKENS": "3"}
    below = settings.load(environ, tmp_path / "project")
    assert below.generation.max_tokens == 3
    flags = {key: 4, "generation.top_k": None}
    loaded = settings.load(environ, tmp_path / "project", flags)
    assert loaded.generation.max_tokens == 4
    assert loaded.origin(key) == settings.Origin("flag", "--max-tokens")
    assert (loaded.generation.seed, loaded.origin("generation.seed").layer) == (1, "user")
    assert (loaded.generation.top_k, loaded.origin("generation.top_k").layer) == (2, "project")


def test_a_wrong_flag_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--max-tokens: expected an integer"):
        settings.load({"MAZE_CONFIG": str(tmp_path / "none")}, tmp_path, {"generation.max_tokens": 0})


def test_an_alias_is_the_setting_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "user.toml"
    path.write_text('[generation]\nprovider = "llamacpp"  # mine\n')
    loaded = load(tmp_path)
    assert loaded.origin("generation.engine").layer == "user"
    assert loaded.get("generation.provider") == "llamacpp"
    settings.set_value(path, "generation.provider", "llamacpp")
    assert tomllib.loads(path.read_text()) == {"generation": {"engine": "llamacpp"}}
    path.write_text('[generation]\nprovider = "llamacpp"\n')
    assert settings.unset_value(path, "generation.engine")
    assert load(tmp_path).origin("generation.engine").layer == "default"
    by_variable = load(tmp_path, MAZE_GENERATION_PROVIDER="llamacpp").origin("generation.engine")
    assert by_variable.source == "MAZE_GENERATION_PROVIDER"


def test_the_nearest_project_file_is_found_from_below(tmp_path: Path) -> None:
    (tmp_path / "maze.toml").write_text("[generation]\nseed = 1\n")
    (tmp_path / "near").mkdir()
    (tmp_path / "near" / "maze.toml").write_text("[generation]\ntop_k = 2\n")
    deep = tmp_path / "near" / "a" / "b"
    deep.mkdir(parents=True)
    assert settings.project_path(deep) == tmp_path / "near" / "maze.toml"
    loaded = settings.load({"MAZE_CONFIG": str(tmp_path / "none")}, deep)
    assert (loaded.generation.seed, loaded.generation.top_k) == (None, 2)


def test_nothing_above_the_home_directory_is_a_project_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "maze.toml").write_text("[generation]\nseed = 1\n")
    home = tmp_path / "home"
    (home / "work").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    assert settings.project_path(home / "work") is None
    (home / "maze.toml").touch()
    assert settings.project_path(home / "work") == home / "maze.toml"


def test_folders_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "user.toml").write_text('[models]\ndirs = ["weights", "/opt/weights"]\n')
    assert load(tmp_path).models.dirs == (tmp_path / "weights", Path("/opt/weights"))
    by_variable = load(tmp_path, MAZE_MODELS_DIRS='["a:b"]').models.dirs
    assert by_variable == (tmp_path / "project" / "a:b",)


def test_an_empty_variable_is_no_variable(tmp_path: Path) -> None:
    assert load(tmp_path, MAZE_GENERATION_SEED="").generation.seed is None


@pytest.mark.parametrize("text", ["many", "1.5", " ", "9" * 5000])
def test_a_wrong_variable_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(
        SettingsError, match=r"generation.max_tokens = .* in MAZE_GENERATION_MAX_TOKENS: expected"
    ):
        load(tmp_path, MAZE_GENERATION_MAX_TOKENS=text)


# what a project's file may not do


@pytest.mark.parametrize(
    "text",
    [
        '[engines.vllm]\nbase_url = "http://evil.example"\n',
        '[engines.vllm]\napi_key_env = "AWS_SECRET_ACCESS_KEY"\n',
        '[models]\ndirs = ["."]\n',
        '[generation]\nmodel = "./evil.gguf"\n',
        '[generation]\nmodel = "evil.GGUF"\n',
    ],
)
def test_a_project_file_cannot_redirect_secrets_or_files(tmp_path: Path, text: str) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "maze.toml").write_text(text)
    with pytest.raises(SettingsError, match=r"project's maze\.toml may"):
        load(tmp_path)
    # the same file, chosen by the user, is the user's
    chosen = settings.load({"MAZE_CONFIG": str(project / "maze.toml")}, project)
    assert {origin.layer for origin in chosen.origins.values()} == {"user"}


def test_a_project_file_may_name_a_model(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "maze.toml").write_text('[generation]\nmodel = "qwen2.5-coder-1.5b"\n')
    assert load(tmp_path).generation.model == "qwen2.5-coder-1.5b"


# files that are wrong


def test_invalid_toml_has_a_place_and_a_caret(tmp_path: Path) -> None:
    (tmp_path / "user.toml").write_text("[generation]\nseed = = 3\n")
    with pytest.raises(SettingsError) as caught:
        load(tmp_path)
    place = caught.value.place
    assert place is not None
    assert (place.path, place.line, place.column) == (str(tmp_path / "user.toml"), 2, 8)
    assert place.source_line == "seed = = 3"


@given(st.binary(max_size=60))
def test_any_bytes_are_settings_or_a_settings_error(scratch: Path, data: bytes) -> None:
    (scratch / "user.toml").write_bytes(data)
    try:
        load(scratch)
    except SettingsError as error:
        assert str(scratch / "user.toml") in str(error)


@pytest.mark.parametrize(
    "data",
    [
        b"a = " + b"[" * 50_000,
        b"a = " + b"9" * 5000,
        b"generation.seed = 0x" + b"f" * 5000,
        b"generation = 0x" + b"f" * 5000,
        b"a." * 30_000 + b"b = 1",
        b"a = 1\n" * 2,
        b"\xff",
        b"a = '''",
        b"#" * (2 << 20),
    ],
    ids=["nested", "digits", "hex", "hex section", "dots", "twice", "bytes", "open", "huge"],
)
def test_hostile_files_are_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "user.toml").write_bytes(data)
    with pytest.raises(SettingsError):
        load(tmp_path)


def test_strange_keys_are_only_unknown(tmp_path: Path) -> None:
    path = tmp_path / "user.toml"
    path.write_text(f"[{'a.' * 150}b]\nc = 1\n[odd]\nx = 0x{'f' * 5000}\n")
    assert len(load(tmp_path).unknown) == 2
    before = path.read_text()
    try:
        settings.set_value(path, "generation.seed", 1)
    except SettingsError:
        assert path.read_text() == before
    else:
        assert path.read_text().startswith(before)


@pytest.mark.parametrize("text", ["generation = 5\n", "engines.llamacpp = 5\n", "[[generation]]\nseed = 1\n"])
def test_a_value_in_place_of_a_section_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "user.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match="section"):
        load(tmp_path)
    key = "engines.llamacpp.n_ctx" if text.startswith("engines") else "generation.seed"
    with pytest.raises(SettingsError):
        settings.set_value(path, key, 1)
    assert path.read_text() == text


def test_a_folder_as_settings_file(tmp_path: Path) -> None:
    (tmp_path / "user.toml").mkdir()
    with pytest.raises(SettingsError, match="cannot read"):
        load(tmp_path)
    with pytest.raises(SettingsError, match="not a regular file"):
        settings.set_value(tmp_path / "user.toml", "generation.seed", 1)


def test_a_device_is_never_replaced() -> None:
    with pytest.raises(SettingsError):
        settings.set_value(Path(os.devnull), "generation.seed", 1)
    assert not stat.S_ISREG(Path(os.devnull).stat().st_mode)


def test_unknown_keys_are_reported_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "user.toml").write_text('[generation]\nmodle = "x"\n[other]\na.b = 1\n')
    shown = [str(stray) for stray in load(tmp_path, MAZE_GENERATION_MAX_TOKEN="3", MAZE_ELSE="").unknown]
    assert len(shown) == 3
    assert "'generation.modle'" in shown[0]
    assert "did you mean 'generation.model'?" in shown[0]
    assert "'other.a.b'" in shown[1]
    assert shown[2] == "unknown setting MAZE_GENERATION_MAX_TOKEN: did you mean MAZE_GENERATION_MAX_TOKENS?"


# writing


BUSY = """\
# my settings

[generation]   # mine
seed = 3       # lucky
flavour = "mint"  # from a newer Maze

[engines.llamacpp]
n_ctx = 512
# what comes below is not Maze's
[tool.other]
"odd key" = [1, {a = 2}]   # kept
when = 2026-01-01T00:00:00Z
what = [nan, -inf]
"""


def test_a_write_changes_one_line(tmp_path: Path) -> None:
    path = tmp_path / "user.toml"
    path.write_text(BUSY)
    settings.set_value(path, "generation.seed", 44)
    assert path.read_text() == BUSY.replace("seed = 3 ", "seed = 44 ")
    settings.set_value(path, "engines.llamacpp.n_threads", 2)
    before = tomllib.loads(BUSY)
    before["generation"]["seed"] = 44
    before["engines"]["llamacpp"]["n_threads"] = 2
    assert repr(tomllib.loads(path.read_text())) == repr(before)
    for comment in ("# my settings", "# mine", "# from a newer Maze", "# what comes below", "# kept"):
        assert comment in path.read_text()
    settings.unset_value(path, "generation.seed")
    del before["generation"]["seed"]
    assert repr(tomllib.loads(path.read_text())) == repr(before)


layouts = st.sampled_from(
    [
        "",
        "\ufeff# bom\n",
        BUSY,
        BUSY.replace("\n", "\r\n"),
        "generation.seed = 1\nengines.llamacpp.n_ctx = 4\n",
        "engines.llamacpp = { n_ctx = 4, mine = true }  # inline\ngeneration = {}\n",
        "[engines]\n[engines.llamacpp]\n[other]\n[engines.vllm]\n# end",
        "[engines.vllm]\ntimeout = 1\n[generation]\n[engines.llamacpp]\nn_batch = 2\n",
        '["generation"]\n\'seed\' = 0x10\n"max_tokens" = 1_000\n',
        "[models]\ndirs = [\n  '/a', # first\n  '/b',\n]\n",
    ]
)


@given(layouts, st.lists(settings_and_values, min_size=1, max_size=5))
def test_any_layout_keeps_everything_else(
    scratch: Path, layout: str, pairs: list[tuple[Setting, object]]
) -> None:
    path = scratch / "layout.toml"
    path.write_bytes(layout.encode())
    for setting, value in pairs:
        before = path.read_bytes()
        expected = leaves(before) | {setting.key: value}
        settings.set_value(path, setting.key, value)
        # repr: a NaN is not equal to itself
        assert sorted(map(repr, leaves(path.read_bytes()).items())) == sorted(map(repr, expected.items()))
        assert comments(path.read_text(encoding="utf-8")) >= comments(layout)


def comments(text: str) -> set[str]:
    return {note for note in ("# bom", "# mine", "# lucky", "# kept", "# inline", "# end") if note in text}


def leaves(data: bytes) -> dict[str, object]:
    from maze.settings import files

    return dict(files.leaves(tomllib.loads(data.decode("utf-8-sig"))))


def test_mode_and_symlink_stay(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "maze.toml"
    real.parent.mkdir()
    real.touch()
    real.chmod(0o640)
    link = tmp_path / "user.toml"
    link.symlink_to(real)
    settings.set_value(link, "generation.seed", 1)
    assert link.is_symlink()
    assert real.read_text() == "[generation]\nseed = 1\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_new_file_is_the_users_own(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "config.toml"
    settings.set_value(path, "generation.seed", 1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_read_only_file_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "user.toml"
    path.write_text("# no\n")
    path.chmod(0o444)
    with pytest.raises(SettingsError, match="read-only"):
        settings.set_value(path, "generation.seed", 1)
    assert path.read_text() == "# no\n"


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that refuses even root")
def test_a_read_only_folder(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot write"):
        settings.set_value(Path("/proc/self/maze/config.toml"), "generation.seed", 1)
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="cannot write"):
        settings.set_value(tmp_path / "file" / "config.toml", "generation.seed", 1)


def test_a_second_writer_waits_and_then_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from filelock import FileLock

    from maze.settings import files

    monkeypatch.setattr(files, "_PATIENCE", 0.1)
    path = tmp_path / "user.toml"
    with FileLock(tmp_path / ".user.toml.lock"), pytest.raises(SettingsError, match="another process"):
        settings.set_value(path, "generation.seed", 1)


WRITER = """
import sys
from pathlib import Path
from maze import settings
path, keys = Path(sys.argv[1]), sys.argv[2].split(",")
for round in range(int(sys.argv[3])):
    for key in keys:
        settings.set_value(path, key, round + 1)
    print(round, flush=True)
"""


def writer(path: Path, keys: list[str], rounds: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), ",".join(keys), str(rounds)], stdout=subprocess.PIPE
    )


def test_writers_in_eight_processes_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "user.toml"
    path.write_text(BUSY)
    names = [f"generation.{key}" for key in ("max_tokens", "top_k", "seed")] + ["engines.vllm.timeout"]
    names += [f"engines.llamacpp.{key}" for key in ("n_ctx", "n_threads", "n_batch", "n_gpu_layers")]
    writers = [writer(path, [name], 10) for name in names]
    for each in writers:
        each.communicate(timeout=120)
        assert each.returncode == 0
    loaded = load(tmp_path)
    assert [loaded.get(name) for name in names] == [10] * 8
    assert "# from a newer Maze" in path.read_text()
    assert sorted(p.name for p in tmp_path.glob("*.new")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_writer_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "user.toml"
    for attempt in range(6):
        victim = writer(path, ["generation.seed", "generation.top_k"], 10**6)
        assert victim.stdout is not None
        victim.stdout.readline()
        time.sleep(0.002 * attempt)
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
        # whole, and nothing the killed one left stops the next
        assert set(tomllib.loads(path.read_text())["generation"]) == {"seed", "top_k"}
        settings.set_value(path, "generation.seed", 7)
        assert load(tmp_path).generation.seed == 7
