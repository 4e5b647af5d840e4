#include "report/text.h"

#include "report/commands.h"
#include "report/text_parts.h"
#include "report/verdict.h"

#include "base/ban.h"

static void text_verdict(struct text_page *page)
{
    static const enum text_ink inks[] = {
        [VERDICT_TRIPPED] = INK_ALARM,     [VERDICT_HELD] = INK_CARE,
        [VERDICT_WATCH] = INK_CARE,        [VERDICT_CALM] = INK_FINE,
        [VERDICT_NOTHING_READ] = INK_CARE,
    };

    text_ink(page, inks[verdict_of(page->report)]);
    verdict_add(&page->words, page->report);
    text_paragraph(page, 0);
    text_ink(page, INK_PLAIN);
}

/* What was looked at, in a line. */
static void text_scope(struct text_page *page)
{
    const struct report *r = page->report;

    if (r->lines.understood == 0)
        return;
    buf_add(&page->words, SLICE("Seen: "));
    words_period(&page->words, r);
    buf_add(&page->words, r->floating ? SLICE(" on the log's own clock, ") : SLICE(", "));
    words_count(&page->words, r->lines.all, "line", "lines");
    buf_add(&page->words, SLICE(", "));
    words_count(&page->words, r->totals.submitted, "message", "messages");
    buf_add(&page->words, SLICE(" from a login, "));
    words_count(&page->words, r->totals.logins, "login", "logins");
    buf_add_char(&page->words, '.');
    text_paragraph(page, 0);
    if (r->pseudonyms) {
        buf_add(&page->words, SLICE("Accounts, addresses and hosts are pseudonyms."));
        text_paragraph(page, 0);
    }
}

/* Who wrote to the address that was asked for, and no more. */
static void text_answer(struct text_page *page)
{
    if (page->report->lines.understood == 0)
        text_verdict(page);
    text_scope(page);
    text_wrote(page);
    text_reading(page);
}

static void text_whole(struct text_page *page)
{
    const struct report *r = page->report;

    text_verdict(page);
    text_scope(page);
    text_wrote(page);
    for (size_t i = 0; i < r->fuses_n; i++)
        text_fuse(page, &r->fuses[i], i + 1);
    text_preparation(page);
    text_holds(page);
    text_watch(page);
    text_brutes(page);
    text_blocks(page);
    if (page->options->accounts)
        text_accounts(page);
    text_totals(page);
    text_reading(page);
}

static void text_brief(struct text_page *page)
{
    text_verdict(page);
    for (size_t i = 0; i < page->report->fuses_n; i++)
        text_fuse_line(page, &page->report->fuses[i]);
}

void text_report(const struct report *r, const struct text_options *o, struct buf *out)
{
    struct text_page page;

    text_page_init(&page, r, o, out);
    if (o->answer)
        text_answer(&page);
    else if (o->quiet)
        text_brief(&page);
    else
        text_whole(&page);
    text_page_done(&page);
}

void text_queue_ids(const struct report *r, struct buf *out)
{
    for (size_t i = 0; i < r->fuses_n; i++) {
        for (size_t k = 0; k < r->fuses[i].queue_ids_n; k++) {
            if (!commands_queue_id_ok(r->fuses[i].queue_ids[k]))
                continue;
            buf_add(out, r->fuses[i].queue_ids[k]);
            buf_add_char(out, '\n');
        }
    }
}
