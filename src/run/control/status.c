/* status.c - is all well? */
#include <stdlib.h>
#include <unistd.h>

#include "run/control/parts.h"
#include "run/figures/json.h"

#include "base/ban.h"

enum { STOPPED_MAX = 20, WORDS_MAX = 600 };

static void attachment(json_t *list, const char *name, const char *what, const char *state,
                       struct slice where, struct slice words, const char *fix, json_t *more)
{
    json_t *one =
        json_pack("{ss ss ss so so ss so so so so so so}", "name", name, "what", what, "state",
                  state, "where", json_text(where), "words", json_text(words), "fix", fix,
                  "connections", json_null(), "requests", json_null(), "last", json_null(),
                  "position", json_null(), "size", json_null(), "lag_ms", json_null());

    if (more != NULL)
        json_object_update(one, more);
    json_decref(more);
    json_array_append_new(list, one);
}

static void add_places(struct buf *out, const struct conf_listens *l)
{
    for (uint32_t i = 0; i < l->n; i++)
        buf_printf(out, "%s%s", i > 0 ? ", " : "", l->all[i].text);
}

static void door(const struct daemon *d, json_t *list, const char *name, const char *what,
                 const struct conf_listens *places, const char *fix, json_int_t connections,
                 json_int_t requests, struct wall last)
{
    struct buf where = buf_make(WORDS_MAX);
    const char *state = places->n == 0 ? "off" : requests > 0 ? "ok" : "unwired";

    add_places(&where, places);
    attachment(list, name, what, state, buf_slice(&where), SLICE(""),
               strcmp(state, "unwired") == 0 ? fix : "",
               places->n == 0 ? NULL
                              : json_pack("{sI sI so}", "connections", connections, "requests",
                                          requests, "last", part_time(d, last)));
    buf_done(&where);
}

static void doors(const struct daemon *d, json_t *list)
{
    const struct conf_daemon *c = &d->boot->daemon;
    struct policy_door_stats policy = { 0 };
    struct socketmap_door_stats socketmap = { 0 };
    struct auth_door_stats auth = { 0 };

    if (d->policy != NULL)
        policy_door_stats(d->policy, &policy);
    if (d->socketmap != NULL)
        socketmap_door_stats(d->socketmap, &socketmap);
    if (d->auth != NULL)
        auth = auth_door_stats(d->auth);
    door(d, list, "policy", "Postfix policy service", &c->policy, "mailfuse setup postfix --apply",
         policy.door.connections, (json_int_t)d->policy_requests, d->last_policy);
    door(d, list, "socketmap", "Postfix lookup tables", &c->socketmap, "",
         socketmap.door.connections, (json_int_t)socketmap.door.requests, (struct wall){ 0 });
    door(d, list, "auth-policy", "Dovecot auth policy server", &c->auth_policy,
         "mailfuse setup dovecot --apply", auth.connections, (json_int_t)d->auth_requests,
         d->last_auth);
}

static void logs(const struct daemon *d, json_t *list)
{
    for (size_t i = 0; i < d->logs_n; i++) {
        const struct log_state *l = &d->logs[i];
        bool journal = strcmp(l->name, "the journal") == 0;
        const char *state = l->trouble[0] != '\0' ? "trouble" : l->last.ms > 0 ? "ok" : "waiting";

        attachment(list, journal ? "journal" : "log", "mail log", state, slice_of(l->name),
                   slice_of(l->trouble), "",
                   l->last.ms > 0 ? json_pack("{so}", "last", part_time(d, l->last)) : NULL);
    }
    if (d->logs_n == 0)
        attachment(list, "log", "mail log", "off", SLICE(""), SLICE(""), "", NULL);
}

static void files(const struct daemon *d, json_t *list)
{
    const struct conf_daemon *c = &d->conf->daemon;
    struct buf words = buf_make(WORDS_MAX);
    bool map = c->postfix_lock_map.text[0] != '\0', deny = c->dovecot_deny_file[0] != '\0';
    const char *state = d->files_trouble.n > 0 ? "trouble" : "ok";

    attachment(list, "lock-map", "Postfix's table of locked accounts", map ? state : "off",
               slice_of(c->postfix_lock_map.text), map ? buf_slice(&d->files_trouble) : SLICE(""),
               "", NULL);
    attachment(list, "deny-file", "Dovecot's file of locked accounts", deny ? state : "off",
               slice_of(c->dovecot_deny_file), deny ? buf_slice(&d->files_trouble) : SLICE(""), "",
               NULL);
    buf_add(&words, buf_slice(&d->helper_trouble));
    attachment(list, "helper", "privileged helper", words.n > 0 ? "trouble" : "ok", SLICE(""),
               buf_slice(&words), "", NULL);
    buf_clear(&words);
    attachment(list, "store", "state on disk", store_trouble(d->store, &words) ? "trouble" : "ok",
               slice_of(d->boot->daemon.state_directory), buf_slice(&words), "", NULL);
    buf_clear(&words);
    state = dnsbl_watch_state(d, &words);
    attachment(list, "dnsbl", "DNS lists", state, SLICE(""), buf_slice(&words), "",
               dnsbl_watch_last(d).ms > 0
                   ? json_pack("{so}", "last", part_time(d, dnsbl_watch_last(d)))
                   : NULL);
    buf_clear(&words);
    state = relay_switch_state(d, &words);
    attachment(list, "relay", "emergency relay", state, slice_of(d->boot->daemon.relay.host),
               buf_slice(&words), "", NULL);
    attachment(list, "geo", "countries and networks", d->geo != NULL ? "ok" : "off", SLICE(""),
               SLICE(""), "", NULL);
    buf_done(&words);
}

static int by_number_down(const void *a, const void *b)
{
    const struct box_incident *const *x = a, *const *y = b;

    return (*x)->number < (*y)->number ? 1 : (*x)->number > (*y)->number ? -1 : 0;
}

static json_t *stopped(const struct daemon *d, json_int_t *open, json_int_t *today)
{
    const struct box_incident **all, *i;
    json_t *out = json_array();
    uint32_t n = 0, count = 0;
    int64_t day = (d->now.ms + d->utc_offset_s * (int64_t)SECOND_MS) / DAY_MS;

    while (box_at(d->box, count) != NULL)
        count++;
    all = calloc(count + 1, sizeof *all);
    for (uint32_t k = 0; all != NULL && (i = box_at(d->box, k)) != NULL; k++) {
        bool ended = i->state == BOX_CLEARED || i->state == BOX_CLOSED;

        if (i->number == 0)
            continue;
        *open += !ended;
        *today += (i->since.ms + d->utc_offset_s * (int64_t)SECOND_MS) / DAY_MS == day;
        if (!ended)
            all[n++] = i;
    }
    if (n > 0)
        qsort(all, n, sizeof *all, by_number_down);
    for (uint32_t k = 0; k < n && k < STOPPED_MAX; k++)
        json_array_append_new(
            out,
            json_pack(
                "{so ss ss so si ss ss}", "account", json_text(all[k]->subject.name), "kind",
                part_kind(all[k]->subject.kind), "stage", part_stage_of(all[k]), "since",
                part_time(d, all[k]->locked.ms != 0 ? all[k]->locked : all[k]->held_from),
                "incident", (int)all[k]->number, "by",
                json_text(all[k]->by_hand && all[k]->by.n > 0 ? all[k]->by : SLICE("mailfuse")),
                "mode", all[k]->state == BOX_OBSERVED ? "observe" : "enforce"));
    free(all);
    return out;
}

static void count_refused(void *ctx, const struct bruteforce_refused *r)
{
    json_int_t *n = ctx;

    *n += r->why == BRUTEFORCE_ADDRESS || r->why == BRUTEFORCE_NETWORK;
}

static json_t *warnings(struct daemon *d)
{
    struct buf words = buf_make(WORDS_MAX);
    struct box_count count = box_count(d->box);
    json_t *out = json_array();

    if (store_trouble(d->store, &words))
        json_array_append_new(out, json_text(buf_slice(&words)));
    buf_clear(&words);
    backlog_watch_words(d, &words);
    if (words.n > 0)
        json_array_append_new(out, json_text(buf_slice(&words)));
    buf_clear(&words);
    spool_watch_words(d, &words);
    if (words.n > 0)
        json_array_append_new(out, json_text(buf_slice(&words)));
    if (count.troubled > 0)
        json_array_append_new(out,
                              json_sprintf("%u steps could not be taken yet: mailfuse incidents",
                                           (unsigned)count.troubled));
    if (d->conf->daemon.mode == CONF_ENFORCE && !d->can_act)
        json_array_append_new(out, json_string("it only observes: it was not started as root"));
    if (!d->caught_up)
        json_array_append_new(out, json_string("the logs are still being caught up with"));
    if (detect_forgotten(d->detect) > 0)
        json_array_append_new(out, json_string("there are more accounts than can be watched"));
    if (relay_switch_on(d))
        json_array_append_new(out, json_string("mail leaves by the emergency relay: mailfuse "
                                               "relay emergency status"));
    if (dnsbl_watch_listed(d) > 0)
        json_array_append_new(out, json_sprintf("%u entries of ours on DNS lists: mailfuse delist",
                                                (unsigned)dnsbl_watch_listed(d)));
    buf_clear(&words);
    refusal_watch_words(d, &words);
    if (words.n > 0)
        json_array_append_new(out, json_text(buf_slice(&words)));
    buf_done(&words);
    return out;
}

json_t *part_last_hour(struct daemon *d)
{
    return json_pack("{sI sI sI sI}", "messages",
                     (json_int_t)hour_sum(&d->hours[HOUR_MESSAGES], d->now), "recipients",
                     (json_int_t)hour_sum(&d->hours[HOUR_RECIPIENTS], d->now), "refused",
                     (json_int_t)hour_sum(&d->hours[HOUR_REFUSED], d->now), "login_failures",
                     (json_int_t)hour_sum(&d->hours[HOUR_FAILURES], d->now));
}

json_t *part_accounts(const struct daemon *d)
{
    struct box_count count = box_count(d->box);

    return json_pack("{si si si}", "known", (int)detect_count(d->detect), "held", (int)count.held,
                     "locked", (int)(count.locked + count.waiting));
}

void control_status(const struct control_call *c)
{
    struct daemon *d = c->d;
    struct box_count count = box_count(d->box);
    json_int_t open = 0, today = 0, refused = 0;
    json_t *list = json_array(), *who = stopped(d, &open, &today);

    open += part_cases_open(d);
    doors(d, list);
    logs(d, list);
    files(d, list);
    bruteforce_refused(d->bruteforce, d->now, count_refused, &refused);
    control_answer_with(
        c,
        json_pack("{ss si so so ss so s{so so so} so so so so so s{sI sI} so sI so so}", "version",
                  MAILFUSE_VERSION, "pid", (int)getpid(), "time", part_time(d, d->now), "started",
                  part_time(d, d->started), "mode", box_enforces(d->box) ? "enforce" : "observe",
                  "mode_since", part_time(d, d->mode_since), "config", "path",
                  json_text(slice_of(d->conf->path)), "read", part_time(d, d->conf_read), "trouble",
                  json_text(buf_slice(&d->conf_trouble)), "attachments", list, "accounts",
                  part_accounts(d), "stopped", who, "backlog", part_backlog(d), "queue",
                  part_amount(&count.mail), "incidents", "open", open, "today", today, "last_hour",
                  part_last_hour(d), "refused_addresses", refused, "warnings", warnings(d),
                  "figures", figures_json(d)));
}
