#include "report/commands.h"
#include "report/html_parts.h"

#include "base/ban.h"

/* Commands have several lines; escape_html knows none. */
static void write_lines(struct html_page *page, struct slice text)
{
    struct slice line;

    html_raw(page, "<pre tabindex=\"0\"><code>");
    while (slice_cut(&text, '\n', &line)) {
        html_text(page, line);
        html_raw(page, text.n > 0 ? "\n" : "");
    }
    html_text(page, text);
    html_raw(page, "</code></pre>");
}

static void write_commands(struct html_page *page, const struct commands *commands)
{
    html_raw(page, "<ol>\n");
    for (size_t i = 0; i < commands->n; i++) {
        html_raw(page, "<li>");
        html_text(page, commands->list[i].why);
        if (commands->list[i].text.n > 0)
            write_lines(page, commands->list[i].text);
        html_raw(page, "</li>\n");
    }
    html_raw(page, "</ol>\n");
}

void html_commands(struct html_page *page, const struct report_fuse *f)
{
    struct arena arena = { 0 };
    struct commands commands = { .n = 0 };

    commands_for(&arena, page->r, f, &commands);
    if (commands.n > 0) {
        html_raw(page, "<section class=\"commands\"><h3>What to do</h3>\n");
        write_commands(page, &commands);
        html_raw(page, "</section>\n");
    }
    arena_done(&arena);
}

void html_prepare(struct html_page *page)
{
    struct arena arena = { 0 };
    struct commands commands = { .n = 0 };

    commands_prepare(&arena, page->r, &commands);
    if (commands.n > 0) {
        html_raw(page, "<section class=\"card commands\"><h2>To be set up once</h2>\n<p "
                       "class=\"note\">The commands above need this in Postfix and Dovecot.</p>\n");
        write_commands(page, &commands);
        html_raw(page, "</section>\n");
    }
    arena_done(&arena);
}
