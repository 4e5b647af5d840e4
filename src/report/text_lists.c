#include "report/text_parts.h"

#include "base/ban.h"

enum {
    ADDRESS_MIN = 15,            /* "203.0.113.200" and a little */
    ADDRESS_MAX = 24,            /* IPv6 without the host's part; a longer one gets its own line */
    PLACE_OTHER = 4 + 2 + 2 + 2, /* indentation, gap, country, gap */
};

/* The width of a column that holds `ip`, too. */
static size_t wider(size_t width, const struct ip *ip)
{
    char text[IP_TEXT_MAX];
    size_t n = strlen(ip_text(ip, text));

    return n > width && n <= ADDRESS_MAX ? n : width;
}

static void cell_address(struct text_page *page, const struct ip *ip, size_t width)
{
    char text[IP_TEXT_MAX];
    size_t n = strlen(ip_text(ip, text));

    text_blank(page, 4);
    if (n > width) {
        buf_add(page->out, slice_of(text));
        text_end(page);
        text_blank(page, 4 + width + 2);
        return;
    }
    text_cell_slice(page, slice_of(text), width + 2);
}

/* "BR  AS64501 Example Net"; when the network is not known, the host's name. */
static void cells_place(struct text_page *page, const char country[3], struct slice network,
                        struct slice name, size_t width)
{
    text_cell_slice(page, slice_of(country), 2);
    text_blank(page, 2);
    text_cell_slice(page, network.n > 0 ? network : name, width);
}

static void cell_title(struct text_page *page, const char *title, size_t width, bool right)
{
    buf_add(&page->words, slice_of(title));
    if (right)
        text_cell_right(page, width);
    else
        text_cell(page, width);
}

/* Of a host, which is its own client: "crm.example.test, DE, AS64500 Example Net". */
static void host_place(struct text_page *page, const struct report_client *host)
{
    const struct slice parts[] = { host->name, slice_of(host->country), host->network };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].n == 0)
            continue;
        buf_add(&page->words, page->words.n > 0 ? SLICE(", ") : SLICE(""));
        text_short(page, parts[i], page->columns - TEXT_LABEL - 2);
    }
    if (page->words.n > 0)
        text_row(page, "Known as");
}

void text_clients(struct text_page *page, const struct report_fuse *f)
{
    size_t shown = f->clients_n < page->top ? f->clients_n : page->top;
    size_t address = ADDRESS_MIN, network;

    if (shown == 0)
        return;
    if (f->kind == SUBJECT_RELAY || f->kind == SUBJECT_LAN) {
        host_place(page, &f->clients[0]);
        return;
    }
    words_count(&page->words, f->clients_all, "address", "addresses");
    if (f->clients_all > shown)
        buf_add(&page->words, SLICE(", the busiest"));
    buf_add_char(&page->words, ':');
    text_row(page, "From");
    for (size_t i = 0; i < shown; i++)
        address = wider(address, &f->clients[i].ip);
    network = page->columns - PLACE_OTHER - address - 5 - 9 - 11;
    text_ink(page, INK_DIM);
    text_blank(page, 4);
    cell_title(page, "address", address + 2, false);
    cell_title(page, "", 4, false);
    cell_title(page, "network", network + 5, false);
    cell_title(page, "messages", 9, true);
    cell_title(page, "recipients", 11, true);
    text_end(page);
    text_ink(page, INK_PLAIN);
    for (size_t i = 0; i < shown; i++) {
        const struct report_client *c = &f->clients[i];

        cell_address(page, &c->ip, address);
        cells_place(page, c->country, c->network, c->name, network);
        text_ink(page, INK_CARE);
        cell_title(page, c->new_here ? "new" : "", 5, true);
        text_ink(page, INK_PLAIN);
        text_cell_number(page, c->messages, 9);
        text_cell_number(page, c->recipients, 11);
        text_end(page);
    }
}

/* "and 12 more", when a list was longer than what was shown. */
static void text_more(struct text_page *page, size_t n)
{
    if (n <= page->top)
        return;
    buf_add(&page->words, SLICE("and "));
    words_number(&page->words, n - page->top);
    buf_add(&page->words, SLICE(" more"));
    text_paragraph(page, 4);
}

void text_holds(struct text_page *page)
{
    const struct report *r = page->report;
    enum { FROM = 16, WAITED = 14, MESSAGES = 9, RECIPIENTS = 11 };
    size_t name = page->columns - 4 - FROM - WAITED - MESSAGES - RECIPIENTS;

    if (r->holds_n == 0)
        return;
    text_title(page, "Holds that ended by themselves");
    words_delays(&page->words, &r->delays);
    text_paragraph(page, 4);
    text_ink(page, INK_DIM);
    text_blank(page, 4);
    cell_title(page, "whose mail", name, false);
    cell_title(page, "  from", FROM, false);
    cell_title(page, "waited", WAITED, false);
    cell_title(page, "messages", MESSAGES, true);
    cell_title(page, "recipients", RECIPIENTS, true);
    text_end(page);
    text_ink(page, INK_PLAIN);
    for (size_t i = 0; i < r->holds_n && i < page->top; i++) {
        const struct report_hold *h = &r->holds[i];

        text_blank(page, 4);
        text_cell_slice(page, h->name, name);
        text_blank(page, 2);
        words_time(&page->words, r, h->from, false);
        text_cell(page, FROM - 2);
        words_wait(&page->words, h->longest_ms);
        text_cell(page, WAITED);
        text_cell_number(page, h->messages, MESSAGES);
        text_cell_number(page, h->recipients, RECIPIENTS);
        text_end(page);
    }
    text_more(page, r->holds_n);
}

void text_watch(struct text_page *page)
{
    const struct report *r = page->report;

    if (r->watch_n > 0)
        text_title(page, "Worth watching");
    for (size_t i = 0; i < r->watch_n && i < page->top; i++) {
        const struct report_fuse *f = &r->watch[i];

        buf_printf(page->out, "%6.1f  ", f->score);
        if (f->kind != SUBJECT_ACCOUNT)
            buf_printf(&page->words, "%s ", words_subject(f->kind));
        text_short(page, f->name, page->columns - 24);
        buf_add(&page->words, SLICE(": "));
        buf_add(&page->words, f->reason);
        text_wrap(page, 8);
    }
    text_more(page, r->watch_n);
}

void text_brutes(struct text_page *page)
{
    const struct report *r = page->report;
    size_t address = ADDRESS_MIN, network;

    if (r->brutes_n == 0)
        return;
    text_title(page, "Guessing passwords");
    for (size_t i = 0; i < r->brutes_n && i < page->top; i++)
        address = wider(address, &r->brutes[i].ip);
    network = page->columns - PLACE_OTHER - address - 10 - 7 - 8;
    text_ink(page, INK_DIM);
    text_blank(page, 4);
    cell_title(page, "address", address + 2, false);
    cell_title(page, "", 4, false);
    cell_title(page, "network", network, false);
    cell_title(page, "failures", 10, true);
    cell_title(page, "names", 7, true);
    cell_title(page, "got in", 8, true);
    text_end(page);
    text_ink(page, INK_PLAIN);
    for (size_t i = 0; i < r->brutes_n && i < page->top; i++) {
        const struct report_brute *b = &r->brutes[i];

        cell_address(page, &b->ip, address);
        cells_place(page, b->country, b->network, SLICE(""), network);
        text_cell_number(page, b->failures, 10);
        text_cell_number(page, b->accounts, 7);
        text_ink(page, b->successes > 0 ? INK_ALARM : INK_DIM);
        if (b->successes > 0)
            text_cell_number(page, b->successes, 8);
        else
            cell_title(page, "never", 8, true);
        text_ink(page, INK_PLAIN);
        text_end(page);
    }
    text_more(page, r->brutes_n);
}

void text_blocks(struct text_page *page)
{
    const struct report *r = page->report;

    if (r->blocks_n > 0)
        text_title(page, "Who refuses our mail");
    for (size_t i = 0; i < r->blocks_n && i < page->top; i++) {
        const struct report_block *b = &r->blocks[i];

        text_short(page, b->who, page->columns - 8);
        buf_add(&page->words, SLICE(": "));
        words_count(&page->words, b->n, "time", "times");
        buf_add(&page->words, SLICE(" since "));
        words_time(&page->words, r, b->first, false);
        buf_add(&page->words, SLICE(", the last "));
        words_time(&page->words, r, b->last, false);
        text_paragraph(page, 4);
        text_short(page, b->reply, 3 * (page->columns - 8));
        text_paragraph(page, 8);
    }
    text_more(page, r->blocks_n);
}

void text_wrote(struct text_page *page)
{
    const struct report *r = page->report;
    size_t half = (page->columns - 4 - 14 - 10) / 2;

    if (r->asked_to.n == 0)
        return;
    buf_add_char(page->out, '\n');
    text_ink(page, INK_BOLD);
    if (r->wrote_n == 0 && r->asked.n > 0) {
        text_short(page, r->asked, page->columns / 2);
        buf_add(&page->words, SLICE(" did not write to "));
    } else {
        buf_add(&page->words, r->wrote_n > 0 ? SLICE("Who wrote to ") : SLICE("Nobody wrote to "));
    }
    text_short(page, r->asked_to, page->columns - 20);
    text_paragraph(page, 0);
    text_ink(page, INK_PLAIN);
    for (size_t i = 0; i < r->wrote_n; i++) {
        const struct report_wrote *w = &r->wrote[i];

        text_blank(page, 4);
        words_time(&page->words, r, w->at, false);
        text_cell(page, 14);
        text_cell_slice(page, w->account, half - 2);
        text_blank(page, 2);
        text_cell_slice(page, w->recipient, half - 2);
        text_blank(page, 2);
        text_cell_slice(page, w->status, 10);
        text_end(page);
    }
}
