from maze import languages, prompt
from maze.request import ContextFile, Request, Target


def request(**changes):
    values = {"prompt": "add two numbers", "target": Target(language="python"), "engine": "e", "model": "m"}
    return Request(**values | changes)


def python():
    return languages.get("python")


def test_the_embedded_model_gets_the_bare_language_name():
    built = prompt.build(request(), python(), None, bare_system=True)
    assert (built.system, built.user) == ("python", "add two numbers")


def test_other_models_are_told_to_write_code_only():
    built = prompt.build(request(), python(), None, bare_system=False)
    assert "Python" in built.system
    assert "code only" in built.system


def test_context_files_come_before_the_task():
    files = (ContextFile("a.py", "x = 1\n"), ContextFile("b.py", "y = 2"))
    built = prompt.build(request(context=files), python(), None, bare_system=False)
    assert built.user == "a.py:\n```\nx = 1\n```\n\nb.py:\n```\ny = 2\n```\n\nadd two numbers"
    assert built.completion == "# a.py\nx = 1\n\n# b.py\ny = 2\n\n# add two numbers\n"


def test_a_task_of_several_lines_is_a_comment_on_each_line():
    built = prompt.build(request(prompt="add\n\ntwo numbers"), python(), None, bare_system=False)
    assert built.completion == "# add\n#\n# two numbers\n"


def test_a_schema_is_shown_to_the_model():
    target = Target(schema="s.json")
    built = prompt.build(request(target=target), None, '{"type": "string"}', bare_system=False)
    assert '{"type": "string"}' in built.system
    assert built.completion == '{"type": "string"}\n\nadd two numbers\n\n'


def test_the_prefix_begins_the_answer():
    assert prompt.build(request(prefix="def f("), python(), None, bare_system=True).prefix == "def f("
