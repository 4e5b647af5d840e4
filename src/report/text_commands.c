#include "report/commands.h"
#include "report/text_parts.h"

#include "base/ban.h"

/* The command is printed as it is: commands.h lets nothing into it that a terminal must not get. */
static void put_command(struct text_page *page, struct slice text)
{
    struct slice line;
    bool more = text.n > 0;

    while (more) {
        more = slice_cut(&text, '\n', &line);
        if (!more)
            line = text;
        text_blank(page, 6);
        text_ink(page, INK_BOLD);
        buf_add(page->out, line);
        text_ink(page, INK_PLAIN);
        text_end(page);
    }
}

static void put_commands(struct text_page *page, const struct commands *commands)
{
    for (size_t i = 0; i < commands->n; i++) {
        buf_add(&page->words, commands->list[i].why);
        text_blank(page, 2);
        buf_add(page->out, SLICE("- "));
        text_wrap(page, 4);
        put_command(page, commands->list[i].text);
    }
}

void text_commands(struct text_page *page, const struct report_fuse *f)
{
    struct arena arena = { 0 };
    struct commands commands;

    commands_for(&arena, page->report, f, &commands);
    if (commands.n > 0) {
        buf_add_char(page->out, '\n');
        buf_add(&page->words, SLICE("To do, as root"));
        if (f->queues_n == 1 && f->queues[0].host.n > 0) {
            buf_add(&page->words, SLICE(" on "));
            text_short(page, f->queues[0].host, page->columns - 24);
        }
        buf_add_char(&page->words, ':');
        text_paragraph(page, 2);
    }
    put_commands(page, &commands);
    arena_done(&arena);
}

void text_preparation(struct text_page *page)
{
    struct arena arena = { 0 };
    struct commands commands;

    commands_prepare(&arena, page->report, &commands);
    if (commands.n > 0)
        text_title(page, "Preparation, once, before the first lock");
    put_commands(page, &commands);
    arena_done(&arena);
}
