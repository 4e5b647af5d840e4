/* state_damage_test.c - bytes that are no state, or not a whole one, are refused; none crashes. */
#include "detect/state.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "base/test_copy.h"
#include "detect/fuse.h"
#include "detect/state_bytes.h"

#include "base/ban.h"

enum {
    NINE = 9 * 60,
    FIRST_AT = FUSES_AT + 4, /* kind, length, name, figures */
};

#define OFFICE(who, from)                                                                          \
    {                                                                                              \
        SCENE_MAIL, 1, 5, NINE, who, from, 0, 9, 3000, 1, 20, 0, 0, 1, 7                           \
    }

/* The checksum is right again. */
static void seal(struct bytes *b)
{
    uint64_t hash = XXH3_64bits(b->p, b->n - HASH_N);

    for (unsigned i = 0; i < HASH_N; i++)
        b->p[b->n - HASH_N + i] = (char)(hash >> 8 * i);
}

/* What a fresh engine says of the first `n` bytes; they are in a block of that size. */
static const char *refusal(const struct bytes *b, size_t n)
{
    struct slice copy = test_copy((struct slice){ b->p, n });
    struct detect *d = detect_new(&(struct detect_options){ 0 });
    const char *wrong = state_load(d, copy);

    detect_free(d);
    test_copy_free(copy);
    return wrong;
}

static void check_refusal(const struct bytes *b, size_t n, const char *want)
{
    const char *got = refusal(b, n);

    if (got == NULL || strcmp(got, want) != 0)
        fail_msg("%zu bytes: got \"%s\", want \"%s\"", n, got != NULL ? got : "loaded", want);
}

/* Of one account, so that each byte of its record can be reached soon. */
static struct bytes one_account(void)
{
    struct rehearsal *r = played((struct scene_row[]){ OFFICE("a", "192.0.2.7"), { 0 } });
    struct bytes b = save(rehearsal_detect(r));

    rehearsal_free(r);
    return b;
}

static void what_is_no_state_is_refused(void **state)
{
    static const char no_state[] = "is no state of mailfuse", cut[] = "is cut off";
    struct bytes b = one_account(), prose = { 0 };

    (void)state;
    for (size_t n = 0; n < VERSION_AT; n++)
        check_refusal(&b, n, no_state);
    for (size_t n = VERSION_AT; n < VERSION_AT + 4 + HASH_N; n++)
        check_refusal(&b, n, cut);
    assert_true(take(&prose, SLICE("mailfuse report\nof something else")));
    check_refusal(&prose, prose.n, no_state);
    free(prose.p);
    free(b.p);
}

static void another_version_is_named_as_such(void **state)
{
    struct bytes b = one_account();

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        b.p[VERSION_AT + i] ^= 2;
        seal(&b);
        check_refusal(&b, b.n, "was written by another version; learn it again with --learn");
        b.p[VERSION_AT + i] ^= 2;
    }
    seal(&b);
    assert_null(refusal(&b, b.n));
    free(b.p);
}

/* Of the part that is the same for all servers every 50,000th byte is enough. */
static void damage_and_cuts_are_seen(void **state)
{
    static const char damaged[] = "is damaged: its checksum is wrong";
    struct bytes b = one_account();

    (void)state;
    for (size_t at = VERSION_AT + 4 + HASH_N; at < b.n; at += at < FUSES_AT - 50000 ? 50000 : 7) {
        check_refusal(&b, at, damaged);
        b.p[at] ^= 0x10;
        check_refusal(&b, b.n, damaged);
        b.p[at] ^= 0x10;
        if (at + 50000 >= FUSES_AT && at < FUSES_AT)
            at = FUSES_AT - 7;
    }
    check_refusal(&b, b.n - 1, damaged);
    assert_true(take(&b, SLICE("\n")));
    check_refusal(&b, b.n, damaged);
    free(b.p);
}

/* Somebody who can write a checksum gets no crash. */
static void cuts_under_a_right_checksum(void **state)
{
    struct bytes b = one_account();

    (void)state;
    for (size_t n = FUSES_AT; n < b.n - HASH_N; n += 5) {
        struct bytes cut = { 0 };

        assert_true(take(&cut, (struct slice){ b.p, n + HASH_N }));
        seal(&cut);
        check_refusal(&cut, cut.n, "is damaged, though its checksum is right");
        free(cut.p);
    }
    free(b.p);
}

/* Each byte of an account, changed: refused, or as good as any other past. */
static void flips_under_a_right_checksum(void **state)
{
    struct event e = {
        .type = EVENT_SUBMISSION, .recipients = 2, .at = scene_day(8), .software = 3
    };
    struct bytes b = one_account();
    unsigned read = 0;

    (void)state;
    (void)ip_parse(SLICE("203.0.113.5"), &e.client);
    e.sender = SLICE("a");
    for (size_t at = FUSES_AT; at < b.n - HASH_N; at++) {
        struct detect *d = detect_new(&(struct detect_options){ 0 });

        b.p[at] ^= (char)0xff;
        seal(&b);
        if (state_load(d, (struct slice){ b.p, b.n }) == NULL) {
            read++;
            e.subject = detect_subject(d, 0);
            assert_true(isfinite(detect_event(d, &e).score));
        }
        detect_free(d);
        b.p[at] ^= (char)0xff;
    }
    assert_true(read > 200);
    free(b.p);
}

static void check_number(struct bytes *b, size_t at, uint32_t value)
{
    char before[4];

    memcpy(before, b->p + at, sizeof before);
    for (unsigned i = 0; i < sizeof before; i++)
        b->p[at + i] = (char)(value >> 8 * i);
    seal(b);
    check_refusal(b, b->n, "is damaged, though its checksum is right");
    memcpy(b->p + at, before, sizeof before);
}

static void numbers_that_cannot_be(void **state)
{
    struct bytes b = one_account();

    (void)state;
    check_number(&b, FUSES_AT, 0); /* then bytes are left */
    check_number(&b, FUSES_AT, 2);
    check_number(&b, FUSES_AT, UINT32_MAX);
    check_number(&b, FIRST_AT, SUBJECT_KINDS);
    check_number(&b, FIRST_AT, UINT32_MAX);
    check_number(&b, FIRST_AT + 4, 0);
    check_number(&b, FIRST_AT + 4, NAME_MOST);
    check_number(&b, FIRST_AT + 4, NAME_MOST + 1);
    check_number(&b, FIRST_AT + 4, UINT32_MAX);
    free(b.p);
}

/* Figures that are no numbers, or negative, are nothing. */
static void figures_are_numbers(void **state)
{
    static const uint32_t figures[] = { 0x7fc00000, 0x7f800000, 0xff800000, 0xbf800000 };
    struct bytes b = one_account();
    size_t at = FIRST_AT + 4 + 4 + 1; /* after a name of one byte: hour_now */

    (void)state;
    for (size_t i = 0; i < COUNT(figures); i++) {
        struct rehearsal *r;

        for (unsigned k = 0; k < 4; k++)
            b.p[at + k] = (char)(figures[i] >> 8 * k);
        seal(&b);
        r = loaded(&b);
        assert_true(fuse_at(rehearsal_detect(r), 0)->hour_now == 0);
        rehearsal_free(r);
    }
    free(b.p);
}

static void nobody_stands_there_twice(void **state)
{
    struct bytes b = one_account(), twice = { 0 };

    (void)state;
    assert_true(take(&twice, (struct slice){ b.p, b.n - HASH_N }));
    assert_true(take(&twice, (struct slice){ b.p + FIRST_AT, b.n - FIRST_AT }));
    twice.p[FUSES_AT] = 2;
    seal(&twice);
    check_refusal(&twice, twice.n, "is damaged, though its checksum is right");
    twice.p[b.n - HASH_N + 8] = 'b'; /* another name */
    seal(&twice);
    assert_null(refusal(&twice, twice.n));
    free(b.p);
    free(twice.p);
}

static void more_than_are_admitted(void **state)
{
    struct rehearsal *r =
        played((struct scene_row[]){ OFFICE("a", "192.0.2.7"), OFFICE("b", "192.0.2.7"), { 0 } });
    struct bytes b = save(rehearsal_detect(r));
    struct detect *d = detect_new(&(struct detect_options){ .max_fuses = 1 });
    const char *wrong = state_load(d, (struct slice){ b.p, b.n });

    (void)state;
    assert_non_null(wrong);
    assert_string_equal(wrong, "has more accounts than are admitted");
    detect_free(d);
    rehearsal_free(r);
    free(b.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_state_is_refused),
        cmocka_unit_test(another_version_is_named_as_such),
        cmocka_unit_test(damage_and_cuts_are_seen),
        cmocka_unit_test(cuts_under_a_right_checksum),
        cmocka_unit_test(flips_under_a_right_checksum),
        cmocka_unit_test(numbers_that_cannot_be),
        cmocka_unit_test(figures_are_numbers),
        cmocka_unit_test(nobody_stands_there_twice),
        cmocka_unit_test(more_than_are_admitted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
