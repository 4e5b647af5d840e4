"""Writes a table as a C array.  Usage: embed_lists.py TABLE OUTPUT.c HEADER NAME"""

import sys


def main(source, target, header, name):
    with open(source, "rb") as f:
        text = f.read()
    if not text.isascii():
        sys.exit(f"{source}: must be ASCII")
    rows = [text[i : i + 20] for i in range(0, len(text), 20)]
    with open(target, "w", encoding="ascii") as f:
        f.write(f'#include "{header}"\n\n')
        f.write(f"const size_t {name}_size = {len(text)};\n")
        f.write(f"const char {name}[] = {{\n")
        for row in rows:
            f.write("    " + "".join(f"{byte}, " for byte in row).rstrip() + "\n")
        f.write("};\n")


main(*sys.argv[1:])
