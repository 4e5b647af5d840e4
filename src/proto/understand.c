/* understand.c - which parser knows the program of a line. */
#include "proto/understand.h"

#include <endian.h>

#include "base/attributes.h"

#include "base/ban.h"

#define IS(literal) slice_eq(name, SLICE(literal))

enum { SHORT_MIN = 4, SHORT_MAX = 8 }; /* bytes of the names that are looked up */

/* The front and the end of a short name, which overlap or touch: no two of one length are alike. */
static inline uint64_t short_key(const char *name, size_t n)
{
    uint32_t front, end;

    memcpy(&front, name, sizeof front);
    memcpy(&end, name + n - sizeof end, sizeof end);
    return le32toh(front) | (uint64_t)le32toh(end) << 32;
}

/* The programs of Postfix with short names, each at the upper six bits of its key times a number
 * that was searched for, so that no two have the same place: which program writes the next line
 * no processor can guess, and here it need not. */
static bool is_postfix_short(struct slice name)
{
    static const char names[64][SHORT_MAX + 1] = {
        /* clang-format off */
        [0] = "postlock", [1] = "postcat", [2] = "scache", [4] = "local", [5] = "tlsproxy",
        [7] = "pipe", [8] = "nqmgr", [9] = "postdrop", [10] = "anvil", [11] = "smtpd",
        [12] = "sendmail", [15] = "rewrite", [16] = "flush", [17] = "dnsblog", [21] = "showq",
        [22] = "smtp", [24] = "defer", [27] = "lmtp", [28] = "postlogd", [29] = "proxymap",
        [33] = "bounce", [34] = "virtual", [36] = "postmap", [37] = "delay", [38] = "postconf",
        [39] = "postkick", [43] = "postfix", [44] = "oqmgr", [46] = "spawn", [48] = "trace",
        [50] = "master", [51] = "error", [52] = "tlsmgr", [53] = "postlog", [54] = "pickup",
        [55] = "verify", [58] = "qmgr", [59] = "cleanup", [60] = "discard", [63] = "qmqpd",
        /* clang-format on */
    };
    uint64_t key = short_key(name.p, name.n);
    const char *at = names[key * 0x9092dadd6cd3cdafU >> 58];

    return at[name.n] == '\0' && at[name.n - 1] != '\0' && short_key(at, name.n) == key;
}

/* The programs of Postfix. Another program under a Postfix name (postfix/policyd-spf) is foreign.
 */
static inline bool is_postfix(struct slice name)
{
    if (LIKELY(name.n >= SHORT_MIN && name.n <= SHORT_MAX))
        return is_postfix_short(name);
    return IS("postsuper") || IS("postalias") || IS("postqueue") || IS("postmulti") ||
           IS("postscreen") || IS("proxywrite") || IS("post-install") || IS("postfix-script") ||
           IS("trivial-rewrite") || IS("postfix-wrapper") || IS("postfix-tls-script");
}

/* "postfix/submission/smtpd": instance (syslog_name), service, program. False for other programs.
 */
static inline bool split_postfix(struct slice program, struct record *out)
{
    struct slice front = program, daemon, instance, service;

    if (!slice_cut_last(&front, '/', &daemon) || !is_postfix(daemon))
        return false;
    service = front;
    if (!slice_cut(&service, '/', &instance)) {
        instance = front;
        service = (struct slice){ NULL, 0 };
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
    return understand_but(line, 0, out);
}

bool understand_but(const struct logline *line, uint64_t unread, struct record *out)
{
    struct slice text = line->text;

    out->event = RECORD_UNKNOWN;
    out->repeat = 1;
    out->have = 0;
    out->unread = unread;
    out->instance = out->service = out->daemon = out->queue_id = (struct slice){ NULL, 0 };
    if (text.n > 0 && text.p[0] == 'm')
        unwrap(&text, out);
    if (!split_postfix(line->program, out))
        return understand_other(line, text, out);
    (void)postfix_parse(text, out);
    return true;
}
