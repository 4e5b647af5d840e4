/* understand.c - which parser knows the program of a line. */
#include "proto/understand.h"

#include "base/ban.h"

#define IS(literal) slice_eq(name, SLICE(literal))

/* The programs of Postfix; the commonest of each length first. Another program under a Postfix name
 * (postfix/policyd-spf) is foreign. */
static bool is_postfix(struct slice name)
{
    switch (name.n) {
    case 4:
        return IS("smtp") || IS("qmgr") || IS("lmtp") || IS("pipe");
    case 5:
        return IS("smtpd") || IS("local") || IS("error") || IS("anvil") || IS("flush") ||
               IS("showq") || IS("spawn") || IS("qmqpd") || IS("oqmgr") || IS("nqmgr") ||
               IS("defer") || IS("trace") || IS("delay");
    case 6:
        return IS("bounce") || IS("pickup") || IS("master") || IS("verify") || IS("tlsmgr") ||
               IS("scache");
    case 7:
        return IS("cleanup") || IS("virtual") || IS("dnsblog") || IS("discard") || IS("postmap") ||
               IS("postcat") || IS("postlog") || IS("postfix") || IS("rewrite");
    case 8:
        return IS("proxymap") || IS("tlsproxy") || IS("postlogd") || IS("postdrop") ||
               IS("sendmail") || IS("postconf") || IS("postkick") || IS("postlock");
    case 9:
        return IS("postsuper") || IS("postalias") || IS("postqueue") || IS("postmulti");
    default:
        return IS("postscreen") || IS("proxywrite") || IS("post-install") || IS("postfix-script") ||
               IS("trivial-rewrite") || IS("postfix-wrapper") || IS("postfix-tls-script");
    }
}

/* "postfix/submission/smtpd": instance (syslog_name), service, program. False for other programs.
 */
static bool split_postfix(struct slice program, struct record *out)
{
    struct slice instance, service = { NULL, 0 }, daemon = program;

    if (!slice_cut(&daemon, '/', &instance))
        return false;
    if (!is_postfix(daemon)) {
        service = daemon;
        if (!slice_cut_last(&service, '/', &daemon) || !is_postfix(daemon))
            return false;
    }
    out->instance = instance;
    out->service = service;
    out->daemon = daemon;
    return true;
}

/* The number in front of " times"; the rest of the text begins behind "times". */
static bool repeat_count(struct slice *text, uint32_t *repeat)
{
    struct slice word;
    uint64_t n;

    if (!slice_cut(text, ' ', &word) || !slice_to_u64(word, &n) || n == 0 || n > UINT32_MAX)
        return false;
    if (!slice_skip(text, SLICE("times")))
        return false;
    *repeat = (uint32_t)n;
    return true;
}

/* "message repeated 3 times: [ text]" of rsyslog: `*text` becomes what is in the brackets. */
static NOINLINE void unwrap(struct slice *text, struct record *out)
{
    struct slice rest = *text;

    if (!slice_skip(&rest, SLICE("message repeated ")) || !repeat_count(&rest, &out->repeat) ||
        !slice_skip(&rest, SLICE(": [")))
        return;
    (void)slice_skip(&rest, SLICE(" "));
    if (slice_ends(rest, SLICE("]")))
        rest.n--;
    *text = rest;
}

/* "last message repeated 3 times" has no program. */
static bool last_repeated(struct slice text, struct record *out)
{
    if (!slice_skip(&text, SLICE("last message repeated ")) || !repeat_count(&text, &out->repeat))
        return false;
    out->event = RECORD_REPEATED;
    return true;
}

/* Programs that are not Postfix's. */
static NOINLINE bool understand_other(const struct logline *line, struct slice text,
                                      struct record *out)
{
    if (slice_starts(line->program, SLICE("dovecot"))) {
        out->instance = SLICE("dovecot");
        (void)dovecot_parse(text, out);
        return true;
    }
    if (slice_eq(line->program, SLICE("kernel"))) {
        out->instance = out->daemon = line->program;
        (void)firewall_parse(text, out);
        return true;
    }
    if (slice_eq(line->program, SLICE("filterlog"))) {
        out->instance = out->daemon = line->program;
        (void)firewall_pf_parse(text, out);
        return true;
    }
    if (line->program.n == 0 && last_repeated(line->text, out))
        return true;
    out->repeat = 1;
    out->event = RECORD_OTHER;
    return false;
}

bool understand(const struct logline *line, struct record *out)
{
    struct slice text = line->text;

    out->event = RECORD_UNKNOWN;
    out->repeat = 1;
    out->have = 0;
    out->instance = out->service = out->daemon = out->queue_id = (struct slice){ NULL, 0 };
    if (text.n > 0 && text.p[0] == 'm')
        unwrap(&text, out);
    if (!split_postfix(line->program, out))
        return understand_other(line, text, out);
    (void)postfix_parse(text, out);
    return true;
}
