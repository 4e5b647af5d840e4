#include "cli/sheet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/escape.h"

#include "base/ban.h"

static unsigned terminal_columns(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_col < 80
               ? size.ws_col
               : 80;
}

void sheet_open(struct sheet *s, const json_t *reply)
{
    bool terminal = isatty(STDOUT_FILENO) == 1;

    *s = (struct sheet){ .options = { .colour = terminal && getenv("NO_COLOR") == NULL,
                                      .columns = terminal ? terminal_columns() : 80,
                                      .top = 100 } };
    s->near = answer_time(reply, "time", &s->report.offset_s);
    s->out = buf_make(TEXT_LIMIT);
    text_page_init(&s->page, &s->report, &s->options, &s->out);
}

int sheet_print(struct sheet *s, const char *command)
{
    bool ok = !s->out.full && fwrite(s->out.p, 1, s->out.n, stdout) == s->out.n;
    int status = 0;

    if (!ok || fflush(stdout) != 0) {
        fprintf(stderr, "mailfuse %s: standard output: %s\n", command,
                s->out.full ? "too much to show; ask for less" : strerror(errno));
        status = 2;
    }
    text_page_done(&s->page);
    report_done(&s->report);
    buf_done(&s->out);
    return status;
}

void sheet_time(struct sheet *s, const json_t *object, const char *name, bool seconds)
{
    answer_time_words(&s->page.words, object, name, seconds, s->near);
}

void sheet_cell(struct sheet *s, const char *text, size_t width, bool right)
{
    buf_add(&s->page.words, slice_of(text));
    if (right)
        text_cell_right(&s->page, width);
    else
        text_cell(&s->page, width);
}

void sheet_cell_time(struct sheet *s, const json_t *object, const char *name, size_t width)
{
    sheet_time(s, object, name, false);
    text_cell(&s->page, width - 2);
    text_blank(&s->page, 2);
}

void sheet_cell_number(struct sheet *s, const json_t *object, const char *name, size_t width)
{
    text_cell_number(&s->page, answer_number(object, name), width);
}

void sheet_cell_text(struct sheet *s, const json_t *object, const char *name, size_t width)
{
    text_cell_slice(&s->page, answer_text(object, name), width - 2);
    text_blank(&s->page, 2);
}

void sheet_row(struct sheet *s, const char *label, const json_t *object, const char *name)
{
    struct slice text = answer_text(object, name);

    if (text.n == 0)
        return;
    buf_add(&s->page.words, text);
    text_row(&s->page, label);
}

void sheet_lines(struct sheet *s, const char *label, const json_t *object, const char *name)
{
    struct slice rest = answer_text(object, name), line;

    for (; rest.n > 0; label = "") {
        if (!slice_cut(&rest, '\n', &line)) {
            line = rest;
            rest.n = 0;
        }
        buf_add(&s->page.words, line);
        text_row(&s->page, label);
    }
}

void sheet_command(struct sheet *s, const json_t *object, size_t indent)
{
    struct slice command = answer_text(object, "command");

    if (command.n == 0)
        return;
    text_blank(&s->page, indent);
    escape_terminal(s->page.out, command);
    text_end(&s->page);
}

const char *stage_words(struct slice stage)
{
    if (slice_eq(stage, SLICE("lock")))
        return "locked";
    return slice_eq(stage, SLICE("hold")) ? "held" : "-";
}

enum text_ink stage_ink(struct slice stage)
{
    if (slice_eq(stage, SLICE("lock")))
        return INK_ALARM;
    return slice_eq(stage, SLICE("hold")) ? INK_CARE : INK_DIM;
}

void sheet_subject(struct sheet *s, const json_t *object, size_t width)
{
    struct slice kind = answer_text(object, "kind");
    const char *word = "Account";

    if (slice_eq(kind, SLICE("relay")))
        word = "Trusted relay";
    else if (slice_eq(kind, SLICE("lan")))
        word = "LAN host";
    else if (slice_eq(kind, SLICE("local")))
        word = "Local user";
    buf_printf(&s->page.words, "%s ", word);
    text_short(&s->page, answer_text(object, "account"), width - strlen(word) - 1);
}
