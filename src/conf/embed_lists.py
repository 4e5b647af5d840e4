"""Writes a table of lists as a C array.  Usage: embed_lists.py dnsbl.lists lists_builtin.c"""

import sys


def main(source, target):
    with open(source, "rb") as f:
        text = f.read()
    if not text.isascii():
        sys.exit(f"{source}: must be ASCII")
    rows = [text[i : i + 20] for i in range(0, len(text), 20)]
    with open(target, "w", encoding="ascii") as f:
        f.write('#include "conf/lists_builtin.h"\n\n')
        f.write(f"const size_t lists_builtin_size = {len(text)};\n")
        f.write("const char lists_builtin[] = {\n")
        for row in rows:
            f.write("    " + "".join(f"{byte}, " for byte in row).rstrip() + "\n")
        f.write("};\n")


main(sys.argv[1], sys.argv[2])
