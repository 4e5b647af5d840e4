#include "conf/who.h"

#include "base/escape.h"

#include "base/ban.h"

enum { LABEL_MAX = 63, DOMAIN_MAX = 253 };

static bool label_valid(struct slice label)
{
    if (label.n == 0 || label.n > LABEL_MAX)
        return false;
    for (size_t i = 0; i < label.n; i++) {
        char c = label.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return false;
    }
    return label.p[0] != '-' && label.p[label.n - 1] != '-';
}

/* RFC 1035 section 2.3.1, with '_' and leading digits; folded already. */
static bool domain_valid(struct slice domain)
{
    struct slice rest = domain, label;

    while (slice_cut(&rest, '.', &label))
        if (!label_valid(label))
            return false;
    return label_valid(rest) && domain.n <= DOMAIN_MAX;
}

bool conf_is_text(struct slice text)
{
    CLEANUP(buf_done) struct buf valid = buf_make(text.n * 3);
    bool ascii = true;

    for (size_t i = 0; i < text.n; i++) {
        if (((unsigned char)text.p[i] < ' ' && text.p[i] != '\t') || text.p[i] == 0x7f)
            return false;
        ascii &= (unsigned char)text.p[i] < 0x80;
    }
    if (ascii)
        return true;
    escape_utf8(&valid, text);
    return slice_eq(text, buf_slice(&valid));
}

/* An account name may be odd, but is one word. */
static bool is_word(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == ',' || s.p[i] == ';')
            return false;
    return conf_is_text(s);
}

struct slice conf_who_account(struct slice account, char out[ADDRESS_MAX])
{
    char name[ADDRESS_MAX];

    return address_fold(account_fold(account, name), out);
}

const char *conf_who_fold(struct slice text, enum conf_who *kind, char out[ADDRESS_MAX],
                          struct slice *folded)
{
    if (text.n == 0)
        return "is empty";
    if (text.n >= ADDRESS_MAX)
        return "is too long";
    if (!is_word(text))
        return "is no single word";
    if (text.p[0] == '%') {
        *kind = CONF_WHO_GROUP;
        memcpy(out, text.p, text.n);
        *folded = (struct slice){ out, text.n };
        return text.n > 1 ? NULL : "names no group";
    }
    *kind = text.p[0] == '@' ? CONF_WHO_DOMAIN : CONF_WHO_ACCOUNT;
    *folded = *kind == CONF_WHO_DOMAIN ? address_fold(text, out) : conf_who_account(text, out);
    if (folded->n == 0)
        return "is empty";
    if (memchr(folded->p, '@', folded->n) != NULL && !domain_valid(address_domain(*folded)))
        return "has no domain after its @";
    return NULL;
}

/* `n` digits at the front, no more and no fewer. */
static bool take_digits(struct slice *s, size_t n, int *out)
{
    uint64_t value;

    if (s->n < n || !slice_to_u64(slice_head(*s, n), &value))
        return false;
    *out = (int)value;
    *s = slice_from(*s, n);
    return true;
}

bool conf_date_parse(struct slice text, int32_t *day)
{
    struct civil date = { 0 };

    if (!take_digits(&text, 4, &date.year) || !slice_skip(&text, SLICE("-")) ||
        !take_digits(&text, 2, &date.month) || !slice_skip(&text, SLICE("-")) ||
        !take_digits(&text, 2, &date.day) || text.n > 0 || !civil_valid(&date))
        return false;
    *day = (int32_t)civil_days(date.year, date.month, date.day);
    return true;
}

bool conf_decimal_parse(struct slice text, double *out)
{
    struct slice whole;
    uint64_t units, parts = 0, scale = 1;

    if (!slice_cut(&text, '.', &whole)) {
        whole = text;
    } else {
        if (text.n == 0 || text.n > 3 || !slice_to_u64(text, &parts))
            return false;
        for (size_t i = 0; i < text.n; i++)
            scale *= 10;
    }
    if (whole.n > 9 || !slice_to_u64(whole, &units))
        return false;
    *out = (double)units + (double)parts / (double)scale;
    return true;
}
