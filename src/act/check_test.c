#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "act/check.h"
#include "base/test_copy.h"

#include "base/ban.h"

/* What a name is good for: u user, k kick, l lock. */
static const struct name_case {
    struct slice name;
    const char *good;
} name_cases[] = {
    { SLICE_INIT("alice@example.test"), "ukl" },
    { SLICE_INIT("alice"), "ukl" },
    { SLICE_INIT("m\xc3\xbcller@example.test"), "ukl" },
    { SLICE_INIT("DOMAIN\\alice"), "ukl" },
    { SLICE_INIT("alice@10.1.2.3"), "ukl" },
    { SLICE_INIT(""), "" },
    { SLICE_INIT("-a"), "" },
    { SLICE_INIT("--help"), "" },
    { SLICE_INIT("alice bob"), "" },
    { SLICE_INIT("alice\tREJECT"), "" },
    { SLICE_INIT("alice\n"), "" },
    { SLICE_INIT("alice\0"), "" },
    { SLICE_INIT("alice\x7f"), "" },
    { SLICE_INIT("*"), "ul" },
    { SLICE_INIT("alice@example.tes?"), "ul" },
    { SLICE_INIT("0/0"), "ul" },
    { SLICE_INIT("a/8"), "ul" },
    { SLICE_INIT("127.0.0.1"), "ul" },
    { SLICE_INIT("2130706433"), "ul" }, /* an address in one number */
    { SLICE_INIT("0x7f000001"), "ul" },
    { SLICE_INIT("::1"), "u" },
    { SLICE_INIT("[::1]"), "u" },
    { SLICE_INIT("a:b"), "uk" },
    { SLICE_INIT("#alice"), "uk" },
    { SLICE_INIT("\"alice\""), "uk" },
    { SLICE_INIT("ali\"ce"), "uk" },
    { SLICE_INIT("alice\\"), "uk" },
    { SLICE_INIT("\xc3\x89lise@example.test"), "ukl" },
    { SLICE_INIT("\xef\xbf\xbd"), "ukl" },
    { SLICE_INIT("ali\xff"
                 "ce"),
      "uk" },
};

static void expect(const char *what, struct slice in, const char *wrong, bool good)
{
    if ((wrong == NULL) != good)
        fail_msg("%s '%.*s': got %s", what, SLICE_ARG(in), wrong != NULL ? wrong : "accepted");
}

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(name_cases); i++) {
        const struct name_case *c = &name_cases[i];
        struct slice name = test_copy(c->name);

        expect("user", name, check_user(name), strchr(c->good, 'u') != NULL);
        expect("kick", name, check_kick(name), strchr(c->good, 'k') != NULL);
        expect("lock", name, check_lock_account(name), strchr(c->good, 'l') != NULL);
        test_copy_free(name);
    }
}

static void test_long_names(void **state)
{
    char name[CHECK_ACCOUNT_MAX + 1];

    (void)state;
    memset(name, '1', sizeof name);
    assert_null(check_user((struct slice){ name, CHECK_ACCOUNT_MAX }));
    assert_null(check_lock_account((struct slice){ name, CHECK_ACCOUNT_MAX }));
    assert_non_null(check_user((struct slice){ name, CHECK_ACCOUNT_MAX + 1 }));
    assert_non_null(check_kick((struct slice){ name, CHECK_ACCOUNT_MAX + 1 }));
    assert_non_null(check_lock_account((struct slice){ name, CHECK_ACCOUNT_MAX + 1 }));
}

static const struct text_case {
    struct slice in;
    bool good;
} reply_cases[] = {
    { SLICE_INIT("REJECT"), true },
    { SLICE_INIT("REJECT 5.7.1 locked, incident 7"), true },
    { SLICE_INIT("421 4.7.0 Locked"), true },
    { SLICE_INIT("521"), true },
    { SLICE_INIT("HOLD incident 7"), true },
    { SLICE_INIT("DEFER try later"), true },
    { SLICE_INIT(""), false },
    { SLICE_INIT("OK"), false },
    { SLICE_INIT("ok REJECT"), false },
    { SLICE_INIT("250 fine"), false },
    { SLICE_INIT("5210"), false },
    { SLICE_INIT("FILTER smtp:[192.0.2.1]"), false },
    { SLICE_INIT("REDIRECT mallory@example.test"), false },
    { SLICE_INIT("BCC mallory@example.test"), false },
    { SLICE_INIT("DISCARD"), false },
    { SLICE_INIT("REJECT\tx"), false },
    { SLICE_INIT("REJECT x\nbob OK"), false },
    { SLICE_INIT("REJECT x\0"), false },
    { SLICE_INIT("REJECT f\xc3\xbcr"), false },
}, id_cases[] = {
    { SLICE_INIT("B596FA729EC\n"), true },
    { SLICE_INIT("B596FA729EC\n4jXCS36Xbrz1bYl8\n"), true },
    { SLICE_INIT(""), false },
    { SLICE_INIT("\n"), false },
    { SLICE_INIT("B596FA729EC"), false },
    { SLICE_INIT("ALL\n"), false },
    { SLICE_INIT("B596FA729EC \n"), false },
    { SLICE_INIT("B596FA729EC\n\n"), false },
    { SLICE_INIT("../active/B596FA729EC\n"), false },
    { SLICE_INIT("B596FA729EC\0\n"), false },
}, log_cases[] = {
    { SLICE_INIT("/var/log/mail.log"), true },
    { SLICE_INIT("/var/log/mail.log.1"), true },
    { SLICE_INIT("/var/log/mail.log-20261122"), true },
    { SLICE_INIT("/var/log/mail.log.2026-11-22"), true },
    { SLICE_INIT("/var/log/dovecot.log"), true },
    { SLICE_INIT(""), false },
    { SLICE_INIT("/etc/shadow"), false },
    { SLICE_INIT("/var/log/mail.log.1.gz"), false },
    { SLICE_INIT("/var/log/mail.log."), false },
    { SLICE_INIT("/var/log/mail.logs"), false },
    { SLICE_INIT("/var/log/mail.log/../../../etc/shadow"), false },
    { SLICE_INIT("/var/log/mail.log.1/../x"), false },
    { SLICE_INIT("/var/log/mail.log\0"), false },
    { SLICE_INIT("/var/log/mail.log-111111111111111111111111111111111"), false },
    { SLICE_INIT("/var/log/mail.lo"), false },
};

static const char *log_of_two(struct slice path)
{
    static const char *const logs[] = { "/var/log/mail.log", "/var/log/dovecot.log", NULL };

    assert_non_null(check_log(path, NULL));
    return check_log(path, logs);
}

static void run_texts(const char *what, const struct text_case *cases, size_t n,
                      const char *(*check)(struct slice))
{
    for (size_t i = 0; i < n; i++) {
        struct slice in = test_copy(cases[i].in);

        expect(what, in, check(in), cases[i].good);
        test_copy_free(in);
    }
}

static void test_texts(void **state)
{
    (void)state;
    run_texts("reply", reply_cases, COUNT(reply_cases), check_lock_reply);
    run_texts("ids", id_cases, COUNT(id_cases), check_ids);
    run_texts("log", log_cases, COUNT(log_cases), log_of_two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
