#include "cli/top_table.h"

#include "base/escape.h"
#include "report/words.h"

#include "base/ban.h"

enum { MARK = 2, STAGE = 8, SCORE = 6, COUNT_WIDTH = 7, RECIPIENTS = 8, NETS = 5, INCIDENT = 6 };

#define EOL "\033[K\r\n"

static size_t name_width(const struct sheet *s)
{
    return s->page.columns - MARK - STAGE - SCORE - 3 * COUNT_WIDTH - RECIPIENTS - NETS - INCIDENT;
}

static void head_words(struct sheet *s, const json_t *reply)
{
    const json_t *accounts = answer_part(reply, "accounts"),
                 *hour = answer_part(reply, "last_hour");
    struct buf *words = &s->page.words;
    bool enforce = slice_eq(answer_text(reply, "mode"), SLICE("enforce"));

    buf_add(words, enforce ? SLICE("mailfuse enforces") : SLICE("mailfuse only observes"));
    buf_add(words, SLICE(", "));
    sheet_time(s, reply, "time", true);
    buf_add(words, SLICE(". "));
    words_number(words, answer_number(accounts, "known"));
    buf_add(words, SLICE(" accounts, "));
    words_number(words, answer_number(accounts, "locked"));
    buf_add(words, SLICE(" locked, "));
    words_number(words, answer_number(accounts, "held"));
    buf_add(words, SLICE(" held"));
    text_cell(&s->page, s->page.columns);
    text_end(&s->page);
    buf_add(words, SLICE("Last hour: "));
    answer_amount_words(words, hour);
    buf_add(words, SLICE(", "));
    words_count(words, answer_number(hour, "login_failures"), "failed login", "failed logins");
    text_cell(&s->page, s->page.columns);
    text_end(&s->page);
}

/* The title of the column that is sorted by, in capitals. */
static void title(struct sheet *s, const char *text, const char *sort, const char *by, size_t width,
                  bool right)
{
    struct buf *words = &s->page.words;

    for (size_t i = 0; text[i] != '\0'; i++) {
        bool capital = strcmp(sort, by) == 0 && text[i] >= 'a' && text[i] <= 'z';

        buf_add_char(words, capital ? (char)(text[i] - 'a' + 'A') : text[i]);
    }
    if (right)
        text_cell_right(&s->page, width);
    else
        text_cell(&s->page, width);
}

void top_head(struct sheet *s, const json_t *reply, const char *sort)
{
    head_words(s, reply);
    text_end(&s->page);
    text_ink(&s->page, INK_DIM);
    text_blank(&s->page, MARK);
    title(s, "account", sort, "account", name_width(s), false);
    title(s, "state", sort, "", STAGE, false);
    title(s, "score", sort, "score", SCORE, true);
    title(s, "msgs/h", sort, "messages", COUNT_WIDTH, true);
    title(s, "rcpts/h", sort, "recipients", RECIPIENTS, true);
    title(s, "failed", sort, "failures", COUNT_WIDTH, true);
    title(s, "held", sort, "held", COUNT_WIDTH, true);
    title(s, "nets", sort, "", NETS, true);
    title(s, "inc", sort, "", INCIDENT, true);
    text_end(&s->page);
    text_ink(&s->page, INK_PLAIN);
}

void top_row(struct sheet *s, const json_t *row, bool chosen)
{
    struct slice stage = answer_text(row, "stage");

    sheet_cell(s, chosen ? ">" : "", MARK, false);
    sheet_cell_text(s, row, "account", name_width(s));
    text_ink(&s->page, stage_ink(stage));
    sheet_cell(s, stage_words(stage), STAGE, false);
    text_ink(&s->page, INK_PLAIN);
    buf_printf(&s->page.words, "%.1f", answer_real(row, "score"));
    text_cell_right(&s->page, SCORE);
    sheet_cell_number(s, row, "messages", COUNT_WIDTH);
    sheet_cell_number(s, row, "recipients", RECIPIENTS);
    sheet_cell_number(s, row, "failures", COUNT_WIDTH);
    sheet_cell_number(s, row, "held", COUNT_WIDTH);
    sheet_cell_number(s, row, "networks", NETS);
    if (answer_has(row, "incident"))
        buf_printf(&s->page.words, "%llu", (unsigned long long)answer_number(row, "incident"));
    text_cell_right(&s->page, INCIDENT);
    text_end(&s->page);
}

void top_table(struct sheet *s, const json_t *reply, const char *sort)
{
    const json_t *rows = answer_part(reply, "rows");

    top_head(s, reply, sort);
    for (size_t i = 0; i < json_array_size(rows); i++)
        top_row(s, json_array_get(rows, i), false);
}

/* A line of the foot: what fits of it. */
static void foot(struct sheet *s, struct slice text)
{
    buf_add(&s->page.words, text);
    text_cell(&s->page, s->page.columns);
    text_end(&s->page);
}

/* To the screen, each line over what stood there. */
static void put_lines(struct buf *out, struct slice text, size_t most)
{
    struct slice line;

    for (size_t i = 0; i < most && slice_cut(&text, '\n', &line); i++) {
        buf_add(out, line);
        buf_add(out, SLICE(EOL));
    }
}

static void open_sheet(struct sheet *s, const struct top_view *v)
{
    sheet_open(s, v->reply);
    s->options.colour = v->colour;
    s->page.columns = v->columns < 72 ? 72 : v->columns;
}

static void close_sheet(struct sheet *s)
{
    text_page_done(&s->page);
    report_done(&s->report);
    buf_done(&s->out);
}

/* The keys in the last line, without an end that would scroll. */
static void put_keys(struct buf *out, struct slice keys, size_t row, const struct top_view *v)
{
    buf_printf(out, "\033[%zu;1H\033[7m", row);
    buf_add(out, slice_head(keys, v->columns));
    buf_add(out, SLICE("\033[0m\033[K"));
}

void top_screenful(struct buf *out, const struct top_view *v)
{
    size_t lines = v->rows > TOP_HEAD + 2 ? v->rows - TOP_HEAD - 2 : 1;
    const json_t *rows = answer_part(v->reply, "rows");
    struct sheet s;

    open_sheet(&s, v);
    top_head(&s, v->reply, v->sort);
    buf_add(out, SLICE("\033[H"));
    put_lines(out, buf_slice(&s.out), TOP_HEAD);
    for (size_t i = v->first; i < json_array_size(rows) && i < v->first + lines; i++) {
        bool chosen = i == v->chosen;

        buf_clear(&s.out);
        s.options.colour = v->colour && !chosen;
        buf_add(out, chosen ? SLICE("\033[7m") : SLICE(""));
        top_row(&s, json_array_get(rows, i), chosen);
        put_lines(out, buf_slice(&s.out), 1);
        buf_add(out, chosen ? SLICE("\033[0m") : SLICE(""));
    }
    buf_add(out, SLICE("\033[J"));
    buf_clear(&s.out);
    foot(&s, v->message);
    buf_printf(out, "\033[%zu;1H", v->rows > 1 ? v->rows - 1 : 1);
    put_lines(out, buf_slice(&s.out), 1);
    put_keys(out, v->keys, v->rows, v);
    close_sheet(&s);
}

void top_text(struct buf *out, struct slice text, size_t first, const struct top_view *v)
{
    struct slice line;

    for (size_t i = 0; i < first && slice_cut(&text, '\n', &line); i++)
        ;
    buf_add(out, SLICE("\033[H"));
    put_lines(out, text, v->rows > 1 ? v->rows - 1 : 1);
    buf_add(out, SLICE("\033[J"));
    put_keys(out, v->keys, v->rows, v);
}
