#include "courier/message.h"

#include "base/ban.h"

/* Up to the next CR, LF or NUL. */
static struct slice take_plain(struct slice *rest)
{
    struct slice plain = { rest->p, 0 };

    while (plain.n < rest->n && plain.p[plain.n] != '\r' && plain.p[plain.n] != '\n' &&
           plain.p[plain.n] != '\0')
        plain.n++;
    *rest = slice_from(*rest, plain.n);
    return plain;
}

void message_lines(struct buf *out, struct slice message)
{
    bool open = false; /* a line has begun */

    while (message.n > 0) {
        struct slice plain = take_plain(&message);

        buf_add(out, plain);
        open = open || plain.n > 0;
        if (message.n == 0)
            break;
        if (slice_skip(&message, SLICE("\r\n")) || slice_skip(&message, SLICE("\n")) ||
            slice_skip(&message, SLICE("\r"))) {
            buf_add(out, SLICE("\r\n"));
            open = false;
        } else {
            message = slice_from(message, 1); /* a NUL */
        }
    }
    if (open)
        buf_add(out, SLICE("\r\n"));
}
