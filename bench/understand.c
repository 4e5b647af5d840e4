/* understand.c - how long frame and parsers take for each line of a log, reading left out.
 *
 *     build/bench_understand FILE [ROUNDS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "proto/understand.h"

#include "base/ban.h"

enum { BATCH = 256 }; /* lines framed, then understood: as warm in the cache as in a scan */

struct sums {
    uint64_t lines, events[RECORD_EVENTS];
    int64_t frame_ns, understand_ns;
};

static struct slice read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct slice all = { NULL, 0 };
    long size;
    char *p;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) <= 0)
        return all;
    rewind(file);
    p = memory_new((size_t)size, 1);
    all = (struct slice){ p, fread(p, 1, (size_t)size, file) };
    fclose(file);
    return all;
}

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void understand_batch(const struct logline *lines, size_t n, struct sums *sums)
{
    for (size_t i = 0; i < n; i++) {
        struct record r;

        (void)understand(&lines[i], &r);
        sums->events[r.event]++;
    }
    sums->lines += n;
}

static struct sums run(struct slice all)
{
    struct stamp_clock clock = { .first_year = 2026 };
    struct logline lines[BATCH];
    struct sums sums = { 0 };

    while (all.n > 0) {
        int64_t start = now_ns(), framed;
        struct slice line;
        size_t n = 0;

        while (n < BATCH && slice_cut(&all, '\n', &line))
            n += logline_parse(&clock, line, &lines[n]) == LOGLINE_OK;
        framed = now_ns();
        understand_batch(lines, n, &sums);
        sums.frame_ns += framed - start;
        sums.understand_ns += now_ns() - framed;
        if (n < BATCH)
            break;
    }
    return sums;
}

int main(int argc, char **argv)
{
    struct slice all = argc > 1 ? read_file(argv[1]) : (struct slice){ NULL, 0 };
    uint64_t rounds = 5;
    struct sums best = { 0 };

    if (all.n == 0 || (argc > 2 && !slice_to_u64(slice_of(argv[2]), &rounds))) {
        fputs("usage: bench_understand FILE [ROUNDS]\n", stderr);
        return 2;
    }
    for (uint64_t round = 0; round < rounds; round++) {
        struct sums sums = run(all);

        if (round == 0 || sums.understand_ns < best.understand_ns)
            best = sums;
    }
    printf("%llu lines; of each: frame %.1f ns, understand %.1f ns\n",
           (unsigned long long)best.lines, (double)best.frame_ns / (double)best.lines,
           (double)best.understand_ns / (double)best.lines);
    for (enum record_event e = 0; e < RECORD_EVENTS; e++) {
        if (best.events[e] > 0)
            printf("%10llu %s\n", (unsigned long long)best.events[e], record_event_name(e));
    }
    return 0;
}
