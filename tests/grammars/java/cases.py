"""Programs by section of the Java Language Specification, one a line; a group is wrapped into a class.

VALID    both profiles take them
PARSED   javac's parser takes them: accept takes them, generate refuses them
INVALID  javac's parser refuses them: nobody takes them
"""

from __future__ import annotations

_FILE, _MEMBER = "{}", "class A {{ {} }}"
_STATEMENT, _EXPRESSION = "class A {{ void f() {{ {} }} }}", "class A {{ Object x = {}; }}"


def _wrap(wrapper: str, lines: str) -> list[str]:
    return [wrapper.format(line) for line in lines.strip().split("\n")]


# 3.10, 15
_VALID_EXPRESSIONS = r"""
0
2147483647 + 2_147_483_647 + 9223372036854775807L
0x7fff_ffff + 0b1010 + 0_17 + 017 + 0xFFFF_FFFFL
1.5 + 1. + .5 + 1e10 + 1.5e-3f + 2d + 3F
'a' + "\uuu0041" + '\n' + '\'' + '\u0041' + '\0' + '\377'
"" + "a" + "\t\"\\" + "\s\123\u00e9"
true && false || null == a
a + b * c - d / e % f
a << 1 >> 2 >>> 3
a >> b + c >>> d
f(a >> b, c >>> d)
a < b == c > d
a & b | c ^ d
!a && ~b > -c
a ? b : c ? d : e
a ? x -> y : () -> z
x -> x
(x, y) -> x + y
(int x, final A<B> y) -> { return x; }
(var x, var y) -> { }
(A... x) -> x
() -> { throw e; }
_ -> 1
(_, y) -> y
(int) a + (A) b + (A<B>) c
(int) -a + (A) !b
(A) x -> y
(int[]) a
(A<B<C>>) a
(a)
(a) + b
a.b.c
a.b().c(d, e)[f].g
a[0][1]
this.a + A.this.b + super.c + A.super.d()
this.<A>f() + A.<B, C>g()
int.class + A.class + int[].class + A.B[][].class + void.class
A::b + a.b()::c + this::d + super::e + A::new + int[]::new + A<B>::new + A[]::new
new A()
new @A B()
new int @A [3]
new A(b, c) { int d; }
new A<>(b)
new A<B, C<D>>()
new a.B<C>.D()
new int[3]
new int[3][4][]
new int[] {1, 2, }
new int[][] {{1}, {}}
new A().b()
new int[] {1}.length
a instanceof B
a instanceof B b && b.c
a instanceof final B b
a instanceof B<?> b
a instanceof B(int c, var d, E(F _)) && c > 0
a instanceof B[]
switch (a) { case 1 -> 2; case 3, 4 -> { yield 5; } default -> throw e; }
switch (a) { case B b when b.c > 0 -> 1; case D(var e, _) -> 2; case null, default -> 3; }
switch (a) { case 1: yield 2; default: yield 3; }
a = b = c
a += b -> c
List.of(a < b, c > d)
f(a < b, c >> d)
"".length()
when + record + module + to + with + open
record.f() + sealed.g + permits[0]
a. <B>f()
(a & b) - c
-(-a) + - -b + a-- - --b + a++ + ++b + null - -c
a >>>= b
- -- b
a ? b -> c : d -> e
a -- - -- b
a instanceof B ? c : d
a::<B>c
a.class.b
a.this.b()
super::<A>b
A[]::new
A<B>[]::new
a[]::b
a -> b -> c
(a -> b)
(a -> b).c()
a -> b.c
switch (a) { case b: }
~ ~ a
a =+ b
"""

# 14
_VALID_STATEMENTS = r"""
;
{ }
int a;
int a = 1, b[], c[] = {1};
final int a = 1;
@A final B<C> d = e;
var a = 1;
A<B<C<D>>> a;
A.B<?, ? extends C, ? super D[]>.E f = g;
Map<String, List<int[]>> a = b;
int[] a[] = {{1}, {2, }, { }};
a = 1;
a.b[c] += d;
a <<= 1; a >>= 1; a >>>= 1; a[0] >>= 1;
a++; --a;
f();
a.<B>f();
new A();
new A() { }.f();
if (a) b();
if (a) { } else if (b) { } else { }
if (a) if (b) c(); else d();
while (a) { break; }
while (a) continue;
do { } while (a);
do a(); while (b);
for (;;) { }
for (int a = 0, b = 1; a < b; a++, b--) { }
for (a = 0, b(); ; ) c();
for (int a : b) { }
for (final var a : b()) c(a);
a: for (;;) { break a; }
a: while (b) { continue a; }
switch (a) { case 1: b(); break; case C: default: }
switch (a) { case 1, 2 -> b(); case C.D -> { } default -> throw e; }
switch (a) { case B b -> c(); case D(int e) when e > 0 -> f(); default -> { } }
switch (a) { case null -> b(); default -> { } }
switch (a) { case "b" + 1 -> { } case -1 -> { } case 'c' -> { } }
return;
throw a;
synchronized (a) { }
assert a;
assert a : b;
try { } catch (A a) { }
try { } catch (final A | B a) { } finally { }
try { } finally { }
try (A a = b) { }
try (var a = b; c; this.d) { } catch (E _) { }
try (A a = b; ) { }
class B { }
final class B { }
abstract class B { abstract void f(); }
interface B { }
enum B { C, D }
record B(int c) { }
var a = switch (b) { default -> 1; };
int _ = a();
Runnable a = () -> { return; };
Function<A, B> a = (b) -> { return c; };
a(b -> { for (;;) break; });
when(a).b(); record = 1; module.c();
try (a.b) { }
try (final A a = b; var c = d) { }
for (var a = b; ; ) { }
case_ : a();
final @A var a = b;
@A final @B int a;
@A abstract class B { }
a.b c[];
a<b>[] c;
a<b>.c<d> e;
"""

# 8, 9
_VALID_MEMBERS = r"""
int a;
private static final int A = 1, B[] = {2};
volatile int a;
transient int a;
void g() { }
int g() { return 1; }
public static void main(String[] args) throws A, b.C { }
public static void main(String... args) { }
<T extends A & B<T>> T g(T a, final int... b) { return a; }
public synchronized void g() { return; }
native void g();
int g()[] { return a; }
@A @B(1) @C(d = 1, e = {2, 3}) @F({@G, @H}) void g() { }
void g(A this) { }
void g(A this, int b) { }
public A() { }
A(int b) { this(); }
private A(int b) throws C { super(b); d(); }
{ a = 1; }
static { a = 1; }
class B { B() { } }
static class B<T> extends C<T> implements D, E<F> { }
private interface B { int C = 1; void g(); default void h() { } static void i() { } private void j() { } }
enum B { }
enum B { C, D(1), E { void g() { } }, ; private int h; B() { } abstract void g(); }
enum B implements C { D; { } static { } }
record B() { }
record B<T>(@C int d, T... e) implements F { static int g; B { h(); } void i() { } static { } }
@interface B { int c() default 1; String[] d() default {"e"}; Class<?> f(); int G = 1; }
public static final class B { }
List<@A String> a;
a.b.C<D>.E<F> g;
Map<A, B<C>> a = new D<>() { };
void g(B @C ... e) { }
@A <T> @B void g() { }
A A() { }
record B(int c) { B { } B(int d) { } }
enum B { C, ; B() { } }
final @A static int b;
static { } static { }
interface B { int c = 1, d = 2; }
interface B { static void c() { } }
int a()[] { }
void a() throws @A B { }
"""

# 7
_VALID_FILES = r'''
class A { /* a comment ** with stars **/ }
class A { /* a */ int b /* c */ = .5e1f; /* \d */ }
class A { }
package a; class B { }
package a.b.c; import d.E; import f.*; import static g.H.i; import static j.K.*; class L { }
import module java.base; class A { }
@A package a; class B { }
public class A { }
public abstract class A<T> { abstract int f(); }
public final class A { }
public interface A extends B, C<D> { }
public sealed interface A permits B, C { }
sealed class A permits b.C { }
non-sealed class A extends B { }
@interface A { }
public @interface A { }
@A public enum B { C }
record A(int b, int c) { }
class A { } class B { } interface C { }
class when { }
// comment\Nclass A { }
/**\N * Doc.\N *\N * @see B\N */\Npublic class A {\N\N  int b;\N}\N
class A { // a comment with \d and \\u\N  /* a *comment* */\N\N  // and\N  // more\N  int b; // here\N}\N
class A {\N  void f() {\N    return;\N  }\N\N\N  int g;\N}\N
class A {\N  String s =\N      """\N      a "b" ""c\N        \"""\N      """;\N}\N
'''

_PARSED_FILES = r"""
class A { int ῥ; }
class $A { }
\N\N\N\N\Nclass A { }
class     A { }
class A\t{\t}
class\r\nA { }
;
import a.b;;
class A { };
strictfp class A { }
open module a.b { requires transitive c; exports d to e, f; opens g; uses h.I; provides j.K with l.M, n.O; }
module a { requires static b; }
void main() { }
int a = 1; void main() { b(); }
class \u0041 { int \u0062; }
class A { int £, $a, _b, ¢‿; }
class A { } // end
class A { } /* end */
class A { private public int b; }
abstract final class A { }
"""

_PARSED_MEMBERS = r"""
void g();
abstract void g() { }
abstract void g();
native void g() { }
public private int a;
int g() { return; }
void g() { return 1; }
abstract int a;
volatile void g() { }
A();
;
int a = 1, b = (2) = 3;
void g() default 1;
default void g() { }
synchronized class B { }
interface B { void g() { } }
void g(@A B.@C D... e) { }
public <T> A() { }
enum B { ; ; }
interface B { default void c(); }
"""

_PARSED_STATEMENTS = r"""
break;
continue;
break a;
a: { continue a; }
yield 1;
yield (1);
switch (a) { case 1: continue; default: }
var a;
var a = {1};
return 1;
a(b -> { break; });
for (;;) { a(() -> { break; }); }
(a)++;
(a) = 1;
++a++;
1++;
switch (a) { }
switch (a) { case 1 -> b(); case 2: c(); }
try (this) { }
a.new B();
switch (a) { case b < c: }
switch (a) { case b ? c : d -> e(); }
f() += 1;
A @B [] c;
A.@B C d;
"""

_PARSED_EXPRESSIONS = r"""
-2147483648
0x1.8p3
1_0.5
switch (a) { }
(A & B) x -> y
a.new B()
(@A B) c
'\u005c''
new A<B>() { { } }.new C()
this()
a + b >>= c
5[0]
a + b = c
f() = 1
a + b -> c
true.a()
"""

_INVALID_EXPRESSIONS = r"""
2147483648
09
0_9
0x
0x1_0000_0000
0b2
9223372036854775808L
1_
0x_1
1._0
1e
1e400
0x1.8
''
'ab'
'''
'\u0027'
"a
"\x"
"\u00"
"\u000a"
a +
+ a +
a b
a ? b
a ? b :
a : b
a > > b
a >> > b
a < = b
a = = b
a &&& b
a instanceof
a instanceof _
a instanceof var b
a instanceof B(int c) d
a instanceof B b c
a instanceof B < c
(a, int b) -> c
(int a, b) -> c
(var a, int b) -> c
(var a, b) -> c
(var a[]) -> c
(int... a, int b) -> c
(final a) -> b
(a b)
()
-> a
a ->
a -> ->
a..b
a.
.a
a.1
a[]
a[
a(
a(b,)
a(,b)
a(b c)
f()()
a[0](b)
(f)()
new
new A
new int()
new int[]
new int[2]{1}
new int[][2]
new A<>[2]
new int[] {,1}
a.new B.C()
a.new B[2]
this.
super
super.
A.super
int
int.a
A<B>
A<B>.class
class
::a
a::
a::1
switch (a) { case 1 -> return 2; }
switch (a) { b(); }
switch (a) { case 1 when b -> 2; }
switch (a) { case _ -> 2; }
switch (a) { case null, -> 2; }
switch a { default -> 1; }
switch (a) { default -> 1 }
switch (a) { case -> 1; }
switch (a) { case var b -> 1; }
if (a) b
goto
const
a instanceof
!
a !
a ~ b
a # b
a \ b
(int)
((a)
(a))
1 2
"a" "b"
a++b
a >> >= b
(A & B) -> c
a::b()
a.new
a.super
new int[2][]{}
new A[]
a.<B>c
a.<>c()
a <<< b
a >>>> b
a === b
a !== b
a ? : b
"""

_INVALID_STATEMENTS = r"""
a
a;;)
a + b;
a;
1;
"a";
(f());
a.b;
a[0];
int;
int a
int a b;
int = 1;
int a = ;
int a,;
int a = 1 b = 2;
var[] a = b;
var a[] = b;
var a = 1, b = 2;
A<B a;
A<B>> a;
A<> a;
int _[] = a;
int _;
_ = 1;
record a = 1;
sealed a = 1;
private int a;
static int a;
public class B { }
static class B { }
if a b();
if (a) int b;
if (a) class B { }
if (a)
if () b();
else a();
if (a) b() else c();
while a b();
while () a();
while (a)
do a() while (b);
do { } while (a)
do { } (a);
for (a) { }
for (;) { }
for (int a; b) { }
for (int a = 0 : b) { }
for (int a, b : c) { }
for (a : b) { }
for (;;)
a: int b;
a: class B { }
1: b();
switch (a) { case 1 -> 5; }
switch (a) { case 1 -> return; }
switch (a) { case 1 b(); }
switch (a) { b(); }
switch (a) { default, 1 -> b(); }
case 1: a();
default: a();
break 1;
break a b;
continue 1;
return return;
return a b;
throw;
yield;
synchronized { }
synchronized (a) b();
assert;
assert a :;
try { }
try (a()) { }
try () { } finally { }
try (A a) { }
try (A a = b, c = d) { }
try a(); catch (B b) { }
try { } catch { }
try { } catch (A) { }
try { } catch (A a, B b) { }
try { } finally { } catch (A a) { }
catch (A a) { }
finally { }
int a() { }
void a;
int[] a = [1];
int a[1];
a.b c.d;
a() = ;
= a;
a =;
a +=;
++;
a ++ b;
new int[3];
new A;
this;
super;
super();;)
import a.b;
package a;
@A;
@A b();
final;
{
}
{ } }
goto a;
const int a = 1;
enum a = 1;
int class = 1;
int a = 1, int b = 2;
int 1a;
try (a[0]) { }
for (int a : b; c) { }
final final int a;
final var a[] = b;
int a[]b;
a.<b>c d;
"""

_INVALID_MEMBERS = r"""
int
int a
int a b;
a;
g() { }
f() { return 1; }
void a;
void g() {
void g { }
void g( { }
void g) { }
void g(int) { }
void g(a) { }
void g(int a,) { }
void g(int a int b) { }
void g(int... a, int b) { }
void g(int... a[]) { }
void g(static int a) { }
void g(final final int a) { }
void g(var a) { }
void g(int _) { }
void g(int a = 1) { }
void g(int a, A this) { }
void g()[] { }
void g() throws { }
void g() throws int { }
void g() throws A[] { }
void g() throws A<B> { }
void _() { }
void 1g() { }
int _ = 1;
var a = 1;
public public int a;
static static { }
static static int a;
abstract abstract class B { }
final { }
public { }
public;
private static final;
@ int a;
@A(b = ) int c;
@A(b = 1 int c;
@A(,) int b;
class { }
class B
class B {
class B extends { }
class B extends C, D { }
class B implements { }
class B<> { }
class B<T,> { }
class B<T extends> { }
class B<T super C> { }
class B<int> { }
class var { }
class record { }
class B permits C { }
interface B { int c; }
interface B { int c = 1, d; }
interface B { { } }
interface B { static { } }
interface B { B() { } }
interface B implements C { }
interface B permits C { }
enum B { C D }
enum B { C,,D }
enum B { int c; }
enum B { C; D }
enum B extends C { D }
enum B { C(1 }
record B { }
record B() { int c; }
record B() { { } }
record B(final int c) { }
record B(int c[]) { }
record B(int... c, int d) { }
record B(int) { }
record B() extends C { }
record B() { C { } }
@interface { }
import a.b;
return;
a = 1;
f();
if (a) { }
List<> a;
List<A a;
List<A>> a;
A..B c;
A. b;
int[ a;
int[1] a;
int[]] a;
sealed record B() { }
non-sealed record B() { }
A<B>.C() { }
A.A() { }
record B(int c) { C { } }
enum B { C { } { } }
int a = b, c() { }
<T> int a;
"""

_INVALID_FILES = r'''
class A
class A {
class A }
class A { } }
class { }
public
public public class A { }
package;
package a
package a.;
package a; package b;
import a;
import a.b
import a.b.;
import a.*.b;
import static a;
import a.b;; import c.d;
class A { } import b.c;
;package a;
package a; void main() { }
class A extends B extends C { }
class A implements B extends C { }
a
a b
1
"a"
class A { } // \u00
class A { } /*
class A { } */
class A { String s = """a"""; }
class A { String s = """\Na; }
class A ( ) { }
module a { requires; }
module a { exports b.* ; }
sealed enum A permits B { }
'''


def _file(line: str) -> str:
    return line.replace("\\N", "\n").replace("\\t", "\t").replace("\\r\\n", "\r\n")


VALID = [
    *_wrap(_EXPRESSION, _VALID_EXPRESSIONS),
    *_wrap(_STATEMENT, _VALID_STATEMENTS),
    *_wrap(_MEMBER, _VALID_MEMBERS),
    *map(_file, _VALID_FILES.strip().split("\n")),
]
PARSED = [
    *_wrap(_EXPRESSION, _PARSED_EXPRESSIONS),
    *_wrap(_STATEMENT, _PARSED_STATEMENTS),
    *_wrap(_MEMBER, _PARSED_MEMBERS),
    *map(_file, _PARSED_FILES.strip().split("\n")),
]
INVALID = [
    *_wrap(_EXPRESSION, _INVALID_EXPRESSIONS),
    *_wrap(_STATEMENT, _INVALID_STATEMENTS),
    *_wrap(_MEMBER, _INVALID_MEMBERS),
    *map(_file, _INVALID_FILES.strip().split("\n")),
]
