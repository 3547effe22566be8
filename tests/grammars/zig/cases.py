"""Programs by section of the Zig language reference, one a line or one a block between blank lines.

Each list is of one kind of text: statements stand in a function, expressions behind `const a =`, types
behind `const a: `, declarations by themselves.

    VALID    both profiles take them
    LOOSE    Zig's parser takes them, the generate profile does not write them
    INVALID  Zig's parser refuses them, and so do both profiles
"""

from __future__ import annotations


def _lines(text: str) -> list[str]:
    return [line for line in text.strip("\n").split("\n") if line]


def _blocks(text: str) -> list[str]:
    return text.strip("\n").split("\n\n")


def statement(text: str) -> str:
    return "fn f() void {\n    " + text.replace("\n", "\n    ") + "\n}\n"


def expression(text: str) -> str:
    return f"const a = {text};\n"


def type_(text: str) -> str:
    return f"const a: {text} = b;\n"


# Values, Operators, Arrays, Slices, struct, enum, union, switch, if, Error Union Type, Builtin Functions …
_EXPRESSIONS = _lines(r"""
&.{.a}
.{a + 1}
.{.a(1, 2)}
0
42
1_000_000
0xff
0xFf_00
0o755
0b1010_1010
1.5
1.5e10
1e-5
1_0.0_1e+1_0
0x1.8p3
0x1p-114
0x103.70p-5
'a'
'\n'
'\''
'\x41'
'\u{1F600}'
'é'
""
"hello\n\t\"x\" \\ \u{2713} \x41"
"héllo"
null
undefined
true
b
_b1
@"an identifier"
b.@"while"
@import("std")
@as(u32, 1)
@This()
-b
!b
~b
-%b
&b
try f()
-(1 + 2)
!f(x)
b + c
b - c * d / e % g
b +% c -% d *% e
b +| c -| d *| e <<| g
b ++ c ** 2
b << 1 >> 2
b & c | d ^ e
b == c
b != c and d < e or f <= g
b > c and !(d >= e)
b || c
b orelse c
b orelse return
b orelse unreachable
b orelse blk: {\n    break :blk 1;\n}
b catch c
b catch |err| return err
b catch |err| switch (err) {\n    error.A => 1,\n    else => 2,\n}
b.c
b.c.d
b.*
b.?
b.?.c.*.d
b[0]
b[0..]
b[0..2]
b[0..c.d]
b[0..][0..2]
b[0..2 :0]
b[0.. :0]
b[i + 1 .. j]
f()
f(1, 2)
f(1, 2,)
f(.{})
f(.a, &.{ 1, 2 })
b.f(c).d[1].?
.b
.{}
.{1}
.{ 1, 2 }
.{ .x = 1, .y = 2 }
.{ .x = .{ .y = 1 }, }
T{}
T{ .x = 1 }
[_]u8{ 1, 2 }
[2]u8{ 1, 2 }
[_:0]u8{0}
[_][]const u8{ "a", "b" }
&[_]u8{0} ** 4
Map(u8, T){}
error.OutOfMemory
error{}
error{ A, B }
A || B
if (b) c else d
if (b) |x| x else c
if (b) |*x| x.* else |err| f(err)
if (b) c else if (d) e else f
if (a < b) c
while (b) c else d
while (it.next()) |x| {\n    f(x);\n} else null
for (b) |x| {\n    if (x) break x;\n} else null
inline for (b) |x| f(x)
for (b, 0..) |x, i| f(x, i)
switch (b) {}
switch (b) {\n    0 => 1,\n    1, 2 => 3,\n    4...6 => 7,\n    else => unreachable,\n}
switch (b) {\n    .a => |x| x,\n    .b => |*x| x.*,\n    inline else => |x, tag| f(x, tag),\n}
comptime f()
comptime blk: {\n    break :blk 1;\n}
nosuspend f()
blk: {\n    break :blk 1;\n}
struct {}
struct { x: u8 }
struct { x: u8 = 1, y: ?*T, }
struct { u8, u16 }
extern struct { x: u8 align(1) }
packed struct(u32) { x: u31, y: bool }
enum { a, b }
enum(u8) { a = 1, b, _ }
union { a: u8, b: void }
union(enum) { a: u8, b }
union(enum(u2)) { a: u8 }
union(T) { a: u8 }
opaque {}
fn () void
fn (u8, []const u8) T
*const fn (x: u8, ...) callconv(.c) void
*T
?T
[]const u8
[*:0]const u8
asm volatile ("nop")
asm volatile ("syscall"\n    : [ret] "={rax}" (-> usize),\n    : [number] "{rax}" (1),\n      [arg] "{rdi}" (x),\n    : .{ .rcx = true, .r11 = true })
asm ("" : [x] "=r" (y) : : .{ .memory = true })
""")
_EXPRESSIONS = [text.replace(r"\n    ", "\n    ").replace(r"{\n", "{\n").replace(r",\n", ",\n").replace(
    r";\n", ";\n") if not text.startswith(("'", '"')) else text for text in _EXPRESSIONS]  # fmt: skip
_TYPES = _lines(
    r"""
u8
[switch (a) { 4 => 1, else => 2 }]u8
T
std.mem.Allocator
?u8
?*T
*T
**T
*const T
*volatile T
*allowzero T
*align(4) T
*align(4:0:2) const T
*addrspace(.gs) const T
*const volatile T
[]u8
[]const u8
[]align(16) const u8
[:0]u8
[*]u8
[*:0]const u8
[*c]u8
[4]u8
[N + 1]T
[2][3]u8
[4:0]u8
[_]u8
!u8
anyerror!void
E!?*T
error{A}!T
error{ A, B }!T
@TypeOf(b)
List(u8)
List(u8).Node
fn (u8) void
*const fn () void
fn (T, ...) callconv(.c) T
struct { x: u8 }
enum { a }
if (b) A else B
(A)
""".replace("!u8\n", "E!u8\n", 1)
)

# Blocks, switch, while, for, if, defer, noreturn, comptime, Assembly, Destructuring …
_STATEMENTS = _blocks(r"""
const b = 1;

var b: u8 = undefined;

const b: []const u8 = "x";

var b align(4) = 1;

var b: u8 align(4) = 1;

_ = f();

b = 1;

b.c[0].* = 1;

b += 1;

b -= 1; c *= 2; d /= 3; e %= 4;

b <<= 1; c >>= 2; d &= 3; e |= 4; f ^= 5;

b +%= 1; c -%= 2; d *%= 3; e +|= 1; f -|= 2; g *|= 3; h <<|= 4;

const b, var c = f();

b, const c: u8 = f();

b, c = .{ c, b };

f();

try f();

return;

return 1;

return error.A;

return .{ .x = 1 };

unreachable;

{}

{
    f();
}

blk: {
    break :blk;
}

defer f();

defer {
    f();
}

errdefer f();

errdefer |err| f(err);

comptime f();

comptime {
    f();
}

comptime var b = 1;

comptime b = 1;

nosuspend f();

suspend {}

resume b;

if (b) f();

if (b) f() else g();

if (b) {
    f();
}

if (b) {} else {}

if (b) |x| {
    f(x);
} else |err| {
    g(err);
}

if (b) {} else if (c) {} else {}

if (b) c = 1 else d = 2;

if (b) return else if (c) return 1;

if (b) while (c) {} else f();

if (a) if (b) c else {} else {}

while (b) {}

while (b) f();

while (b) : (i += 1) {}

while (b) : ({
    i += 1;
}) f();

while (b) |x| : (i += 1) {
    if (x) break;
    continue;
} else {
    f();
}

while (f()) |x| g(x) else |err| return err;

outer: while (b) {
    while (c) {
        continue :outer;
    }
    break :outer;
}

inline while (b) f();

for (b) |x| {
    f(x);
}

for (b) |x| f(x);

for (b) |*x| x.* = 1;

for (b, c, 0..) |x, *y, i| {
    f(x, y, i);
}

for (0..10) |_| {}

for (0..n, a) |i, x| f(i, x);

outer: for (b) |x| {
    for (c) |_| continue :outer;
    _ = x;
} else {
    f();
}

inline for (.{ 1, 2 }) |x| f(x);

for (b) |x| {
    f(x);
} else f();

switch (b) {
    0 => {},
    1 => f(),
    2, 3 => return,
    4...9 => b = 1,
    'a'...'z', 'A'...'Z' => {
        f();
    },
    else => |x| g(x),
}

sw: switch (b) {
    .a => continue :sw .b,
    .b => break :sw,
}

switch (b) {
    inline .a, .b => |x| f(x),
    else => unreachable,
}

f(
    1,
    2,
);

const b = .{
    .x = 1,
    // a comment
    .y = 2, // another
};

// only a comment
f(); // and one behind

const b =
    \\a
    \\  b
;

f(
    \\a
    \\b
, 1);

const b = c +
    d;

const b = c orelse
    return;

asm volatile ("nop");

asm volatile (
    \\nop
    ::: .{ .memory = true });

const S = struct {
    x: u8,
    fn f(self: @This()) u8 {
        return self.x;
    }
};

_ = if (b) |x| x else return;

_ = b catch |err| {
    return err;
};

_ = while (b) : (i += 1) {
    if (c) break true;
} else false;
""")

# Variables, Functions, struct, Test Declarations, Doc Comments …
_DECLARATIONS = _blocks(r"""
const b = 1;

pub const b: u8 = 1;

var b: u8 = undefined;

pub var b: T = .{};

threadlocal var b: i32 = 1;

export const b = 1;

export threadlocal var b: u8 = 1;

extern var b: u8;

extern "c" var b: c_int;

extern threadlocal var b: u8;

pub extern "c" fn f(x: c_int, ...) c_int;

extern fn f() void;

const b: u8 align(4) addrspace(.gs) linksection(".x") = 1;

fn f() void {}

pub fn f(x: u8, comptime T: type, noalias y: *T, z: anytype) !T {
    return z;
}

fn f(_: u8, _: T) void {}

fn f(u8, T) void {}

fn f(x: u8,) void {}

export fn f() void {}

inline fn f() void {}

pub noinline fn f() void {}

fn f() align(4) linksection(".x") callconv(.c) noreturn {}

fn f() E!*const T {}

fn f() if (b) A else B {}

fn f(
    /// x is a number
    x: u8,
) void {}

test {}

test "name" {
    try f();
}

test f {}

comptime {
    _ = f;
}

//! about this file
//! more
const std = @import("std");

/// about b
/// more
pub const b = 1;

/// about a test's neighbour
fn f() void {}

test {}

// a comment
const b = 1; // another

//// no doc comment
const b = 1;

x: u8,
y: u16 = 1,

x: u8,

u8, u16,

comptime x: u8 = 1,

x: u8 align(4) = 1,

const b = 1;
x: u8,
fn f() void {}

const b = struct {
    //! about this container
    /// about x
    x: u8,
    /// about y
    y: u8,
    pub const c = 1;
};

const b = enum {
    a,
    /// about b
    b,
    _,
    fn f() void {}
};

const E = error{
    /// about A
    A,
    B,
};

const @"a b" = 1;
""")

VALID = [
    *map(expression, _EXPRESSIONS),
    *map(type_, _TYPES),
    *map(statement, _STATEMENTS),
    *(text + "\n" for text in _DECLARATIONS),
]

_LOOSE_EXPRESSIONS = _lines(r"""
a+b
a==b
a   + b
b[a.. .b]
a +   b
b.*.*+c
0_1_
0b12
07
1__0
0x
'\q'
''
'ab'
"\q"
"\x4"
f(   1)
error{A}!u32
a orelse return catch b
a orelse break :b catch break :b
-~!&--b
- -b.* + & &c
(if (a) b else c)+1
! ! b
- -b
* * * T
@""
""")
_LOOSE = _blocks(r"""
fn f() void;

extern var b: u8 = 1;

const b;

fn () void {}

const a=1;

const   a = 1;

fn f()void{}

const	a = 1;

const a =   1;
""")

LOOSE = [*map(expression, _LOOSE_EXPRESSIONS), *(text + "\n" for text in _LOOSE)]
LOOSE += [
    "",
    "\ufeffconst a = 1;\n",
    "const a = 1;\r\nconst b = 2;\r\n",
    "const a = 1;\n\n\n\n\nconst b = 2;\n",
]

_INVALID_EXPRESSIONS = _lines(r"""
a == b == c + d
a < b orelse c < d
a or b < c < d
--
a -- b
**
&&
a +b
a+ b
a ==b
a && b
a < b < c
a == b == c
a == b != c and d
a +
* a +
a b
a ? b : c
a++
(a
a)
f(1 2)
f(,)
f(1,,2)
.{ .a = 1 .b = 2 }
.{ .a = 1, 2 }
.{ 1, .a = 2 }
.{,}
.
a.
a.1
a..b
a[
a[]
a[..1]
a[0...1]
a[0...b]
a[0..1:]
'a
"a
"a" "b"
@
@import
@1
error
error.
error{A B}
error{1}
if a b else c
if (a) else c
if (a) |b c
if (a) |b, c| d else e
if (a) b else
while (a) |b|
while (a) : b c
for (a) b
for (a) |b, c| d
for (a, b) |c| d
for () |x| y
for (a) || b
switch a {}
switch (a) { 1 }
switch (a) { => 1 }
switch (a) { 1 => 2 3 => 4 }
switch (a) { 1..2 => 3 }
switch (a) { else => |x, y, z| 1 }
struct { x }{
struct { x: u8 y: u8 }
struct { x: u8, const a = 1; y: u8 }
struct { x: u8 const a = 1; }
enum(u8 { a }
union(enum { a }) {}
extern { }
fn f
fn () {}
fn (x: ) void
fn (..., x: u8) void
[*x]u8
[*d]u8
[2]const u8
[]const const u8
*align(1) align(2) u8
asm
asm ("" : [x] "r" y)
asm ("" : x "r" (y))
try
comptime
&
else
and
fn
pub
b catch |e
b catch |*e| c
blk: 1
comptime var x = 1
#a
a $ b
\a
0.1.2.
1 = 2
a => b
a; b
""")
_INVALID_STATEMENTS = _blocks(r"""
f()

const a

const = 1;

const a == 1;

const a: = 1;

var 1 = 2;

const while = 1;

let a = 1;

a = ;

a = b = c;

a, b;

a + = b;

{

}

return 1 2;

break :;

break : 1;

defer const a = 1;

if (a) const b = 1;

if (a) b = 1 else defer c();

if (a) b else;

if (a) {} else

if (a) b c

if (a) if (b) {} else {}

else {}

while (a) (b);

while (a) {} : (b) {}

while () {}

for (a) {}

for (a) |b| c

for a |b| {}

for (a) |b| {} else |e| {}

switch (a) {} else {}

{} + 1;

comptime {} + 1;

/// doc
f();

fn g() void {}

pub const a = 1;

test {}

inline f();

x: f();

async f();

await f();

usingnamespace a;

a ++;

enum a { b };
""")
_INVALID = _blocks(r"""
const a = 1

a = 1;

f();

fn f() {}

fn f( void {}

fn f(x u8) void {}

fn f(x: u8 y: u8) void {}

fn f() void

pub test {}

pub comptime {}

pub pub const a = 1;

pub x: u8,

extern fn f() void {}

inline const a = 1;

export extern fn f() void;

threadlocal fn f() void {}

test "a" "b" {}

test "a";

/// about nothing

/// about a test
test {}

/// about comptime
comptime {}

const a = 1;
//! not at the begin

const a = struct { /// same line
    x: u8,
};

fn f( /// same line
    x: u8) void {}

x: u8
y: u8,

x: u8, const a = 1; y: u8,

x: u8 const a = 1;

struct A {}

const a = 1;;

}

return 1;

const a = "b
";

const a = 'b
';

const a = 1; /* no such comment */

# no such comment

const a = \\b;

const a callconv(.c) = 1;

fn f() callconv(.c) align(4) void {}

const a linksection(".x") align(4) = 1;
""")

INVALID = [
    *map(expression, _INVALID_EXPRESSIONS),
    *map(statement, _INVALID_STATEMENTS),
    *(text + "\n" for text in _INVALID),
]
INVALID += [
    "const a = 1;\0\n",
    "const a = 1; // \t\n",
    "const a = 1;\f\n",
    "const é = 1;\n",
    'const a = "\x01";\n',
]
