/* alert.c - `mailfuse alert`: who is told of things, what waits, and a test of all ways. */
#include <string.h>

#include "cli/ask.h"
#include "cli/commands.h"
#include "report/words.h"

#include "base/ban.h"

static int fill(struct ask *a, json_t *request)
{
    bool test = strcmp(a->words[0], "test") == 0;

    if (!test && strcmp(a->words[0], "list") != 0) {
        ask_say(a, SLICE("write 'alert test' or 'alert list'"));
        return ASK_TROUBLE;
    }
    ask_put(request, "what", a->words[0]);
    if (test)
        ask_put(request, "to", a->to);
    else
        ask_put_number(request, "limit", a->limit);
    return 0;
}

/* "mail postmaster@example.test, warning: delivered: 250 ok" */
static void show_test(struct sheet *s, const json_t *row)
{
    bool good = slice_eq(answer_text(row, "result"), SLICE("delivered"));

    text_ink(&s->page, good ? INK_FINE : INK_ALARM);
    buf_add(&s->page.words, answer_text(row, "way"));
    buf_add(&s->page.words, SLICE(", "));
    buf_add(&s->page.words, answer_text(row, "severity"));
    buf_add(&s->page.words, SLICE(": "));
    buf_add(&s->page.words, answer_text(row, "result"));
    if (answer_text(row, "words").n > 0)
        buf_add(&s->page.words, SLICE(": "));
    buf_add(&s->page.words, answer_text(row, "words"));
    text_paragraph(&s->page, 2);
    text_ink(&s->page, INK_PLAIN);
}

static void show_tests(struct sheet *s, const json_t *rows)
{
    for (size_t i = 0; i < json_array_size(rows); i++)
        show_test(s, json_array_get(rows, i));
}

static void show_way(struct sheet *s, const json_t *row)
{
    uint64_t failures = answer_number(row, "failures");

    buf_add(&s->page.words, answer_text(row, "way"));
    if (failures > 0) {
        buf_add(&s->page.words, SLICE(": "));
        words_count(&s->page.words, failures, "failure", "failures");
        buf_add(&s->page.words, SLICE(" since "));
        sheet_time(s, row, "since", false);
        buf_add(&s->page.words, SLICE(", again at "));
        sheet_time(s, row, "next", false);
        buf_add(&s->page.words, SLICE(": "));
    } else if (answer_text(row, "why").n > 0) {
        buf_add(&s->page.words, SLICE(": "));
    }
    buf_add(&s->page.words, answer_text(row, "why"));
    text_row(&s->page, "way");
}

static void show_entry(struct sheet *s, const json_t *row)
{
    bool lost = answer_true(row, "given_up");

    text_ink(&s->page, lost ? INK_ALARM : INK_PLAIN);
    sheet_time(s, row, "at", false);
    buf_add(&s->page.words, SLICE("  "));
    buf_add(&s->page.words, answer_text(row, "kind"));
    buf_add(&s->page.words, SLICE("  "));
    buf_add(&s->page.words, answer_text(row, "subject"));
    buf_add(&s->page.words, SLICE("  by "));
    buf_add(&s->page.words, answer_text(row, "way"));
    if (lost) {
        buf_add(&s->page.words, SLICE("; given up: "));
        buf_add(&s->page.words, answer_text(row, "why"));
    }
    text_paragraph(&s->page, 2);
    text_ink(&s->page, INK_PLAIN);
}

static void show_list(struct sheet *s, const json_t *reply)
{
    const json_t *ways = answer_part(reply, "ways"), *rows = answer_part(reply, "alerts");
    uint64_t waiting = answer_number(reply, "waiting"), lost = answer_number(reply, "given_up");
    uint64_t shown = json_array_size(rows);

    for (size_t i = 0; i < json_array_size(ways); i++)
        show_way(s, json_array_get(ways, i));
    if (json_array_size(ways) == 0) {
        buf_add(&s->page.words, SLICE("Nobody is told: alerts { } in mailfuse.conf says who is."));
        text_paragraph(&s->page, 0);
    }
    words_count(&s->page.words, waiting, "alert waits", "alerts wait");
    buf_add(&s->page.words, SLICE(", "));
    words_number(&s->page.words, lost);
    buf_add(&s->page.words, slice_of(lost == 1 ? " was given up" : " were given up"));
    text_row(&s->page, "in all");
    text_end(&s->page);
    for (size_t i = 0; i < json_array_size(rows); i++)
        show_entry(s, json_array_get(rows, i));
    if (waiting + lost > shown && shown > 0) {
        buf_add(&s->page.words, SLICE("and "));
        words_number(&s->page.words, waiting + lost - shown);
        buf_add(&s->page.words, SLICE(" more; --limit shows more"));
        text_paragraph(&s->page, 0);
    }
}

static bool all_delivered(const json_t *rows)
{
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (!slice_eq(answer_text(json_array_get(rows, i), "result"), SLICE("delivered")))
            return false;
    return true;
}

static void show(struct ask *a, struct sheet *s, const json_t *reply)
{
    if (strcmp(a->words[0], "test") == 0)
        show_tests(s, answer_part(reply, "tests"));
    else
        show_list(s, reply);
}

static int finish(struct ask *a, const json_t *reply)
{
    int status = ask_print(a, show, reply);

    if (status != 0 || strcmp(a->words[0], "test") != 0)
        return status;
    return all_delivered(answer_part(reply, "tests")) ? ASK_DONE : ASK_REFUSED;
}

int cli_alert(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "alert",
        .operands = "test|list",
        .help = "test: send an alert of each severity by each way of alerts { }, or by that of\n"
                "--to, and say what came of it. list: the ways, and which alerts wait or\n"
                "were given up.\n",
        .exits = "Exit status: 0, 1 when a test did not arrive, 2 in case of trouble.\n",
        .options = ASK_LIMIT | ASK_TO_WAY,
        .least = 1,
        .most = 1,
        .fill = fill,
        .finish = finish,
    };

    return ask_command(&usage, argc, argv);
}
