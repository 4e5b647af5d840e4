#include "base/sixteen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

/* Every byte at every place, among others. */
static void every_byte_everywhere(void **state)
{
    char text[17] = "................";

    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        for (int at = 0; at < 16; at++) {
            uint64_t here = (uint64_t)1 << at;
            sixteen bytes;

            text[at] = (char)byte;
            bytes = sixteen_at(text);
            text[at] = '.';
            assert_int_equal(sixteen_find(bytes, (char)byte), byte == '.' ? 0xffff : here);
            assert_int_equal(sixteen_digits(bytes), byte >= '0' && byte <= '9' ? here : 0);
            assert_int_equal(sixteen_within(bytes, 'a', 26), byte >= 'a' && byte <= 'z' ? here : 0);
            assert_int_equal(sixteen_within(bytes, '\xf0', 16), byte >= 0xf0 ? here : 0);
        }
    }
}

static void two_times_eight(void **state)
{
    const char text[] = "a234567b|c234567d";

    (void)state;
    assert_int_equal(sixteen_find(sixteen_of(text, text + 9), 'a'), 0x0001);
    assert_int_equal(sixteen_find(sixteen_of(text, text + 9), 'b'), 0x0080);
    assert_int_equal(sixteen_find(sixteen_of(text, text + 9), 'c'), 0x0100);
    assert_int_equal(sixteen_find(sixteen_of(text, text + 9), 'd'), 0x8000);
    assert_int_equal(sixteen_find(sixteen_of(text, text + 9), '|'), 0);
}

static void bits(void **state)
{
    (void)state;
    assert_int_equal(bits_below(0), 0);
    for (unsigned n = 1; n < 64; n++) {
        assert_int_equal(bits_first(~bits_below(n)), n);
        assert_int_equal(bits_last(bits_below(n)), n - 1);
        assert_int_equal(bits_first(bits_below(n)), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_everywhere),
        cmocka_unit_test(two_times_eight),
        cmocka_unit_test(bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
