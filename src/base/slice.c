#include "base/slice.h"

#include <strings.h>

#include "base/ban.h"

struct slice slice_head_utf8(struct slice s, size_t n)
{
    size_t cut = n;

    if (s.n <= n)
        return s;
    while (cut > 0 && n - cut < 3 && ((unsigned char)s.p[cut] & 0xc0) == 0x80)
        cut--;
    return slice_head(s, ((unsigned char)s.p[cut] & 0xc0) == 0x80 ? n : cut);
}

bool slice_to_u64(struct slice s, uint64_t *out)
{
    uint64_t value = 0;

    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = (unsigned)(unsigned char)s.p[i] - '0';

        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *out = value;
    return true;
}

bool slice_eq_nocase(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || strncasecmp(a.p, b.p, a.n) == 0);
}
