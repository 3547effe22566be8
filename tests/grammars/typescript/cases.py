"""Programs by section of ECMAScript and by the parts of the language that TypeScript adds.

VALID      both profiles take them
LOOSE      the compiler's parser takes them, so accept does; generate does not write them
INVALID    nobody takes them
LENIENT    only accept takes them

Each line is a program; in ``MULTILINE`` they stand between lines of hyphens.
"""

from __future__ import annotations

# 12 Lexical grammar
LEXICAL = r"""
x = 0 + 1.5 + .5 + 1e5 + 1E-5 + 1_000 + 0xFf + 0o17 + 0b1_0 + 10n + 0xFn + 1.;
x = 'a' + "b" + '\n\t\\\'\x41\u00e9\u{1F600}' + "'" + '"' + '' + "";
x = `a` + `` + `$` + `$a` + `a$` + `{}` + `\`` + `\${`;
x = `a${b}c` + `${a}${b}` + `${`${a}`}` + `${{ a: 1 }.a}` + `a ${b ? `c` : "}"} d`;
x = tag`a${b}` + a.b`c` + f<string>`d`;
x = /a/ + /[/]/g + /\//i + /a|b*(?:c){1,2}/;
x = a / b / c;
x = (a) / b;
x = a[0] / b;
x /= 2;
f(/a/, /=b/);
x = é + 名前 + $ + _a1 + $$;
x = 1; // comment
/* comment */ x = 1;
x = /* c */ 1;
x = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;
x = !!a + -+-b - ~-!c - - -d + + +e;
x = async + from + get + infer + is + keyof + module + namespace + of;
x = out + require + set + type + unique + undefined + any + string;
type = 1;
async = 2;
require(a);
namespace.a = module[b];
"""
# 13 Expressions
EXPRESSIONS = r"""
this.a;
[];
[,];
[a, b];
[a, , b];
[a, ...b, ...c];
x = {};
x = { a, b, c: 1, "d": 2, 3: 4, [e]: 5, ...f };
x = { a() {}, *b() {}, async c() {}, async *d() {}, get e() { return 1; }, set f(v) {} };
x = { get, set, async, static: 1, if: 2, get: 3, async: 4, get() {}, async() {} };
x = { a<T>(b: T): T { return b; } };
(a, b);
(a);
(a).b;
f();
f(a, b, ...c);
f(a)(b)[c].d;
a?.b?.[c]?.(d);
a!.b![c]!(d)!;
f<T>(a);
f<A, B<C>>(a);
f<A<B<C>>>(a);
f<string[]>(a);
f<{ a: string }>(a);
new A;
new A();
new A.B(c);
new A<T>(b);
new Map<string, Array<number>>();
new (f())();
new new A()();
new.target;
import.meta.url;
import("a");
super_.a();
a++;
a--;
++a;
--a.b;
+a - -b;
a - -b + +c;
!a;
!!a;
~a;
typeof a;
typeof typeof a === "string";
void 0;
delete a.b;
await a;
a ** b ** c;
(-a) ** b;
-(a ** b);
a * b / c % d + e - f << g >> h >>> i;
a < b && c > d || e <= f;
a >= b;
a >> b;
a >>> b;
a == b != c === d !== e;
a & b | c ^ d;
a ?? b;
a in b;
a instanceof b;
#x in y;
a ? b : c;
a ? b : c ? d : e;
a ? (b) : c;
a ? b : (c) => d;
a = b;
a = b = c;
a.b = c;
a[b] += c;
a **= b;
a <<= b;
a >>= b;
a >>>= b;
a &&= b;
a ||= b;
a ??= b;
[a, b] = [b, a];
({ a, b: c } = d);
x = a as B;
x = a as B as C;
x = a as const;
x = a as unknown as B<C>;
x = a satisfies B;
(a as B).c;
x = a as B && c;
<A>b;
<A<B>>b.c;
x = () => {};
x = () => ({});
x = a => a;
x = (a) => a;
x = (a, b) => a + b;
x = async a => await a;
x = async (a) => { await a; };
x = (a: A, b?: B, ...c: C[]): D => d;
x = <T>(a: T) => a;
x = <T extends A, U = B>(a: T, b: U): T => a;
x = ({ a, b: [c] = [] }: A = {}, [d, ...e]: B) => a;
x = a => b => c;
x = (this: A) => 1;
x = (a): a is A => true;
x = function () {};
x = function f(a) { return a; };
x = function* () { yield; yield a; yield* b; };
x = async function () { await a; };
x = async function* f() { yield await a; };
x = class {};
x = class A extends B {};
f(() => 1, function () {}, class {});
a, b, c;
"""
# 14 Statements
STATEMENTS = r"""
{}
{ a; b }
var a;
var a, b = 1, c: number, d: A = 2;
let a = 1;
const a = 1, b = 2;
let { a, b: c, d = 1, ...e } = f;
let [a, , b = 1, ...c] = d;
let { a: { b }, [c]: d, "e": g, 1: h } = i;
let a!: number;
using a = b;
await using a = b;
if (a) b;
if (a) b; else c;
if (a) {} else if (b) {} else {}
if (a) if (b) c; else d;
do a; while (b);
do { a } while (b);
do do a; while (b); while (c);
while (a) b;
while (a) { break; continue }
for (;;) {}
for (let i = 0, n = a.length; i < n; i++) {}
for (i = 0, j = 1; i < 1; ) {}
for (const a of b) {}
for (const [a, b] of c) {}
for (const { a } of b) c;
for (a.b of c) d;
for (var a in b) {}
for (a in b) {}
for await (const a of b) {}
switch (a) {}
switch (a) { case 1: b; break; case 2: default: c }
switch (a) { case "b": { c } default: }
a: for (;;) { break a; }
a: b: while (c) continue a;
throw a;
throw new Error(`a`);
try {} catch {}
try {} catch (a) {}
try {} catch ({ a }) {} finally {}
try {} finally {}
try {} catch (a: unknown) {}
debugger;
function f() { return; }
function f() { return a }
function f() { return (a, b); }
function f() { if (a) return; else return b; }
function f() { for (;;) { if (a) break; } }
"""
# 15 Functions and classes
FUNCTIONS = r"""
function f(a, b = 1, { c }, [d], ...e) {}
function f(a, b,) {}
function f<T>(a: T, b?: number): T { return a; }
function f(this: A, a: B): void {}
function f(a: any): a is string { return true; }
function f(a: any): asserts a {}
function f(a: any): asserts a is B {}
function f(a: string): void;
function* f() { yield a; const b = yield; yield* c; }
async function f() { await a; for await (const b of c) {} }
async function* f() { yield await a; }
class A {}
class A extends B {}
class A<T> extends B<T> implements C, D<E> {}
class A extends f(a) {}
class A { constructor() { super(); } }
class A { constructor(private a: B, public readonly c?: D) { super(a); } }
class A { a; b = 1; c: D; d?: E; e!: F; static g = 2; readonly h: I; #j = 3; "k"; static #l; }
class A { private static readonly a: B = 1; protected b; public c?: D; declare e: F; override f = 1; }
class A { a() {} b(): void {} *c() {} async d() {} async *e() {} static f() {} #g() {} }
class A { get a() { return 1; } set a(b) {} static get c() { return 2; } get [d]() { return 3; } }
class A { [a] = 1; [b]() {} "c"() {} 1() {} }
class A { static { a; } }
class A { a<T>(b: T): T { return b; } }
class A { a(): void; a(b?: C): void {} }
class A { [a: string]: B; static [a: string]: B; readonly [a: number]: B }
class A { get() {} set() {} static() {} async() {} delete() {} constructor() {} }
abstract class A { abstract a(): B; protected abstract b: C; abstract d(e: F): void; }
@a class A {}
@a() @b.c(d) class A {}
@a export class A {}
class A { @a() b: C; @a d() {} @a() private e = 1; constructor(@a() b: C, @a private d: E) {} }
"""
# 16 Modules
MODULES = r"""
import "a";
import a from "a";
import * as a from "a";
import { a, b as c, default as d } from "a";
import {} from "a";
import a, { b } from "a";
import a, * as b from "a";
import type { A } from "a";
import type A from "a";
import { type A, b } from "a";
import a = require("a");
import a = b.c;
import a from "a" with { type: "json" };
import type from "a";
export {};
export { a, b as c, d as default };
export { a } from "a";
export { type A } from "a";
export * from "a";
export * as a from "a";
export type { A };
export type { A } from "a";
export type * from "a";
export const a = 1, b = 2;
export function f() {}
export async function f() {}
export class A {}
export abstract class A {}
export interface A {}
export type A = B;
export enum A {}
export namespace A {}
export declare const a: B;
export declare function f(): void;
export default a;
export default 1 + 2;
export default { a: 1 };
export default { a: 1 } satisfies A;
export default function () {}
export default function f() {}
export default async function () {}
export default class {}
export default class A {}
export default abstract class A {}
export default interface A {}
export default () => {};
export = a;
export as namespace a;
"""
# TypeScript's declarations and types
TYPES = r"""
type A = B;
type A<T> = B<T>;
type A<T extends B = C, in out U, const V> = D;
type A = string | number | null | undefined | void | never | unknown;
type A = | "a" | 'b' | 1 | -1 | 1n | true | false | `a` | `a${B}c`;
type A = B & C;
type A = (B | C)[];
type A = B[][];
type A = B["c"]["d"];
type A = [];
type A = [B, C?, ...D[]];
type A = [a: B, b?: C, ...c: D[]];
type A = readonly B[];
type A = keyof B;
type A = keyof typeof b;
type A = typeof b.c;
type A = typeof import("a");
type A = typeof this.a;
type A = import("a").B<C>;
type A = unique symbol;
type A = () => void;
type A = (a: B, b?: C, ...c: D) => E;
type A = <T>(a: T) => T;
type A = new () => B;
type A = abstract new (...a: any[]) => B;
type A = (a: B) => a is C;
type A = (a: B) => (c: D) => E;
type A = (() => void) | B;
type A = {};
type A = { a: B; b?: C; readonly d: E };
type A = { a: B, b: C, };
type A = { a(): B; b?(c: D): E; <T>(f: T): G; new (h: I): J; [k: string]: L };
type A = { get a(): B; set a(c: D) };
type A = { [K in B]: C };
type A = { readonly [K in keyof B]?: B[K] };
type A = { -readonly [K in keyof B]-?: B[K]; };
type A = { +readonly [K in B as `a${K}`]+?: C };
type A = B extends C ? D : E;
type A = B extends C<infer D> ? D : never;
type A = B extends (infer C extends D)[] ? C : never;
type A = B extends (...a: infer C) => infer D ? [C, D] : never;
type A = B extends C ? D : E extends F ? G : H;
type A = this;
type A = asserts;
let a: A<B<C<D>>> = 1;
let a: A<B>= 1;
let a: A.B.C<D>;
let a: (b: C) => D = e;
interface A {}
interface A<T> extends B<T>, C.D { a: T; b(): void }
interface A { (a: B): C; new (a: B): C; readonly [a: string]: B; "c": D; 1: E; [f]: G }
type A = new <T>(a: T) => B<T>;
type A = | (<T>() => T) | (new () => B);
enum A {}
enum A { a, b = 1, c = "d", "e" = a | b, }
const enum A { a }
declare enum A { a }
declare const enum A { a }
namespace A {}
namespace A.B.C { export const a = 1; }
module A {}
declare module "a";
declare module "a" { export default b; }
declare global { interface A {} }
declare var a: B, c;
declare let a: B;
declare const a: B;
declare function f(a: B): C;
declare class A { a: B; b(): C; }
declare namespace A { let a: B; function f(): void; }
declare type A = B;
declare interface A {}
declare abstract class A {}
"""
# 12.10 Automatic semicolon insertion: lines that end statements, and lines that go on
MULTILINE = """
a
b
---
/**
 * **a** or *b*
 **/
a
/***/
---
a
カ = b
ｂ()
---
let a
let b = 1
const c = 2
---
a = b
c()
---
f()
`${a}`
---
a
  .b()
  .c()
---
a
  ? b
  : c
---
a
  && b
  || c
---
a = b
  + c
---
a
!b
---
a = 1
!(b)
---
import a from "a"
import { b } from "b"
---
export { a }
from_()
---
export * from "a"
f()
---
type A = B
type C = D
  | E
---
type A =
  | "a"
  | "b"
let c
---
declare function f(): void
declare let a
---
function f() {
  return
}
---
function f() {
  return a
    .b
}
---
if (a)
  b
else
  c
---
if (a) b
exit()
---
if (a) b
else if (c) d
else e
---
do a
while (b);
---
for (;;)
  a
b
---
switch (a) {
  case 1:
    b
    break
  case 2:
    c
  default:
    d
}
---
const f = () => {
  a
}
f()
---
const f = (a) =>
  a
f()
---
x = function () {
}
f()
---
class A {
  a
  b = 1
  c: D
  [e] = 2
  static f
  g() {}

  h = () => {
    i
  }
  @j() k
}
---
interface A {
  a: B
  b?: C
  (d): E
  [f: string]: G
  h(): I
}
---
x = a as B
c
---
let a: string
inner()
---
in_
instanceof_
---
// a
a // b
// c
b
---
/**
 * a
 */
function f() {}
---
const a = {
  // b
  c: 1, // d
  /* e */ f,
}
---
throw new Error(
  "a",
)
---
@a()
class A {
  @b()
  c: D

  @d()
  e() {}
}
---
enum A {
  a, // b
  c = 1,
}
---
f(a, (b) => {
  c
})
  .then(d)
"""
VALID = [
    line
    for text in (LEXICAL, EXPRESSIONS, STATEMENTS, FUNCTIONS, MODULES, TYPES)
    for line in text.strip().splitlines()
]
VALID += MULTILINE.strip().split("\n---\n")
VALID += [
    "a\n    \n\nb",
    "while (!--a) b;",
    "a = -!++b.c - --d;",
    "x = (a): (B | C)[] => d;",
    "x = <const T, U = T>(a) => b;",
]

LOOSE = [
    "",
    ";",
    "a   =   1",
    "x = a as B | C ? d : e;",
    "a\r\nb",
    "a\t= 1",
    "a\n++b",
    "\n\n\n\n\n\na",
    "\ufeffa",
    "#!/usr/bin/env node\na",
    "x =\u00a01",
    "return a;",
    "break;",
    "while (a) { function f() { break; } }",
    "continue",
    "a: { b(); } break a;",
    "yield a",
    "function f() { await a; }",
    "function f() { function g() { yield a } }",
    "with (a) b",
    "x = await",
    "let let_ = yield_, a = static",
    "var public, interface",
    "f<A>;",
    "new A<B>;",
    "x = @a class {}",
    "class A { static static = 1; async = 2 }",
    "class A { public\n a }",
    "({ a = 1 });",
    "for (using a of b) {}",
    "/* a\n * b */ c\t+\td",
    "a;\u2028b",
    "v\\u0061r_ = 1",
]

# accept takes them all the same
LENIENT = [
    "x = <in T>() => a;",
    "x = function () {} = 1;",
    "x = (a): (b) => c;",
    "x = (a): { b: C } | (d) => e;",
    "class A { in() {} }",
]

INVALID = r"""
a b
a b;
(
)
a)
(a
{
}
[a
a]
f(,)
f(a,,b)
f(a b)
a..b
a.
a.1
.a
a?.
a ? b
a ? b :
a :
a +
* a
a ** * b
-a ** b
typeof a ** b
await a ** b
a =
= a
a + b = c
a ? b : c =
a => {} + 1
() + 1
()
(a, b) = > c
(a +) => b
a =>
x = {a: }
x = {a b}
x = {,}
x = {if}
x = {get a}
x = {1}
x = {"a"}
x = { a: 1; b: 2 }
[a b]
new
new a?.b()
import.a b
"a
'a
"a\
`a
`a${
`a${b
`a${}`
/a
/a\
x = /*
"\x4"
"\u00"
"\u{110000}"
"\07"
'\8'
0x
0b2
0o8
08
017
1_
1__0
1e
3in x
1a
a.#
@
@a
@a b
\a
let 1
let a b
let a =
let a:
let a: = 1
let if = 1
var a, = 1
const [a
const {a =
const {a: 1} = b
const {"a"} = b
if
if a
if (a
if (a)
if () b
if (a) else b
if (a) b else c
else a
do a
do a while
while
while (a)
while () a
for
for ()
for (;) a
for (;;)
for (a;b) c
for (a of)
for (let of b c) d
for (var a in) b
for (const a = 1 of b, c) d
switch
switch (a)
switch (a) { b }
switch (a) { case }
switch (a) { case 1 }
switch (a) { default }
switch (a) { case 1: b
try
try {}
try a
try {} catch
try {} catch () {}
try {} catch (a {}
catch (a) {}
finally {}
throw
throw;
return return
break a b
case 1:
default:
a:
debugger a
function
function f
function f(
function f(a {}
function f(a b) {}
function f(a,,b) {}
function f() {
function (a) {}
function f(1) {}
function f(a.b) {}
function f(...) {}
function f(a: ) {}
function f(): {
function if() {}
async function
class
class A
class A {
class A { a b }
class A { a: }
class A { a = }
class A { a() { }
class A { = 1 }
class A { a, b }
class A { let a = 1 }
class A { function f() {} }
class A { get }}
class A { constructor( {} }
class if {}
import
import a
import a from
import from "a"
import { a from "a"
import { a b } from "a"
import { if } from "a"
import * from "a"
import a, b from "a"
import { 1 } from "a"
import a =
export
export a
export { a
export { a b }
export * as
export * "a"
export default
export if
type A
type A =
type A B = C
type A = |
type A = B |
type A = B &
type A = B[
type A = (B
type A = {
type A = { a: }
type A = { a b }
type A = [B C]
type A = B<
type A = B<C
type A = () =>
type A = A extends B
type A = A extends B ? C
type A = A extends B ? C :
type A = keyof
type A = typeof
type A = typeof 1
type A = A | () => void
type A = 1 + 2
type A<T = B
type if = A
interface A
interface A {
interface A { a: }
interface A { a = 1 }
interface A { a() {} }
interface if {}
enum
enum A
enum A { a b }
enum A { a = }
enum A { a; b }
namespace A
namespace A.
let a: 1 + 2
a as
a as 1 +
a satisfies
<A>
<A
f<A>b c
a!!.
a ? : b
x = async (a) b
x = a => {
x = function
x = class
yield*
for (const a ofb) c
switch (a) { caseb: c }
a asb
a inb
a instanceofb
export constb = 1
@a exportclass B {}
class aextends b {}
class A extends Bimplements C {}
@a() export abstractclass B {}
export default a b
""".strip().splitlines()
# lines that do not end a statement, or must not be there
INVALID += [
    "!--<T>a;",
    "!--!a;",
    "a\n(b) => c",
    "a = b\n/re/.test(c",
    "a\n[b",
    "x = a +\n",
    "let a = {\n",
    "a.\nb c",
    "if (a) b\nelse",
    "switch (a) {\n  case 1\n    b\n}",
    "class A {\n  a = 1\n  *b() {}\n}",
    "type A = B\n| ",
    "/* a",
    "f(a\nb)",
    "[a\nb]",
    "x = { a: 1\nb: 2 }",
]
