#include "proto/stamp_hint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"

#include "base/ban.h"

static const struct hint_case {
    const char *name, *text;
    int64_t want_s; /* 0: no hint */
} hint_cases[] = {
    { "long queue id", "4cFTfZ6w2lz3VQb: client=unknown[192.0.2.1]", 1756685142 },
    { "long queue id of another line", "4cFTfZ6w2lz3VQb: removed", 1756685142 },
    { "Message-ID made by Postfix",
      "D3A0CA72C00: message-id=<20261122030235.D3A0CA72C00@mail.example.test>", 1795316555 },
    { "Message-ID that names another queue id",
      "D3A0CA72C00: message-id=<20261122030235.D3A0CA72C01@mail.example.test>", 0 },
    { "a date that does not exist",
      "D3A0CA72C00: message-id=<20260231030235.D3A0CA72C00@mail.example.test>", 0 },
    { "cut in the date", "D3A0CA72C00: message-id=<202611220302", 0 },
    { "short queue id", "D3A0CA72C00: removed", 0 },
    { "a vowel is no digit", "4cFTfZ6w2lz3VQa: removed", 0 },
    { "the mark at another place", "4cFTfZ6wz2l3VQb: removed", 0 },
    { "no queue id", "connect from unknown[192.0.2.1]", 0 },
    { "nothing", "", 0 },
};

static void hints(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hint_cases / sizeof *hint_cases; i++) {
        const struct hint_case *c = &hint_cases[i];
        struct slice text = slice_of(c->text);
        char *exact = memory_new(text.n, 1);
        struct wall got = { 0 };
        bool hint;

        if (text.n > 0)
            memcpy(exact, text.p, text.n);
        hint = stamp_hint((struct slice){ exact, text.n }, &got);
        if (hint != (c->want_s != 0) || got.ms != c->want_s * SECOND_MS)
            fail_msg("%s: got %d, %lld; want %lld", c->name, hint, (long long)got.ms / SECOND_MS,
                     (long long)c->want_s);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(hints) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
