#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base64.h"

#include "base/ban.h"

/* RFC 4648 section 10, and the digits that are no letters. */
static void test_written(void **state)
{
    static const struct {
        const char *plain, *coded;
    } cases[] = {
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" },
        { "\xfb\xef\xbe\xff", "++++/w==" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf out = buf_make(100);

        base64_add(&out, slice_of(cases[i].plain));
        if (!slice_eq(buf_slice(&out), slice_of(cases[i].coded)))
            fail_msg("\"%s\": got %.*s", cases[i].coded, SLICE_ARG(buf_slice(&out)));
        for (size_t k = 0; k < out.n; k++)
            assert_true(base64_digit(out.p[k]) >= 0 || out.p[k] == '=');
        buf_done(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_written) };

    return cmocka_run_group_tests_name("base-base64", tests, NULL, NULL);
}
