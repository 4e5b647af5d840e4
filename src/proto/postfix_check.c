/* postfix_check.c - header_checks(5) and body_checks(5). */
#include "proto/postfix.h"
#include "proto/postfix_text.h"

#include "base/ban.h"

enum { SHOWN_MAX = 200 }; /* cleanup shows so many bytes of the header or body line at most */

/* "local;", "name[address];" or the same at the end of the line; passed over. */
static bool skip_origin(struct slice *rest)
{
    struct slice word = text_word(rest, ' ');

    if (rest->n > 0 && !slice_ends(word, SLICE(";")))
        return false;
    if (slice_ends(word, SLICE(";")))
        word.n--;
    return slice_eq(word, SLICE("local")) || slice_ends(word, SLICE("]"));
}

/* Whether the trailer comes next. */
static bool is_trailer(struct slice rest, struct record *out)
{
    uint64_t have = out->have;
    bool is = slice_skip(&rest, SLICE(" ")) && postfix_trailer(&rest, out);

    out->have = have;
    return is;
}

/* Where " from ORIGIN" begins. The text in front is a stranger's and may imitate it, but is never
 * longer than SHOWN_MAX: the last one that begins within those bytes and has a trailer is
 * Postfix's own; in a cut line the last one. A quoted sender that imitates all of it cannot be told
 * from that: who needs the client for certain looks at the client= line of the same queue id. */
static bool find_origin(struct slice text, size_t *found, struct record *out)
{
    static const struct slice from = SLICE_INIT(" from ");
    bool any = false, whole = false;

    for (size_t at = 0; at <= SHOWN_MAX && at + from.n < text.n; at++) {
        struct slice rest = slice_from(text, at);

        if (!slice_skip(&rest, from) || !skip_origin(&rest) || (whole && !is_trailer(rest, out)))
            continue;
        whole = whole || is_trailer(rest, out);
        *found = at;
        any = true;
    }
    return any;
}

/* What follows the trailer: ": 5.7.1 reason" */
static void outcome(struct slice rest, struct record *out)
{
    if (!slice_skip(&rest, SLICE(": ")) || rest.n == 0)
        return;
    if (out->event == RECORD_REJECT || out->event == RECORD_MILTER)
        record_set(out, FIELD_REPLY, rest);
    (void)text_dsn(&rest, out);
    record_set(out, FIELD_REASON, rest);
}

/* "header Subject: text from name[address]; from=<s> to=<r> proto=ESMTP helo=<h>: reason";
 * smtp(8) has no origin: "header Sender: <a@example.test> : Sender: <b@example.test>" */
bool postfix_check(struct slice rest, struct record *out)
{
    struct slice stage = text_word(&rest, ' ');
    size_t at;

    if (!postfix_is_check(stage) || !slice_skip(&rest, SLICE(" ")))
        return false;
    record_set(out, FIELD_STAGE, stage);
    if (!find_origin(rest, &at, out)) {
        record_set(out, FIELD_TEXT, rest);
        return true;
    }
    record_set(out, FIELD_TEXT, slice_head(rest, at));
    rest = slice_from(rest, at + SLICE(" from ").n);
    if (!slice_skip(&rest, SLICE("local;")) && text_client(&rest, out))
        (void)slice_skip(&rest, SLICE(";"));
    if (slice_skip(&rest, SLICE(" ")) && postfix_trailer(&rest, out))
        outcome(rest, out);
    return true;
}

/* "header-reject: header Subject: ..." */
bool postfix_milter_check(struct slice rest, struct record *out)
{
    struct slice where = text_word(&rest, '-'), action;

    if (!postfix_is_check(where) || !slice_skip(&rest, SLICE("-")))
        return false;
    action = text_word(&rest, ':');
    if (!slice_skip(&rest, SLICE(": ")))
        return false;
    if (!slice_eq(action, SLICE("reject")))
        out->event = RECORD_ACTION;
    record_set(out, FIELD_ACTION, slice_eq(action, SLICE("warning")) ? SLICE("warn") : action);
    return postfix_check(rest, out);
}

bool postfix_is_check(struct slice stage)
{
    static const struct slice stages[] = { SLICE_INIT("header"), SLICE_INIT("body"),
                                           SLICE_INIT("content"), SLICE_INIT("mime-error") };

    for (size_t i = 0; i < COUNT(stages); i++)
        if (slice_eq(stage, stages[i]))
            return true;
    return false;
}
