#include "setup/plan_relay.h"

#include "act/relay_map.h"
#include "conf/value.h"
#include "setup/restrictions.h"

#include "base/ban.h"

enum { VALUE_MAX = 256 * 1024, SMTPS = 465 };

#define MAPS "sender_dependent_default_transport_maps"
#define MACRO "mailfuse_relay_maps"
#define SERVICE_NAME RELAY_SERVICE "/unix"

/* The words of a line of master.cf; false at its end. */
static bool next_word(struct slice *rest, struct slice *word)
{
    *rest = slice_trim(*rest);
    if (rest->n == 0)
        return false;
    if (!slice_cut(rest, ' ', word)) {
        *word = *rest;
        rest->n = 0;
    }
    return true;
}

/* The line of a service among those of `postconf -M`; false when there is none. */
static bool find_service(struct slice lines, const char *name, struct slice *line)
{
    bool more = lines.n > 0;

    while (more) {
        struct slice rest, word = { NULL, 0 }, type = { NULL, 0 };

        more = slice_cut(&lines, '\n', line);
        if (!more)
            *line = lines;
        rest = *line;
        if (next_word(&rest, &word) && next_word(&rest, &type) && slice_eq(word, slice_of(name)) &&
            slice_eq(type, SLICE("unix")))
            return true;
    }
    return false;
}

/* The same words, whatever is between them. */
static bool same_words(struct slice a, struct slice b)
{
    struct slice x, y;
    bool more;

    do {
        more = next_word(&a, &x);
        if (more != next_word(&b, &y) || (more && !slice_eq(x, y)))
            return false;
    } while (more);
    return true;
}

/* Is the usual smtp client chrooted? Then this one is, too. */
static char chroot_of(const struct postfix_texts *texts)
{
    enum { CHROOT = 4 };
    struct slice line, word = { NULL, 0 };

    if (!find_service(texts->services, "smtp", &line))
        return 'n';
    for (int i = 0; i <= CHROOT; i++)
        if (!next_word(&line, &word))
            return 'n';
    return slice_eq(word, SLICE("y")) ? 'y' : slice_eq(word, SLICE("n")) ? 'n' : '-';
}

static void add_tls(struct buf *out, const struct conf_relay *r)
{
    static const char *const levels[] = { [CONF_RELAY_SECURE] = "secure",
                                          [CONF_RELAY_ENCRYPT] = "encrypt",
                                          [CONF_RELAY_PLAIN] = "none" };
    struct slice host;
    uint16_t port = 0;

    (void)conf_relay_host_parse(slice_of(r->host), &host, &port);
    buf_printf(out, " -o smtp_tls_security_level=%s -o smtp_tls_policy_maps=", levels[r->tls]);
    if (r->tls == CONF_RELAY_SECURE)
        buf_printf(out, " -o smtp_tls_CAfile=%s -o smtp_tls_secure_cert_match=nexthop", r->ca_file);
    if (r->tls != CONF_RELAY_PLAIN && port == SMTPS)
        buf_printf(out, " -o smtp_tls_wrappermode=yes");
}

static void add_login(struct buf *out, const struct conf_relay *r)
{
    if (r->credentials[0] == '\0') {
        buf_printf(out, " -o smtp_sasl_auth_enable=no");
        return;
    }
    buf_printf(out,
               " -o smtp_sasl_auth_enable=yes -o smtp_sasl_password_maps=texthash:%s"
               " -o smtp_sasl_security_options=noanonymous"
               " -o smtp_sasl_tls_security_options=noanonymous",
               r->credentials);
}

static void plan_service(struct plan *plan, const struct postfix_texts *texts,
                         const struct conf_relay *r)
{
    CLEANUP(buf_done) struct buf after = buf_make(VALUE_MAX);
    struct slice before = { NULL, 0 };
    bool there = find_service(texts->services, RELAY_SERVICE, &before);

    buf_printf(&after,
               RELAY_SERVICE " unix - - %c - 20 smtp -o syslog_name=postfix/" RELAY_SERVICE
                             " -o smtp_fallback_relay= -o smtp_sender_dependent_authentication=no",
               chroot_of(texts));
    add_tls(&after, r);
    add_login(&after, r);
    if (there && same_words(before, buf_slice(&after)))
        return;
    plan_step(plan, &(struct step){ .kind = STEP_SERVICE,
                                    .name = SERVICE_NAME,
                                    .before = there ? plan_copy(plan, before) : NULL,
                                    .after = plan_copy(plan, buf_slice(&after)),
                                    .why = "The way to the relay, with a login and a level of TLS "
                                           "of its own. Twenty connections at a time." });
}

static void plan_main(struct plan *plan, const struct postfix_texts *texts, const char *name,
                      struct slice after, const char *why)
{
    struct slice before = { NULL, 0 };
    bool set = setup_value(texts->settings, name, &before);

    if (set && slice_eq(before, after))
        return;
    plan_step(plan, &(struct step){ .kind = STEP_MAIN_CF,
                                    .name = name,
                                    .before = set ? plan_copy(plan, before) : NULL,
                                    .after = plan_copy(plan, after),
                                    .why = why });
}

static void plan_maps(struct plan *plan, const struct postfix_texts *texts, const char *map)
{
    CLEANUP(buf_done) struct buf value = buf_make(VALUE_MAX);
    CLEANUP(buf_done) struct buf list = buf_make(VALUE_MAX);
    struct slice before = { NULL, 0 };

    buf_printf(&value, "%s" RELAY_MAP_SUFFIX ", pipemap:{static:*,%s" RELAY_MAP_SUFFIX "}", map,
               map);
    plan_main(plan, texts, MACRO, buf_slice(&value),
              "Which sender's mail takes the relay: a plain map, empty while it is off. mailfuse "
              "writes it, Postfix reads it, and neither waits for the other.");
    (void)setup_value(texts->settings, MAPS, &before);
    if (restrictions_mention(before, "$" MACRO))
        return;
    buf_printf(&list, "$" MACRO "%s%.*s", before.n > 0 ? ", " : "", SLICE_ARG(before));
    plan_main(plan, texts, MAPS, buf_slice(&list),
              "Asked for mail to other servers only; mail for this machine and what transport_maps "
              "routes keeps its way.");
}

/* What stands in the way of the relay. */
static void add_notes(struct plan *plan, const struct postfix_texts *texts,
                      const struct conf_relay *r)
{
    struct slice value = { NULL, 0 };

    if (r->tls == CONF_RELAY_PLAIN)
        plan_note(plan, "tls = none: mail and password travel in the clear.");
    if (r->tls == CONF_RELAY_ENCRYPT)
        plan_note(plan, "tls = encrypt: whoever answers in the relay's place gets the password.");
    if (setup_value(texts->settings, "transport_maps", &value) && value.n > 0)
        plan_note(plan, "transport_maps is set: what it routes to other servers never takes the "
                        "relay.");
    plan_note(plan, "mailfuse relay test tells whether the relay takes our mail; do it now, and "
                    "once a month: without that it is not switched on.");
}

void plan_relay(struct plan *plan, const struct postfix_texts *texts,
                const struct conf_daemon *daemon)
{
    const struct conf_relay *r = &daemon->relay;
    struct slice version = { NULL, 0 }, major = { NULL, 0 };
    uint64_t number = 0;

    (void)setup_value(texts->facts, "mail_version", &version);
    if (!slice_cut(&version, '.', &major) || !slice_to_u64(major, &number) || number < 3) {
        plan_refuse(plan, "Postfix 3.0 or later is needed, for pipemap");
        return;
    }
    if (r->host[0] == '\0' || daemon->postfix_lock_map.text[0] == '\0') {
        plan_refuse(plan,
                    "the settings name no relay: write relay { host = "
                    "\"[smtp.example.test]:587\" ... }%s",
                    r->host[0] == '\0' ? "" : " and postfix-lock-map, beside which its map stands");
        return;
    }
    plan->found = 1;
    plan_service(plan, texts, r);
    plan_maps(plan, texts, daemon->postfix_lock_map.text);
    add_notes(plan, texts, r);
}
