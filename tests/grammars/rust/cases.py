"""Programs by chapter of The Rust Reference.

VALID    both profiles take them
LOOSE    valid Rust that the generate profile does not write: another layout, or wrong after parsing
INVALID  nobody takes them
"""

from __future__ import annotations


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def in_function(statement: str) -> str:
    return f"fn f() {{\n    {statement}\n}}\n"


_ITEMS = r"""
fn f() {}
pub fn f(a: u8, mut b: &str, (c, d): (u8, u8), _: A) -> bool {}
pub(crate) const unsafe extern "C" fn f<'a, T: Clone + 'a, const N: usize>(x: &'a [T; N]) -> Option<T> where T: Copy, 'a: 'static {}
async fn f() { g().await }
fn f(self, a: u8) {}
fn f(&mut self) {}
fn f(&'a self) {}
fn f(mut self: Box<Self>) {}
fn f() -> impl Iterator<Item = u8> + 'static { x }
fn f(x: &dyn Fn(u8, &str) -> bool, y: fn(u8) -> !, z: *const T, w: *mut [u8]) {}
fn f(x: Vec<Vec<Vec<u8>>>, y: <T as A>::B, z: <<T as A>::B as C>::D, w: A<{ N + 1 }, -1, 'x'>) {}
fn f<F: for<'a> Fn(&'a u8), T: ?Sized>() {}
fn f(x: Box<dyn A + Send + 'static>) {}
mod a;
mod a { use super::b; fn f() {} }
use a;
use ::a::b as c;
use a::{b, c::*, self, d as _};
use {a, b::c};
pub use crate::a::*;
extern crate a as b;
pub(in crate::a) struct A;
struct A<T>(pub T, pub(crate) u8);
struct A<'a, T: 'a = u8> { pub a: &'a T, b: [u8; 4], }
struct A<T> where T: Copy { a: T }
enum A { B, C(u8, pub u8), D { a: u8 }, E = 1 + 2, }
enum A {}
union A { a: u8, b: f32 }
const A: &str = "a";
const _: () = {};
static mut A: [u8; 2] = [1, 2];
type A<T> = Result<T, E>;
trait A: B + C { const D: u8; const E: u8 = 1; type F: G; type H<'a>: I where Self: 'a; fn f(&self); fn g() {} }
unsafe trait A {}
impl A { pub const B: u8 = 1; pub fn f(&self) {} }
impl<T> A<T> for B<T> where T: C { type D = T; fn f() {} }
unsafe impl !Send for A {}
extern "C" { fn f(a: u8, ...) -> u8; static A: u8; }
unsafe extern "C" { safe fn f(); }
macro_rules! a { ($x:expr) => { $x + 1 }; ($($x:tt),* $(,)?) => { [$($x),*] }; }
a! { x y z }
a::b!(x, y);
#[derive(Clone, Debug)] struct A;
#[cfg(all(a, not(b = "c")))] #[inline] fn f() {}
#[doc = "a"] #[unsafe(no_mangle)] fn f() {}
#![allow(a)] fn f() {}
fn f(#[a] x: u8) {}
"""
_NO_GENERATE_ITEMS = ("unsafe impl !",)
_STATEMENTS = r"""
x = 1.;
x = 1./* c */;
x = (1. + y) * 2.;
x = **y - -z;
x = !*y;
x = a && !b || -c < *d;
quote! { #![allow(x)] #x };
let x;
let x: u8 = 1;
let (a, b) = (1, 2);
let Some(x) = y else { return };
let Ok(x) = f(a)?.b else { panic!("c") };
let A { a, b: c, .. } = d;
let x = if a { b } else { c };
let x = match a { _ => b };
let x = 'a: loop { break 'a 1; };
;
x = 1;
x += 1;
*x <<= 1;
a[0].b = c;
(a, b) = (b, a);
_ = f();
f(); g()
x
if a {} else if b {} else {}
if a { b } else { c }
if let Some(x) = y { x } else { z }
while let Some(x) = y.next() {}
while a < b && c {}
for i in 0..10 {}
for (i, x) in y.iter().enumerate() {}
for i in a.. { break; }
for i in 0..=n { continue; }
loop { break }
'a: for x in y { continue 'a; }
'a: { break 'a; }
match x { 1 => a, 2 | 3 => { b } _ => c }
match x { A => {} B => if a {} else {} C => loop {}, D => return, }
match x { 0..=9 => 1, -5..=-1 => 2, 10.. => 3, ..0 => 4, 'a'..='z' => 5, A::B..=C => 6, }
match x { Some(ref a) if a > &1 => 1, b @ 1..=5 => 2, mut c => 3, &d => 4, &mut e => 5, [a, .., b] => 6, (..) => 7 }
match x { A::B { a, b: Some(c), .. } => 1, A(a, _, ..) => 2, "a" => 3, true => 4, b'a' => 5, - 1 => 6, }
match x { 1 if y => 2, Some(1 | 2) | None => 3, m!(a) => 4, ref mut x @ Some(_) => 5, }
match (A { a: 1 }) { _ => {} }
match x {}
unsafe { f() }
{ a } - 1;
{ a } &b;
match a {}.b();
if a {} else {}.b()?;
const { 1 }
fn g() {}
struct A;
use a::b;
const A: u8 = 1;
#[a] let x = 1;
#[a] x;
a!{} b
a! { b }.c();
a![1, 2];
a!(b, "c {}", 'd', 1.5, 0x1f, 'e, #f, $g, => :: ..= [{}]);
println!("{}", x);
return;
return x + 1;
x
"""
_EXPRESSIONS = r"""
1
1_000u32
0xff_u8 + 0o17 + 0b1010_0101
1.5 + 1e10 + 1.5e-3f32 + 2f64
1.max(2)
f(#[a] b, ..c)
f(..)
1.5.abs()
x.0.1
0..1
..1
1..
..
1..=2
a..b + 1
a || b..c
'a'
'\'' as u8
'\u{1F600}'
b'a'
b'\xff'
"a\n\t\\\"\x41\u{e9}"
b"a\xff"
r"a\b"
r#"a"b"#
r##"a"#b"##
br#"a"#
true && !false
-x
!!x
**x
&mut x
&&x
&*x
&-1
&raw const x
a + b * c - d / e % f ^ g | h & i << j >> k
a == b && c != d || e <= f
a < b
a > b
a >> b
a as u8
a as u8 as u16 + 1
1 as u8
a as *const u8 as usize
a as usize > b
&a as &dyn B
(a as usize) < b
a / b
a /* c */ / b
f(a, b,)
f()
f()()
a[0][..]
a[1..]
a.b
a.b()
a.b::<C>(d)
a?
a?.b?
a.b().c()?.d
()
(1,)
(1, 2)
(a + b) * c
[]
[1, 2, 3,]
[0; 10]
[[0; 2]; 2]
A {}
A { a, b: 1, ..c }
A { 0: 1 }
a::A { a: 1 }
A::<B> { a }
A::<B>::c()
<A as B>::c(d)
<A>::b
Vec::<Vec<u8>>::new()
::a::b
self.a
Self::a
crate::a::b()
super::a
|| 1
|x| x + 1
|x, (y, z): (u8, u8)| { x }
move |&x| x
|x: u8| -> u8 { x }
f(|x| x, || {})
async { 1 }
async move { a.await }
async |x| x.await
if a == b { c } else { d }
if (A {}) == b { c } else { d }
if f(A { a }) { c } else { d }
if [A {}] == b { c } else { d }
match a { b => c }
loop { break 1 }
unsafe { a }
return_type
raw
union
auto
default
macro_rules
a!()
a![b]
a! { b }
a = b
a = b = c
a && return_b
a || |x| x
r#type
"""
_INVALID_ITEMS = r"""
fn f(&) {}
fn f(&'a, x: u8) {}
fn f(&mut) {}
fn
fn f
fn f(
fn f()
fn f() {
fn f() }
fn f {}
fn f() -> {}
fn f(a) {}
fn f(a: u8 b: u8) {}
fn f(,) {}
fn f() where {} {}
fn 1() {}
fn if() {}
fn f<T() {}
fn f(x: Vec<Vec<u8>) {}
fn f(x: Vec<u8>>) {}
fn f() {} }
fn f(A | B: u8) {}
struct
struct A
struct A { a }
struct A { a: u8 b: u8 }
struct A { a: u8; }
struct A(a: u8);
struct A(u8)
enum A { B C }
enum A { B; }
union A;
const A: u8 = 1
const A = 1;
static A: = 1;
let x = 1;
x = 1;
f();
type A
type A = ;
use a
use a::;
use a::*::b;
use a as;
use {a;
mod a
mod {}
impl {}
impl A
impl A for {}
impl A { x: u8 }
impl A { struct B; }
trait A
trait { }
trait A { struct B; }
extern crate;
pub
pub pub fn f() {}
pub(a) fn f() {}
async struct A;
#[a]
#[a fn f() {}
#a fn f() {}
type A = &dyn B + C;
type A = fn() -> dyn B + C;
type A = [u8 4];
type A = &;
type A = Vec<;
type A = (u8;
macro_rules! a
macro_rules! a { ( }
a!
a!(b)
a!(b];
/* a
/* /* */ fn f() {}
;
1
"a"
fn f() { 'a }
fn f() { "a }
fn f() { r#"a" }
"""
_INVALID_STATEMENTS = r"""
let
let x = ;
let = 1;
let x 1;
let x = 1
let x = 1 y;
let x: = 1;
let A | B = x;
let Some(x) = a && b else { return };
let x = if a { b } else { c } else { d };
if {}
if a
if a b
if a {} else
if a {} else b
else {}
while {}
while a
for {}
for x {}
for x in {}
for in y {}
for x y {}
loop
match {}
match x
match x { a => }
match x { a => b c => d }
match x { => b }
match x { a, b => c }
match x { a => b; }
match x { B => vec! {} C => 1 }
match x { B => async {} C => 1 }
match x { &0..=9 => 1 }
match x { A { a, .., } => 1 }
match x { a if => b }
{ a } + b;
{ a } == b;
if a {} else {} + 1;
async {} 1
a! {} + 1;
return 1 2;
return"a";
match"a" {}
match'a' {}
break 'a: 1
x y
x = ;
= x;
x += ;
x ++;
fn f()
unsafe
"""
_INVALID_EXPRESSIONS = r"""
1 2
1 +
+ 1
*
a +*
a b
a.
.a
a..=
a..b..c
a == b == c
a < b < c
a != b > c
a as
as u8
a as u8 < b
a as usize << b
a as &dyn A + b
a as
f(a b)
f(a,, b)
f(,)
f(
f)
(a
(a b)
[a b]
[a; b; c]
[a;]
[,]
[
a[
a[]
A { a b }
A { ..b, }
A { a: }
A { a = 1 }
a::
::
<A
<A as B>
a::<b
a.b::<C>
a.b::<C>.d
a.1u8
1.else
| x
|x
|x|
|| -> u8 1
&
&mut
!
-
''
'ab'
'\q'
'\u{110000}'
'\u{d800}'
'\x80'
"\q"
"\u{}"
"\u{1234567}"
b'é'
b"é"
b'\u{41}'
0b12
0o8
0x
0b
1e
1e+
1u8 2
if a { b } else
if A {} == b { c } else { d }
match A {} { b => c }
a ? b : c
a === b
a =+
a and b
a => b
a -> b
@a
$a
#a
`a`
a \ b
let
fn
struct
async
await
try
yield a b
abstract
become
virtual
break 'a 'b
"""
_LOOSE = r"""
let   x = 1;
x = - -y;
super let x = 1;
- - -x;
x = 1u;
x = 1foo;
return
yield 1;
break;
continue;
x.await;
let x = try { 1 };
let x:u8 = 1;
a<b;
"""

_VALID_FUNCTIONS = [in_function(line) for line in _lines(_STATEMENTS)] + [
    f"async fn f() {{\n    let x = {line};\n}}\n" for line in _lines(_EXPRESSIONS) if "\n" not in line
]
# what generate does not write, though it is right
_ONLY_ACCEPTED = [
    *(line for line in _lines(_ITEMS) if line.startswith(_NO_GENERATE_ITEMS)),
    *(in_function(line) for line in _lines(_LOOSE) if line not in ("return",)),
    "fn f();\n", "struct A {\n\n\n\n\n    a: u8,\n}\n", "fn f() {}\n" + "\n" * 6 + "fn g() {}\n",
    "fn f() {\r\n}\r\n", "\ufefffn f() {}\n", "\ufeff#![a]\n", "#!/usr/bin/env run\nfn f() {}\n", "",
    "//! a\n", "//// a\nfn f() {}\n", "fn f() {\n\tg();\n}\n", "fn f() { /* a /* b */ c */ }\n", "fn f() { /*** a ***/ }\n",
    "/** a */ fn f() {}\n", "fn f() {\n   g();\n}\n", "fn f() {\n" + " " * 66 + "g();\n}\n", "fn ῥ() {}\n", "fn f() { r###\"a\"##b\"###; }\n", "const A: u8;\n", "fn f(...) {}\n",
    "impl A { fn f(); }\n", "trait A { pub fn f(); }\n",
    "trait A { type const N: usize; }\n", "impl A for B { type const N: usize = 1; }\n", "trait A: B<c(..): Send> {}\n",
    "fn f() where T: A, T::b(..): Send {}\n", "reuse unsafe impl B for C { self.0 }\n", "fn f() { ---x; !- !x; m!(---- ->>= ..); }\n", "fn f() { async || x.await; return; }\nfn g() { x.await }\n",
]  # fmt: skip
# comments and documentation
_COMMENTS = [
    "// a\nfn f() {}\n", "fn f() {\n    // a\n    g(); // b\n    // c\n}\n// d\n", "/// a\n/// b\nfn f() {}\n",
    "//! a\n//! b\n\nfn f() {}\n", "fn f() {\n    //! a\n    g();\n}\n", "struct A {\n    /// a\n    a: u8,\n    // b\n}\n",
    "enum A {\n    /// a\n    B,\n}\n", "fn f(a: u8 /* b */) {}\n", "fn f() {\n    a / b // c\n}\n",
    "fn f() {\n    g();\n    /* |x| ~< pi/4 */\n    h(); /* a */\n    /* b\n     * c */\n}\n", "fn f() { // a\n    g( // b\n        x, // c\n    );\n}\n",
    "struct A {\n    a:\n        &'a B,\n}\n", "fn f() {\n    x\n        | y\n        & z;\n    a <\n        b;\n}\n",
    "impl A {\n    /// a\n    fn f() {}\n\n    /// b\n    #[c]\n    fn g() {}\n}\n",
]  # fmt: skip
_INVALID_COMMENTS = [
    "/// a\n", "fn f() {\n    /// a\n}\n", "struct A {\n    a: u8,\n    /// a\n}\n", "fn f() {}\n//! a\n",
    "fn f() { g() //! a\n}\n", "impl A {\n    /// a\n}\n",
]  # fmt: skip

VALID = [
    *(line + "\n" for line in _lines(_ITEMS) if not line.startswith(_NO_GENERATE_ITEMS)),
    *_VALID_FUNCTIONS,
    *_COMMENTS,
]
LOOSE = _ONLY_ACCEPTED
# a keyword is set apart from the word behind it wherever that is no identifier's place
_GLUED = [
    "unsafe implSend for X {}", "pub(crate) implX {}", "pub externfn f() {}", "unsafe externfn f() {}",
    "type T = unsafe externfn();",
]  # fmt: skip
INVALID = [
    *_lines(_INVALID_ITEMS),
    *(in_function(line) for line in _lines(_INVALID_STATEMENTS)),
    *(in_function(f"let x = {line};") for line in _lines(_INVALID_EXPRESSIONS)),
    *_INVALID_COMMENTS,
    *(line + "\n" for line in _GLUED),
]
