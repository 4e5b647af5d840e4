/* explain.c - `mailfuse explain`: what speaks for and against an account now. */
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/show.h"
#include "report/text_parts.h"

#include "base/ban.h"

void show_evidence(struct sheet *s, const json_t *reply)
{
    struct report_fuse f = { 0 };
    struct slice stage = answer_text(reply, "stage");

    answer_evidence(&s->report, &f, reply);
    text_ink(&s->page, INK_BOLD);
    sheet_subject(s, reply, s->page.columns - 12);
    if (!slice_eq(stage, SLICE("observe")))
        buf_printf(&s->page.words, ": %s", stage_words(stage));
    text_paragraph(&s->page, 0);
    text_ink(&s->page, INK_PLAIN);
    buf_add_char(s->page.out, '\n');
    if (f.evidence_n == 0) {
        buf_add(&s->page.words, SLICE("nothing speaks against it"));
        text_row(&s->page, "Evidence");
    }
    text_evidence(&s->page, &f);
    buf_printf(&s->page.words, "%.1f holds its mail, %.1f locks it",
               answer_real(reply, "hold_score"), answer_real(reply, "lock_score"));
    text_row(&s->page, "Scale");
}

static void show(struct ask *a, struct sheet *s, const json_t *reply)
{
    (void)a;
    show_evidence(s, reply);
}

static int fill(struct ask *a, json_t *request)
{
    ask_put(request, "account", a->words[0]);
    return 0;
}

int cli_explain(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "explain",
        .operands = "ACCOUNT",
        .help = "What speaks for and against an account now, and what each piece weighs.\n",
        .least = 1,
        .most = 1,
        .fill = fill,
        .show = show,
    };

    return ask_command(&usage, argc, argv);
}
