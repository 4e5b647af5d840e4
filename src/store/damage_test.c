/* Damage that happens while the file is in use. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "store/fixture.h"

#include "base/ban.h"

/* More than SQLite keeps in memory. */
static struct store_batch *many_items(uint32_t n, uint32_t step)
{
    struct store_batch *b = store_batch_new(STORE_STATE);
    static const char value[200] = "?";

    for (uint32_t i = 0; i < n; i += step) {
        char key[16];

        (void)snprintf(key, sizeof key, "%08u", i);
        store_put(b, STORE_HELD, slice_of(key), (struct slice){ value, sizeof value - step });
    }
    return b;
}

static void write_over(const struct fixture *f)
{
    static const char rubbish[4096] = "rubbish";
    char path[FIXTURE_PATH];
    FILE *file;

    fixture_path(f, "state.db", path);
    file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, sizeof rubbish, SEEK_SET), 0);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(fwrite(rubbish, 1, sizeof rubbish, file), sizeof rubbish);
    assert_int_equal(fclose(file), 0);
}

/* Somebody writes over the file while it is in use. */
static void test_damaged_in_use(void **state)
{
    enum { ITEMS = 20000 };
    struct fixture f = fixture_make();
    struct outcome o = { 0 };

    (void)state;
    fixture_open(&f, true);
    fixture_write(&f, many_items(ITEMS, 1));
    fixture_close(&f); /* all of it is in the file */
    fixture_open(&f, true);
    write_over(&f);
    store_submit(f.store, many_items(ITEMS, 100), outcome_add, &o);
    fixture_until(&f, &o.times[STORE_WAITS], 1);
    fixture_trouble(&f, "/state.db: is damaged; restart mailfuse to see how to go on since ", "");
    assert_int_equal(store_close(f.store, 0), -ETIMEDOUT);
    f.store = NULL;
    assert_true(holds(fixture_refused(&f), "/state.db: is damaged. Restore it from a backup, or"));
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damaged_in_use),
    };

    return cmocka_run_group_tests_name("damage", tests, NULL, NULL);
}
