#include "mail/reply.h"

#include "base/ban.h"

size_t reply_pattern(struct slice text, char *out, size_t room)
{
    text = slice_head(text, room);
    if (text.n > 0)
        memcpy(out, text.p, text.n);
    return text.n;
}
