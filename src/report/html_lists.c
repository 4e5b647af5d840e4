#include "report/html_chart.h"
#include "report/html_parts.h"
#include "report/words.h"

#include "base/ban.h"

/* Writes a table of the rows from `from` to before `to` of a list. */
typedef void rows_function(struct html_page *page, size_t from, size_t to);

/* A list of `n`: the first rows in sight, more of them folded away, the rest as a number. */
static void write_list(struct html_page *page, size_t n, const char *noun, rows_function *rows)
{
    enum { OPEN = 10 };
    size_t shown = n < HTML_ROWS_MAX ? n : HTML_ROWS_MAX;

    rows(page, 0, shown < OPEN ? shown : OPEN);
    if (shown > OPEN) {
        html_raw(page, "<details><summary>The next ");
        words_number(page->out, shown - OPEN);
        html_raw(page, "</summary>\n");
        rows(page, OPEN, shown);
        html_raw(page, "</details>\n");
    }
    html_more(page, shown, n, noun);
}

static void section_open(struct html_page *page, const char *title, const char *note)
{
    buf_printf(page->out, "<section class=\"card\"><h2>%s</h2>\n<p class=\"note\">%s</p>\n", title,
               note);
}

static void section_close(struct html_page *page)
{
    html_raw(page, "</section>\n");
}

static void cell_score(struct html_page *page, double score)
{
    html_cell(page);
    html_score(page, score, false);
    html_cell_end(page);
}

void html_server(struct html_page *page)
{
    const struct report *r = page->r;
    struct html_mark marks[4];
    size_t n = 0;

    if (r->timeline.n == 0)
        return;
    for (size_t i = 0; i < r->fuses_n && n < COUNT(marks); i++)
        if (r->fuses[i].tripped)
            marks[n++] = (struct html_mark){ r->fuses[i].held_from, "locked", (unsigned)i + 1 };
    section_open(
        page, "The whole server",
        n > 0 ? "All mail that was submitted here, and all failed logins. A line says from when on "
                "a fuse would have stopped its mail."
              : "All mail that was submitted here, and all failed logins.");
    html_timeline(page, &r->timeline, SLICE("the whole server"), "Messages", marks, n);
    section_close(page);
}

static void watch_rows(struct html_page *page, size_t from, size_t to)
{
    static const struct html_column columns[] = {
        { "Who", false },       { "Why", false },  { "Messages", true },
        { "Recipients", true }, { "Score", true }, { NULL, false },
    };

    html_table(page, "Accounts worth watching", columns);
    for (const struct report_fuse *f = page->r->watch + from; f < page->r->watch + to; f++) {
        html_row(page);
        html_cell_name(page, f->name);
        html_cell(page);
        html_text(page, f->reason);
        html_cell_end(page);
        html_cell_number(page, f->messages);
        html_cell_number(page, f->recipients);
        cell_score(page, f->score);
        html_row_end(page);
    }
    html_table_end(page);
}

void html_watch(struct html_page *page)
{
    if (page->r->watch_n == 0)
        return;
    section_open(page, "Worth watching",
                 "Something speaks against them, but too little to trip a fuse.");
    write_list(page, page->r->watch_n, "accounts", watch_rows);
    section_close(page);
}

static void holds_rows(struct html_page *page, size_t from, size_t to)
{
    static const struct html_column columns[] = {
        { "Who", false },     { "From", true },       { "Until", true }, { "Waited at most", true },
        { "Messages", true }, { "Recipients", true }, { NULL, false },
    };

    html_table(page, "Holds that ended by themselves", columns);
    for (const struct report_hold *h = page->r->holds + from; h < page->r->holds + to; h++) {
        html_row(page);
        html_cell_name(page, h->name);
        html_cell_time(page, h->from);
        html_cell_time(page, h->until);
        html_cell(page);
        words_wait(page->out, h->longest_ms);
        html_cell_end(page);
        html_cell_number(page, h->messages);
        html_cell_number(page, h->recipients);
        html_row_end(page);
    }
    html_table_end(page);
}

void html_holds(struct html_page *page)
{
    if (page->r->holds_n == 0)
        return;
    section_open(page, "Holds that ended by themselves",
                 "In doubt mail would have waited until the results of a little of it were known; "
                 "then all of this would have left.");
    html_raw(page, "<p class=\"note\">");
    words_delays(page->out, &page->r->delays);
    html_raw(page, "</p>\n");
    write_list(page, page->r->holds_n, "holds", holds_rows);
    section_close(page);
}

static void wrote_rows(struct html_page *page, size_t from, size_t to)
{
    static const struct html_column columns[] = {
        { "Time", false },   { "Account", false },  { "Wrote to", false },
        { "Result", false }, { "Queue id", false }, { NULL, false },
    };

    html_table(page, "Who wrote there", columns);
    for (const struct report_wrote *w = page->r->wrote + from; w < page->r->wrote + to; w++) {
        html_row(page);
        html_cell_time(page, w->at);
        html_cell_name(page, w->account);
        html_cell_name(page, w->recipient);
        html_cell_name(page, w->status);
        html_cell_name(page, w->queue_id);
        html_row_end(page);
    }
    html_table_end(page);
}

void html_wrote(struct html_page *page)
{
    if (page->r->wrote_n == 0)
        return;
    section_open(page, "Who wrote there", "Everyone who wrote to the address or domain asked for.");
    write_list(page, page->r->wrote_n, "messages", wrote_rows);
    section_close(page);
}

static void brutes_rows(struct html_page *page, size_t from, size_t to)
{
    static const struct html_column columns[] = {
        { "Address", false }, { "Network", false }, { "Failed logins", true }, { "Names", true },
        { "Got in", true },   { "First", true },    { "Last", true },          { NULL, false },
    };

    html_table(page, "Addresses that guess passwords", columns);
    for (const struct report_brute *b = page->r->brutes + from; b < page->r->brutes + to; b++) {
        char text[IP_TEXT_MAX];

        html_row(page);
        html_cell(page);
        buf_printf(page->out, "<code>%s</code>", ip_text(&b->ip, text));
        html_cell_end(page);
        html_cell(page);
        html_network(page, b->network, b->country);
        html_cell_end(page);
        html_cell_number(page, b->failures);
        html_cell_number(page, b->accounts);
        html_cell_number(page, b->successes);
        html_cell_time(page, b->first);
        html_cell_time(page, b->last);
        html_row_end(page);
    }
    html_table_end(page);
}

void html_brutes(struct html_page *page)
{
    if (page->r->brutes_n == 0)
        return;
    section_open(page, "Guessing passwords",
                 "Addresses from which many logins failed, under how many names, and how often one "
                 "worked.");
    write_list(page, page->r->brutes_n, "addresses", brutes_rows);
    section_close(page);
}

static void blocks_rows(struct html_page *page, size_t from, size_t to)
{
    static const struct html_column columns[] = {
        { "Who", false },  { "What they say", false }, { "Times", true },
        { "Since", true }, { "Last", true },           { NULL, false },
    };

    html_table(page, "Who is refusing our mail", columns);
    for (const struct report_block *b = page->r->blocks + from; b < page->r->blocks + to; b++) {
        html_row(page);
        html_cell_name(page, b->who);
        html_cell_name(page, b->reply);
        html_cell_number(page, b->n);
        html_cell_time(page, b->first);
        html_cell_time(page, b->last);
        html_row_end(page);
    }
    html_table_end(page);
}

void html_blocks(struct html_page *page)
{
    if (page->r->blocks_n == 0)
        return;
    section_open(page, "Who is refusing our mail",
                 "Servers and block lists that answered as if this server were sending spam.");
    write_list(page, page->r->blocks_n, "servers", blocks_rows);
    section_close(page);
}

static void accounts_rows(struct html_page *page, size_t from, size_t to)
{
    static const struct html_column columns[] = {
        { "Who", false },          { "Messages", true },  { "Recipients", true },
        { "Delivered", true },     { "Deferred", true },  { "Bounced", true },
        { "Failed logins", true }, { "Addresses", true }, { "Score", true },
        { NULL, false },
    };

    html_table(page, "Accounts by recipients", columns);
    for (const struct report_account *a = page->r->accounts + from; a < page->r->accounts + to;
         a++) {
        html_row(page);
        html_cell_name(page, a->name);
        html_cell_number(page, a->messages);
        html_cell_number(page, a->recipients);
        html_cell_number(page, a->sent);
        html_cell_number(page, a->deferred);
        html_cell_number(page, a->bounced);
        html_cell_number(page, a->login_failures);
        html_cell_number(page, a->clients);
        cell_score(page, a->score);
        html_row_end(page);
    }
    html_table_end(page);
}

void html_accounts(struct html_page *page)
{
    if (page->r->accounts_n == 0)
        return;
    section_open(page, "Accounts", "Who sent to most recipients.");
    write_list(page, page->r->accounts_n, "accounts", accounts_rows);
    section_close(page);
}
