/* show.c - `mailfuse show` of an account, and `mailfuse explain`. */
#include "cli/show.h"

#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/incident.h"
#include "report/text_parts.h"
#include "report/words.h"

#include "base/ban.h"

static void show_state(struct sheet *s, const json_t *reply)
{
    struct slice stage = answer_text(reply, "stage");

    text_label(&s->page, "State");
    text_ink(&s->page, stage_ink(stage));
    buf_add(s->page.out,
            slice_eq(stage, SLICE("observe")) ? SLICE("observed") : slice_of(stage_words(stage)));
    text_ink(&s->page, INK_PLAIN);
    if (!slice_eq(stage, SLICE("observe")) && answer_has(reply, "since")) {
        buf_add(s->page.out, SLICE(" since "));
        sheet_time(s, reply, "since", false);
        buf_add(s->page.out, buf_slice(&s->page.words));
        buf_clear(&s->page.words);
    }
    if (answer_has(reply, "incident"))
        buf_printf(s->page.out, ", incident %llu",
                   (unsigned long long)answer_number(reply, "incident"));
    buf_printf(s->page.out, ", score %.1f", answer_real(reply, "score"));
    text_end(&s->page);
    if (answer_true(reply, "password_known")) {
        buf_add(&s->page.words, SLICE("stays locked until its password has really changed"));
        text_row(&s->page, "");
    }
    sheet_row(s, "Guessing", reply, "brute_force");
}

static void show_traffic(struct sheet *s, const char *label, const json_t *amount)
{
    uint64_t failures = answer_number(amount, "failures");

    answer_amount_words(&s->page.words, amount);
    if (failures > 0) {
        buf_add(&s->page.words, SLICE(", "));
        words_count(&s->page.words, failures, "failed login", "failed logins");
    }
    text_row(&s->page, label);
}

static void show_picture(struct sheet *s, const json_t *reply)
{
    const json_t *list = answer_part(reply, "picture"), *row;
    size_t i;

    text_title(&s->page, "What is usual for it");
    if (json_array_size(list) == 0) {
        buf_add(&s->page.words, SLICE("nothing is known yet"));
        text_paragraph(&s->page, 2);
        return;
    }
    json_array_foreach(list, i, row)
    {
        struct slice name = answer_text(row, "name");

        text_blank(&s->page, 2);
        text_ink(&s->page, INK_DIM);
        text_cell_slice(&s->page, name, TEXT_LABEL - 2);
        text_ink(&s->page, INK_PLAIN);
        buf_add(&s->page.words, answer_text(row, "words"));
        text_wrap(&s->page, TEXT_LABEL);
    }
    words_count(&s->page.words, answer_number(reply, "picture_days"), "day", "days");
    buf_add(&s->page.words, SLICE(" on which it was active"));
    text_row(&s->page, "learnt from");
}

static void show_networks(struct sheet *s, const json_t *reply)
{
    enum { LAST = 15, DAYS = 6, NOW = 5, NETWORK = 24 };
    const json_t *list = answer_part(reply, "networks"), *row;
    size_t i, name = s->page.columns - 2 - NETWORK - LAST - DAYS - NOW;

    if (json_array_size(list) == 0)
        return;
    text_title(&s->page, "Networks");
    text_ink(&s->page, INK_DIM);
    text_blank(&s->page, 2);
    sheet_cell(s, "network", NETWORK, false);
    sheet_cell(s, "", name, false);
    sheet_cell(s, "last", LAST, false);
    sheet_cell(s, "days", DAYS, true);
    text_end(&s->page);
    text_ink(&s->page, INK_PLAIN);
    json_array_foreach(list, i, row)
    {
        text_blank(&s->page, 2);
        if (answer_text(row, "network").n > 0)
            sheet_cell_text(s, row, "network", NETWORK);
        else
            sheet_cell(s, "known, not used now", NETWORK, false);
        buf_add(&s->page.words, answer_text(row, "country"));
        if (answer_text(row, "country").n > 0)
            buf_add_char(&s->page.words, ' ');
        buf_add(&s->page.words, answer_text(row, "name"));
        text_cell(&s->page, name - 1);
        text_blank(&s->page, 1);
        sheet_cell_time(s, row, "last", LAST);
        sheet_cell_number(s, row, "days", DAYS);
        text_ink(&s->page, INK_CARE);
        sheet_cell(s, answer_true(row, "now") ? "now" : "", NOW, true);
        text_ink(&s->page, INK_PLAIN);
        text_end(&s->page);
    }
}

static void show_limits(struct sheet *s, const json_t *reply)
{
    const json_t *list = answer_part(reply, "limits"), *row;
    size_t i, shown = 0;

    json_array_foreach(list, i, row)
    {
        double times = answer_real(row, "times");

        if (!answer_has(row, "limit"))
            continue;
        if (shown++ == 0)
            text_title(&s->page, "Limits");
        text_blank(&s->page, 2);
        sheet_cell_text(s, row, "name", 36);
        sheet_cell_number(s, row, "used", 9);
        text_blank(&s->page, 1);
        buf_add(&s->page.words, SLICE("of "));
        words_number(&s->page.words, answer_number(row, "limit"));
        if (times > 0 && (times < 1 || times > 1))
            buf_printf(&s->page.words, " (%.3g times what is usual, by an exception)", times);
        text_wrap(&s->page, 48);
    }
}

static void show_trusts(struct sheet *s, const json_t *reply)
{
    const json_t *list = answer_part(reply, "trusts"), *row;
    size_t i;

    if (json_array_size(list) > 0)
        text_title(&s->page, "Trusted");
    json_array_foreach(list, i, row)
    {
        struct buf *words = &s->page.words;

        buf_add(words, SLICE("until "));
        sheet_time(s, row, "until", false);
        if (answer_has(row, "country")) {
            buf_add(words, SLICE(" in "));
            buf_add(words, answer_text(row, "country"));
        }
        buf_add(words, SLICE(", by "));
        buf_add(words, slice_eq(answer_text(row, "source"), SLICE("file"))
                           ? SLICE("the file of exceptions")
                           : answer_text(row, "by"));
        if (answer_text(row, "reason").n > 0) {
            buf_add(words, SLICE(": "));
            buf_add(words, answer_text(row, "reason"));
        }
        text_paragraph(&s->page, 2);
    }
}

static void show_account(struct sheet *s, const json_t *reply)
{
    const json_t *incidents = answer_part(reply, "incidents");

    text_ink(&s->page, INK_BOLD);
    sheet_subject(s, reply, s->page.columns);
    text_paragraph(&s->page, 0);
    text_ink(&s->page, INK_PLAIN);
    buf_add_char(s->page.out, '\n');
    show_state(s, reply);
    sheet_time(s, reply, "last", false);
    text_row(&s->page, "Last active");
    show_traffic(s, "Last hour", answer_part(reply, "last_hour"));
    if (answer_has(reply, "today"))
        show_traffic(s, "Today", answer_part(reply, "today"));
    if (answer_number(answer_part(reply, "held"), "messages") > 0)
        show_traffic(s, "Held now", answer_part(reply, "held"));
    show_picture(s, reply);
    show_networks(s, reply);
    show_limits(s, reply);
    show_trusts(s, reply);
    if (json_array_size(incidents) > 0) {
        text_title(&s->page, "Incidents");
        incidents_table(s, incidents);
    }
}

static void show(struct ask *a, struct sheet *s, const json_t *reply)
{
    (void)a;
    if (slice_eq(answer_text(reply, "type"), SLICE("address")))
        show_address(s, reply);
    else
        show_account(s, reply);
}

static int fill(struct ask *a, json_t *request)
{
    ask_put(request, "what", a->words[0]);
    return 0;
}

int cli_show(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "show",
        .operands = "ACCOUNT|ADDRESS",
        .help = "What is known of an account: state, what is usual for it, limits, incidents;\n"
                "or of an IP address: who uses it, and whether it may log in.\n",
        .least = 1,
        .most = 1,
        .fill = fill,
        .show = show,
    };

    return ask_command(&usage, argc, argv);
}
