#include "report/html_parts.h"
#include "report/verdict.h"
#include "report/words.h"

#include "base/ban.h"

static void write_sentence(struct html_page *page)
{
    static const char *const styles[] = {
        [VERDICT_TRIPPED] = "bad", [VERDICT_HELD] = "doubt",        [VERDICT_WATCH] = "doubt",
        [VERDICT_CALM] = "good",   [VERDICT_NOTHING_READ] = "none",
    };
    struct buf sentence = buf_make(HTML_PAGE_MAX);

    verdict_add(&sentence, page->r);
    buf_printf(page->out,
               "<header class=\"verdict %s\">\n<p class=\"kind\">mailfuse report</p>\n<h1>",
               styles[verdict_of(page->r)]);
    html_text(page, buf_slice(&sentence));
    html_raw(page, "</h1>\n");
    buf_done(&sentence);
}

static void write_sums(struct html_page *page)
{
    const struct report *r = page->r;
    uint64_t before = 0, after = 0, refused = 0, queued = 0;

    if (r->fuses_n == 0)
        return;
    for (const struct report_fuse *f = r->fuses; f < r->fuses + r->fuses_n; f++) {
        queued += f->queue_ids_n;
        refused += f->refused_as_spam;
        before += f->recipients_before;
        after += f->recipients_after;
    }
    html_raw(page, "<dl class=\"tiles\">\n");
    html_tile(page, "out", "Got out", before, "recipients");
    html_tile(page, "saved", "Would have been stopped", after, "recipients");
    html_tile(page, "refused", "Refused as spam by others", refused, "recipients");
    html_tile(page, "queue", "Still in the queue", queued, "messages");
    html_raw(page, "</dl>\n");
}

static void write_period(struct html_page *page)
{
    const struct report *r = page->r;

    html_raw(page, "<p class=\"period\">");
    if (r->start.ms != 0) {
        html_raw(page, "Log from ");
        words_period(page->out, r);
        html_raw(page, r->floating ? ", in the time of the server that wrote it; " : "; ");
    }
    words_count(page->out, r->lines.all, "line", "lines");
    html_raw(page, " in ");
    words_count(page->out, r->lines.files, "file", "files");
    html_raw(page, ".</p>\n");
}

static void write_row(struct html_page *page, const struct report_fuse *f, size_t number)
{
    bool lan = f->kind == SUBJECT_LAN;

    html_row(page);
    html_cell(page);
    if (number <= HTML_CARDS_MAX)
        buf_printf(page->out, "<a href=\"#fuse-%zu\">", number);
    html_name(page, f->name);
    html_raw(page, number <= HTML_CARDS_MAX ? "</a>" : "");
    buf_printf(page->out, "<br/><small>%s</small>", words_subject(f->kind));
    html_cell_end(page);
    html_cell_time(page, f->first_abuse);
    html_cell_time(page, f->held_from);
    html_cell_time(page, f->locked);
    html_cell_number(page, lan ? f->messages_before : f->recipients_before);
    html_cell_number(page, lan ? f->messages_after : f->recipients_after);
    html_cell_number(page, f->queue_ids_n);
    html_row_end(page);
}

/* A list of contents, where there is more than one fuse. */
static void write_fuses(struct html_page *page)
{
    static const struct html_column columns[] = {
        { "Who", false },           { "Since", true },   { "Held", true },   { "Locked", true },
        { "Got\xC2\xA0out", true }, { "Stopped", true }, { "Queued", true }, { NULL, false },
    };
    size_t n = page->r->fuses_n;
    size_t shown = n < HTML_ROWS_MAX ? n : HTML_ROWS_MAX;

    if (n < 2)
        return;
    html_table(page, "Fuses", columns);
    for (size_t i = 0; i < shown; i++)
        write_row(page, &page->r->fuses[i], i + 1);
    html_table_end(page);
    html_more(page, shown, n, "fuses");
    html_raw(page, "<p class=\"note\">Got out, and would have been stopped: recipients of the "
                   "abuse; of a LAN host, connections that it tried.</p>\n");
}

void html_verdict(struct html_page *page)
{
    write_sentence(page);
    write_period(page);
    write_sums(page);
    write_fuses(page);
    html_raw(page, "</header>\n");
}
