#include "report/html_parts.h"
#include "report/words.h"

#include "base/ban.h"

struct figure {
    const char *title;
    uint64_t n;
    bool bytes;
};

static void write_figures(struct html_page *page, const struct figure *figures, size_t n)
{
    html_raw(page, "<dl class=\"totals\">\n");
    for (size_t i = 0; i < n; i++) {
        buf_printf(page->out, "<div><dt>%s</dt><dd>", figures[i].title);
        if (figures[i].bytes)
            words_bytes(page->out, figures[i].n);
        else
            words_number(page->out, figures[i].n);
        html_raw(page, "</dd></div>\n");
    }
    html_raw(page, "</dl>\n");
}

void html_totals(struct html_page *page)
{
    const struct report_totals *t = &page->r->totals;
    const struct figure figures[] = {
        { "Submitted with a login", t->submitted, false },
        { "Received", t->received, false },
        { "Delivered", t->delivered, false },
        { "Forwarded", t->forwarded, false },
        { "Deferred messages", t->deferred, false },
        { "Deferrals", t->deferrals, false },
        { "Bounced", t->bounced, false },
        { "Rejected", t->rejected, false },
        { "Reject warnings", t->reject_warnings, false },
        { "Held", t->held, false },
        { "Discarded", t->discarded, false },
        { "Bytes received", t->bytes_received, true },
        { "Bytes delivered", t->bytes_delivered, true },
        { "Senders", t->senders, false },
        { "Recipients", t->recipients, false },
        { "Sending domains", t->sending_domains, false },
        { "Recipient domains", t->recipient_domains, false },
        { "Logins", t->logins, false },
        { "Failed logins", t->login_failures, false },
        { "Local submissions", t->local_submissions, false },
    };

    html_raw(page,
             "<section class=\"card\"><h2>Totals</h2>\n<p class=\"note\">Counts of log events "
             "of the whole server, as pflogsumm defines them.</p>\n");
    write_figures(page, figures, COUNT(figures));
    html_raw(page, "</section>\n");
}

static void write_list(struct html_page *page, const char *title, const struct report_count *counts,
                       size_t n)
{
    size_t shown = n < HTML_ROWS_MAX ? n : HTML_ROWS_MAX;

    if (n == 0)
        return;
    buf_printf(page->out, "<h3>%s</h3>\n", title);
    html_counts(page, counts, shown);
    html_raw(page, "\n");
    html_more(page, shown, n, "kinds");
}

void html_reading(struct html_page *page)
{
    const struct report *r = page->r;
    const struct figure figures[] = {
        { "Files", r->lines.files, false },
        { "Bytes", r->lines.bytes, true },
        { "Lines", r->lines.all, false },
        { "Understood", r->lines.understood, false },
        { "Of other programs", r->lines.foreign, false },
        { "Not understood", r->lines.unparsed, false },
        { "Blank", r->lines.blank, false },
        { "Too long, cut", r->lines.cut, false },
        { "Time ran backwards", r->lines.backwards, false },
        { "Forgotten early", r->lines.forgotten, false },
    };

    html_raw(page, "<section class=\"card\"><h2>What was read</h2>\n<p class=\"note\">Nothing is "
                   "dropped in silence: what could not be understood is counted here.</p>\n");
    write_figures(page, figures, COUNT(figures));
    write_list(page, "Not understood, by kind", r->unparsed, r->unparsed_n);
    write_list(page, "Warnings", r->warnings, r->warnings_n);
    html_raw(page, "</section>\n");
}
