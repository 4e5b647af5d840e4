#include "proto/socketmap.h"

#include "base/ban.h"

/* The length in front of a netstring's colon: digits, without a zero in front. */
static enum parse read_length(struct slice *rest, size_t *out)
{
    size_t length = 0, n = 0;

    while (n < rest->n && rest->p[n] >= '0' && rest->p[n] <= '9') {
        if (n > 0 && length == 0)
            return PARSE_BAD;
        length = length * 10 + (size_t)(rest->p[n++] - '0');
        if (length > SOCKETMAP_MAX)
            return PARSE_BAD;
    }
    if (n == rest->n)
        return PARSE_MORE;
    if (n == 0 || rest->p[n] != ':')
        return PARSE_BAD;
    *rest = slice_from(*rest, n + 1);
    *out = length;
    return PARSE_OK;
}

enum parse socketmap_parse(struct slice in, struct slice *map, struct slice *key, size_t *used)
{
    struct slice rest = in, name, text;
    size_t length = 0;
    enum parse got = read_length(&rest, &length);

    if (got != PARSE_OK)
        return got;
    if (rest.n <= length)
        return PARSE_MORE;
    text = slice_head(rest, length);
    if (rest.p[length] != ',' || !slice_cut(&text, ' ', &name))
        return PARSE_BAD;
    *map = name;
    *key = text;
    *used = in.n - rest.n + length + 1;
    return PARSE_OK;
}

static bool understood(struct slice reply)
{
    for (size_t i = 0; i < reply.n; i++) {
        if (reply.p[i] == '\0' || reply.p[i] == '\n' || reply.p[i] == '\r')
            return false;
    }
    return reply.n <= SOCKETMAP_MAX &&
           (slice_starts(reply, SLICE("OK ")) || slice_starts(reply, SLICE("NOTFOUND ")) ||
            slice_starts(reply, SLICE("TEMP ")) || slice_starts(reply, SLICE("TIMEOUT ")) ||
            slice_starts(reply, SLICE("PERM ")));
}

bool socketmap_reply(struct buf *out, struct slice reply)
{
    bool good = understood(reply);

    if (!good)
        reply = SLICE("TEMP the answer cannot be sent");
    buf_printf(out, "%zu:", reply.n);
    buf_add(out, reply);
    buf_add_char(out, ',');
    return good;
}
