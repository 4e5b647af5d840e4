/* incident_findings.c - what was found of us because of an incident, and who may have caused it. */
#include "cli/incident.h"
#include "report/html_page.h"
#include "report/words.h"

#include "base/ban.h"

enum { FOUND_STATE = 6, FOUND_TIME = 14, ACCOUNT = 36, FIGURE = 12 };

static const struct {
    const char *kind, *words;
} nobodys[] = {
    { "address", "own address" }, { "domain", "own domain" }, { "provider", "provider" },
    { "queue", "mail queue" },    { "disk", "disk" },
};

const char *incident_nobodys(const json_t *incident)
{
    struct slice kind = answer_text(incident, "kind");

    for (size_t k = 0; k < COUNT(nobodys); k++)
        if (slice_eq(kind, slice_of(nobodys[k].kind)))
            return nobodys[k].words;
    return NULL;
}

static bool is_over(const json_t *finding)
{
    return slice_eq(answer_text(finding, "state"), SLICE("over"));
}

/* "203.0.113.5: listed by Example list". */
static void add_words(struct buf *out, const json_t *incident, const json_t *finding)
{
    struct slice subject = answer_text(finding, "subject");

    if (!slice_eq(subject, answer_text(incident, "account")) &&
        !slice_eq(answer_text(finding, "kind"), SLICE("queue"))) {
        buf_add(out, subject);
        buf_add(out, SLICE(": "));
    }
    buf_add(out, answer_text(finding, "words"));
}

/* The number of the incident that a finding has beside this one; 0: none. */
static uint64_t other_number(const json_t *incident, const json_t *finding)
{
    uint64_t this = answer_number(incident, "incident");
    uint64_t own = answer_number(finding, "incident");

    return own != this                                      ? own
           : answer_number(finding, "explained_by") != this ? answer_number(finding, "explained_by")
                                                            : 0;
}

static void show_finding(struct sheet *s, const json_t *incident, const json_t *finding)
{
    uint64_t other = other_number(incident, finding);

    text_blank(&s->page, 2);
    text_ink(&s->page, is_over(finding) ? INK_FINE : INK_CARE);
    sheet_cell_text(s, finding, "state", FOUND_STATE);
    text_ink(&s->page, INK_PLAIN);
    sheet_cell_time(s, finding, "since", FOUND_TIME);
    add_words(&s->page.words, incident, finding);
    if (is_over(finding)) {
        buf_add(&s->page.words, SLICE("; until "));
        sheet_time(s, finding, "ended", false);
    }
    if (other != 0)
        buf_printf(&s->page.words, "; see incident %llu", (unsigned long long)other);
    text_wrap(&s->page, 2 + FOUND_STATE + FOUND_TIME);
}

static void show_culprits(struct sheet *s, const json_t *list)
{
    text_title(&s->page, "Who may have caused it, from the week before");
    text_ink(&s->page, INK_DIM);
    text_blank(&s->page, 2);
    sheet_cell(s, "account", s->page.columns - 2 - 4 * FIGURE, false);
    sheet_cell(s, "recipients", FIGURE, true);
    sheet_cell(s, "new", FIGURE, true);
    sheet_cell(s, "refused", FIGURE, true);
    sheet_cell(s, "incident", FIGURE, true);
    text_end(&s->page);
    text_ink(&s->page, INK_PLAIN);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);

        text_blank(&s->page, 2);
        sheet_cell_text(s, row, "account", s->page.columns - 2 - 4 * FIGURE);
        sheet_cell_number(s, row, "recipients", FIGURE);
        sheet_cell_number(s, row, "new", FIGURE);
        sheet_cell_number(s, row, "refused", FIGURE);
        if (answer_number(row, "incident") > 0)
            sheet_cell_number(s, row, "incident", FIGURE);
        text_end(&s->page);
    }
}

/* Of an incident that is nobody's: those of its first finding that has any. */
static const json_t *culprits_of(const json_t *incident)
{
    const json_t *list = answer_part(incident, "findings");

    for (size_t i = 0; incident_nobodys(incident) != NULL && i < json_array_size(list); i++) {
        const json_t *culprits = answer_part(json_array_get(list, i), "culprits");

        if (json_array_size(culprits) > 0)
            return culprits;
    }
    return NULL;
}

void incident_findings(struct sheet *s, const json_t *incident)
{
    const json_t *list = answer_part(incident, "findings"), *culprits = culprits_of(incident);

    if (json_array_size(list) > 0)
        text_title(&s->page, "What was found");
    for (size_t i = 0; i < json_array_size(list); i++)
        show_finding(s, incident, json_array_get(list, i));
    if (culprits != NULL)
        show_culprits(s, culprits);
}

static void write_finding(struct html_page *page, const json_t *incident, const json_t *finding)
{
    uint64_t other = other_number(incident, finding);
    struct buf words = buf_make(2000);

    add_words(&words, incident, finding);
    html_row(page);
    html_cell(page);
    buf_printf(page->out, "<span class=\"badge %s\">", is_over(finding) ? "over" : "held");
    html_text(page, answer_text(finding, "state"));
    html_raw(page, "</span>");
    html_cell_end(page);
    html_cell(page);
    html_name(page, buf_slice(&words));
    if (is_over(finding)) {
        html_raw(page, "; until ");
        html_time(page, answer_time(finding, "ended", NULL), false);
    }
    if (other != 0)
        buf_printf(page->out, "; see incident %llu", (unsigned long long)other);
    html_cell_end(page);
    html_cell(page);
    html_time(page, answer_time(finding, "since", NULL), false);
    html_cell_end(page);
    html_row_end(page);
    buf_done(&words);
}

static void write_culprits(struct html_page *page, const json_t *list)
{
    static const struct html_column columns[] = {
        { "Account or host", false }, { "Recipients", true }, { "New to us", true },
        { "Refused", true },          { "Incident", true },   { NULL, false },
    };

    html_raw(page,
             "<section class=\"card\"><h2>Who may have caused it</h2>\n"
             "<p class=\"note\">Of the week before it was first seen; the likeliest first.</p>\n");
    html_table(page, "Who may have caused it", columns);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);

        html_row(page);
        html_cell_name(page, answer_text(row, "account"));
        html_cell_number(page, answer_number(row, "recipients"));
        html_cell_number(page, answer_number(row, "new"));
        html_cell_number(page, answer_number(row, "refused"));
        html_cell(page);
        if (answer_number(row, "incident") > 0)
            buf_printf(page->out, "%llu", (unsigned long long)answer_number(row, "incident"));
        html_cell_end(page);
        html_row_end(page);
    }
    html_table_end(page);
    html_raw(page, "</section>\n");
}

void incident_html_findings(struct html_page *page, const json_t *incident)
{
    static const struct html_column columns[] = {
        { "State", false },
        { "What", false },
        { "Since", false },
        { NULL, false },
    };
    const json_t *list = answer_part(incident, "findings"), *culprits = culprits_of(incident);

    if (json_array_size(list) > 0) {
        html_raw(page, "<section class=\"card\"><h2>What was found</h2>\n");
        html_table(page, "Findings", columns);
        for (size_t i = 0; i < json_array_size(list); i++)
            write_finding(page, incident, json_array_get(list, i));
        html_table_end(page);
        html_raw(page, "</section>\n");
    }
    if (culprits != NULL)
        write_culprits(page, culprits);
}
