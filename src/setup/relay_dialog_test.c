#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "setup/relay_dialog.h"

#include "base/ban.h"

enum { HEARD_MAX = 4096 };

/* A dialog whose other end has said `says` and hung up. */
static struct dialog open_dialog(const char *says, int *there)
{
    struct dialog d = { .fd = -1 };
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(write(pair[1], says, strlen(says)), (ssize_t)strlen(says));
    assert_int_equal(shutdown(pair[1], SHUT_WR), 0);
    d.fd = pair[0];
    *there = pair[1];
    return d;
}

static const struct reply_case {
    const char *in;
    int want[3]; /* of reads one after the other */
} replies[] = {
    { "220 hello\r\n", { 220, 0, 0 } },
    { "250-one\r\n250-two\r\n250 three\r\n354 go\r\n", { 250, 354, 0 } },
    { "250\r\n", { 250, 0, 0 } },
    { "250-only the front\r\n", { 0, 0, 0 } },
    { "220 cut", { 0, 0, 0 } },
    { "hello\r\n", { 0, 0, 0 } },
    { "\r\n", { 0, 0, 0 } },
    { "999 what\r\n", { 0, 0, 0 } },
    { "", { 0, 0, 0 } },
};

static void test_replies(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(replies); i++) {
        int there;
        struct dialog d = open_dialog(replies[i].in, &there);

        for (size_t k = 0; k < COUNT(replies[i].want); k++) {
            int got = dialog_read(&d);

            if (got != replies[i].want[k])
                fail_msg("%s: reply %zu: got %d want %d", replies[i].in, k, got,
                         replies[i].want[k]);
            if (got == 0)
                break;
        }
        (void)close(d.fd);
        (void)close(there);
    }
}

static void test_too_long(void **state)
{
    static char in[3 * DIALOG_REPLY_MAX + 1];
    struct dialog d;
    int there;

    (void)state;
    memset(in, 'x', sizeof in - 1);
    d = open_dialog(in, &there);
    assert_int_equal(dialog_read(&d), 0);
    (void)close(d.fd);
    (void)close(there);
    for (size_t i = 0; i + 8 < sizeof in; i += 8)
        memcpy(in + i, "250-xx\r\n", 8);
    d = open_dialog(in, &there);
    assert_int_equal(dialog_read(&d), 0);
    (void)close(d.fd);
    (void)close(there);
}

static const struct login_case {
    const char *says;
    int want;
    const char *heard;
} logins[] = {
    { "250-x\r\n250-AUTH LOGIN PLAIN\r\n250 SIZE\r\n235 ok\r\n", 235,
      "AUTH PLAIN AGFubgBzOmVj\r\n" },
    { "250 auth login\r\n334 u\r\n334 p\r\n235 ok\r\n", 235, "AUTH LOGIN\r\nYW5u\r\nczplYw==\r\n" },
    { "250 AUTH LOGIN\r\n334 u\r\n535 no\r\n", 535, "AUTH LOGIN\r\nYW5u\r\n" },
    { "250 AUTH LOGIN\r\n503 not now\r\n", 503, "AUTH LOGIN\r\n" },
    { "250 AUTH CRAM-MD5 PLAINER\r\n", -1, "" },
    { "250 AUTH=PLAIN\r\n", -1, "" },
};

static void test_logins(void **state)
{
    char heard[HEARD_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(logins); i++) {
        int there, got;
        struct dialog d = open_dialog(logins[i].says, &there);
        ssize_t n;

        assert_int_equal(dialog_read(&d), 250);
        got = dialog_login(&d, SLICE("ann"), SLICE("s:ec"));
        (void)shutdown(d.fd, SHUT_WR);
        n = recv(there, heard, sizeof heard - 1, 0);
        heard[n > 0 ? n : 0] = '\0';
        if (got != logins[i].want || strcmp(heard, logins[i].heard) != 0)
            fail_msg("%s: got %d %s want %d %s", logins[i].says, got, heard, logins[i].want,
                     logins[i].heard);
        (void)close(d.fd);
        (void)close(there);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_replies),
                                        cmocka_unit_test(test_too_long),
                                        cmocka_unit_test(test_logins) };

    return cmocka_run_group_tests_name("cli-relay-dialog", tests, NULL, NULL);
}
