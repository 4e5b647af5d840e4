#include <stdlib.h>

#include "report/text_parts.h"

#include "base/ban.h"

enum { EXPLAIN_TIME = 22, EXPLAIN_WORDS = EXPLAIN_TIME + 2 + 14 };

/* What the fuse did. */
struct explain_deed {
    struct wall at;
    enum { DEED_HELD, DEED_LET_GO, DEED_LOCKED } what;
    const struct report_hold *hold; /* that was let go */
};

struct explain_deeds {
    struct explain_deed *list; /* in the order of time; the page's arena */
    size_t n, told;
};

/* An account may be called like a host. */
static bool is_explained(const struct report *r, enum subject_kind kind, struct slice name)
{
    return kind == SUBJECT_ACCOUNT && slice_eq(name, r->explained);
}

static const struct report_fuse *explained_fuse(const struct report *r)
{
    for (size_t i = 0; i < r->fuses_n; i++)
        if (is_explained(r, r->fuses[i].kind, r->fuses[i].name))
            return &r->fuses[i];
    for (size_t i = 0; i < r->watch_n; i++)
        if (is_explained(r, r->watch[i].kind, r->watch[i].name))
            return &r->watch[i];
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
    buf_add(&page->words, SLICE(" ("));
    buf_add(&page->words, step->signal);
    buf_add_char(&page->words, ')');
    text_wrap(page, EXPLAIN_WORDS);
}

static int by_time(const void *a, const void *b)
{
    const struct explain_deed *x = a, *y = b;

    if (x->at.ms != y->at.ms)
        return x->at.ms < y->at.ms ? -1 : 1;
    return x->what < y->what ? -1 : x->what > y->what;
}

static void add_deed(struct explain_deeds *deeds, struct explain_deed deed)
{
    if (deed.at.ms != 0)
        deeds->list[deeds->n++] = deed;
}

static struct explain_deeds collect_deeds(struct arena *arena, const struct report *r,
                                          const struct report_fuse *f)
{
    struct explain_deeds deeds = { arena_take(arena, (2 * r->holds_n + 2) * sizeof *deeds.list), 0,
                                   0 };

    for (size_t i = 0; i < r->holds_n; i++) {
        if (!is_explained(r, r->holds[i].kind, r->holds[i].name))
            continue;
        add_deed(&deeds, (struct explain_deed){ r->holds[i].from, DEED_HELD, NULL });
        add_deed(&deeds, (struct explain_deed){ r->holds[i].until, DEED_LET_GO, &r->holds[i] });
    }
    if (f != NULL && (f->tripped || f->messages_after > 0))
        add_deed(&deeds, (struct explain_deed){ f->held_from, DEED_HELD, NULL });
    if (f != NULL)
        add_deed(&deeds, (struct explain_deed){ f->locked, DEED_LOCKED, NULL });
    qsort(deeds.list, deeds.n, sizeof *deeds.list, by_time);
    return deeds;
}

static void deed_words(struct buf *out, const struct explain_deed *deed)
{
    if (deed->what == DEED_HELD)
        buf_add(out, SLICE("mail held from here on"));
    if (deed->what == DEED_LOCKED)
        buf_add(out, SLICE("locked"));
    if (deed->what != DEED_LET_GO)
        return;
    buf_add(out, SLICE("all let go: "));
    words_count(out, deed->hold->messages, "message", "messages");
    buf_add(out, SLICE(" had waited, for "));
    words_wait(out, deed->hold->longest_ms);
    buf_add(out, deed->hold->messages > 1 ? SLICE(" at most") : SLICE(""));
}

/* What the fuse did before `until`. */
static void tell_deeds(struct text_page *page, struct explain_deeds *deeds, struct wall until)
{
    for (; deeds->told < deeds->n && deeds->list[deeds->told].at.ms < until.ms; deeds->told++) {
        explain_time(page, deeds->list[deeds->told].at);
        text_blank(page, EXPLAIN_WORDS - EXPLAIN_TIME - 2);
        text_ink(page, INK_BOLD);
        deed_words(&page->words, &deeds->list[deeds->told]);
        text_wrap(page, EXPLAIN_WORDS);
        text_ink(page, INK_PLAIN);
    }
}

void text_explain(const struct report *r, const struct text_options *o, struct buf *out)
{
    const struct report_fuse *f = explained_fuse(r);
    struct arena arena = { 0 };
    struct explain_deeds deeds = collect_deeds(&arena, r, f);
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
        tell_deeds(&page, &deeds, r->steps[i].at);
        explain_step(&page, &r->steps[i]);
    }
    tell_deeds(&page, &deeds, (struct wall){ INT64_MAX });
    if (f != NULL && f->evidence_n > 0) {
        text_title(&page, f->tripped ? "What it was locked for" : "When most spoke against it");
        text_evidence(&page, f);
    }
    text_page_done(&page);
    arena_done(&arena);
}
