/* base64.h - Base 64 (RFC 4648 section 4): written whole, read one character at a time. What stands
 * between and after them is the reader's business: mail allows more than HTTP does. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

/* 0 to 63; -1 for any other character, the padding among them. */
static inline int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* With padding, in one line. */
void base64_add(struct buf *out, struct slice s);

#endif
