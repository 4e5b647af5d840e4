/* policy_test.c - what the administrator wants happens: trust and exceptions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "detect/fuse.h"
#include "detect/policy_scene.h"

#include "base/ban.h"

static void exceptions_bound_what_happens(void **state)
{
    struct scene_row rows[] = { OFFICE, THIEF, { 0 } };
    struct scene_end end;

    (void)state;
    end = played(&(struct detect_policy){ 0 }, rows);
    assert_int_equal(end.stage, STAGE_LOCK);
    end = played(&(struct detect_policy){ .never_hold = true, .never_lock = true }, rows);
    assert_int_equal(end.stage, STAGE_OBSERVE);
    assert_int_equal(end.held, 0);
    assert_true(end.highest > 8.5); /* but it is seen */
    end = played(&(struct detect_policy){ .never_lock = true,
                                          .lock_at_limit = true,
                                          .messages_hour = LIMIT },
                 (struct scene_row[]){ OFFICE, LETTERS(25, 30, 1), { 0 } });
    assert_int_equal(end.stage, STAGE_HOLD);
    assert_int_equal(end.held, 5);
    end = played(&(struct detect_policy){ .never_lock = true }, rows);
    assert_int_equal(end.stage, STAGE_HOLD);
    must_be(end.held > 100, "who may not be locked is let go, however bad the results");
}

/* All signals that ever had weight against Alice, as bits. */
struct seen {
    uint32_t signals;
};

static void note(void *ctx, const struct event *event, enum signal s, const struct evidence *e,
                 double score)
{
    struct seen *seen = ctx;

    (void)event;
    (void)score;
    if (e->weight > 0)
        seen->signals |= (uint32_t)1 << s;
}

static uint32_t seen_against(const struct detect_policy *policy, uint32_t ignored,
                             const struct scene_row *rows)
{
    struct wish wish = { *policy, 0 };
    struct seen seen = { 0 };
    struct rehearsal *r = rehearsal_new(
        &(struct detect_options){ .policy = ask,
                                  .policy_ctx = &wish,
                                  .ignored = ignored,
                                  .trace = note,
                                  .trace_ctx = &seen,
                                  .traced = subject_make(SUBJECT_ACCOUNT, SLICE(ALICE)) });

    (void)play(r, rows);
    rehearsal_free(r);
    return seen.signals;
}

static bool has(uint32_t signals, enum signal s)
{
    return (signals >> s & 1) != 0;
}

static void trusted_bulk_may_write_to_many(void **state)
{
    struct scene_row rows[] = {
        OFFICE, { SCENE_MAIL, 8, 1, NINE, ALICE, "192.0.2.7", 0, 900, 2, 1, 0, 20, 5, 1, 7 }, { 0 }
    };
    uint32_t others = seen_against(&(struct detect_policy){ 0 }, 0, rows);
    uint32_t bulk = seen_against(&(struct detect_policy){ .bulk = true }, 0, rows);

    (void)state;
    assert_true(has(others, SIGNAL_VOLUME) && has(others, SIGNAL_STRANGERS));
    assert_false(has(bulk, SIGNAL_VOLUME) || has(bulk, SIGNAL_STRANGERS) || has(bulk, SIGNAL_RUN));
    assert_true(has(bulk, SIGNAL_UNKNOWN_RECIPIENTS));
}

static void ignored_signals_have_no_weight(void **state)
{
    struct scene_row rows[] = { OFFICE, THIEF, { 0 } };
    uint32_t all = seen_against(&(struct detect_policy){ 0 }, 0, rows);

    (void)state;
    assert_true(has(all, SIGNAL_NEW_NETWORK) && has(all, SIGNAL_UNKNOWN_RECIPIENTS));
    for (unsigned s = 0; s < SIGNALS; s++)
        assert_false(has(seen_against(&(struct detect_policy){ 0 }, (uint32_t)1 << s, rows),
                         (enum signal)s));
    assert_int_equal(seen_against(&(struct detect_policy){ 0 }, UINT32_MAX, rows), 0);
}

static struct verdict letter(struct detect *d, int day, const char *from, const char *country,
                             bool at_home)
{
    struct event e = { .type = EVENT_SUBMISSION, .recipients = 1, .software = 1 };

    e.subject = subject_make(SUBJECT_ACCOUNT, SLICE(ALICE));
    e.at = (struct wall){ scene_day(day).ms + NINE * (int64_t)MINUTE_MS };
    e.country = event_country(country);
    e.at_home = at_home;
    (void)ip_parse(slice_of(from), &e.client);
    return detect_event(d, &e);
}

/* Somebody from Germany is in that country. */
static bool news(const struct detect_policy *policy, const char *country, bool at_home)
{
    struct wish wish = { *policy, 0 };
    struct seen seen = { 0 };
    struct detect *d = detect_new(
        &(struct detect_options){ .policy = ask,
                                  .policy_ctx = &wish,
                                  .trace = note,
                                  .trace_ctx = &seen,
                                  .traced = subject_make(SUBJECT_ACCOUNT, SLICE(ALICE)) });

    for (int day = 1; day <= 10; day++)
        (void)letter(d, day, "192.0.2.7", "DE", at_home);
    seen.signals = 0; /* of an account without a past all is new */
    (void)letter(d, 11, "203.0.113.5", country, at_home);
    detect_free(d);
    return has(seen.signals, SIGNAL_NEW_COUNTRY);
}

static void countries(void **state)
{
    const struct detect_policy italy = { .countries = { 'F' << 8 | 'R', 'I' << 8 | 'T' } };

    (void)state;
    assert_true(news(&(struct detect_policy){ 0 }, "IT", false));
    assert_false(news(&(struct detect_policy){ 0 }, "DE", false));
    assert_false(news(&(struct detect_policy){ 0 }, "IT", true));
    assert_false(news(&(struct detect_policy){ 0 }, "\0\0", false));
    assert_false(news(&italy, "IT", false));
    assert_true(news(&italy, "ES", false));
}

/* Once a day for each, and policies that are the same share one. */
static void asked_once_a_day(void **state)
{
    struct wish wish = { { .messages_day = 1000 }, 0 };
    struct rehearsal *r = begin(&wish, 0);

    (void)state;
    (void)play(r, (struct scene_row[]){
                      OFFICE,
                      { SCENE_LOGINS, 1, 5, NINE, BOB, "192.0.2.9", 0, 40, 60 },
                      { SCENE_LOGINS, 1, 5, NINE, "carol@example.test", "192.0.2.9", 0, 4, 60 },
                      { 0 } });
    assert_int_equal(wish.asked, 5 * 3);
    assert_int_equal(rehearsal_detect(r)->policies_n, 2);
    assert_int_equal(rehearsal_detect(r)->counts.n, 1); /* only who has limits is counted */
    rehearsal_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exceptions_bound_what_happens),
        cmocka_unit_test(trusted_bulk_may_write_to_many),
        cmocka_unit_test(ignored_signals_have_no_weight),
        cmocka_unit_test(countries),
        cmocka_unit_test(asked_once_a_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
