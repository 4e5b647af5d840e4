/* authbench.c - load on an auth policy server, as Dovecot makes it: N kept-alive connections with
 * one request outstanding each, that ask "allow" and then "report" in turn. Prints one line of
 * JSON. The same seed makes the same requests.
 *
 * authbench PORT [CONNECTIONS [SECONDS [ACCOUNTS [PID [RATE]]]]]
 * PID   the server: its processor time is shown as well; 0: it is not
 * RATE  pairs a second, begun at fixed times; 0, or none: as fast as they are answered */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/hash.h"

#include "base/ban.h"

enum { CONNECTIONS_MAX = 1024, BUCKETS = 1 << 16, BUCKET_US = 2, ANSWER_MAX = 4096 };

struct connection {
    int fd;
    bool reports; /* the outstanding request is a report */
    uint64_t account;
    uint64_t sent_ns;
    size_t got;
    char answer[ANSWER_MAX];
};

struct bench {
    int epoll;
    unsigned connections;
    uint64_t accounts, made, pairs, refused;
    double rate; /* pairs a second; 0: closed loop */
    uint64_t start_ns;
    uint32_t latency[BUCKETS];
    unsigned idle_at, idle_n; /* those that wait, in turn: one that is never used would be closed */
    struct connection *idle[CONNECTIONS_MAX];
    struct connection all[CONNECTIONS_MAX];
};

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

/* The bytes of Dovecot 2.3; one login in ten is wrong, one client in ten comes by IPv6. The
 * accounts are called as polbench calls them. */
static size_t request(char out[1024], const struct connection *c)
{
    static const char host[] = "Host: 127.0.0.1:8084\r\nDate: Sun, 22 Nov 2026 03:10:10 GMT\r\n"
                               "User-Agent: dovecot/auth-policy-client\r\n";
    uint64_t h = hash_u64(c->account);
    bool wrong = h % 10 == 9;
    char remote[48], body[512];
    int n;

    if (c->account % 10 == 0)
        snprintf(remote, sizeof remote, "2001:db8:%x:%x::%x", (unsigned)(h >> 16 & 0xffff),
                 (unsigned)(h >> 32 & 0xffff), (unsigned)(h >> 48 & 0xffff));
    else
        snprintf(remote, sizeof remote, "10.%u.%u.%u", (unsigned)(h >> 8 & 255),
                 (unsigned)(h >> 16 & 255), (unsigned)(h >> 24 & 255));
    n = snprintf(
        body, sizeof body,
        "{\"device_id\":\"\",\"login\":\"user%07" PRIu64 "@dom%u.example\",\"protocol\":"
        "\"imap\",\"pwhash\":\"%04x\",\"remote\":\"%s\",\"session_id\":\"dzmt0NRgdI8uMF08\"%s,"
        "\"tls\":true}",
        c->account, (unsigned)(c->account % 1000), (unsigned)(h >> 20 & 0xfff), remote,
        !c->reports ? ""
        : wrong     ? ",\"success\":false,\"policy_reject\":false"
                    : ",\"success\":true,\"policy_reject\":false");
    return (size_t)snprintf(out, 1024,
                            "POST /?command=%s HTTP/1.1\r\n%sContent-Length: %d\r\n"
                            "Connection: Keep-Alive\r\nContent-Type: application/json\r\n\r\n%s",
                            c->reports ? "report" : "allow", host, n, body);
}

static void ask(struct bench *b, struct connection *c)
{
    char out[1024];
    size_t n;

    if (!c->reports)
        c->account = hash_u64(++b->made) % b->accounts;
    n = request(out, c);
    c->sent_ns = now_ns();
    if (write(c->fd, out, n) != (ssize_t)n)
        die("write");
}

/* True when the whole answer is there. */
static bool answered(const struct connection *c)
{
    static const char field[] = "Content-Length: ";
    const char *end = memmem(c->answer, c->got, "\r\n\r\n", 4);
    const char *length =
        end != NULL ? memmem(c->answer, (size_t)(end - c->answer), field, sizeof field - 1) : NULL;

    if (end == NULL)
        return false;
    if (length == NULL || memcmp(c->answer, "HTTP/1.1 200", 12) != 0) {
        fprintf(stderr, "authbench: not an answer: %.*s\n", (int)c->got, c->answer);
        exit(2);
    }
    return c->got >= (size_t)(end + 4 - c->answer) + strtoul(length + sizeof field - 1, NULL, 10);
}

static void note(struct bench *b, const struct connection *c)
{
    uint64_t slot = (now_ns() - c->sent_ns) / 1000 / BUCKET_US;

    b->latency[slot < BUCKETS ? slot : BUCKETS - 1]++;
    if (memmem(c->answer, c->got, "\"status\":-", 10) != NULL)
        b->refused++;
    b->pairs += c->reports;
}

static void idle_add(struct bench *b, struct connection *c)
{
    b->idle[(b->idle_at + b->idle_n++) % CONNECTIONS_MAX] = c;
}

static void readable(struct bench *b, struct connection *c)
{
    ssize_t n = read(c->fd, c->answer + c->got, sizeof c->answer - c->got);

    if (n <= 0) {
        fprintf(stderr, "authbench: the server closed: %s\n", n < 0 ? strerror(errno) : "no error");
        exit(2);
    }
    c->got += (size_t)n;
    if (!answered(c))
        return;
    note(b, c);
    c->got = 0;
    c->reports = !c->reports;
    if (b->rate > 0 && !c->reports)
        idle_add(b, c);
    else
        ask(b, c);
}

static void open_all(struct bench *b, uint16_t port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int one = 1;

    b->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (b->epoll < 0)
        die("epoll_create1");
    for (unsigned i = 0; i < b->connections; i++) {
        struct connection *c = &b->all[i];
        struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = c } };

        c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&at, sizeof at) < 0)
            die("connect");
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (epoll_ctl(b->epoll, EPOLL_CTL_ADD, c->fd, &event) < 0)
            die("epoll_ctl");
        if (b->rate > 0)
            idle_add(b, c);
        else
            ask(b, c);
    }
}

/* Begin the pairs that are due. */
static void ask_due(struct bench *b)
{
    uint64_t due = (uint64_t)((double)(now_ns() - b->start_ns) / 1e9 * b->rate);

    for (; b->idle_n > 0 && b->made < due; b->idle_n--, b->idle_at++)
        ask(b, b->idle[b->idle_at % CONNECTIONS_MAX]);
}

static unsigned quantile_us(const struct bench *b, double q)
{
    double want = q * 2 * (double)b->pairs, seen = 0;
    unsigned slot = 0;

    while (slot < BUCKETS - 1 && (seen += b->latency[slot]) < want)
        slot++;
    return slot * BUCKET_US;
}

/* Processor time of a process in seconds; 0 without one: fields 14 and 15 of proc(5) stat. */
static double cpu_of(const char *pid)
{
    char path[64], line[1024];
    unsigned long long ticks = 0;
    FILE *f;
    char *at;

    snprintf(path, sizeof path, "/proc/%s/stat", pid != NULL ? pid : "none");
    f = fopen(path, "r");
    if (f == NULL)
        return 0;
    at = fgets(line, sizeof line, f) != NULL ? strrchr(line, ')') : NULL;
    for (int field = 2; at != NULL && field < 15; field++) {
        at = strchr(at + 1, ' ');
        if (at != NULL && field >= 13)
            ticks += strtoull(at + 1, NULL, 10);
    }
    fclose(f);
    return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static void run(struct bench *b, double seconds)
{
    struct epoll_event ready[64];
    uint64_t end = now_ns() + (uint64_t)(seconds * 1e9);

    while (now_ns() < end) {
        int n = epoll_wait(b->epoll, ready, COUNT(ready), b->rate > 0 ? 1 : 100);

        ask_due(b);
        for (int i = 0; i < n; i++)
            readable(b, ready[i].data.ptr);
    }
}

static double number(int argc, char **argv, int i, double otherwise)
{
    return i < argc ? strtod(argv[i], NULL) : otherwise;
}

int main(int argc, char **argv)
{
    static struct bench b;
    double seconds = number(argc, argv, 3, 5), took, cpu, connections = number(argc, argv, 2, 16);
    const char *pid = argc > 5 ? argv[5] : NULL;
    uint64_t start;

    if (argc < 2 || connections < 1 || connections > CONNECTIONS_MAX) {
        fprintf(stderr, "usage: authbench PORT [CONNECTIONS [SECONDS [ACCOUNTS [PID [RATE]]]]]\n");
        return 2;
    }
    b.connections = (unsigned)connections;
    b.accounts = (uint64_t)number(argc, argv, 4, 1000000);
    b.rate = number(argc, argv, 6, 0);
    open_all(&b, (uint16_t)number(argc, argv, 1, 0));
    start = b.start_ns = now_ns();
    cpu = cpu_of(pid);
    run(&b, seconds);
    took = (double)(now_ns() - start) / 1e9;
    cpu = cpu_of(pid) - cpu;
    printf("{\"pairs_per_s\": %.0f, \"p50_us\": %u, \"p99_us\": %u, \"p999_us\": %u, "
           "\"refused\": %" PRIu64 ", \"server_cpu_us_per_pair\": %.2f, \"server_cpu\": %.2f}\n",
           (double)b.pairs / took, quantile_us(&b, 0.5), quantile_us(&b, 0.99),
           quantile_us(&b, 0.999), b.refused, b.pairs > 0 ? cpu * 1e6 / (double)b.pairs : 0,
           cpu / took);
    return 0;
}
