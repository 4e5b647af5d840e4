#include "setup/plan_postfix.h"

#include <stdio.h>

#include "act/lock_files.h"
#include "setup/restrictions.h"

#include "base/ban.h"

enum { NAME_MAX_ROOM = 512, VALUE_MAX = 256 * 1024 };

#define RECIPIENT "mailfuse_recipient_restrictions"
#define END_OF_DATA "mailfuse_end_of_data_restrictions"

/* How Postfix asks. Without try_limit=1: when a kept connection broke, with a restart of mailfuse,
 * the session would not be asked about again until its end. Without request_limit: the end of a
 * connection is the end of what was begun on it, and limits count what is under way. */
#define ASK "check_policy_service { %s, timeout=3s, default_action=DUNNO }"

/* The two lists, and what stands at their front. */
static const struct {
    const char *list, *macro, *why;
} lists[] = {
    { "smtpd_recipient_restrictions", RECIPIENT,
      "Postfix asks mailfuse about each recipient before anything else can let the mail pass: a "
      "permit_sasl_authenticated in front of it would end the list." },
    { "smtpd_end_of_data_restrictions", END_OF_DATA,
      "Postfix asks once more when the message is complete: then its size and the number of its "
      "recipients are known, and it can be held." },
};

/* A walk over the services. */
struct walk {
    struct plan *plan;
    const struct postfix_texts *texts;
    const struct conf_daemon *daemon;
    struct slice queue;
    char endpoint[CONF_UNIX_PATH_MAX + 64];
    bool chroot_by_default, relays, referred[COUNT(lists)];
};

bool setup_value(struct slice lines, const char *name, struct slice *value)
{
    struct slice wanted = slice_of(name), line;
    bool more = lines.n > 0;

    while (more) {
        struct slice head;

        more = slice_cut(&lines, '\n', &line);
        if (!more)
            line = lines;
        if (slice_cut(&line, '=', &head) && slice_eq(slice_trim(head), wanted)) {
            *value = slice_trim(line);
            return true;
        }
    }
    return false;
}

const char *setup_map_suffix(const char *type)
{
    static const struct {
        const char *type, *suffix;
    } suffixes[] = { { "lmdb", ".lmdb" }, { "cdb", ".cdb" } };

    for (size_t i = 0; i < COUNT(suffixes); i++)
        if (strcmp(suffixes[i].type, type) == 0)
            return suffixes[i].suffix;
    return ".db";
}

/* A list that has a way to mailfuse already; false when it has none. */
static bool wired(struct walk *w, const char *name, struct slice list, size_t which)
{
    char reference[NAME_MAX_ROOM];
    bool ours, by_hand;

    snprintf(reference, sizeof reference, "$%s", lists[which].macro);
    ours = restrictions_mention(list, reference);
    by_hand = !ours && restrictions_mention(list, "check_policy_service") &&
              restrictions_mention(list, w->endpoint);
    w->referred[which] |= ours;
    if ((ours && restrictions_ended_before(list, reference)) ||
        (by_hand && restrictions_ended_before(list, w->endpoint)))
        plan_note(w->plan,
                  "%s: something that may end the list stands before mailfuse, which is then not "
                  "asked; move it to the front.",
                  name);
    if (by_hand && !restrictions_mention(list, "default_action=DUNNO"))
        plan_note(w->plan,
                  "%s: asks mailfuse already, but without default_action=DUNNO: mail stops when "
                  "mailfuse does not run. Write " ASK ".",
                  name, w->endpoint);
    else if (by_hand && (restrictions_mention(list, "try_limit=1") ||
                         restrictions_mention(list, "request_limit=1")))
        plan_note(w->plan,
                  "%s: with try_limit=1 sessions are not asked about after a restart of mailfuse, "
                  "with request_limit=1 limits miss what is under way. Write " ASK ".",
                  name, w->endpoint);
    return ours || by_hand;
}

/* Put the reference in front of a list of main.cf. */
static void refer_main(struct walk *w, size_t which)
{
    CLEANUP(buf_done) struct buf after = buf_make(VALUE_MAX);
    struct slice before = { NULL, 0 };
    bool set = setup_value(w->texts->settings, lists[which].list, &before);

    if (plan_find(w->plan, STEP_MAIN_CF, lists[which].list) != NULL ||
        wired(w, lists[which].list, before, which))
        return;
    buf_printf(&after, "$%s%s%.*s", lists[which].macro, before.n > 0 ? ", " : "",
               SLICE_ARG(before));
    w->referred[which] = true;
    plan_step(w->plan, &(struct step){ .kind = STEP_MAIN_CF,
                                       .name = lists[which].list,
                                       .before = set ? plan_copy(w->plan, before) : NULL,
                                       .after = plan_copy(w->plan, buf_slice(&after)),
                                       .why = lists[which].why });
}

/* The same for a list of one service. set: master.cf overrides it already. */
static void refer_master(struct walk *w, const char *name, struct slice before, bool set,
                         size_t which)
{
    CLEANUP(buf_done) struct buf after = buf_make(VALUE_MAX);

    if (wired(w, name, before, which))
        return;
    buf_printf(&after, "$%s%s", lists[which].macro, before.n > 0 ? "," : "");
    if (!restrictions_compact(before, &after)) {
        plan_note(w->plan,
                  "%s: has a value in braces that postconf -P cannot write. Put $%s in front of "
                  "it in master.cf by hand.",
                  name, lists[which].macro);
        w->referred[which] = true;
        return;
    }
    w->referred[which] = true;
    plan_step(w->plan, &(struct step){ .kind = STEP_MASTER_CF,
                                       .name = name,
                                       .before = set ? plan_copy(w->plan, before) : NULL,
                                       .after = plan_copy(w->plan, buf_slice(&after)),
                                       .why = lists[which].why });
}

/* The value of a parameter for a service, with a "$name" of main.cf looked up. */
static struct slice value_for(const struct walk *w, const char *service, const char *parameter,
                              const char *otherwise)
{
    char name[NAME_MAX_ROOM];
    struct slice value = slice_of(otherwise);

    if ((size_t)snprintf(name, sizeof name, "%s/%s", service, parameter) >= sizeof name ||
        !setup_value(w->texts->overrides, name, &value))
        (void)setup_value(w->texts->settings, parameter, &value);
    if (value.n > 1 && value.p[0] == '$') {
        struct slice inner = slice_from(value, 1);

        if (inner.n > 2 && (inner.p[0] == '{' || inner.p[0] == '('))
            inner = slice_head(slice_from(inner, 1), inner.n - 2);
        snprintf(name, sizeof name, "%.*s", SLICE_ARG(inner));
        (void)setup_value(w->texts->settings, name, &value);
    }
    return value;
}

/* How a service reaches mailfuse; the first place that does for all services. */
static void choose_endpoint(struct walk *w, bool chroot)
{
    for (uint32_t i = 0; i < w->daemon->policy.n && w->endpoint[0] == '\0'; i++) {
        const struct conf_listen *l = &w->daemon->policy.all[i];
        struct slice path = slice_of(l->path);
        char ip[IP_TEXT_MAX];

        if (l->path == NULL && (ip_none(&l->ip) || !ip_is_v4(&l->ip)))
            snprintf(w->endpoint, sizeof w->endpoint, "inet:[%s]:%u",
                     ip_none(&l->ip) ? "::1" : ip_text(&l->ip, ip), (unsigned)l->port);
        else if (l->path == NULL)
            snprintf(w->endpoint, sizeof w->endpoint, "inet:%s:%u",
                     strcmp(ip_text(&l->ip, ip), "0.0.0.0") == 0 ? "127.0.0.1" : ip,
                     (unsigned)l->port);
        else if (slice_skip(&path, w->queue) && slice_skip(&path, SLICE("/")))
            snprintf(w->endpoint, sizeof w->endpoint, "unix:%.*s", SLICE_ARG(path));
        else if (!chroot)
            snprintf(w->endpoint, sizeof w->endpoint, "unix:%s", l->path);
    }
    if (w->endpoint[0] == '\0')
        plan_refuse(w->plan,
                    "no place of policy-listen can be reached by Postfix%s; write "
                    "policy-listen = \"inet:127.0.0.1:10040\"",
                    chroot ? ", which runs chrooted in its queue directory" : "");
}

static void take_word(struct slice *rest, struct slice *word)
{
    *rest = slice_trim(*rest);
    if (!slice_cut(rest, ' ', word)) {
        *word = *rest;
        rest->n = 0;
    }
}

/* A service that is reached from this machine only takes back what a content filter was given. */
static bool is_for_filters(struct slice name)
{
    return slice_starts(name, SLICE("127.")) || slice_starts(name, SLICE("localhost:")) ||
           slice_starts(name, SLICE("[::1]:"));
}

/* One line of `postconf -M`. False when it is no service that is to ask: with logins, or one where
 * hosts relay without. */
static bool asking_service(const struct walk *w, struct slice line, char name[NAME_MAX_ROOM],
                           bool *chroot)
{
    enum { NAME, TYPE, CHROOT = 4, COMMAND = 7, FIELDS };
    struct slice field[FIELDS];

    for (size_t i = 0; i < FIELDS; i++)
        take_word(&line, &field[i]);
    if (!slice_eq(field[COMMAND], SLICE("smtpd")) || field[NAME].n == 0)
        return false;
    snprintf(name, NAME_MAX_ROOM, "%.*s/%.*s", SLICE_ARG(field[NAME]), SLICE_ARG(field[TYPE]));
    *chroot = slice_eq(field[CHROOT], SLICE("y")) ||
              (slice_eq(field[CHROOT], SLICE("-")) && w->chroot_by_default);
    return (w->relays && !is_for_filters(field[NAME])) ||
           slice_eq_nocase(value_for(w, name, "smtpd_sasl_auth_enable", "no"), SLICE("yes"));
}

/* The service alone has logins, by its own -o, and main.cf has nothing for that list: then a list
 * of its own keeps inbound mail of other services out of it. */
static bool wants_own_list(const struct walk *w, const char *service, const char *list)
{
    struct slice value = { NULL, 0 };
    char name[NAME_MAX_ROOM];

    (void)setup_value(w->texts->settings, list, &value);
    return value.n == 0 &&
           (size_t)snprintf(name, sizeof name, "%s/smtpd_sasl_auth_enable", service) <
               sizeof name &&
           setup_value(w->texts->overrides, name, &value);
}

static void refer(struct walk *w, const char *service)
{
    for (size_t i = 0; i < COUNT(lists); i++) {
        char name[NAME_MAX_ROOM];
        struct slice before = { NULL, 0 };
        bool set;

        if ((size_t)snprintf(name, sizeof name, "%s/%s", service, lists[i].list) >= sizeof name)
            continue;
        set = setup_value(w->texts->overrides, name, &before);
        if (set || wants_own_list(w, service, lists[i].list))
            refer_master(w, name, before, set, i);
        else
            refer_main(w, i);
    }
}

/* Call `refer` for each service that is to ask, or only count them and see whether one is chrooted.
 */
static void each_service(struct walk *w, bool count, bool *chroot)
{
    struct slice rest = w->texts->services, line;
    bool more = rest.n > 0;

    while (more) {
        char name[NAME_MAX_ROOM];
        bool jailed = false;

        more = slice_cut(&rest, '\n', &line);
        if (!asking_service(w, more ? line : rest, name, &jailed))
            continue;
        *chroot |= jailed;
        w->plan->found += count;
        if (!count)
            refer(w, name);
    }
}

/* What the references stand for. */
static void define(struct walk *w)
{
    for (size_t i = 0; i < COUNT(lists); i++) {
        CLEANUP(buf_done) struct buf after = buf_make(VALUE_MAX);
        struct slice before = { NULL, 0 };
        bool set = setup_value(w->texts->settings, lists[i].macro, &before);

        buf_printf(&after, ASK, w->endpoint);
        if (i == 0 && w->daemon->postfix_lock_map.text[0] != '\0')
            buf_printf(&after, ", check_sasl_access %s", w->daemon->postfix_lock_map.text);
        if (i == 0 && w->relays && w->daemon->postfix_lock_map.text[0] != '\0')
            buf_printf(&after, ", check_client_access %s" LOCK_CLIENTS_SUFFIX,
                       w->daemon->postfix_lock_map.text);
        if (!w->referred[i] || (set && slice_eq(before, buf_slice(&after))))
            continue;
        plan_step(w->plan, &(struct step){
                               .kind = STEP_MAIN_CF,
                               .name = lists[i].macro,
                               .before = set ? plan_copy(w->plan, before) : NULL,
                               .after = plan_copy(w->plan, buf_slice(&after)),
                               .why = i == 0 ? "How Postfix reaches mailfuse. When mailfuse does "
                                               "not answer, mail flows (DUNNO); accounts that "
                                               "were locked stay locked by the map."
                                             : "The same for complete messages." });
    }
}

/* Definitions first: a reference never stands for nothing. */
static void definitions_first(struct plan *plan)
{
    uint32_t to = 0;

    for (uint32_t i = 0; i < plan->steps_n; i++) {
        struct step step = plan->steps[i];

        if (!slice_starts(slice_of(step.name), SLICE("mailfuse_")))
            continue;
        memmove(&plan->steps[to + 1], &plan->steps[to], (i - to) * sizeof step);
        plan->steps[to++] = step;
    }
}

bool plan_postfix_relays(const struct postfix_texts *texts)
{
    struct slice value = { NULL, 0 };

    return texts->relay_clients || (setup_value(texts->settings, RECIPIENT, &value) &&
                                    restrictions_mention(value, "check_client_access"));
}

void plan_postfix(struct plan *plan, const struct postfix_texts *texts,
                  const struct conf_daemon *daemon)
{
    struct walk w = {
        .plan = plan, .texts = texts, .daemon = daemon, .relays = plan_postfix_relays(texts)
    };
    struct slice version = { NULL, 0 }, level = { NULL, 0 };
    struct slice major = { NULL, 0 }, minor;
    uint64_t number = 0;
    bool chroot = false;

    (void)setup_value(texts->facts, "mail_version", &version);
    (void)setup_value(texts->facts, "compatibility_level", &level);
    (void)setup_value(texts->facts, "queue_directory", &w.queue);
    minor = version;
    if (!slice_cut(&minor, '.', &major) || !slice_to_u64(major, &number) || number < 3) {
        plan_refuse(plan, "Postfix 3.0 or later is needed, for default_action=DUNNO; this is %.*s",
                    SLICE_ARG(version));
        return;
    }
    w.chroot_by_default = slice_eq(level, SLICE("0")) || level.n == 0;
    each_service(&w, true, &chroot);
    if (plan->found == 0) {
        plan_refuse(plan, "no service of master.cf runs smtpd with smtpd_sasl_auth_enable=yes: "
                          "there is nobody who logs in to submit mail");
        return;
    }
    choose_endpoint(&w, chroot);
    if (plan->refusal != NULL)
        return;
    each_service(&w, false, &chroot);
    define(&w);
    definitions_first(plan);
}
