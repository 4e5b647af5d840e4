/* dnsbl_show.c - the looks of `mailfuse dnsbl`. */
#include "cli/dnsbl.h"
#include "report/words.h"

#include "base/ban.h"

enum { ZONE = 34, KINDS = 16 };

static bool is_state(const json_t *row, const char *state)
{
    return slice_eq(answer_text(row, "state"), slice_of(state));
}

/* "NAME (zone)". */
static void add_list(struct sheet *s, const json_t *row)
{
    struct slice name = answer_text(row, "name"), zone = answer_text(row, "zone");

    buf_add(&s->page.words, name);
    if (!slice_eq(name, zone)) {
        buf_add(&s->page.words, SLICE(" ("));
        buf_add(&s->page.words, zone);
        buf_add(&s->page.words, SLICE(")"));
    }
}

static void show_finding(struct sheet *s, const json_t *row)
{
    bool listed = is_state(row, "listed");
    uint64_t wait_s = answer_number(row, "wait_s");

    text_blank(&s->page, 2);
    text_ink(&s->page, listed ? INK_ALARM : INK_CARE);
    buf_add(&s->page.words, listed                   ? SLICE("LISTED")
                            : is_state(row, "noted") ? SLICE("noted")
                                                     : SLICE("no answer"));
    text_cell(&s->page, TEXT_LABEL - 2);
    text_ink(&s->page, INK_PLAIN);
    add_list(s, row);
    if (listed && !slice_eq(answer_text(row, "gravity"), SLICE("usual"))) {
        buf_add(&s->page.words, SLICE(", "));
        buf_add(&s->page.words, answer_text(row, "gravity"));
    }
    buf_add(&s->page.words, SLICE(": "));
    buf_add(&s->page.words, answer_text(row, "words"));
    text_wrap(&s->page, TEXT_LABEL);
    sheet_row(s, "it says", row, "text");
    if (is_state(row, "no answer"))
        return;
    sheet_lines(s, "wants", row, "wants");
    if (wait_s > 0) {
        words_duration(&s->page.words, (int64_t)wait_s * SECOND_MS);
        text_row(&s->page, "takes");
    }
    sheet_row(s, "removal", row, "page");
}

static void show_subject(struct sheet *s, const json_t *row)
{
    const json_t *found = answer_part(row, "found"), *one;
    uint64_t clean = answer_number(row, "clean");
    char title[300];
    size_t i;

    /* An address, or a domain of letters, digits and dots: dnsbl_subject_parse has looked. */
    snprintf(title, sizeof title, "%.*s", SLICE_ARG(answer_text(row, "subject")));
    text_title(&s->page, title);
    json_array_foreach(found, i, one)
    {
        show_finding(s, one);
    }
    if (clean == 0) {
        buf_add(&s->page.words, json_array_size(found) > 0 ? SLICE("no other list has answered")
                                                           : SLICE("no list has answered"));
    } else {
        words_count(&s->page.words, clean, "list does", "lists do");
        buf_add(&s->page.words, SLICE(" not have it"));
    }
    text_row(&s->page, clean > 0 && answer_number(row, "listed") == 0 ? "clean" : "");
}

/* The reason of a list that is set aside; empty for one that is alive. */
static struct slice aside(const json_t *row)
{
    return answer_true(row, "alive") ? SLICE("") : answer_text(row, "why");
}

/* All lists that are set aside for the reason of that one, unless one before it has named them. */
static void show_reason(struct sheet *s, const json_t *lists, size_t first)
{
    struct slice why = aside(json_array_get(lists, first));
    const char *between = "";

    for (size_t i = 0; i < first; i++)
        if (slice_eq(aside(json_array_get(lists, i)), why))
            return;
    text_blank(&s->page, 2);
    for (size_t i = first; i < json_array_size(lists); i++) {
        const json_t *row = json_array_get(lists, i);

        if (!slice_eq(aside(row), why))
            continue;
        buf_add(&s->page.words, slice_of(between));
        buf_add(&s->page.words, answer_text(row, "zone"));
        buf_add(&s->page.words, SLICE(" ("));
        buf_add(&s->page.words, answer_text(row, "kind"));
        buf_add(&s->page.words, SLICE(")"));
        between = ", ";
    }
    buf_add(&s->page.words, SLICE(": "));
    buf_add(&s->page.words, why);
    text_wrap(&s->page, 2);
}

static void show_aside(struct sheet *s, const json_t *lists)
{
    bool titled = false;

    for (size_t i = 0; i < json_array_size(lists); i++) {
        if (aside(json_array_get(lists, i)).n == 0)
            continue;
        if (!titled)
            text_title(&s->page, "Set aside, since their answers would mean nothing");
        titled = true;
        show_reason(s, lists, i);
    }
}

void dnsbl_show(struct sheet *s, const json_t *reply)
{
    const json_t *subjects = answer_part(reply, "subjects"), *row;
    size_t i;

    json_array_foreach(subjects, i, row)
    {
        show_subject(s, row);
    }
    show_aside(s, answer_part(reply, "lists"));
}

static void add_kinds(struct sheet *s, const json_t *row)
{
    const json_t *kinds = answer_part(row, "kinds");
    const char *between = "";

    for (size_t i = 0; i < json_array_size(kinds); i++) {
        buf_add(&s->page.words, slice_of(between));
        buf_add(&s->page.words, slice_of(json_string_value(json_array_get(kinds, i))));
        between = " ";
    }
}

void dnsbl_show_table(struct sheet *s, const json_t *reply)
{
    const json_t *lists = answer_part(reply, "lists"), *row;
    size_t i;

    json_array_foreach(lists, i, row)
    {
        bool off = answer_text(row, "off").n > 0;

        text_ink(&s->page, off ? INK_DIM : INK_PLAIN);
        sheet_cell_text(s, row, "zone", ZONE);
        add_kinds(s, row);
        text_cell(&s->page, KINDS);
        sheet_cell_text(s, row, "gravity", sizeof "minor  ");
        buf_add(&s->page.words, answer_text(row, off ? "off" : "name"));
        text_wrap(&s->page, ZONE + KINDS + sizeof "minor  ");
        text_ink(&s->page, INK_PLAIN);
    }
}
