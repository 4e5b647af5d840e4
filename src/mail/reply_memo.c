#include "mail/reply_memo.h"

#include "base/hash.h"
#include "mail/reply_words.h"

#include "base/ban.h"

/* `core` without what is between '<' and '>'. Into `out`; empty when that is too little. */
static struct slice words_of(struct slice core, char out[REPLY_MEMO_WORDS])
{
    struct slice rest = core;
    size_t n = 0;

    while (rest.n > 0) {
        const char *end = rest.p + rest.n, *open = memchr(rest.p, '<', rest.n);
        const char *close = open != NULL ? memchr(open, '>', (size_t)(end - open)) : NULL;
        struct slice part = close != NULL ? slice_between(rest.p, open + 1) : rest;

        if (part.n > REPLY_MEMO_WORDS - n)
            return slice_head(core, 0);
        memcpy(out + n, part.p, part.n);
        n += part.n;
        rest = close != NULL ? slice_between(close, end) : slice_head(rest, 0);
    }
    return (struct slice){ out, n };
}

/* The slot of a reply, made its own if need be; NULL for one that is too long. */
static struct reply_memo_slot *slot_of(struct reply_memo *m, uint64_t code, struct slice text)
{
    uint64_t context = code;
    struct slice core = reply_core(text, &context), words;
    struct reply_memo_slot *slot;
    char room[REPLY_MEMO_WORDS];

    if (core.n > REPLY_SCAN_MAX)
        return NULL;
    words = words_of(core, room);
    if (words.n == 0)
        return NULL;
    slot = &m->slots[hash_slice(words, context) % REPLY_MEMO_SLOTS];
    if (slot->context != context ||
        !slice_eq((struct slice){ slot->words, slot->words_n }, words)) {
        *slot = (struct reply_memo_slot){ .context = context, .words_n = (uint16_t)words.n };
        memcpy(slot->words, words.p, words.n);
    }
    return slot;
}

enum reply_class reply_memo_class(struct reply_memo *m, struct slice dsn, struct slice text)
{
    struct reply_memo_slot *slot = slot_of(m, reply_code(dsn), text);

    if (slot == NULL)
        return reply_classify(dsn, text);
    if (!slot->has_class) {
        slot->class = reply_classify(dsn, text);
        slot->has_class = true;
    }
    return slot->class;
}

struct slice reply_memo_pattern(struct reply_memo *m, struct slice text,
                                char room[REPLY_MEMO_PATTERN])
{
    struct reply_memo_slot *slot = slot_of(m, 0, text);

    if (slot == NULL)
        return (struct slice){ room, reply_pattern(text, room, REPLY_MEMO_PATTERN) };
    if (!slot->has_pattern) {
        slot->pattern_n = (uint8_t)reply_pattern(text, slot->pattern, sizeof slot->pattern);
        slot->has_pattern = true;
    }
    return (struct slice){ slot->pattern, slot->pattern_n };
}
