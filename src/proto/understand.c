/* understand.c - which parser knows the program of a line. */
#include "proto/understand.h"

#include "base/ban.h"

/* The programs of Postfix, by the length of their names: fixed width, no separator. The commonest
 * of each length stand first. Another program under a Postfix name (postfix/policyd-spf) is
 * foreign. */
static const struct slice programs[] = {
    [4] = SLICE_INIT("smtpqmgrlmtppipe"),
    [5] = SLICE_INIT("smtpdlocalerroranvilflushshowqspawnqmqpdoqmgrnqmgrdefertracedelay"),
    [6] = SLICE_INIT("bouncepickupmasterverifytlsmgrscache"),
    [7] = SLICE_INIT("cleanupvirtualdnsblogdiscardpostmappostcatpostlogpostfixrewrite"),
    [8] = SLICE_INIT("proxymaptlsproxypostlogdpostdropsendmailpostconfpostkickpostlock"),
    [9] = SLICE_INIT("postsuperpostaliaspostqueuepostmulti"),
    [10] = SLICE_INIT("postscreenproxywrite"),
    [12] = SLICE_INIT("post-install"),
    [14] = SLICE_INIT("postfix-script"),
    [15] = SLICE_INIT("trivial-rewritepostfix-wrapper"),
    [18] = SLICE_INIT("postfix-tls-script"),
};

static bool is_postfix(struct slice name)
{
    struct slice names;

    if (name.n >= sizeof programs / sizeof *programs)
        return false;
    names = programs[name.n];
    for (size_t at = 0; at < names.n; at += name.n) {
        if (names.p[at] == name.p[0] && memcmp(names.p + at, name.p, name.n) == 0)
            return true;
    }
    return false;
}

/* "postfix/submission/smtpd": instance (syslog_name), service, program. False for other programs.
 */
static bool split_postfix(struct slice program, struct record *out)
{
    struct slice head = program, daemon;

    if (!slice_cut_last(&head, '/', &daemon) || !is_postfix(daemon))
        return false;
    out->daemon = daemon;
    if (slice_cut(&head, '/', &out->instance))
        out->service = head;
    else
        out->instance = head;
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
static void unwrap(struct slice *text, struct record *out)
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

bool understand(const struct logline *line, struct record *out)
{
    struct slice text = line->text;

    out->event = RECORD_UNKNOWN;
    out->repeat = 1;
    out->have = 0;
    out->instance = out->service = out->daemon = out->queue_id = (struct slice){ NULL, 0 };
    if (text.n > 0 && text.p[0] == 'm')
        unwrap(&text, out);
    if (split_postfix(line->program, out)) {
        (void)postfix_parse(text, out);
        return true;
    }
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
