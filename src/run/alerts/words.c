/* words.c - a letter in words: the templates filled in. */
#include "run/alerts/private.h"

#include "base/ban.h"

enum { ROWS_MAX = 100, OTHERS_MAX = 4096, SUBJECT_ROOM = 1024 };

static struct slice keep(struct alert_words *w, struct slice s)
{
    return arena_copy(&w->arena, s);
}

/* "2026-11-22 03:04 +0100" */
static struct slice time_text(const struct alerts *a, struct alert_words *w, struct wall at)
{
    char text[WALL_TEXT_MAX];

    (void)wall_rfc3339(at, a->d->utc_offset_s, false, text);
    text[10] = ' ';
    text[16] = '\0';
    return keep(w, slice_of(text));
}

/* A time of the details, "2026-11-22T03:04:05.678+01:00", for people. */
static struct slice short_time(struct alert_words *w, struct slice stamp)
{
    struct slice text = keep(w, slice_head(stamp, 16));

    if (text.n == 16 && text.p[4] == '-' && text.p[10] == 'T') {
        char changed[17];

        memcpy(changed, text.p, 16);
        changed[10] = ' ';
        return keep(w, (struct slice){ changed, 16 });
    }
    return stamp;
}

static bool is_time(const char *name)
{
    return strcmp(name, "since") == 0 || strcmp(name, "held_from") == 0 ||
           strcmp(name, "locked") == 0;
}

/* A member of the details becomes a field. Pages and what lists want come from tables of the
 * administrator's. */
static void set_detail(struct alert_words *w, const char *name, const json_t *value)
{
    struct slice text = { json_string_value(value), json_string_length(value) };
    char number[32];

    if (json_is_integer(value)) {
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
        text = keep(w, slice_of(number));
    } else if (!json_is_string(value)) {
        return;
    }
    if (is_time(name))
        text = short_time(w, text);
    template_set(&w->fields, name, text);
    if (strcmp(name, "page") == 0 || strcmp(name, "wants") == 0) {
        w->fields.all[w->fields.n - 1].ours = true;
        w->fields.all[w->fields.n - 1].lines = true;
    }
}

/* What has no place of its own in any template, a line each. */
static void set_others(struct alert_words *w)
{
    struct buf all = buf_make(OTHERS_MAX);
    const char *name;
    json_t *value;

    json_object_foreach(w->details, name, value)
    {
        if (template_has_place(slice_of(name)) ||
            (!json_is_string(value) && !json_is_integer(value)))
            continue;
        buf_printf(&all, "%s%s: ", all.n > 0 ? "\n" : "", name);
        if (json_is_string(value))
            buf_add(&all, (struct slice){ json_string_value(value), json_string_length(value) });
        else
            buf_printf(&all, "%lld", (long long)json_integer_value(value));
    }
    if (all.n > 0 && w->fields.n < COUNT(w->fields.all)) {
        template_set(&w->fields, "details", keep(w, buf_slice(&all)));
        w->fields.all[w->fields.n - 1].lines = true;
    }
    buf_done(&all);
}

static void set_common(struct alerts *a, struct alert_words *w, const struct desk_entry *e)
{
    char number[16];

    if (e->incident != 0) {
        snprintf(number, sizeof number, "%u", e->incident);
        template_set(&w->fields, "incident", keep(w, slice_of(number)));
    }
    template_set(&w->fields, "account", slice_of(e->subject));
    template_set(&w->fields, "severity", slice_of(conf_severity_name(e->severity)));
    template_set(&w->fields, "kind", slice_of(alert_kind_row(e->kind)->name));
    template_set(&w->fields, "key", slice_of(e->key));
    template_set(&w->fields, "state", slice_of(e->state));
    template_set(&w->fields, "domain", slice_of(e->domain));
    template_set(&w->fields, "words", slice_of(e->words));
    template_set(&w->fields, "host", slice_of(a->host));
    template_set(&w->fields, "time", time_text(a, w, e->at));
}

/* What is known now: amounts have grown since it was raised. */
static json_t *details_of(struct alerts *a, const struct desk_entry *e)
{
    const struct box_incident *i = e->incident != 0 ? box_find(a->d->box, e->incident) : NULL;
    json_t *details;

    if (i != NULL && alert_kind_row(e->kind)->group == ALERT_OF_INCIDENTS)
        return alerts_incident_details(a->d, i);
    details = json_loads(e->details, 0, NULL);
    return details != NULL ? details : json_object();
}

static void set_entry(struct alerts *a, struct alert_words *w, const struct desk_entry *e)
{
    const char *name;
    json_t *value;

    json_decref(w->details);
    w->details = details_of(a, e);
    w->fields.n = 0;
    set_common(a, w, e);
    json_object_foreach(w->details, name, value)
    {
        set_detail(w, name, value);
    }
    set_others(w);
}

static struct slice language_of(const struct alerts *a, const struct desk_letter *letter)
{
    if (letter->way != NULL)
        return slice_of(letter->way->language);
    if (letter->entries[0]->language[0] != '\0')
        return slice_of(letter->entries[0]->language);
    return slice_of(a->d->conf->daemon.alerts.language);
}

/* "11-22 03:04 !! alice@example.test is locked (incident 12)" */
static void add_row(struct alerts *a, struct alert_words *w, struct slice language,
                    const struct desk_entry *e, struct buf *rows)
{
    static const char *const marks[ALERT_SEVERITIES] = {
        [ALERT_DEFAULT] = "", [ALERT_INFO] = "", [ALERT_WARNING] = "!", [ALERT_CRITICAL] = "!!"
    };
    struct template_text text = templates_find(a->templates, language, e->kind, e->owner);

    set_entry(a, w, e);
    buf_printf(rows, "%s%.*s %-2s ", rows->n > 0 ? "\n" : "",
               SLICE_ARG(slice_from(time_text(a, w, e->at), 5)), marks[e->severity]);
    template_line(rows, text.subject, &w->fields);
}

static void make_digest(struct alerts *a, const struct desk_letter *letter, size_t width,
                        struct alert_words *out)
{
    struct slice language = language_of(a, letter);
    struct template_text text = templates_find(a->templates, language, ALERT_DIGEST, false);
    uint32_t first = letter->n > ROWS_MAX ? letter->n - ROWS_MAX : 0;
    struct buf rows = buf_make(ALERTS_BODY_MAX);
    char count[16];

    if (first > 0)
        buf_printf(&rows, "(+ %u)", first);
    for (uint32_t i = first; i < letter->n; i++)
        add_row(a, out, language, letter->entries[i], &rows);
    out->fields.n = 0;
    snprintf(count, sizeof count, "%u", letter->n);
    template_set(&out->fields, "count", slice_of(count));
    template_set(&out->fields, "host", slice_of(a->host));
    template_set(&out->fields, "rows", buf_slice(&rows));
    out->fields.all[out->fields.n - 1].ours = true; /* they were filled in */
    out->fields.all[out->fields.n - 1].lines = true;
    template_line(&out->subject, text.subject, &out->fields);
    template_body(&out->body, text.body, &out->fields, width);
    out->fields.n = 0; /* they borrowed from here */
    buf_done(&rows);
}

void alert_words_make(struct alerts *a, const struct desk_letter *letter, size_t width,
                      struct alert_words *out)
{
    const struct desk_entry *e = letter->entries[0];
    struct template_text text;

    *out = (struct alert_words){ .subject = buf_make(SUBJECT_ROOM),
                                 .body = buf_make(ALERTS_BODY_MAX) };
    if (letter->n > 1) {
        make_digest(a, letter, width, out);
        return;
    }
    set_entry(a, out, e);
    text = templates_find(a->templates, language_of(a, letter), e->kind, e->owner);
    template_line(&out->subject, text.subject, &out->fields);
    template_body(&out->body, text.body, &out->fields, width);
}

void alert_words_done(struct alert_words *w)
{
    arena_done(&w->arena);
    buf_done(&w->subject);
    buf_done(&w->body);
    json_decref(w->details);
}
