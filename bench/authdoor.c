/* authdoor.c - the auth policy door with the protection against guessing behind it and nothing
 * else, for bench/auth.py: authdoor PORT [KEY]. Ends with SIGTERM. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/hash.h"
#include "detect/bruteforce.h"
#include "serve/auth_door.h"

#include "base/ban.h"

static struct wall now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return (struct wall){ (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 };
}

static struct login_attempt attempt(const struct auth_request *q)
{
    struct login_attempt a = { .account = q->login.n > 0 ? hash_slice(q->login, 1) : 0,
                               .pwhash = (uint32_t)hash_slice(q->pwhash, 2),
                               .has_pwhash = q->pwhash.n > 0 };

    (void)ip_parse(q->remote, &a.ip);
    return a;
}

static void allow(void *ctx, const struct auth_request *q, struct auth_answer *answer)
{
    struct login_attempt a = attempt(q);
    unsigned wait_s = 0;

    if (bruteforce_allow(ctx, &a, now(), &wait_s) != BRUTEFORCE_NOT)
        *answer = (struct auth_answer){ -1, SLICE("too many wrong passwords, try again later") };
    else
        answer->status = (int)wait_s;
}

static void report(void *ctx, const struct auth_request *q)
{
    struct login_attempt a = attempt(q);

    if (q->success)
        bruteforce_success(ctx, &a, now());
    else if (!q->policy_reject)
        (void)bruteforce_failure(ctx, &a, now());
}

static void reset(void *ctx, struct slice login, struct slice ip)
{
    (void)ctx, (void)login, (void)ip;
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    struct event_base *base = event_base_new();
    struct bruteforce *b = bruteforce_new(&(struct bruteforce_options){ .seed = 1 });
    struct auth_door_options options = {
        .allow = allow, .report = report, .reset = reset, .ctx = b
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    at.sin_port = htons(argc >= 2 ? (uint16_t)strtoul(argv[1], NULL, 10) : 0);
    if (argc > 2)
        options.key = slice_of(argv[2]);
    if (base == NULL || at.sin_port == 0 || fd < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
        bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 128) < 0 ||
        auth_door_new(base, &fd, 1, &options) == NULL) {
        perror("authdoor PORT [KEY]");
        return 2;
    }
    return event_base_dispatch(base) < 0;
}
