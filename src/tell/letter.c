#include "tell/letter.h"

#include "base/base64.h"

#include "base/ban.h"

enum {
    HEADER_COLUMNS = 76,
    WORD_BYTES = 42, /* of text in an encoded word: 56 characters of Base 64 and 12 around them */
    QP_COLUMNS = 76,
};

/* The bytes of the UTF-8 character at the front; never 0. */
static size_t character(struct slice s)
{
    size_t n = 1;

    while (n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n++;
    return n;
}

static bool is_plain(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || (unsigned char)s.p[i] > '~')
            return false;
    return memmem(s.n > 0 ? s.p : "", s.n, "=?", 2) == NULL;
}

/* Words of ASCII, on as many lines as they need. */
static void add_folded(struct buf *out, size_t column, struct slice s)
{
    struct slice word;
    bool first = true;

    while (s.n > 0) {
        if (!slice_cut(&s, ' ', &word)) {
            word = s;
            s.n = 0;
        }
        if (word.n == 0)
            continue;
        if (!first && column + 1 + word.n > HEADER_COLUMNS) {
            buf_add(out, SLICE("\r\n"));
            column = 0;
        }
        buf_add_char(out, ' ');
        buf_add(out, slice_head(word, 900));
        column += 1 + word.n;
        first = false;
    }
}

/* Encoded words, each of whole characters. */
static void add_encoded(struct buf *out, struct slice s)
{
    bool first = true;

    while (s.n > 0) {
        size_t n = 0, more;

        while (n < s.n && (more = character(slice_from(s, n))) + n <= WORD_BYTES)
            n += more;
        if (n == 0) /* no character is that long */
            n = s.n < WORD_BYTES ? s.n : WORD_BYTES;
        buf_add(out, first ? SLICE("=?UTF-8?B?") : SLICE("\r\n =?UTF-8?B?"));
        base64_add(out, slice_head(s, n));
        buf_add(out, SLICE("?="));
        s = slice_from(s, n);
        first = false;
    }
}

static void add_text_header(struct buf *out, const char *name, struct slice text)
{
    buf_printf(out, "%s:", name);
    if (is_plain(text)) {
        add_folded(out, strlen(name) + 1, text);
    } else {
        buf_add_char(out, ' ');
        add_encoded(out, text);
    }
    buf_add(out, SLICE("\r\n"));
}

/* A value that is a word of ours; anything else is left out of it. */
static void add_header(struct buf *out, const char *name, struct slice value)
{
    if (value.n == 0)
        return;
    buf_printf(out, "%s: ", name);
    for (size_t i = 0; i < value.n && i < 900; i++)
        if (value.p[i] > ' ' && value.p[i] <= '~')
            buf_add_char(out, value.p[i]);
    buf_add(out, SLICE("\r\n"));
}

static void add_id(struct buf *out, const char *name, struct slice id)
{
    struct buf text = buf_make(1000);

    if (id.n == 0)
        return;
    buf_add_char(&text, '<');
    buf_add(&text, id);
    buf_add_char(&text, '>');
    add_header(out, name, buf_slice(&text));
    buf_done(&text);
}

static void add_date(struct buf *out, struct wall at, int32_t offset_s)
{
    static const char days[7][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
    static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct civil c = wall_to_civil(at, offset_s);
    int minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;

    buf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d %c%02d%02d\r\n",
               days[(civil_days(c.year, c.month, c.day) % 7 + 7) % 7], c.day, months[c.month - 1],
               c.year, c.hour, c.minute, c.second, offset_s < 0 ? '-' : '+', minutes / 60,
               minutes % 60);
}

static void add_from(struct buf *out, const struct letter_head *h)
{
    buf_add(out, SLICE("From: \"mailfuse on "));
    for (size_t i = 0; i < h->host.n && i < 200; i++) {
        char c = h->host.p[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '.' || c == '-')
            buf_add_char(out, c);
    }
    buf_printf(out, "\" <%.*s>\r\n", SLICE_ARG(h->from));
}

/* One line of quoted-printable, broken where it is too long. */
static void add_quoted_line(struct buf *out, struct slice line)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t column = 0;

    for (size_t i = 0; i < line.n; i++) {
        unsigned char c = (unsigned char)line.p[i];
        bool last = i + 1 == line.n;
        bool plain = c > ' ' && c <= '~' && c != '=';
        size_t width;

        if ((c == ' ' || c == '\t') && !last)
            plain = true;
        if (column == 0 && (c == '.' || (c == 'F' && slice_starts(line, SLICE("From ")))))
            plain = false; /* neither the end of the message nor a mailbox's line */
        width = plain ? 1 : 3;
        if (column + width > QP_COLUMNS - (last ? 0 : 1)) {
            buf_add(out, SLICE("=\r\n"));
            column = 0;
        }
        if (plain) {
            buf_add_char(out, (char)c);
        } else {
            buf_add_char(out, '=');
            buf_add_char(out, hex[c >> 4]);
            buf_add_char(out, hex[c & 15]);
        }
        column += width;
    }
}

static void add_body(struct buf *out, struct slice body)
{
    struct slice line;

    while (body.n > 0) {
        if (!slice_cut(&body, '\n', &line)) {
            line = body;
            body.n = 0;
        }
        add_quoted_line(out, line);
        buf_add(out, SLICE("\r\n"));
    }
}

bool letter_write(struct buf *out, const struct letter_head *h, struct slice subject,
                  struct slice body)
{
    add_from(out, h);
    buf_printf(out, "To: <%.*s>\r\n", SLICE_ARG(h->to));
    add_text_header(out, "Subject", slice_head_utf8(subject, 600));
    add_date(out, h->at, h->utc_offset_s);
    add_id(out, "Message-ID", h->id);
    add_id(out, "References", h->thread);
    add_id(out, "In-Reply-To", h->thread);
    buf_add(out, SLICE("Auto-Submitted: auto-generated\r\n"));
    if (h->urgent)
        buf_add(out, SLICE("Importance: high\r\n"));
    add_header(out, "Content-Language", h->language);
    add_header(out, "X-Mailfuse-Alert", h->kind);
    add_header(out, "X-Mailfuse-Severity", h->severity);
    buf_add(out, SLICE("MIME-Version: 1.0\r\n"
                       "Content-Type: text/plain; charset=utf-8\r\n"
                       "Content-Transfer-Encoding: quoted-printable\r\n\r\n"));
    add_body(out, body);
    return !out->full;
}
