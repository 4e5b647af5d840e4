#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "conf/providers.h"

#include "base/ban.h"

static const char table[] = "# of mine\n"
                            "provider example\n"
                            "  title   Example Mail\n"
                            "  hosts   Example.test mx.example.net\n"
                            "  domains example.test\n"
                            "  big\n"
                            "  page    https://postmaster.example.test/\n"
                            "  wants   one\n"
                            "  wants   two\n"
                            "  rule    address\n"
                            "    code  550 5.7.1\n"
                            "    says  On our  BLOCK list*(S1\r\n"
                            "    says  [TS1]\n"
                            "    means our address is blocked\n"
                            "    wants write to them\n"
                            "\trule   content\n"
                            "    says  looks like spam\n"
                            "provider list\n"
                            "  everywhere\n"
                            "  rule domain\n"
                            "  says dbl.test";

static bool parse(struct conf_providers *to, const char *text, struct conf_errors *errors)
{
    struct slice copy = test_copy(slice_of(text));
    bool sound = conf_providers_parse(to, "t", copy, errors);

    test_copy_free(copy); /* nothing points into it */
    return sound;
}

static void test_all_words(void **state)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    CLEANUP(conf_providers_done) struct conf_providers all = { 0 };
    const struct provider *p;

    (void)state;
    if (!parse(&all, table, &errors))
        fail_msg("got error %s", errors.all[0].text.p);
    assert_int_equal(all.n, 2);
    p = &all.all[0];
    assert_string_equal(p->name, "example");
    assert_string_equal(p->title, "Example Mail");
    assert_string_equal(p->hosts[0], "Example.test");
    assert_string_equal(p->hosts[1], "mx.example.net");
    assert_null(p->hosts[2]);
    assert_string_equal(p->domains[0], "example.test");
    assert_true(p->big);
    assert_false(p->everywhere);
    assert_string_equal(p->wants, "one\ntwo");
    assert_string_equal(p->page, "https://postmaster.example.test/");
    assert_int_equal(p->rules_n, 2);
    assert_int_equal(p->rules[0].cause, CAUSE_ADDRESS);
    assert_string_equal(p->rules[0].codes[1], "5.7.1");
    assert_string_equal(p->rules[0].phrases[0], "on our block list*(s1");
    assert_string_equal(p->rules[0].phrases[1], "[ts1]");
    assert_string_equal(p->rules[0].words, "our address is blocked");
    assert_string_equal(p->rules[0].wants, "write to them");
    assert_int_equal(p->rules[1].cause, CAUSE_CONTENT);
    assert_null(p->rules[1].codes[0]);
    assert_true(all.all[1].everywhere);
    assert_string_equal(all.all[1].title, "list");
}

/* A second table adds providers, and takes the place of those with the same name. */
static void test_a_second_table(void **state)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    CLEANUP(conf_providers_done) struct conf_providers all = { 0 };

    (void)state;
    assert_true(parse(&all, table, &errors));
    if (!parse(&all,
               "provider example\n# more\n like example\n rule rate\n says slow down\n"
               "provider list\n hosts list.test\n"
               "provider third\n like example\n title Third\n",
               &errors))
        fail_msg("got error %s", errors.all[0].text.p);
    assert_int_equal(all.n, 3);
    assert_int_equal(all.all[0].rules_n, 3);
    assert_int_equal(all.all[0].rules[0].cause, CAUSE_RATE);
    assert_int_equal(all.all[0].rules[1].cause, CAUSE_ADDRESS);
    assert_true(all.all[0].big);
    assert_int_equal(all.all[1].rules_n, 0);
    assert_false(all.all[1].everywhere);
    assert_string_equal(all.all[2].title, "Third");
    assert_int_equal(all.all[2].rules_n, 3);
    assert_string_equal(all.all[2].hosts[0], "Example.test");
}

static const struct error_case {
    const char *text, *want;
} error_cases[] = {
    { "title x\n", "t:1: title: no provider has begun; write provider and a name first" },
    { "provider A\n", "t:1: provider: write a name of small letters, digits and -, as in provider "
                      "example" },
    { "provider a\n",
      "t:1: a: it is not said whose servers these are; write hosts, or everywhere" },
    { "provider a\nhosts a.test b\n",
      "t:2: hosts: write names with blanks between them: example.test" },
    { "provider a\nhosts a.test\nprovider a\nhosts b.test\n",
      "t:3: a: it is there already; write all of it in one place" },
    { "provider a\nhosts a.test\nrule spam\nsays spam\n",
      "t:3: rule: write what it is about: address, domain, content, rate, unknown, full, grey, "
      "policy or other" },
    { "provider a\nhosts a.test\n\nrule rate\nmeans x\n",
      "t:4: rule: it would hold for every reply; write code or says" },
    { "provider a\nhosts a.test\nrule rate\nsays spam\ncode 250\n",
      "t:5: code: write reply or status codes: 550 5.7.1" },
    { "provider a\nhosts a.test\nrule rate\nsays spam\nsays *x*\n",
      "t:5: says: write a part of the reply, of 3 to 400 bytes" },
    { "provider a\nhosts a.test\nsays spam\n",
      "t:3: says: it belongs to a rule; write rule and its cause first" },
    { "provider a\nhosts a.test\nrule rate\nsays spam\nbig\n",
      "t:5: big: it belongs to the provider; write it before the rules" },
    { "provider a\nhosts a.test\nbig yes\n", "t:3: big: nothing may follow; write it alone" },
    { "provider a\nhosts a.test\npage here\n",
      "t:3: page: write where one reads or asks about it: https://..." },
    { "provider a\nlike b\nhosts a.test\n",
      "t:2: like: there is no such provider before this one; write its name" },
    { "provider b\nhosts b.test\nprovider a\nhosts a.test\nlike b\n",
      "t:5: like: it takes all at once; write it right after provider" },
    { "provider a\nhosts a.test\ntitel x\n", "t:3: titel: no such word; did you mean title?" },
    { "provider a\nhosts a.test\nqqq x\n",
      "t:3: qqq: no such word; mailfuse-providers(5) has all of them" },
};

static void test_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(error_cases); i++) {
        CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
        CLEANUP(conf_providers_done) struct conf_providers all = { 0 };

        assert_true(parse(&all, "provider old\nhosts old.test\n", &errors));
        if (parse(&all, error_cases[i].text, &errors))
            fail_msg("no error: %s", error_cases[i].text);
        assert_string_equal(errors.all[0].text.p, error_cases[i].want);
        assert_int_equal(all.n, 1); /* as it was */
    }
}

static void test_the_table_of_the_program(void **state)
{
    CLEANUP(conf_providers_done) struct conf_providers all = { 0 };

    (void)state;
    conf_providers_builtin(&all);
    assert_true(all.n > 15);
    for (uint32_t i = 0; i < all.n; i++) {
        const struct provider *p = &all.all[i];

        for (uint32_t k = 0; k < p->rules_n; k++)
            if (reply_cause_is_reputation(p->rules[k].cause) && p->rules[k].words[0] == '\0')
                fail_msg("%s: a rule about reputation has no words", p->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_words),
        cmocka_unit_test(test_a_second_table),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_the_table_of_the_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
