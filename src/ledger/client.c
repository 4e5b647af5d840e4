#include "ledger/client.h"

#include "base/hash.h"

#include "base/ban.h"

enum { SECOND_LEVEL_MAX = 3, COUNTRY_CODE = 2, SEPARATORS_MAX = 8, RANDOM_MIN = 40 };

static uint32_t key_of(uint64_t hash)
{
    return (uint32_t)hash | 1;
}

/* The part of `name` from its `n`-th label from the right on. */
static struct slice last_labels(struct slice name, int n)
{
    size_t at = name.n;

    while (at > 0 && (name.p[at - 1] != '.' || --n > 0))
        at--;
    return (struct slice){ name.p + at, name.n - at };
}

uint32_t client_provider(struct slice name)
{
    struct slice top, two;

    if (name.n == 0)
        return 0;
    top = last_labels(name, 1);
    two = last_labels(name, 2);
    if (top.n == name.n || slice_eq(name, SLICE("unknown")))
        return 0;
    if (top.n == COUNTRY_CODE && two.n - top.n - 1 <= SECOND_LEVEL_MAX)
        two = last_labels(name, 3);
    return key_of(hash_slice(two, 5));
}

enum { LOWER_HEX = 1, LOWER = 2, UPPER_HEX = 4, UPPER = 8 };

/* The kind of a character of the left side: 0 for a digit. */
static unsigned kind_of(char c)
{
    if (c >= 'a' && c <= 'z')
        return c <= 'f' ? LOWER_HEX : LOWER;
    if (c >= 'A' && c <= 'Z')
        return c <= 'F' ? UPPER_HEX : UPPER;
    return 0;
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || kind_of(c) != 0;
}

uint32_t client_form(struct slice message_id)
{
    struct { /* hashed as it stands: no gaps */
        uint32_t kinds, separators_n, length, right;
        char separators[SEPARATORS_MAX];
    } form = { 0 };
    size_t i = 0;

    for (; i < message_id.n && message_id.p[i] != '@'; i++) {
        char c = message_id.p[i];

        if (is_alnum(c))
            form.kinds |= kind_of(c);
        else if (form.separators_n < SEPARATORS_MAX)
            form.separators[form.separators_n++] = c;
    }
    if (i == 0)
        return 0;
    if (i > RANDOM_MIN && memchr(message_id.p, '.', i) == NULL &&
        memchr(message_id.p, '$', i) == NULL) { /* base64 that has "-" and "_" by chance */
        memset(form.separators, 0, sizeof form.separators);
        form.separators_n = 0;
        form.kinds = LOWER | UPPER;
    }
    if ((form.kinds & LOWER) != 0)
        form.kinds |= LOWER_HEX; /* by chance there need not be one */
    if ((form.kinds & UPPER) != 0)
        form.kinds |= UPPER_HEX;
    form.length = i < 16 ? 0 : i < 28 ? 1 : i < 34 ? 2 : i < 38 ? 3 : 4;
    form.right = last_labels(message_id, 1).n < message_id.n - i;
    return key_of(hash_slice((struct slice){ (const char *)&form, sizeof form }, 6));
}

uint32_t client_software(uint32_t form, struct slice sasl_method, struct slice service)
{
    return form == 0 ? 0
                     : key_of(hash_u64(form ^ hash_slice(sasl_method, 7) ^ hash_slice(service, 8)));
}
