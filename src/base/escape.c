#include "base/escape.h"

#include <utf8proc.h>

#include "base/ban.h"

/* Take one character from the front of `*rest`: its code point, or -1 for a byte that is no UTF-8.
 */
static int32_t take(struct slice *rest, struct slice *taken)
{
    utf8proc_int32_t code;
    utf8proc_ssize_t room = rest->n < 4 ? (utf8proc_ssize_t)rest->n : 4;
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)rest->p, room, &code);

    if (n <= 0) {
        n = 1;
        code = -1;
    }
    *taken = slice_head(*rest, (size_t)n);
    *rest = slice_from(*rest, (size_t)n);
    return code;
}

/* False for controls, for what turns or hides text (bidirectional controls, zero width, fillers,
 * separators of lines and paragraphs), for private use and for what is no character. */
static bool is_visible(int32_t code)
{
    static const uint32_t hidden = 1U << UTF8PROC_CATEGORY_CC | 1U << UTF8PROC_CATEGORY_CF |
                                   1U << UTF8PROC_CATEGORY_CS | 1U << UTF8PROC_CATEGORY_CO |
                                   1U << UTF8PROC_CATEGORY_CN | 1U << UTF8PROC_CATEGORY_ZL |
                                   1U << UTF8PROC_CATEGORY_ZP;
    const utf8proc_property_t *property;

    if (code >= 0x20 && code < 0x7f)
        return true;
    if (code < 0)
        return false;
    property = utf8proc_get_property(code);
    return (hidden >> property->category & 1) == 0 &&
           (!property->ignorable || property->category == UTF8PROC_CATEGORY_MN);
}

static struct slice reference_of(int32_t code)
{
    switch (code) {
    case '&':
        return SLICE("&amp;");
    case '<':
        return SLICE("&lt;");
    case '>':
        return SLICE("&gt;");
    case '"':
        return SLICE("&quot;");
    case '\'':
        return SLICE("&#39;");
    default:
        return (struct slice){ NULL, 0 };
    }
}

void escape_terminal(struct buf *out, struct slice s)
{
    struct slice taken;

    while (s.n > 0)
        buf_add(out, is_visible(take(&s, &taken)) ? taken : SLICE("?"));
}

void escape_html(struct buf *out, struct slice s)
{
    struct slice taken, reference;

    while (s.n > 0) {
        int32_t code = take(&s, &taken);

        reference = reference_of(code);
        if (reference.n > 0)
            buf_add(out, reference);
        else
            buf_add(out, is_visible(code) ? taken : SLICE("?"));
    }
}

void escape_utf8(struct buf *out, struct slice s)
{
    struct slice taken;

    while (s.n > 0)
        buf_add(out, take(&s, &taken) > 0 ? taken : SLICE("\xef\xbf\xbd"));
}

size_t escape_columns(struct slice s)
{
    struct slice taken;
    size_t columns = 0;

    while (s.n > 0) {
        int32_t code = take(&s, &taken);

        columns += is_visible(code) ? (size_t)utf8proc_charwidth(code) : 1;
    }
    return columns;
}
