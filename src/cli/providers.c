/* providers.c - `mailfuse providers`: which providers refuse our mail for our reputation, since
 * when, who may have caused it, and what becomes of our mail at each. */
#include "cli/ask.h"
#include "cli/commands.h"
#include "report/words.h"

#include "base/ban.h"

enum { NUMBER = 11, HOUR = 10, STATE = 9 };

static int fill(struct ask *a, json_t *request)
{
    if (a->words_n > 0)
        ask_put(request, "provider", a->words[0]);
    return 0;
}

static void show_account(struct sheet *s, const json_t *one, bool first)
{
    uint64_t all = answer_number(one, "new_all"), new = answer_number(one, "new");

    sheet_subject(s, one, s->page.columns);
    buf_add(&s->page.words, SLICE(": "));
    if (new > 0) {
        words_number(&s->page.words, new);
        buf_add(&s->page.words, SLICE(" of "));
        words_number(&s->page.words, all);
        buf_add(&s->page.words, SLICE(" new people there were written to by it"));
    }
    if (answer_true(one, "first"))
        buf_printf(&s->page.words, "%sthe first refusal was of its mail", new > 0 ? "; " : "");
    if (answer_has(one, "incident"))
        buf_printf(&s->page.words, "; incident %llu",
                   (unsigned long long)answer_number(one, "incident"));
    text_row(&s->page, first ? "sent before" : "");
}

static void show_ends(struct sheet *s, const json_t *row)
{
    words_count(&s->page.words, answer_number(row, "refusals"), "refusal", "refusals");
    buf_add(&s->page.words, SLICE(", the last "));
    sheet_time(s, row, "last", false);
    buf_add(&s->page.words, SLICE("; since then "));
    words_number(&s->page.words, answer_number(row, "accepted_since"));
    buf_add(&s->page.words, SLICE(" accepted, of "));
    words_number(&s->page.words, answer_number(row, "accepted_needed"));
    buf_add(&s->page.words, SLICE(" that end it"));
    text_row(&s->page, "so far");
}

static void show_blocked(struct sheet *s, const json_t *row)
{
    const json_t *accounts = answer_part(row, "accounts");

    text_end(&s->page);
    text_ink(&s->page, INK_ALARM);
    buf_add(&s->page.words, answer_text(row, "title"));
    buf_add(&s->page.words, SLICE(": our mail is refused for its reputation"));
    text_paragraph(&s->page, 0);
    text_ink(&s->page, INK_PLAIN);
    sheet_row(s, "means", row, "words");
    sheet_row(s, "it says", row, "text");
    sheet_time(s, row, "since", false);
    if (answer_has(row, "incident"))
        buf_printf(&s->page.words, "; incident %llu",
                   (unsigned long long)answer_number(row, "incident"));
    text_row(&s->page, "since");
    show_ends(s, row);
    for (size_t i = 0; i < json_array_size(accounts); i++)
        show_account(s, json_array_get(accounts, i), i == 0);
    sheet_lines(s, "to do", row, "wants");
    sheet_row(s, "ask there", row, "page");
}

static void head(struct sheet *s, size_t width)
{
    text_ink(&s->page, INK_DIM);
    text_blank(&s->page, 2 + width);
    sheet_cell(s, "accepted", NUMBER, true);
    sheet_cell(s, "deferred", NUMBER, true);
    sheet_cell(s, "refused", NUMBER, true);
    sheet_cell(s, "last hour", HOUR, true);
    sheet_cell(s, "", STATE, true);
    text_end(&s->page);
    text_ink(&s->page, INK_PLAIN);
}

static void show_row(struct sheet *s, const json_t *row, size_t width)
{
    const json_t *day = answer_part(row, "day"), *hour = answer_part(row, "hour");
    bool blocked = slice_eq(answer_text(row, "state"), SLICE("blocked"));

    text_blank(&s->page, 2);
    sheet_cell_text(s, row, "provider", width);
    sheet_cell_number(s, day, "accepted", NUMBER);
    sheet_cell_number(s, day, "deferred", NUMBER);
    sheet_cell_number(s, day, "refused", NUMBER);
    sheet_cell_number(s, hour, "accepted", HOUR);
    if (blocked)
        text_ink(&s->page, INK_ALARM);
    sheet_cell(s, blocked ? "blocked" : "", STATE, true);
    text_ink(&s->page, INK_PLAIN);
    text_end(&s->page);
}

static void show(struct ask *a, struct sheet *s, const json_t *reply)
{
    const json_t *rows = answer_part(reply, "providers"), *row;
    size_t width = s->page.columns - 2 - 3 * NUMBER - HOUR - STATE, i;

    (void)a;
    if (answer_number(reply, "blocking") == 0) {
        buf_add(&s->page.words, SLICE("No provider refuses mail from here for its reputation, as "
                                      "far as is known."));
        text_paragraph(&s->page, 0);
    }
    json_array_foreach(rows, i, row)
    {
        if (slice_eq(answer_text(row, "state"), SLICE("blocked")))
            show_blocked(s, row);
    }
    if (json_array_size(rows) == 0)
        return;
    text_title(&s->page, "Our mail within a day, by provider");
    head(s, width);
    for (i = 0; i < json_array_size(rows); i++)
        show_row(s, json_array_get(rows, i), width);
}

int cli_providers(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "providers",
        .operands = "[PROVIDER]",
        .help = "Which providers refuse our mail for the reputation of our address or domain,\n"
                "since when, who may have caused it, and what to do; and what becomes of our\n"
                "mail at each.\n",
        .most = 1,
        .fill = fill,
        .show = show,
    };

    return ask_command(&usage, argc, argv);
}
