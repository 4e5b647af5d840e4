/* engine.c - the engine alone: how many events it takes in a second on one core, and how much
 * memory an account costs. See README.md.
 *
 *     bench_engine [ACCOUNTS [EVENTS [uniform|zipf|names|memory]]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "detect/detect.h"
#include "traffic.h"

#include "base/ban.h"

enum {
    DEFAULT_ACCOUNTS = 1000000,
    DEFAULT_EVENTS = 20000000,
    NAMES = 10000000,  /* that are invented */
    BUSY_MEETS = 400,  /* sessions of each busy account before anything is measured */
    GUESSED = 2000,    /* accounts whose password is guessed in between */
    GUESSES = 40,      /* failures of each */
    AHEAD = 16,        /* events that prefetching looks ahead, as a scan does */
    START_DAY = 20000, /* since 1970 */
};

struct bench {
    struct detect *detect;
    struct traffic *traffic;
    struct event events[TRAFFIC_BATCH];
    uint32_t who[TRAFFIC_BATCH];
    bool by_hint;       /* the ledger brings the number of the fuse; else its name is looked up */
    uint64_t stages[3]; /* of the verdicts */
    int64_t ns;         /* spent in the engine */
    uint64_t taken;
};

/* Time on the processor: others on this machine cost us their share of the cache, no more. */
static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Bytes of this process that are in memory. */
static double resident(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    double kb = 0;

    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (slice_starts(slice_of(line), SLICE("VmRSS:")))
            kb = strtod(line + sizeof "VmRSS:" - 1, NULL);
    if (file != NULL)
        fclose(file);
    return kb * 1024;
}

static void take_batch(struct bench *b)
{
    struct verdict verdicts[TRAFFIC_BATCH];
    int64_t start = now_ns();

    for (int i = 0; i < AHEAD; i++)
        detect_prefetch(b->detect, &b->events[i].subject, b->events[i].correspondent);
    for (int i = 0; i < TRAFFIC_BATCH; i++) {
        if (i + AHEAD < TRAFFIC_BATCH)
            detect_prefetch(b->detect, &b->events[i + AHEAD].subject,
                            b->events[i + AHEAD].correspondent);
        verdicts[i] = detect_event(b->detect, &b->events[i]);
    }
    b->ns += now_ns() - start;
    b->taken += TRAFFIC_BATCH;
    for (int i = 0; i < TRAFFIC_BATCH; i++) {
        b->stages[verdicts[i].stage]++;
        if (b->by_hint && b->who[i] != UINT32_MAX)
            traffic_hint(b->traffic, b->who[i], verdicts[i].fuse + 1);
    }
}

static void run(struct bench *b, enum traffic_order order, uint64_t events, uint64_t sessions)
{
    traffic_begin(b->traffic, order);
    b->ns = 0;
    b->taken = 0;
    memset(b->stages, 0, sizeof b->stages);
    while (b->taken < events || traffic_sessions(b->traffic) < sessions) {
        traffic_next(b->traffic, b->events, b->who);
        take_batch(b);
    }
}

static void show_speed(const struct bench *b, const char *what)
{
    printf("%-34s %7.2f million events/s  (%.0f ns each; %.4f %% of them held, %.4f %% locked)\n",
           what, (double)b->taken * 1e3 / (double)b->ns, (double)b->ns / (double)b->taken,
           100.0 * (double)b->stages[STAGE_HOLD] / (double)b->taken,
           100.0 * (double)b->stages[STAGE_LOCK] / (double)b->taken);
    (void)fflush(stdout);
}

/* Everybody is seen; then the busy ones are busy. Says what that costs in memory. */
static void populate(struct bench *b, uint32_t accounts)
{
    const struct detect_options options = { 0 };
    uint32_t busy = traffic_busy(b->traffic);
    double before = resident(), quiet, all;

    b->detect = detect_new(&options);
    run(b, TRAFFIC_FIRST, 0, accounts);
    quiet = resident();
    run(b, TRAFFIC_BUSY, 0, (uint64_t)busy * BUSY_MEETS);
    all = resident();
    printf("%u accounts, %u of them busy; %u known to the engine\n", accounts, busy,
           detect_count(b->detect));
    printf("memory of a quiet account        %5.0f bytes\n", (quiet - before) / accounts);
    printf("memory of a busy account         %5.0f bytes\n",
           (quiet - before) / accounts + (all - quiet) / busy);
    printf("memory of an account on average  %5.0f bytes\n", (all - before) / accounts);
    (void)fflush(stdout);
}

/* A sum of what the engine thinks of everybody. */
static double opinion(const struct detect *d)
{
    double sum = detect_count(d);

    for (uint32_t i = 0; i < detect_count(d); i++) {
        const struct incident *incident = detect_incident(d, i);

        sum += incident != NULL ? incident->score + (double)(incident->locked.ms % 9973) : 0;
    }
    return sum;
}

static void invent(struct bench *b, uint64_t names)
{
    memset(b->who, 0xff, sizeof b->who);
    memset(b->stages, 0, sizeof b->stages);
    b->ns = 0;
    for (b->taken = 0; b->taken < names;) {
        traffic_invented(b->traffic, b->events);
        take_batch(b);
    }
}

static void show_names(struct bench *b)
{
    uint32_t known = detect_count(b->detect);
    double before = resident(), thought = opinion(b->detect);

    invent(b, NAMES);
    show_speed(b, "failed logins of invented names");
    printf("%u names later: memory %+.0f bytes, known accounts %+d, opinions %s\n", NAMES,
           resident() - before, (int)(detect_count(b->detect) - known),
           opinion(b->detect) == thought ? "unchanged" : "CHANGED");
}

/* Something of account `i` from where its password is guessed. */
static struct event from_guesser(struct bench *b, uint32_t i, enum event_type type)
{
    struct event e = traffic_event(b->traffic, i, type);

    e.client.b[10] = e.client.b[11] = 0xff;
    e.client.b[12] = 203;
    e.client.b[13] = (uint8_t)(i >> 8);
    e.client.b[14] = (uint8_t)i;
    if (type == EVENT_SUBMISSION) {
        e.recipients = 1;
        e.sender = e.subject.name;
        e.software = 4711;
    }
    return e;
}

/* Guess at the passwords of some known accounts, let `names` names be invented, and send from where
 * the guesses came. The score that each is given then, on average. */
static double guessed_score(uint64_t names)
{
    struct bench *b = memory_new(1, sizeof *b);
    const struct detect_options options = { 0 };
    double sum = 0;

    b->traffic = traffic_new(GUESSED, (struct wall){ START_DAY * DAY_MS }, 5);
    b->detect = detect_new(&options);
    run(b, TRAFFIC_FIRST, 0, GUESSED * 6);
    for (uint32_t i = 0; i < GUESSED * GUESSES; i++) {
        struct event e = from_guesser(b, i % GUESSED, EVENT_LOGIN_FAILURE);

        (void)detect_event(b->detect, &e);
    }
    traffic_wait(b->traffic, DAY_MS / 24);
    invent(b, names);
    for (uint32_t i = 0; i < GUESSED; i++) {
        struct event e = from_guesser(b, i, EVENT_SUBMISSION);

        sum += detect_event(b->detect, &e).score;
    }
    detect_free(b->detect);
    traffic_free(b->traffic);
    free(b);
    return sum / GUESSED;
}

static void show_guessed(void)
{
    printf("score of accounts whose password was guessed: %.3f; with %u names in between: %.3f\n",
           guessed_score(0), NAMES, guessed_score(NAMES));
}

int main(int argc, char **argv)
{
    struct slice only = slice_of(argc > 3 ? argv[3] : "");
    uint64_t accounts = DEFAULT_ACCOUNTS, events = DEFAULT_EVENTS;
    struct bench *b = memory_new(1, sizeof *b);

    if ((argc > 1 && !slice_to_u64(slice_of(argv[1]), &accounts)) || accounts < 1000 ||
        accounts > UINT32_MAX / 2 || (argc > 2 && !slice_to_u64(slice_of(argv[2]), &events))) {
        fputs("usage: bench_engine [ACCOUNTS [EVENTS [uniform|zipf|names|memory]]]\n", stderr);
        return 2;
    }
    b->traffic = traffic_new((uint32_t)accounts, (struct wall){ START_DAY * DAY_MS }, 1);
    b->by_hint = true;
    populate(b, (uint32_t)accounts);
    if (only.n == 0 || slice_eq(only, SLICE("uniform"))) {
        run(b, TRAFFIC_UNIFORM, events, 0);
        show_speed(b, "uniform order");
    }
    if (only.n == 0 || slice_eq(only, SLICE("zipf"))) {
        run(b, TRAFFIC_ZIPF, events, 0);
        show_speed(b, "Zipf order");
    }
    if (only.n == 0 || slice_eq(only, SLICE("names"))) {
        show_names(b);
        show_guessed();
    }
    detect_free(b->detect);
    traffic_free(b->traffic);
    free(b);
    return 0;
}
