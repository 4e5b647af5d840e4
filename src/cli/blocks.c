/* blocks.c - `mailfuse blocks`: to whom nobody may write, and from where nobody may log in. */
#include "cli/ask.h"
#include "cli/commands.h"

#include "base/ban.h"

enum { KIND = 8, SINCE = 15, BY = 16, HITS = 7 };

static void show_row(struct sheet *s, const json_t *row, size_t value)
{
    text_blank(&s->page, 2);
    sheet_cell_text(s, row, "kind", KIND);
    sheet_cell_text(s, row, "value", value);
    sheet_cell_time(s, row, "since", SINCE);
    sheet_cell_text(s, row, "by", BY);
    sheet_cell_number(s, row, "hits", HITS);
    text_end(&s->page);
    buf_add(&s->page.words, answer_text(row, "reason"));
    if (s->page.words.n > 0)
        text_paragraph(&s->page, 2 + KIND);
}

static void show(struct ask *a, struct sheet *s, const json_t *reply)
{
    const json_t *list = answer_part(reply, "blocks");
    size_t i, value = s->page.columns - 2 - KIND - SINCE - BY - HITS;

    (void)a;
    if (json_array_size(list) == 0) {
        buf_add(&s->page.words, SLICE("Nothing is blocked."));
        text_paragraph(&s->page, 0);
        return;
    }
    text_ink(&s->page, INK_DIM);
    text_blank(&s->page, 2);
    sheet_cell(s, "kind", KIND, false);
    sheet_cell(s, "value", value, false);
    sheet_cell(s, "since", SINCE, false);
    sheet_cell(s, "by", BY, false);
    sheet_cell(s, "hits", HITS, true);
    text_end(&s->page);
    text_ink(&s->page, INK_PLAIN);
    for (i = 0; i < json_array_size(list); i++)
        show_row(s, json_array_get(list, i), value);
}

int cli_blocks(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "blocks",
        .operands = "",
        .help = "What mailfuse block forbade, and how often it was met.\n",
        .show = show,
    };

    return ask_command(&usage, argc, argv);
}
