/* policy_scene.h - scenes under a policy of one account: what the tests of policies share. */
#ifndef DETECT_POLICY_SCENE_H
#define DETECT_POLICY_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "detect/scene.h"

enum { NINE = 9 * 60, NIGHT = 2 * 60, LIMIT = 20 };

#define ALICE "alice@example.test"
#define BOB "bob@example.test"
/* 0 in the tables of this file: no limit. */
#define OFFICE                                                                                     \
    {                                                                                              \
        SCENE_MAIL, 1, 5, NINE, ALICE, "192.0.2.7", 0, 9, 3000, 1, 20, 0, 0, 1, 7                  \
    }
/* Letters to friends from where it always is. */
#define LETTERS(n, every_s, recipients)                                                            \
    {                                                                                              \
        SCENE_MAIL, 8, 1, NINE, ALICE, "192.0.2.7", 0, n, every_s, recipients, 20, 0, 0, 1, 7      \
    }
#define THIEF                                                                                      \
    {                                                                                              \
        SCENE_MAIL, 8, 1, NIGHT, ALICE, "203.*.113.5", 8, 200, 10, 1, 0, 20, 5, 2                  \
    }

/* Alice's policy, and how often anybody's was asked for. */
struct wish {
    struct detect_policy alice;
    unsigned asked;
};

static inline struct detect_policy complete(struct detect_policy p)
{
    uint32_t *most[] = { &p.messages_hour, &p.messages_day, &p.recipients_hour, &p.recipients_day,
                         &p.unknown_day };

    for (size_t i = 0; i < COUNT(most); i++)
        if (*most[i] == 0)
            *most[i] = DETECT_NO_LIMIT;
    return p;
}

static void ask(void *ctx, const struct subject *subject, struct wall at, int32_t utc_offset_s,
                struct detect_policy *out)
{
    struct wish *wish = ctx;

    (void)at;
    (void)utc_offset_s;
    wish->asked++;
    assert_int_equal(out->messages_hour, DETECT_NO_LIMIT);
    if (slice_eq(subject->name, SLICE(ALICE)))
        *out = complete(wish->alice);
}

static inline struct rehearsal *begin(struct wish *wish, double sensitivity)
{
    return rehearsal_new(
        &(struct detect_options){ .policy = ask, .policy_ctx = wish, .sensitivity = sensitivity });
}

static inline struct scene_end play(struct rehearsal *r, const struct scene_row *rows)
{
    return scene_play(r, rows, &(struct scene_clock){ 0 });
}

static inline void must_be(bool well, const char *otherwise)
{
    if (!well)
        fail_msg("%s", otherwise);
}

/* The end of the scene under that policy. */
static inline struct scene_end played(const struct detect_policy *policy,
                                      const struct scene_row *rows)
{
    struct wish wish = { *policy, 0 };
    struct rehearsal *r = begin(&wish, 0);
    struct scene_end end = play(r, rows);

    rehearsal_free(r);
    return end;
}

#endif
