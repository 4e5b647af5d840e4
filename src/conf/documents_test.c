/* documents_test.c - the sample file and the examples of mailfuse.conf(5) are settings that work.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "conf/conf.h"

#include "base/ban.h"

static struct buf read_document(const char *name)
{
    const char *source = getenv("MAILFUSE_SOURCE");
    struct buf text = buf_make(1 << 20);
    char path[4096];
    FILE *file;
    int c;

    assert_non_null(source);
    snprintf(path, sizeof path, "%s/%s", source, name);
    file = fopen(path, "r");
    if (file == NULL)
        fail_msg("cannot open %s", path);
    while ((c = fgetc(file)) != EOF)
        buf_add_char(&text, (char)c);
    (void)fclose(file);
    return text;
}

static struct conf *sound(struct slice text)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct conf *conf = conf_parse("t", text, &errors);

    if (conf == NULL)
        fail_msg("got error %s in\n%.*s", errors.all[0].text.p, SLICE_ARG(text));
    return conf;
}

/* As it is delivered, the sample sets nothing. */
static void test_sample_is_the_defaults(void **state)
{
    CLEANUP(buf_done) struct buf sample = read_document("packaging/mailfuse.conf");
    struct conf *conf = sound(buf_slice(&sample));
    struct conf_policy p = conf_account(conf, SLICE("alice@example.test"), (struct wall){ 0 }, 0);

    (void)state;
    assert_true(conf->sensitivity == 1);
    assert_int_equal(conf->home.n + conf->geo.n + conf->ignored_signals.n, 0);
    assert_int_equal(conf->exceptions_path.text.n, 0);
    assert_int_equal(conf->daemon.mode, CONF_OBSERVE);
    for (unsigned r = 0; r < CONF_RATES; r++)
        assert_int_equal(p.limits.rate[r], CONF_NO_LIMIT);
    conf_free(conf);
}

/* Settings are commented out by a '#' without a blank after it, or with four within a section;
 * prose has one blank. */
static void test_sample_with_everything_set(void **state)
{
    CLEANUP(buf_done) struct buf sample = read_document("packaging/mailfuse.conf");
    CLEANUP(buf_done) struct buf text = buf_make(1 << 20);
    struct slice rest = buf_slice(&sample), line;
    struct conf *conf;

    (void)state;
    while (slice_cut(&rest, '\n', &line)) {
        if (line.n > 1 && line.p[0] == '#' &&
            (line.p[1] != ' ' || slice_starts(line, SLICE("#    "))))
            line = slice_from(line, 1);
        buf_add(&text, line);
        buf_add_char(&text, '\n');
    }
    conf = sound(buf_slice(&text));
    assert_true(conf->home.n > 0 && conf->geo.n > 0 && conf->ignored_signals.n > 0);
    assert_true(conf->exceptions_path.text.n > 0 && conf->senders_path.text.n > 0);
    assert_int_equal(conf->daemon.mode, CONF_ENFORCE);
    assert_int_equal(conf->daemon.socketmap.n, 1);
    conf_free(conf);
}

/* What stands between .EX and .EE; the examples of the file of exceptions have dates. */
static void test_examples_of_the_manual(void **state)
{
    CLEANUP(buf_done) struct buf page = read_document("docs/mailfuse.conf.5");
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct slice rest = buf_slice(&page), before, example, part;
    int settings = 0, exceptions = 0;

    (void)state;
    while (slice_cut_at(&rest, SLICE("\n.EX\n"), &before) &&
           slice_cut_at(&rest, SLICE(".EE\n"), &example)) {
        CLEANUP(buf_done) struct buf text = buf_make(1 << 16);
        struct conf *conf;

        while (slice_cut(&example, '\\', &part)) { /* "\-" */
            buf_add(&text, part);
        }
        buf_add(&text, example);
        if (memmem(text.p, text.n, "..2", 3) != NULL) {
            conf = sound(SLICE("group \"staff\" { }"));
            if (!conf_parse_exceptions(conf, "x", buf_slice(&text), &errors))
                fail_msg("got error %s", errors.all[0].text.p);
            exceptions++;
        } else {
            conf = sound(buf_slice(&text));
            settings++;
        }
        conf_free(conf);
    }
    assert_true(settings > 5 && exceptions > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample_is_the_defaults),
        cmocka_unit_test(test_sample_with_everything_set),
        cmocka_unit_test(test_examples_of_the_manual),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
