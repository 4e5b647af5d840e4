/* delist.c - `mailfuse delist`: what of ours is on DNS lists, and what is to be done before asking
 * to be removed. */
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/incident.h"
#include "report/words.h"

#include "base/ban.h"

static int fill(struct ask *a, json_t *request)
{
    if (a->words_n > 0)
        ask_put(request, "what", a->words[0]);
    return 0;
}

static void show_steps(struct sheet *s, const json_t *steps)
{
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        bool done = answer_true(step, "done");

        text_label(&s->page, i == 0 ? "before asking" : "");
        text_ink(&s->page, done ? INK_FINE : INK_CARE);
        buf_add(s->page.out, done ? SLICE("done   ") : SLICE("to do  "));
        text_ink(&s->page, INK_PLAIN);
        buf_add(&s->page.words, answer_text(step, "words"));
        text_wrap(&s->page, TEXT_LABEL + sizeof "to do  " - 1);
        sheet_command(s, step, TEXT_LABEL + sizeof "to do  " - 1);
    }
}

static void show_listing(struct sheet *s, const json_t *row)
{
    const json_t *culprits = answer_part(row, "culprits");
    bool ready = answer_true(row, "ready");
    uint64_t wait_s = answer_number(row, "wait_s");

    text_end(&s->page);
    text_ink(&s->page, INK_ALARM);
    buf_add(&s->page.words, answer_text(row, "subject"));
    buf_add(&s->page.words, SLICE(" is listed by "));
    buf_add(&s->page.words, answer_text(row, "name"));
    text_paragraph(&s->page, 0);
    text_ink(&s->page, INK_PLAIN);
    sheet_row(s, "means", row, "words");
    sheet_row(s, "it says", row, "text");
    sheet_time(s, row, "since", false);
    buf_add(&s->page.words, SLICE(" it was first seen here; gravity: "));
    buf_add(&s->page.words, answer_text(row, "gravity"));
    text_row(&s->page, "since");
    if (answer_number(row, "incident") > 0) {
        buf_printf(&s->page.words, "%llu", (unsigned long long)answer_number(row, "incident"));
        text_row(&s->page, "incident");
    }
    show_steps(s, answer_part(row, "steps"));
    if (ready) {
        buf_add(&s->page.words, SLICE("all is done: ask for removal; mailfuse looks until it is "
                                      "clean"));
        text_row(&s->page, "");
    }
    sheet_lines(s, "it wants", row, "wants");
    if (wait_s > 0) {
        words_duration(&s->page.words,
                       (int64_t)(wait_s < UINT32_MAX ? wait_s : UINT32_MAX) * SECOND_MS);
        text_row(&s->page, "takes");
    }
    sheet_row(s, "ask there", row, "page");
    if (json_array_size(culprits) > 0) {
        text_title(&s->page, "Incidents that may have caused it");
        incidents_table(s, culprits);
    }
}

static void show_clean(struct sheet *s, const json_t *clean)
{
    for (size_t i = 0; i < json_array_size(clean); i++) {
        const json_t *row = json_array_get(clean, i);

        sheet_time(s, row, "ended", false);
        buf_add_char(&s->page.words, ' ');
        buf_add(&s->page.words, answer_text(row, "subject"));
        buf_add(&s->page.words, SLICE(": was "));
        buf_add(&s->page.words, answer_text(row, "words"));
        buf_add(&s->page.words, SLICE(" (from "));
        sheet_time(s, row, "since", false);
        buf_add_char(&s->page.words, ')');
        text_row(&s->page, i == 0 ? "clean since" : "");
    }
}

static void show(struct ask *a, struct sheet *s, const json_t *reply)
{
    const json_t *rows = answer_part(reply, "listings"), *aside = answer_part(reply, "aside");

    (void)a;
    for (size_t i = 0; i < json_array_size(rows); i++)
        show_listing(s, json_array_get(rows, i));
    if (json_array_size(rows) == 0) {
        buf_add(&s->page.words, SLICE("Nothing of ours is listed, as far as is known."));
        text_paragraph(&s->page, 0);
    } else {
        text_end(&s->page);
    }
    show_clean(s, answer_part(reply, "clean"));
    sheet_row(s, "last cycle", reply, "words");
    if (answer_has(reply, "last")) {
        sheet_time(s, reply, "last", false);
        text_row(&s->page, "ended");
    }
    if (answer_has(reply, "next")) {
        sheet_time(s, reply, "next", false);
        text_row(&s->page, "next");
    }
    for (size_t i = 0; i < json_array_size(aside); i++) {
        const json_t *row = json_array_get(aside, i);

        buf_add(&s->page.words, answer_text(row, "zone"));
        buf_add(&s->page.words, SLICE(" ("));
        buf_add(&s->page.words, answer_text(row, "kind"));
        buf_add(&s->page.words, SLICE("): "));
        buf_add(&s->page.words, answer_text(row, "why"));
        text_row(&s->page, i == 0 ? "set aside" : "");
    }
}

int cli_delist(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "delist",
        .operands = "[ADDRESS|DOMAIN]",
        .help = "What of ours is on DNS lists, who may have caused it, and what is to be done\n"
                "before asking to be removed.\n",
        .most = 1,
        .fill = fill,
        .show = show,
    };

    return ask_command(&usage, argc, argv);
}
