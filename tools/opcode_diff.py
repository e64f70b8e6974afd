"""What changed between the bytecode of two Pythons, and where to begin with the rows for the newer one.

    python tools/opcode_diff.py 3.12 3.13
    python tools/opcode_diff.py /path/to/python3.13 /path/to/python3.14

It asks the two interpreters themselves: opcodes added and removed, those whose kind of argument or stack effect
differs, the tables that arguments index (operators, comparisons, intrinsics), what both make of some lines of Python
(which shows arguments whose bits have moved), and then a first text for `bytegrad/cpython/pyXYZ.py`.  What an opcode
does to the stack in detail is in CPython's Python/bytecodes.c and in the documentation of `dis`.
"""

from __future__ import annotations

import argparse
import difflib
import json
import subprocess
from pathlib import Path
from typing import Any

from interpreters import find_python

# Runs in the other interpreter: standard library only, one JSON object on stdout.
PROBE = r"""
import dis, json, opcode, sys
try:
    import _opcode
except ImportError:
    _opcode = None

KINDS = {"constant": "hasconst", "name": "hasname", "local": "haslocal", "cell": "hasfree", "comparison": "hascompare",
         "jump": "hasjrel", "absolute jump": "hasjabs", "exception handler": "hasexc"}

def effect(number, arg, jump):
    try:
        return dis.stack_effect(number, arg, jump=jump)
    except ValueError:
        return None

def effects(number, takes_argument):
    args = (0, 1, 2, 3) if takes_argument else (None,)
    return [[effect(number, arg, jump) for jump in (False, True)] for arg in args]

def takes_argument(number):
    return number in opcode.hasarg if hasattr(opcode, "hasarg") else number >= opcode.HAVE_ARGUMENT

def table(attribute, function):
    value = getattr(opcode, attribute, None)
    if value is None and hasattr(_opcode, function):
        value = getattr(_opcode, function)()
    return [str(item) for item in value or ()]

SAMPLES = r'''
a < b
if a < b: pass
while not a: pass
a and b or c
a is not None and b in c
-a + b * +c
a[i] = b[j]
a[i:j] = b[1:2]
f(a)
f(a, k=b)
f(*a, **k)
o.m(a).n
del a.b, a[0]
f'{a} {b!r:>3}'
[x for x in a if x]
{k: v for k, v in a}
for x, *y in a: b = x
with a as b: c
try: a\nexcept E as e: b\nfinally: c
assert a, b
lambda a, b=1, *c, d=2, **e: a
def f():\n x = y = 0\n return lambda: x + y
def f(a):\n for x in a: yield x\n yield from a
async def f(a):\n async with a as b: await b
class C(B):\n def m(self): return super().m()
def f(a, b):\n global g; g = a; del a; return b
import a.b as c
from a import b, c as d
match a:\n case [x, {'k': y}, C(z=1)]: pass
all(x for x in a)
x: int = 1
'''.strip().splitlines()

def listing(code):
    jumps = {*opcode.hasjrel, *opcode.hasjabs}
    lines = [i.opname if i.arg is None or i.opcode in jumps else f"{i.opname} {i.arg}"
             for i in dis.get_instructions(code) if i.opname != "CACHE"]
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            lines += listing(constant)
    return lines

names = {name: number for name, number in opcode.opmap.items()
         if number < 256 and not name.startswith(("INSTRUMENTED_", "RESERVED", "ENTER_EXECUTOR"))}
print(json.dumps({
    "version": list(sys.version_info[:2]),
    "release": sys.version.split()[0],
    "opcodes": {name: {
        "argument": sorted(kind for kind, where in KINDS.items() if number in getattr(opcode, where, ()))
                    or (["number"] if takes_argument(number) else []),
        "stack effect": effects(number, takes_argument(number)),
    } for name, number in names.items()},
    "samples": {sample: listing(compile(sample.replace("\\n", "\n"), "", "exec")) for sample in SAMPLES},
    "tables": {
        "comparisons (COMPARE_OP)": list(opcode.cmp_op),
        "operators (BINARY_OP)": table("_nb_ops", "get_nb_ops"),
        "intrinsics of one argument (CALL_INTRINSIC_1)": table("_intrinsic_1_descs", "get_intrinsic1_descs"),
        "intrinsics of two arguments (CALL_INTRINSIC_2)": table("_intrinsic_2_descs", "get_intrinsic2_descs"),
        "special methods (LOAD_SPECIAL)": table("_special_method_names", "get_special_method_names"),
        "common constants (LOAD_COMMON_CONSTANT)": table("_common_constants", "get_common_constants"),
    },
}))
"""


def probe(python: str) -> dict[str, Any]:
    """What the interpreter `python` (a path, or a version that is found on this machine) says of its bytecode."""
    path = Path(python) if Path(python).exists() else find_python(python)
    if path is None:
        raise SystemExit(f"opcode_diff: no interpreter {python!r} on this machine (on PATH, or one of pyenv's)")
    try:
        done = subprocess.run([str(path), "-I", "-c", PROBE], capture_output=True, text=True, check=False)
    except OSError as error:
        raise SystemExit(f"opcode_diff: {path} does not start: {error}") from None
    if done.returncode:
        raise SystemExit(f"opcode_diff: {path} could not be asked: {done.stderr.strip().splitlines()[-1]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def changed_opcodes(old: dict[str, Any], new: dict[str, Any]) -> dict[str, list[str]]:
    """Opcode -> what differs, for those that both have."""
    changes = {}
    for name, was in old["opcodes"].items():
        now = new["opcodes"].get(name, was)
        differing = [f"{aspect}: {was[aspect]} -> {now[aspect]}" for aspect in was if was[aspect] != now[aspect]]
        if differing:
            changes[name] = differing
    return dict(sorted(changes.items()))


def changed_samples(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The instructions that differ, for each line of Python that the two compile differently."""
    lines = []
    for sample, was in old["samples"].items():
        now = new["samples"][sample]
        parts = difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes()
        edits = [(was[i:j], now[k:m]) for kind, i, j, k, m in parts if kind != "equal"]
        if edits:
            lines.append(sample)
            lines += [f"    {', '.join(before) or '-'} -> {', '.join(after) or '-'}" for before, after in edits]
    return lines


def changed_tables(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """One line for each entry of an indexed table that differs."""
    lines = []
    for title, was in old["tables"].items():
        now = new["tables"][title]
        for index in range(max(len(was), len(now))):
            before, after = (items[index] if index < len(items) else "-" for items in (was, now))
            if before != after:
                lines.append(f"{title}, {index}: {before} -> {after}")
    return lines


def net_effect(facts: dict[str, Any]) -> str:
    """The change of the stack's depth, in words short enough for a comment."""
    by_arg = facts["stack effect"]
    plain = [without_jump for without_jump, _ in by_arg]
    text = f"{plain[0]:+d}" if len({*plain}) == 1 and plain[0] is not None else f"{plain} for arguments 0, 1, 2, 3"
    if any(jumping not in (straight, None) for straight, jumping in by_arg):
        text += f", jumping {[jumping for _, jumping in by_arg]}"
    return text


def stub(name: str, facts: dict[str, Any]) -> str:
    """A row to write: inputs and outputs are as many as the stack effect needs at least."""
    depth = facts["stack effect"][0][0] or 0
    inputs = [f"value{i}" for i in range(max(0, -depth))]
    outputs = [f"result{i}" for i in range(max(0, depth))]
    parameters = ", ".join(["b: Any", "arg: Any", *(f"{name}: Any" for name in inputs)])
    effect = " ".join([*inputs, "--", *outputs])
    return (
        f"# argument: {', '.join(facts['argument']) or 'none'}; net stack effect {net_effect(facts)}\n"
        f'@op("{name}", "{effect}")\n'
        f"def {name.lower()}({parameters}) -> Any:\n"
        f'    raise NotImplementedError("{name}")\n'
    )


def starting_text(old: dict[str, Any], new: dict[str, Any]) -> str:
    """A first text for the new version's file: the old rows without the removed ones, and stubs for the added."""
    removed = sorted(old["opcodes"].keys() - new["opcodes"].keys())
    added = sorted(new["opcodes"].keys() - old["opcodes"].keys())
    before, after = ("".join(map(str, answer["version"])) for answer in (old, new))
    version = ".".join(map(str, new["version"]))
    head = (
        f'"""CPython {version}: rows of its own, and how it spells what emitted code needs."""\n\n'
        "from __future__ import annotations\n\n"
        "from typing import Any\n\n"
        "from bytegrad.cpython.define import Table\n"
        f"from bytegrad.cpython.py{before} import OWN as OWN_{before}\n\n"
        f"REMOVED = {tuple(removed)}\n"
        f"OWN = Table({{name: row for name, row in OWN_{before}.items() if name not in REMOVED}})\n"
        "op = OWN.op\n"
    )
    rows = [stub(name, new["opcodes"][name]) for name in added]
    again = [f"#   {name}" for name in changed_opcodes(old, new)]
    if again:
        rows.append("\n".join(["# In both, and to be read again (see above):", *again]) + "\n")
    return f"# bytegrad/cpython/py{after}.py\n" + "\n\n".join([head, *rows])


def report(old: dict[str, Any], new: dict[str, Any]) -> str:
    """Everything that differs, as text."""
    removed = sorted(old["opcodes"].keys() - new["opcodes"].keys())
    added = sorted(new["opcodes"].keys() - old["opcodes"].keys())
    counts = f"{len(old['opcodes'])} opcodes -> {len(new['opcodes'])}"
    sections = [
        (f"CPython {old['release']} -> {new['release']}: {counts}", []),
        (f"Removed ({len(removed)})", removed),
        (f"Added ({len(added)})", [f"{name}: net stack effect {net_effect(new['opcodes'][name])}" for name in added]),
        ("Same name, different", [f"{name}: {'; '.join(how)}" for name, how in changed_opcodes(old, new).items()]),
        ("Tables that arguments index", changed_tables(old, new)),
        ("Some lines of Python", changed_samples(old, new)),
    ]
    text = "\n\n".join("\n".join([title, *(f"  {line}" for line in lines)]) for title, lines in sections)
    return f"{text}\n\n{'-' * 100}\n{starting_text(old, new)}"


def main() -> None:
    """Print the report for the two interpreters of the command line."""
    parser = argparse.ArgumentParser(description="What changed between the bytecode of two Pythons.")
    parser.add_argument("old", help="a version such as 3.12, or the path of an interpreter")
    parser.add_argument("new", help="the same, for the newer one")
    arguments = parser.parse_args()
    print(report(probe(arguments.old), probe(arguments.new)))


if __name__ == "__main__":
    main()
