#!/usr/bin/env python3
"""Checks what the modules include: check_includes.py [ROOT].

A module includes only modules before it, and each outside library is met in one place; what only newer versions of a
library have in a header of its own is included from there. Exits with 1 and one line for each breach.
"""

import pathlib
import re
import sys

MODULES = ("core", "expr", "data", "rank", "eval", "gp", "island", "checkpoint", "nas", "proxy", "app")

# Headers of outside libraries, and the modules, or folders of modules, that may include them.
LIBRARIES = {
    r"spdlog/": ("core",),
    r"xxhash\.h|xxh3\.h": ("core",),
    r"hdf5.*|H5[A-Za-z]*\.h": ("data", "checkpoint"),
    r"zlib\.h": ("data",),
    r"nlohmann/": ("data", "app"),
    r"Kokkos_|Kokkos/|KokkosKernels": ("eval",),
    r"mpi\.h": ("island", "checkpoint", "app"),
    r"boost/": ("island",),
    r"torch/|ATen/|c10/": ("proxy/torch",),
    r"CLI/": ("app",),
    r"toml\+\+/|toml\.h": ("app",),
}

# What newer versions of a library have in a header of its own.
NEEDED = {"fmt::join": "fmt/ranges.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def module_of(path):
    """The module a file of include/zcmpi or src belongs to; what lies directly in src is the program itself."""
    return path.parts[0] if len(path.parts) > 1 else "app"


def complaint(path, header):
    """What is wrong with the header that a file of include/zcmpi or src includes, or None."""
    module = module_of(path)
    own = re.match(r"zcmpi/([^/]+)/", header)
    if own:
        included = own.group(1)
        if included not in MODULES:
            return f"includes the unknown module {included}"
        if MODULES.index(included) > MODULES.index(module):
            return f"includes {header}: {included} lies above {module}"
        return None
    for pattern, allowed in LIBRARIES.items():
        if re.match(pattern, header) and not any(may == module or path.is_relative_to(may) for may in allowed):
            return f"includes <{header}>: only {', '.join(allowed)} may"
    return None


def main(root):
    problems = []
    files = 0
    for folder in (root / "include" / "zcmpi", root / "src"):
        for path in sorted(p for p in folder.rglob("*") if p.suffix in (".hpp", ".cpp", ".in")):
            within = path.relative_to(folder)
            files += 1
            if module_of(within) not in MODULES:
                problems.append(f"{path.relative_to(root)}: the unknown module {module_of(within)}")
                continue
            text = path.read_text(encoding="utf-8")
            for name, header in NEEDED.items():
                if name in text and f"#include <{header}>" not in text:
                    problems.append(f"{path.relative_to(root)}: {name} needs <{header}>")
            for number, line in enumerate(text.splitlines(), 1):
                match = INCLUDE.match(line)
                wrong = complaint(within, match.group(1)) if match else None
                if wrong:
                    problems.append(f"{path.relative_to(root)}:{number}: {module_of(within)} {wrong}")
    if files == 0:
        problems.append(f"{root}: no source file was found")
    print("\n".join(problems) if problems else f"{files} files include only what they may")
    return 1 if problems else 0


if __name__ == "__main__":
    default = pathlib.Path(__file__).resolve().parents[2]
    sys.exit(main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default))
