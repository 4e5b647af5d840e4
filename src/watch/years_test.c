#include "watch/years.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

static const struct told_case {
    const char *name, *front;
    int want;
} told_cases[] = {
    { "long queue id of 2025", "Sep  1 00:05:42 mx postfix/qmgr[1]: 4cFTfZ6w2lz3VQb: removed\n",
      2025 },
    { "the first line of the file is of the year before",
      "Dec 31 23:59:59 mx postfix/smtpd[1]: connect from unknown[192.0.2.1]\n"
      "Jan  2 03:02:35 mx postfix/cleanup[1]: D3A0CA72C00: "
      "message-id=<20260102030235.D3A0CA72C00@mx.example.test>\n",
      2025 },
    { "a message that waited over New Year",
      "Jan  2 03:02:35 mx postfix/cleanup[1]: D3A0CA72C00: "
      "message-id=<20251230030235.D3A0CA72C00@mx.example.test>\n",
      2026 },
    { "a Message-ID of another season says nothing",
      "Jul  2 03:02:35 mx postfix/cleanup[1]: D3A0CA72C00: "
      "message-id=<20251230030235.D3A0CA72C00@mx.example.test>\n",
      0 },
    { "stamps with a year need no hint",
      "2024-09-01T00:05:42+00:00 mx postfix/qmgr[1]: 4cFTfZ6w2lz3VQb: removed\n", 0 },
    { "nothing is told", "Sep  1 00:05:42 mx postfix/qmgr[1]: D3A0CA72C00: removed\n", 0 },
    { "no line is complete", "Sep  1 00:05:42 mx postfix/qmgr[1]: 4cFTfZ6w2lz3VQb: removed", 0 },
    { "nothing", "", 0 },
};

static void told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(told_cases); i++) {
        int got = years_told(slice_of(told_cases[i].front));

        if (got != told_cases[i].want)
            fail_msg("%s: got %d, want %d", told_cases[i].name, got, told_cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(told) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
