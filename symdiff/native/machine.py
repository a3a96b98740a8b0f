"""This processor, and code for it: text of LLVM to an object, an object to a function."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any, NamedTuple

FUNCTION = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)


class Machine(NamedTuple):
    """What code depends on: processor and features in LLVM's words, and doubles in a vector."""

    triple: str
    processor: str
    features: str
    width: int
    scaling: bool

    @property
    def key(self) -> str:
        return f"{self.triple} {self.processor} {self.features}"


@cache
def here() -> Machine | None:
    """This machine, None where llvmlite is missing or the processor has no fused multiply-add."""
    try:
        import llvmlite.binding as llvm
    except ImportError:
        return None
    for start in (llvm.initialize_native_target, llvm.initialize_native_asmprinter):
        start()
    triple = llvm.get_process_triple()
    features = llvm.get_host_cpu_features()
    present = {name for name, there in features.items() if there}
    arm = triple.startswith(("aarch64", "arm64"))
    if not (arm or "fma" in present):
        return None
    width = 8 if {"avx512f", "avx512dq"} <= present else 2 if arm else 4
    return Machine(triple, llvm.get_host_cpu_name(), features.flatten(), width, width == 8)


def translated(text: str, machine: Machine, level: int = 2) -> bytes:
    """The object code of a module."""
    import llvmlite.binding as llvm

    module = llvm.parse_assembly(text)
    target = llvm.Target.from_triple(machine.triple).create_target_machine(
        cpu=machine.processor, features=machine.features, opt=level, reloc="pic",
        codemodel="jitdefault",
    )  # fmt: skip
    return target.emit_object(module)  # type: ignore[no-any-return]


class Loaded:
    """A function of object code, which stays in memory as long as this does."""

    def __init__(self, code: bytes, name: str) -> None:
        import llvmlite.binding as llvm

        target = llvm.Target.from_default_triple().create_target_machine(codemodel="jitdefault")
        self.engine: Any = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target)
        self.engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self.engine.finalize_object()
        self.function = FUNCTION(self.engine.get_function_address(name))
