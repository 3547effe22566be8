"""Programs by section of ECMAScript, beside those of TypeScript, which are judged as JavaScript too.

VALID      both profiles take them
LOOSE      accept does; generate does not write them
INVALID    nobody takes them: above all what TypeScript adds
LENIENT    only accept takes them
EARLY      Node refuses them after parsing ("early errors"), as no grammar of tokens can
"""

from __future__ import annotations

VALID = r"""
"use strict";
x = 0x1f + 0b101 + 0o17 + 1_000n + .5e-3;
x = "a\u{1F600}\x41" + 'b\n' + `c${d}e`;
x = /[a-z]+(?:b|c)*/gi.test(y);
x = y / z / w;
x = a ?? b;
x = a?.b?.[c]?.(d);
x = a ** -b;
x = (-a) ** b;
x = !!a + -+-b - ~-!c;
x = typeof a === "string" && void 0 === undefined;
x = a in b || a instanceof C;
x = a ? b : c ? d : e;
x = a < b > (c);
x = f(a < b, c > (d));
x = a << b >> c >>> d;
x >>>= y;
x ||= y, z &&= w, v ??= u;
x = [a, , b, ...c];
x = { a, b: c, [d]: e, "f": g, 1: h, ...i };
x = { get a() { return 1; }, set a(b) {}, async c() {}, *d() {}, async *e() {} };
x = { get: 1, set: 2, async: 3, static: 4, await: 5, type: 6, if: 7 };
x = { get() {}, set() {}, async() {}, static() {}, new() {} };
x = function () { return this; };
x = function* f() { yield; yield a; yield* b; };
x = async function () { await a; };
x = async () => { for await (const a of b) c; };
x = a => b => c;
x = ({ a, b = 1, ...c }, [d, , e], f = {}, ...g) => ({ a });
x = async a => await a;
x = new A;
x = new A.B(c).d;
x = new (f())();
x = class { a = 1; };
x = class A extends (b, c) {};
x = tag`a${b}c`;
x = import.meta.url;
x = await import("a");
x = await new A(b);
[a, b] = [b, a];
({ a, b: [c], ...d } = e);
[, a = 1, ...b] = c;
a.b[c]().d = this[e] += f++;
--a.b;
type = interface_ + declare + namespace + module + abstract + readonly;
as = of + get + set + from + async + satisfies + infer + is + keyof;
var a, b = 1;
let { a, b: { c }, ...d } = e;
const [a, b = 2, ...c] = d;
if (a) b; else if (c) d; else { e }
for (let i = 0, n = a.length; i < n; i++) f(i);
for (;;) break;
for (const a of b) c(a);
for (const [k, v] of Object.entries(a)) {}
for (var a in b) {}
for (a.b in c) {}
while (a--) { if (b) continue; else break; }
do { a } while (b);
do a; while (b);
switch (a) { case 1: case 2: b; break; default: c }
a: for (;;) { b: for (;;) { continue a; break b; } }
try { a } catch { b } finally { c }
try { a } catch ({ message }) { b }
throw new Error(`a ${b}`);
debugger;
{ let a; function f() {} class B {} }
function f(a, b = 1, { c }, [d], ...e) { return a; }
function* g() { const a = yield b; }
async function h() { return await a; }
async function* i() { yield await a; }
class A {}
class A extends B { constructor(a) { super(a); this.b = super.c; } }
class A { a; b = 1; static c = 2; #d; static #e = 3; [f] = 4; "g" = 5; }
class A { get a() { return this.#b; } set a(c) { this.#b = c; } #b = 1; }
class A { static { this.a = 1; } static async *b() {} async c() {} *d() {} #e() {} f() { this.#e(); } }
class A { get() {} set() {} static() {} async() {} of() {} type() {} }
import "a";
import a from "a";
import * as a from "a";
import { a as b, default as c, d } from "a";
import a, { b } from "a";
import a, * as b from "a";
import a from "a" with { type: "json" };
import type from "a";
import { type } from "a";
export {};
export * from "a";
export * as b from "a";
export { a, b as c } from "a";
export const a = 1, b = 2;
export function f() {}
export class A {}
export default function () {}
export default async function f() {}
export default class {}
export default { a: 1 };
export default a => b;
module.exports = { a };
const a = require("b");
""".strip().splitlines()
VALID += [
    "let a = 1\nlet b = 2\n",
    "a\n  .b()\n  .c()\n",
    "a\n!b",
    "const f = () => {\n  a()\n}\nf()",
    "class A {\n  a = 1\n  b() {}\n  static c\n}",
    "return_\n// a\n",
    r"x = /^a+(?:b|[^\]a-z]{1,3})*?(?=\.|\/)$/gi.test(b) || /(a(b)?)/.exec(c)",
    "export default {\n  data() {\n    return {}\n  },\n}",
]

LOOSE = [
    "",
    ";;",
    "#!/usr/bin/env node\nconst a = 1",
    "a\t=  1",
    "with (a) b",
    "x = 017 + 08",
    "({ a, b: c.d } = e);",
    "'a'in b",
    "a[0]instanceof b&&(c)in d",
    "for(const[a]of b)for(c[0]in d);",
    r"x = '\07' + '\8'",
]

INVALID = r"""
let a: number = 1;
let a!: B;
function f(a: B) {}
function f(): void {}
function f(a?) {}
function f<T>(a) {}
function f(this: A) {}
function f(a);
x = (a: B) => c;
x = (a): B => c;
x = (a?) => c;
x = <T>(a) => b;
x = <T>a;
x = a as B;
x = a satisfies B;
x = a!;
x = a!.b;
f<A[]>(b);
new A<B>();
type A = B;
interface A {}
interface A { a: B }
enum A { a }
const enum A {}
namespace A {}
module A {}
declare var a;
declare module "a" {}
abstract class A {}
class A implements B {}
class A<T> {}
class A extends B<C> {}
class A { a: B }
class A { a?; }
class A { a!; }
class A { private a; }
class A { public static b() {} }
class A { readonly a = 1; }
class A { declare a; }
class A { abstract a(); }
class A { a(): void {} }
class A { a?() {} }
class A { constructor(private a) {} }
class A { [a: string]: B }
import a = require("a");
import a = b.c;
import type A from "a";
import type { A } from "a";
import { type A } from "a";
export type { A };
export type A = B;
export = a;
export as namespace a;
export interface A {}
export declare const a;
try {} catch (a: B) {}
x = { a<T>() {} };
x = { a(): B {} };
for (const a: B of c) {}
a b
(a
a)
x = {a: }
[a b]
let a =
const
if a
for (a of)
function () {}
function f( {}
class { }
class A { a b }
import a
export a
'a
`a${
x = /a
0x
1_
a.
a ? b
=> a
x = a =>
async function
switch (a) { b }
try {}
return return
-a ** b
new a?.b()
""".strip().splitlines()

LENIENT = """
const a;
let [a];
let [...a, b] = c;
let { ...[a] } = b;
for (const a;;);
new A() = 1;
new A()++;
--new A();
a?.b = 1;
`a` = 1;
this = 1;
for (new A() of a);
x = /(/;
x = /a)/;
x = /+/;
x = /[z-a]/;
x = /a/gg;
function f(a = await b) {}
class A { a(...b,) {} }
""".strip().splitlines()

EARLY = {
    "3in x",
    "new.target;",
    "#x in y;",
    "class A { constructor() { super(); } }",
    "export { a, b as c, d as default };",
    "export { a }\nfrom_()",
    "return a;",
    "break;",
    "while (a) { function f() { break; } }",
    "continue",
    "a: { b(); } break a;",
    "yield a",
    "function f() { await a; }",
    "function f() { function g() { yield a } }",
    "({ a = 1 });",
}
