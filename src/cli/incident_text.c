#include "cli/incident.h"
#include "report/text_parts.h"
#include "report/words.h"

#include "base/ban.h"

enum { ACTION_STATE = 9, EVENT_TIME = 17, EVENT_WHO = 16, EVENT_WHAT = 9 };

static void show_head(struct sheet *s, const json_t *incident)
{
    text_ink(&s->page, INK_BOLD);
    buf_printf(&s->page.words,
               "Incident %llu: ", (unsigned long long)answer_number(incident, "incident"));
    if (incident_nobodys(incident) != NULL) {
        buf_printf(&s->page.words, "%s ", incident_nobodys(incident));
        text_short(&s->page, answer_text(incident, "account"), s->page.columns - 34);
    } else {
        sheet_subject(s, incident, s->page.columns - 22);
    }
    text_paragraph(&s->page, 0);
    text_ink(&s->page, INK_PLAIN);
    buf_add(&s->page.words, answer_text(incident, "reason"));
    if (s->page.words.n > 0)
        text_paragraph(&s->page, 0);
    buf_add_char(s->page.out, '\n');
}

static void row_time(struct sheet *s, const char *label, const json_t *incident, const char *name)
{
    if (!answer_has(incident, name))
        return;
    sheet_time(s, incident, name, true);
    text_row(&s->page, label);
}

static void row_amount(struct sheet *s, const char *label, const json_t *incident, const char *name)
{
    const json_t *amount = answer_part(incident, name);

    if (answer_number(amount, "messages") == 0 && answer_number(amount, "recipients") == 0)
        return;
    answer_amount_words(&s->page.words, amount);
    text_row(&s->page, label);
}

static void show_times(struct sheet *s, const json_t *incident, const struct report_fuse *f)
{
    text_label(&s->page, "State");
    text_ink(&s->page, stage_ink(answer_text(incident, "stage")));
    buf_add(s->page.out, slice_of(incident_state(incident)));
    text_ink(&s->page, INK_PLAIN);
    text_end(&s->page);
    if (incident_only_observed(incident)) {
        buf_add(&s->page.words, SLICE("mailfuse only observes: that is what it would have done"));
        text_row(&s->page, "");
    }
    row_time(s, "Began", incident, "since");
    row_time(s, "Held from", incident, "held_from");
    row_time(s, "Locked at", incident, "locked");
    row_time(s, "Closed at", incident, "closed");
    if (f->first_abuse.ms != 0) {
        words_span(&s->page.words, &s->report, f->first_abuse, f->last_abuse);
        text_row(&s->page, "Abused");
    }
}

static void show_amounts(struct sheet *s, const json_t *incident)
{
    answer_amount_words(&s->page.words, answer_part(incident, "out"));
    text_row(&s->page, "Got out");
    row_amount(s, "Held now", incident, "held");
    row_amount(s, "Released", incident, "released");
    row_amount(s, "Purged", incident, "purged");
    row_amount(s, "Refused", incident, "refused");
}

static void show_counts(struct sheet *s, const char *label, const struct report_count *counts,
                        size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_add(&s->page.words, i > 0 ? SLICE(", ") : SLICE(""));
        text_short(&s->page, counts[i].name, s->page.columns - TEXT_LABEL - 16);
        buf_add_char(&s->page.words, ' ');
        words_number(&s->page.words, counts[i].n);
    }
    if (n > 0)
        text_row(&s->page, label);
}

static enum text_ink action_ink(struct slice state)
{
    if (slice_eq(state, SLICE("done")))
        return INK_FINE;
    if (slice_eq(state, SLICE("failed")))
        return INK_ALARM;
    return slice_eq(state, SLICE("pending")) ? INK_CARE : INK_DIM;
}

void incident_actions(struct sheet *s, const char *label, const json_t *actions)
{
    const json_t *action;
    size_t i;

    json_array_foreach(actions, i, action)
    {
        struct slice state = answer_text(action, "state"), why = answer_text(action, "why");
        struct slice what = answer_text(action, "what");
        uint64_t tries = answer_number(action, "tries");

        text_label(&s->page, i == 0 ? label : "");
        text_ink(&s->page, action_ink(state));
        text_cell_slice(&s->page, state, ACTION_STATE);
        text_ink(&s->page, INK_PLAIN);
        buf_add(&s->page.words, what.n > 0 ? what : answer_text(action, "name"));
        if (why.n > 0) {
            buf_add(&s->page.words, SLICE(": "));
            buf_add(&s->page.words, why);
        }
        if (tries > 1) {
            buf_add(&s->page.words, SLICE(" ("));
            words_number(&s->page.words, tries);
            buf_add(&s->page.words, SLICE(" tries, the last "));
            sheet_time(s, action, "time", true);
            buf_add_char(&s->page.words, ')');
        }
        text_wrap(&s->page, TEXT_LABEL + ACTION_STATE);
    }
}

static void show_held(struct sheet *s, const json_t *incident)
{
    enum { ID = 17, TIME = 17, RECIPIENTS = 11, SIZE = 9 };
    const json_t *list = answer_part(incident, "held_messages"), *row;
    uint64_t all = answer_number(answer_part(incident, "held"), "messages");
    size_t i, shown = json_array_size(list) < s->page.top ? json_array_size(list) : s->page.top;
    size_t sender = s->page.columns - 2 - ID - TIME - RECIPIENTS - SIZE;

    if (shown == 0)
        return;
    text_title(&s->page, "Held messages");
    text_ink(&s->page, INK_DIM);
    text_blank(&s->page, 2);
    sheet_cell(s, "queue id", ID, false);
    sheet_cell(s, "time", TIME, false);
    sheet_cell(s, "as", sender, false);
    sheet_cell(s, "recipients", RECIPIENTS, true);
    sheet_cell(s, "size", SIZE, true);
    text_end(&s->page);
    text_ink(&s->page, INK_PLAIN);
    for (i = 0; i < shown; i++) {
        row = json_array_get(list, i);
        text_blank(&s->page, 2);
        sheet_cell_text(s, row, "queue_id", ID);
        sheet_time(s, row, "time", true);
        text_cell(&s->page, TIME);
        sheet_cell_text(s, row, "sender", sender);
        sheet_cell_number(s, row, "recipients", RECIPIENTS);
        words_bytes(&s->page.words, answer_number(row, "size"));
        text_cell_right(&s->page, SIZE);
        text_end(&s->page);
    }
    if (all > shown) {
        buf_add(&s->page.words, SLICE("and "));
        words_number(&s->page.words, all - shown);
        buf_add(&s->page.words, SLICE(" more; --json has a hundred of them"));
        text_paragraph(&s->page, 2);
    }
}

static void show_measures(struct sheet *s, const json_t *incident)
{
    const json_t *list = answer_part(incident, "open_measures"), *row;
    size_t i;

    if (json_array_size(list) > 0)
        text_title(&s->page, "Still to do");
    json_array_foreach(list, i, row)
    {
        buf_add(s->page.out, SLICE("  - "));
        buf_add(&s->page.words, answer_text(row, "words"));
        text_wrap(&s->page, 4);
        sheet_command(s, row, 6);
    }
}

static void show_events(struct sheet *s, const json_t *incident)
{
    const json_t *list = answer_part(incident, "events"), *row;
    size_t i;

    if (json_array_size(list) > 0)
        text_title(&s->page, "Time line");
    json_array_foreach(list, i, row)
    {
        text_blank(&s->page, 2);
        sheet_time(s, row, "time", true);
        text_cell(&s->page, EVENT_TIME);
        sheet_cell_text(s, row, "who", EVENT_WHO);
        sheet_cell_text(s, row, "what", EVENT_WHAT);
        buf_add(&s->page.words, answer_text(row, "detail"));
        text_wrap(&s->page, 2 + EVENT_TIME + EVENT_WHO + EVENT_WHAT);
    }
}

void incident_text(struct sheet *s, const json_t *incident)
{
    struct report_fuse f;

    incident_fuse(&s->report, &f, incident);
    show_head(s, incident);
    show_times(s, incident, &f);
    if (incident_nobodys(incident) == NULL)
        show_amounts(s, incident);
    s->page.top = 10;
    text_clients(&s->page, &f);
    show_counts(s, "To", f.domains, f.domains_n);
    show_counts(s, "As", f.senders, f.senders_n);
    show_counts(s, "Replies", f.replies, f.replies_n);
    sheet_row(s, "Way in", incident, "way_in");
    text_evidence(&s->page, &f);
    incident_actions(s, "Actions", answer_part(incident, "actions"));
    incident_findings(s, incident);
    show_held(s, incident);
    show_measures(s, incident);
    show_events(s, incident);
}
