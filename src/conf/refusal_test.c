/* refusal_test.c - the table of the program, asked about replies: refusal_cases.txt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "conf/providers.h"

#include "base/ban.h"

/* One row: whose server, cause, whose rule, code, text. */
struct row {
    struct slice from, cause, by, dsn, text;
};

static bool row_cut(struct slice line, struct row *out)
{
    if (line.n > 0 && line.p[line.n - 1] == '\n')
        line.n--;
    if (line.n == 0 || line.p[0] == '#')
        return false;
    if (!slice_cut(&line, '\t', &out->from) || !slice_cut(&line, '\t', &out->cause) ||
        !slice_cut(&line, '\t', &out->by) || !slice_cut(&line, '\t', &out->dsn))
        fail_msg("a row needs five columns: %.*s", SLICE_ARG(line));
    out->text = line;
    return true;
}

static const char *name_of(const struct provider *p)
{
    return p != NULL ? p->name : "-";
}

static size_t check(const struct provider_table *table, const struct row *row)
{
    struct slice text = test_copy(row->text), dsn = test_copy(row->dsn);
    const struct provider *from = provider_of(table, provider_host_of(text), SLICE("x.test"));
    struct provider_refusal r = provider_judge(table, from, dsn, text, reply_classify(dsn, text));
    const char *by = r.rule != NULL ? name_of(r.who) : "-";
    bool right = slice_eq(row->from, slice_of(name_of(from))) &&
                 slice_eq(row->cause, slice_of(reply_cause_name(r.cause))) &&
                 slice_eq(row->by, slice_of(by));

    if (!right)
        print_error("%s, %s by %s, not %.*s, %.*s by %.*s: %.*s\n", name_of(from),
                    reply_cause_name(r.cause), by, SLICE_ARG(row->from), SLICE_ARG(row->cause),
                    SLICE_ARG(row->by), SLICE_ARG(row->text));
    test_copy_free(text);
    test_copy_free(dsn);
    return !right;
}

static void test_cases(void **state)
{
    CLEANUP(conf_providers_done) struct conf_providers all = { 0 };
    const char *source = getenv("MAILFUSE_SOURCE");
    size_t rows = 0, wrong = 0, room = 0;
    struct provider_table table;
    char path[1000], *line = NULL;
    struct row row = { .text = { NULL, 0 } };
    ssize_t n;
    FILE *f;

    (void)state;
    conf_providers_builtin(&all);
    table = conf_providers_table(&all);
    snprintf(path, sizeof path, "%s/src/conf/refusal_cases.txt", source != NULL ? source : ".");
    f = fopen(path, "re");
    assert_non_null(f);
    while ((n = getline(&line, &room, f)) > 0)
        if (row_cut((struct slice){ line, (size_t)n }, &row)) {
            wrong += check(&table, &row);
            rows++;
        }
    free(line);
    fclose(f);
    assert_int_equal(wrong, 0);
    assert_true(rows > 50);
}

static const struct {
    const char *host, *site;
} sites[] = {
    { "mx1.mail.example.com", "example.com" },
    { "example.com", "example.com" },
    { "mx1.mail.example.co.uk", "example.co.uk" },
    { "mx.example.de", "example.de" },
    { "mx.web.de", "mx.web.de" },
    { "web.de", "web.de" },
    { "localhost", "" },
    { "192.0.2.1", "" },
    { "", "" },
    { ".", "" },
    { "..", "" },
    { "a..de", "" },
    { ".com", "" },
    { "mx.example.com.", "" },
};

static void test_sites(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sites); i++) {
        struct slice host = test_copy(slice_of(sites[i].host)), site = provider_site(host);

        if (!slice_eq(site, slice_of(sites[i].site)))
            fail_msg("%s: %.*s", sites[i].host, SLICE_ARG(site));
        test_copy_free(host);
    }
}

static const struct {
    const char *host, *domain, *want;
} servers[] = {
    { "aspmx.l.google.com", "example.test", "google" },
    { "ASPMX.L.GOOGLE.COM", "example.test", "google" },
    { "google.com", "", "google" },
    { "notgoogle.com", "gmail.com", "-" }, /* the server counts */
    { "", "gmail.com", "google" },         /* none answered */
    { "", "Gmail.com", "google" },
    { "", "mail.gmail.com", "-" },
    { "google.com.example.test", "", "-" },
    { "", "", "-" },
};

static void test_servers(void **state)
{
    CLEANUP(conf_providers_done) struct conf_providers all = { 0 };
    struct provider_table table;

    (void)state;
    conf_providers_builtin(&all);
    table = conf_providers_table(&all);
    for (size_t i = 0; i < COUNT(servers); i++) {
        struct slice host = test_copy(slice_of(servers[i].host));
        struct slice domain = test_copy(slice_of(servers[i].domain));

        assert_string_equal(name_of(provider_of(&table, host, domain)), servers[i].want);
        test_copy_free(host);
        test_copy_free(domain);
    }
}

static void test_laid_out(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "550-5.7.1 [192.0.2.1  18] Our System 550-5.7.1 has\t it 550 5.7.1 done. ",
          "[192.0.2.1 18] our system has it done." },
        { "554-mail.test no 554-No SMTP service 554 For x", "mail.test no no smtp service for x" },
        { "550", "550" },
        { "550 5.7.1", "" },
        { "", "" },
        { "in 5500 minutes", "in 5500 minutes" },
    };
    char room[PROVIDER_REPLY_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice text = test_copy(slice_of(rows[i].text));
        size_t n = provider_lay(text, room);
        struct slice got = { room, n };

        if (!slice_eq(got, slice_of(rows[i].want)))
            fail_msg("%s: %.*s", rows[i].text, SLICE_ARG(got));
        test_copy_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_sites),
        cmocka_unit_test(test_servers),
        cmocka_unit_test(test_laid_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
