"""Kernels of sin, cos and tan.

The argument is ``k*pi/2 + r`` with ``r`` as a sum of two doubles, so that digits remain next to
every multiple of ``pi/2``: by fused steps up to 2**27, beyond by whole numbers of 192 bits.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from .lanes import rarely
from .vectors import INF, MAGIC, Value, absolute, fma, polynomial, select

FARTHEST = 2.0**27
_TWO_OVER_PI = 0.6366197723675814
_RIGHT = 1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33  # pi/2 in three parts
_SINE = [  # (sin(x)/x - 1)/x**2, |x| <= pi/4, as in fdlibm
    -1.66666666666666324348e-01, 8.33333333332248946124e-03, -1.98412698298579493134e-04,
    2.75573137070700676789e-06, -2.50507602534068634195e-08, 1.58969099521155010221e-10,
]  # fmt: skip
_COSINE = [  # (cos(x) - 1 + x**2/2)/x**4
    4.16666666666666019037e-02, -1.38888888888741095749e-03, 2.48015872894767294178e-05,
    -2.75573143513906633035e-07, 2.08757232129817482790e-09, -1.13596475577881948265e-11,
]  # fmt: skip


class Angle(NamedTuple):
    """``quadrant*pi/2 + high + low``; of the quadrant the low bits count."""

    high: Value
    low: Value
    quadrant: Value


def _reduced(x: Value) -> Angle:
    power = fma(x, _TWO_OVER_PI, MAGIC)
    k = power - MAGIC
    first = fma(k, -_RIGHT[0], x)  # exact
    product = k * _RIGHT[1]
    lost = fma(k, _RIGHT[1], -product) + k * _RIGHT[2]
    high = first - product
    taken = first - high
    low = ((first - (high + taken)) + (taken - product)) - lost
    size = absolute(x)
    far = (size > FARTHEST) & (size < INF)
    usual = Angle(high, low, power.bits)
    for line in _DECLARED:
        x.code.declared.add(line)
    return Angle(*rarely(far, x, usual, "far_angle", _far_angle()))


def _sine(angle: Angle) -> Value:
    x, z = angle.high, angle.high * angle.high
    cube = z * x
    series = polynomial(z, _SINE[1:])
    return x - (fma(z, 0.5 * angle.low - cube * series, -angle.low) - cube * _SINE[0])


def _cosine(angle: Angle) -> Value:
    z = angle.high * angle.high
    half = 0.5 * z
    near = 1.0 - half
    small = fma(z * z, polynomial(z, _COSINE), -(angle.high * angle.low))
    return near + (((1.0 - near) - half) + small)


def _turned(angle: Angle, quadrants: int) -> Value:
    """The sine of the angle and a number of right angles."""
    turn = angle.quadrant + quadrants
    value = select((turn & 1).equals(0), _sine(angle), _cosine(angle))
    return (value.bits ^ ((turn & 2) << 62)).from_bits


def sin(x: Value) -> Value:
    return _turned(_reduced(x), 0)


def cos(x: Value) -> Value:
    return _turned(_reduced(x), 1)


def tan(x: Value) -> Value:
    angle = _reduced(x)
    sine, cosine = _sine(angle), _cosine(angle)
    even = (angle.quadrant & 1).equals(0)
    return select(even, sine, -cosine) / select(even, cosine, sine)


# -- angles beyond 2**27 --------------------------------------------------------------------------

_DECLARED = (
    "declare i192 @llvm.ctlz.i192(i192, i1)",
    "declare double @llvm.fma.f64(double, double, double)",
)
_FAR_ANGLE = """
@inverse = internal constant i1344 {inverse}

define internal {{double, double, i64}} @far_angle(double %x) noinline {{
  %bits = bitcast double %x to i64
  %shifted = lshr i64 %bits, 52
  %exponent = and i64 %shifted, 2047
  %fraction = and i64 %bits, 4503599627370495
  %whole = or i64 %fraction, 4503599627370496
  %wide = zext i64 %whole to i192
  %place = sub i64 2165, %exponent
  %byte = lshr i64 %place, 3
  %at = getelementptr i8, ptr @inverse, i64 %byte
  %window = load i256, ptr %at, align 1
  %rest = and i64 %place, 7
  %by = zext i64 %rest to i256
  %moved = lshr i256 %window, %by
  %factor = trunc i256 %moved to i192
  %turns = mul i192 %wide, %factor
  %nearest = add i192 %turns, {eighth}
  %top = lshr i192 %nearest, 190
  %quadrant = trunc i192 %top to i64
  %signed = shl i192 %turns, 2
  %below = icmp slt i192 %signed, 0
  %opposite = sub i192 0, %signed
  %size = select i1 %below, i192 %opposite, i192 %signed
  %zeros = call i192 @llvm.ctlz.i192(i192 %size, i1 true)
  %normal = shl i192 %size, %zeros
  %first = lshr i192 %normal, 139
  %second0 = lshr i192 %normal, 86
  %second1 = trunc i192 %second0 to i64
  %second = and i64 %second1, 9007199254740991
  %high0 = trunc i192 %first to i64
  %high1 = uitofp i64 %high0 to double
  %low1 = uitofp i64 %second to double
  %high2 = fmul double %high1, 0x3CA0000000000000
  %low2 = fmul double %low1, 0x3950000000000000
  %product = fmul double %high2, {right}
  %opposed = fneg double %product
  %lost0 = call double @llvm.fma.f64(double %high2, double {right}, double %opposed)
  %lost1 = call double @llvm.fma.f64(double %high2, double {rest}, double %lost0)
  %lost = call double @llvm.fma.f64(double %low2, double {right}, double %lost1)
  %high3 = fadd double %product, %lost
  %taken = fsub double %high3, %product
  %low3 = fsub double %lost, %taken
  %zeros64 = trunc i192 %zeros to i64
  %biased = sub i64 1023, %zeros64
  %scale0 = shl i64 %biased, 52
  %negative0 = bitcast double %x to i64
  %flipped = icmp slt i64 %negative0, 0
  %minus = xor i1 %flipped, %below
  %sign = select i1 %minus, i64 -9223372036854775808, i64 0
  %scale1 = or i64 %scale0, %sign
  %scale = bitcast i64 %scale1 to double
  %high = fmul double %high3, %scale
  %low = fmul double %low3, %scale
  %turned = sub i64 0, %quadrant
  %count = select i1 %flipped, i64 %turned, i64 %quadrant
  %r0 = insertvalue {{double, double, i64}} undef, double %high, 0
  %r1 = insertvalue {{double, double, i64}} %r0, double %low, 1
  %r2 = insertvalue {{double, double, i64}} %r1, i64 %count, 2
  ret {{double, double, i64}} %r2
}}
"""
_DECLARED = (
    "declare i192 @llvm.ctlz.i192(i192, i1)",
    "declare double @llvm.fma.f64(double, double, double)",
)


@cache
def _two_over_pi(bits: int) -> int:
    """``floor(2/pi * 2**bits)``, by Machin's formula ``pi/4 = 4*atan(1/5) - atan(1/239)``."""
    one = 1 << (bits + 64)

    def inverse_tangent(n: int) -> int:
        term = total = one // n
        k = 1
        while term:
            term //= -n * n
            total += term // (k + 2)
            k += 2
        return total

    pi = 4 * (4 * inverse_tangent(5) - inverse_tangent(239))
    return (one << (bits + 1)) // pi


def _far_angle() -> str:
    right, rest = "0x3FF921FB54442D18", "0x3C91A62633145C07"  # pi/2
    return _FAR_ANGLE.format(inverse=_two_over_pi(1280), eighth=1 << 189, right=right, rest=rest)
