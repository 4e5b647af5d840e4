#include "setup/plan_dovecot.h"

#include <stdio.h>

#include "setup/plan_postfix.h"

#include "base/ban.h"

enum { OWN_MAX = 64 * 1024, URL_MAX = 128 };

struct walk {
    struct plan *plan;
    const struct dovecot_texts *texts;
    const struct conf_daemon *daemon;
    uint64_t major, minor;
    char url[URL_MAX]; /* "": none */
    struct buf own;    /* being written */
    bool had_line;     /* dovecot.conf includes our file */
};

static bool mention(struct slice text, const char *word)
{
    return text.n > 0 && memmem(text.p, text.n, word, strlen(word)) != NULL;
}

/* "# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf" */
static bool read_version(struct walk *w)
{
    struct slice rest = w->texts->settings, line, major, minor;

    while (slice_cut(&rest, '\n', &line)) {
        if (!slice_skip(&line, SLICE("# ")) || !slice_cut(&line, '.', &major) ||
            !slice_to_u64(major, &w->major) || !slice_cut(&line, '.', &minor))
            continue;
        return slice_to_u64(minor, &w->minor) && (w->major > 2 || (w->major == 2 && w->minor >= 3));
    }
    return false;
}

/* The first place of auth-policy-listen that HTTP reaches. */
static void choose_url(struct walk *w)
{
    for (uint32_t i = 0; i < w->daemon->auth_policy.n && w->url[0] == '\0'; i++) {
        const struct conf_listen *l = &w->daemon->auth_policy.all[i];
        char ip[IP_TEXT_MAX];

        if (l->path != NULL)
            continue;
        if (ip_none(&l->ip) || !ip_is_v4(&l->ip))
            snprintf(w->url, sizeof w->url, "http://[%s]:%u/",
                     ip_none(&l->ip) ? "::1" : ip_text(&l->ip, ip), (unsigned)l->port);
        else
            snprintf(w->url, sizeof w->url, "http://%s:%u/",
                     strcmp(ip_text(&l->ip, ip), "0.0.0.0") == 0 ? "127.0.0.1" : ip,
                     (unsigned)l->port);
    }
    if (w->url[0] == '\0')
        plan_note(w->plan, "auth-policy-listen has no \"inet:\" place, and Dovecot knows no other: "
                           "it will not ask mailfuse about logins.");
}

/* One of doveconf's words that begins like this; they are separated by spaces. */
static bool has_mechanism(struct slice mechanisms, struct slice begin)
{
    struct slice word;

    do {
        if (!slice_cut(&mechanisms, ' ', &word)) {
            word = mechanisms;
            mechanisms = SLICE("");
        }
        if (slice_eq_nocase(slice_head(word, begin.n), begin))
            return true;
    } while (mechanisms.n > 0);
    return false;
}

/* Without a password there is nothing to ask before: Dovecot asks only afterwards, or not at all.
 * Where the client only proves that it knows it, Dovecot asks without a hash of it. */
static void note_mechanisms(struct walk *w)
{
    static const struct slice prove[] = { SLICE_INIT("CRAM"), SLICE_INIT("DIGEST"),
                                          SLICE_INIT("SCRAM"), SLICE_INIT("APOP") };
    struct slice mechanisms = { NULL, 0 };

    if (w->url[0] == '\0' || !setup_value(w->texts->settings, "auth_mechanisms", &mechanisms))
        return;
    if (has_mechanism(mechanisms, SLICE("GSS")))
        plan_note(w->plan, "auth_mechanisms: Dovecot does not ask mailfuse about logins with "
                           "GSSAPI. A locked account is refused by them only where Postfix asks "
                           "mailfuse.");
    for (size_t i = 0; i < COUNT(prove); i++)
        if (has_mechanism(mechanisms, prove[i])) {
            plan_note(w->plan,
                      "auth_mechanisms: CRAM-MD5, DIGEST-MD5, SCRAM and APOP do not tell mailfuse "
                      "which password was used. An account that was unlocked is refused by them "
                      "until it has logged in with its new password in another way, or mailfuse "
                      "unlock --force lets it; of repeated wrong passwords only some count.");
            return;
        }
}

/* The first passdb { } of doveconf -n denies from our file. */
static bool denies_first(const struct walk *w)
{
    struct slice rest = w->texts->settings, before, block;

    if (slice_starts(rest, SLICE("passdb ")))
        before = SLICE("");
    else if (!slice_cut_at(&rest, SLICE("\npassdb "), &before))
        return false;
    return slice_cut_at(&rest, SLICE("\n}"), &block) && mention(block, "deny = yes") &&
           mention(block, w->daemon->dovecot_deny_file);
}

static bool wants_deny(const struct walk *w)
{
    return w->daemon->dovecot_deny_file[0] != '\0' && w->daemon->lock_logins == CONF_LOCK_ALL;
}

/* The syntax changed. */
static bool is_24(const struct walk *w)
{
    return w->major > 2 || w->minor >= 4;
}

/* What Dovecot tells of a login: as it does by itself, and the mechanism. */
static const struct slice asked_23 = SLICE_INIT(
    "# The mechanism, too: hashes mean something only where it sends the password.\n"
    "auth_policy_request_attributes = login=%{requested_username} pwhash=%{hashed_password} "
    "remote=%{rip} device_id=%{client_id} protocol=%s session_id=%{session} mech=%{mech}\n");
static const struct slice asked_24 = SLICE_INIT(
    "# The mechanism, too: hashes mean something only where it sends the password.\n"
    "auth_policy_request_attributes {\n"
    "  login = %{requested_username}\n  pwhash = %{hashed_password}\n  remote = %{remote_ip}\n"
    "  device_id = %{client_id}\n  protocol = %{protocol}\n  session_id = %{session}\n"
    "  fail_type = %{fail_type}\n  mech = %{mechanism}\n"
    "}\n");

static void write_policy(struct walk *w)
{
    buf_printf(
        &w->own,
        "\n# Ask mailfuse before and after each login; when it does not answer, let in.\n"
        "auth_policy_server_url = %s\n"
        "# Secret: makes hashes of passwords useless elsewhere. Keep it.\n"
        "auth_policy_hash_nonce = %.*s\n",
        w->url,
        SLICE_ARG(w->texts->nonce.n > 0 ? w->texts->nonce : slice_of(w->texts->fresh_nonce)));
    if (w->daemon->auth_policy_key[0] != '\0')
        buf_printf(&w->own, "auth_policy_server_api_header = X-API-Key: %s\n",
                   w->daemon->auth_policy_key);
    buf_add(&w->own, is_24(w) ? asked_24 : asked_23);
    buf_printf(&w->own,
               "# So much of a hash tells one wrong password from another.\n"
               "auth_policy_hash_truncate = 16\n"
               "# When nobody answers, logins go on after this time. With a second question, after "
               "the\n# password was right, they could wait for a minute: Dovecot forgets its "
               "timeout.\n"
               "auth_policy_check_after_auth = no\n"
               "%s\n",
               is_24(w) ? "auth_policy {\n  http_client_request_absolute_timeout = 250ms\n}"
                        : "auth_policy_server_timeout_msecs = 250");
    buf_add(&w->own, SLICE("\n# Dovecot's own penalty would slow down everybody behind an address "
                           "where one account is locked.\n"
                           "service anvil {\n"
                           "  unix_listener anvil-auth-penalty {\n"
                           "    mode = 0\n"
                           "  }\n"
                           "}\n"));
}

static void write_deny(struct walk *w)
{
    buf_add(&w->own,
            SLICE("\n# Accounts that are locked stay locked when mailfuse does not run. Without "
                  "nodelay\n# a refusal would make others at that address wait.\n"));
    if (is_24(w))
        buf_printf(&w->own,
                   "passdb mailfuse-locked {\n  driver = passwd-file\n  passwd_file_path = %s\n"
                   "  deny = yes\n  fields {\n    nodelay = yes\n  }\n}\n",
                   w->daemon->dovecot_deny_file);
    else
        buf_printf(&w->own,
                   "passdb {\n  driver = passwd-file\n  args = %s\n  deny = yes\n"
                   "  default_fields = nodelay=y\n"
                   "  # or each login of somebody who is not in the list is logged as unknown\n"
                   "  auth_verbose = no\n}\n",
                   w->daemon->dovecot_deny_file);
}

/* Whether Dovecot does already, without our file, what that part would make it do. */
static bool by_hand(const struct walk *w, const char *part_of_ours, bool effective)
{
    return effective && !(w->had_line && mention(w->texts->own, part_of_ours));
}

/* The text that our file should have. Empty when nothing is left for it. */
static void write_own(struct walk *w)
{
    struct slice url = { NULL, 0 };
    bool asks = setup_value(w->texts->settings, "auth_policy_server_url", &url) && url.n > 0;
    size_t head;

    buf_add(&w->own, SLICE("# Written by mailfuse setup dovecot; mailfuse setup dovecot --undo "
                           "removes it.\n"));
    head = w->own.n;
    if (asks && !slice_eq(url, slice_of(w->url)) &&
        !(w->had_line && mention(w->texts->own, "auth_policy_server_url"))) {
        plan_refuse(w->plan,
                    "Dovecot asks another policy server already (auth_policy_server_url = %.*s), "
                    "and can ask only one; remove that first",
                    SLICE_ARG(url));
        return;
    }
    if (w->url[0] != '\0' && !by_hand(w, "auth_policy_server_url", asks))
        write_policy(w);
    if (wants_deny(w) && !by_hand(w, "deny = yes", denies_first(w)))
        write_deny(w);
    if (w->own.n == head)
        buf_clear(&w->own);
}

static bool has_line(struct slice text)
{
    struct slice line;

    while (slice_cut(&text, '\n', &line))
        if (slice_eq(line, SLICE(DOVECOT_INCLUDE)))
            return true;
    return false;
}

const char *plan_dovecot_own(struct plan *plan, const struct conf_daemon *daemon)
{
    CLEANUP(buf_done) struct buf path = buf_make(OWN_MAX);
    struct slice folder = slice_of(daemon->dovecot_config), name;

    if (slice_cut_last(&folder, '/', &name)) {
        buf_add(&path, folder);
        buf_add_char(&path, '/');
    }
    buf_add(&path, SLICE("mailfuse.conf"));
    return plan_copy(plan, buf_slice(&path));
}

static void make_steps(struct walk *w)
{
    const char *text = plan_copy(w->plan, buf_slice(&w->own));

    if (!w->texts->has_own || !slice_eq(w->texts->own, slice_of(text)))
        plan_step(
            w->plan,
            &(struct step){ .kind = STEP_FILE,
                            .name = plan_dovecot_own(w->plan, w->daemon),
                            .before = w->texts->has_own ? plan_copy(w->plan, w->texts->own) : NULL,
                            .after = text,
                            .mode = 0600,
                            .why = "Dovecot asks mailfuse about each login, and refuses "
                                   "locked accounts by itself when mailfuse does not run. "
                                   "The file has secrets: only root may read it." });
    if (!w->had_line)
        plan_step(w->plan,
                  &(struct step){ .kind = STEP_LINE,
                                  .name = w->daemon->dovecot_config,
                                  .after = DOVECOT_INCLUDE,
                                  .why = "In front of all other settings, so that the deny file is "
                                         "asked before any password." });
}

void plan_dovecot(struct plan *plan, const struct dovecot_texts *texts,
                  const struct conf_daemon *daemon)
{
    struct walk w = { .plan = plan, .texts = texts, .daemon = daemon, .own = buf_make(OWN_MAX) };

    plan->found = 1;
    w.had_line = has_line(texts->main);
    if (!read_version(&w)) {
        plan_refuse(plan, "Dovecot 2.3 or later is needed");
    } else {
        choose_url(&w);
        note_mechanisms(&w);
        write_own(&w);
        if (plan->refusal == NULL && w.own.n > 0)
            make_steps(&w);
    }
    if (daemon->dovecot_deny_file[0] != '\0' && !wants_deny(&w))
        plan_note(plan, "lock-logins = submission: Dovecot's deny file would refuse all logins, so "
                        "it is left out; when mailfuse does not run, only Postfix's map refuses "
                        "locked accounts.");
    if (w.url[0] != '\0' && daemon->auth_policy_key[0] == '\0')
        plan_note(plan, "There is no auth-policy-key: every program on this machine can report "
                        "made-up logins. Set auth-policy-key-file, and run this again.");
    buf_done(&w.own);
}
