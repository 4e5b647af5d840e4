/* private.h - private to this folder: the desk, what it is told with, and where letters go. */
#ifndef RUN_ALERTS_PRIVATE_H
#define RUN_ALERTS_PRIVATE_H

#include "act/courier_client.h"
#include "base/arena.h"
#include "run/alerts/alerts.h"
#include "run/daemon.h"
#include "run/json.h"
#include "tell/desk.h"
#include "tell/owners.h"
#include "tell/template.h"

enum { ALERTS_HOST_MAX = 256, ALERTS_BODY_MAX = 64 * 1024, ALERTS_MESSAGE_MAX = 512 * 1024 };

/* The last alert in a line of the log that is not written yet (log.h). */
struct alert_line {
    bool waits;
    enum alert_kind kind;
    int priority;
    uint32_t incident;
    struct buf text, fields;
    size_t words_at; /* in the text */
};

struct alerts {
    struct daemon *d;
    struct desk *desk;
    struct templates *templates;
    struct owners *owners;           /* NULL: nobody is known */
    char host[ALERTS_HOST_MAX];      /* the name of this machine */
    char mail_from[ALERTS_HOST_MAX]; /* what the settings say, or made of it */
    char id_host[ALERTS_HOST_MAX];   /* the domain of that, for Message-ID */
    uint64_t sent[CONF_WAY_KINDS], failed[CONF_WAY_KINDS], given_up[CONF_WAY_KINDS];
    struct wall trouble_since[4];                    /* server.c; 0: all is well */
    struct wall source_failed[CONF_SOURCES_MAX + 1]; /* source.c; 0: it did not */
    struct alert_line line;
    struct alert_trial *trials;
    struct under_way *under_way;
};

/* A letter in words, made for one way; everything lives in the arena. */
struct alert_words {
    struct arena arena;
    struct template_fields fields;
    struct buf subject, body;
    json_t *details; /* of a single alert */
};

/* words.c: in the language of the way, or of the owner.
 * width  columns of a line; 0: as long as it gets */
void alert_words_make(struct alerts *a, const struct desk_letter *letter, size_t width,
                      struct alert_words *out);
void alert_words_done(struct alert_words *w);

/* incident.c: what is known of an incident now. A new reference. */
json_t *alerts_incident_details(struct daemon *d, const struct box_incident *i);

/* json.c: what a webhook or a command is sent. A new reference. */
json_t *alerts_event_json(struct alerts *a, const struct desk_letter *letter,
                          const struct alert_words *words);
json_t *alerts_chat_json(enum conf_format format, const struct alert_words *words, bool urgent);

/* A name for the letter, the same at each attempt. */
void alerts_letter_name(const struct alerts *a, const struct desk_letter *letter, char out[128]);

/* send.c: hand a letter to the courier.
 * source  for mail: a place in source-addresses, as alerts_source gives it */
void alerts_send(struct alerts *a, const struct desk_letter *letter, uint32_t source,
                 courier_done *done, void *ctx);

/* source.c: where the next mail is to come from: a place in source-addresses, or behind the
 * last: whatever the system takes. Never NULL: its text, "" for that. */
uint32_t alerts_source(const struct alerts *a);
const char *alerts_source_text(const struct alerts *a, uint32_t place);

/* What became of a letter from there. True: it failed because of that address, and there is
 * another one that did not. */
bool alerts_source_answered(struct alerts *a, uint32_t place, enum courier_result result,
                            struct slice words);

/* server.c */
void alerts_troubles(struct alerts *a);

/* keep.c: on disk, and back. */
struct desk_keeper alerts_keeper(struct alerts *a);
NODISCARD int alerts_read(struct alerts *a, struct buf *error);

/* trial.c: what was begun by "alert test". */
void alerts_trials_look(struct alerts *a);
void alerts_trials_free(struct alerts *a);

#endif
