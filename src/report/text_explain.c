#include <stdlib.h>

#include "base/memory.h"
#include "report/text_parts.h"

#include "base/ban.h"

/* A line of the story: a piece of evidence, or what the fuse did. */
struct explain_step {
    const struct report_evidence *evidence; /* NULL: `words` happened */
    const char *words;
    struct wall at;
    size_t place; /* keeps the order of steps of one time */
};

static int by_time(const void *a, const void *b)
{
    const struct explain_step *x = a, *y = b;

    if (x->at.ms != y->at.ms)
        return x->at.ms < y->at.ms ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

static size_t explain_steps(const struct report_fuse *f, struct explain_step *steps)
{
    const struct explain_step happened[] = {
        { NULL, "the first message of the abuse", f->first_abuse, 0 },
        { NULL, "held from here on", f->held_from, 0 },
        { NULL, "locked", f->locked, 0 },
        { NULL, "the last message of the abuse", f->last_abuse, 0 },
    };
    size_t n = 0;

    for (size_t i = 0; i < f->evidence_n; i++, n++)
        steps[n] = (struct explain_step){ &f->evidence[i], NULL, f->evidence[i].at, n };
    for (size_t i = 0; i < sizeof happened / sizeof *happened; i++) {
        if (happened[i].at.ms == 0)
            continue;
        steps[n] = happened[i];
        steps[n].place = n;
        n++;
    }
    qsort(steps, n, sizeof *steps, by_time);
    return n;
}

static void explain_fuse(struct text_page *page, const struct report_fuse *f)
{
    struct explain_step *steps = memory_new(f->evidence_n + 4, sizeof *steps);
    size_t n = explain_steps(f, steps);
    double sum = 0;

    buf_add_char(page->out, '\n');
    text_ink(page, INK_BOLD);
    buf_printf(&page->words, "%s ", words_subject(f->kind));
    text_short(page, f->name, page->columns - 16);
    text_paragraph(page, 0);
    text_ink(page, INK_PLAIN);
    for (size_t i = 0; i < n; i++) {
        text_blank(page, 2);
        words_time(&page->words, page->report, steps[i].at, true);
        text_cell(page, 22);
        if (steps[i].evidence != NULL) {
            sum += steps[i].evidence->weight;
            buf_printf(page->out, "%+5.1f = %5.1f  ", steps[i].evidence->weight, sum);
            buf_add(&page->words, steps[i].evidence->words);
        } else {
            text_blank(page, 15);
            buf_add(&page->words, slice_of(steps[i].words));
        }
        text_wrap(page, 39);
    }
    if (n == 0) {
        buf_add(&page->words, SLICE("no evidence of abuse"));
        text_paragraph(page, 2);
    }
    free(steps);
}

void text_explain(const struct report *r, const struct text_options *o, struct buf *out)
{
    struct text_page page;

    text_page_init(&page, r, o, out);
    for (size_t i = 0; i < r->fuses_n; i++)
        explain_fuse(&page, &r->fuses[i]);
    for (size_t i = 0; i < r->watch_n; i++)
        explain_fuse(&page, &r->watch[i]);
    if (r->fuses_n + r->watch_n == 0) {
        buf_add(&page.words, SLICE("No evidence of abuse."));
        text_paragraph(&page, 0);
    }
    text_page_done(&page);
}
