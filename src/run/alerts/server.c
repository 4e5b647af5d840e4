/* server.c - what is told of the server: listings, the queue, and mailfuse itself. */
#include "run/alerts/private.h"
#include "run/control/parts.h"

#include "base/ban.h"

enum { LASTS_MS = MINUTE_MS, KEY_MAX = 600, WORDS_MAX = 1000 };

static void copy_text(json_t *to, const char *name, const json_t *from, const char *member)
{
    struct slice text = json_get_text(from, member);

    if (text.n > 0)
        json_object_set_new(to, name, json_text(text));
}

void alerts_listing(struct daemon *d, const json_t *listing, bool listed, uint32_t incident)
{
    struct buf key = buf_make(KEY_MAX);
    json_t *details = json_object();
    bool grave = slice_eq(json_get_text(listing, "gravity"), SLICE("grave"));
    struct slice words = json_get_text(listing, "words");
    struct alert_event e = { .kind = listed ? ALERT_LISTED : ALERT_DELISTED,
                             .severity = listed && grave ? ALERT_CRITICAL : ALERT_DEFAULT,
                             .incident = incident,
                             .state = listed ? SLICE("listed") : SLICE("clean"),
                             .subject = json_get_text(listing, "subject"),
                             .words = listed ? words : SLICE("it is no longer listed"),
                             .details = details };

    buf_printf(&key, "listing %.*s %.*s", SLICE_ARG(e.subject),
               SLICE_ARG(json_get_text(listing, "zone")));
    e.key = buf_slice(&key);
    copy_text(details, "list", listing, "name");
    copy_text(details, "zone", listing, "zone");
    copy_text(details, "text", listing, "text");
    copy_text(details, "page", listing, "page");
    copy_text(details, "wants", listing, "wants");
    copy_text(details, "gravity", listing, "gravity");
    json_object_set_new(details, "since",
                        part_time(d, (struct wall){ json_get_int(listing, "since") }));
    alerts_raise(d, &e);
    buf_done(&key);
}

void alerts_state(struct daemon *d, enum alert_kind kind, const char *key, uint32_t incident,
                  struct slice subject, struct slice words)
{
    struct alert_event e = {
        .kind = kind, .incident = incident, .key = slice_of(key), .subject = subject, .words = words
    };

    alerts_raise(d, &e);
}

void alerts_note(struct daemon *d, const struct box_note *n)
{
    char key[40];

    if (n->incident == 0 || !slice_eq(n->what, SLICE("old-password")))
        return;
    snprintf(key, sizeof key, "password of incident %u", n->incident);
    alerts_state(d, ALERT_PASSWORD_TRIED, key, n->incident, n->subject,
                 SLICE("the password that was misused is still being tried"));
}

/* What is wrong with mailfuse itself, if it lasts. */
static void look_at(struct alerts *a, unsigned which, const char *name, struct slice trouble)
{
    struct wall *since = &a->trouble_since[which];
    struct daemon *d = a->d;
    struct buf key = buf_make(KEY_MAX);

    buf_printf(&key, "trouble %s", name);
    buf_add_char(&key, '\0');
    if (trouble.n == 0) {
        since->ms = 0;
        alerts_state(d, ALERT_TROUBLE_OVER, key.p, 0, SLICE(""), slice_of(name));
    } else if (since->ms == 0 || since->ms > d->now.ms) {
        *since = d->now;
    } else if (d->now.ms - since->ms >= LASTS_MS) {
        alerts_state(d, ALERT_TROUBLE, key.p, 0, SLICE(""), trouble);
    }
    buf_done(&key);
}

void alerts_troubles(struct alerts *a)
{
    struct daemon *d = a->d;
    struct buf words = buf_make(WORDS_MAX);

    (void)store_trouble(d->store, &words);
    look_at(a, 0, "state on disk", buf_slice(&words));
    buf_clear(&words);
    if (d->helper_trouble.n > 0 && d->can_act)
        buf_printf(&words, "the privileged helper: %.*s", SLICE_ARG(buf_slice(&d->helper_trouble)));
    look_at(a, 1, "helper", buf_slice(&words));
    buf_clear(&words);
    if (d->files_trouble.n > 0)
        buf_printf(&words, "the lock files cannot be written: %.*s",
                   SLICE_ARG(buf_slice(&d->files_trouble)));
    look_at(a, 2, "lock files", buf_slice(&words));
    buf_clear(&words);
    if (d->conf_trouble.n > 0)
        buf_printf(&words, "the settings were changed and are wrong: %.*s",
                   SLICE_ARG(slice_head_utf8(buf_slice(&d->conf_trouble), 400)));
    look_at(a, 3, "settings", buf_slice(&words));
    buf_done(&words);
}
