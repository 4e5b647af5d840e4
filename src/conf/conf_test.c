#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/test_copy.h"
#include "conf/conf.h"
#include "conf/text.h"

#include "base/ban.h"

/* Errors of these texts, one a line. An empty `want` is a sound text. */
static const struct error_case {
    const char *name, *text, *want;
} error_cases[] = {
    { "empty", "", "" },
    { "blank lines", "\n \t\r\n\n", "" },
    { "comments", "# a \"\n// b {\n/* c\n } */ sensitivity = 1 # d", "" },
    { "latin-1 in a comment", "# M\xfcller\nsensitivity = 1\n", "" },
    { "byte order mark, CRLF", "\xef\xbb\xbfsensitivity = low\r\ngeo = \"a\"\r\n", "" },
    { "lists with and without braces", "geo = a\ngeo += {b, 'c',}\n", "" },
    { "no blanks", "limits{at-limit=hold}geo={a,b}sensitivity=1", "" },
    { "an empty section", "account \"alice@example.test\" { }\ngroup \"staff\" { members = {} }",
      "" },
    { "quoted signs", "geo = {\"a#b{c}//\", 'd\"${e}', \"f\\\"\\\\\"}\n", "" },
    { "unknown", "\nsensitivty = high\n",
      "t:2: sensitivty: no such key; did you mean sensitivity?" },
    { "unknown, like nothing", "colour = \"red\"\n",
      "t:1: colour: no such key; mailfuse.conf(5) has all keys" },
    { "underscores", "limits { Messages_Per_Hour = 5 }\n",
      "t:1: Messages_Per_Hour: no such key; did you mean messages-per-hour?" },
    { "an unknown list and section are skipped whole",
      "a1 = {\n\"x\",\n\"y\"}\nb1 \"t\" {\n c = {1}\n}\nsensitivity = 9\n",
      "t:1: a1: no such key; mailfuse.conf(5) has all keys\n"
      "t:4: b1: no such key; mailfuse.conf(5) has all keys\n"
      "t:7: sensitivity: \"9\" is no sensitivity; write low, normal, high or a number from "
      "0.5 to "
      "2.0" },
    { "line numbers after comments", "/* a */ /* b\n*/\ngeo = \"a\" /* c */\nxyz = 1",
      "t:4: xyz: no such key; mailfuse.conf(5) has all keys" },
    { "out of place", "at-limit = lock\nlimits { geo = \"a\"\n members = {}\n }",
      "t:1: at-limit: is out of place; write it inside of limits { ... }\n"
      "t:2: geo: is out of place; write it outside of all braces\n"
      "t:3: members: is out of place; write it inside of group \"NAME\" { ... }" },
    { "twice", "sensitivity = low\nsensitivity = high\n",
      "t:2: sensitivity: is set in line 1 already; write it once, or += to add to a list" },
    { "a list twice", "geo = {a}\n\ngeo = {b, c}\n",
      "t:3: geo: is set in line 1 already; write it once, or += to add to a list" },
    { "two values", "sensitivity = {1, 2}\n", "t:1: sensitivity: has 2 values; write one" },
    { "sections twice", "limits { }\nlimits {\n}\ndomain a { }\ndomain a { }\n",
      "t:2: limits: is there already, in line 1; write all of it in one limits { ... }\n"
      "t:5: a: is there already; write all of it in one section" },
    { "sections of one name, spelled in two ways",
      "account A@example.test { limits { at-limit = hold } }\n"
      "account \"a@Example.TEST\" { limits { at-limit = lock } }\n"
      "group x { }\ngroup \"%x\" { }\n",
      "t:2: account: \"a@example.test\" has limits already; write all of it in one section\n"
      "t:4: group: \"%x\" is there already; write all of it in one section" },
    { "no =", "sensitivity high\ngeo = {a b}\n",
      "t:1: sensitivity: the = is missing; write KEY = VALUE\n"
      "t:2: b: cannot stand here; write KEY = VALUE, KEY = {VALUE, VALUE} or NAME { ... }, "
      "with "
      "values in quotes" },
    { "no title, no brace", "group { }\nlimits at-limit = hold\n",
      "t:1: group: the name is missing; write group \"NAME\" { ... }\n"
      "t:2: limits: the { is missing; write limits { ... }" },
    { "no closing quote", "geo = \"a\nsensitivity = 9\nhome-countries = {\"DE}\n",
      "t:1: \": the closing quote is missing; write \"...\" within one line\n"
      "t:3: \": the closing quote is missing; write \"...\" within one line" },
    { "no closing brace", "sensitivity = 1\ngroup \"a\" {\n limits {\n }\n",
      "t:2: {: this brace is never closed; write }" },
    { "no opening brace", "limits {\n}\n}\n",
      "t:3: }: there is no { that this would close; remove it" },
    { "too deep", "limits { a { b { c {",
      "t:1: {: braces inside of braces inside of braces; close some with }" },
    { "a comment without end", "geo = a\n/* b\n\n", "t:2: /*: this comment never ends; write */" },
    { "environment", "geo = {\"${HOME}/a\", ${HOME}}\n",
      "t:1: ${: the environment is not read here; write the value itself\n"
      "t:1: ${: the environment is not read here; write the value itself" },
    { "escapes", "geo = \"C:\\temp\\101\"\n",
      "t:1: \\: this has no meaning in quotes; write \\\\ for a backslash\n"
      "t:1: \\: this has no meaning in quotes; write \\\\ for a backslash" },
    { "a bare plus", "trusted-bulk = {alice+list@example.test}\n",
      "t:1: +: this has no meaning here; write the value in quotes" },
    { "not UTF-8", "sensitivity = 1\ntrusted-bulk = {\"m\xfcller\"}\n",
      "t:2: a byte that is not UTF-8 (0xfc); save the file as UTF-8 text" },
    { "a terminal's escapes", "geo = a\n\"\x1b[31m\" = 3\n",
      "t:2: ?[31m: no such key; mailfuse.conf(5) has all keys" },
    { "sensitivity", "sensitivity = 0.49\n",
      "t:1: sensitivity: \"0.49\" is no sensitivity; write low, normal, high or a number from 0.5 "
      "to 2.0" },
    { "countries", "home-countries = {\"UK\", \"D E\", \"XX\", \"de\"}\n",
      "t:1: home-countries: \"UK\" is no code of ISO 3166; write \"GB\" instead\n"
      "t:1: home-countries: \"D E\" is no code of ISO 3166; write two letters such as \"DE\"\n"
      "t:1: home-countries: \"XX\" is no code of ISO 3166; write two letters such as \"DE\"" },
    { "networks",
      "shared-clients = {\n\"192.0.2.10/24\",\n\"192.0.2.300\",\n\"0.0.0.0/0\",\n\"::\"}\n",
      "t:2: shared-clients: \"192.0.2.10/24\" is a host with the length of a network; write "
      "\"192.0.2.10\" or \"192.0.2.0/24\"\n"
      "t:3: shared-clients: \"192.0.2.300\" is no address; write one such as \"192.0.2.10\" or "
      "\"2001:db8:1::/64\"\n"
      "t:4: shared-clients: \"0.0.0.0/0\" is too much of the internet; write the networks of these "
      "hosts\n"
      "t:5: shared-clients: \"::\" is no address of a host; remove it" },
    { "addresses that are none", "own-addresses = all\n",
      "t:1: own-addresses: \"all\" is no address; write one such as \"192.0.2.10\" or "
      "\"2001:db8:1::/64\"" },
    { "accounts",
      "trusted-bulk = {\"a b\", \"\", \"x@-\", \"%none\"}\ngroup g { members = {\"%h\", \"@\"} }\n",
      "t:1: trusted-bulk: \"a b\" is no single word; write an account, or \"@\" and a domain\n"
      "t:1: trusted-bulk: \"\" is empty; write an account, or \"@\" and a domain\n"
      "t:1: trusted-bulk: \"x@-\" has no domain after its @; write an account, or \"@\" and a "
      "domain\n"
      "t:1: trusted-bulk: \"%none\" is no group here; write group \"NAME\" { members = { ... } }\n"
      "t:2: members: \"%h\" is a group, and groups have no groups in them; write its members\n"
      "t:2: members: \"@\" has no domain after its @; write an account, or \"@\" and a domain" },
    { "titles", "account \"@example.test\" {\n}\ndomain \"a@example.test\" { }\n\ndomain \"\" {\n}",
      "t:1: account: \"@example.test\" is no account; write domain \"example.test\" { ... }\n"
      "t:3: domain: \"a@example.test\" is no domain; write account \"alice@example.test\" { ... }\n"
      "t:5: domain: \"\" is no domain; write domain \"example.test\" { ... }" },
    { "limits",
      "limits {\nmessages-per-hour = 0\nrecipients-per-day = -3\nat-limit = refuse\n"
      "messages-per-day = 1000000001\nrecipients-per-hour = 5x\nfree-recipients-per-hour = many\n}",
      "t:2: messages-per-hour: \"0\" is no number; write one from 1 to 1000000000, or none\n"
      "t:3: recipients-per-day: \"-3\" is no number; write one from 1 to 1000000000, or none\n"
      "t:4: at-limit: \"refuse\" is nothing to be done; write hold, lock, defer or reject\n"
      "t:5: messages-per-day: \"1000000001\" is no number; write one from 1 to 1000000000, or "
      "none\n"
      "t:6: recipients-per-hour: \"5x\" is no number; write one from 1 to 1000000000, or none\n"
      "t:7: free-recipients-per-hour: \"many\" is no number; write one from 0 to 1000000000, or "
      "none" },
    { "files", "geo = \"\"\nexceptions = ''\n",
      "t:1: geo: \"\" is no file; write the path of a database\n"
      "t:2: exceptions: \"\" is no file; write the path of one, or leave the key out" },
    { "a group that may have been left out is not missed",
      "groups \"staff\" { }\ntrusted-bulk = {\"%staff\"}\n",
      "t:1: groups: no such key; did you mean group?" },
    { "all of one line", "group \"staff\" { a1 = 1 limits { at-limit = 2 } }\nxx1 = yy1 yy1 = 5\n",
      "t:1: a1: no such key; mailfuse.conf(5) has all keys\n"
      "t:2: xx1: no such key; mailfuse.conf(5) has all keys" },
};

static void test_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(error_cases); i++) {
        const struct error_case *c = &error_cases[i];
        struct slice text = test_copy(slice_of(c->text));
        CLEANUP(buf_done) struct buf got = buf_make(1 << 16);
        CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
        struct conf *conf = conf_parse("t", text, &errors);

        for (uint32_t e = 0; e < errors.n; e++)
            buf_printf(&got, "%s%s", e > 0 ? "\n" : "", errors.all[e].text.p);
        if (!slice_eq(buf_slice(&got), slice_of(c->want)))
            fail_msg("%s: got\n%.*s\nwant\n%s", c->name, SLICE_ARG(buf_slice(&got)), c->want);
        if ((conf == NULL) != (errors.n > 0))
            fail_msg("%s: got settings in spite of errors, or the other way round", c->name);
        conf_free(conf);
        test_copy_free(text);
    }
}

static void test_many_errors(void **state)
{
    CLEANUP(buf_done) struct buf text = buf_make(1 << 16);
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };

    (void)state;
    buf_add(&text, SLICE("sensitivity = 7\nhome-countries = {\n"));
    for (int i = 0; i < 50; i++)
        buf_add(&text, SLICE("\"XX\",\n"));
    buf_add(&text, SLICE("}\n"));
    assert_null(conf_parse("t", buf_slice(&text), &errors));
    assert_int_equal(errors.n, CONF_ERRORS_MAX);
    assert_int_equal(errors.more, 31);
    for (uint32_t i = 1; i < errors.n; i++)
        assert_true(errors.all[i - 1].line < errors.all[i].line);
}

/* No prefix of a text crashes, and each gives either settings or errors. */
static void test_prefixes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(error_cases); i++) {
        struct slice all = slice_of(error_cases[i].text);

        for (size_t n = 0; n < all.n; n++) {
            struct slice text = test_copy(slice_head(all, n));
            struct conf_errors errors = { 0 };
            struct conf *conf = conf_parse("t", text, &errors);

            assert_true((conf == NULL) == (errors.n > 0));
            conf_free(conf);
            conf_errors_done(&errors);
            test_copy_free(text);
        }
    }
}

static struct conf *sound(const char *path, const char *text)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct conf *conf = conf_parse(path, slice_of(text), &errors);

    if (conf == NULL)
        fail_msg("got error %s", errors.all[0].text.p);
    return conf;
}

static void test_defaults(void **state)
{
    struct conf *conf = sound("t", "");
    struct ip ip;

    (void)state;
    assert_true(conf->sensitivity == 1);
    assert_int_equal(conf->home.n, 0);
    assert_int_equal(conf->geo.n, 0);
    assert_int_equal(conf->ignored_signals.n, 0);
    assert_int_equal(conf->exceptions_path.text.n, 0);
    assert_string_equal(conf->path, "t");
    assert_false(conf_home_country(conf, "DE"));
    assert_true(ip_parse(SLICE("192.0.2.1"), &ip));
    assert_false(conf_shared_client(conf, &ip));
    conf_free(conf);
    conf_free(NULL);
}

static void test_values(void **state)
{
    struct conf *conf =
        sound("/etc/mailfuse/t", "sensitivity = 0.75\nhome-countries = {\"DE\", \"at\", \"DE\"}\n"
                                 "geo = {\"/a.mmdb\", \"b/c.mmdb\"}\n"
                                 "ignored-signals = {\n\"odd-hour\",\n\"volume\"}\n"
                                 "exceptions = \"exceptions\"\n");

    (void)state;
    assert_true(conf->sensitivity == 0.75);
    assert_int_equal(conf->home.n, 2);
    assert_true(conf_home_country(conf, "AT"));
    assert_false(conf_home_country(conf, "CH"));
    assert_false(conf_home_country(conf, ""));
    assert_int_equal(conf->geo.n, 2);
    assert_string_equal(conf->geo.all[0].text.p, "/a.mmdb");
    assert_string_equal(conf->geo.all[1].text.p, "/etc/mailfuse/b/c.mmdb");
    assert_int_equal(conf->ignored_signals.n, 2);
    assert_string_equal(conf->ignored_signals.all[1].text.p, "volume");
    assert_int_equal(conf->ignored_signals.all[1].line, 6);
    assert_string_equal(conf->exceptions_path.text.p, "/etc/mailfuse/exceptions");
    conf_free(conf);
    conf = sound("t", "sensitivity = high\ngeo = \"a\"");
    assert_true(conf->sensitivity == 1.5);
    assert_string_equal(conf->geo.all[0].text.p, "a");
    conf_free(conf);
}

static void test_shared_clients(void **state)
{
    static const struct shared_case {
        const char *ip;
        bool want;
    } cases[] = {
        { "192.0.2.10", true },       { "192.0.2.11", false },    { "::ffff:192.0.2.10", true },
        { "198.51.100.77", true },    { "198.51.101.77", false }, { "2001:db8:1::5", true },
        { "2001:db8:1:1::5", false }, { "2001:db8:2::9", true },  { "2001:db8:2::8", false },
    };
    struct conf *conf = sound("t", "shared-clients = {\"192.0.2.10\", \"198.51.100.0/24\", "
                                   "\"2001:db8:1::/64\", \"2001:db8:2::9\"}");
    struct ip ip = { 0 };

    (void)state;
    assert_false(conf_shared_client(conf, &ip));
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(ip_parse(slice_of(cases[i].ip), &ip));
        if (conf_shared_client(conf, &ip) != cases[i].want)
            fail_msg("%s: got %d", cases[i].ip, !cases[i].want);
    }
    conf_free(conf);
}

static void test_own_addresses(void **state)
{
    struct conf *conf = sound("t", "own-addresses = {\"192.0.2.25\", \"2001:db8:25::/64\"}");
    struct ip ip = { 0 };

    (void)state;
    assert_true(conf_has_own_addresses(conf));
    assert_false(conf_own_address(conf, &ip));
    assert_true(ip_parse(SLICE("2001:db8:25::7"), &ip) && conf_own_address(conf, &ip));
    assert_true(ip_parse(SLICE("192.0.2.26"), &ip) && !conf_own_address(conf, &ip));
    conf_free(conf);
    conf = sound("t", "");
    assert_false(conf_has_own_addresses(conf));
    conf_free(conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),        cmocka_unit_test(test_many_errors),
        cmocka_unit_test(test_prefixes),      cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_values),        cmocka_unit_test(test_shared_clients),
        cmocka_unit_test(test_own_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
