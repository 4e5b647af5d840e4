#include "report/html_chart.h"
#include "report/html_parts.h"
#include "report/words.h"

#include "base/ban.h"

/* "12 messages to 240 recipients"; of a host that the firewall saw, no recipients are known. */
static void write_amount(struct html_page *page, const struct report_fuse *f, uint64_t messages,
                         uint64_t recipients)
{
    if (f->kind == SUBJECT_LAN) {
        words_count(page->out, messages, "connection attempt", "connection attempts");
        return;
    }
    words_count(page->out, messages, "message", "messages");
    html_raw(page, " to ");
    words_count(page->out, recipients, "recipient", "recipients");
}

static void write_head(struct html_page *page, const struct report_fuse *f, unsigned number)
{
    buf_printf(page->out,
               "<header>\n<p class=\"kind\">Fuse %u \xC2\xB7 %s</p>\n<h2 id=\"name-%u\">", number,
               words_subject(f->kind), number);
    html_name(page, f->name);
    html_raw(page, "</h2>\n<p class=\"badges\">");
    if (f->held_from.ms != 0) {
        html_raw(page, "<span class=\"badge held\">would have been held from ");
        html_time(page, f->held_from, true);
        html_raw(page, "</span> ");
    }
    if (f->locked.ms != 0) {
        html_raw(page, "<span class=\"badge locked\">locked ");
        html_time(page, f->locked, true);
        html_raw(page, "</span>");
    }
    html_raw(page, "</p>\n<p class=\"reason\">");
    html_text(page, f->reason);
    html_raw(page, "</p>\n</header>\n");
}

static void write_tiles(struct html_page *page, const struct report_fuse *f)
{
    bool lan = f->kind == SUBJECT_LAN;
    const char *note = lan ? "connection attempts" : "recipients";

    html_raw(page, "<dl class=\"tiles\">\n");
    html_tile(page, "out", f->tripped ? "Got out" : "So far",
              lan ? f->messages_before : f->recipients_before, note);
    if (f->tripped || f->messages_after > 0)
        html_tile(page, "saved", f->tripped ? "Would have been stopped" : "Held when the log ends",
                  lan ? f->messages_after : f->recipients_after, note);
    if (!lan) {
        html_tile(page, "refused", "Refused as spam", f->refused_as_spam, "recipients");
        html_tile(page, "queue", "Still in the queue", f->queue_ids_n, "messages");
    }
    html_raw(page, "</dl>\n");
}

static void story_open(struct html_page *page, const char *title)
{
    buf_printf(page->out, "<dt>%s</dt><dd>", title);
}

static void story_close(struct html_page *page)
{
    html_raw(page, "</dd>\n");
}

static void story_way_in(struct html_page *page, const struct report_fuse *f)
{
    if (f->kind != SUBJECT_ACCOUNT || !f->tripped)
        return;
    story_open(page, "How they got in");
    html_text(page, f->way_in.n > 0 ? f->way_in : SLICE("The log does not show it."));
    story_close(page);
}

static void story_when(struct html_page *page, const struct report_fuse *f)
{
    story_open(page, "Since when");
    html_time(page, f->first_abuse, true);
    if (f->last_abuse.ms > f->first_abuse.ms) {
        html_raw(page, ", until ");
        html_time(page, f->last_abuse, true);
        html_raw(page, ": ");
        words_duration(page->out, f->last_abuse.ms - f->first_abuse.ms);
    }
    story_close(page);
}

/* What was tried before it was locked. */
static void story_lock(struct html_page *page, const struct report_fuse *f)
{
    int64_t later = f->locked.ms - f->held_from.ms;

    if (!f->tripped)
        return;
    story_open(page, "How it was decided");
    if (f->messages_canaries > 0) {
        html_raw(page, "In doubt, ");
        write_amount(page, f, f->messages_canaries, f->recipients_canaries);
        html_raw(page, " would have been let go as canaries, and nothing after them. Their results "
                       "decided ");
    } else {
        html_raw(page, later < SECOND_MS ? "Locked " : "Held, and locked ");
    }
    if (later >= SECOND_MS) {
        words_duration(page->out, later);
        html_raw(page, " later.");
    } else {
        html_raw(page, f->messages_canaries > 0 ? "within a second." : "at once.");
    }
    story_close(page);
}

static void story_where(struct html_page *page, const struct report_fuse *f)
{
    const struct report_client *first = f->clients;
    char text[IP_TEXT_MAX];

    if (f->clients_n == 0)
        return;
    story_open(page, "From where");
    words_count(page->out, f->clients_all, "address", "addresses");
    html_raw(page, f->clients_all > 1 ? ", most from <code>" : ": <code>");
    html_text(page, slice_of(ip_text(&first->ip, text)));
    html_raw(page, "</code>");
    if (first->network.n > 0 || first->country[0] != '\0') {
        html_raw(page, " (");
        html_network(page, first->network, first->country);
        html_raw(page, ")");
    }
    story_close(page);
}

static void story_list(struct html_page *page, const char *title, const struct report_count *counts,
                       size_t n)
{
    if (n == 0)
        return;
    story_open(page, title);
    html_counts(page, counts, n);
    story_close(page);
}

static void story_results(struct html_page *page, const struct report_fuse *f)
{
    const struct html_piece pieces[] = {
        { "delivered", "sent", f->sent },
        { "deferred", "deferred", f->deferred },
        { "bounced", "bounced", f->bounced },
    };
    uint64_t all = f->sent + f->deferred + f->bounced;

    story_open(page, "What happened");
    write_amount(page, f, f->messages_before, f->recipients_before);
    html_raw(page, f->tripped ? " got out; " : " got out.");
    if (f->tripped) {
        write_amount(page, f, f->messages_after, f->recipients_after);
        html_raw(page, " would have been stopped.");
    } else if (f->messages_after > 0) {
        html_raw(page, " ");
        write_amount(page, f, f->messages_after, f->recipients_after);
        html_raw(page, " would be held when the log ends.");
    }
    if (all > 0 && f->unknown_recipients + f->refused_as_spam > 0) {
        html_raw(page, " Of the recipients, ");
        words_share(page->out, f->unknown_recipients, all);
        html_raw(page, " do not exist, and ");
        words_share(page->out, f->refused_as_spam, all);
        html_raw(page, " were refused as spam.");
    }
    html_pieces(page, "What became of the recipients", pieces, COUNT(pieces));
    story_close(page);
}

static void story_queue(struct html_page *page, const struct report_fuse *f)
{
    if (f->kind == SUBJECT_LAN)
        return;
    story_open(page, "Still queued");
    if (f->queue_ids_n == 0)
        html_raw(page, "Nothing is left in the queue.");
    for (size_t i = 0; i < f->queues_n; i++) {
        html_raw(page, i > 0 ? ", " : "");
        words_count(page->out, f->queues[i].n, "message", "messages");
        if (f->queues[i].host.n > 0) {
            html_raw(page, " on ");
            html_name(page, f->queues[i].host);
        }
    }
    story_close(page);
}

static void write_story(struct html_page *page, const struct report_fuse *f)
{
    html_raw(page, "<section class=\"story\"><h3>The story</h3>\n<dl>\n");
    story_way_in(page, f);
    story_when(page, f);
    story_lock(page, f);
    story_where(page, f);
    story_list(page, "To whom", f->domains, f->domains_n);
    story_list(page, "Written as", f->senders, f->senders_n);
    story_results(page, f);
    story_list(page, "Commonest refusals", f->replies, f->replies_n);
    story_queue(page, f);
    html_raw(page, "</dl></section>\n");
}

/* When both come at once one of them is enough. */
static void write_picture(struct html_page *page, const struct report_fuse *f)
{
    bool at_once = f->tripped && f->locked.ms - f->held_from.ms < SECOND_MS;
    const struct html_mark marks[] = {
        { f->held_from, "held", 0 },
        { f->locked, "locked", 0 },
    };

    html_raw(page, "<section class=\"picture\"><h3>Time line</h3>\n");
    html_timeline(page, &f->timeline, f->name,
                  f->kind == SUBJECT_LAN ? "Connection attempts" : "Messages", marks + at_once,
                  COUNT(marks) - at_once);
    html_raw(page, "</section>\n");
}

static void write_client(struct html_page *page, const struct report_client *client)
{
    char text[IP_TEXT_MAX];

    html_row(page);
    html_cell(page);
    buf_printf(page->out, "<code>%s</code>", ip_text(&client->ip, text));
    if (client->new_here)
        html_raw(page, " <span class=\"new\">new</span>");
    if (client->name.n > 0) {
        html_raw(page, "<br/><small>");
        html_name(page, client->name);
        html_raw(page, "</small>");
    }
    html_cell_end(page);
    html_cell(page);
    html_network(page, client->network, client->country);
    html_cell_end(page);
    html_cell_number(page, client->messages);
    html_cell_number(page, client->recipients);
    html_cell_time(page, client->first);
    html_cell_time(page, client->last);
    html_row_end(page);
}

static void write_clients(struct html_page *page, const struct report_fuse *f)
{
    static const struct html_column columns[] = {
        { "Address", false }, { "Network", false }, { "Messages", true }, { "Recipients", true },
        { "First", true },    { "Last", true },     { NULL, false },
    };
    size_t shown = f->clients_n < HTML_ROWS_MAX ? f->clients_n : HTML_ROWS_MAX;

    if (shown == 0)
        return;
    html_raw(page, "<section class=\"clients\"><h3>From where</h3>\n");
    html_table(page, "Client addresses", columns);
    for (size_t i = 0; i < shown; i++)
        write_client(page, &f->clients[i]);
    html_table_end(page);
    html_more(page, shown, f->clients_all, "addresses");
    html_raw(page, "</section>\n");
}

void html_fuse(struct html_page *page, const struct report_fuse *f, unsigned number)
{
    buf_printf(page->out, "<article class=\"fuse%s\" id=\"fuse-%u\" aria-labelledby=\"name-%u\">\n",
               f->tripped ? " tripped" : "", number, number);
    write_head(page, f, number);
    write_tiles(page, f);
    html_raw(page, "<div class=\"columns\">\n");
    write_story(page, f);
    html_raw(page, "<div class=\"stack\">\n");
    write_picture(page, f);
    html_evidence(page, f);
    html_raw(page, "</div>\n</div>\n");
    write_clients(page, f);
    html_commands(page, f);
    html_raw(page, "</article>\n");
}
