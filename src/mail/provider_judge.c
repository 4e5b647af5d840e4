/* provider_judge.c - which rule a refusal fits; without one, what its words are like. */
#include "mail/provider.h"
#include "mail/reply_words.h"

#include "base/ban.h"

enum { CODE_MAX = 12 }; /* bytes of "550-5.7.606 " that are looked at */

/* The length of "550-5.7.1 " or "550-" at the front of `s`: what begins a further line of a reply,
 * after Postfix has made one line of it. 0 without it. */
static size_t line_code(struct slice s)
{
    size_t n = 4, dots = 0;

    if (s.n < n || (s.p[0] != '4' && s.p[0] != '5') || !reply_is_digit(s.p[1]) ||
        !reply_is_digit(s.p[2]) || (s.p[3] != '-' && s.p[3] != ' '))
        return 0;
    while (n < s.n && n < CODE_MAX && (reply_is_digit(s.p[n]) || s.p[n] == '.'))
        dots += s.p[n++] == '.';
    if (dots == 2 && (n == s.n || s.p[n] == ' '))
        return n;
    return s.p[3] == '-' ? 4 : 3;
}

static char lower(char c)
{
    return reply_is_upper(c) ? (char)(c | 0x20) : c;
}

size_t provider_lay(struct slice text, char out[PROVIDER_REPLY_MAX])
{
    size_t n = 0, skip;

    while (text.n > 0 && n < PROVIDER_REPLY_MAX) {
        char c = text.p[0];

        if (reply_is_blank(c)) {
            if (n > 0 && out[n - 1] != ' ')
                out[n++] = ' ';
            text = slice_from(text, 1);
        } else if ((n == 0 || out[n - 1] == ' ') && (skip = line_code(text)) > 0) {
            text = slice_from(text, skip);
        } else {
            out[n++] = lower(c);
            text = slice_from(text, 1);
        }
    }
    return n > 0 && out[n - 1] == ' ' ? n - 1 : n;
}

/* All pieces of a phrase, in their order. */
static bool says(struct slice text, struct slice phrase)
{
    struct slice piece, before;
    bool more = true;

    while (more) {
        more = slice_cut(&phrase, '*', &piece);
        if (!more)
            piece = phrase;
        if (piece.n > 0 && !slice_cut_at(&text, piece, &before))
            return false;
    }
    return true;
}

static bool says_any(const char *const *phrases, struct slice text)
{
    if (*phrases == NULL)
        return true;
    for (; *phrases != NULL; phrases++)
        if (says(text, slice_of(*phrases)))
            return true;
    return false;
}

static bool has_code(const char *const *codes, struct slice reply, struct slice dsn)
{
    if (*codes == NULL)
        return true;
    for (; *codes != NULL; codes++)
        if (slice_eq(dsn, slice_of(*codes)) || slice_eq(reply, slice_of(*codes)))
            return true;
    return false;
}

static const struct provider_rule *rule_of(const struct provider *p, struct slice reply,
                                           struct slice dsn, struct slice text)
{
    for (uint32_t i = 0; i < p->rules_n; i++)
        if (has_code(p->rules[i].codes, reply, dsn) && says_any(p->rules[i].phrases, text))
            return &p->rules[i];
    return NULL;
}

/* A refusal as spam, without a rule: of whom it speaks, and when it was said. Before there was a
 * message it can only be about us. */
static enum reply_cause spam_cause(uint64_t words)
{
    const uint64_t listed = W_LIST | W_REPUTATION;
    bool early = (words & (S_GREETING | S_MAIL)) != 0;

    if ((words & S_DATA) != 0 && (words & W_CLIENT) == 0)
        return CAUSE_CONTENT;
    if ((words & listed) != 0 && (words & (W_SENDER | W_DOMAIN)) != 0 && (words & W_CLIENT) == 0)
        return CAUSE_DOMAIN;
    if ((words & listed) != 0 || early || (words & (W_CLIENT | W_BLOCK)) == (W_CLIENT | W_BLOCK))
        return CAUSE_ADDRESS;
    return CAUSE_CONTENT;
}

static enum reply_cause cause_of(enum reply_class class, struct slice dsn, struct slice text)
{
    static const enum reply_cause causes[REPLY_CLASSES] = {
        [REPLY_OTHER] = CAUSE_OTHER,
        [REPLY_UNKNOWN_RECIPIENT] = CAUSE_UNKNOWN,
        [REPLY_UNKNOWN_DOMAIN] = CAUSE_UNKNOWN,
        [REPLY_SPAM] = CAUSE_CONTENT,
        [REPLY_RATE] = CAUSE_RATE,
        [REPLY_GREYLISTED] = CAUSE_GREYLISTED,
        [REPLY_MAILBOX_FULL] = CAUSE_FULL,
        [REPLY_POLICY] = CAUSE_POLICY,
        [REPLY_UNREACHABLE] = CAUSE_OTHER,
    };

    return class == REPLY_SPAM ? spam_cause(reply_scan(dsn, text)) : causes[class];
}

struct provider_refusal provider_judge(const struct provider_table *table,
                                       const struct provider *from, struct slice dsn,
                                       struct slice text, enum reply_class class)
{
    struct provider_refusal out = { .cause = CAUSE_OTHER };
    char room[PROVIDER_REPLY_MAX];
    uint64_t frame = 0;
    struct slice core = reply_core(text, &frame);
    struct slice said = { room, 0 };

    if ((frame & S_LOCAL) == 0) { /* else nobody said anything */
        said.n = provider_lay(core, room);
        if (from != NULL) {
            out.who = from;
            out.rule = rule_of(from, slice_head(core, 3), dsn, said);
        }
        for (uint32_t i = 0; i < table->n && out.rule == NULL; i++) {
            if (!table->all[i].everywhere)
                continue;
            out.rule = rule_of(&table->all[i], slice_head(core, 3), dsn, said);
            out.who = out.rule != NULL ? &table->all[i] : from;
        }
    }
    out.cause = out.rule != NULL ? out.rule->cause : cause_of(class, dsn, text);
    return out;
}
