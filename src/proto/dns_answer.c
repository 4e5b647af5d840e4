#include "proto/dns_answer.h"

#include "base/ban.h"

enum {
    HEADER = 12,
    RESPONSE = 0x80, /* QR, in the third byte */
    CODE = 0x0f,     /* RCODE, in the fourth */
    POINTER = 0xc0,
    ROOT = 0,
    FIXED = 10, /* type, class, TTL and length of a record */
};

static uint32_t byte(struct slice s, size_t i)
{
    return (unsigned char)s.p[i];
}

static uint32_t u16(struct slice s, size_t i)
{
    return byte(s, i) << 8u | byte(s, i + 1);
}

static uint32_t u32(struct slice s, size_t i)
{
    return u16(s, i) << 16u | u16(s, i + 2);
}

/* Move past a name; a pointer ends it (section 4.1.4), and is not followed. */
static bool skip_name(struct slice *in)
{
    while (in->n > 0) {
        uint32_t n = byte(*in, 0);

        if ((n & POINTER) == POINTER) {
            if (in->n < 2)
                return false;
            *in = slice_from(*in, 2);
            return true;
        }
        if ((n & POINTER) != 0 || in->n < n + 1)
            return false;
        *in = slice_from(*in, n + 1);
        if (n == ROOT)
            return true;
    }
    return false;
}

/* Character-strings (section 3.3.14), without their lengths. */
static void add_text(struct dns_answer *out, struct slice data)
{
    bool first = true;

    for (; data.n > 0; first = false) {
        size_t n = byte(data, 0), room;
        struct slice part = slice_head(slice_from(data, 1), n);

        data = slice_from(data, 1 + part.n);
        if (first && out->text_n > 0 && out->text_n + 2 < DNS_TEXT_MAX) {
            memcpy(out->text + out->text_n, "; ", 2);
            out->text_n += 2;
        }
        room = DNS_TEXT_MAX - out->text_n;
        part = slice_head(part, room);
        if (part.n > 0)
            memcpy(out->text + out->text_n, part.p, part.n);
        out->text_n += part.n;
    }
}

/* Servers turn their addresses round and round. */
static void add_address(struct dns_answer *out, uint32_t address)
{
    size_t i = out->a_n++;

    for (; i > 0 && out->a[i - 1] > address; i--)
        out->a[i] = out->a[i - 1];
    out->a[i] = address;
}

/* One record of the answer. */
static bool take_record(struct slice *in, struct dns_answer *out, bool first)
{
    uint32_t type, class, ttl_s, n;
    struct slice data;

    if (!skip_name(in) || in->n < FIXED)
        return false;
    type = u16(*in, 0);
    class = u16(*in, 2);
    ttl_s = u32(*in, 4);
    n = u16(*in, 8);
    *in = slice_from(*in, FIXED);
    if (in->n < n)
        return false;
    data = slice_head(*in, n);
    *in = slice_from(*in, n);
    if (first || ttl_s < out->ttl_s)
        out->ttl_s = ttl_s;
    if (class != DNS_IN)
        return true;
    if (type == DNS_A && n == 4 && out->a_n < DNS_ADDRESSES_MAX)
        add_address(out, u32(data, 0));
    if (type == DNS_TXT)
        add_text(out, data);
    return true;
}

bool dns_answer_parse(struct slice in, struct dns_answer *out)
{
    struct dns_answer got = { 0 };
    uint32_t questions, records;

    if (in.n < HEADER || (byte(in, 2) & RESPONSE) == 0)
        return false;
    got.code = byte(in, 3) & CODE;
    questions = u16(in, 4);
    records = u16(in, 6);
    in = slice_from(in, HEADER);
    for (; questions > 0; questions--) {
        if (!skip_name(&in) || in.n < 4)
            return false;
        in = slice_from(in, 4);
    }
    for (uint32_t i = 0; i < records; i++)
        if (!take_record(&in, &got, i == 0))
            return false;
    *out = got;
    return true;
}

const char *dns_code_name(unsigned code)
{
    static const char *const names[] = { "no error",       "format error",    "SERVFAIL",
                                         "no such domain", "not implemented", "REFUSED" };

    return code < COUNT(names) ? names[code] : "an error";
}
