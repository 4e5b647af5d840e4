#include "detect/picture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/hash.h"

#include "base/ban.h"

static struct network_key key_of(const char *address)
{
    struct ip ip;

    assert_true(ip_parse(slice_of(address), &ip));
    return network_key(&ip);
}

/* Which addresses are the same place, and which lie near each other. */
static const struct network_case {
    const char *a, *b;
    bool near, wide;
} network_cases[] = {
    { "192.0.2.1", "192.0.2.254", true, true },
    { "192.0.2.1", "192.0.3.1", false, true },
    { "192.0.2.1", "192.1.2.1", false, false },
    { "2001:db8:1:2::1", "2001:db8:1:ffff::1", true, true },
    { "2001:db8:1::1", "2001:db8:2::1", false, true },
    { "2001:db8::1", "2001:db9::1", false, false },
    { "192.0.2.1", "::ffff:192.0.2.7", true, true },
};

static void networks(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(network_cases); i++) {
        const struct network_case *c = &network_cases[i];
        struct network_key a = key_of(c->a), b = key_of(c->b);

        if ((a.near == b.near) != c->near || (a.wide == b.wide) != c->wide)
            fail_msg("%s and %s: want near %d, wide %d", c->a, c->b, c->near, c->wide);
        assert_true(a.near != 0 && a.wide != 0);
    }
}

/* A network of its own provider, with nothing wide in common with the others. */
static struct network_key place_number(unsigned i)
{
    return (struct network_key){ 2 * i + 3, (uint16_t)(i + 1) };
}

static void places_are_learnt(void **state)
{
    struct picture p = { 0 };
    struct network_key home = key_of("192.0.2.1");
    struct place *place;

    (void)state;
    assert_null(picture_place(&p, home.near));
    for (uint16_t day = 100; day < 105; day++) {
        picture_been(&p, home, day == 102 ? 7 : 0, day);
        picture_been(&p, home, 0, day);
    }
    place = picture_place(&p, home.near);
    assert_non_null(place);
    assert_int_equal(place->days, 5);
    assert_int_equal(place->first, 100);
    assert_int_equal(place->last, 104);
    assert_int_equal(place->provider, 7); /* a day without its name does not forget it */
}

/* Who leaves when there is no room: an old one of the same provider, else the oldest. */
static const struct leave_case {
    const char *name;
    uint32_t providers[PICTURE_PLACES]; /* of the places, from the oldest to the latest */
    uint32_t provider;                  /* of the one that comes */
    unsigned want;                      /* which leaves */
} leave_cases[] = {
    { "nobody knows whose they are", { 0, 0, 0, 0 }, 0, 0 },
    { "not known does not match not known", { 5, 0, 0, 0 }, 0, 0 },
    { "a provider it never had", { 1, 2, 3, 4 }, 9, 0 },
    { "a telephone that changes its network daily", { 1, 2, 3, 4 }, 4, 3 },
    { "two of its provider: the older one", { 1, 4, 3, 4 }, 4, 1 },
    { "not known now", { 1, 2, 3, 4 }, 0, 0 },
};

static void places_leave_in_their_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(leave_cases); i++) {
        const struct leave_case *c = &leave_cases[i];
        struct picture p = { 0 };

        for (unsigned k = 0; k < PICTURE_PLACES; k++)
            picture_been(&p, place_number(k), c->providers[k], (uint16_t)(100 + k));
        picture_been(&p, place_number(50), c->provider, 110);
        assert_non_null(picture_place(&p, place_number(50).near));
        for (unsigned k = 0; k < PICTURE_PLACES; k++)
            if ((picture_place(&p, place_number(k).near) == NULL) != (k == c->want))
                fail_msg("%s: place %u: want number %u to leave", c->name, k, c->want);
    }
}

/* What a thief does today does not make him a neighbour today. */
static void neighbours_count_from_the_next_day_on(void **state)
{
    struct picture p = { 0 };
    struct network_key key = key_of("192.0.2.1");
    uint16_t other = (uint16_t)(key.wide + 1);

    (void)state;
    picture_been(&p, key, 7, 100);
    assert_false(picture_knows_around(&p, 0, key.wide, 100));
    assert_false(picture_knows_around(&p, 7, other, 100));
    assert_true(picture_knows_around(&p, 0, key.wide, 101));
    assert_true(picture_knows_around(&p, 7, other, 101));
    assert_false(picture_knows_around(&p, 0, other, 101)); /* not known is nobody's */
    assert_false(picture_knows_around(&p, 8, other, 101));
    assert_false(picture_knows_around(&p, 7, key.wide, 99)); /* the clock stepped back */
}

static void the_latest_places_can_be_forgotten(void **state)
{
    struct picture p = { 0 };

    (void)state;
    for (unsigned k = 0; k < PICTURE_PLACES; k++)
        picture_been(&p, place_number(k), 7, (uint16_t)(100 + k));
    picture_forget_places(&p, 102, 103);
    for (unsigned k = 0; k < PICTURE_PLACES; k++)
        assert_true((picture_place(&p, place_number(k).near) != NULL) == (k < 2));
    assert_false(picture_knows_around(&p, 0, place_number(3).wide, 110));
    picture_been(&p, place_number(9), 0, 105); /* takes the empty room: nobody leaves */
    assert_non_null(picture_place(&p, place_number(0).near));
    picture_forget_places(&p, 0, UINT16_MAX);
    assert_null(picture_place(&p, place_number(0).near));
}

static void senders(void **state)
{
    struct picture p = { 0 };

    (void)state;
    for (uint64_t s = 1; s <= PICTURE_SENDERS; s++)
        assert_false(picture_knew_sender(&p, hash_u64(s)));
    for (uint64_t s = 1; s <= PICTURE_SENDERS; s++)
        assert_true(picture_knew_sender(&p, hash_u64(s)));
    assert_false(picture_knew_sender(&p, hash_u64(100))); /* the oldest leaves */
    assert_false(picture_knew_sender(&p, hash_u64(1)));
}

/* The one that was not used for longest leaves. */
static void software(void **state)
{
    struct picture p = { 0 };

    (void)state;
    for (uint32_t s = 1; s <= PICTURE_SOFTWARE; s++)
        assert_false(picture_knew_software(&p, 1000 * s));
    assert_true(picture_knew_software(&p, 1000));
    assert_int_equal(p.software_n, PICTURE_SOFTWARE);
    assert_false(picture_knew_software(&p, 99000));
    assert_true(picture_knew_software(&p, 1000));
    assert_false(picture_knew_software(&p, 2000));
    for (uint32_t s = 1; s < 100000; s++) /* the count stops at its maximum */
        (void)picture_knew_software(&p, (uint32_t)hash_u64(s));
    assert_int_equal(p.software_n, UINT16_MAX);
}

/* How many of the numbers from `first` on it takes for known, and notes them. */
static unsigned knew(struct picture *p, uint64_t first, unsigned n)
{
    unsigned known = 0;

    for (uint64_t c = first; c < first + n; c++)
        known += picture_knew_correspondent(p, hash_u64(c));
    return known;
}

static void few_correspondents_need_no_album(void **state)
{
    struct picture p = { 0 };

    (void)state;
    assert_in_range(knew(&p, 1, 40), 0, 2); /* a Bloom filter: few are mistaken for known ones */
    assert_int_equal(knew(&p, 1, 40), 40);
    assert_null(p.album);
    assert_in_range(knew(&p, 1001, 200), 0, 15);
    assert_non_null(p.album);
    assert_int_equal(knew(&p, 1, 40), 40);
    assert_int_equal(knew(&p, 1001, 200), 200);
    picture_done(&p);
    assert_null(p.album);
    picture_done(&p);
}

/* The same, and notes nothing. */
static unsigned knows(const struct picture *p, uint64_t first, unsigned n)
{
    unsigned known = 0;

    for (uint64_t c = first; c < first + n; c++)
        known += picture_knows_correspondent(p, hash_u64(c));
    return known;
}

/* The last 350 are known, older ones are forgotten some day; the first few stay. */
static void correspondents_leave_by_generations(void **state)
{
    struct picture p = { 0 };

    (void)state;
    (void)knew(&p, 1, 48);
    for (uint64_t i = 1; i < 12; i++) {
        (void)knew(&p, i * 10000, 350);
        assert_int_equal(knows(&p, i * 10000, 350), 350);
        (void)knew(&p, i * 10000 + 5000, 175);
        assert_int_equal(knows(&p, i * 10000 + 5000, 175), 175);
        assert_int_equal(knows(&p, i * 10000 + 175, 175), 175);
    }
    assert_in_range(knows(&p, 10000, 350), 0, 60); /* by mistake: full filters err in one of ten */
    assert_int_equal(knows(&p, 1, 40), 40);
    (void)knew(&p, 120000, 100);
    for (uint64_t i = 0; i < 60; i++) { /* who is written to again and again is not forgotten */
        (void)knew(&p, 200000 + 100 * i, 100);
        assert_int_equal(knew(&p, 120000, 100), 100);
    }
    picture_done(&p);
}

/* With an album there is room for more places. */
static void who_has_an_album_has_more_places(void **state)
{
    enum { ALL = PICTURE_PLACES + ALBUM_PLACES };
    struct picture p = { 0 };

    (void)state;
    (void)knew(&p, 1, 200);
    for (unsigned k = 0; k < ALL; k++)
        picture_been(&p, place_number(k), 0, (uint16_t)(100 + k));
    for (unsigned k = 0; k < ALL; k++)
        assert_non_null(picture_place(&p, place_number(k).near));
    picture_been(&p, place_number(50), 0, 120);
    assert_null(picture_place(&p, place_number(0).near));
    assert_non_null(picture_place(&p, place_number(ALL - 1).near));
    picture_forget_places(&p, 112, 120);
    assert_null(picture_place(&p, place_number(ALL - 1).near));
    picture_done(&p);
}

static void activity_makes_it_mature(void **state)
{
    struct picture p = { 0 };
    double before = picture_maturity(&p);

    (void)state;
    assert_true(before == 0);
    picture_active(&p, 100, 9);
    picture_active(&p, 100, 17);
    assert_true(picture_maturity(&p) == 0); /* the first day tells nothing */
    for (uint16_t day = 101; day < 110; day++) {
        picture_active(&p, day, 9);
        assert_true(picture_maturity(&p) >= before && picture_maturity(&p) <= 1);
        before = picture_maturity(&p);
    }
    assert_true(before == 1);
    assert_int_equal(p.hours, 1U << 9 | 1U << 17);
    assert_int_equal(p.first_day, 100);
    assert_int_equal(p.active_days, 10);
}

static void the_busiest_hour_fades_with_the_weeks(void **state)
{
    struct picture p = { 0 };

    (void)state;
    picture_active(&p, 100, 9);
    p.peak_hour = 100;
    picture_active(&p, 107, 9);
    assert_in_range(p.peak_hour, 79, 81);
    picture_active(&p, 50, 9); /* the clock stepped back: nothing fades, nothing grows */
    assert_in_range(p.peak_hour, 79, 81);
    picture_active(&p, UINT16_MAX, 9);
    assert_in_range(p.peak_hour, 0, 1);
}

/* What a day brought is usual from the next day on: not yet on the day itself. */
static void a_day_is_learnt_when_it_is_over(void **state)
{
    struct picture p = { 0 };

    (void)state;
    picture_active(&p, 100, 9);
    p.day_recipients = 30;
    p.day_spread = 2;
    p.today =
        (struct past){ .results = 20, .unknown = 2, .spam = 1, .recipients = 25, .strangers = 5 };
    picture_active(&p, 100, 23);
    assert_true(p.usual_day == 0 && p.usual_spread == 0 && p.past.results == 0);
    picture_active(&p, 101, 0);
    assert_true(p.usual_day == 30 && p.usual_spread == 2); /* the first day counts fully */
    assert_true(p.day_recipients == 0 && p.day_spread == 0 && p.today.results == 0);
    assert_true(p.past.results == 20 && p.past.unknown == 2 && p.past.spam == 1);
    assert_true(p.past.recipients == 25 && p.past.strangers == 5);
    picture_active(&p, 102, 9); /* a day without mail says nothing of days with mail */
    assert_true(p.usual_day == 30 && p.usual_spread == 1);
    assert_true(p.past.results == 20);
}

/* Each of many days counts, the last ones most. */
static void usual_figures_follow_the_last_days(void **state)
{
    struct picture p = { 0 };

    (void)state;
    for (uint16_t day = 100; day < 130; day++) {
        picture_active(&p, day, 9);
        p.day_recipients = 10;
    }
    assert_true(fabsf(p.usual_day - 10) < 0.001F);
    for (uint16_t day = 130; day < 160; day++) {
        picture_active(&p, day, 9);
        p.day_recipients = 50;
    }
    assert_in_range(p.usual_day, 49, 50);
}

/* Lines of the day before come late, or with another time zone: that makes no new days. */
static void around_midnight_nothing_ages(void **state)
{
    struct picture p = { 0 };
    struct network_key key = { 7, 7 };

    (void)state;
    for (int i = 0; i < 20; i++) {
        picture_active(&p, (uint16_t)(100 + (i + 1) % 2), 0);
        picture_been(&p, key, 9, (uint16_t)(100 + (i + 1) % 2));
    }
    assert_int_equal(p.active_days, 1);
    assert_int_equal(picture_place(&p, 7)->days, 1);
    picture_active(&p, 102, 9);
    picture_been(&p, key, 9, 102);
    assert_int_equal(p.active_days, 2);
    assert_int_equal(picture_place(&p, 7)->days, 2);
}

/* A day of hundreds of results pushes out the older ones. */
static void the_past_is_limited(void **state)
{
    struct picture p = { 0 };

    (void)state;
    for (uint16_t day = 100; day < 200; day++) {
        picture_active(&p, day, 9);
        p.today = (struct past){ .results = 100, .unknown = 10, .recipients = 90 };
    }
    assert_in_range(p.past.results, 400, 600);
    assert_true(fabsf(p.past.unknown * 10 - p.past.results) < 0.1F);
    p.today = (struct past){ .results = 1e7F, .unknown = 0, .recipients = 1e7F };
    picture_active(&p, 200, 9);
    assert_true(p.past.unknown == 0 && p.past.results == 1e7F);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks),
        cmocka_unit_test(places_are_learnt),
        cmocka_unit_test(places_leave_in_their_order),
        cmocka_unit_test(neighbours_count_from_the_next_day_on),
        cmocka_unit_test(the_latest_places_can_be_forgotten),
        cmocka_unit_test(senders),
        cmocka_unit_test(software),
        cmocka_unit_test(few_correspondents_need_no_album),
        cmocka_unit_test(correspondents_leave_by_generations),
        cmocka_unit_test(who_has_an_album_has_more_places),
        cmocka_unit_test(activity_makes_it_mature),
        cmocka_unit_test(the_busiest_hour_fades_with_the_weeks),
        cmocka_unit_test(a_day_is_learnt_when_it_is_over),
        cmocka_unit_test(usual_figures_follow_the_last_days),
        cmocka_unit_test(around_midnight_nothing_ages),
        cmocka_unit_test(the_past_is_limited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
