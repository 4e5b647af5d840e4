/* send.c - a letter is written in the form of its way, and handed to the courier. */
#include <stdlib.h>

#include "base/hash.h"
#include "run/alerts/private.h"
#include "tell/letter.h"

#include "base/ban.h"

/* All that is told of one key is one thread. */
static void thread_of(const struct alerts *a, const struct desk_letter *letter, char out[128])
{
    const struct desk_entry *e = letter->entries[0];

    if (letter->n > 1)
        out[0] = '\0';
    else if (e->incident != 0)
        snprintf(out, 128, "incident-%u@%.64s", e->incident, a->id_host);
    else
        snprintf(out, 128, "about-%016llx@%.64s",
                 (unsigned long long)hash_slice(slice_of(e->key), 0), a->id_host);
}

static bool is_urgent(const struct desk_letter *letter)
{
    for (uint32_t i = 0; i < letter->n; i++)
        if (letter->entries[i]->severity == ALERT_CRITICAL)
            return true;
    return false;
}

static void send_mail(struct alerts *a, const struct desk_letter *letter, uint32_t source,
                      courier_done *done, void *ctx)
{
    const struct daemon *d = a->d;
    const struct conf_alerts *conf = &d->conf->daemon.alerts;
    const struct desk_entry *e = letter->entries[0];
    struct buf message = buf_make(ALERTS_MESSAGE_MAX);
    struct alert_words words;
    struct slice to = letter->id;
    char name[128], thread[128];
    struct letter_head head = { .from = slice_of(a->mail_from),
                                .host = slice_of(a->host),
                                .at = e->at,
                                .utc_offset_s = d->utc_offset_s,
                                .urgent = is_urgent(letter) };
    struct courier_letter out = { .kind = COURIER_MAIL,
                                  .tls = (enum courier_tls)conf->mail_tls,
                                  .where = slice_of(conf->mail_server),
                                  .ca_file = slice_of(conf->mail_ca_file),
                                  .from = slice_of(a->mail_from),
                                  .source = slice_of(alerts_source_text(a, source)),
                                  .user = slice_of(conf->mail_user),
                                  .secret_file = slice_of(conf->mail_password_file) };

    (void)(slice_skip(&to, SLICE("mail ")) || slice_skip(&to, SLICE("owner ")));
    alert_words_make(a, letter, TEMPLATE_WIDTH, &words);
    alerts_letter_name(a, letter, name);
    thread_of(a, letter, thread);
    head.to = to;
    head.id = slice_of(name);
    head.thread = slice_of(thread);
    head.language = letter->way != NULL ? slice_of(letter->way->language) : slice_of(e->language);
    head.kind = slice_of(alert_kind_row(letter->n > 1 ? ALERT_DIGEST : e->kind)->name);
    head.severity = slice_of(conf_severity_name(e->severity));
    if (!letter_write(&message, &head, buf_slice(&words.subject), buf_slice(&words.body)))
        daemon_say(d, 4, "an alert was too long and is cut"); /* LOG_WARNING */
    out.to = to;
    out.body = buf_slice(&message);
    (void)courier_send(d->courier, &out, done, ctx);
    alert_words_done(&words);
    buf_done(&message);
}

static void fill_command(const struct conf_way *way, const struct desk_entry *e,
                         struct courier_letter *out, char number[16])
{
    snprintf(number, 16, "%u", e->incident);
    out->kind = COURIER_COMMAND;
    out->where = slice_of(way->path);
    out->event = slice_of(alert_kind_row(e->kind)->name);
    out->incident = slice_of(e->incident != 0 ? number : "");
    out->subject = slice_of(e->subject);
    out->arguments_n = way->arguments_n;
    for (uint32_t i = 0; i < way->arguments_n; i++)
        out->arguments[i] = slice_of(way->arguments[i]);
}

static void send_json(struct alerts *a, const struct desk_letter *letter, courier_done *done,
                      void *ctx)
{
    const struct conf_way *way = letter->way;
    struct courier_letter out = { .kind = COURIER_WEBHOOK,
                                  .tls = COURIER_TLS_REQUIRE,
                                  .unverified = way->unverified,
                                  .where = slice_of(way->url),
                                  .ca_file = slice_of(way->ca_file),
                                  .secret_file = slice_of(way->secret_file),
                                  .authorization_file = slice_of(way->authorization_file) };
    struct alert_words words;
    char name[128], number[16], *text;
    json_t *json;

    alert_words_make(a, letter, 0, &words);
    alerts_letter_name(a, letter, name);
    json = way->kind == CONF_WAY_COMMAND || way->format == CONF_FORMAT_GENERIC
               ? alerts_event_json(a, letter, &words)
               : alerts_chat_json(way->format, &words, is_urgent(letter));
    text = json_dumps(json, JSON_COMPACT);
    out.name = slice_of(name);
    out.body = slice_of(text != NULL ? text : "{}");
    if (way->kind == CONF_WAY_COMMAND)
        fill_command(way, letter->entries[0], &out, number);
    (void)courier_send(a->d->courier, &out, done, ctx);
    free(text);
    json_decref(json);
    alert_words_done(&words);
}

void alerts_send(struct alerts *a, const struct desk_letter *letter, uint32_t source,
                 courier_done *done, void *ctx)
{
    if (desk_way_kind(letter->id) == CONF_WAY_MAIL || letter->way == NULL)
        send_mail(a, letter, source, done, ctx);
    else
        send_json(a, letter, done, ctx);
}
