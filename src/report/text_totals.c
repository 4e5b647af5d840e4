#include "base/attributes.h"
#include "report/text_parts.h"

#include "base/ban.h"

void text_accounts(struct text_page *page)
{
    const struct report *r = page->report;
    size_t name = page->columns - 4 - 9 - 11 - 8 - 9 - 7;
    static const struct {
        const char *title;
        size_t width;
    } columns[] = {
        { "messages", 9 }, { "recipients", 11 }, { "logins", 8 }, { "failed", 9 }, { "from", 7 }
    };

    if (r->accounts_n == 0)
        return;
    text_title(page, "Accounts");
    text_ink(page, INK_DIM);
    text_blank(page, 4 + name);
    for (size_t i = 0; i < COUNT(columns); i++) {
        buf_add(&page->words, slice_of(columns[i].title));
        text_cell_right(page, columns[i].width);
    }
    text_end(page);
    text_ink(page, INK_PLAIN);
    for (size_t i = 0; i < r->accounts_n && i < page->top; i++) {
        const struct report_account *a = &r->accounts[i];
        const uint64_t values[COUNT(columns)] = { a->messages, a->recipients, a->logins,
                                                  a->login_failures, a->clients };

        text_blank(page, 4);
        text_cell_slice(page, a->name, name);
        for (size_t k = 0; k < COUNT(columns); k++)
            text_cell_number(page, values[k], columns[k].width);
        text_end(page);
    }
    if (r->accounts_n > page->top) {
        words_count(&page->words, r->accounts_n - page->top, "more", "more");
        text_paragraph(page, 4);
    }
}

void text_totals(struct text_page *page)
{
    const struct report_totals *t = &page->report->totals;
    const struct {
        uint64_t n;
        const char *name;
    } figures[] = {
        { t->received, "received" },   { t->delivered, "delivered" },
        { t->submitted, "submitted" }, { t->deferred, "deferred" },
        { t->rejected, "rejected" },   { t->bounced, "bounced" },
        { t->forwarded, "forwarded" }, { t->held, "held" },
        { t->discarded, "discarded" }, { t->login_failures, "failed logins" },
        { t->senders, "senders" },     { t->recipients, "recipients" },
    };
    size_t in_row = 0;

    if (page->report->lines.understood == 0)
        return;
    text_title(page, "Totals");
    for (size_t i = 0; i < COUNT(figures); i++) {
        if (figures[i].n == 0)
            continue;
        text_cell_number(page, figures[i].n, 14);
        text_blank(page, 1);
        buf_add(&page->words, slice_of(figures[i].name));
        text_cell(page, 14);
        if (++in_row % 2 == 0)
            text_end(page);
    }
    if (in_row % 2 != 0)
        text_end(page);
    words_bytes(&page->words, t->bytes_received);
    buf_add(&page->words, SLICE(" received, "));
    words_bytes(&page->words, t->bytes_delivered);
    buf_add(&page->words, SLICE(" delivered"));
    text_paragraph(page, 4);
}

/* "12 cut line, 3 postfix/smtpd: unknown text". */
static void add_kinds(struct text_page *page)
{
    const struct report *r = page->report;

    for (size_t i = 0; i < r->unparsed_n && i < page->top; i++) {
        buf_add(&page->words, i > 0 ? SLICE("; ") : SLICE(" ("));
        words_number(&page->words, r->unparsed[i].n);
        buf_add(&page->words, SLICE(" x "));
        text_short(page, r->unparsed[i].name, page->columns - 24);
    }
    if (r->unparsed_n > 0)
        buf_add_char(&page->words, ')');
}

void text_reading(struct text_page *page)
{
    const struct report *r = page->report;
    const struct report_lines *l = &r->lines;
    const struct {
        uint64_t n;
        const char *name;
    } oddities[] = {
        { l->foreign, "of other programs" },
        { l->blank, "blank" },
        { l->cut, "too long and cut" },
        { l->backwards, "with a time that runs backwards" },
        { l->forgotten, "ledger entries dropped for want of room" },
    };

    text_title(page, "Reading");
    words_count(&page->words, l->all, "line", "lines");
    buf_printf(&page->words, " (");
    words_bytes(&page->words, l->bytes);
    buf_add(&page->words, SLICE(") in "));
    words_count(&page->words, l->files, "file", "files");
    buf_add(&page->words, SLICE(": "));
    words_number(&page->words, l->understood);
    buf_add(&page->words, SLICE(" understood"));
    for (size_t i = 0; i < COUNT(oddities); i++) {
        if (oddities[i].n == 0)
            continue;
        buf_add(&page->words, SLICE(", "));
        words_number(&page->words, oddities[i].n);
        buf_printf(&page->words, " %s", oddities[i].name);
    }
    if (l->unparsed > 0) {
        buf_add(&page->words, SLICE(", "));
        words_number(&page->words, l->unparsed);
        buf_add(&page->words, SLICE(" not understood"));
        add_kinds(page);
    }
    buf_add_char(&page->words, '.');
    text_paragraph(page, 4);
    for (size_t i = 0; i < r->warnings_n && i < page->top; i++) {
        buf_add(&page->words, SLICE("Warning: "));
        text_short(page, r->warnings[i].name, 3 * (page->columns - 6) - 20);
        if (r->warnings[i].n > 1) {
            buf_add(&page->words, SLICE(", "));
            words_count(&page->words, r->warnings[i].n, "time", "times");
        }
        text_paragraph(page, 4);
    }
}
