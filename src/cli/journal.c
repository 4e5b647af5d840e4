/* journal.c - `mailfuse journal`: what was done, by whom and why. */
#include "cli/journal.h"

#include "cli/commands.h"

#include "base/ban.h"

enum { TIME = 17, WHO = 16, WHAT = 10 };

int journal_fill(struct ask *a, json_t *request)
{
    ask_put_number(request, "incident", a->incident);
    ask_put(request, "account", a->account);
    ask_put_number(request, "limit", a->limit);
    return ask_put_time(a, request, "since", a->since);
}

static void show_entry(struct sheet *s, const json_t *e)
{
    struct slice account = answer_text(e, "account"), detail = answer_text(e, "detail");
    struct slice reason = answer_text(e, "reason");
    struct buf *words = &s->page.words;

    sheet_time(s, e, "time", true);
    text_cell(&s->page, TIME);
    sheet_cell_text(s, e, "who", WHO);
    sheet_cell_text(s, e, "what", WHAT);
    buf_add(words, account);
    if (answer_has(e, "incident"))
        buf_printf(words, "%sincident %llu", words->n > 0 ? ", " : "",
                   (unsigned long long)answer_number(e, "incident"));
    if (detail.n > 0) {
        buf_add(words, words->n > 0 ? SLICE(": ") : SLICE(""));
        buf_add(words, detail);
    }
    if (reason.n > 0) {
        buf_add(words, words->n > 0 ? SLICE("; ") : SLICE(""));
        buf_add(words, SLICE("reason: "));
        buf_add(words, reason);
    }
    text_wrap(&s->page, TIME + WHO + WHAT);
}

void journal_show(struct ask *a, struct sheet *s, const json_t *reply)
{
    const json_t *list = answer_part(reply, "entries");

    (void)a;
    if (json_array_size(list) == 0) {
        buf_add(&s->page.words, SLICE("The journal has nothing of that."));
        text_paragraph(&s->page, 0);
    }
    for (size_t i = 0; i < json_array_size(list); i++)
        show_entry(s, json_array_get(list, i));
}

int cli_journal(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "journal",
        .operands = "",
        .help = "What was done, when, by whom and why: the last 100 entries, the youngest last.\n",
        .options = ASK_INCIDENT | ASK_ACCOUNT | ASK_SINCE | ASK_LIMIT,
        .fill = journal_fill,
        .show = journal_show,
    };

    return ask_command(&usage, argc, argv);
}
