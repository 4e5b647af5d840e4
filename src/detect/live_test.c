/* live_test.c - a daemon that goes on where it stopped, and what an administrator decides. */
#include "detect/live.h"
#include "detect/state_bytes.h"
#include "detect/state_fuse.h"

#include "base/ban.h"

enum { MONDAY = 8, NINE = 9 * 60, NIGHT = 2 * 60 };

#define ALICE "alice@example.test"
#define WEEK                                                                                       \
    {                                                                                              \
        SCENE_MAIL, 1, 5, NINE, ALICE, "192.0.2.7", 0, 9, 3000, 1, 20, 0, 0, 1                     \
    }
#define THIEF(n, unknown)                                                                          \
    {                                                                                              \
        SCENE_MAIL, MONDAY, 1, NIGHT, ALICE, "203.*.113.5", 8, n, 10, 5, 0, unknown, 0, 2          \
    }

static const struct scene_row quiet[] = { WEEK, { SCENE_END } };
static const struct scene_row held[] = {
    WEEK,
    { SCENE_MAIL, MONDAY, 1, NIGHT, ALICE, "203.*.113.5", 8, 45, 5, 1, 0, 0, 0, 2, 0, 0, true },
    { SCENE_END },
};
static const struct scene_row locked[] = { WEEK, THIEF(60, 60), { SCENE_END } };

/* What is only held stays so: nothing reaches the score of a lock. */
static struct rehearsal *play(const struct scene_row *rows)
{
    struct rehearsal *r =
        rehearsal_new(&(struct detect_options){ .lock_score = rows == held ? 1e6 : 0 });

    (void)scene_play(r, rows, &(struct scene_clock){ 0 });
    return r;
}

static struct buf saved(struct detect *d, uint32_t fuse)
{
    struct buf out = buf_make(1 << 20);

    state_fuse_save(d, fuse, &out);
    assert_false(out.full);
    return out;
}

static uint32_t fuse_of(struct detect *d, const char *name)
{
    struct subject s = subject_make(SUBJECT_ACCOUNT, slice_of(name));
    uint32_t fuse = detect_find(d, &s);

    assert_int_not_equal(fuse, UINT32_MAX);
    return fuse;
}

/* All of a fuse survives, byte by byte, whatever it stands at; a cut record is refused. */
static void all_of_a_fuse_survives(void **state)
{
    static const struct scene_row *const scenes[] = { quiet, held, locked };
    static const enum stage want[] = { STAGE_OBSERVE, STAGE_HOLD, STAGE_LOCK };

    (void)state;
    for (size_t i = 0; i < COUNT(scenes); i++) {
        struct rehearsal *r = play(scenes[i]);
        struct detect *d = rehearsal_detect(r), *fresh = detect_new(&(struct detect_options){ 0 });
        struct buf first = saved(d, 0), second;
        uint32_t n;

        assert_int_equal(detect_stage(d, 0), want[i]);
        assert_int_equal(state_fuse_load(fresh, buf_slice(&first)), 0);
        second = saved(fresh, 0);
        assert_true(slice_eq(buf_slice(&first), buf_slice(&second)));
        assert_int_equal(detect_stage(fresh, 0), want[i]);
        (void)detect_held(fresh, &n);
        assert_int_equal(n, want[i] == STAGE_HOLD);
        assert_int_equal(state_fuse_load(fresh, buf_slice(&first)), UINT32_MAX); /* twice */
        detect_free(fresh);
        for (size_t cut = 0; cut < first.n; cut++) {
            fresh = detect_new(&(struct detect_options){ 0 });
            assert_int_equal(state_fuse_load(fresh, slice_head(buf_slice(&first), cut)),
                             UINT32_MAX);
            detect_free(fresh);
            cut += cut > 200 ? 37 : 0;
        }
        buf_done(&first);
        buf_done(&second);
        rehearsal_free(r);
    }
}

static void the_server_survives(void **state)
{
    struct rehearsal *r = play(quiet);
    struct detect *fresh = detect_new(&(struct detect_options){ 0 });
    struct buf first = buf_make(1 << 24), second = buf_make(1 << 24);

    (void)state;
    state_server_save(rehearsal_detect(r), &first);
    assert_true(state_server_load(fresh, buf_slice(&first)));
    state_server_save(fresh, &second);
    assert_true(first.n > 1 << 20 && slice_eq(buf_slice(&first), buf_slice(&second)));
    assert_false(state_server_load(fresh, slice_head(buf_slice(&first), first.n - 1)));
    buf_done(&first);
    buf_done(&second);
    detect_free(fresh);
    rehearsal_free(r);
}

/* An unlocked account is as good as before: it sends from home, and nothing is held. */
static void a_reset_forgets_what_was_against_it(void **state)
{
    struct rehearsal *r = play(locked);
    struct detect *d = rehearsal_detect(r);
    uint32_t alice = fuse_of(d, ALICE);
    struct event e = { .type = EVENT_SUBMISSION,
                       .recipients = 1,
                       .at = scene_day(MONDAY + 1),
                       .subject = subject_make(SUBJECT_ACCOUNT, SLICE(ALICE)) };
    struct verdict v;

    (void)state;
    assert_non_null(detect_open_incident(d, alice));
    detect_reset(d, alice);
    assert_null(detect_open_incident(d, alice));
    assert_null(detect_evidence(d, alice));
    assert_true(ip_parse(SLICE("192.0.2.7"), &e.client));
    assert_true(detect_knows_network(d, &e.subject, &e.client, e.at, 0));
    v = detect_event(d, &e);
    assert_int_equal(v.stage, STAGE_OBSERVE);
    assert_false(v.hold);
    assert_true(ip_parse(SLICE("203.3.113.5"), &e.client));
    assert_false(detect_knows_network(d, &e.subject, &e.client, e.at, 0)); /* the thief's */
    rehearsal_free(r);
}

struct let_go {
    uint32_t messages;
};

static struct wall note_release(void *ctx, uint32_t fuse, uint32_t n, struct wall at)
{
    struct let_go *l = ctx;

    (void)fuse;
    (void)at;
    l->messages += n;
    return (struct wall){ 0 };
}

/* Mail that was in the queue already is held with the rest, and time alone lets it go. */
static void what_was_in_the_queue_is_held_too(void **state)
{
    struct rehearsal *r = play(held);
    struct detect *d = rehearsal_detect(r);
    uint32_t alice = fuse_of(d, ALICE), before;
    struct let_go l = { 0 };
    struct wall at = scene_day(MONDAY);

    (void)state;
    at.ms += 3 * HOUR_MS;
    detect_set_release(d, note_release, &l);
    before = fuse_doubts(d, fuse_at(d, alice))->hold.messages;
    detect_queue_held(d, alice, 4, 40, at);
    assert_int_equal(fuse_doubts(d, fuse_at(d, alice))->hold.messages + l.messages, before + 4);
    l.messages = 0;
    at.ms += 2 * HOUR_MS;
    detect_pass_time(d, at);
    assert_int_equal(detect_stage(d, alice), STAGE_OBSERVE);
    assert_true(l.messages >= 1);
    detect_queue_held(d, alice, 4, 40, at); /* not held: nothing happens */
    assert_int_equal(detect_stage(d, alice), STAGE_OBSERVE);
    rehearsal_free(r);
}

/* The daemon says that somebody set the clock: the hold is decided when eight minutes have gone by,
 * neither at once nor an hour late. Not told, the engine sees only the time of the events. */
static void a_hold_lasts_as_long_when_the_clock_is_set(void **state)
{
    static const int64_t steps[] = { HOUR_MS, -HOUR_MS, 26 * HOUR_MS, -26 * HOUR_MS,
                                     30 * MINUTE_MS };

    (void)state;
    for (size_t i = 0; i < COUNT(steps); i++) {
        struct rehearsal *r = play(held);
        struct detect *d = rehearsal_detect(r);
        uint32_t alice = fuse_of(d, ALICE);
        struct wall at = fuse_doubts(d, fuse_at(d, alice))->hold.decide_by;

        detect_set_release(d, NULL, NULL);
        at.ms -= 5 * MINUTE_MS;
        detect_pass_time(d, at);
        assert_int_equal(detect_stage(d, alice), STAGE_HOLD);
        detect_clock_set(d, steps[i]);
        at.ms += steps[i] + SECOND_MS;
        detect_pass_time(d, at);
        at.ms += 4 * MINUTE_MS;
        detect_pass_time(d, at);
        assert_int_equal(detect_stage(d, alice), STAGE_HOLD);
        at.ms += MINUTE_MS;
        detect_pass_time(d, at);
        assert_int_equal(detect_stage(d, alice), STAGE_OBSERVE);
        rehearsal_free(r);
    }
}

/* First contacts of the hour that was counted before the clock was set back do not go on to be
 * counted until that hour has come. A line that is a little late does not begin an hour. */
static void an_hour_that_was_set_back_begins_anew(void **state)
{
    struct detect *d = detect_new(&(struct detect_options){ 0 });
    struct subject alice = subject_make(SUBJECT_ACCOUNT, SLICE(ALICE));
    uint32_t fuse = detect_ensure(d, &alice);
    struct wall at = { scene_day(MONDAY).ms + 10 * HOUR_MS };

    (void)state;
    detect_pass_time(d, at);
    fuse_begin_hour(d, fuse_at(d, fuse), at);
    fuse_at(d, fuse)->hour_now = 7;
    fuse_begin_hour(d, fuse_at(d, fuse), (struct wall){ at.ms - SECOND_MS });
    assert_int_equal((int)fuse_at(d, fuse)->hour_now, 7);
    detect_clock_set(d, -HOUR_MS);
    at.ms -= HOUR_MS;
    detect_pass_time(d, at);
    fuse_begin_hour(d, fuse_at(d, fuse), at);
    assert_int_equal((int)fuse_at(d, fuse)->hour_now, 0);
    detect_free(d);
}

static void ten_an_hour(void *ctx, const struct subject *subject, struct wall at,
                        int32_t utc_offset_s, struct detect_policy *out)
{
    (void)subject;
    (void)at;
    (void)utc_offset_s;
    out->recipients_hour = *(uint32_t *)ctx;
    out->refuse_at_limit = true;
}

static void limits_are_told_before_they_are_exceeded(void **state)
{
    uint32_t most = 10;
    struct detect_options options = { .policy = ten_an_hour, .policy_ctx = &most };
    struct detect *d = detect_new(&options);
    struct subject alice = subject_make(SUBJECT_ACCOUNT, SLICE(ALICE));
    uint32_t fuse = detect_ensure(d, &alice);
    struct event e = {
        .type = EVENT_SUBMISSION, .recipients = 8, .at = scene_day(1), .subject = alice
    };
    struct detect_limit limit;

    (void)state;
    assert_int_equal(detect_ensure(d, &alice), fuse);
    assert_int_equal(detect_limit(d, fuse, 1, 10, e.at, 0).most, 0);
    (void)detect_event(d, &e);
    assert_int_equal(detect_limit(d, fuse, 1, 2, e.at, 0).most, 0);
    limit = detect_limit(d, fuse, 1, 3, e.at, 0);
    assert_true(limit.have == 8 && limit.most == 10 && limit.hour && !limit.messages);
    most = 20;
    assert_int_equal(detect_limit(d, fuse, 1, 3, e.at, 0).most, 10); /* asked once a day */
    detect_adjust(d, 1, 0);
    assert_int_equal(detect_limit(d, fuse, 1, 3, e.at, 0).most, 0);
    e.recipients = 100;
    assert_int_equal(detect_event(d, &e).stage, STAGE_OBSERVE); /* the server refuses, we do not */
    detect_free(d);
}

/* What the log tells a second after the full hour is about the hour before: the new one goes on to
 * be counted. */
static void late_results_do_not_begin_the_hour_anew(void **state)
{
    uint32_t most = 10;
    struct detect_options options = { .policy = ten_an_hour, .policy_ctx = &most };
    struct detect *d = detect_new(&options);
    struct event e = { .type = EVENT_SUBMISSION,
                       .recipients = 8,
                       .at = { scene_day(MONDAY).ms + 10 * HOUR_MS },
                       .subject = subject_make(SUBJECT_ACCOUNT, SLICE(ALICE)) };
    struct event result = e;
    uint32_t fuse;

    (void)state;
    (void)detect_event(d, &e);
    fuse = detect_find(d, &e.subject);
    result.type = EVENT_DELIVERY;
    result.at.ms -= SECOND_MS;
    policy_unknown(d, fuse_at(d, fuse), &result);
    assert_int_equal(detect_limit(d, fuse, 1, 3, e.at, 0).have, 8);
    result.at.ms -= DAY_MS;
    policy_unknown(d, fuse_at(d, fuse), &result);
    assert_int_equal(detect_limit(d, fuse, 1, 3, e.at, 0).have, 8);
    detect_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_a_fuse_survives),
        cmocka_unit_test(the_server_survives),
        cmocka_unit_test(a_reset_forgets_what_was_against_it),
        cmocka_unit_test(what_was_in_the_queue_is_held_too),
        cmocka_unit_test(a_hold_lasts_as_long_when_the_clock_is_set),
        cmocka_unit_test(an_hour_that_was_set_back_begins_anew),
        cmocka_unit_test(limits_are_told_before_they_are_exceeded),
        cmocka_unit_test(late_results_do_not_begin_the_hour_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
