#include "proto/queuefile.h"

#include "base/ban.h"

enum {
    LENGTH_BYTES_MAX = 5, /* of the length field: 35 bits */
    ID_MIN = 6,           /* five digits of microseconds and an inode */
    ID_MAX = 32,
    SIZES = 3, /* numbers of "C" that are of use: content size, its offset, recipients */
};

#define OFFSET_MAX ((uint64_t)1 << 48) /* no file is larger; sums of offsets never overflow */

struct record {
    char type;
    uint64_t size;     /* of the data, as the record says */
    struct slice data; /* of that size, or empty when the bytes end before */
    bool whole;
    size_t header; /* bytes before the data */
};

void queuefile_init(struct queuefile *q, bool want_rcpts)
{
    q->arrival = (struct wall){ 0 };
    q->size = 0;
    q->rcpts_n = q->todo_n = 0;
    q->has_sender = q->cut = false;
    q->sender = q->sasl_username = q->sasl_method = q->log_client_name = q->log_client_address =
        q->rcpts = (struct slice){ 0 };
    q->want_rcpts = want_rcpts;
    q->message_at = q->message_end = 0;
    q->jumps = 0;
    q->used = 0;
}

bool queuefile_id_valid(struct slice id)
{
    if (id.n < ID_MIN || id.n > ID_MAX)
        return false;
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];

        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
            return false;
    }
    return true;
}

/* The record at the front of `in`. MORE: its header is cut off. */
static enum queuefile_got record_at(struct slice in, struct record *out)
{
    uint64_t size = 0;

    for (size_t i = 1; i <= LENGTH_BYTES_MAX; i++) {
        unsigned char c;

        if (i >= in.n)
            return QUEUEFILE_MORE;
        c = (unsigned char)in.p[i];
        size |= (uint64_t)(c & 0x7f) << (7 * (i - 1));
        if ((c & 0x80) == 0) {
            bool whole = size <= in.n - i - 1;

            *out = (struct record){ .type = in.p[0],
                                    .size = size,
                                    .header = i + 1,
                                    .whole = whole,
                                    .data = { in.p + i + 1, whole ? (size_t)size : 0 } };
            return QUEUEFILE_DONE;
        }
    }
    return QUEUEFILE_BAD;
}

/* Append to the texts; false when there is no room. */
static bool keep(struct queuefile *q, struct slice text, struct slice *out)
{
    if (text.n > sizeof q->room - q->used) {
        q->cut = true;
        return false;
    }
    if (text.n > 0)
        memcpy(q->room + q->used, text.p, text.n);
    *out = (struct slice){ q->room + q->used, text.n };
    q->used += text.n;
    return true;
}

/* Numbers between spaces: the first `n` of them. */
static bool numbers(struct slice data, uint64_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct slice word;

        data = slice_trim(data);
        if (!slice_cut(&data, ' ', &word)) {
            word = data;
            data.n = 0;
        }
        if (!slice_to_u64(word, &out[i]) || out[i] > OFFSET_MAX)
            return false;
    }
    return true;
}

/* "C": written when the message is complete; until then it holds spaces. */
static bool take_sizes(struct queuefile *q, struct slice data)
{
    uint64_t n[SIZES];

    if (!numbers(data, n, COUNT(n)))
        return false;
    q->size = n[0];
    q->message_at = n[1];
    q->message_end = n[0] + n[1];
    q->rcpts_n = n[2] < UINT32_MAX ? (uint32_t)n[2] : UINT32_MAX;
    return true;
}

/* "T": seconds, and microseconds. */
static bool take_arrival(struct queuefile *q, struct slice data)
{
    uint64_t n[2] = { 0 };

    if (!numbers(data, n, COUNT(n)) && !numbers(data, n, 1))
        return false;
    if (n[0] > INT64_C(253402300799) || n[1] > 999999)
        return false; /* after the year 9999 */
    q->arrival.ms = (int64_t)(n[0] * SECOND_MS + n[1] / 1000);
    return true;
}

/* "A": the first of a name counts, as it does for Postfix's queue manager. */
static void take_attribute(struct queuefile *q, struct slice data)
{
    const struct {
        struct slice name;
        struct slice *to;
    } wanted[] = {
        { SLICE("sasl_username"), &q->sasl_username },
        { SLICE("sasl_method"), &q->sasl_method },
        { SLICE("log_client_name"), &q->log_client_name },
        { SLICE("log_client_address"), &q->log_client_address },
    };
    struct slice name;

    if (q->rcpts.p != NULL || !slice_cut(&data, '=', &name))
        return; /* of a recipient, or none */
    for (size_t i = 0; i < COUNT(wanted); i++)
        if (slice_eq(name, wanted[i].name) && wanted[i].to->p == NULL)
            (void)keep(q, data, wanted[i].to);
}

static void take_rcpt(struct queuefile *q, struct slice data)
{
    struct slice kept;

    if (data.n >= sizeof q->room - q->used) {
        q->cut = true;
    } else if (keep(q, data, &kept)) {
        q->room[q->used++] = '\0';
        if (q->rcpts.p == NULL)
            q->rcpts.p = kept.p;
        q->rcpts.n = (size_t)(q->room + q->used - q->rcpts.p);
    }
}

static void take_sender(struct queuefile *q, struct slice data)
{
    if (!q->has_sender && q->rcpts.p == NULL)
        q->has_sender = keep(q, data, &q->sender);
}

/* A pointer: where to go on, or 0 to go on here. */
static bool take_pointer(struct queuefile *q, struct slice data, uint64_t *target)
{
    return q->jumps++ < QUEUEFILE_JUMPS && numbers(data, target, 1);
}

/* One record whose data is there.
 * DONE: this was the last of interest. MORE: `*go_on` is where the next one is, 0 behind this one.
 */
static enum queuefile_got take(struct queuefile *q, const struct record *r, uint64_t *go_on)
{
    bool good = true;

    if (r->type != 'M' && memchr(r->data.p, '\0', r->data.n) != NULL)
        return QUEUEFILE_BAD;
    switch (r->type) {
    case 'C':
        good = take_sizes(q, r->data);
        break;
    case 'T':
        good = take_arrival(q, r->data);
        break;
    case 'A':
        take_attribute(q, r->data);
        break;
    case 'S':
        take_sender(q, r->data);
        break;
    case 'p':
        good = take_pointer(q, r->data, go_on);
        break;
    case 'R':
    case 'D':
        if (!q->want_rcpts)
            return QUEUEFILE_DONE;
        q->todo_n += r->type == 'R';
        take_rcpt(q, r->data);
        break;
    case 'M':
        if (!q->want_rcpts || q->message_end == 0 || q->jumps++ >= QUEUEFILE_JUMPS)
            return QUEUEFILE_DONE;
        *go_on = q->message_end;
        break;
    case 'E':
        return QUEUEFILE_DONE;
    default:
        break;
    }
    return good ? QUEUEFILE_MORE : QUEUEFILE_BAD;
}

static bool first_is_right(struct slice bytes)
{
    return bytes.p[0] == 'C';
}

enum queuefile_got queuefile_read(struct queuefile *q, struct slice bytes, uint64_t at,
                                  uint64_t *next)
{
    struct slice rest = bytes;

    if (at > OFFSET_MAX || (at == 0 && bytes.n > 0 && !first_is_right(bytes)))
        return QUEUEFILE_BAD;
    while (rest.n > 0) {
        uint64_t here = at + (bytes.n - rest.n), go_on = 0;
        struct record r;
        enum queuefile_got got = record_at(rest, &r);

        if (got == QUEUEFILE_BAD || (got == QUEUEFILE_MORE && rest.n == bytes.n))
            return QUEUEFILE_BAD; /* the second: the file ends in this header */
        if (got == QUEUEFILE_MORE || (!r.whole && rest.n < bytes.n)) {
            *next = here;
            return QUEUEFILE_MORE;
        }
        if (!r.whole) {
            *next = here + r.header + r.size;
            return QUEUEFILE_MORE;
        }
        got = take(q, &r, &go_on);
        if (got != QUEUEFILE_MORE)
            return got;
        if (go_on > 0) {
            *next = go_on;
            return QUEUEFILE_MORE;
        }
        rest = slice_from(rest, r.header + r.data.n);
    }
    *next = at + bytes.n;
    return bytes.n > 0 ? QUEUEFILE_MORE : QUEUEFILE_BAD;
}
