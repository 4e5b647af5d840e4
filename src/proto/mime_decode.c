/* mime_decode.c - base64 and quoted-printable: RFC 2045 sections 6.7 and 6.8. */
#include "base/base64.h"
#include "proto/mime.h"

#include "base/ban.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* How many bytes of `s` a soft line break takes: '=', blanks, the line end; 0 when it is none. */
static size_t soft_break(struct slice s)
{
    size_t n = 1;

    while (n < s.n && (s.p[n] == ' ' || s.p[n] == '\t'))
        n++;
    if (n == s.n)
        return n;
    if (s.p[n] == '\r')
        return n + 1 < s.n && s.p[n + 1] == '\n' ? n + 2 : n + 1;
    return s.p[n] == '\n' ? n + 1 : 0;
}

/* Blanks at the end of a line were added on the way, but nobody looks for them here. */
static struct slice decode_printable(struct slice in, char *out)
{
    size_t n = 0;

    while (in.n > 0) {
        size_t taken = 1;

        if (in.p[0] == '=' && in.n > 2 && hex_digit(in.p[1]) >= 0 && hex_digit(in.p[2]) >= 0) {
            out[n++] = (char)(unsigned char)(hex_digit(in.p[1]) * 16 + hex_digit(in.p[2]));
            taken = 3;
        } else if (in.p[0] != '=' || (taken = soft_break(in)) == 0) {
            out[n++] = in.p[0];
            taken = 1;
        }
        in = slice_from(in, taken);
    }
    return (struct slice){ out, n };
}

static struct slice decode_base64(struct slice in, char *out)
{
    uint32_t bits = 0;
    unsigned have = 0;
    size_t n = 0;

    for (size_t i = 0; i < in.n && in.p[i] != '='; i++) {
        int digit = base64_digit(in.p[i]);

        if (digit < 0)
            continue;
        bits = (bits << 6 | (uint32_t)digit) & 0xffffff;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[n++] = (char)(unsigned char)(bits >> have & 0xff);
        }
    }
    return (struct slice){ out, n };
}

struct slice mime_decode(struct slice header, struct slice body, size_t most, struct arena *room)
{
    struct slice coding = mime_field(header, SLICE("Content-Transfer-Encoding"));
    size_t n = 0;

    mime_skip_blanks(&coding);
    while (n < coding.n && strchr(" \t\r\n(;", coding.p[n]) == NULL)
        n++;
    coding.n = n;
    if (slice_eq_nocase(coding, SLICE("base64"))) {
        body = slice_head(body, most / 3 * 4);
        return decode_base64(body, arena_take(room, body.n + 1));
    }
    if (slice_eq_nocase(coding, SLICE("quoted-printable"))) {
        body = slice_head(body, most);
        return decode_printable(body, arena_take(room, body.n + 1));
    }
    return body;
}
