#include <stdlib.h>

#include "cli/wrote_to.h"
#include "report/json_parts.h"
#include "report/text_page.h"
#include "report/words.h"

#include "base/ban.h"

static int compare_slices(struct slice a, struct slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_rows(const void *left, const void *right)
{
    const struct report_wrote *a = left, *b = right;
    int order = compare_slices(a->account, b->account);

    if (order == 0)
        order = (a->at.ms > b->at.ms) - (a->at.ms < b->at.ms);
    return order != 0 ? order : compare_slices(a->queue_id, b->queue_id);
}

size_t wrote_groups(struct report *r, struct wrote_group *groups)
{
    size_t n = 0;

    if (r->wrote_n > 0)
        qsort(r->wrote, r->wrote_n, sizeof *r->wrote, compare_rows);
    for (size_t i = 0; i < r->wrote_n; i++) {
        const struct report_wrote *w = &r->wrote[i];
        bool first = n == 0 || !slice_eq(w->account, groups[n - 1].rows->account);

        if (first)
            groups[n++] = (struct wrote_group){ .rows = w };
        groups[n - 1].n++;
        groups[n - 1].messages += first || !slice_eq(w->queue_id, w[-1].queue_id);
    }
    return n;
}

json_t *wrote_json(const struct report *r, const struct wrote_group *groups, size_t n)
{
    json_t *accounts = json_array();

    for (const struct wrote_group *g = groups; g < groups + n; g++) {
        json_t *ids = json_array();

        for (size_t i = 0; i < g->n; i++)
            if (i == 0 || !slice_eq(g->rows[i].queue_id, g->rows[i - 1].queue_id))
                json_array_append_new(ids, json_slice(g->rows[i].queue_id));
        json_array_append_new(
            accounts, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "account",
                                json_slice(g->rows->account), "messages", json_count(g->messages),
                                "recipients", json_count(g->n), "first", json_time(r, g->rows->at),
                                "last", json_time(r, g->rows[g->n - 1].at), "queue_ids", ids));
    }
    return json_pack("{s:o, s:o}", "address", json_slice(r->asked_to), "accounts", accounts);
}

static void write_ids(struct sheet *s, const struct wrote_group *g)
{
    enum { SHOWN = 8 };
    size_t shown = 0;

    for (size_t i = 0; i < g->n && shown < SHOWN; i++) {
        if (i > 0 && slice_eq(g->rows[i].queue_id, g->rows[i - 1].queue_id))
            continue;
        buf_add(&s->page.words, shown++ > 0 ? SLICE(", ") : SLICE(""));
        buf_add(&s->page.words, g->rows[i].queue_id);
    }
    if (g->messages > shown) {
        buf_add(&s->page.words, SLICE(" and "));
        words_number(&s->page.words, g->messages - shown);
        buf_add(&s->page.words, SLICE(" more"));
    }
    text_ink(&s->page, INK_DIM);
    text_paragraph(&s->page, 4);
    text_ink(&s->page, INK_PLAIN);
}

static void write_title(struct sheet *s, const struct report *r, size_t n)
{
    text_ink(&s->page, INK_BOLD);
    if (n == 0)
        buf_add(&s->page.words, SLICE("Nobody"));
    else
        words_count(&s->page.words, n, "account", "accounts");
    buf_add(&s->page.words, SLICE(" wrote to "));
    text_short(&s->page, r->asked_to, s->page.columns - 30);
    if (r->start.ms != 0) {
        buf_add(&s->page.words, SLICE(", in the log from "));
        words_period(&s->page.words, r);
    }
    text_paragraph(&s->page, 0);
    text_ink(&s->page, INK_PLAIN);
}

void wrote_text(struct sheet *s, const struct report *r, const struct wrote_group *groups, size_t n)
{
    enum { TIME = 14, COUNT_WIDTH = 10 };
    size_t name = s->page.columns - 2 - 2 * TIME - COUNT_WIDTH;

    write_title(s, r, n);
    if (n == 0)
        return;
    text_ink(&s->page, INK_DIM);
    text_blank(&s->page, 2);
    sheet_cell(s, "account", name, false);
    sheet_cell(s, "first", TIME, false);
    sheet_cell(s, "last", TIME, false);
    sheet_cell(s, "messages", COUNT_WIDTH, true);
    text_end(&s->page);
    text_ink(&s->page, INK_PLAIN);
    for (const struct wrote_group *g = groups; g < groups + n; g++) {
        text_blank(&s->page, 2);
        text_cell_slice(&s->page, g->rows->account, name - 2);
        text_blank(&s->page, 2);
        words_time(&s->page.words, r, g->rows->at, false);
        text_cell(&s->page, TIME);
        words_time(&s->page.words, r, g->rows[g->n - 1].at, false);
        text_cell(&s->page, TIME);
        text_cell_number(&s->page, g->messages, COUNT_WIDTH);
        text_end(&s->page);
        write_ids(s, g);
    }
}
