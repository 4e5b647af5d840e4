"""Writes the files of templates as C arrays.  Usage: embed_templates.py OUTPUT en.txt de.txt ..."""

import sys
from pathlib import Path


def main(target, sources):
    out = ['#include "tell/builtin.h"\n\n']
    for path in sources:
        text = path.read_bytes()
        text.decode("utf-8")
        out.append(f"static const char text_{path.stem}[] = {{\n")
        for i in range(0, len(text), 20):
            row = (b - 256 if b > 127 else b for b in text[i : i + 20])
            out.append("    " + "".join(f"{b}, " for b in row).rstrip() + "\n")
        out.append("};\n")
    out.append("\nconst struct template_builtin templates_builtin[] = {\n")
    out += [f'    {{ "{p.stem}", text_{p.stem}, sizeof text_{p.stem} }},\n' for p in sources]
    out.append(f"}};\nconst size_t templates_builtin_n = {len(sources)};\n")
    Path(target).write_text("".join(out), encoding="ascii")


main(sys.argv[1], [Path(p) for p in sys.argv[2:]])
