#include "serve/auth_answer.h"

#include "serve/auth_key.h"

#include "base/ban.h"

/* Adds the body of the answer to desk->body; returns the HTTP status. */
typedef unsigned serve(struct auth_desk *desk, const struct auth_request *request);

static void failure_body(struct auth_desk *desk, struct slice reason)
{
    buf_clear(&desk->body);
    buf_add(&desk->body, SLICE("{\"status\":\"failure\",\"reason\":"));
    auth_json_string(&desk->body, reason);
    buf_add_char(&desk->body, '}');
}

static unsigned failure(struct auth_desk *desk, unsigned status, const char *reason)
{
    failure_body(desk, slice_of(reason));
    return status;
}

static unsigned ok(struct auth_desk *desk)
{
    buf_add(&desk->body, SLICE("{\"status\":\"ok\"}"));
    desk->stats.other++;
    return 200;
}

static unsigned serve_allow(struct auth_desk *desk, const struct auth_request *request)
{
    struct auth_answer answer = { 0 };

    desk->options.allow(desk->options.ctx, request, &answer);
    if (answer.status == 0 && answer.msg.n == 0) { /* nearly always */
        buf_add(&desk->body, SLICE("{\"status\":0,\"msg\":\"\",\"r_attrs\":{}}"));
    } else {
        buf_printf(&desk->body, "{\"status\":%d,\"msg\":", answer.status);
        auth_json_string(&desk->body, slice_head_utf8(answer.msg, AUTH_MSG_MAX));
        buf_add(&desk->body, SLICE(",\"r_attrs\":{}}"));
    }
    desk->stats.allow++;
    desk->stats.refused += answer.status < 0;
    desk->stats.delayed += answer.status > 0;
    return 200;
}

static unsigned serve_report(struct auth_desk *desk, const struct auth_request *request)
{
    desk->options.report(desk->options.ctx, request);
    buf_add(&desk->body, SLICE("{\"status\":\"ok\"}"));
    desk->stats.report++;
    return 200;
}

static struct slice ip_of(const struct auth_request *request)
{
    return request->ip.n > 0 ? request->ip : request->remote;
}

static unsigned serve_reset(struct auth_desk *desk, const struct auth_request *request)
{
    struct slice ip = ip_of(request);

    if (request->login.n == 0 && ip.n == 0)
        return failure(desk, 400, "neither login nor ip: what is to be reset?");
    desk->options.reset(desk->options.ctx, request->login, ip);
    return ok(desk);
}

static unsigned serve_stats(struct auth_desk *desk, const struct auth_request *request)
{
    struct slice ip = ip_of(request);

    if (desk->options.stats == NULL)
        return failure(desk, 404, "getDBStats is not served: see 'mailfuse show'");
    if (request->login.n == 0 && ip.n == 0)
        return failure(desk, 400, "neither login nor ip: of what?");
    desk->options.stats(desk->options.ctx, request->login, ip, &desk->body);
    if (desk->body.full)
        return failure(desk, 500, "the answer is too long");
    desk->stats.other++;
    return 200;
}

static const struct command {
    struct slice name;
    serve *serve;
} commands[] = {
    { SLICE_INIT("allow"), serve_allow },
    { SLICE_INIT("report"), serve_report },
    { SLICE_INIT("reset"), serve_reset },
    { SLICE_INIT("getDBStats"), serve_stats },
};

/* What weakforced has besides, and where it is to be found here. */
static const struct elsewhere {
    struct slice name;
    const char *reason;
} elsewhere[] = {
    { SLICE_INIT("addBLEntry"), "no lists here: 'mailfuse block client' and 'mailfuse lock'" },
    { SLICE_INIT("delBLEntry"), "no lists here: 'mailfuse unblock client' and 'mailfuse unlock'" },
    { SLICE_INIT("getBL"), "no lists here: 'mailfuse status' shows what is refused" },
    { SLICE_INIT("addWLEntry"), "no lists here: 'mailfuse trust'" },
    { SLICE_INIT("delWLEntry"), "no lists here: 'mailfuse trust'" },
    { SLICE_INIT("getWL"), "no lists here: 'mailfuse status'" },
    { SLICE_INIT("stats"), "not served here: 'mailfuse status --json'" },
    { SLICE_INIT("dumpEntries"), "not served here: 'mailfuse status --json'" },
    { SLICE_INIT("syncDBs"), "there are no siblings here" },
    { SLICE_INIT("syncDone"), "there are no siblings here" },
    { SLICE_INIT("addSibling"), "there are no siblings here" },
    { SLICE_INIT("removeSibling"), "there are no siblings here" },
    { SLICE_INIT("setSiblings"), "there are no siblings here" },
};

static unsigned unknown(struct auth_desk *desk, struct slice name)
{
    for (size_t i = 0; i < COUNT(elsewhere); i++)
        if (slice_eq(name, elsewhere[i].name))
            return failure(desk, 404, elsewhere[i].reason);
    return failure(desk, 404,
                   "no such command: allow, report, reset, getDBStats and ping are there");
}

static unsigned health(struct auth_desk *desk, struct slice method)
{
    if (!slice_eq(method, SLICE("GET")))
        return failure(desk, 405, "only GET is allowed here");
    return desk->draining ? failure(desk, 503, "shutting down") : ok(desk);
}

/* A command with a JSON body. */
static unsigned post(struct auth_desk *desk, const struct command *command,
                     const struct http_request *head, char *body)
{
    struct auth_request request;
    const char *wrong;

    if (!slice_eq(head->method, SLICE("POST")))
        return failure(desk, 405, "only POST is allowed here");
    wrong = auth_json_parse(body, (size_t)head->length, &request);
    return wrong != NULL ? failure(desk, 400, wrong) : command->serve(desk, &request);
}

static unsigned answer_body(struct auth_desk *desk, const struct http_request *head, char *body)
{
    struct slice name = head->path;

    if (slice_eq(name, SLICE("/livez")) || slice_eq(name, SLICE("/readyz")))
        return health(desk, head->method);
    if (!auth_key_right(head, buf_slice(&desk->key)))
        return failure(desk, 401, "wrong or missing key");
    if (slice_eq(name, SLICE("/")))
        name = http_query_value(head->query, SLICE("command"));
    else if (!slice_skip(&name, SLICE("/command/")))
        name = (struct slice){ NULL, 0 };
    for (size_t i = 0; i < COUNT(commands); i++)
        if (slice_eq(name, commands[i].name))
            return post(desk, &commands[i], head, body);
    return slice_eq(name, SLICE("ping")) ? ok(desk) : unknown(desk, name);
}

/* The status line, and the fields that go with it alone. */
static struct slice status_line(unsigned status)
{
    switch (status) {
    case 200:
        return SLICE("HTTP/1.1 200 OK\r\n");
    case 401:
        return SLICE("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"mailfuse\"\r\n");
    case 404:
        return SLICE("HTTP/1.1 404 Not Found\r\n");
    case 405:
        return SLICE("HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, POST\r\n");
    case 411:
        return SLICE("HTTP/1.1 411 Length Required\r\n");
    case 413:
        return SLICE("HTTP/1.1 413 Content Too Large\r\n");
    case 431:
        return SLICE("HTTP/1.1 431 Request Header Fields Too Large\r\n");
    case 500:
        return SLICE("HTTP/1.1 500 Internal Server Error\r\n");
    case 503:
        return SLICE("HTTP/1.1 503 Service Unavailable\r\n");
    case 505:
        return SLICE("HTTP/1.1 505 HTTP Version Not Supported\r\n");
    default:
        return SLICE("HTTP/1.1 400 Bad Request\r\n");
    }
}

static void add_number(struct buf *out, size_t n)
{
    char digits[20];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    buf_add(out, (struct slice){ digits + at, sizeof digits - at });
}

static void frame(struct auth_desk *desk, unsigned status, bool keep_open, struct buf *out)
{
    buf_add(out, status_line(status));
    buf_add(out, SLICE("Content-Type: application/json\r\nContent-Length: "));
    add_number(out, desk->body.n);
    buf_add(out, keep_open ? SLICE("\r\nConnection: keep-alive\r\n\r\n")
                           : SLICE("\r\nConnection: close\r\n\r\n"));
    buf_add(out, buf_slice(&desk->body));
    desk->stats.unauthorized += status == 401;
    desk->stats.failed += status != 200 && status != 401;
}

unsigned auth_answer(struct auth_desk *desk, const struct http_request *head, char *body,
                     bool keep_open, struct buf *out)
{
    unsigned status;

    buf_clear(&desk->body);
    status = answer_body(desk, head, body);
    frame(desk, status, keep_open, out);
    return status;
}

void auth_answer_failure(struct auth_desk *desk, unsigned status, const char *reason,
                         struct buf *out)
{
    frame(desk, failure(desk, status, reason), false, out);
}
