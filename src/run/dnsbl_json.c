#include "run/dnsbl_json.h"

#include "run/json.h"

#include "base/ban.h"

enum { PAGE_MAX = 1000 };

static json_t *text_or_empty(const char *text)
{
    return json_text(slice_of(text != NULL ? text : ""));
}

static json_t *kinds_json(unsigned kinds)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < DNSBL_KINDS; i++)
        if ((kinds & 1u << i) != 0)
            json_array_append_new(list, json_string(dnsbl_kind_name((enum dnsbl_kind)(1u << i))));
    return list;
}

static const char *state_name(enum dnsbl_state state)
{
    switch (state) {
    case DNSBL_IS_LISTED:
        return "listed";
    case DNSBL_IS_NOTED:
        return "noted";
    case DNSBL_NO_ANSWER:
        return "no answer";
    case DNSBL_IS_CLEAN:
        return "clean";
    case DNSBL_NOT_ASKED:
        break;
    }
    return "not asked";
}

static json_t *finding(const struct dnsbl_subject *subject, const struct dnsbl_list *list,
                       const struct dnsbl_result *result)
{
    json_t *row = json_object();
    struct buf page = buf_make(PAGE_MAX);

    json_object_set_new(row, "zone", text_or_empty(list->zone));
    json_object_set_new(row, "name", text_or_empty(list->name));
    json_object_set_new(row, "state", json_string(state_name(result->state)));
    json_object_set_new(row, "gravity", json_string(dnsbl_gravity_name(list->gravity)));
    json_object_set_new(row, "words", text_or_empty(result->words));
    if (result->state != DNSBL_NO_ANSWER) {
        dnsbl_page(list, subject, &page);
        json_object_set_new(row, "text", text_or_empty(result->text));
        json_object_set_new(row, "page", json_text(buf_slice(&page)));
        json_object_set_new(row, "wants", text_or_empty(list->wants));
        json_object_set_new(row, "wait_s",
                            list->wait_ms > 0 ? json_integer(list->wait_ms / SECOND_MS)
                                              : json_null());
    }
    buf_done(&page);
    return row;
}

json_t *dnsbl_json_finding(const struct dnsbl_plan *plan, const struct dnsbl_cycle *cycle,
                           size_t subject, size_t list)
{
    const struct dnsbl_subject *s = &plan->subjects[subject];
    json_t *row = finding(s, &plan->lists[list], dnsbl_cycle_result(cycle, subject, list));
    char text[IP_TEXT_MAX];

    json_object_set_new(row, "subject", text_or_empty(dnsbl_subject_text(s, text)));
    json_object_set_new(row, "kind", json_string(dnsbl_kind_name(s->kind)));
    return row;
}

static json_t *subject_json(const struct dnsbl_plan *plan, const struct dnsbl_cycle *cycle,
                            size_t subject)
{
    const struct dnsbl_subject *s = &plan->subjects[subject];
    json_t *row = json_object(), *found = json_array();
    json_int_t clean = 0, listed = 0;
    char text[IP_TEXT_MAX];

    for (size_t i = 0; i < plan->lists_n; i++) {
        const struct dnsbl_result *result = dnsbl_cycle_result(cycle, subject, i);

        clean += result->state == DNSBL_IS_CLEAN;
        listed += result->state == DNSBL_IS_LISTED;
        if (result->state != DNSBL_IS_CLEAN && result->state != DNSBL_NOT_ASKED)
            json_array_append_new(found, finding(s, &plan->lists[i], result));
    }
    json_object_set_new(row, "subject", text_or_empty(dnsbl_subject_text(s, text)));
    json_object_set_new(row, "kind", json_string(dnsbl_kind_name(s->kind)));
    json_object_set_new(row, "listed", json_integer(listed));
    json_object_set_new(row, "clean", json_integer(clean));
    json_object_set_new(row, "found", found);
    return row;
}

/* The lists that were asked about a kind, or set aside; those that are off; not the others. */
static void add_lives(json_t *out, const struct dnsbl_plan *plan, const struct dnsbl_cycle *cycle,
                      size_t list)
{
    for (unsigned i = 0; i < DNSBL_KINDS; i++) {
        enum dnsbl_kind kind = (enum dnsbl_kind)(1u << i);
        const char *why;
        enum dnsbl_life life = dnsbl_cycle_life(cycle, list, kind, &why);
        json_t *row;

        if (life == DNSBL_UNUSED)
            continue;
        row = json_object();
        json_object_set_new(row, "zone", text_or_empty(plan->lists[list].zone));
        json_object_set_new(row, "name", text_or_empty(plan->lists[list].name));
        json_object_set_new(row, "kind", json_string(dnsbl_kind_name(kind)));
        json_object_set_new(row, "alive", json_boolean(life == DNSBL_ALIVE));
        json_object_set_new(row, "why", json_text(slice_of(why)));
        json_array_append_new(out, row);
    }
}

json_t *dnsbl_json(const struct dnsbl_plan *plan, const struct dnsbl_cycle *cycle, struct wall now,
                   int32_t utc_offset_s)
{
    json_t *all = json_object(), *subjects = json_array(), *lists = json_array();

    for (size_t i = 0; i < plan->subjects_n; i++)
        json_array_append_new(subjects, subject_json(plan, cycle, i));
    for (size_t i = 0; i < plan->lists_n; i++)
        add_lives(lists, plan, cycle, i);
    json_object_set_new(all, "time", json_stamp(now, utc_offset_s));
    json_object_set_new(all, "questions", json_integer((json_int_t)dnsbl_cycle_questions(cycle)));
    json_object_set_new(all, "subjects", subjects);
    json_object_set_new(all, "lists", lists);
    return all;
}

json_t *dnsbl_json_table(const struct dnsbl_list *lists, size_t n)
{
    json_t *all = json_object(), *rows = json_array();

    for (size_t i = 0; i < n; i++) {
        json_t *row = json_object();

        json_object_set_new(row, "zone", text_or_empty(lists[i].zone));
        json_object_set_new(row, "name", text_or_empty(lists[i].name));
        json_object_set_new(row, "kinds", kinds_json(lists[i].kinds));
        json_object_set_new(row, "gravity", json_string(dnsbl_gravity_name(lists[i].gravity)));
        json_object_set_new(row, "off", text_or_empty(lists[i].off));
        json_object_set_new(row, "page", text_or_empty(lists[i].page));
        json_object_set_new(row, "wants", text_or_empty(lists[i].wants));
        json_array_append_new(rows, row);
    }
    json_object_set_new(all, "lists", rows);
    return all;
}
