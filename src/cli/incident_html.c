#include "cli/incident.h"
#include "report/html_page.h"
#include "report/html_parts.h"
#include "report/words.h"

#include "base/ban.h"

static void write_amount(struct html_page *page, const json_t *incident, const char *name,
                         const char *style, const char *title)
{
    const json_t *amount = answer_part(incident, name);

    html_tile(page, style, title, answer_number(amount, "recipients"), "recipients");
}

static void write_head(struct html_page *page, const json_t *incident, const struct report_fuse *f)
{
    const char *state = incident_state(incident);
    bool locked = slice_eq(answer_text(incident, "stage"), SLICE("lock"));

    const char *kind = incident_nobodys(incident);

    buf_printf(
        page->out,
        "<header class=\"verdict %s\">\n<p class=\"kind\">Incident %llu \xC2\xB7 %s</p>\n<h1>",
        slice_eq(slice_of(state), SLICE("closed")) ? "good"
        : locked                                   ? "bad"
                                                   : "doubt",
        (unsigned long long)answer_number(incident, "incident"),
        kind != NULL ? kind : words_subject(f->kind));
    html_name(page, f->name);
    buf_printf(page->out, "</h1>\n<p class=\"badges\"><span class=\"badge %s\">%s</span></p>\n",
               locked ? "locked" : "held", state);
    html_raw(page, "<p class=\"reason\">");
    html_text(page, f->reason);
    html_raw(page, "</p>\n");
    if (incident_only_observed(incident))
        html_raw(page, "<p class=\"note\">mailfuse only observes: that is what it would have done."
                       "</p>\n");
    if (kind != NULL) {
        html_raw(page, "</header>\n");
        return;
    }
    html_raw(page, "<dl class=\"tiles\">\n");
    write_amount(page, incident, "out", "out", "Got out");
    write_amount(page, incident, "held", "queue", "Held now");
    write_amount(page, incident, "released", "queue", "Released later");
    write_amount(page, incident, "purged", "saved", "Deleted");
    html_raw(page, "</dl>\n</header>\n");
}

static void story_time(struct html_page *page, const char *title, struct wall at)
{
    if (at.ms == 0)
        return;
    buf_printf(page->out, "<dt>%s</dt><dd>", title);
    html_time(page, at, true);
    html_raw(page, "</dd>\n");
}

static void story_counts(struct html_page *page, const char *title,
                         const struct report_count *counts, size_t n)
{
    if (n == 0)
        return;
    buf_printf(page->out, "<dt>%s</dt><dd>", title);
    html_counts(page, counts, n);
    html_raw(page, "</dd>\n");
}

static void write_story(struct html_page *page, const json_t *incident, const struct report_fuse *f)
{
    html_raw(page, "<section class=\"fuse\"><div class=\"columns\">\n"
                   "<section class=\"story\"><h3>What happened</h3>\n<dl>\n");
    story_time(page, incident_nobodys(incident) == NULL ? "First evidence" : "First seen",
               answer_time(incident, "since", NULL));
    story_time(page, "First message", f->first_abuse);
    story_time(page, "Last message", f->last_abuse);
    story_time(page, "Held from", f->held_from);
    story_time(page, "Locked", f->locked);
    story_time(page, "Closed", answer_time(incident, "closed", NULL));
    if (f->way_in.n > 0) {
        html_raw(page, "<dt>How they got in</dt><dd>");
        html_text(page, f->way_in);
        html_raw(page, "</dd>\n");
    }
    story_counts(page, "To", f->domains, f->domains_n);
    story_counts(page, "As", f->senders, f->senders_n);
    story_counts(page, "Refusals", f->replies, f->replies_n);
    html_raw(page, "</dl>\n</section>\n");
    html_evidence(page, f);
    html_raw(page, "</div></section>\n");
}

static void write_clients(struct html_page *page, const struct report_fuse *f)
{
    static const struct html_column columns[] = {
        { "Address", false },   { "Network", false }, { "Messages", true },
        { "Recipients", true }, { "When", false },    { NULL, false },
    };

    if (f->clients_n == 0)
        return;
    html_raw(page, "<section class=\"card\"><h2>From where</h2>\n");
    html_table(page, "Addresses that were used", columns);
    for (const struct report_client *c = f->clients; c < f->clients + f->clients_n; c++) {
        char text[IP_TEXT_MAX];

        html_row(page);
        html_cell(page);
        buf_printf(page->out, "<code>%s</code>%s", ip_text(&c->ip, text),
                   c->new_here ? " <span class=\"new\">new</span>" : "");
        html_cell_end(page);
        html_cell(page);
        html_network(page, c->network, c->country);
        html_cell_end(page);
        html_cell_number(page, c->messages);
        html_cell_number(page, c->recipients);
        html_cell(page);
        if (c->first.ms != 0)
            words_span(page->out, page->r, c->first, c->last);
        html_cell_end(page);
        html_row_end(page);
    }
    html_table_end(page);
    html_more(page, f->clients_n, f->clients_all, "addresses");
    html_raw(page, "</section>\n");
}

static void cell_time_of(struct html_page *page, const json_t *row)
{
    html_cell(page);
    html_time(page, answer_time(row, "time", NULL), true);
    html_cell_end(page);
}

/* Of a step that was done nobody keeps how often it had failed before. */
static void write_tries(struct html_page *page, uint64_t n)
{
    if (n > 0) {
        html_cell_number(page, n);
        return;
    }
    html_cell(page);
    html_cell_end(page);
}

static void write_actions(struct html_page *page, const json_t *incident)
{
    static const struct html_column columns[] = {
        { "What", false }, { "State", false }, { "Tried", true },
        { "When", false }, { NULL, false },
    };
    const json_t *list = answer_part(incident, "actions"), *row;
    size_t i;

    if (json_array_size(list) == 0)
        return;
    html_raw(page, "<section class=\"card\"><h2>What was done</h2>\n");
    html_table(page, "Actions", columns);
    json_array_foreach(list, i, row)
    {
        struct slice why = answer_text(row, "why");

        html_row(page);
        html_cell_name(page, answer_text(row, "what"));
        html_cell(page);
        html_text(page, answer_text(row, "state"));
        if (why.n > 0) {
            html_raw(page, ": ");
            html_text(page, why);
        }
        html_cell_end(page);
        write_tries(page, answer_number(row, "tries"));
        cell_time_of(page, row);
        html_row_end(page);
    }
    html_table_end(page);
    html_raw(page, "</section>\n");
}

static void write_measures(struct html_page *page, const json_t *incident)
{
    const json_t *list = answer_part(incident, "open_measures"), *row;
    size_t i;

    if (json_array_size(list) == 0)
        return;
    html_raw(page, "<section class=\"card commands\"><h2>What is still to do</h2>\n<ol>\n");
    json_array_foreach(list, i, row)
    {
        html_raw(page, "<li>");
        html_text(page, answer_text(row, "words"));
        if (answer_text(row, "command").n > 0) {
            html_raw(page, "<pre>");
            html_text(page, answer_text(row, "command"));
            html_raw(page, "</pre>");
        }
        html_raw(page, "</li>\n");
    }
    html_raw(page, "</ol></section>\n");
}

static void write_events(struct html_page *page, const json_t *incident)
{
    static const struct html_column columns[] = {
        { "When", false },   { "Who", false }, { "What", false },
        { "Detail", false }, { NULL, false },
    };
    const json_t *list = answer_part(incident, "events"), *row;
    size_t i;

    if (json_array_size(list) == 0)
        return;
    html_raw(page, "<section class=\"card\"><h2>Time line</h2>\n");
    html_table(page, "Time line", columns);
    json_array_foreach(list, i, row)
    {
        html_row(page);
        cell_time_of(page, row);
        html_cell_name(page, answer_text(row, "who"));
        html_cell_name(page, answer_text(row, "what"));
        html_cell(page);
        html_text(page, answer_text(row, "detail"));
        html_cell_end(page);
        html_row_end(page);
    }
    html_table_end(page);
    html_raw(page, "</section>\n");
}

void incident_html(struct buf *out, const json_t *incident, const char *version)
{
    struct report report = { 0 };
    struct html_page page = { .r = &report, .out = out };
    struct buf title = buf_make(400);
    struct report_fuse f;

    incident_fuse(&report, &f, incident);
    report.end = answer_time(incident, "since", NULL); /* from 1970: so times show their year */
    buf_printf(&title,
               "mailfuse incident %llu: ", (unsigned long long)answer_number(incident, "incident"));
    buf_add(&title, slice_head_utf8(f.name, 300));
    html_open(&page, buf_slice(&title));
    html_raw(&page, "<body>\n<main>\n");
    write_head(&page, incident, &f);
    write_story(&page, incident, &f);
    write_measures(&page, incident);
    incident_html_findings(&page, incident);
    write_actions(&page, incident);
    write_clients(&page, &f);
    write_events(&page, incident);
    html_raw(&page, "</main>\n<footer>Made by mailfuse ");
    html_text(&page, slice_of(version));
    html_raw(&page, ". This page loads nothing and runs no script.</footer>\n</body>\n</html>\n");
    buf_done(&title);
    report_done(&report);
}
