/* ladder_test.c - what is learnt while an incident is open, and forgotten again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "detect/fuse.h"

#include "base/ban.h"

static struct event message(int64_t minute)
{
    struct event e = { .type = EVENT_SUBMISSION,
                       .at = { 20000 * DAY_MS + minute * MINUTE_MS },
                       .recipients = 1,
                       .sender = SLICE("alice@example.test"),
                       .subject = subject_make(SUBJECT_ACCOUNT, SLICE("alice@example.test")) };

    assert_true(ip_parse(SLICE("203.0.113.5"), &e.client));
    return e;
}

static bool is_place(struct fuse *f)
{
    struct event e = message(0);

    return picture_place(&f->picture, network_key(&e.client).near) != NULL;
}

/* The score becomes `score`, and the ladder is climbed; then a message comes from that network. */
static void at_score(struct detect *d, struct fuse *f, double score, int64_t minute)
{
    struct event e = message(minute);
    struct verdict v = { .fuse = 0 };

    fuse_set(d, f, &e, SIGNAL_DESTINATIONS, score, 1, 1);
    ladder_climb(d, f, &e, &v);
    e.at.ms += MINUTE_MS;
    (void)detect_event(d, &e);
}

/* A thief's network is learnt while the score is low, and forgotten as often as that rises. */
static void a_network_is_forgotten_each_time_that_it_becomes_serious(void **state)
{
    static const struct {
        double score;
        bool learnt, open;
        enum stage stage;
    } steps[] = {
        { 0, true, false, STAGE_OBSERVE },
        { 4.5, false, true, STAGE_OBSERVE },
        { 2, true, true, STAGE_OBSERVE },
        { 6, false, true, STAGE_HOLD },
    };
    struct detect *d = detect_new(&(struct detect_options){ 0 });
    struct event first = message(0);
    struct fuse *f;

    (void)state;
    (void)detect_event(d, &first);
    f = fuse_at(d, 0);
    for (size_t i = 0; i < COUNT(steps); i++) {
        at_score(d, f, steps[i].score, 10 * (int64_t)(i + 1));
        if (is_place(f) != steps[i].learnt || f->open != steps[i].open ||
            f->stage != steps[i].stage)
            fail_msg("step %zu: place %d, open %d, stage %d", i, is_place(f), f->open,
                     (int)f->stage);
    }
    detect_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_is_forgotten_each_time_that_it_becomes_serious),
    };

    return cmocka_run_group_tests_name("detect-ladder", tests, NULL, NULL);
}
