#include "cli/json_line.h"

#include "base/escape.h"
#include "proto/secret.h"

#include "base/ban.h"

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void escaped(struct buf *out, unsigned char c)
{
    switch (c) {
    case '"':
    case '\\':
        buf_add_char(out, '\\');
        buf_add_char(out, (char)c);
        break;
    case '\n':
        buf_add(out, SLICE("\\n"));
        break;
    case '\t':
        buf_add(out, SLICE("\\t"));
        break;
    default:
        buf_printf(out, "\\u%04x", c);
    }
}

/* The inside of a string that is valid UTF-8. */
static void valid_text(struct buf *out, struct slice s)
{
    size_t from = 0;

    for (size_t at = 0; at < s.n; at++) {
        unsigned char c = (unsigned char)s.p[at];
        bool c1 = c == 0xc2 && at + 1 < s.n && (unsigned char)s.p[at + 1] < 0xa0;

        if (!c1 && (is_plain(c) || c >= 0x80))
            continue;
        buf_add(out, slice_between(s.p + from, s.p + at));
        at += c1;
        escaped(out, (unsigned char)s.p[at]);
        from = at + 1;
    }
    buf_add(out, slice_from(s, from));
}

static size_t plain_length(struct slice s)
{
    size_t n = 0;

    while (n < s.n && is_plain((unsigned char)s.p[n]))
        n++;
    return n;
}

static void add_string(struct buf *out, struct slice s)
{
    buf_add_char(out, '"');
    if (plain_length(s) == s.n) {
        buf_add(out, s);
    } else {
        struct buf valid = buf_make(SIZE_MAX);

        escape_utf8(&valid, s);
        valid_text(out, buf_slice(&valid));
        buf_done(&valid);
    }
    buf_add_char(out, '"');
}

/* A text that may hold a password. */
static void add_text(struct buf *out, struct slice text)
{
    size_t shown = secret_shown(text);

    add_string(out, slice_head(text, shown));
    if (shown == text.n)
        return;
    out->n--; /* the closing quote */
    buf_add(out, SECRET_MARK);
    buf_add_char(out, '"');
}

static void member(struct buf *out, struct slice name)
{
    buf_add(out, SLICE(", \""));
    buf_add(out, name);
    buf_add(out, SLICE("\": "));
}

static void member_string(struct buf *out, struct slice name, struct slice value)
{
    if (value.n == 0)
        return;
    member(out, name);
    add_string(out, value);
}

/* "2026-11-22T03:04:05.123+01:00"; the fraction only where there is one */
static void head(struct buf *out, const struct logline *line, int32_t offset_s)
{
    char text[WALL_TEXT_MAX];
    struct slice time = slice_of(wall_rfc3339(line->at, offset_s, false, text));
    enum { SECONDS_END = 19 }; /* of "2026-11-22T03:04:05" */

    buf_add(out, SLICE("{\"time\": \""));
    buf_add(out, slice_head(time, SECONDS_END));
    if (line->at.ms % SECOND_MS != 0)
        buf_printf(out, ".%03d", (int)(line->at.ms % SECOND_MS));
    buf_add(out, slice_from(time, SECONDS_END));
    buf_add_char(out, '"');
    member_string(out, SLICE("host"), line->host);
}

static void pid(struct buf *out, const struct logline *line)
{
    if (logline_pid(line) == 0)
        return;
    member(out, SLICE("pid"));
    buf_printf(out, "%u", logline_pid(line));
}

/* As RFC 8259 section 6 has it, without sign and exponent: no leading zeros. */
static bool is_number(struct slice s)
{
    size_t n = 0, fraction;

    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    if (n == 0 || (n > 1 && s.p[0] == '0'))
        return false;
    if (n == s.n)
        return true;
    for (fraction = n + 1; fraction < s.n; fraction++) {
        if (s.p[fraction] < '0' || s.p[fraction] > '9')
            return false;
    }
    return s.p[n] == '.' && s.n > n + 1;
}

static void field(struct buf *out, const struct record *record, enum record_field f)
{
    struct slice value = record->field[f];

    member(out, slice_of(record_field_name(f)));
    if (record_field_is_number(f) && is_number(value))
        buf_add(out, value);
    else if (f == FIELD_TEXT)
        add_text(out, value);
    else
        add_string(out, value);
}

void json_line_record(struct buf *out, const struct logline *line, const struct record *record,
                      int32_t offset_s)
{
    head(out, line, offset_s);
    member_string(out, SLICE("instance"), record->instance);
    member_string(out, SLICE("service"), record->service);
    member_string(out, SLICE("daemon"), record->daemon);
    pid(out, line);
    member_string(out, SLICE("queue_id"), record->queue_id);
    member_string(out, SLICE("event"), slice_of(record_event_name(record->event)));
    if (record->repeat > 1) {
        member(out, SLICE("repeat"));
        buf_printf(out, "%u", record->repeat);
    }
    if (record->event == RECORD_UNKNOWN) {
        member(out, SLICE("text"));
        add_text(out, line->text);
    } else {
        for (uint64_t left = record->have; left != 0; left &= left - 1)
            field(out, record, (enum record_field)__builtin_ctzll(left));
    }
    buf_add(out, SLICE("}\n"));
}

void json_line_foreign(struct buf *out, const struct logline *line, int32_t offset_s)
{
    head(out, line, offset_s);
    member_string(out, SLICE("daemon"), line->program);
    pid(out, line);
    member_string(out, SLICE("event"), SLICE("foreign"));
    member(out, SLICE("text"));
    add_text(out, line->text);
    buf_add(out, SLICE("}\n"));
}

void json_line_unframed(struct buf *out, struct slice raw)
{
    buf_add(out, SLICE("{\"event\": \"unknown\", \"text\": "));
    add_text(out, raw);
    buf_add(out, SLICE("}\n"));
}
