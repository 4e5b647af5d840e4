#include "serve/auth_key.h"

#include "base/base64.h"

#include "base/ban.h"

enum { CREDENTIALS_MAX = 1024 };

/* True when equal; reads all of `key` in any case. */
static bool equal(struct slice text, struct slice key)
{
    volatile unsigned char differ = text.n != key.n;

    for (size_t i = 0; i < key.n; i++)
        differ |= (unsigned char)(key.p[i] ^ (i < text.n ? text.p[i] : 0));
    return differ == 0;
}

/* RFC 4648 section 4, padded or not; false for anything else, or when `out` is too small. */
static bool base64_decode(struct slice text, char *out, size_t room, size_t *n)
{
    uint32_t bits = 0;
    unsigned have = 0;

    for (int padding = 0; padding < 2 && slice_ends(text, SLICE("=")); padding++)
        text.n--;
    *n = 0;
    for (size_t i = 0; i < text.n; i++) {
        int digit = base64_digit(text.p[i]);

        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        have += 6;
        if (have < 8)
            continue;
        if (*n == room)
            return false;
        have -= 8;
        out[(*n)++] = (char)(bits >> have & 0xff);
    }
    return true;
}

static bool password_right(struct slice authorization, struct slice key)
{
    char credentials[CREDENTIALS_MAX];
    struct slice scheme, password, name;
    size_t n;

    if (!slice_cut(&authorization, ' ', &scheme) || !slice_eq_nocase(scheme, SLICE("Basic")) ||
        !base64_decode(slice_trim(authorization), credentials, sizeof credentials, &n))
        return false;
    password = (struct slice){ credentials, n };
    return slice_cut(&password, ':', &name) && equal(password, key);
}

bool auth_key_right(const struct http_request *head, struct slice key)
{
    if (key.n == 0)
        return true;
    if (head->api_key.n > 0)
        return equal(head->api_key, key);
    return password_right(head->authorization, key);
}
