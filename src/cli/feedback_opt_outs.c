/* feedback_opt_outs.c - `mailfuse feedback --opt-outs`: who does not want mail of an account any
 * more, for the sender. */
#include <sysexits.h>

#include "cli/feedback.h"

#include "base/ban.h"

enum { TIME = 14, TIMES = 7, GAP = 2, TYPE = 14 };

static void show_one(struct sheet *s, const json_t *one)
{
    struct buf *words = &s->page.words;

    sheet_cell_time(s, one, "last", TIME);
    sheet_cell_number(s, one, "times", TIMES);
    text_cell(&s->page, GAP);
    sheet_cell_text(s, one, "type", TYPE);
    if (answer_has(one, "recipient")) {
        buf_add(words, answer_text(one, "recipient"));
    } else {
        buf_add(words, SLICE("recipient not told: message "));
        buf_add(words, answer_text(one, "message"));
    }
    text_wrap(&s->page, TIME + TIMES + GAP + TYPE);
}

static void show(struct ask *a, struct sheet *s, const json_t *reply)
{
    const json_t *list = answer_part(reply, "opt_outs");
    uint64_t all = answer_number(reply, "all");
    struct slice account = SLICE("");

    (void)a;
    if (json_array_size(list) == 0) {
        buf_add(&s->page.words, SLICE("Nobody has opted out."));
        text_paragraph(&s->page, 0);
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);

        if (i == 0 || !slice_eq(account, answer_text(one, "account"))) {
            account = answer_text(one, "account");
            buf_add(&s->page.words, account);
            text_paragraph(&s->page, 0);
        }
        show_one(s, one);
    }
    if (all > json_array_size(list)) {
        buf_printf(&s->page.words, "and %llu more: --limit N shows them",
                   (unsigned long long)(all - json_array_size(list)));
        text_paragraph(&s->page, 0);
    }
}

int feedback_opt_outs(struct ask *a)
{
    json_t *request = control_request("opt-outs"), *reply = NULL;
    int status;

    ask_put(request, "account", a->account);
    ask_put_number(request, "limit", a->limit);
    status = ask_put_time(a, request, "since", a->since);
    if (status == 0)
        status = ask(a, json_incref(request), &reply);
    if (status == 0)
        status = ask_print(a, show, reply);
    json_decref(request);
    json_decref(reply);
    return status == 0 ? 0 : EX_TEMPFAIL;
}
