#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "conf/lists.h"

#include "base/ban.h"

static const char table[] = "# of mine\n"
                            "list BL.test\n"
                            "  name     Test list\n"
                            "  asks     ip4 domain\n"
                            "  gravity  grave\n"
                            "  code     127.0.0.2 spam source\n"
                            "  code     127.0.0.4-127.0.0.7 proxy\r\n"
                            "\tnote     127.0.0.10 dial-up\n"
                            "  error-bit 1 refused\n"
                            "  page     https://bl.test/?ip=%a\n"
                            "  wants    one\n"
                            "  wants    two\n"
                            "  wait     7d\n"
                            "  test     domain test.example -\n"
                            "list other.test\n"
                            "  asks ip6";

static bool parse(struct conf_lists *lists, const char *text, struct conf_errors *errors)
{
    struct slice copy = test_copy(slice_of(text));
    bool sound = conf_lists_parse(lists, "t", copy, errors);

    test_copy_free(copy); /* nothing points into it */
    return sound;
}

static void test_all_words(void **state)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    CLEANUP(conf_lists_done) struct conf_lists lists = { 0 };
    const struct dnsbl_list *list;

    (void)state;
    if (!parse(&lists, table, &errors))
        fail_msg("got error %s", errors.all[0].text.p);
    assert_int_equal(lists.n, 2);
    list = &lists.all[0];
    assert_string_equal(list->zone, "bl.test");
    assert_string_equal(list->name, "Test list");
    assert_int_equal(list->kinds, DNSBL_IP4 | DNSBL_DOMAIN);
    assert_int_equal(list->gravity, DNSBL_GRAVE);
    assert_int_equal(list->codes_n, 4);
    assert_int_equal(list->codes[1].from, 0x7f000004);
    assert_int_equal(list->codes[1].to, 0x7f000007);
    assert_string_equal(list->codes[1].words, "proxy");
    assert_int_equal(list->codes[2].means, DNSBL_MEANS_NOTE);
    assert_int_equal(list->codes[3].bit, 1);
    assert_int_equal(list->codes[3].means, DNSBL_MEANS_ERROR);
    assert_string_equal(list->page, "https://bl.test/?ip=%a");
    assert_string_equal(list->wants, "one\ntwo");
    assert_int_equal(list->wait_ms, (int64_t)7 * 24 * 3600 * 1000);
    assert_string_equal(list->tests[0].listed, "127.0.0.2");
    assert_string_equal(list->tests[2].listed, "test.example");
    assert_null(list->tests[2].clean);
    assert_null(list->off);
    assert_string_equal(lists.all[1].name, "other.test");
    assert_int_equal(lists.all[1].kinds, DNSBL_IP6);
}

/* A second table adds lists, and takes the place of those with the same zone. */
static void test_a_second_table(void **state)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    CLEANUP(conf_lists_done) struct conf_lists lists = { 0 };

    (void)state;
    assert_true(parse(&lists, table, &errors));
    assert_true(parse(&lists,
                      "list other.test\n asks ip4\n name New\n"
                      "list bl.test\n like bl.test\n off not wanted\n"
                      "list key.bl.test\n like bl.test\n on\n gravity minor\n",
                      &errors));
    assert_int_equal(lists.n, 3);
    assert_string_equal(lists.all[0].name, "Test list");
    assert_string_equal(lists.all[0].off, "not wanted");
    assert_int_equal(lists.all[0].codes_n, 4);
    assert_string_equal(lists.all[1].name, "New");
    assert_int_equal(lists.all[1].kinds, DNSBL_IP4);
    assert_string_equal(lists.all[2].zone, "key.bl.test");
    assert_null(lists.all[2].off);
    assert_int_equal(lists.all[2].gravity, DNSBL_MINOR);
    assert_string_equal(lists.all[2].wants, "one\ntwo");
}

static const struct error_case {
    const char *text, *want;
} error_cases[] = {
    { "name x\n", "t:1: name: no list has begun; write list and its zone first" },
    { "list\n", "t:1: list: write the zone that is asked, as in list bl.example.test" },
    { "list 192.0.2.1\n", "t:1: list: write the zone that is asked, as in list bl.example.test" },
    { "\nlist a.test\n",
      "t:2: a.test: it is not said what it is asked about; write asks ip4, ip6 or domain" },
    { "list a.test\nasks ip4 ip5\n", "t:2: asks: write one or more of ip4, ip6 and domain" },
    { "list a.test\nasks ip4\nlist a.test\nasks ip6\n",
      "t:3: a.test: it is there already; write all of it in one place" },
    { "list a.test\nasks ip4\ngravity huge\n", "t:3: gravity: write minor, usual or grave" },
    { "list a.test\nasks ip4\nwait long\n", "t:3: wait: write a time, as in 24h or 7d" },
    { "list a.test\nasks ip4\ncode 10.0.0.1 x\n",
      "t:3: code: write an answer of the list and what it means: 127.0.0.2 spam source, or "
      "127.0.0.4-127.0.0.7 proxy" },
    { "list a.test\nasks ip4\ncode 127.0.0.2\n",
      "t:3: code: write a text of at most 400 bytes after it" },
    { "list a.test\nasks ip4\nbit 3 x\n",
      "t:3: bit: write a bit of the last number, and what it means: 8 phishing; bits are 1, 2, 4, "
      "8, 16, 32, 64 and 128" },
    { "list a.test\nasks ip4\npage a page\n",
      "t:3: page: write where one asks to be removed: https://... with %a where the address "
      "belongs" },
    { "list a.test\nasks ip4\ntest ip4 test -\n",
      "t:3: test: write its kind, a name that is listed, and one that is not, or - for none: test "
      "domain test.example -" },
    { "list a.test\nasks ip4\nlike b.test\n",
      "t:3: like: there is no such list before this one; write the zone of one" },
    { "list a.test\nasks ip4\nlike a.test\n",
      "t:3: like: there is no such list before this one; write the zone of one" },
    { "list a.test\nasks ip4\ngravty minor\n", "t:3: gravty: no such word; did you mean gravity?" },
    { "list a.test\nasks ip4\nfnord x\n",
      "t:3: fnord: no such word; mailfuse-lists(5) has all of them" },
    { "list a.test\nasks ip4\non off\n", "t:3: on: nothing may follow; write on alone" },
    { "list a.test\nasks ip4\nname a\x01"
      "b\n",
      "t:3: name: write a text of at most 400 bytes after it" },
};

static void test_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(error_cases); i++) {
        CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
        CLEANUP(conf_lists_done) struct conf_lists lists = { 0 };

        assert_true(parse(&lists, table, &errors));
        assert_false(parse(&lists, error_cases[i].text, &errors));
        assert_int_equal(errors.n, 1);
        assert_string_equal(errors.all[0].text.p, error_cases[i].want);
        assert_int_equal(lists.n, 2); /* as it was */
        assert_string_equal(lists.all[0].name, "Test list");
    }
}

static void test_too_many(void **state)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    CLEANUP(conf_lists_done) struct conf_lists lists = { 0 };
    CLEANUP(buf_done) struct buf text = buf_make(100000);

    (void)state;
    for (int i = 0; i <= CONF_LISTS_MAX; i++)
        buf_printf(&text, "list l%d.test\nasks ip4\n", i);
    assert_false(conf_lists_parse(&lists, "t", buf_slice(&text), &errors));
    buf_clear(&text);
    buf_printf(&text, "list a.test\nasks ip4\n");
    for (int i = 0; i <= CONF_CODES_MAX; i++)
        buf_printf(&text, "code 127.0.1.%d x\n", i);
    assert_false(conf_lists_parse(&lists, "t", buf_slice(&text), &errors));
}

/* What comes with the program can be read, and has what everybody needs. */
static void test_builtin(void **state)
{
    CLEANUP(conf_lists_done) struct conf_lists lists = { 0 };
    const struct dnsbl_list *zen;

    (void)state;
    conf_lists_builtin(&lists);
    zen = conf_lists_find(&lists, SLICE("zen.spamhaus.org"));
    assert_non_null(zen);
    assert_int_equal(zen->gravity, DNSBL_GRAVE);
    for (uint32_t i = 0; i < lists.n; i++) {
        assert_true(lists.all[i].page[0] != '\0');
        assert_true(lists.all[i].codes_n > 0);
        assert_string_not_equal(lists.all[i].name, lists.all[i].zone);
    }
}

static void test_no_file(void **state)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    CLEANUP(conf_lists_done) struct conf_lists lists = { 0 };

    (void)state;
    assert_false(conf_lists_read(&lists, "/nowhere/at/all", &errors));
    assert_string_equal(errors.all[0].text.p,
                        "/nowhere/at/all: No such file or directory; write the "
                        "path of a file that mailfuse may read");
    assert_false(conf_lists_read(&lists, "/", &errors));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_words), cmocka_unit_test(test_a_second_table),
        cmocka_unit_test(test_errors),    cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_builtin),   cmocka_unit_test(test_no_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
