#include "mail/reply.h"

#include "base/attributes.h"

#include "base/ban.h"

const char *reply_class_name(enum reply_class c)
{
    static const char *const names[REPLY_CLASSES] = {
        [REPLY_OTHER] = "other",
        [REPLY_UNKNOWN_RECIPIENT] = "unknown recipient",
        [REPLY_UNKNOWN_DOMAIN] = "unknown domain",
        [REPLY_SPAM] = "spam",
        [REPLY_RATE] = "rate limit",
        [REPLY_GREYLISTED] = "greylisted",
        [REPLY_MAILBOX_FULL] = "mailbox full",
        [REPLY_POLICY] = "policy",
        [REPLY_UNREACHABLE] = "unreachable",
    };

    return names[c < REPLY_CLASSES ? c : REPLY_OTHER];
}

/* What a code stands for when the text says nothing: RFC 3463 sections 3.2 to 3.8. */
static const struct code_case {
    const char *code; /* without the class digit; ends with '.' where the rest does not matter */
    enum reply_class means;
} code_cases[] = {
    { "1.1", REPLY_UNKNOWN_RECIPIENT },
    { "1.10", REPLY_UNKNOWN_RECIPIENT },
    { "2.1", REPLY_UNKNOWN_RECIPIENT },
    { "2.2", REPLY_MAILBOX_FULL },
    { "1.2", REPLY_UNKNOWN_DOMAIN },
    { "4.4", REPLY_UNKNOWN_DOMAIN },
    { "7.", REPLY_POLICY },
    { "4.", REPLY_UNREACHABLE },
};

enum reply_class reply_classify(struct slice dsn, struct slice text)
{
    (void)text;
    if (dsn.n < 3)
        return REPLY_OTHER;
    dsn = slice_from(dsn, 2);
    for (size_t i = 0; i < COUNT(code_cases); i++) {
        struct slice code = slice_of(code_cases[i].code);

        if (slice_eq(dsn, code) || (code.p[code.n - 1] == '.' && slice_starts(dsn, code)))
            return code_cases[i].means;
    }
    return REPLY_OTHER;
}

size_t reply_pattern(struct slice text, char *out, size_t room)
{
    text = slice_head(text, room);
    if (text.n > 0)
        memcpy(out, text.p, text.n);
    return text.n;
}
