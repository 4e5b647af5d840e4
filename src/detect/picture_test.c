#include "detect/picture.h"

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

static void places_are_learnt_and_forgotten(void **state)
{
    struct picture p = { 0 };
    struct network_key home = key_of("192.0.2.1");
    struct place *place;

    (void)state;
    assert_null(picture_place(&p, home.near));
    for (uint16_t day = 100; day < 105; day++) {
        picture_been(&p, home, day);
        picture_been(&p, home, day);
    }
    place = picture_place(&p, home.near);
    assert_non_null(place);
    assert_int_equal(place->days, 5);
    assert_int_equal(place->first, 100);
    assert_int_equal(place->last, 104);
    for (unsigned i = 0; i < PICTURE_NETWORKS; i++) /* the place not seen for longest makes room */
        picture_been(&p, (struct network_key){ 2 * i + 3, 1 }, (uint16_t)(105 + i));
    assert_null(picture_place(&p, home.near));
    assert_non_null(picture_place(&p, 3));
}

/* What a thief does today does not make him a neighbour today. */
static void wide_networks_count_from_the_next_day_on(void **state)
{
    struct picture p = { 0 };
    struct network_key key = key_of("192.0.2.1");

    (void)state;
    picture_been(&p, key, 100);
    assert_false(picture_knows_wide(&p, key.wide, 100));
    assert_true(picture_knows_wide(&p, key.wide, 101));
    assert_false(picture_knows_wide(&p, key.wide, 99)); /* the clock stepped back */
}

static void senders_and_correspondents(void **state)
{
    struct picture p = { 0 };
    unsigned wrong = 0;

    (void)state;
    for (uint64_t s = 1; s <= PICTURE_SENDERS; s++)
        assert_false(picture_knew_sender(&p, hash_u64(s)));
    for (uint64_t s = 1; s <= PICTURE_SENDERS; s++)
        assert_true(picture_knew_sender(&p, hash_u64(s)));
    assert_false(picture_knew_sender(&p, hash_u64(100))); /* the oldest leaves */
    assert_false(picture_knew_sender(&p, hash_u64(1)));
    for (uint64_t c = 1; c <= 200; c++)
        wrong += picture_knew_correspondent(&p, hash_u64(c));
    assert_in_range(wrong, 0, 2); /* a Bloom filter: few are mistaken for known ones */
    for (uint64_t c = 1; c <= 200; c++)
        assert_true(picture_knew_correspondent(&p, hash_u64(c)));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks),
        cmocka_unit_test(places_are_learnt_and_forgotten),
        cmocka_unit_test(wide_networks_count_from_the_next_day_on),
        cmocka_unit_test(senders_and_correspondents),
        cmocka_unit_test(activity_makes_it_mature),
        cmocka_unit_test(the_busiest_hour_fades_with_the_weeks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
