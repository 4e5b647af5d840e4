/* template.c - the files: read, checked, found. */
#include "tell/template.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/memory.h"
#include "tell/builtin.h"

#include "base/ban.h"

enum { AUDIENCES = 2, ANY = ALERT_KINDS, TEXTS };

struct language {
    char name[CONF_LANGUAGE_MAX];
    struct template_text texts[TEXTS][AUDIENCES];
};

struct templates {
    struct language *all;
    uint32_t n;
    struct arena arena;
};

/* A run over a file. */
struct reading {
    struct templates *t;
    struct language *to;
    const char *path;
    struct conf_errors *errors;
    uint32_t line;
    struct template_text *text; /* of the section; NULL: none yet, or unknown */
    bool fresh;                 /* its subject is to come */
    const char *body;           /* where its text begins; NULL: not yet */
    const char *end;            /* of what was read of it */
    bool sound;
};

static const char *const places[] = {
    "account",    "addresses", "by",        "count",         "destinations",
    "details",    "domain",    "held_from", "held_messages", "held_recipients",
    "host",       "id",        "incident",  "key",           "kind",
    "list",       "locked",    "messages",  "page",          "provider",
    "recipients", "reply",     "rows",      "severity",      "since",
    "state",      "text",      "time",      "wants",         "way",
    "why",        "words",     "zone",
};

bool template_has_place(struct slice name)
{
    for (size_t i = 0; i < COUNT(places); i++)
        if (slice_eq(name, slice_of(places[i])))
            return true;
    return false;
}

static void complain(struct reading *r, struct slice what, const char *instead)
{
    r->sound = false;
    conf_complain(r->errors, r->path, r->line, "", "\"%.*s\" %s", SLICE_ARG(conf_shown(what)),
                  instead);
}

static void check_places(struct reading *r, struct slice line)
{
    struct slice head, name;

    while (slice_cut(&line, '{', &head)) {
        if (slice_skip(&line, SLICE("{")))
            continue;
        if (!slice_cut(&line, '}', &name)) {
            complain(r, slice_head(line, 40), "is not closed; write }, or {{ for a brace");
            return;
        }
        if (!template_has_place(name))
            complain(r, name, "is nothing that can be filled in; docs/alerts.md has all names");
    }
}

static void end_section(struct reading *r)
{
    struct slice body;

    if (r->text == NULL)
        return;
    if (r->fresh)
        complain(r, slice_of(r->to->name), "has a section without \"subject: ...\"");
    body = r->body != NULL ? slice_between(r->body, r->end) : SLICE("");
    while (body.n > 0 && (body.p[0] == '\n' || body.p[0] == '\r'))
        body = slice_from(body, 1);
    while (body.n > 0 && (body.p[body.n - 1] == '\n' || body.p[body.n - 1] == '\r'))
        body.n--;
    r->text->body = body.n > 0 ? arena_copy(&r->t->arena, body) : SLICE("");
    r->text = NULL;
}

/* "incident-held", "incident-locked owner", "any". */
static void begin_section(struct reading *r, struct slice name)
{
    struct slice head, kind = name;
    unsigned audience = 0, i;

    end_section(r);
    if (slice_cut(&name, ' ', &head)) {
        kind = head;
        audience = slice_eq(name, SLICE("owner")) ? 1 : AUDIENCES;
    }
    i = slice_eq(kind, SLICE("any")) ? ANY : (unsigned)alert_kind_find(kind);
    if ((i == ALERT_KINDS && !slice_eq(kind, SLICE("any"))) || audience == AUDIENCES) {
        complain(r, kind, "is no kind of alert; docs/alerts.md has all of them");
        return;
    }
    r->text = &r->to->texts[i][audience];
    *r->text = (struct template_text){ SLICE(""), SLICE("") };
    r->fresh = true;
    r->body = NULL;
}

static void take_line(struct reading *r, struct slice line)
{
    struct slice rest = slice_trim(line);

    if (rest.n > 2 && line.p[0] == '[' && rest.p[rest.n - 1] == ']') {
        begin_section(r, slice_from(slice_head(rest, rest.n - 1), 1));
        return;
    }
    check_places(r, line);
    if (r->text == NULL) {
        if (rest.n > 0 && rest.p[0] != '#' && r->sound)
            complain(r, rest, "stands in no section; write one such as [incident-held] before it");
        return;
    }
    if (!r->fresh) {
        if (r->body == NULL)
            r->body = line.p;
        r->end = line.p + line.n;
        return;
    }
    if (slice_skip(&rest, SLICE("subject:"))) {
        r->text->subject = arena_copy(&r->t->arena, slice_trim(rest));
        r->fresh = false;
    } else if (rest.n > 0) {
        complain(r, rest, "stands before the subject; write \"subject: ...\" first");
        r->fresh = false;
    }
}

static struct language *language_of(const struct templates *t, struct slice name)
{
    for (uint32_t i = 0; i < t->n; i++)
        if (slice_eq(slice_of(t->all[i].name), name))
            return &t->all[i];
    return NULL;
}

bool templates_add(struct templates *t, const char *path, struct slice language, struct slice text,
                   struct conf_errors *errors)
{
    struct reading r = { .t = t, .path = path, .errors = errors, .sound = true };
    struct slice rest = text, line;

    r.to = language_of(t, language);
    if (r.to == NULL && t->n < TEMPLATE_LANGUAGES && language.n < CONF_LANGUAGE_MAX) {
        r.to = &t->all[t->n++];
        memcpy(r.to->name, language.p, language.n);
    }
    if (r.to == NULL) {
        conf_complain(errors, path, 0, "", "too many languages; keep at most %d",
                      TEMPLATE_LANGUAGES);
        return false;
    }
    if (memchr(text.n > 0 ? text.p : "", '\0', text.n) != NULL || text.n > TEMPLATE_FILE_MAX) {
        conf_complain(errors, path, 0, "", "this is no file of texts");
        return false;
    }
    while (rest.n > 0) {
        if (!slice_cut(&rest, '\n', &line)) {
            line = rest;
            rest.n = 0;
        }
        r.line++;
        take_line(&r, line);
    }
    end_section(&r);
    return r.sound;
}

struct templates *templates_new(void)
{
    struct templates *t = memory_new(1, sizeof *t);
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };

    t->all = memory_new(TEMPLATE_LANGUAGES, sizeof *t->all);
    for (size_t i = 0; i < templates_builtin_n; i++)
        if (!templates_add(
                t, templates_builtin[i].language, slice_of(templates_builtin[i].language),
                (struct slice){ templates_builtin[i].text, templates_builtin[i].size }, &errors))
            abort(); /* a test reads them */
    return t;
}

void templates_free(struct templates *t)
{
    if (t == NULL)
        return;
    arena_done(&t->arena);
    free(t->all);
    free(t);
}

bool templates_has(const struct templates *t, struct slice language)
{
    return language_of(t, language) != NULL;
}

/* Those of the kind; a part that is missing is that of any other kind. */
static bool find_in(const struct language *l, enum alert_kind kind, bool owner,
                    struct template_text *out)
{
    const struct template_text *own, *any;

    if (l == NULL)
        return false;
    own = &l->texts[kind][owner];
    any = &l->texts[ANY][owner];
    out->subject = own->subject.n > 0 ? own->subject : any->subject;
    out->body = own->body.n > 0 ? own->body : any->body;
    return out->subject.n > 0 && out->body.n > 0;
}

struct template_text templates_find(const struct templates *t, struct slice language,
                                    enum alert_kind kind, bool owner)
{
    struct template_text out = { SLICE("{words}"), SLICE("{words}") };

    if (!find_in(language_of(t, language), kind, owner, &out) &&
        !find_in(language_of(t, SLICE("en")), kind, owner, &out))
        out = (struct template_text){ SLICE("{words}"), SLICE("{words}") };
    return out;
}
