#include "tell/harmless.h"

#include "base/escape.h"

#include "base/ban.h"

void harmless_text(struct buf *out, struct slice s)
{
    struct buf clean = buf_make(4 * s.n + 16);
    struct slice rest;

    escape_terminal(&clean, s);
    rest = buf_slice(&clean);
    while (rest.n > 0) {
        if (slice_skip(&rest, SLICE("://"))) {
            buf_add(out, SLICE("[:]//"));
        } else if (rest.n >= 4 && slice_eq_nocase(slice_head(rest, 4), SLICE("www."))) {
            buf_add(out, slice_head(rest, 3));
            buf_add(out, SLICE("[.]"));
            rest = slice_from(rest, 4);
        } else {
            buf_add_char(out, rest.p[0]);
            rest = slice_from(rest, 1);
        }
    }
    buf_done(&clean);
}

/* Of an address: what may stand before its '@'. */
static bool in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '+';
}

void harmless_code(struct buf *out, struct slice s, bool entities)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '`')
            buf_add_char(out, '\'');
        else if (c == '@' && (i == 0 || !in_word(s.p[i - 1])))
            buf_add(out, SLICE("@\xe2\x80\x8b"));
        else if (c == '<')
            buf_add(out, entities ? SLICE("&lt;") : SLICE("\xe2\x80\xb9"));
        else if (c == '>')
            buf_add(out, entities ? SLICE("&gt;") : SLICE("\xe2\x80\xba"));
        else if (c == '&' && entities)
            buf_add(out, SLICE("&amp;"));
        else
            buf_add_char(out, c);
    }
}
