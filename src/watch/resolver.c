#include "watch/resolver.h"

#include <stdio.h>
#include <stdlib.h>
#include <unbound-event.h>
#include <unbound.h>

#include "base/library.h"
#include "base/memory.h"

#include "base/ban.h"

#define FUNCTIONS(X)                                                                               \
    X(ub_ctx_create_event)                                                                         \
    X(ub_ctx_debugout)                                                                             \
    X(ub_ctx_delete)                                                                               \
    X(ub_ctx_set_fwd)                                                                              \
    X(ub_ctx_set_option)                                                                           \
    X(ub_ctx_zone_remove)                                                                          \
    X(ub_resolve_event)

struct libunbound {
    FUNCTIONS(LIBRARY_POINTER)
};

enum { PORT = 53, SERVER_TEXT_MAX = IP_TEXT_MAX + 8 };

/* One question. Unbound keeps a pointer to it until it has called back, which may be long after
 * our time is over; it is freed then, or by ub_ctx_delete, which calls back for all. */
struct ask {
    struct resolver *resolver;
    struct ask *next, **link; /* of all whose callback is due */
    struct event *timer; /* deadline; or, once unbound has called back, "as soon as possible" */
    resolver_done *done; /* NULL: was called */
    void *ctx;
    bool calling_back_due; /* unbound still knows it */
    enum resolver_end end;
    struct dns_answer answer;
};

struct resolver {
    struct libunbound lib;
    struct ub_ctx *unbound; /* NULL: there is none */
    struct event_base *base;
    struct ask *asks;
};

static void ask_free(struct ask *a)
{
    *a->link = a->next;
    if (a->next != NULL)
        a->next->link = a->link;
    event_free(a->timer);
    free(a);
}

/* In the loop, outside of everything else: tell how it ended. */
static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct ask *a = arg;
    resolver_done *done = a->done;

    (void)fd;
    (void)what;
    a->done = NULL;
    if (done != NULL)
        done(a->ctx, a->end, a->end == RESOLVER_ANSWER ? &a->answer : NULL);
    if (!a->calling_back_due)
        ask_free(a);
}

/* Unbound calls back, perhaps from within ub_resolve_event. */
static void on_unbound(void *arg, int code, void *packet, int size, int secure, char *why_bogus,
                       int limited)
{
    static const struct timeval now = { 0, 0 };
    struct ask *a = arg;

    (void)secure;
    (void)why_bogus;
    (void)limited;
    a->calling_back_due = false;
    if (a->done == NULL && !evtimer_pending(a->timer, NULL)) {
        ask_free(a);
        return;
    }
    a->end = RESOLVER_ANSWER;
    a->answer = (struct dns_answer){ .code = (unsigned)code };
    if (code == DNS_NOERROR &&
        (packet == NULL || size <= 0 ||
         !dns_answer_parse((struct slice){ packet, (size_t)size }, &a->answer)))
        a->end = RESOLVER_FAILED;
    evtimer_add(a->timer, &now);
}

/* Libunbound has its own words for each option, and takes them only before the first question. */
static bool set_options(struct resolver *r, bool loopback)
{
    static const char *const options[][2] = {
        { "module-config:", "iterator" },
        { "qname-minimisation:", "no" }, /* a question for each label of each address else */
        { "cache-max-ttl:", "900" },
        { "cache-max-negative-ttl:", "300" },
        { "infra-host-ttl:", "60" },
        { "outgoing-range:", "128" },
        { "msg-cache-size:", "2m" },
        { "rrset-cache-size:", "4m" },
        { "verbosity:", "0" },
    };
    bool ok = true;

    for (size_t i = 0; i < COUNT(options); i++)
        ok = r->lib.ub_ctx_set_option(r->unbound, options[i][0], options[i][1]) == 0 && ok;
    if (loopback)
        ok = r->lib.ub_ctx_set_option(r->unbound, "do-not-query-localhost:", "no") == 0 && ok;
    return ok;
}

static bool add_forwarder(struct resolver *r, const struct dnsbl_server *server)
{
    char ip[IP_TEXT_MAX], text[SERVER_TEXT_MAX];

    snprintf(text, sizeof text, "%s@%u", ip_text(&server->ip, ip), (unsigned)server->port);
    return r->lib.ub_ctx_set_fwd(r->unbound, text) == 0;
}

/* Ready for questions; false when it cannot be. */
static bool set_up(struct resolver *r, const struct dnsbl_server *servers, size_t n)
{
    bool loopback = false, ok;

    for (size_t i = 0; i < n; i++)
        loopback = loopback || ip_is_loopback(&servers[i].ip);
    r->unbound = r->lib.ub_ctx_create_event(r->base);
    ok = r->unbound != NULL && r->lib.ub_ctx_debugout(r->unbound, NULL) == 0 &&
         set_options(r, loopback);
    for (size_t i = 0; ok && i < n; i++)
        ok = add_forwarder(r, &servers[i]);
    /* Unbound answers for these itself; lists of an administrator may be there. */
    return ok && r->lib.ub_ctx_zone_remove(r->unbound, "test.") == 0;
}

struct resolver *resolver_new(struct event_base *base, const struct dnsbl_server *servers, size_t n,
                              struct buf *why)
{
    static const char *const names[] = { FUNCTIONS(LIBRARY_NAME) };
    struct resolver *r = memory_new(1, sizeof *r);
    const char *missing = library_load(LIBRARY_UNBOUND, names, COUNT(names), &r->lib);

    r->base = base;
    if (missing == NULL && set_up(r, servers, n))
        return r;
    buf_printf(why, "libunbound cannot be set up%s%s", missing != NULL ? ": " : "",
               missing != NULL ? missing : "");
    resolver_free(r);
    return NULL;
}

void resolver_ask(struct resolver *r, const char *name, int type, int64_t timeout_ms,
                  resolver_done *done, void *ctx)
{
    struct timeval in = { .tv_sec = timeout_ms / 1000,
                          .tv_usec = (suseconds_t)(timeout_ms % 1000 * 1000) };
    struct ask *a = memory_new(1, sizeof *a);

    *a = (struct ask){ .resolver = r,
                       .next = r->asks,
                       .link = &r->asks,
                       .done = done,
                       .ctx = ctx,
                       .calling_back_due = true,
                       .end = RESOLVER_TIMEOUT };
    if (r->asks != NULL)
        r->asks->link = &a->next;
    r->asks = a;
    a->timer = evtimer_new(r->base, on_timer, a);
    if (a->timer == NULL)
        abort(); /* as memory.h does */
    evtimer_add(a->timer, &in);
    if (r->lib.ub_resolve_event(r->unbound, name, type, DNS_IN, a, on_unbound, NULL) != 0) {
        a->calling_back_due = false;
        a->end = RESOLVER_FAILED;
        in = (struct timeval){ 0, 0 };
        evtimer_add(a->timer, &in);
    }
}

void resolver_free(struct resolver *r)
{
    if (r == NULL)
        return;
    for (struct ask *a = r->asks; a != NULL; a = a->next)
        a->done = NULL;
    if (r->unbound != NULL)
        r->lib.ub_ctx_delete(r->unbound);
    for (struct ask *a = r->asks, *next; a != NULL; a = next) {
        next = a->next;
        event_free(a->timer);
        free(a);
    }
    free(r);
}

size_t resolver_read_conf(struct slice text, struct dnsbl_server out[DNSBL_SERVERS_MAX])
{
    struct slice line, rest, word;
    size_t n = 0;
    bool more = true;

    while (more && n < DNSBL_SERVERS_MAX) {
        more = slice_cut(&text, '\n', &line);
        if (!more)
            line = text;
        rest = slice_trim(line);
        if (!slice_skip(&rest, SLICE("nameserver")) || rest.n == 0 ||
            (rest.p[0] != ' ' && rest.p[0] != '\t'))
            continue;
        rest = slice_trim(rest);
        if (!slice_cut(&rest, '%', &word)) /* "fe80::1%eth0": its zone */
            word = rest;
        if (ip_parse(word, &out[n].ip))
            out[n++].port = PORT;
    }
    return n;
}
