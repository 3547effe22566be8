"""Programs that run many samples at once: compilers are slow to start, so a language's samples share one.

Every program prints, for each sample, a line ``@@ name`` and then ``ok`` or ``no …`` for each of its tests, or
what a program prints itself. A sample that does not compile is found by the file that the compiler names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nano.dialects import DIALECTS
from nano.family import Family, Test
from nano.naming import rename
from nano.samples import Names, own_names, written


@dataclass(frozen=True, slots=True)
class Sample:
    """One text to run: a family's code in a language, with these names in it."""

    family: Family
    language: str
    code: str
    names: Names

    @property
    def expected(self) -> str:
        if self.family.kind == "program":
            return self.family.stdout
        return "ok\n" * (len(self.family.tests) if self.family.kind == "function" else 1)


Writer = Callable[[Mapping[str, Sample], Path], None]
MARK = "@@ "


def calls(sample: Sample, render: Callable[[Sample, Test, str, str], str]) -> str:
    """The tests of a function, each as ``render`` makes it of the call and the result."""
    family, dialect = sample.family, DIALECTS[sample.language]
    lines = []
    for test in family.tests:
        values = [
            dialect.value(value, argument.type, given=True)
            for value, argument in zip(test.arguments, family.arguments, strict=True)
        ]
        assert family.result is not None
        result = dialect.value(test.result, family.result, given=False)
        lines.append(render(sample, test, f"{sample.names.name}({', '.join(values)})", result))
    return "\n".join(lines)


def own_tests(sample: Sample) -> str:
    """The tests of a class, in the language itself, with the name that the class has."""
    tests = sample.family.own_tests[sample.language]
    return rename(tests, {sample.family.name: sample.names.name}, sample.language)


def floating(sample: Sample) -> bool:
    result = sample.family.result
    return result is not None and result.name == "float"


# ---- Python

PYTHON = """import contextlib, copy, io, math, runpy, signal, sys

def same(got, want):
    if isinstance(want, float):
        return math.isclose(got, want, abs_tol=1e-9)
    return got == want and type(got) is type(want)

def check(scope, tests):
    for test in tests:
        call, _, want = test.partition(" === ")
        try:
            got = eval(call, scope)
            print("ok" if same(got, eval(want)) else f"no {call} is {got!r}")
        except Exception as error:
            print(f"no {call}: {error!r}")

def late(*_):
    raise TimeoutError("it does not end")

signal.signal(signal.SIGVTALRM, late)
for name, file, kind, tests in SAMPLES:
    print("@@", name)
    signal.setitimer(signal.ITIMER_VIRTUAL, 2)
    try:
        scope = runpy.run_path(file, run_name="__main__" if kind == "program" else "sample")
        if kind == "function":
            check(scope, tests)
        elif kind == "class":
            exec(tests, scope)
            print("ok")
    except BaseException as error:
        print(f"no {error!r}")
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
"""


def python(samples: Mapping[str, Sample], folder: Path) -> None:
    rows: list[tuple[str, str, str, object]] = []
    for name, sample in samples.items():
        (folder / f"{name}.py").write_text(sample.code)
        tests: object = own_tests(sample) if sample.family.kind == "class" else []
        if sample.family.kind == "function":
            tests = calls(sample, lambda _, _test, call, want: f"{call} === {want}").splitlines()
        rows.append((name, f"{name}.py", sample.family.kind, tests))
    (folder / "main.py").write_text(PYTHON.replace("SAMPLES", repr(rows)))


# ---- TypeScript: types are checked and stripped by the typescript package, node runs what is left

TYPESCRIPT = """const ts = require(process.env.TYPESCRIPT), fs = require('fs'), vm = require('vm'), util = require('util');
const names = NAMES;
const program = ts.createProgram(names.map(n => n + '.ts'), {strict: true, target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS, types: [], noEmit: true, lib: ['lib.es2023.d.ts', 'lib.dom.d.ts']});
const bad = {};
for (const d of ts.getPreEmitDiagnostics(program)) if (d.file)
  (bad[d.file.fileName.split('/').pop().slice(0, -3)] ??= ts.flattenDiagnosticMessageText(d.messageText, ' '));
function close(a, b) { return typeof b === 'number' ? Math.abs(a - b) < 1e-9 : util.isDeepStrictEqual(plain(a), plain(b)); }
function plain(x) { return x && typeof x === 'object' && !(x instanceof Array)
  ? (x[Symbol.iterator] ? Array.from(x) : {...x}) : x; }
for (const name of names) {
  console.log('@@', name);
  if (bad[name]) { console.log('no ' + bad[name]); continue; }
  const code = ts.transpileModule(fs.readFileSync(name + '.ts', 'utf8'), {compilerOptions: {target: 'ES2022', module: 'CommonJS'}}).outputText;
  const test = (label, got, want) => console.log(close(got(), want) ? 'ok' : `no ${label} is ${JSON.stringify(got())}`);
  globalThis.__given = [{}, require, test];
  try { vm.runInThisContext(`(function (exports, require, __test) {${code}\n})(...__given)`, {timeout: 2000}); }
  catch (error) { console.log('no ' + error); }
}
"""


def typescript(samples: Mapping[str, Sample], folder: Path) -> None:
    def line(_: Sample, _test: Test, call: str, want: str) -> str:
        return f"__test({call!r}, () => {call}, {want});"

    for name, sample in samples.items():
        code = sample.code + ("export {};\n" if "export " not in sample.code else "")
        code += "declare function __test(label: string, got: () => unknown, want: unknown): void;\n"
        code += {"function": lambda s: calls(s, line), "class": own_tests, "program": lambda _: ""}[
            sample.family.kind
        ](sample)
        if sample.family.kind == "class":
            code += "__test('', () => 1, 1);\n"
        (folder / f"{name}.ts").write_text(code)
    (folder / "main.js").write_text(TYPESCRIPT.replace("NAMES", repr(list(samples))))


# ---- Rust: a module for each sample


def rust(samples: Mapping[str, Sample], folder: Path) -> None:
    def line(sample: Sample, _: Test, call: str, want: str) -> str:
        assert sample.family.result is not None
        type_ = DIALECTS["rust"].type(sample.family.result, given=False)
        equal = "(got - want).abs() < 1e-9" if floating(sample) else "got == want"
        otherwise = f'println!("no {{}} is {{:?}}", {raw(call)}, got)'
        return f'let (got, want): ({type_}, {type_}) = ({call}, {want}); if {equal} {{ println!("ok") }} else {{ {otherwise} }}'

    def raw(call: str) -> str:
        return f'r###"{call}"###'

    main = [
        "#![allow(dead_code, unused)]",
        "mod samples {",
        *(f"pub mod {name};" for name in samples),
        "}",
        "fn main() {",
    ]
    (folder / "samples").mkdir()
    for name, sample in samples.items():
        code = sample.code
        if sample.family.kind == "program":
            body = "main();"
        else:
            body = (
                calls(sample, line)
                if sample.family.kind == "function"
                else own_tests(sample) + 'println!("ok");'
            )
        (folder / "samples" / f"{name}.rs").write_text(f"{code}\npub fn check() {{\n{body}\n}}\n")
        main.append(f'println!("{MARK}{name}");')
        main.append(
            f'if std::panic::catch_unwind(samples::{name}::check).is_err() {{ println!("no panic"); }}'
        )
    (folder / "main.rs").write_text("\n".join([*main, "}"]))


# ---- Go: a package for each sample

GO_EQUAL = """
func __equal(got, want any) bool {
	if a, ok := got.(float64); ok {
		return __math.Abs(a-want.(float64)) < 1e-9
	}
	return __reflect.DeepEqual(got, want)
}

func __test(call string, got, want any) {
	if __equal(got, want) {
		__fmt.Println("ok")
	} else {
		__fmt.Printf("no %s is %v\\n", call, got)
	}
}
"""


def go(samples: Mapping[str, Sample], folder: Path) -> None:
    def line(sample: Sample, test: Test, call: str, want: str) -> str:
        if sample.family.result and sample.family.result.name == "optional":
            if test.result is None:
                return f"{{ _, ok := {call}; __test({scalar(call)}, ok, false) }}"
            return f"{{ got, ok := {call}; __test({scalar(call)}, ok && __equal(got, {want}), true) }}"
        return f"__test({scalar(call)}, {call}, {want})"

    def scalar(text: str) -> str:
        return "`" + text.replace("`", "'") + "`"

    imports, main = [], []
    (folder / "go.mod").write_text("module samples\n\ngo 1.21\n")
    for name, sample in samples.items():
        (folder / name).mkdir()
        code = sample.code.replace("package main", f"package {name}", 1)
        (folder / name / "sample.go").write_text(code)
        body = {
            "function": lambda s: calls(s, line),
            "class": lambda s: own_tests(s) + '\n__fmt.Println("ok")',
        }.get(sample.family.kind, lambda _: "main()")(sample)
        (folder / name / "check.go").write_text(
            f'package {name}\n\nimport (\n__fmt "fmt"\n__math "math"\n__reflect "reflect"\n)\n{GO_EQUAL}\n'
            f"var _ = __fmt.Sprint\n\nfunc Check() {{\n"
            f'defer func() {{ if r := recover(); r != nil {{ __fmt.Println("no panic", r) }} }}()\n{body}\n}}\n'
        )
        imports.append(f'"samples/{name}"')
        main.append(f'println("{MARK}{name}"); {name}.Check()')
    text = (
        "package main\n\nimport (\n"
        + "\n".join(imports)
        + "\n)\n\nfunc main() {\n"
        + "\n".join(main)
        + "\n}\n"
    )
    (folder / "main.go").write_text(
        text.replace("println(", "fmt.Println(").replace("import (", 'import (\n"fmt"')
    )


# ---- Zig: a file for each sample; it prints to standard error


def zig(samples: Mapping[str, Sample], folder: Path) -> None:
    def line(sample: Sample, _: Test, call: str, want: str) -> str:
        name = re.escape(sample.names.name)
        found = re.search(rf"fn {name}\((.*?)\) ([^\n]*) \{{\n", sample.code)
        inside, returned = (found[1], found[2]) if found else ("", "")
        if "std.mem.Allocator" in inside:
            call = call.replace(
                "(", '(@import("std").heap.page_allocator' + ("" if call.endswith("()") else ", "), 1
            )
        got = f"try {call}" if returned.startswith("!") else call
        if floating(sample):
            return f'try __std.testing.expectApproxEqAbs({want}, {got}, 1e-9); __print("ok\\n", .{{}});'
        assert sample.family.result is not None
        type_ = DIALECTS["zig"].type(sample.family.result, given=True)
        return f'try __std.testing.expectEqualDeep(@as({type_}, {want}), @as({type_}, {got})); __print("ok\\n", .{{}});'

    main = ['const std = @import("std");', "pub fn main() void {"]
    for name, sample in samples.items():
        if sample.family.kind == "program":
            returns = re.search(r"fn main\(\) !", sample.code)
            body = "try main();" if returns else "main();"
        else:
            body = calls(sample, line) if sample.family.kind == "function" else own_tests(sample)
            body += '__print("ok\\n", .{});' if sample.family.kind == "class" else ""
        (folder / f"{name}.zig").write_text(
            f'{sample.code}\nconst __std = @import("std");\nconst __print = __std.debug.print;\n'
            f"pub fn check() !void {{\nif (false) return error.Never;\n{body}\n}}\n"
        )
        main.append(f'std.debug.print("{MARK}{name}\\n", .{{}});')
        main.append(f'@import("{name}.zig").check() catch |e| std.debug.print("no {{t}}\\n", .{{e}});')
    (folder / "main.zig").write_text("\n".join([*main, "}"]))


# ---- Java: a package for each sample

JAVA = """
    static boolean same(Object got, Object want) {
        if (want instanceof Double) return Math.abs((Double) got - (Double) want) < 1e-9;
        return java.util.Objects.deepEquals(got, want);
    }
    static void test(String call, Object got, Object want) {
        System.out.println(same(got, want) ? "ok" : "no " + call + " is " + got);
    }
"""


def java(samples: Mapping[str, Sample], folder: Path) -> None:
    def line(_: Sample, _test: Test, call: str, want: str) -> str:
        label = call.replace("\\", "\\\\").replace('"', '\\"')
        return f'test("{label}", Main.{call}, {want});'

    main = ["public class Run {", "public static void main(String[] args) throws Exception {"]
    for name, sample in samples.items():
        (folder / name).mkdir()
        (folder / name / "Sample.java").write_text(f"package {name};\n\n{sample.code}")
        if sample.family.kind == "program":
            body = "Main.main(new String[0]);"
        else:
            body = (
                calls(sample, line)
                if sample.family.kind == "function"
                else own_tests(sample) + 'System.out.println("ok");'
            )
        (folder / name / "Check.java").write_text(
            f"package {name};\n\nimport java.util.*;\n\npublic class Check {{\n{JAVA}\n"
            f"public static void check() throws Exception {{\n{body}\n}}\n}}\n"
        )
        main.append(f'System.out.println("{MARK}{name}");')
        main.append(
            f'try {{ {name}.Check.check(); }} catch (Throwable e) {{ System.out.println("no " + e); }}'
        )
    (folder / "Run.java").write_text("\n".join([*main, "}", "}"]))
    (folder / "files").write_text("\n".join(str(path) for path in folder.rglob("*.java")))


WRITERS: dict[str, Writer] = {
    "python": python,
    "typescript": typescript,
    "rust": rust,
    "go": go,
    "zig": zig,
    "java": java,
}


def named(family: Family, language: str) -> Names:
    return written(own_names(family), language)


__all__ = ["MARK", "WRITERS", "Sample", "Sequence", "named"]
