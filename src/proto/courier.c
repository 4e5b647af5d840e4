#include "proto/courier.h"

#include "base/escape.h"

#include "base/ban.h"

/* In front of each frame. */
struct frame_head {
    uint32_t n; /* bytes behind this number */
    uint32_t flags;
    uint64_t id;
    uint32_t what; /* the kind, or the result */
    uint32_t more; /* the way of TLS, or the time for the next try */
};

enum { FLAG_UNVERIFIED = 1, HEAD_BYTES = sizeof(struct frame_head), NUMBER = sizeof(uint32_t) };

/* The texts of a letter, in the order in which they are sent; its arguments follow. */
static const size_t texts[] = {
    offsetof(struct courier_letter, where),
    offsetof(struct courier_letter, body),
    offsetof(struct courier_letter, ca_file),
    offsetof(struct courier_letter, from),
    offsetof(struct courier_letter, to),
    offsetof(struct courier_letter, source),
    offsetof(struct courier_letter, user),
    offsetof(struct courier_letter, secret_file),
    offsetof(struct courier_letter, authorization_file),
    offsetof(struct courier_letter, name),
    offsetof(struct courier_letter, event),
    offsetof(struct courier_letter, incident),
    offsetof(struct courier_letter, subject),
};

static struct slice get_text(const struct courier_letter *letter, size_t i)
{
    struct slice text;

    memcpy(&text, (const char *)letter + texts[i], sizeof text);
    return text;
}

static void set_text(struct courier_letter *letter, size_t i, struct slice text)
{
    memcpy((char *)letter + texts[i], &text, sizeof text);
}

static void add_number(struct buf *out, uint32_t n)
{
    buf_add(out, (struct slice){ (const char *)&n, sizeof n });
}

static void add_text(struct buf *out, struct slice text)
{
    add_number(out, (uint32_t)text.n);
    buf_add(out, text);
}

/* Bytes of one more text in a frame that has `n`; COURIER_FRAME_MAX + 1 when it is too long. */
static size_t text_room(size_t n, struct slice text)
{
    if (n > COURIER_FRAME_MAX || text.n > COURIER_FRAME_MAX - NUMBER ||
        n > COURIER_FRAME_MAX - NUMBER - text.n)
        return COURIER_FRAME_MAX + 1;
    return n + NUMBER + text.n;
}

static size_t letter_room(const struct courier_letter *letter)
{
    size_t n = HEAD_BYTES + NUMBER;

    for (size_t i = 0; i < COUNT(texts); i++)
        n = text_room(n, get_text(letter, i));
    for (uint32_t i = 0; i < letter->arguments_n; i++)
        n = text_room(n, letter->arguments[i]);
    return n;
}

static void add_head(struct buf *out, size_t n, struct frame_head head)
{
    head.n = (uint32_t)(n - NUMBER);
    buf_add(out, (struct slice){ (const char *)&head, sizeof head });
}

bool courier_letter_add(struct buf *out, const struct courier_letter *letter)
{
    size_t n =
        letter->arguments_n <= COURIER_ARGUMENTS_MAX ? letter_room(letter) : COURIER_FRAME_MAX + 1;

    if (n > COURIER_FRAME_MAX || out->limit - out->n < n)
        return false;
    add_head(out, n,
             (struct frame_head){ .flags = letter->unverified ? FLAG_UNVERIFIED : 0,
                                  .id = letter->id,
                                  .what = (uint32_t)letter->kind,
                                  .more = (uint32_t)letter->tls });
    for (size_t i = 0; i < COUNT(texts); i++)
        add_text(out, get_text(letter, i));
    add_number(out, letter->arguments_n);
    for (uint32_t i = 0; i < letter->arguments_n; i++)
        add_text(out, letter->arguments[i]);
    return true;
}

bool courier_answer_add(struct buf *out, const struct courier_answer *answer)
{
    struct buf clean = buf_make((size_t)4 * COURIER_WORDS_MAX);
    uint32_t wait = answer->retry_after_s < COURIER_RETRY_AFTER_MAX_S ? answer->retry_after_s
                                                                      : COURIER_RETRY_AFTER_MAX_S;
    struct slice words;
    size_t n;

    escape_terminal(&clean, slice_head_utf8(answer->words, COURIER_WORDS_MAX));
    words = slice_head_utf8(buf_slice(&clean), COURIER_WORDS_MAX);
    n = HEAD_BYTES + NUMBER + words.n;
    if (out->limit - out->n < n) {
        out->full = true;
    } else {
        add_head(out, n,
                 (struct frame_head){
                     .id = answer->id, .what = (uint32_t)answer->result, .more = wait });
        add_text(out, words);
    }
    buf_done(&clean);
    return !out->full;
}

/* The head of a frame of at most `max` bytes, and what follows in it. */
static enum parse take_frame(struct slice in, size_t max, struct frame_head *head,
                             struct slice *rest)
{
    if (in.n < NUMBER)
        return PARSE_MORE;
    memcpy(&head->n, in.p, NUMBER);
    if (head->n > max - NUMBER || head->n < HEAD_BYTES - NUMBER)
        return PARSE_BAD;
    if (in.n - NUMBER < head->n)
        return PARSE_MORE;
    memcpy(head, in.p, HEAD_BYTES);
    *rest = slice_from(slice_head(in, NUMBER + (size_t)head->n), HEAD_BYTES);
    return PARSE_OK;
}

static bool take_number(struct slice *rest, uint32_t *n)
{
    if (rest->n < NUMBER)
        return false;
    memcpy(n, rest->p, NUMBER);
    *rest = slice_from(*rest, NUMBER);
    return true;
}

static bool take_text(struct slice *rest, struct slice *text)
{
    uint32_t n = 0;

    if (!take_number(rest, &n) || n > rest->n)
        return false;
    *text = slice_head(*rest, n);
    *rest = slice_from(*rest, n);
    return true;
}

/* All that follows the head; nothing may be left over. */
static bool take_texts(struct slice rest, struct courier_letter *letter)
{
    struct slice text = { NULL, 0 };

    for (size_t i = 0; i < COUNT(texts); i++) {
        if (!take_text(&rest, &text))
            return false;
        set_text(letter, i, text);
    }
    if (!take_number(&rest, &letter->arguments_n) || letter->arguments_n > COURIER_ARGUMENTS_MAX)
        return false;
    for (uint32_t i = 0; i < letter->arguments_n; i++)
        if (!take_text(&rest, &letter->arguments[i]))
            return false;
    return rest.n == 0;
}

enum parse courier_letter_parse(struct slice in, struct courier_letter *out, size_t *used)
{
    struct frame_head head = { 0 };
    struct courier_letter letter = { 0 };
    struct slice rest;
    enum parse got = take_frame(in, COURIER_FRAME_MAX, &head, &rest);

    if (got != PARSE_OK)
        return got;
    if (head.what >= COURIER_KINDS || head.more >= COURIER_TLS_WAYS ||
        (head.flags & ~(uint32_t)FLAG_UNVERIFIED) != 0 || !take_texts(rest, &letter))
        return PARSE_BAD;
    letter.id = head.id;
    letter.kind = (enum courier_kind)head.what;
    letter.tls = (enum courier_tls)head.more;
    letter.unverified = (head.flags & FLAG_UNVERIFIED) != 0;
    *out = letter;
    *used = NUMBER + (size_t)head.n;
    return PARSE_OK;
}

/* What escape_terminal would leave as it is. */
static bool is_clean(struct slice words)
{
    struct buf clean = buf_make((size_t)4 * COURIER_WORDS_MAX);
    bool same;

    escape_terminal(&clean, words);
    same = slice_eq(words, buf_slice(&clean));
    buf_done(&clean);
    return same;
}

enum parse courier_answer_parse(struct slice in, struct courier_answer *out, size_t *used)
{
    struct frame_head head = { 0 };
    struct slice rest, words;
    enum parse got = take_frame(in, COURIER_ANSWER_MAX, &head, &rest);

    if (got != PARSE_OK)
        return got;
    if (head.what >= COURIER_RESULTS || head.flags != 0 || head.more > COURIER_RETRY_AFTER_MAX_S ||
        !take_text(&rest, &words) || rest.n != 0 || words.n > COURIER_WORDS_MAX || !is_clean(words))
        return PARSE_BAD;
    *out = (struct courier_answer){ .id = head.id,
                                    .result = (enum courier_result)head.what,
                                    .retry_after_s = head.more,
                                    .words = words };
    *used = NUMBER + (size_t)head.n;
    return PARSE_OK;
}
