#include "report/text_parts.h"

#include "base/ban.h"

enum { EXPLAIN_TIME = 22, EXPLAIN_WORDS = EXPLAIN_TIME + 2 + 14 };

/* What the fuse did, in the order in which it does it. */
struct explain_deed {
    const char *words;
    struct wall at; /* 0: it did not */
};

static const struct report_fuse *explained_fuse(const struct report *r)
{
    for (size_t i = 0; i < r->fuses_n; i++)
        if (slice_eq(r->fuses[i].name, r->explained))
            return &r->fuses[i];
    return NULL;
}

static void explain_time(struct text_page *page, struct wall at)
{
    text_blank(page, 2);
    words_time(&page->words, page->report, at, true);
    text_cell(page, EXPLAIN_TIME);
}

static void explain_step(struct text_page *page, const struct report_step *step)
{
    explain_time(page, step->at);
    buf_printf(page->out, "%+5.1f  %5.1f  ", step->weight, step->score);
    buf_add(&page->words, step->words);
    text_wrap(page, EXPLAIN_WORDS);
}

/* What the fuse did before `until`; returns how many of the deeds are told now. */
static size_t explain_deeds(struct text_page *page, const struct explain_deed *deeds, size_t told,
                            size_t n, struct wall until)
{
    for (; told < n && deeds[told].at.ms < until.ms; told++) {
        if (deeds[told].at.ms == 0)
            continue;
        explain_time(page, deeds[told].at);
        text_blank(page, EXPLAIN_WORDS - EXPLAIN_TIME - 2);
        text_ink(page, INK_BOLD);
        buf_add(&page->words, slice_of(deeds[told].words));
        text_wrap(page, EXPLAIN_WORDS);
        text_ink(page, INK_PLAIN);
    }
    return told;
}

void text_explain(const struct report *r, const struct text_options *o, struct buf *out)
{
    const struct report_fuse *f = explained_fuse(r);
    const struct explain_deed deeds[] = {
        { "mail held from here on", f != NULL ? f->held_from : (struct wall){ 0 } },
        { "locked", f != NULL ? f->locked : (struct wall){ 0 } },
    };
    size_t told = 0, n = sizeof deeds / sizeof *deeds;
    struct text_page page;

    text_page_init(&page, r, o, out);
    buf_add(&page.words, r->steps_n > 0 ? SLICE("The evidence about ")
                                        : SLICE("There is no evidence for or against "));
    text_short(&page, r->explained, page.columns - 40);
    buf_add(&page.words, r->steps_n > 0 ? SLICE(" over time: what each piece weighs, and all "
                                                "together.")
                                        : SLICE("."));
    text_paragraph(&page, 0);
    for (size_t i = 0; i < r->steps_n; i++) {
        told = explain_deeds(&page, deeds, told, n, r->steps[i].at);
        explain_step(&page, &r->steps[i]);
    }
    explain_deeds(&page, deeds, told, n, (struct wall){ INT64_MAX });
    text_page_done(&page);
}
