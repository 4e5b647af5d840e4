#include "proto/logline.h"

#include "base/ban.h"

static bool digit_at(struct slice s, size_t at)
{
    return at < s.n && (unsigned char)(s.p[at] - '0') <= 9;
}

static void skip_blanks(struct slice *s)
{
    while (s->n > 0 && s->p[0] == ' ')
        *s = slice_from(*s, 1);
}

/* What precedes the next blank; passes the blanks. All that is left, when there is none. */
static struct slice take_word(struct slice *rest)
{
    struct slice word;

    if (!slice_cut(rest, ' ', &word)) {
        word = *rest;
        *rest = slice_from(*rest, rest->n);
    }
    skip_blanks(rest);
    return word;
}

/* Pass "<22>". True when the version of RFC 5424 follows, which is passed too. */
static bool skip_priority(struct slice *s)
{
    size_t n = 1;

    if (s->n == 0 || s->p[0] != '<')
        return false;
    while (n <= 3 && digit_at(*s, n))
        n++;
    if (n == 1 || n == s->n || s->p[n] != '>')
        return false;
    *s = slice_from(*s, n + 1);
    return slice_skip(s, SLICE("1 "));
}

/* "[123]". What is no number, or none of 32 bits, is pid 0. */
static bool take_pid(struct slice *s, uint32_t *pid)
{
    uint64_t value = 0;
    size_t n = 1;

    while (digit_at(*s, n) && value <= UINT32_MAX)
        value = value * 10 + (unsigned)(s->p[n++] - '0');
    if (n == s->n || s->p[n] != ']') {
        value = 0;
        while (n < s->n && s->p[n] != ']' && s->p[n] != ' ')
            n++;
        if (n == s->n || s->p[n] == ' ')
            return false;
    }
    *pid = value <= UINT32_MAX ? (uint32_t)value : 0;
    *s = slice_from(*s, n + 1);
    return true;
}

/* "postfix/smtpd[123]: text": RFC 3164 section 4.1.3. The colon may be missing. */
static bool read_tag(struct slice s, struct logline *out)
{
    size_t n = 0;
    bool closed;

    if (slice_starts(s, SLICE("last message repeated "))) {
        out->text = s;
        return true;
    }
    while (n < s.n && s.p[n] != ' ' && s.p[n] != ':' && s.p[n] != '[')
        n++;
    out->program = slice_head(s, n);
    s = slice_from(s, n);
    closed = s.n > 0 && s.p[0] == '[';
    if (n == 0 || (closed && !take_pid(&s, &out->pid)))
        return false;
    closed |= slice_skip(&s, SLICE(":"));
    slice_skip(&s, SLICE(" "));
    out->text = s;
    return closed || s.n > 0;
}

/* True for the level that Dovecot writes into its own file, in front of the text. */
static bool is_level(struct slice s)
{
    static const char *const levels[] = { "Info: ",  "Warning: ", "Error: ",
                                          "Fatal: ", "Panic: ",   "Debug: " };

    for (size_t i = 0; i < COUNT(levels); i++) {
        if (slice_starts(s, slice_of(levels[i])))
            return true;
    }
    return false;
}

/* After the stamp: "mail postfix/smtpd[123]: text", the same without host, or Dovecot's own
 * "imap-login: Info: text" and "imap(alice@example.test)<12><session>: Info: text". No host name
 * has a parenthesis or ends in a colon, but an IPv6 address may ("2001:db8::"). */
static bool read_syslog(struct slice s, struct logline *out)
{
    struct slice rest = s;
    struct slice first = take_word(&rest);
    bool colon = first.n > 0 && first.p[first.n - 1] == ':' && !slice_ends(first, SLICE("::"));

    if (slice_starts(first, SLICE("<")) && slice_ends(first, SLICE(">")))
        return read_syslog(rest, out); /* FreeBSD: syslogd -v */
    if (memchr(first.p, '(', first.n) != NULL || (colon && is_level(rest))) {
        out->program = SLICE("dovecot");
        out->text = s;
        return true;
    }
    if (colon)
        return read_tag(s, out);
    out->host = first;
    if (slice_starts(rest, SLICE("<mail.")))
        take_word(&rest);
    return first.n > 0 && read_tag(rest, out);
}

/* Pass `[id name="value" ...]...` or "-": RFC 5424 section 6.3. False when it is cut. */
static bool skip_structured_data(struct slice *s)
{
    bool quoted = false;

    if (slice_skip(s, SLICE("-")))
        return true;
    if (s->n == 0 || s->p[0] != '[')
        return false;
    for (size_t i = 1; i < s->n; i++) {
        if (quoted && s->p[i] == '\\')
            i++;
        else if (s->p[i] == '"')
            quoted = !quoted;
        else if (!quoted && s->p[i] == ']' && (i + 1 == s->n || s->p[i + 1] != '[')) {
            *s = slice_from(*s, i + 1);
            return true;
        }
    }
    return false;
}

static struct slice without_nil(struct slice s)
{
    return slice_eq(s, SLICE("-")) ? slice_head(s, 0) : s;
}

/* After the stamp of RFC 5424: "mail postfix/smtpd 123 MSGID [a b="c"] text". */
static bool read_rfc5424(struct slice s, struct logline *out)
{
    uint64_t pid = 0;

    out->host = without_nil(take_word(&s));
    out->program = without_nil(take_word(&s));
    if (slice_to_u64(take_word(&s), &pid) && pid <= UINT32_MAX)
        out->pid = (uint32_t)pid;
    if (take_word(&s).n == 0 || !skip_structured_data(&s))
        return false;
    skip_blanks(&s);
    slice_skip(&s, SLICE("\xEF\xBB\xBF"));
    out->text = s;
    return true;
}

/* Proxmox writes number of the guest, level and chain in front of the stamp. */
static enum stamp_got read_proxmox(struct stamp_clock *clock, struct slice s, struct logline *out)
{
    struct slice guest = take_word(&s), level = take_word(&s);
    enum stamp_got got;

    if (!digit_at(guest, 0) || level.n != 1 || !digit_at(level, 0) || take_word(&s).n == 0)
        return STAMP_NONE;
    got = stamp_parse(clock, &s, &out->at);
    out->program = SLICE("kernel");
    out->text = s;
    return got;
}

static enum logline_got no_stamp(enum stamp_got got, struct slice line)
{
    if (got == STAMP_BAD)
        return LOGLINE_BAD_TIME;
    return slice_trim(line).n == 0 ? LOGLINE_BLANK : LOGLINE_NO_TIME;
}

enum logline_got logline_parse(struct stamp_clock *clock, struct slice line, struct logline *out)
{
    struct logline got = { 0 };
    struct slice s = line;
    bool rfc5424;
    enum stamp_got stamp;

    if (slice_ends(s, SLICE("\r")))
        s.n--;
    rfc5424 = skip_priority(&s);
    stamp = stamp_parse(clock, &s, &got.at);
    if (stamp == STAMP_NONE && digit_at(s, 0) &&
        (stamp = read_proxmox(clock, s, &got)) == STAMP_OK) {
        *out = got;
        return LOGLINE_OK;
    }
    if (stamp != STAMP_OK)
        return no_stamp(stamp, s);
    skip_blanks(&s);
    if (!(rfc5424 ? read_rfc5424(s, &got) : read_syslog(s, &got))) {
        out->at = got.at;
        return LOGLINE_NO_FRAME;
    }
    *out = got;
    return LOGLINE_OK;
}
