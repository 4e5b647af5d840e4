#include "proto/stamp_hint.h"

#include "base/ban.h"

enum {
    BASE = 52,
    SECONDS_DIGITS = 6, /* of a long queue id; then four for the microseconds, 'z', the inode */
    MARK_AT = SECONDS_DIGITS + 4,
    DATE_DIGITS = 14,
};

/* The value of a digit of base 52: digits and consonants, without vowels. */
static int digit_of(char c)
{
    static const char alphabet[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    const char *at = c != '\0' ? memchr(alphabet, c, BASE) : NULL;

    return at != NULL ? (int)(at - alphabet) : -1;
}

static bool long_queue_id(struct slice id, struct wall *out)
{
    int64_t seconds = 0;

    if (id.n <= MARK_AT + 1 || id.p[MARK_AT] != 'z')
        return false;
    for (size_t i = 0; i < id.n; i++) {
        int digit = digit_of(id.p[i]);

        if (digit < 0)
            return false;
        if (i < SECONDS_DIGITS)
            seconds = seconds * BASE + digit;
    }
    *out = (struct wall){ seconds * SECOND_MS };
    return true;
}

static int number(struct slice digits, size_t at, size_t n)
{
    int value = 0;

    for (size_t i = at; i < at + n; i++)
        value = value * 10 + (digits.p[i] - '0');
    return value;
}

/* "20261122030235.D3A0CA72C00@mail.example.test": the id must be that of the line. */
static bool made_message_id(struct slice message_id, struct slice queue_id, struct wall *out)
{
    struct slice digits = slice_head(message_id, DATE_DIGITS);
    struct civil c;

    for (size_t i = 0; i < digits.n; i++)
        if (digits.p[i] < '0' || digits.p[i] > '9')
            return false;
    if (digits.n < DATE_DIGITS)
        return false;
    message_id = slice_from(message_id, DATE_DIGITS);
    if (!slice_skip(&message_id, SLICE(".")) || !slice_skip(&message_id, queue_id) ||
        !slice_starts(message_id, SLICE("@")))
        return false;
    c = (struct civil){ .year = number(digits, 0, 4),
                        .month = number(digits, 4, 2),
                        .day = number(digits, 6, 2),
                        .hour = number(digits, 8, 2),
                        .minute = number(digits, 10, 2),
                        .second = number(digits, 12, 2) };
    if (!civil_valid(&c))
        return false;
    *out = civil_to_wall(&c, 0);
    return true;
}

bool stamp_hint(struct slice text, struct wall *out)
{
    struct slice rest = text, queue_id;

    if (!slice_cut(&rest, ':', &queue_id) || queue_id.n < 5 || queue_id.n > 24)
        return false;
    if (slice_skip(&rest, SLICE(" message-id=<")) && made_message_id(rest, queue_id, out))
        return true;
    return long_queue_id(queue_id, out);
}
