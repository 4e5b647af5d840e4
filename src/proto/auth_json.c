#include "proto/auth_json.h"

#include <stddef.h>

#include "base/escape.h"

#include "base/ban.h"

struct reader {
    char *at, *end;
    const char *wrong; /* NULL: nothing yet */
};

/* A value as the fields want it. */
struct scalar {
    struct slice text;
    bool absent; /* null, array, object */
};

static bool value_take(struct reader *r, unsigned depth, struct scalar *out);

static bool wrong(struct reader *r, const char *what)
{
    if (r->wrong == NULL)
        r->wrong = what;
    return false;
}

static void space_skip(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
        r->at++;
}

/* The next character that is no space; '\0' at the end, which is no character of JSON. */
static char next(struct reader *r)
{
    space_skip(r);
    return r->at < r->end ? *r->at : '\0';
}

static bool take(struct reader *r, char c)
{
    if (next(r) != c)
        return false;
    r->at++;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Four hex digits at `p`, or -1. */
static int32_t hex4(const struct reader *r, const char *p)
{
    int32_t code = 0;

    if (r->end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(p[i]);

        if (digit < 0)
            return -1;
        code = code << 4 | digit;
    }
    return code;
}

/* As UTF-8 (RFC 3629); returns what is behind it. Never longer than its "\uXXXX". */
static char *utf8_put(char *to, uint32_t code)
{
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    } else {
        *to++ = (char)(0xf0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 0x3f));
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    }
    return to;
}

/* What follows "\u"; r->at is behind it. RFC 8259 section 7: two of them are one character. */
static bool unicode_escape(struct reader *r, char **to)
{
    int32_t code = hex4(r, r->at), low = -1;

    if (code < 0)
        return wrong(r, "no four hexadecimal digits after \\u");
    r->at += 4;
    if (code >= 0xd800 && code < 0xdc00 && r->end - r->at >= 6 && r->at[0] == '\\' &&
        r->at[1] == 'u')
        low = hex4(r, r->at + 2);
    if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        r->at += 6;
    } else if (code >= 0xd800 && code < 0xe000) {
        code = 0xfffd;
    }
    *to = utf8_put(*to, (uint32_t)code);
    return true;
}

/* One escape; r->at is at the backslash. */
static bool escape_take(struct reader *r, char **to)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *name;

    r->at++;
    if (r->at == r->end)
        return wrong(r, "the text has no end");
    if (*r->at == 'u') {
        r->at++;
        return unicode_escape(r, to);
    }
    name = *r->at != '\0' ? strchr(names, *r->at) : NULL;
    if (name == NULL)
        return wrong(r, "an unknown escape in a text");
    *(*to)++ = values[name - names];
    r->at++;
    return true;
}

/* A string, decoded in its place; r->at is at the opening quote. */
static bool string_take(struct reader *r, struct slice *out)
{
    char *from = ++r->at, *to = from;

    while (r->at < r->end && *r->at != '"') {
        if ((unsigned char)*r->at < ' ')
            return wrong(r, "a control character in a text");
        if (*r->at == '\\') {
            if (!escape_take(r, &to))
                return false;
        } else {
            if (to != r->at)
                *to = *r->at;
            to++;
            r->at++;
        }
    }
    if (r->at == r->end)
        return wrong(r, "the text has no end");
    r->at++;
    *out = slice_between(from, to);
    return true;
}

static size_t digits_skip(struct reader *r)
{
    const char *from = r->at;

    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    return (size_t)(r->at - from);
}

/* RFC 8259 section 6. */
static bool number_take(struct reader *r, struct slice *out)
{
    const char *from = r->at;
    bool zero, ok;

    if (*r->at == '-')
        r->at++;
    zero = r->at < r->end && *r->at == '0';
    if (zero)
        r->at++;
    ok = zero || digits_skip(r) > 0;
    if (ok && r->at < r->end && *r->at == '.') {
        r->at++;
        ok = digits_skip(r) > 0;
    }
    if (ok && r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
        r->at++;
        if (r->at < r->end && (*r->at == '+' || *r->at == '-'))
            r->at++;
        ok = digits_skip(r) > 0;
    }
    *out = slice_between(from, r->at);
    return ok || wrong(r, "not a number");
}

static bool word_take(struct reader *r, struct scalar *out)
{
    static const struct slice words[] = { SLICE_INIT("true"), SLICE_INIT("false"),
                                          SLICE_INIT("null") };
    struct slice rest = slice_between(r->at, r->end);

    for (size_t i = 0; i < COUNT(words); i++) {
        if (slice_starts(rest, words[i])) {
            out->text = slice_head(rest, words[i].n);
            out->absent = i == 2;
            r->at += words[i].n;
            return true;
        }
    }
    return wrong(r, "a value is missing, or is none");
}

static bool is_true(const struct scalar *value)
{
    return slice_eq(value->text, SLICE("true")) || slice_eq(value->text, SLICE("1")) ||
           slice_eq(value->text, SLICE("yes"));
}

static struct slice *text_of(struct auth_request *q, struct slice name)
{
    static const struct {
        struct slice name;
        size_t at;
    } texts[] = {
        { SLICE_INIT("login"), offsetof(struct auth_request, login) },
        { SLICE_INIT("remote"), offsetof(struct auth_request, remote) },
        { SLICE_INIT("pwhash"), offsetof(struct auth_request, pwhash) },
        { SLICE_INIT("mech"), offsetof(struct auth_request, mech) },
        { SLICE_INIT("protocol"), offsetof(struct auth_request, protocol) },
        { SLICE_INIT("device_id"), offsetof(struct auth_request, device_id) },
        { SLICE_INIT("session_id"), offsetof(struct auth_request, session_id) },
        { SLICE_INIT("fail_type"), offsetof(struct auth_request, fail_type) },
        { SLICE_INIT("ip"), offsetof(struct auth_request, ip) },
    };

    for (size_t i = 0; i < COUNT(texts); i++)
        if (slice_eq(name, texts[i].name))
            return (struct slice *)(void *)((char *)q + texts[i].at);
    return NULL;
}

static void field_set(struct auth_request *q, struct slice name, const struct scalar *value)
{
    struct slice *text = text_of(q, name);

    if (text != NULL)
        *text = value->absent ? (struct slice){ NULL, 0 } : value->text;
    else if (slice_eq(name, SLICE("tls")))
        q->tls = is_true(value);
    else if (slice_eq(name, SLICE("success")))
        q->success = is_true(value);
    else if (slice_eq(name, SLICE("policy_reject")))
        q->policy_reject = is_true(value);
}

/* One "name": value of an object; a field of the outermost one goes to `q`, others have none. */
static bool member_take(struct reader *r, unsigned depth, struct auth_request *q)
{
    struct scalar value;
    struct slice name;

    if (next(r) != '"')
        return wrong(r, "no name of a field");
    if (!string_take(r, &name))
        return false;
    if (!take(r, ':'))
        return wrong(r, "no ':' after the name of a field");
    if (!value_take(r, depth, &value))
        return false;
    if (q != NULL)
        field_set(q, name, &value);
    return true;
}

/* What is inside of an array or object; r->at is behind its opening bracket. */
static bool inside_take(struct reader *r, char close, unsigned depth, struct auth_request *q)
{
    struct scalar ignored;

    if (depth > AUTH_JSON_DEPTH)
        return wrong(r, "too many arrays or objects inside of each other");
    if (take(r, close))
        return true;
    do {
        if (close == '}' ? !member_take(r, depth, q) : !value_take(r, depth, &ignored))
            return false;
    } while (take(r, ','));
    return take(r, close) || wrong(r, "no end of an array or object");
}

static bool value_take(struct reader *r, unsigned depth, struct scalar *out)
{
    char c = next(r);

    *out = (struct scalar){ .absent = c == '[' || c == '{' };
    if (out->absent) {
        r->at++;
        return inside_take(r, c == '[' ? ']' : '}', depth + 1, NULL);
    }
    if (c == '"')
        return string_take(r, &out->text);
    if (c == '-' || (c >= '0' && c <= '9'))
        return number_take(r, &out->text);
    return word_take(r, out);
}

/* Does it send the password itself, or a token? The others prove that they know it. */
static bool sends_password(struct slice mech)
{
    static const struct slice names[] = { SLICE_INIT("PLAIN"), SLICE_INIT("LOGIN"),
                                          SLICE_INIT("XOAUTH2"), SLICE_INIT("OAUTHBEARER") };

    for (size_t i = 0; i < COUNT(names); i++)
        if (slice_eq_nocase(mech, names[i]))
            return true;
    return mech.n == 0;
}

const char *auth_json_parse(char *json, size_t n, struct auth_request *out)
{
    struct reader r = { .at = json, .end = json + n };
    struct auth_request q = { 0 };

    if (!take(&r, '{'))
        return "not a JSON object";
    if (!inside_take(&r, '}', 1, &q))
        return r.wrong;
    space_skip(&r);
    if (r.at != r.end)
        return "something follows the object";
    if (!sends_password(q.mech))
        q.pwhash = (struct slice){ NULL, 0 };
    *out = q;
    return NULL;
}

void auth_json_string(struct buf *out, struct slice text)
{
    struct buf clean = buf_make(SIZE_MAX);

    escape_terminal(&clean, text);
    buf_add_char(out, '"');
    for (size_t i = 0; i < clean.n; i++) {
        if (clean.p[i] == '"' || clean.p[i] == '\\')
            buf_add_char(out, '\\');
        buf_add_char(out, clean.p[i]);
    }
    buf_add_char(out, '"');
    buf_done(&clean);
}
