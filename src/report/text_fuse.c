#include "base/attributes.h"
#include "report/text_parts.h"

#include "base/ban.h"

/* "Account anna@example.test", shortened so that it takes at most `width` columns. */
static void subject_words(struct text_page *page, const struct report_fuse *f, size_t width)
{
    static const char *const kinds[SUBJECT_KINDS] = {
        [SUBJECT_ACCOUNT] = "Account",
        [SUBJECT_RELAY] = "Trusted relay",
        [SUBJECT_LAN] = "LAN host",
        [SUBJECT_LOCAL] = "Local user",
    };
    const char *kind = kinds[f->kind];

    buf_printf(&page->words, "%s ", kind);
    text_short(page, f->name, width - slice_of(kind).n - 1);
}

static void fuse_title(struct text_page *page, const struct report_fuse *f, size_t number)
{
    buf_add_char(page->out, '\n');
    text_ink(page, INK_BOLD);
    buf_printf(page->out, "%2zu ", number);
    subject_words(page, f, page->columns - 3);
    text_wrap(page, 3);
    text_ink(page, INK_PLAIN);
    if (f->reason.n > 0) {
        buf_add(&page->words, f->reason);
        text_paragraph(page, 3);
    }
    buf_add_char(page->out, '\n');
}

/* ", 2 min 24 s later, by the results of 10 canaries": how sure it had to become. */
static void lock_words(struct text_page *page, const struct report_fuse *f)
{
    buf_add(&page->words, SLICE(", "));
    if (f->locked.ms - f->held_from.ms >= SECOND_MS) {
        words_duration(&page->words, f->locked.ms - f->held_from.ms);
        buf_add(&page->words, SLICE(" later"));
    } else {
        buf_add(&page->words,
                f->messages_canaries > 0 ? SLICE("within a second") : SLICE("at once"));
    }
    if (f->messages_canaries > 0) {
        buf_add(&page->words, SLICE(", by the results of "));
        words_count(&page->words, f->messages_canaries, "canary", "canaries");
    }
}

static void row_times(struct text_page *page, const struct report_fuse *f)
{
    const struct report *r = page->report;

    if (f->held_from.ms != 0) {
        words_time(&page->words, r, f->held_from, true);
        text_row(page, "Held from");
    }
    if (f->locked.ms != 0) {
        words_time(&page->words, r, f->locked, true);
        lock_words(page, f);
        text_row(page, "Locked at");
    }
    if (f->first_abuse.ms != 0) {
        words_span(&page->words, r, f->first_abuse, f->last_abuse);
        text_row(page, f->tripped ? "Abused" : "Active");
    }
}

static void amount_words(struct text_page *page, enum subject_kind kind, uint64_t messages,
                         uint64_t recipients)
{
    if (kind == SUBJECT_LAN) {
        words_count(&page->words, messages, "connection", "connections");
        return;
    }
    words_count(&page->words, messages, "message", "messages");
    buf_add(&page->words, SLICE(" to "));
    words_count(&page->words, recipients, "recipient", "recipients");
}

static void row_amounts(struct text_page *page, const struct report_fuse *f)
{
    bool lan = f->kind == SUBJECT_LAN;
    uint64_t before = lan ? f->messages_before : f->recipients_before;
    uint64_t after = lan ? f->messages_after : f->recipients_after;

    amount_words(page, f->kind, f->messages_before, f->recipients_before);
    text_row(page, f->tripped ? "Got out" : "So far");
    if (f->messages_canaries > 0) {
        amount_words(page, f->kind, f->messages_canaries, f->recipients_canaries);
        buf_add(&page->words, SLICE(" of these, let go in doubt to see their results"));
        text_row(page, "Canaries");
    }
    if (!f->tripped && after == 0)
        return;
    amount_words(page, f->kind, f->messages_after, f->recipients_after);
    buf_add(&page->words,
            f->tripped ? SLICE(" would have been stopped (") : SLICE(" when the log ends ("));
    words_share(&page->words, after, before + after);
    buf_add_char(&page->words, ')');
    text_row(page, f->tripped ? "Stopped" : "Still held");
}

/* "18% unknown recipients (12,326)"; nothing for none. */
static void add_refused(struct text_page *page, uint64_t n, uint64_t all, const char *what)
{
    if (n == 0)
        return;
    buf_add(&page->words, page->words.n > 0 ? SLICE(", ") : SLICE(""));
    words_share(&page->words, n, all);
    buf_printf(&page->words, " %s (", what);
    words_number(&page->words, n);
    buf_add_char(&page->words, ')');
}

static void row_results(struct text_page *page, const struct report_fuse *f)
{
    uint64_t all = f->recipients_before + f->recipients_after;

    if (f->sent + f->deferred + f->bounced > 0) {
        words_number(&page->words, f->sent);
        buf_add(&page->words, SLICE(" sent, "));
        words_number(&page->words, f->deferred);
        buf_add(&page->words, SLICE(" deferred, "));
        words_number(&page->words, f->bounced);
        buf_add(&page->words, SLICE(" bounced"));
        text_row(page, "Results");
    }
    add_refused(page, f->unknown_recipients, all, "unknown recipients");
    add_refused(page, f->refused_as_spam, all, "refused as spam");
    if (page->words.n > 0)
        text_row(page, "Refused");
    for (size_t i = 0; i < f->replies_n; i++) {
        words_number(&page->words, f->replies[i].n);
        buf_add(&page->words, SLICE(" times: "));
        text_short(page, f->replies[i].name, 3 * (page->columns - TEXT_LABEL) - 20);
        text_row(page, i == 0 ? "Replies" : "");
    }
}

/* "a.example 31,204, b.example 18,911". */
static void row_counts(struct text_page *page, const char *label, const struct report_count *counts,
                       size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_add(&page->words, i > 0 ? SLICE(", ") : SLICE(""));
        text_short(page, counts[i].name, page->columns - TEXT_LABEL - 16);
        buf_add_char(&page->words, ' ');
        words_number(&page->words, counts[i].n);
    }
    if (n > 0)
        text_row(page, label);
}

static void evidence_line(struct text_page *page, double weight, bool sign, bool first)
{
    text_label(page, first ? "Evidence" : "");
    buf_printf(page->out, sign ? "%+5.1f  " : "%5.1f  ", weight);
    text_wrap(page, TEXT_LABEL + 7);
}

static void evidence_piece(struct text_page *page, const struct report_evidence *e, bool first)
{
    buf_add(&page->words, e->words);
    buf_add(&page->words, SLICE(" ("));
    buf_add(&page->words, e->signal);
    buf_add(&page->words, SLICE(", "));
    words_time(&page->words, page->report, e->at, false);
    buf_add_char(&page->words, ')');
    evidence_line(page, e->weight, true, first);
}

/* What is cut off is summed up: the figures in the column make the score. */
void text_evidence(struct text_page *page, const struct report_fuse *f)
{
    size_t shown = f->evidence_n <= page->top ? f->evidence_n : page->top - 1;
    double others = 0;

    for (size_t i = 0; i < shown; i++)
        evidence_piece(page, &f->evidence[i], i == 0);
    for (size_t i = shown; i < f->evidence_n; i++)
        others += f->evidence[i].weight;
    if (shown < f->evidence_n) {
        words_number(&page->words, f->evidence_n - shown);
        buf_add(&page->words, SLICE(" others together"));
        evidence_line(page, others, true, shown == 0);
    }
    if (f->evidence_n > 0) {
        buf_add(&page->words, SLICE("in all"));
        evidence_line(page, f->score, false, false);
    }
}

static void row_queue(struct text_page *page, const struct report_fuse *f)
{
    if (f->kind == SUBJECT_LAN)
        return;
    if (f->queue_ids_n == 0)
        buf_add(&page->words, SLICE("empty at the end of the log"));
    for (size_t i = 0; i < f->queues_n; i++) {
        buf_add(&page->words, i > 0 ? SLICE(", ") : SLICE(""));
        words_count(&page->words, f->queues[i].n, "message", "messages");
        if (f->queues[i].host.n > 0) {
            buf_add(&page->words, SLICE(" on "));
            text_short(page, f->queues[i].host, page->columns - TEXT_LABEL - 24);
        }
    }
    text_row(page, "In the queue");
}

void text_fuse(struct text_page *page, const struct report_fuse *f, size_t number)
{
    fuse_title(page, f, number);
    row_times(page, f);
    row_amounts(page, f);
    row_results(page, f);
    text_clients(page, f);
    row_counts(page, "To", f->domains, f->domains_n);
    row_counts(page, "As", f->senders, f->senders_n);
    if (f->way_in.n > 0) {
        buf_add(&page->words, f->way_in);
        text_row(page, "Way in");
    }
    text_evidence(page, f);
    row_queue(page, f);
    text_commands(page, f);
}

void text_fuse_line(struct text_page *page, const struct report_fuse *f)
{
    struct wall at = f->held_from.ms != 0 ? f->held_from : f->locked;

    text_ink(page, f->tripped ? INK_ALARM : INK_CARE);
    buf_add(&page->words, f->tripped ? SLICE("locked ") : SLICE("held "));
    words_time(&page->words, page->report, at, false);
    text_cell(page, 26);
    text_ink(page, INK_PLAIN);
    subject_words(page, f, page->columns - 26);
    text_cell(page, page->columns - 26);
    text_end(page);
}
