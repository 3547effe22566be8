"""``maze generate`` through real processes, the embedded model and real llama.cpp."""

import ast
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from maze.models import NANO_PATH as NANO

FIBONACCI = "a function that returns the nth fibonacci number"
# random letters, which neither end by chance nor look like a loop
ENDLESS = ["--regex", "[a-z ]+qxzj!", "--max-tokens", "100000", "--temperature", "2", "--min-p", "0"]


@pytest.fixture
def generate(run_maze):
    def run(*args, **options):
        return run_maze("generate", *args, **options)

    return run


# --- what comes out -------------------------------------------------------------------------------


def test_code_goes_to_stdout_and_nothing_else(generate):
    done = generate(FIBONACCI, "--lang", "python", "--seed", "1")
    assert done.code == 0
    namespace = {}
    exec(done.out, namespace)
    [function] = [value for name, value in namespace.items() if callable(value)]
    assert [function(n) for n in range(8)] == [0, 1, 1, 2, 3, 5, 8, 13]
    assert "demo model" in done.err


def test_quiet_leaves_stderr_empty(generate):
    assert generate(FIBONACCI, "-l", "python", "-q").err == ""


def test_the_same_seed_gives_the_same_code(generate):
    def once(seed):
        return generate("sort a list", "-l", "python", "--temperature", "1.2", "--seed", seed, "--json").out

    first, second, other = (json.loads(once(seed)) for seed in ("5", "5", "6"))
    assert first["code"] == second["code"]
    assert (first["seed"], other["seed"]) == (5, 6)


def test_piped_text_joins_the_prompt(generate):
    both = json.loads(generate("add", "-l", "python", "--dry-run", "--json", input="two numbers\n").out)
    assert both["user"] == "add\n\ntwo numbers\n"
    alone = json.loads(generate("-l", "python", "--dry-run", "--json", input="two numbers").out)
    dash = json.loads(generate("-", "-l", "python", "--dry-run", "--json", input="two numbers").out)
    assert alone["user"] == dash["user"] == "two numbers"


def test_json_is_the_whole_result(generate):
    done = generate(FIBONACCI, "-l", "python", "--json", "--seed", "1")
    result = json.loads(done.out)
    assert result["version"] == 1
    assert (result["language"], result["engine"], result["model"]) == ("python", "llamacpp", "nano")
    assert (result["finish"], result["error"], result["seed"]) == ("stop", None, 1)
    assert result["tokens"]["generated"] > 10
    assert result["tokens"]["prompt"] > 5
    assert set(result["tokens"]) == {
        "prompt",
        "cached",
        "generated",
        "forced",
        "closing",
        "refused",
    }
    assert result["timings"]["total"] >= result["timings"]["first_token"] > 0
    assert {"what", "by"} <= set(result["verified"][0])
    assert any("CPython" in verdict["by"] for verdict in result["verified"])
    assert result["grammar"]["name"] == "python"
    assert re.fullmatch("[0-9a-f]{64}", result["grammar"]["sha256"])
    ast.parse(result["code"])


def test_samples_are_lines_of_json_with_seeds_of_their_own(generate):
    done = generate(
        "reverse a string", "-l", "python", "-n", "3", "--json", "--temperature", "1", "--seed", "7"
    )
    results = [json.loads(line) for line in done.out.splitlines()]
    assert [result["seed"] for result in results] == [7, 8, 9]
    for seed, result in zip((7, 8, 9), results, strict=True):
        alone = generate(
            "reverse a string", "-l", "python", "--json", "--temperature", "1", "--seed", str(seed)
        )
        assert json.loads(alone.out)["code"] == result["code"]


def test_a_file_gets_the_code_and_names_the_language(generate, tmp_path):
    done = generate(FIBONACCI, "-o", tmp_path / "fib.py")
    assert (done.code, done.out) == (0, "")
    ast.parse((tmp_path / "fib.py").read_text())
    assert "wrote" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["home", "fib.py"] or len(
        list(tmp_path.iterdir())
    ) == 2


def test_a_schema_makes_valid_json(generate, tmp_path):
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 10},
            "age": {"type": "integer", "minimum": 0, "maximum": 150},
        },
        "required": ["name", "age"],
        "additionalProperties": False,
    }
    (tmp_path / "s.json").write_text(json.dumps(schema))
    for seed in range(3):
        done = generate("a person", "--schema", "s.json", "--seed", str(seed), "--temperature", "1")
        assert done.code == 0, done.err
        jsonschema.validate(json.loads(done.out), schema)


def test_a_regex_is_matched_whole(generate):
    done = generate("a phone number", "--regex", r"\+[0-9]{2} [0-9]{3}-[0-9]{4}", "--temperature", "1")
    assert re.fullmatch(r"\+[0-9]{2} [0-9]{3}-[0-9]{4}", done.out)


def test_a_grammar_of_the_user_s_own(generate, tmp_path):
    (tmp_path / "calc.lark").write_text(
        'start: term (("+" | "-") term)*\nterm: /[0-9]{1,3}/ | "(" start ")"\n'
    )
    done = generate("a sum", "-g", "calc.lark", "--temperature", "1", "--max-tokens", "400")
    assert done.code in (0, 7)
    if done.code == 0:
        assert isinstance(eval(done.out), int)


def test_a_rule_other_than_the_whole_file(generate):
    runs = [
        generate(
            "x plus one", "-l", "python", "--rule", "expression", "--max-tokens", "60", "--seed", str(seed)
        )
        for seed in range(6)
    ]
    complete = [done.out for done in runs if done.code == 0]
    assert complete
    for code in complete:
        ast.parse(code.strip(), mode="eval")
    assert {done.code for done in runs} <= {0, 7}


def test_the_output_begins_with_the_prefix(generate, tmp_path):
    done = generate(FIBONACCI, "-l", "python", "--prefix", "def fib_number(")
    assert done.code == 0, done.err
    assert done.out.startswith("def fib_number(")
    (tmp_path / "begin.py").write_text("def fib_number(k):\n")
    done = generate(FIBONACCI, "-l", "python", "--prefix", "@begin.py")
    assert done.out.startswith("def fib_number(k):\n")
    ast.parse(done.out)


HEADER = "def fib(n):\n"


@pytest.mark.parametrize(("unit", "blanks"), [("2", "  "), ("8", " " * 8), ("tab", "\t")])
def test_the_unit_of_indentation(generate, unit, blanks):
    done = generate(FIBONACCI, "-l", "python", "--indent", unit, "--prefix", HEADER, "--json", "--seed", "1")
    assert done.code in (0, 7), done.err
    assert re.match(re.escape(HEADER) + rf"\n*{blanks}\S", json.loads(done.out)["code"])


def test_the_indentation_of_the_project(generate, tmp_path):
    (tmp_path / ".editorconfig").write_text("root = true\n[*.py]\nindent_style = tab\n")
    done = generate(FIBONACCI, "-l", "python", "--prefix", HEADER, "--json", "--seed", "1")
    assert re.match(re.escape(HEADER) + r"\n*\t\S", json.loads(done.out)["code"])


def test_a_version_of_the_language(generate):
    def grammar(version):
        done = generate("add", "-l", "python", "--lang-version", version, "--dry-run", "--json")
        return json.loads(done.out)["grammar"]

    assert grammar("3.11") != grammar("3.13")


def test_a_context_file_is_shown_to_the_model(generate, tmp_path):
    (tmp_path / "a.py").write_text("SECRET = 1\n")
    done = generate("add", "-l", "python", "-c", "a.py", "--dry-run")
    assert "SECRET = 1" in done.out


def test_dry_run_names_everything_and_writes_nothing(generate):
    done = generate("add", "-l", "python", "--dry-run", "--max-tokens", "77")
    assert done.code == 0
    for shown in ("llamacpp", "nano", "python, entry file", "77", "temperature 0.2", "add"):
        assert shown in done.out


def test_stats_are_on_stderr(generate):
    done = generate("add", "-l", "python", "--stats")
    ast.parse(done.out)
    assert re.search(r"tokens +\d+ prompt \(\d+ cached\), \d+ generated", done.err)
    assert "CPython" in done.err


# --- incomplete and unproven text -----------------------------------------------------------------


LONG = ("--regex", "def [a-z]{60}", "--max-tokens", "4")  # no complete text has so few tokens


def test_a_budget_that_nothing_fits_is_exit_7_and_the_text_is_not_lost(generate, tmp_path):
    (tmp_path / "old.txt").write_text("old\n")
    done = generate("words", *LONG, "-o", "old.txt")
    assert (done.code, done.out) == (7, "")
    assert (tmp_path / "old.txt").read_text() == "old\n"
    assert "4 tokens are too few" in done.err
    assert "def " in done.err
    result = json.loads(generate("words", *LONG, "--json").out)
    assert result["finish"] == "length"
    assert result["closed"] is None
    assert result["error"]["exit_code"] == 7
    assert result["code"].startswith("def ")
    assert result["verified"] == []
    needed = re.search(r"--max-tokens (\d+) or more", done.err)
    assert needed
    assert generate("words", *LONG[:2], "--max-tokens", needed[1]).code == 0


@pytest.mark.parametrize("budget", [1, 2, 3, 5, 8, 13, 21])
def test_a_text_is_complete_whatever_the_budget(generate, budget):
    done = generate(FIBONACCI, "-l", "python", "--max-tokens", str(budget), "--json")
    result = json.loads(done.out)
    assert (done.code, result["finish"]) == (0, "closed")
    ast.parse(result["code"])
    assert result["tokens"]["generated"] <= budget
    closed = result["closed"]
    assert closed["reason"] == "the token budget was reached"
    assert result["code"].rstrip("\n").endswith(closed["added"])
    assert "the token budget was reached" in done.err


def test_a_text_that_goes_round_in_circles_is_ended(generate):
    done = generate("words", "--regex", "(a b )*c", "--json", "--max-tokens", "4000", "--temperature", "0")
    result = json.loads(done.out)
    assert (done.code, result["finish"]) == (0, "closed")
    assert result["closed"]["reason"] in ("it repeated itself", "it wrote nothing but blanks")
    assert result["tokens"]["generated"] < 1000


def test_unconstrained_text_is_printed_and_judged(generate):
    good = generate(FIBONACCI, "-l", "python", "--unconstrained", "--temperature", "0")
    assert good.code == 0
    ast.parse(good.out)
    cut = generate(FIBONACCI, "-l", "python", "--unconstrained", "--max-tokens", "4")
    assert cut.code == 8
    assert cut.out.startswith("def ")
    with pytest.raises(SyntaxError):
        ast.parse(cut.out)


# --- prefix and suffix ----------------------------------------------------------------------------


def test_a_word_of_the_prefix_may_go_on(generate):
    seen = set()
    for seed in range(1, 9):
        done = generate(FIBONACCI, "-l", "python", "--prefix", "def fib", "--json", "--seed", str(seed))
        result = json.loads(done.out)
        ast.parse(result["code"])
        assert result["code"].startswith("def fib")
        assert result["code"] == "def fib" + result["new"]
        seen.add(result["new"].split("(")[0])
    assert any(name.strip() for name in seen), seen


BEFORE, AFTER = "def add(a, b):\n    total = ", "\n    return total\n"


@pytest.mark.parametrize("budget", [1, 5, 40])
def test_a_gap_is_filled(generate, budget):
    done = generate(
        "add two numbers", "-l", "python", "--prefix", BEFORE, "--suffix", AFTER, "--json",
        "--max-tokens", str(budget),
    )  # fmt: skip
    result = json.loads(done.out)
    assert done.code == 0, done.err
    assert result["code"] == BEFORE + result["new"] + AFTER
    ast.parse(result["code"])
    assert result["new"].strip()


def test_only_what_is_new_is_printed(generate, tmp_path):
    (tmp_path / "after.py").write_text(AFTER)
    gap = ("--prefix", BEFORE, "--suffix", "@after.py", "--max-tokens", "20", "--only-new")
    done = generate("add two numbers", "-l", "python", *gap)
    assert done.code == 0, done.err
    ast.parse(BEFORE + done.out + AFTER)
    assert "def add" not in done.out


def test_a_suffix_that_nothing_can_stand_before_is_exit_7(generate):
    done = generate("x", "-l", "json", "--prefix", "[1", "--suffix", "}", "--max-tokens", "12")
    assert (done.code, done.out) == (7, "")
    assert "suffix" in done.err


# --- the terminal ---------------------------------------------------------------------------------


def in_terminal(maze_env, *args, columns=80, **variables):
    """Run ``maze generate`` with stdout and stderr on a real terminal; returns exit code and screen bytes."""
    master, slave = pty.openpty()
    import fcntl
    import struct
    import termios

    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    command = [sys.executable, "-m", "maze", "generate", *args]
    env = maze_env | {"TERM": "xterm-256color"} | variables
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, env=env)
    os.close(slave)
    screen = b""
    while True:
        ready, _, _ = select.select([master], [], [], 60)
        try:
            piece = os.read(master, 65536) if ready else b""
        except OSError:  # Linux: the other side was closed
            piece = b""
        if not piece:
            break
        screen += piece
    os.close(master)
    return process.wait(), screen.decode()


def rows(screen, columns=80):
    """What a terminal shows for ``screen``: the few movements Maze and rich use."""
    lines, row, column = [""], 0, 0
    for token in re.findall(r"\x1b\[\??[0-9;]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", screen):
        if token == "\r":
            column = 0
        elif token == "\n":
            row, column = row + 1, 0
        elif token.startswith("\x1b["):
            count = int(re.sub(r"\D", "", token) or 1)
            if token.endswith("A"):
                row = max(0, row - count)
            elif token.endswith("J"):
                lines[row] = lines[row][:column]
                del lines[row + 1 :]
            elif token.endswith("K"):
                lines[row] = "" if "2" in token else lines[row][:column]
        else:
            for character in token:
                if column == columns:
                    row, column = row + 1, 0
                while row >= len(lines):
                    lines.append("")
                lines[row] = lines[row][:column].ljust(column) + character + lines[row][column + 1 :]
                column += 1
        while row >= len(lines):
            lines.append("")
    return lines


def test_a_terminal_streams_highlighted_code(maze_env):
    code, screen = in_terminal(maze_env, FIBONACCI, "-l", "python", "-q", "--seed", "1")
    assert code == 0
    assert "\x1b[" in screen
    shown = "\n".join(line.rstrip() for line in rows(screen)).strip() + "\n"
    ast.parse(shown)
    assert "def " in shown


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_without_colour_gets_plain_code(maze_env, variables):
    code, screen = in_terminal(maze_env, FIBONACCI, "-l", "python", "-q", "--seed", "1", **variables)
    assert code == 0
    assert "\x1b[3" not in screen
    assert "def " in screen


def test_lines_longer_than_the_terminal_are_shown_once(maze_env):
    regex = "(alpha|beta|gamma|delta){40}\\nend"
    code, screen = in_terminal(maze_env, "words", "--regex", regex, "-q", "--temperature", "1", columns=40)
    assert code == 0
    shown = "".join(rows(screen, 40)).strip()
    assert re.fullmatch("(alpha|beta|gamma|delta){40}end", shown)


def test_generated_text_cannot_drive_the_terminal(maze_env, generate):
    regex = r"a\x1b\[2Jb"
    code, screen = in_terminal(maze_env, "clear", "--regex", regex, "-q")
    assert code == 0
    assert "a\u241b[2Jb" in screen
    assert "\x1b[2J" not in screen
    assert generate("clear", "--regex", regex).out == "a\x1b[2Jb"  # a pipe gets what was generated


def test_without_streaming_the_terminal_gets_the_proven_code(maze_env):
    code, screen = in_terminal(maze_env, FIBONACCI, "-l", "python", "-q", "--no-stream", "--max-tokens", "4")
    assert code == 0
    assert "def" in screen or "pass" in screen


# --- interruptions --------------------------------------------------------------------------------


def hear_ctrl_c():
    # a shell that runs the tests in the background has its children ignore it
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(maze_env, *args, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "maze", "generate", *args],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=maze_env | {"MAZE_ENGINES_LLAMACPP_N_CTX": "60000"},
        preexec_fn=hear_ctrl_c,
        **options,
    )


def test_ctrl_c_stops_at_once_and_leaves_nothing(maze_env, tmp_path):
    process = start(maze_env, "words", *ENDLESS, "-v", "-o", str(tmp_path / "out.txt"))
    while b"model" not in process.stderr.readline():
        assert process.poll() is None, process.stderr.read()
    time.sleep(1.5)
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    try:
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130
    assert time.monotonic() - begun < 2
    assert out == b""
    assert b"Traceback" not in err
    assert not list(tmp_path.glob("*out.txt*"))


def test_a_closed_pipe_ends_quietly(maze_env):
    process = start(maze_env, FIBONACCI, "-l", "python", "-q")
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 141
    assert err == b""


# --- models and prompts ---------------------------------------------------------------------------


def test_a_model_without_a_template_continues_plain_text(generate, tmp_path):
    data = NANO.read_bytes()
    assert data.count(b"tokenizer.chat_template") == 1
    (tmp_path / "base.gguf").write_bytes(
        data.replace(b"tokenizer.chat_template", b"tokenizer.chat_template".upper())
    )
    done = generate("add two numbers", "-l", "python", "-m", "./base.gguf", "-v", "--max-tokens", "200")
    assert "no chat template" in done.err
    assert done.code in (0, 7)
    assert "demo model" not in done.err


def test_without_a_setting_the_best_model_here_is_used(run_maze, maze_env):
    folder = Path(maze_env["HOME"]) / ".lmstudio" / "models" / "user" / "repository"
    folder.mkdir(parents=True)
    (folder / "coder.gguf").write_bytes(NANO.read_bytes())
    task = ("generate", "a number", "-l", "json", "--max-tokens", "20")
    done = run_maze(*task, "--json")
    assert done.code == 0 and json.loads(done.out)["model"] == "coder"
    assert "using coder, the best model here" in done.err and "demo model" not in done.err
    assert run_maze(*task, "-q").err == ""


def test_a_long_prompt_shows_its_progress_on_a_terminal(maze_env):
    task = "add two numbers " * 2000
    code, screen = in_terminal(
        maze_env, task, "-l", "python", "--max-tokens", "64", MAZE_ENGINES_LLAMACPP_N_CTX="60000"
    )
    assert code in (0, 7)
    assert "reading the prompt" in screen
    assert "━" in screen


def test_the_public_functions(maze_env, tmp_path):
    program = (
        "import maze\n"
        "generation = maze.generate('add two numbers', lang='python', seed=1)\n"
        "assert maze.check(generation.code, lang='python').valid\n"
        "assert not maze.check('def f(:', lang='python').valid\n"
        "assert set(maze.__all__) <= set(dir(maze)) | {'check', 'generate'}\n"
        "try:\n"
        "    maze.generate('words', regex='def [a-z]{60}', seed=1, max_tokens=3)\n"
        "except maze.IncompleteError as error:\n"
        "    assert error.text.startswith('def '), error.text\n"
        "    print('ok')\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=maze_env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "ok\n", done.stderr
