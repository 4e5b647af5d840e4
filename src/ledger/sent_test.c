#include "ledger/sent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/test_copy.h"

#include "base/ban.h"

static const struct wall noon = { 20000 * DAY_MS };

static struct slice number(uint32_t n, char room[16])
{
    return (struct slice){ room, (size_t)snprintf(room, 16, "%X", n) };
}

static void note(struct sent *s, uint32_t n, uint32_t fuse, struct wall at)
{
    char room[16];

    sent_note(s, sent_queue_key(number(n, room)), fuse, at);
}

static uint32_t find(const struct sent *s, uint32_t n, struct wall now)
{
    char room[16];

    return sent_find(s, sent_queue_key(number(n, room)), now, NULL);
}

static void what_was_noted_is_found(void **state)
{
    struct sent *s = sent_new();
    struct wall at = { 0 };

    (void)state;
    assert_int_equal(find(s, 1, noon), SENT_NOBODY);
    sent_note(s, sent_queue_key(SLICE("4AbC")), 7, noon);
    assert_int_equal(sent_find(s, sent_queue_key(SLICE("4AbC")), noon, &at), 7);
    assert_int_equal(at.ms, noon.ms);
    assert_int_equal(sent_find(s, sent_message_key(SLICE("4AbC")), noon, NULL), SENT_NOBODY);
    sent_note(s, sent_queue_key(SLICE("4AbC")), 8, noon);
    assert_int_equal(sent_find(s, sent_queue_key(SLICE("4AbC")), noon, NULL), 8);
    assert_int_equal(sent_count(s), 1);
    sent_free(s);
    sent_free(NULL);
}

static void what_is_too_old_is_not(void **state)
{
    struct sent *s = sent_new();

    (void)state;
    note(s, 1, 7, noon);
    assert_int_equal(find(s, 1, (struct wall){ noon.ms + SENT_AGE_MS }), 7);
    assert_int_equal(find(s, 1, (struct wall){ noon.ms + SENT_AGE_MS + SECOND_MS }), SENT_NOBODY);
    sent_free(s);
}

static void the_oldest_are_forgotten_first(void **state)
{
    enum { PER_BLOCK = SENT_SLOTS / 4 * 3, ALL = PER_BLOCK * (SENT_BLOCKS + 2) };
    struct sent *s = sent_new();

    (void)state;
    for (uint32_t i = 0; i < ALL; i++)
        note(s, i, i % 1000, noon);
    assert_int_equal(sent_count(s), PER_BLOCK * SENT_BLOCKS);
    assert_int_equal(find(s, 0, noon), SENT_NOBODY);
    assert_int_equal(find(s, 2 * PER_BLOCK - 1, noon), SENT_NOBODY);
    for (uint32_t i = 2 * PER_BLOCK; i < ALL; i += 97)
        assert_int_equal(find(s, i, noon), i % 1000);
    sent_free(s);
}

static struct sent *loaded_from(struct sent *s, uint32_t fuses)
{
    struct sent *two = sent_new();
    struct buf bytes = buf_make(SENT_BYTES);
    uint32_t block;

    while (sent_save(s, &block, &bytes)) {
        struct slice copy = test_copy(buf_slice(&bytes));

        assert_true(sent_load(two, block, copy, fuses));
        assert_false(sent_load(two, block, copy, fuses));
        test_copy_free(copy);
        buf_clear(&bytes);
    }
    buf_done(&bytes);
    return two;
}

static void it_survives(void **state)
{
    enum { ALL = 3 * SENT_SLOTS };
    struct sent *one = sent_new(), *two, *three;

    (void)state;
    for (uint32_t i = 0; i < ALL; i++)
        note(one, i, i, noon);
    two = loaded_from(one, ALL - 10);
    for (uint32_t i = 0; i < ALL; i++)
        assert_int_equal(find(two, i, noon), i < ALL - 10 ? i : SENT_NOBODY);
    three = loaded_from(one, ALL); /* nothing has changed since */
    assert_int_equal(sent_count(three), 0);
    sent_free(three);
    note(two, 5, 77, noon); /* goes on in the youngest block */
    assert_int_equal(find(two, 5, noon), 77);
    sent_unsaved(one);
    three = loaded_from(one, ALL);
    assert_int_equal(sent_count(three), ALL);
    sent_free(one);
    sent_free(two);
    sent_free(three);
}

static void other_bytes_are_refused(void **state)
{
    static char bytes[SENT_BYTES + 1];
    struct sent *s = sent_new();

    (void)state;
    assert_false(sent_load(s, 0, (struct slice){ NULL, 0 }, 1));
    assert_false(sent_load(s, 0, (struct slice){ bytes, SENT_BYTES }, 1)); /* version 0 */
    memset(bytes, 1, sizeof bytes);
    assert_false(sent_load(s, SENT_BLOCKS, (struct slice){ bytes, SENT_BYTES }, UINT32_MAX));
    assert_false(sent_load(s, 0, (struct slice){ bytes, SENT_BYTES + 1 }, UINT32_MAX));
    assert_true(sent_load(s, 0, (struct slice){ bytes, SENT_BYTES }, UINT32_MAX));
    assert_int_equal(sent_count(s), 1);         /* one name, again and again */
    for (uint32_t i = 0; i < SENT_SLOTS; i++) { /* more than a block may have */
        uint64_t key = i + 1;

        memcpy(bytes + 4 + 16 * (size_t)i, &key, sizeof key);
    }
    assert_true(sent_load(s, 1, (struct slice){ bytes, SENT_BYTES }, UINT32_MAX));
    assert_int_equal(find(s, 1, noon), SENT_NOBODY);
    sent_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_noted_is_found),        cmocka_unit_test(what_is_too_old_is_not),
        cmocka_unit_test(the_oldest_are_forgotten_first), cmocka_unit_test(it_survives),
        cmocka_unit_test(other_bytes_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
