#include "proto/http_request.h"

#include "base/ban.h"

enum { FIELDS_MAX = 64 };

/* What the fields of one request say, and what must stand once. */
struct fields {
    bool host, length, coding;
};

/* tchar of RFC 9110 section 5.6.2. */
static bool is_token_char(unsigned char c)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && memchr(others, c, sizeof others - 1) != NULL);
}

static bool is_token(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_token_char((unsigned char)s.p[i]))
            return false;
    return s.n > 0;
}

/* Visible characters, space, tab and bytes above 127: RFC 9110 section 5.5. */
static bool is_field_value(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

/* Is `word` in a list such as "keep-alive, Upgrade"? */
static bool list_has(struct slice list, struct slice word)
{
    struct slice rest = list, one;

    while (slice_cut(&rest, ',', &one))
        if (slice_eq_nocase(slice_trim(one), word))
            return true;
    return slice_eq_nocase(slice_trim(rest), word);
}

/* "http://host/path" (which servers must understand: RFC 9112 section 3.2.2) to "/path". */
static bool target_set(struct http_request *r, struct slice target)
{
    struct slice host;

    for (size_t i = 0; i < target.n; i++)
        if ((unsigned char)target.p[i] <= ' ' || (unsigned char)target.p[i] >= 0x7f)
            return false;
    if (slice_skip(&target, SLICE("http://"))) {
        if (!slice_cut(&target, '/', &host))
            return false;
        target = (struct slice){ target.p - 1, target.n + 1 };
    }
    if (!slice_starts(target, SLICE("/")))
        return false;
    if (slice_cut(&target, '?', &r->path))
        r->query = target;
    else
        r->path = target;
    return true;
}

/* "POST /?command=allow HTTP/1.1" */
static enum http_parse request_line(struct http_request *r, struct slice line)
{
    struct slice target;
    bool digits;

    if (!slice_cut(&line, ' ', &r->method) || !slice_cut(&line, ' ', &target) ||
        !is_token(r->method) || !target_set(r, target))
        return HTTP_BAD;
    digits = line.n == 8 && slice_starts(line, SLICE("HTTP/")) && line.p[6] == '.' &&
             line.p[5] >= '0' && line.p[5] <= '9' && line.p[7] >= '0' && line.p[7] <= '9';
    if (!digits || line.p[5] == '0')
        return HTTP_BAD;
    r->keep_alive = line.p[7] != '0';
    return line.p[5] == '1' ? HTTP_OK : HTTP_VERSION_TOO_HIGH;
}

static bool field_set(struct http_request *r, struct fields *seen, struct slice name,
                      struct slice value)
{
    if (slice_eq_nocase(name, SLICE("Content-Length"))) {
        /* Two lengths, or a list of them, are how requests are smuggled: RFC 9112 section 6.3. */
        if (seen->length || !slice_to_u64(value, &r->length))
            return false;
        seen->length = true;
    } else if (slice_eq_nocase(name, SLICE("Transfer-Encoding"))) {
        seen->coding = true;
    } else if (slice_eq_nocase(name, SLICE("Host"))) {
        if (seen->host)
            return false;
        seen->host = true;
    } else if (slice_eq_nocase(name, SLICE("Connection"))) {
        if (list_has(value, SLICE("close")))
            r->keep_alive = false;
        else if (list_has(value, SLICE("keep-alive")))
            r->keep_alive = true;
    } else if (slice_eq_nocase(name, SLICE("Expect"))) {
        r->expects = slice_eq_nocase(value, SLICE("100-continue"));
    } else if (slice_eq_nocase(name, SLICE("Authorization"))) {
        r->authorization = value;
    } else if (slice_eq_nocase(name, SLICE("X-API-Key"))) {
        r->api_key = value;
    }
    return true;
}

/* The fields, up to the empty line, which `lines` no longer has. */
static enum http_parse fields_parse(struct http_request *r, struct slice lines)
{
    bool version_1_1 = r->keep_alive;
    struct fields seen = { 0 };
    struct slice line, name;
    unsigned n = 0;

    while (slice_cut_at(&lines, SLICE("\r\n"), &line)) {
        if (!slice_cut(&line, ':', &name) || !is_token(name) || ++n > FIELDS_MAX)
            return HTTP_BAD;
        line = slice_trim(line);
        if (!is_field_value(line) || !field_set(r, &seen, name, line))
            return HTTP_BAD;
    }
    if (lines.n > 0 || (version_1_1 && !seen.host) || (seen.coding && seen.length))
        return HTTP_BAD;
    return seen.coding ? HTTP_LENGTH_REQUIRED : HTTP_OK;
}

enum http_parse http_request_parse(struct slice in, struct http_request *out, size_t *used)
{
    struct http_request r = { 0 };
    struct slice rest = in, head, line;
    enum http_parse got;

    (void)slice_skip(&rest, SLICE("\r\n")); /* RFC 9112 section 2.2 */
    if (!slice_cut_at(&rest, SLICE("\r\n\r\n"), &head))
        return in.n < HTTP_HEAD_MAX ? HTTP_MORE : HTTP_HEAD_TOO_LARGE;
    if (in.n - rest.n > HTTP_HEAD_MAX)
        return HTTP_HEAD_TOO_LARGE;
    head.n += 2; /* each line with its end */
    if (!slice_cut_at(&head, SLICE("\r\n"), &line))
        return HTTP_BAD;
    got = request_line(&r, line);
    if (got == HTTP_OK)
        got = fields_parse(&r, head);
    if (got != HTTP_OK)
        return got;
    *used = in.n - rest.n;
    *out = r;
    return HTTP_OK;
}

struct slice http_query_value(struct slice query, struct slice name)
{
    while (query.n > 0) {
        struct slice pair, key;

        if (!slice_cut(&query, '&', &pair)) {
            pair = query;
            query.n = 0;
        }
        if (slice_cut(&pair, '=', &key) && slice_eq(key, name))
            return pair;
    }
    return (struct slice){ NULL, 0 };
}
