/* status.c - `mailfuse status`: one screen about the daemon. */
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/incident.h"
#include "report/words.h"

#include "base/ban.h"

enum { STATE_WIDTH = 11, SLOW_MS = 5000 };

static enum text_ink state_ink(struct slice state)
{
    if (slice_eq(state, SLICE("ok")))
        return INK_FINE;
    if (slice_eq(state, SLICE("trouble")))
        return INK_ALARM;
    return slice_eq(state, SLICE("unwired")) || slice_eq(state, SLICE("on")) ? INK_CARE : INK_DIM;
}

static void show_daemon(struct sheet *s, const json_t *reply)
{
    const json_t *config = answer_part(reply, "config");
    struct wall started = answer_time(reply, "started", NULL);
    bool enforce = slice_eq(answer_text(reply, "mode"), SLICE("enforce"));

    buf_add(&s->page.words, SLICE("mailfuse "));
    buf_add(&s->page.words, answer_text(reply, "version"));
    buf_printf(&s->page.words, ", process %llu, runs since ",
               (unsigned long long)answer_number(reply, "pid"));
    sheet_time(s, reply, "started", false);
    if (started.ms != 0 && s->near.ms > started.ms) {
        buf_add(&s->page.words, SLICE(" ("));
        words_duration(&s->page.words, s->near.ms - started.ms);
        buf_add_char(&s->page.words, ')');
    }
    text_paragraph(&s->page, 0);
    text_ink(&s->page, enforce ? INK_BOLD : INK_CARE);
    buf_add(&s->page.words, enforce ? SLICE("It enforces: holds and locks, since ")
                                    : SLICE("It only observes: decides and reports, and acts on "
                                            "nothing, since "));
    sheet_time(s, reply, "mode_since", false);
    text_paragraph(&s->page, 0);
    text_ink(&s->page, INK_PLAIN);
    if (!enforce) {
        buf_add(&s->page.words, SLICE("To let it act: mode = enforce in "));
        buf_add(&s->page.words, answer_text(config, "path"));
        buf_add(&s->page.words, SLICE(", then mailfuse reload"));
        text_paragraph(&s->page, 0);
    }
    if (answer_text(config, "trouble").n > 0) {
        text_ink(&s->page, INK_ALARM);
        buf_add(&s->page.words, SLICE("The settings were not read again: "));
        buf_add(&s->page.words, answer_text(config, "trouble"));
        text_paragraph(&s->page, 0);
        text_ink(&s->page, INK_PLAIN);
    }
}

/* ", 12 connections", after what is there already; nothing for none. */
static void add_count(struct buf *words, const json_t *object, const char *name, const char *one,
                      const char *many)
{
    if (answer_number(object, name) == 0)
        return;
    buf_add(words, SLICE(", "));
    words_count(words, answer_number(object, name), one, many);
}

/* How far a log was read. */
static void add_position(struct sheet *s, const json_t *a)
{
    uint64_t position = answer_number(a, "position"), size = answer_number(a, "size");
    uint64_t lag_ms = answer_number(a, "lag_ms");
    struct buf *words = &s->page.words;

    if (answer_has(a, "position") && size > position) {
        buf_add(words, SLICE(", "));
        words_bytes(words, size - position);
        buf_add(words, SLICE(" to go"));
    } else if (answer_has(a, "position")) {
        buf_add(words, SLICE(", read to its end"));
    }
    if (lag_ms >= SLOW_MS) {
        buf_add(words, SLICE(", behind by "));
        words_duration(words, lag_ms < INT64_MAX ? (int64_t)lag_ms : INT64_MAX);
    }
}

static void add_last(struct sheet *s, const json_t *a)
{
    struct wall last = answer_time(a, "last", NULL);

    if (last.ms == 0)
        return;
    buf_add(&s->page.words, SLICE(", the last "));
    words_duration(&s->page.words, s->near.ms - last.ms);
    buf_add(&s->page.words, SLICE(" ago"));
}

static void show_attachment(struct sheet *s, const json_t *a)
{
    struct slice state = answer_text(a, "state"), words = answer_text(a, "words");
    struct slice where = answer_text(a, "where"), fix = answer_text(a, "fix");

    text_blank(&s->page, 2);
    text_ink(&s->page, state_ink(state));
    text_cell_slice(&s->page, state, STATE_WIDTH - 2);
    text_ink(&s->page, INK_PLAIN);
    buf_add(&s->page.words, answer_text(a, "what"));
    if (where.n > 0) {
        buf_add(&s->page.words, SLICE(" "));
        buf_add(&s->page.words, where);
    }
    add_count(&s->page.words, a, "connections", "connection", "connections");
    add_count(&s->page.words, a, "requests", "request", "requests");
    add_position(s, a);
    add_last(s, a);
    if (words.n > 0) {
        buf_add(&s->page.words, SLICE(": "));
        buf_add(&s->page.words, words);
    }
    text_wrap(&s->page, STATE_WIDTH);
    if (fix.n == 0)
        return;
    text_ink(&s->page, INK_BOLD);
    buf_add(&s->page.words, SLICE("To wire it: "));
    buf_add(&s->page.words, fix);
    text_paragraph(&s->page, STATE_WIDTH);
    text_ink(&s->page, INK_PLAIN);
}

static void show_attachments(struct sheet *s, const json_t *reply)
{
    const json_t *list = answer_part(reply, "attachments");

    text_title(&s->page, "Attached to");
    for (size_t i = 0; i < json_array_size(list); i++)
        show_attachment(s, json_array_get(list, i));
}

static void show_figures(struct sheet *s, const json_t *reply)
{
    const json_t *accounts = answer_part(reply, "accounts"),
                 *hour = answer_part(reply, "last_hour");
    const json_t *incidents = answer_part(reply, "incidents"),
                 *backlog = answer_part(reply, "backlog");
    struct buf *words = &s->page.words;

    text_title(&s->page, "Now");
    words_number(words, answer_number(accounts, "known"));
    buf_add(words, SLICE(" known, "));
    words_number(words, answer_number(accounts, "locked"));
    buf_add(words, SLICE(" locked, "));
    words_number(words, answer_number(accounts, "held"));
    buf_add(words, SLICE(" held"));
    text_row(&s->page, "Accounts");
    words_number(words, answer_number(incidents, "open"));
    buf_add(words, SLICE(" open, "));
    words_number(words, answer_number(incidents, "today"));
    buf_add(words, SLICE(" began today"));
    text_row(&s->page, "Incidents");
    answer_amount_words(words, answer_part(reply, "queue"));
    buf_add(words, SLICE(" held in the queue"));
    if (answer_has(backlog, "looked")) {
        buf_add(words, SLICE(", "));
        words_number(words, answer_number(backlog, "waiting"));
        buf_add(words, SLICE(" wait"));
    }
    text_row(&s->page, "Mail");
    answer_amount_words(words, hour);
    add_count(words, hour, "refused", "refused", "refused");
    add_count(words, hour, "login_failures", "failed login", "failed logins");
    text_row(&s->page, "Last hour");
    if (answer_number(reply, "refused_addresses") > 0) {
        words_count(words, answer_number(reply, "refused_addresses"), "address", "addresses");
        buf_add(words, SLICE(" may not log in: guessed passwords"));
        text_row(&s->page, "Refused");
    }
}

static void show_stopped(struct sheet *s, const json_t *reply)
{
    enum { STAGE = 10, SINCE = 14, INCIDENT = 14, BY = 16 };
    const json_t *list = answer_part(reply, "stopped"), *row;
    size_t i, name = s->page.columns - 2 - STAGE - SINCE - INCIDENT - BY;

    if (json_array_size(list) == 0)
        return;
    text_title(&s->page, "Stopped");
    json_array_foreach(list, i, row)
    {
        struct slice stage = answer_text(row, "stage");

        text_blank(&s->page, 2);
        text_ink(&s->page, stage_ink(stage));
        sheet_cell(s, incident_state(row), STAGE, false);
        text_ink(&s->page, INK_PLAIN);
        sheet_cell_time(s, row, "since", SINCE);
        sheet_cell_text(s, row, "account", name);
        if (answer_has(row, "incident"))
            buf_printf(&s->page.words, "incident %llu",
                       (unsigned long long)answer_number(row, "incident"));
        text_cell(&s->page, INCIDENT);
        buf_add(&s->page.words, SLICE("by "));
        buf_add(&s->page.words, answer_text(row, "by"));
        text_cell(&s->page, BY);
        text_end(&s->page);
    }
}

static void show_warnings(struct sheet *s, const json_t *reply)
{
    const json_t *list = answer_part(reply, "warnings"), *text;
    size_t i;

    if (json_array_size(list) > 0)
        text_title(&s->page, "Warnings");
    json_array_foreach(list, i, text)
    {
        text_ink(&s->page, INK_CARE);
        buf_add(s->page.out, SLICE("  - "));
        buf_add(&s->page.words,
                (struct slice){ json_string_value(text), json_string_length(text) });
        text_wrap(&s->page, 4);
        text_ink(&s->page, INK_PLAIN);
    }
}

static void show(struct ask *a, struct sheet *s, const json_t *reply)
{
    (void)a;
    show_daemon(s, reply);
    show_attachments(s, reply);
    show_figures(s, reply);
    show_stopped(s, reply);
    show_warnings(s, reply);
}

int cli_status(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "status",
        .operands = "",
        .help = "What the daemon does, what it is attached to, and whom it has stopped.\n",
        .show = show,
    };

    return ask_command(&usage, argc, argv);
}
