/* auth.c - what Dovecot hears about a login, and what it tells of it. */
#include "base/hash.h"
#include "run/daemon.h"

#include "base/ban.h"

/* One login, in the words of box and brute-force protection. */
struct attempt {
    char room[ADDRESS_MAX];
    struct box_login login;
    struct login_attempt guess;
};

static void look_at(struct daemon *d, const struct auth_request *r, struct attempt *a)
{
    struct slice account;

    *a = (struct attempt){ .login = { .protocol = r->protocol, .at = d->now } };
    account = account_fold(r->login, a->room);
    a->login.subject = subject_make(SUBJECT_ACCOUNT, account);
    a->login.password = box_password_key(r->pwhash);
    (void)ip_parse(r->remote, &a->login.ip);
    a->guess = (struct login_attempt){
        .account = account.n > 0 ? a->login.subject.hash : 0,
        .ip = a->login.ip,
        .pwhash = (uint32_t)hash_slice(r->pwhash, 0),
        .has_pwhash = r->pwhash.n > 0,
    };
    if (ip_none(&a->login.ip))
        return;
    a->guess.shared = judge_place(&d->judge, &a->login.ip)->shared;
    if (account.n > 0)
        a->guess.known = detect_knows_network(d->detect, &a->login.subject, &a->login.ip, d->now,
                                              d->utc_offset_s);
}

/* A lock refuses logins everywhere, or only those that send mail. */
static bool lock_counts(const struct daemon *d, const struct auth_request *r)
{
    return d->conf->daemon.lock_logins == CONF_LOCK_ALL || slice_eq(r->protocol, SLICE("smtp")) ||
           slice_eq(r->protocol, SLICE("submission"));
}

static void refuse(struct daemon *d, struct auth_answer *answer, enum counts_login kind,
                   struct slice why)
{
    d->counts.logins[kind]++;
    buf_clear(&d->auth_words);
    buf_add(&d->auth_words, why);
    *answer = (struct auth_answer){ .status = -1, .msg = buf_slice(&d->auth_words) };
    hour_add(&d->hours[HOUR_REFUSED], d->now, 1);
}

static bool refused_by_lock(struct daemon *d, const struct auth_request *r, struct attempt *a,
                            struct auth_answer *answer)
{
    struct buf words = buf_make(CONF_REPLY_FULL_MAX);
    uint32_t incident = 0;

    if (!lock_counts(d, r) || box_login_admit(d->box, &a->login, &incident) == BOX_ADMITTED)
        return false;
    conf_reply_add(&words, &d->conf->daemon, CONF_REPLY_LOCKED, incident, a->login.subject.name);
    refuse(d, answer, COUNTS_LOGIN_LOCKED, buf_slice(&words));
    buf_done(&words);
    return true;
}

void auth_allow(void *ctx, const struct auth_request *r, struct auth_answer *answer)
{
    struct daemon *d = ctx;
    struct attempt a;
    unsigned tarpit_s = 0;

    *answer = (struct auth_answer){ 0 };
    daemon_clock(d);
    d->auth_requests++;
    d->last_auth = d->now;
    look_at(d, r, &a);
    if (refused_by_lock(d, r, &a, answer))
        return;
    if (box_blocks_client(d->box, &a.login.ip) != NULL) {
        refuse(d, answer, COUNTS_LOGIN_BLOCKED, SLICE("logins from this address are blocked"));
        return;
    }
    if (!box_enforces(d->box) || d->conf->daemon.bruteforce.failures == 0)
        return;
    if (bruteforce_allow(d->bruteforce, &a.guess, d->now, &tarpit_s) != BRUTEFORCE_NOT)
        refuse(d, answer, COUNTS_LOGIN_GUESSED, SLICE("too many failed logins, try again later"));
    else
        answer->status = (int)tarpit_s;
}

/* Something is refused from now on: a line for the journal. */
static void tell(struct daemon *d, const struct attempt *a)
{
    struct bruteforce_refused refused;
    struct buf words = buf_make(600);

    if (bruteforce_explain(d->bruteforce, &a->guess, d->now, &refused)) {
        bruteforce_words(&refused, a->login.subject.name, &words);
        keep_note(d, 0, SLICE("mailfuse"), a->login.subject.name, "guessing", buf_slice(&words));
    }
    buf_done(&words);
}

static bool is_password_failure(const struct auth_request *r)
{
    return r->fail_type.n == 0 || slice_eq(r->fail_type, SLICE("credentials")) ||
           slice_eq(r->fail_type, SLICE("account"));
}

void auth_report(void *ctx, const struct auth_request *r)
{
    struct daemon *d = ctx;
    struct attempt a;
    bool refused;

    daemon_clock(d);
    d->auth_requests++;
    d->last_auth = d->now;
    look_at(d, r, &a);
    if (r->success && !r->policy_reject) {
        bruteforce_success(d->bruteforce, &a.guess, d->now);
        box_login_succeeded(d->box, &a.login);
        return;
    }
    box_login_failed(d->box, &a.login);
    if (r->policy_reject || !is_password_failure(r) || d->conf->daemon.bruteforce.failures == 0)
        return;
    if (d->logs_n == 0)
        hour_add(&d->hours[HOUR_FAILURES], d->now, 1);
    refused = bruteforce_failure(d->bruteforce, &a.guess, d->now) != BRUTEFORCE_NOT;
    snapshot_failure(d, refused);
    if (refused)
        tell(d, &a);
}

void auth_reset(void *ctx, struct slice login, struct slice ip)
{
    struct daemon *d = ctx;
    char room[ADDRESS_MAX];
    struct slice account = account_fold(login, room);
    struct subject subject = subject_make(SUBJECT_ACCOUNT, account);
    struct ip address = { 0 };
    bool has_ip = ip_parse(ip, &address);

    daemon_clock(d);
    if (bruteforce_forget(d->bruteforce, account.n > 0 ? subject.hash : 0,
                          has_ip ? &address : NULL))
        keep_note(d, 0, SLICE("auth policy client"), account, "reset", ip);
}

void auth_stats(void *ctx, struct slice login, struct slice ip, struct buf *json)
{
    struct daemon *d = ctx;
    struct auth_request r = { .login = login, .remote = ip };
    struct bruteforce_refused refused;
    struct attempt a;
    struct buf words = buf_make(600);
    uint32_t incident = 0;

    daemon_clock(d);
    look_at(d, &r, &a);
    if (bruteforce_explain(d->bruteforce, &a.guess, d->now, &refused))
        bruteforce_words(&refused, a.login.subject.name, &words);
    buf_printf(json, "{\"locked\":%s,\"incident\":",
               box_login_admit(d->box, &a.login, &incident) != BOX_ADMITTED ? "true" : "false");
    buf_printf(json, "%u,\"refused\":", incident);
    auth_json_string(json, buf_slice(&words));
    buf_add_char(json, '}');
    buf_done(&words);
}
