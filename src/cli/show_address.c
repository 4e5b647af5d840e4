#include "cli/show.h"
#include "report/words.h"

#include "base/ban.h"

static void show_users(struct sheet *s, const json_t *reply)
{
    enum { STAGE = 9, LAST = 15, AMOUNT = 11 };
    const json_t *list = answer_part(reply, "accounts"), *row;
    size_t i, name = s->page.columns - 2 - STAGE - LAST - 2 * AMOUNT;

    if (json_array_size(list) == 0) {
        buf_add(&s->page.words, SLICE("nobody, as far as is known"));
        text_row(&s->page, "Used by");
        return;
    }
    text_title(&s->page, "Used by");
    text_ink(&s->page, INK_DIM);
    text_blank(&s->page, 2);
    sheet_cell(s, "account", name, false);
    sheet_cell(s, "state", STAGE, false);
    sheet_cell(s, "last", LAST, false);
    sheet_cell(s, "messages", AMOUNT, true);
    sheet_cell(s, "recipients", AMOUNT, true);
    text_end(&s->page);
    text_ink(&s->page, INK_PLAIN);
    json_array_foreach(list, i, row)
    {
        struct slice stage = answer_text(row, "stage");

        text_blank(&s->page, 2);
        sheet_cell_text(s, row, "account", name);
        text_ink(&s->page, stage_ink(stage));
        sheet_cell(s, stage_words(stage), STAGE, false);
        text_ink(&s->page, INK_PLAIN);
        sheet_cell_time(s, row, "last", LAST);
        sheet_cell_number(s, row, "messages", AMOUNT);
        sheet_cell_number(s, row, "recipients", AMOUNT);
        text_end(&s->page);
    }
}

static void show_place(struct sheet *s, const json_t *reply)
{
    static const char *const names[] = { "name", "country", "network" };
    struct buf *words = &s->page.words;

    for (size_t i = 0; i < COUNT(names); i++) {
        struct slice part = answer_text(reply, names[i]);

        if (part.n == 0)
            continue;
        buf_add(words, words->n > 0 ? SLICE(", ") : SLICE(""));
        text_short(&s->page, part, s->page.columns - TEXT_LABEL - 2);
    }
    if (words->n > 0)
        text_row(&s->page, "Known as");
}

static void show_blocks(struct sheet *s, const json_t *reply)
{
    const json_t *list = answer_part(reply, "blocked"), *row;
    size_t i;

    json_array_foreach(list, i, row)
    {
        struct buf *words = &s->page.words;

        buf_add(words, answer_text(row, "value"));
        buf_add(words, SLICE(" by "));
        buf_add(words, answer_text(row, "by"));
        buf_add(words, SLICE(" since "));
        sheet_time(s, row, "since", false);
        if (answer_text(row, "reason").n > 0) {
            buf_add(words, SLICE(": "));
            buf_add(words, answer_text(row, "reason"));
        }
        text_row(&s->page, i == 0 ? "Blocked" : "");
    }
}

void show_address(struct sheet *s, const json_t *reply)
{
    text_ink(&s->page, INK_BOLD);
    buf_add(&s->page.words, SLICE("Address "));
    buf_add(&s->page.words, answer_text(reply, "address"));
    text_paragraph(&s->page, 0);
    text_ink(&s->page, INK_PLAIN);
    buf_add_char(s->page.out, '\n');
    show_place(s, reply);
    if (answer_true(reply, "shared")) {
        buf_add(&s->page.words, SLICE("by several people: it is refused for one account, never "
                                      "for all"));
        text_row(&s->page, "Shared");
    }
    words_count(&s->page.words, answer_number(reply, "failures"), "failed login", "failed logins");
    buf_add(&s->page.words, SLICE(" in the last hour"));
    text_row(&s->page, "Guessing");
    sheet_row(s, "Refused", reply, "refused");
    show_blocks(s, reply);
    show_users(s, reply);
}
