/* policy_door ADDRESS - the smallest program that answers DUNNO through the policy door: what a
 * policy server of ours costs before it thinks. ADDRESS is HOST:PORT or unix:PATH, as polecho has
 * it. Runs until it is ended. */
#include <stdio.h>
#include <stdlib.h>

#include "serve/listen.h"
#include "serve/policy_door.h"

#include "base/ban.h"

static void dunno(void *ctx, uint64_t connection, const struct policy_request *r,
                  struct buf *action)
{
    (void)ctx;
    (void)connection;
    (void)r;
    buf_add(action, SLICE("DUNNO"));
}

static void tell(void *ctx, const char *text)
{
    (void)ctx;
    fprintf(stderr, "%s\n", text);
}

int main(int argc, char **argv)
{
    const struct policy_door_options options = { .answer = dunno, .trouble = tell };
    struct event_base *base = event_base_new();
    struct policy_door *door;
    char where[256], error[256];
    int fd;

    if (argc != 2 || base == NULL) {
        fprintf(stderr, "usage: policy_door HOST:PORT|unix:PATH\n");
        return 2;
    }
    snprintf(where, sizeof where, "%s%s",
             strncmp(argv[1], "unix:", 5) == 0 ? "" : "inet:", argv[1]);
    fd = listen_open(where, 0600, (uid_t)-1, (gid_t)-1, error, sizeof error);
    if (fd < 0) {
        fprintf(stderr, "%s\n", error);
        return 2;
    }
    door = policy_door_new(base, &fd, 1, &options);
    event_base_dispatch(base);
    policy_door_free(door);
    event_base_free(base);
    return 0;
}
