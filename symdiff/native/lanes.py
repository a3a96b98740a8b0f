"""Functions of single numbers, for the few lanes of a vector that ask for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .vectors import SCALAR, Code, Value

_WRAPPER = """
define internal {result} @{name}({truth} %asked, {real} %x, {result} %usual) noinline {{
  %flags = alloca {bytes}
  %wide = zext {truth} %asked to {bytes}
  store {bytes} %wide, ptr %flags
  %arguments = alloca {real}
  store {real} %x, ptr %arguments
{prepare}
  br label %loop
loop:
  %i = phi i64 [0, %0], [%next, %skip]
  %flag.at = getelementptr i8, ptr %flags, i64 %i
  %flag = load i8, ptr %flag.at
  %is.asked = trunc i8 %flag to i1
  br i1 %is.asked, label %do, label %skip
do:
  %argument.at = getelementptr double, ptr %arguments, i64 %i
  %argument = load double, ptr %argument.at
  %found = call {scalar} @{function}(double %argument)
{keep}
  br label %skip
skip:
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, {width}
  br i1 %more, label %loop, label %end
end:
{collect}
  ret {result} %whole{last}
}}
"""


def rarely(asked: Value, x: Value, usual: Sequence[Value], function: str, text: str) -> list[Value]:
    """The ``usual`` values, where no lane asks for others, else those of a function of ``x``.

    ``text`` defines the ``function``, which returns a structure of as many numbers.
    """
    code = x.code
    key = f"{function} {asked.text} {x.text}"
    if f"{key} 0" not in code.known:
        result = "{" + ", ".join([code.type(v.kind) for v in usual]) + "}"
        code.functions[function] = text + _wrapper(code, function, usual, result)
        found = _branch(asked, x, usual, f"{function}_lanes", result)
        code.known |= {f"{key} {i}": value for i, value in enumerate(found)}
    return [code.known[f"{key} {i}"] for i in range(len(usual))]


def _branch(asked: Value, x: Value, usual: Sequence[Value], name: str, result: str) -> list[Value]:
    code = x.code
    label = f"{name}{len(code.known)}"
    some = asked.text
    if code.width > 1:
        vector = code.type("bool")
        code.declared.add(f"declare i1 @llvm.vector.reduce.or.v{code.width}i1({vector})")
        some = f"%{label}.some"
        reduced = f"call i1 @llvm.vector.reduce.or.v{code.width}i1({asked.typed})"
        code.lines.append(f"{some} = {reduced}")
    code.lines.append(f"br i1 {some}, label %{label}, label %{label}.join, !prof !0\n{label}:")
    code.lines += _packed(f"%{label}.packed", result, [v.typed for v in usual])
    packed = f"{result} %{label}.packed{len(usual)}"
    code.lines.append(f"%{label}.all = call {result} @{name}({asked.typed}, {x.typed}, {packed})")
    code.lines += [
        f"%{label}.other{i} = extractvalue {result} %{label}.all, {i}" for i in range(len(usual))
    ]
    code.lines.append(f"br label %{label}.join\n{label}.join:")
    for i, v in enumerate(usual):
        pairs = f"[{v.text}, %{code.block}], [%{label}.other{i}, %{label}]"
        code.lines.append(f"%{label}.value{i} = phi {code.type(v.kind)} {pairs}")
    code.block = f"{label}.join"
    return [Value(code, v.kind, f"%{label}.value{i}") for i, v in enumerate(usual)]


def _packed(name: str, result: str, parts: Sequence[str]) -> Iterator[str]:
    """The parts as a structure: ``name`` with their number behind it."""
    before = "undef"
    for i, part in enumerate(parts):
        yield f"{name}{i + 1} = insertvalue {result} {before}, {part}, {i}"
        before = f"{name}{i + 1}"


def _wrapper(code: Code, function: str, usual: Sequence[Value], result: str) -> str:
    prepare, keep, collect = [], [], []
    scalar = "{" + ", ".join([SCALAR[v.kind] for v in usual]) + "}"
    types = [code.type(v.kind) for v in usual]
    for i, v in enumerate(usual):
        number = SCALAR[v.kind]
        prepare.append(f"  %usual{i} = extractvalue {result} %usual, {i}")
        prepare.append(f"  %memory{i} = alloca {types[i]}")
        prepare.append(f"  store {types[i]} %usual{i}, ptr %memory{i}")
        keep.append(f"  %found{i} = extractvalue {scalar} %found, {i}")
        keep.append(f"  %place{i} = getelementptr {number}, ptr %memory{i}, i64 %i")
        keep.append(f"  store {number} %found{i}, ptr %place{i}")
        collect.append(f"  %value{i} = load {types[i]}, ptr %memory{i}")
    collect += _packed("%whole", result, [f"{t} %value{i}" for i, t in enumerate(types)])
    return _WRAPPER.format(
        result=result, name=f"{function}_lanes", truth=code.type("bool"), real=code.type("real"),
        bytes="i8" if code.width == 1 else f"<{code.width} x i8>", prepare="\n".join(prepare),
        scalar=scalar, function=function, keep="\n".join(keep), width=code.width,
        collect="\n".join(collect), last=len(usual),
    )  # fmt: skip
