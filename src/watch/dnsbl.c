#include "watch/dnsbl.h"

#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "watch/dnsbl_lane.h"

#include "base/ban.h"

enum { BUSY_MAX = 128, SOON_MS = 5 };

/* A question under way. */
struct question {
    bool used;
    struct dnsbl_cycle *cycle;
    struct dnsbl_lane *lane;
    struct dnsbl_task task;
};

struct dnsbl_cycle {
    struct resolver *resolver;
    struct event *turn; /* to ask what may be asked now */
    struct dnsbl_plan plan;
    struct dnsbl_lane *lanes;     /* one for each list */
    struct dnsbl_result *results; /* subjects of the first list, then of the next */
    struct question slots[BUSY_MAX];
    unsigned busy; /* of them */
    uint64_t questions;
    size_t first; /* lane that begins the next turn */
    dnsbl_finished *finished;
    void *ctx;
};

static struct mono now_mono(void)
{
    const int64_t second_ms = 1000, ms_ns = 1000000;
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (struct mono){ (int64_t)t.tv_sec * second_ms + t.tv_nsec / ms_ns };
}

static void turn_in(struct dnsbl_cycle *c, int ms)
{
    struct timeval in = { 0, ms * 1000 };

    evtimer_add(c->turn, &in);
}

static void on_answer(void *ctx, enum resolver_end end, const struct dns_answer *answer)
{
    struct question *q = ctx;

    q->used = false;
    q->cycle->busy--;
    dnsbl_lane_take(q->lane, &q->task, end, answer);
    turn_in(q->cycle, 0);
}

/* A free slot: there is one as long as not all are busy. */
static struct question *slot(struct dnsbl_cycle *c)
{
    size_t i = 0;

    while (i + 1 < BUSY_MAX && c->slots[i].used)
        i++;
    return &c->slots[i];
}

static void ask(struct dnsbl_cycle *c, struct dnsbl_lane *lane, const struct dnsbl_task *task,
                const char *name)
{
    struct question *q;

    if (name[0] == '\0') { /* zone and domain are too long together: such a name cannot be listed */
        struct dns_answer none = { .code = DNS_NXDOMAIN };

        dnsbl_lane_take(lane, task, RESOLVER_ANSWER, &none);
        return;
    }
    q = slot(c);
    *q = (struct question){ .used = true, .cycle = c, .lane = lane, .task = *task };
    c->busy++;
    c->questions++;
    resolver_ask(c->resolver, name, task->what == DNSBL_ASK_TEXT ? DNS_TXT : DNS_A,
                 c->plan.timeout_ms, on_answer, q);
}

/* Ask at most one question of each list. True when there was any. */
static bool ask_round(struct dnsbl_cycle *c, struct mono now)
{
    bool asked = false;

    for (size_t i = 0; i < c->plan.lists_n && c->busy < BUSY_MAX; i++) {
        struct dnsbl_lane *lane = &c->lanes[(c->first + i) % c->plan.lists_n];
        struct dnsbl_task task;
        char name[DNSBL_NAME_MAX];

        if (dnsbl_lane_next(lane, now, &task, name)) {
            ask(c, lane, &task, name);
            asked = true;
        }
    }
    c->first++;
    return asked;
}

static bool is_waiting(const struct dnsbl_cycle *c)
{
    for (size_t i = 0; i < c->plan.lists_n; i++)
        if (dnsbl_lane_waiting(&c->lanes[i]))
            return true;
    return false;
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
    struct dnsbl_cycle *c = arg;
    struct mono now = now_mono();

    (void)fd;
    (void)what;
    while (c->busy < BUSY_MAX && ask_round(c, now))
        ;
    if (is_waiting(c))
        turn_in(c, SOON_MS);
    else if (c->busy == 0)
        c->finished(c->ctx);
}

struct dnsbl_cycle *dnsbl_cycle_new(struct event_base *base, struct resolver *resolver,
                                    const struct dnsbl_plan *plan, dnsbl_finished *finished,
                                    void *ctx)
{
    struct dnsbl_cycle *c = memory_new(1, sizeof *c);

    *c = (struct dnsbl_cycle){
        .resolver = resolver, .plan = *plan, .finished = finished, .ctx = ctx
    };
    c->turn = evtimer_new(base, on_turn, c);
    if (c->turn == NULL)
        abort(); /* as memory.h does */
    c->lanes = memory_new(plan->lists_n + 1, sizeof *c->lanes);
    c->results = memory_new(plan->lists_n * plan->subjects_n + 1, sizeof *c->results);
    for (size_t i = 0; i < plan->lists_n; i++)
        dnsbl_lane_init(&c->lanes[i], &c->plan, i, c->results + i * plan->subjects_n);
    turn_in(c, 0);
    return c;
}

const struct dnsbl_result *dnsbl_cycle_result(const struct dnsbl_cycle *cycle, size_t subject,
                                              size_t list)
{
    return &cycle->results[list * cycle->plan.subjects_n + subject];
}

enum dnsbl_life dnsbl_cycle_life(const struct dnsbl_cycle *cycle, size_t list, enum dnsbl_kind kind,
                                 const char **why)
{
    const struct dnsbl_proof *proof = &cycle->lanes[list].proofs[dnsbl_index(kind)];

    *why = proof->why != NULL ? proof->why : "";
    return proof->life;
}

uint64_t dnsbl_cycle_questions(const struct dnsbl_cycle *cycle)
{
    return cycle->questions;
}

void dnsbl_cycle_free(struct dnsbl_cycle *cycle)
{
    if (cycle == NULL)
        return;
    for (size_t i = 0; i < cycle->plan.lists_n; i++)
        dnsbl_lane_done(&cycle->lanes[i]);
    for (size_t i = 0; i < cycle->plan.lists_n * cycle->plan.subjects_n; i++) {
        free(cycle->results[i].words);
        free(cycle->results[i].text);
    }
    event_free(cycle->turn);
    free(cycle->lanes);
    free(cycle->results);
    free(cycle);
}
