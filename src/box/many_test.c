/* many_test.c - ten thousand incidents and a hundred thousand held messages: what is done for each
 * event does not look at all of them. The bounds are generous: a scan of everything takes minutes.
 */
#include "box/scene.h"

#include <stdio.h>
#include <time.h>

#include "base/ban.h"

enum { INCIDENTS = 10000, MESSAGES = 100000, TURNS = 20000 };

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void no_incident(void *ctx, const struct box_incident *i)
{
    box_stored(*(struct box **)ctx, i->number, i->version);
}

static void no_message(void *ctx, const struct box_message *m)
{
    (void)ctx;
    (void)m;
}

static void no_note(void *ctx, const struct box_note *n)
{
    (void)ctx;
    (void)n;
}

static struct subject account(char room[40], int k)
{
    snprintf(room, 40, "user%d@example.test", k);
    return subject_make(SUBJECT_ACCOUNT, slice_of(room));
}

static void take(struct box *b, struct detect *d, int who, int message, struct wall at)
{
    char room[40], id[16];
    struct event e = {
        .type = EVENT_SUBMISSION, .at = at, .recipients = 1, .subject = account(room, who)
    };
    struct verdict v = { .fuse = detect_ensure(d, &e.subject), .stage = STAGE_LOCK };

    snprintf(id, sizeof id, "M%d", message);
    e.queue_id = slice_of(id);
    assert_true(box_verdict(b, &e, &v, true));
}

static void all_work(struct box *b, struct wall at)
{
    struct box_work w;

    while (box_next_work(b, at, &w)) {
        if (w.step == BOX_LOCK_FILES)
            box_locks_written(b, SLICE(""), at);
        else
            box_work_done(b, &w, SLICE(""), at);
    }
    assert_int_equal(b->pending, 0);
}

static void many_of_everything(void **state)
{
    struct detect *d = detect_new(&(struct detect_options){ 0 });
    struct box *b = NULL;
    struct box_keeper keeper = { no_incident, no_message, NULL, NULL, no_note, NULL, (void *)&b };
    struct wall at = { 20000 * (int64_t)DAY_MS };
    struct box_decision by = { at, SLICE("root"), SLICE("") };
    char room[40];
    uint32_t number = 0, n = 0;
    double begun = seconds();

    (void)state;
    b = box_new(d, &keeper);
    box_enforce(b, true, at);
    for (int k = 0; k < INCIDENTS; k++) {
        struct subject s = account(room, k);

        assert_int_equal(box_lock(b, &s, &by, &number), BOX_OK);
    }
    all_work(b, at);
    for (int k = 0; k < MESSAGES; k++)
        take(b, d, 0, k, at);
    for (int k = 0; k < TURNS; k++) {
        char id[16];

        take(b, d, k % INCIDENTS, MESSAGES + k, at);
        snprintf(id, sizeof id, "M%d", MESSAGES + k);
        assert_int_equal(box_release_one(b, (uint32_t)(k % INCIDENTS) + 1, slice_of(id), &by),
                         BOX_OK);
        all_work(b, at);
    }
    for (int k = 0; k < 100; k++)
        box_pass_time(b, at);
    assert_int_equal(box_purge(b, 1, &by, &n), BOX_OK);
    assert_int_equal(n, MESSAGES);
    all_work(b, at);
    for (int k = 0; k < INCIDENTS; k++) {
        struct subject s = account(room, k);

        assert_int_equal(box_unlock(b, &s, true, &by, &number), BOX_OK);
    }
    all_work(b, at);
    box_pass_time(b, at);
    assert_int_equal(b->lists[BOX_ALL].n, BOX_ENDED); /* the youngest */
    assert_null(box_find(b, 1));
    assert_non_null(box_find(b, INCIDENTS));
    assert_int_equal(
        box_lock(b, &(struct subject){ .name = SLICE("new"), .hash = 1 }, &by, &number), BOX_OK);
    assert_int_equal(number, INCIDENTS + 1);
    if (seconds() - begun > 20)
        fail_msg("took %.1f s", seconds() - begun);
    print_message("took %.2f s\n", seconds() - begun);
    box_free(b);
    detect_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(many_of_everything) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
