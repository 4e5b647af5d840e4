#include "ledger/client.h"

#include "base/hash.h"
#include "base/sixteen.h"

#include "base/ban.h"

enum { SECOND_LEVEL_MAX = 3, COUNTRY_CODE = 2, SEPARATORS_MAX = 8, RANDOM_MIN = 40 };

static uint32_t key_of(uint64_t hash)
{
    return (uint32_t)hash | 1;
}

/* The part of `name` from its `n`-th label from the right on. */
static struct slice last_labels(struct slice name, int n)
{
    const char *at = name.p + name.n, *dot = at;

    for (; n > 0 && (dot = memrchr(name.p, '.', (size_t)(dot - name.p))) != NULL; n--)
        at = dot + 1;
    return n == 0 ? slice_between(at, name.p + name.n) : name;
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

/* What a Message-ID looks like; hashed as it stands: no gaps. */
struct form {
    uint32_t kinds, separators_n, length, right;
    char separators[SEPARATORS_MAX];
};

/* Look at those of sixteen bytes that are in `which`. */
static void form_add(struct form *form, const char *p, uint64_t which)
{
    sixteen bytes = sixteen_at(p);
    uint64_t lower_hex = sixteen_within(bytes, 'a', 6), lower = sixteen_within(bytes, 'g', 20);
    uint64_t upper_hex = sixteen_within(bytes, 'A', 6), upper = sixteen_within(bytes, 'G', 20);
    uint64_t others = which & ~(lower_hex | lower | upper_hex | upper | sixteen_digits(bytes));

    form->kinds |=
        ((lower_hex & which) != 0 ? LOWER_HEX : 0U) | ((lower & which) != 0 ? LOWER : 0U) |
        ((upper_hex & which) != 0 ? UPPER_HEX : 0U) | ((upper & which) != 0 ? UPPER : 0U);
    for (; others != 0 && form->separators_n < SEPARATORS_MAX; others &= others - 1)
        form->separators[form->separators_n++] = p[bits_first(others)];
}

/* The left side of a Message-ID, sixteen bytes at a time. */
static struct form form_of(struct slice left)
{
    struct form form = { 0 };
    char few[16] = { 0 };
    size_t i = 0;

    if (left.n < sizeof few) {
        memcpy(few, left.p, left.n);
        form_add(&form, few, bits_below((unsigned)left.n));
        return form;
    }
    for (; i + sizeof few <= left.n; i += sizeof few)
        form_add(&form, left.p + i, UINT16_MAX);
    if (i < left.n) /* the last ones, in a block with some that were looked at */
        form_add(&form, left.p + left.n - sizeof few,
                 UINT16_MAX & ~bits_below((unsigned)(i + sizeof few - left.n)));
    return form;
}

uint32_t client_form(struct slice message_id)
{
    struct slice rest = message_id, left;
    struct form form;

    if (!slice_cut(&rest, '@', &left))
        left = message_id;
    if (left.n == 0)
        return 0;
    form = form_of(left);
    if (left.n > RANDOM_MIN && memchr(left.p, '.', left.n) == NULL &&
        memchr(left.p, '$', left.n) == NULL) { /* base64 that has "-" and "_" by chance */
        memset(form.separators, 0, sizeof form.separators);
        form.separators_n = 0;
        form.kinds = LOWER | UPPER;
    }
    if ((form.kinds & LOWER) != 0)
        form.kinds |= LOWER_HEX; /* by chance there need not be one */
    if ((form.kinds & UPPER) != 0)
        form.kinds |= UPPER_HEX;
    form.length = left.n < 16 ? 0 : left.n < 28 ? 1 : left.n < 34 ? 2 : left.n < 38 ? 3 : 4;
    form.right = last_labels(message_id, 1).n < message_id.n - left.n;
    return key_of(hash_slice((struct slice){ (const char *)&form, sizeof form }, 6));
}

uint32_t client_software(uint32_t form, struct slice sasl_method, struct slice service)
{
    return form == 0 ? 0
                     : key_of(hash_u64(form ^ hash_slice(sasl_method, 7) ^ hash_slice(service, 8)));
}
