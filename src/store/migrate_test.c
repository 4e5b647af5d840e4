/* From one version of a file to the next, with versions that are made up. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "store/db.h"
#include "store/fixture.h"

#include "base/ban.h"

static const char *const steps[] = {
    "CREATE TABLE fuses(name TEXT); INSERT INTO fuses VALUES('alice@example.test');",
    "ALTER TABLE fuses ADD COLUMN tripped INTEGER DEFAULT 0;",
    "UPDATE fuses SET tripped = tripped + 7;",
};

static const char *const wrong_steps[] = {
    "CREATE TABLE fuses(name TEXT);",
    "ALTER TABLE fuses ADD COLUMN tripped INTEGER; DROP TABLE there_is_none;",
};

static struct schema schema_with(const char *const *all, uint32_t version)
{
    struct schema s = *schema_of(STORE_STATE);

    s.name = "made-up.db";
    s.steps = all;
    s.version = version;
    return s;
}

/* How opening went: the sentence, or "". */
static void try_open(const struct fixture *f, const struct schema *schema, struct buf *error)
{
    struct db db;
    int rc = db_open(&db, f->folder, schema, error);

    assert_int_equal(rc, error->n > 0 ? -EIO : 0);
    db_done(&db);
    buf_add_char(error, '\0');
}

static void expect(const struct fixture *f, const struct schema *schema, const char *want)
{
    struct buf error = buf_make(4096);

    try_open(f, schema, &error);
    if (want[0] == '\0' ? error.n > 1 : !holds(error.p, want))
        fail_msg("got \"%s\", want \"%s\"", error.p, want);
    buf_done(&error);
}

static void test_step_by_step(void **state)
{
    struct fixture f = fixture_make();

    (void)state;
    for (uint32_t version = 1; version <= COUNT(steps); version++) {
        struct schema s = schema_with(steps, version);

        for (int again = 0; again < 2; again++) {
            expect(&f, &s, "");
            assert_int_equal(fixture_sql(&f, s.name, "PRAGMA user_version"), version);
        }
    }
    assert_int_equal(fixture_sql(&f, "made-up.db", "SELECT tripped FROM fuses"), 7);
    fixture_done(&f);
}

static void test_all_at_once(void **state)
{
    struct fixture f = fixture_make();
    struct schema first = schema_with(steps, 1), last = schema_with(steps, COUNT(steps));

    (void)state;
    expect(&f, &first, "");
    expect(&f, &last, "");
    assert_int_equal(fixture_sql(&f, "made-up.db", "SELECT tripped FROM fuses"), 7);
    expect(&f, &first, "was written by a newer mailfuse (version 3 of the file; this one knows 1)");
    expect(&f, &last, "");
    fixture_done(&f);
}

/* A step that fails leaves the file as it was, of its old version. */
static void test_failing_step(void **state)
{
    struct fixture f = fixture_make();
    struct schema first = schema_with(steps, 1), wrong = schema_with(wrong_steps, 2);

    (void)state;
    expect(&f, &first, "");
    expect(&f, &wrong, "made-up.db: has not the tables that mailfuse made. Restore it");
    assert_int_equal(fixture_sql(&f, "made-up.db", "PRAGMA user_version"), 1);
    assert_int_equal(
        fixture_sql(&f, "made-up.db", "SELECT count(*) FROM pragma_table_info('fuses')"), 1);
    expect(&f, &first, "");
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_step_by_step),
        cmocka_unit_test(test_all_at_once),
        cmocka_unit_test(test_failing_step),
    };

    return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}
