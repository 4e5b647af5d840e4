#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/pack.h"

#include "base/ban.h"

#define BYTES(s)                                                                                   \
    {                                                                                              \
        s, sizeof s - 1                                                                            \
    }
#define ZERO8 "\0\0\0\0\0\0\0\0"

/* The first one is the example of Cap'n Proto's document. */
static const struct pack_case {
    struct slice plain, packed;
} cases[] = {
    { BYTES("\x08\0\0\0\x03\0\x02\0\x19\0\0\0\xaa\x01\0\0"),
      BYTES("\x51\x08\x03\x02\x31\x19\xaa\x01") },
    { BYTES(""), BYTES("") },
    { BYTES(ZERO8), BYTES("\0\0") },
    { BYTES(ZERO8 ZERO8 ZERO8 ZERO8), BYTES("\0\x03") },
    { BYTES(ZERO8 ZERO8 "12345678" ZERO8), BYTES("\0\x01\xff"
                                                 "12345678"
                                                 "\0"
                                                 "\0\0") },
    { BYTES("1\0\0\0\0\0\0"
            "8"),
      BYTES("\x81"
            "18") },
};

static void test_packed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf packed = buf_make(100), plain = buf_make(100);

        pack_add(&packed, cases[i].plain);
        if (!slice_eq(buf_slice(&packed), cases[i].packed))
            fail_msg("case %zu is packed otherwise", i);
        assert_true(pack_undo(&plain, cases[i].packed));
        if (!slice_eq(buf_slice(&plain), cases[i].plain))
            fail_msg("case %zu comes back as something else", i);
        buf_done(&packed);
        buf_done(&plain);
    }
}

/* What another program may write. */
static void test_words_as_they_are(void **state)
{
    struct buf plain = buf_make(100);

    (void)state;
    assert_true(pack_undo(&plain, (struct slice)BYTES("\xff"
                                                      "12345678"
                                                      "\x02"
                                                      "abcdefgh"
                                                      "ABC\0\0FGH")));
    assert_true(slice_eq(buf_slice(&plain), (struct slice)BYTES("12345678"
                                                                "abcdefgh"
                                                                "ABC\0\0FGH")));
    buf_done(&plain);
}

/* Every length, every density: the end is filled up to a word. */
static void test_there_and_back(void **state)
{
    unsigned char bytes[4500];
    uint32_t random = 1;

    (void)state;
    for (size_t n = 0; n <= sizeof bytes; n += n < 40 ? 1 : 97) {
        struct buf packed = buf_make(2 * sizeof bytes), plain = buf_make(2 * sizeof bytes);

        for (size_t i = 0; i < n; i++) {
            random = random * 1664525 + 1013904223;
            bytes[i] = random >> 24 < n % 256 ? (unsigned char)(random >> 16) : 0;
        }
        pack_add(&packed, (struct slice){ (const char *)bytes, n });
        assert_true(pack_undo(&plain, buf_slice(&packed)));
        assert_int_equal(plain.n, (n + PACK_WORD - 1) / PACK_WORD * PACK_WORD);
        if (n > 0)
            assert_memory_equal(plain.p, bytes, n);
        for (size_t i = n; i < plain.n; i++)
            assert_int_equal(plain.p[i], 0);
        buf_done(&packed);
        buf_done(&plain);
    }
}

static void test_refused(void **state)
{
    static const struct slice cut[] = {
        BYTES("\0"),
        BYTES("\x51\x08\x03"),
        BYTES("\xff"
              "1234567"),
        BYTES("\xff"
              "12345678"),
        BYTES("\xff"
              "12345678"
              "\x02"
              "abcdefgh"
              "ABCDEFG"),
    };
    struct buf out = buf_make(100);

    (void)state;
    for (size_t i = 0; i < COUNT(cut); i++) {
        buf_clear(&out);
        if (pack_undo(&out, cut[i]))
            fail_msg("case %zu is cut, and taken", i);
    }
    buf_clear(&out);
    assert_false(pack_undo(&out, (struct slice)BYTES("\0\xff"))); /* 2048 zeros */
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packed),
        cmocka_unit_test(test_words_as_they_are),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests_name("base-pack", tests, NULL, NULL);
}
