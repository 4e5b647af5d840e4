/* fill.c - what `mailfuse run` has on its disk once it has learnt the habits of many accounts,
 * within seconds: made up by traffic.h, written with the daemon's own functions. See README.md.
 *
 *     bench_fill FOLDER [ACCOUNTS]
 *
 * FOLDER is a new state directory. The accounts are those that polbench of ../shared/bench asks
 * about; the last of what they did was an hour ago. Says how many there are. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "detect/detect.h"
#include "run/pictures.h"
#include "store/store.h"
#include "traffic.h"

#include "base/ban.h"

enum {
    DEFAULT_ACCOUNTS = 1000000,
    BUSY_MEETS = 200, /* sessions of each busy account */
    BUSY_A_DAY = 108, /* of them, traffic.c */
    AHEAD = 16,       /* events that prefetching looks ahead */
    PATIENCE_MS = 120 * 1000,
    ERROR_MAX = 2000,
};

struct fill {
    struct detect *detect;
    struct traffic *traffic;
};

static struct wall wall_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (struct wall){ now.tv_sec * 1000 + now.tv_nsec / 1000000 };
}

static void live(struct fill *f, enum traffic_order order, uint64_t sessions)
{
    struct event events[TRAFFIC_BATCH];
    uint32_t who[TRAFFIC_BATCH];

    traffic_begin(f->traffic, order);
    while (traffic_sessions(f->traffic) < sessions) {
        traffic_next(f->traffic, events, who);
        for (int i = 0; i < TRAFFIC_BATCH; i++) {
            const struct event *later = &events[i + AHEAD < TRAFFIC_BATCH ? i + AHEAD : i];
            struct verdict v;

            detect_prefetch(f->detect, &later->subject, later->correspondent);
            v = detect_event(f->detect, &events[i]);
            if (who[i] != UINT32_MAX)
                traffic_hint(f->traffic, who[i], v.fuse + 1);
        }
    }
}

static int save(struct fill *f, const char *folder)
{
    struct buf error = buf_make(ERROR_MAX);
    struct store *store = store_open(folder, &error);
    int status = 0;

    if (store == NULL || store_start(store) != 0) {
        fprintf(stderr, "bench_fill: %.*s\n", SLICE_ARG(buf_slice(&error)));
        status = 2;
    } else if (pictures_write(f->detect, store) != 0) {
        fprintf(stderr, "bench_fill: %s: not everything could be written\n", folder);
        status = 2;
    }
    if (store_close(store, status == 0 ? PATIENCE_MS : 0) != 0)
        status = 2;
    buf_done(&error);
    return status;
}

int main(int argc, char **argv)
{
    const struct detect_options options = { 0 };
    uint64_t accounts = DEFAULT_ACCOUNTS;
    struct wall start = wall_now();
    struct fill f = { 0 };
    int status;

    if (argc < 2 || argc > 3 || (argc > 2 && !slice_to_u64(slice_of(argv[2]), &accounts)) ||
        accounts < 1000 || accounts > UINT32_MAX / 2) {
        fputs("usage: bench_fill FOLDER [ACCOUNTS]\n", stderr);
        return 2;
    }
    start.ms -= DAY_MS + DAY_MS * BUSY_MEETS / BUSY_A_DAY + HOUR_MS;
    f.traffic = traffic_new((uint32_t)accounts, start, 1);
    traffic_as_polbench(f.traffic);
    f.detect = detect_new(&options);
    live(&f, TRAFFIC_FIRST, accounts);
    live(&f, TRAFFIC_BUSY, (uint64_t)traffic_busy(f.traffic) * BUSY_MEETS);
    status = save(&f, argv[1]);
    printf("%u accounts\n", detect_count(f.detect));
    detect_free(f.detect);
    traffic_free(f.traffic);
    return status;
}
