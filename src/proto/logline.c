#include "proto/logline.h"

#include "base/attributes.h"
#include "base/sixteen.h"

#include "base/ban.h"

static bool digit_at(struct slice s, size_t at)
{
    return at < s.n && (unsigned char)(s.p[at] - '0') <= 9;
}

/* The bytes in front of the first that is in `stop`. Names are short: a loop beats memchr(). */
static size_t span_until(struct slice s, const bool stop[256])
{
    size_t n = 0;

    while (n < s.n && !stop[(unsigned char)s.p[n]])
        n++;
    return n;
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

/* Take "[123]" off the end of `*s`; false, and no change, when there is no such end. */
static bool take_pid(struct slice *s, struct slice *pid)
{
    const char *end = s->p + s->n - 1, *first = end;

    if (!slice_ends(*s, SLICE("]")))
        return false;
    while (first > s->p && (unsigned char)(first[-1] - '0') <= 9)
        first--;
    if (first == s->p || first[-1] != '[' || end - first > LOGLINE_PID_MAX)
        return false;
    *pid = slice_between(first, end);
    *s = slice_between(s->p, first - 1);
    return true;
}

uint32_t logline_pid(const struct logline *line)
{
    uint64_t pid;

    return slice_to_u64(line->pid, &pid) && pid <= UINT32_MAX ? (uint32_t)pid : 0;
}

/* The odd ones: "name:text", "name[not a number]: text", "name text". */
static NOINLINE bool read_odd_tag(struct slice s, struct logline *out)
{
    static const bool stop[256] = { [' '] = true, [':'] = true, ['['] = true };
    size_t n = span_until(s, stop);
    const char *end;

    out->program = slice_head(s, n);
    s = slice_from(s, n);
    if (n == 0 || s.n == 0)
        return false;
    if (s.p[0] == '[') {
        end = memchr(s.p, ']', s.n);
        if (end == NULL)
            return false;
        s = slice_from(s, (size_t)(end - s.p) + 1);
    }
    slice_skip(&s, SLICE(":"));
    slice_skip(&s, SLICE(" "));
    out->text = s;
    return true;
}

enum { TAG_MAX = 48 }; /* bytes of a usual tag, with the blank behind it: three times sixteen */

/* "postfix/smtpd[123]: text" or "dovecot: text" as nearly all lines have it, with the blank among
 * the first 48 bytes; false, and no change, for anything else. No loop: sixteen.h says why. */
static inline bool read_usual_tag(struct slice s, struct logline *out)
{
    unsigned n, open, width, last = s.n < TAG_MAX ? (unsigned)s.n - 16 : 32;
    uint64_t blanks, opens, digits;
    sixteen bytes[3];

    if (s.n < 32)
        return false;
    bytes[0] = sixteen_at(s.p);
    bytes[1] = sixteen_at(s.p + 16);
    bytes[2] = sixteen_at(s.p + last); /* of a short line some bytes again */
    blanks = sixteen_find(bytes[0], ' ') | sixteen_find(bytes[1], ' ') << 16 |
             sixteen_find(bytes[2], ' ') << last;
    if (blanks == 0)
        return false;
    n = bits_first(blanks);
    if (n < 4 || n + 1 == s.n || s.p[0] == '<' || s.p[n - 1] != ':' || s.p[n + 1] == ' ' ||
        s.p[n + 1] == '[')
        return false;
    opens = sixteen_find(bytes[0], '[') | sixteen_find(bytes[1], '[') << 16 |
            sixteen_find(bytes[2], '[') << last;
    opens &= bits_below(n);
    if (opens == 0) {
        out->program = slice_head(s, n - 1);
        out->text = slice_from(s, n + 1);
        return true;
    }
    digits = sixteen_digits(bytes[0]) | sixteen_digits(bytes[1]) << 16 |
             sixteen_digits(bytes[2]) << last;
    open = bits_last(opens);
    width = n - 2 - (open + 1);
    if (open == 0 || s.p[n - 2] != ']' || width - 1 >= LOGLINE_PID_MAX ||
        (~digits >> (open + 1) & bits_below(width)) != 0)
        return false;
    out->program = slice_head(s, open);
    out->pid = (struct slice){ s.p + open + 1, width };
    out->text = slice_from(s, n + 1);
    return true;
}

/* "postfix/smtpd[123]: text": RFC 3164 section 4.1.3. The colon may be missing. */
static NOINLINE bool read_tag(struct slice s, struct logline *out)
{
    struct slice rest = s;
    struct slice tag = take_word(&rest);
    bool closed = slice_ends(tag, SLICE(":"));

    if (s.n > 0 && s.p[0] == 'l' && slice_starts(s, SLICE("last message repeated "))) {
        out->text = s;
        return true;
    }
    tag.n -= closed;
    if (!take_pid(&tag, &out->pid) && (!closed || memchr(tag.p, '[', tag.n) != NULL))
        return read_odd_tag(s, out);
    out->program = tag;
    out->text = rest;
    if (slice_starts(rest, SLICE("[ID ")) && slice_cut_at(&rest, SLICE("] "), &tag))
        out->text = rest; /* Solaris: "[ID 197553 mail.info] " */
    return out->program.n > 0;
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

/* Dovecot's own "imap-login: Info: text", "imap(alice@example.test)<12><session>: Info: text". */
static bool read_dovecot(struct slice s, struct logline *out)
{
    out->program = SLICE("dovecot");
    out->text = s;
    return true;
}

/* After the host: "postfix/smtpd[123]: text". */
static inline bool read_program(struct slice s, struct logline *out)
{
    if (LIKELY(read_usual_tag(s, out)))
        return true;
    if (slice_starts(s, SLICE("<mail.")))
        take_word(&s); /* FreeBSD's syslogd -v */
    return read_tag(s, out);
}

/* Nearly all lines of a busy log begin as the one before did. Keep what precedes `rest`, the text
 * from the program on, unless the stamp tells fractions of a second: those never come twice. */
static void front_keep(struct stamp_clock *clock, const char *line, struct slice rest,
                       const struct logline *out)
{
    size_t n = (size_t)(rest.p - line);

    if (rest.n == 0 || n > sizeof clock->front || out->at.ms % SECOND_MS != 0)
        return;
    memcpy(clock->front, line, n);
    clock->front_n = n;
    clock->host_at = (size_t)(out->host.p - line);
    clock->host_n = out->host.n;
}

/* Pass "Nov 22 03:04:05 mail " of the line before, which meant the same there; false for another
 * front. */
static bool front_again(struct stamp_clock *clock, struct slice *s, struct logline *out)
{
    size_t n = clock->front_n;

    if (n == 0 || s->n < n || memcmp(s->p, clock->front, n) != 0)
        return false;
    out->at = clock->at;
    out->host = (struct slice){ s->p + clock->host_at, clock->host_n };
    clock->future += clock->is_future;
    *s = slice_from(*s, n);
    skip_blanks(s);
    return true;
}

/* After the stamp: "mail postfix/smtpd[123]: text", or the same without host, or Dovecot's own. No
 * host name has a parenthesis or ends in a colon, but an IPv6 address may ("2001:db8::"). `line` is
 * where the line begins. */
static bool read_syslog(struct stamp_clock *clock, const char *line, struct slice s,
                        struct logline *out)
{
    static const bool stop[256] = { [' '] = true, ['('] = true };
    struct slice first, rest;

    if (slice_starts(s, SLICE("<")))
        take_word(&s); /* the same in front of the host */
    first = slice_head(s, span_until(s, stop));
    rest = slice_from(s, first.n);
    if (rest.n > 0 && rest.p[0] == '(')
        return read_dovecot(s, out);
    skip_blanks(&rest);
    if (first.n == 0)
        return false;
    if (first.p[first.n - 1] == ':' && !slice_ends(first, SLICE("::")))
        return is_level(rest) ? read_dovecot(s, out) : read_tag(s, out);
    out->host = first;
    front_keep(clock, line, rest, out);
    return read_program(rest, out);
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
    out->host = without_nil(take_word(&s));
    out->program = without_nil(take_word(&s));
    out->pid = take_word(&s);
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

/* Pass "postfix-mailcow-1  | ", which docker compose logs puts in front of each line. */
static bool skip_container(struct slice *s)
{
    struct slice rest = *s;

    if (take_word(&rest).n == 0 || !slice_skip(&rest, SLICE("| ")))
        return false;
    *s = rest;
    return true;
}

static enum logline_got no_stamp(enum stamp_got got, struct slice line)
{
    if (got == STAMP_BAD)
        return LOGLINE_BAD_TIME;
    return slice_trim(line).n == 0 ? LOGLINE_BLANK : LOGLINE_NO_TIME;
}

/* A line whose front is not that of the line before; `s` is `line` without a CR. */
static NOINLINE enum logline_got read_new_front(struct stamp_clock *clock, const char *line,
                                                struct slice s, struct logline *out)
{
    bool rfc5424 = skip_priority(&s);
    enum stamp_got got = stamp_parse(clock, &s, &out->at);

    clock->front_n = 0;
    if (got == STAMP_NONE && skip_container(&s))
        got = stamp_parse(clock, &s, &out->at);
    if (got == STAMP_NONE && digit_at(s, 0) && (got = read_proxmox(clock, s, out)) == STAMP_OK)
        return LOGLINE_OK;
    if (got != STAMP_OK)
        return no_stamp(got, s);
    skip_blanks(&s);
    if (!(rfc5424 ? read_rfc5424(s, out) : read_syslog(clock, line, s, out)))
        return LOGLINE_NO_FRAME;
    return LOGLINE_OK;
}

enum logline_got logline_parse(struct stamp_clock *clock, struct slice line, struct logline *out)
{
    struct slice s = line;

    *out = (struct logline){ 0 };
    if (slice_ends(s, SLICE("\r")))
        s.n--;
    if (!front_again(clock, &s, out))
        return read_new_front(clock, line.p, s, out);
    return read_program(s, out) ? LOGLINE_OK : LOGLINE_NO_FRAME;
}
