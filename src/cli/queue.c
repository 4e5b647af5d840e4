/* queue.c - `mailfuse queue`: what waits in Postfix's queue, by state, age, account, destination.
 */
#include "cli/ask.h"
#include "cli/commands.h"
#include "report/words.h"

#include "base/ban.h"

enum { MESSAGES = 10, RECIPIENTS = 12, SIZE = 11, OLDEST = 15, HELD = 8 };

static void head(struct sheet *s, const char *name, size_t width)
{
    text_ink(&s->page, INK_DIM);
    text_blank(&s->page, 2);
    sheet_cell(s, name, width, false);
    sheet_cell(s, "messages", MESSAGES, true);
    sheet_cell(s, "recipients", RECIPIENTS, true);
    sheet_cell(s, "size", SIZE, true);
    sheet_cell(s, "held", HELD, true);
    sheet_cell(s, "  oldest", OLDEST, false);
    text_end(&s->page);
    text_ink(&s->page, INK_PLAIN);
}

static void row(struct sheet *s, const json_t *one, const char *name, size_t width)
{
    struct buf size = buf_make(40), oldest = buf_make(60);

    words_bytes(&size, answer_number(one, "bytes"));
    buf_add_char(&size, '\0');
    buf_add(&oldest, SLICE("  "));
    if (answer_has(one, "oldest"))
        answer_time_words(&oldest, one, "oldest", false, s->near);
    buf_add_char(&oldest, '\0');
    text_blank(&s->page, 2);
    sheet_cell_text(s, one, name, width);
    sheet_cell_number(s, one, "messages", MESSAGES);
    sheet_cell_number(s, one, "recipients", RECIPIENTS);
    sheet_cell(s, size.p, SIZE, true);
    sheet_cell_number(s, one, "held", HELD);
    sheet_cell(s, oldest.p, OLDEST, false);
    text_end(&s->page);
    if (answer_true(one, "dead")) {
        buf_add(&s->page.words, SLICE("does not answer, and nobody has the larger part of it"));
        text_paragraph(&s->page, 4);
    }
    buf_done(&size);
    buf_done(&oldest);
}

static void list(struct sheet *s, const json_t *reply, const char *title, const char *all,
                 const char *name)
{
    const json_t *rows = answer_part(reply, all);
    size_t width = s->page.columns - 2 - MESSAGES - RECIPIENTS - SIZE - HELD - OLDEST, i;

    if (json_array_size(rows) == 0)
        return;
    text_title(&s->page, title);
    head(s, name, width);
    for (i = 0; i < json_array_size(rows); i++)
        row(s, json_array_get(rows, i), name, width);
}

static void ages(struct sheet *s, const json_t *reply)
{
    const json_t *rows = answer_part(reply, "ages"), *one;
    int64_t before = 0;
    size_t i;

    if (json_array_size(rows) > 0)
        text_title(&s->page, "By age");
    json_array_foreach(rows, i, one)
    {
        int64_t upto = (int64_t)(answer_number(one, "upto_s") % UINT32_MAX) * SECOND_MS;
        struct buf label = buf_make(60);

        buf_add(&label, answer_has(one, "upto_s") ? SLICE("up to ") : SLICE("more than "));
        words_duration(&label, answer_has(one, "upto_s") ? upto : before);
        buf_add_char(&label, '\0');
        text_blank(&s->page, 2);
        sheet_cell(s, label.p, 20, false);
        sheet_cell_number(s, one, "messages", MESSAGES);
        text_end(&s->page);
        buf_done(&label);
        before = upto;
    }
}

static void show_spool(struct sheet *s, const json_t *reply)
{
    const json_t *spool = answer_part(reply, "spool");
    struct buf *words = &s->page.words;

    if (!answer_has(spool, "size"))
        return;
    words_bytes(words, answer_number(spool, "free"));
    buf_add(words, SLICE(" of "));
    words_bytes(words, answer_number(spool, "size"));
    buf_add(words, SLICE(" free"));
    if (answer_number(spool, "files") > 0) {
        buf_add(words, SLICE(", "));
        words_count(words, answer_number(spool, "free_files"), "file", "files");
    }
    text_row(&s->page, "Disk");
    if (answer_number(spool, "reserve") == 0)
        return;
    words_bytes(words, answer_number(spool, "reserve"));
    if (answer_number(spool, "reserve_files") > 0) {
        buf_add(words, SLICE(", "));
        words_count(words, answer_number(spool, "reserve_files"), "file", "files");
    }
    text_row(&s->page, "For Postfix");
}

static void show_sum(struct sheet *s, const json_t *reply)
{
    struct buf *words = &s->page.words;

    if (answer_text(reply, "trouble").n > 0) {
        text_ink(&s->page, INK_ALARM);
        buf_add(words, SLICE("The queue cannot be read: "));
        buf_add(words, answer_text(reply, "trouble"));
        text_paragraph(&s->page, 0);
        text_ink(&s->page, INK_PLAIN);
    }
    if (!answer_has(reply, "looked")) {
        buf_add(words,
                SLICE("The queue was not looked at yet. That takes root's help: see mailfuse "
                      "status."));
        text_paragraph(&s->page, 0);
        return;
    }
    words_count(words, answer_number(reply, "waiting"), "message", "messages");
    buf_add(words, SLICE(" at "));
    sheet_time(s, reply, "looked", true);
    text_row(&s->page, "Waiting");
    if (answer_has(reply, "alert_from")) {
        buf_add(words, SLICE("more than "));
        words_number(words, answer_number(reply, "alert_from"));
        text_row(&s->page, "Unusual");
    }
    show_spool(s, reply);
    if (answer_true(answer_part(reply, "spool"), "full")) {
        text_ink(&s->page, INK_ALARM);
        buf_add(words, SLICE("What is free is kept for Postfix: mail that is to be held is put "
                             "off until there is room again."));
        text_paragraph(&s->page, 0);
        text_ink(&s->page, INK_PLAIN);
    }
    if (answer_text(reply, "words").n > 0) {
        text_ink(&s->page, INK_ALARM);
        buf_add(words, answer_text(reply, "words"));
        buf_add(words, SLICE(", since "));
        sheet_time(s, reply, "since", false);
        text_paragraph(&s->page, 0);
        text_ink(&s->page, INK_PLAIN);
    }
}

static void show(struct ask *a, struct sheet *s, const json_t *reply)
{
    (void)a;
    show_sum(s, reply);
    list(s, reply, "By state", "states", "state");
    ages(s, reply);
    list(s, reply, "By account", "accounts", "account");
    list(s, reply, "By destination", "destinations", "destination");
}

static int fill(struct ask *a, json_t *request)
{
    ask_put_number(request, "limit", a->limit);
    return 0;
}

int cli_queue(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "queue",
        .operands = "",
        .help = "What waits in Postfix's queue: by state, age, account and destination, as it was\n"
                "when it was looked at last. With --limit up to 100 accounts and destinations.\n",
        .options = ASK_LIMIT,
        .fill = fill,
        .show = show,
    };

    return ask_command(&usage, argc, argv);
}
