"""Writes a style sheet as a C array, with the hash by which a page's Content-Security-Policy
admits it (CSP level 3, section 2.3.1: 'sha256-...').  Usage: embed.py page.css page_css.c"""

import base64
import hashlib
import sys


def main(source, target):
    with open(source, "rb") as f:
        css = f.read()
    # The sheet is the text of a <style> element, read by HTML and by XML parsers alike.
    if b"<" in css or b"&" in css or b"\r" in css or not css.isascii():
        sys.exit(f"{source}: must be ASCII without '<', '&' and carriage returns")
    digest = base64.b64encode(hashlib.sha256(css).digest()).decode()
    rows = [css[i : i + 20] for i in range(0, len(css), 20)]
    with open(target, "w", encoding="ascii") as f:
        f.write('#include "report/page_css.h"\n\n')
        f.write(f'const char page_css_hash[] = "sha256-{digest}";\n')
        f.write(f"const size_t page_css_size = {len(css)};\n")
        f.write("const char page_css[] = {\n")
        for row in rows:
            f.write("    " + "".join(f"{byte}, " for byte in row).rstrip() + "\n")
        f.write("};\n")


main(sys.argv[1], sys.argv[2])
