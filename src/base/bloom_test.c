#include "base/bloom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/hash.h"
#include "base/memory.h"

#include "base/ban.h"

/* How often a filter with so many keys may take a new one for known, in a thousand. */
static const struct bloom_case {
    uint32_t blocks, keys;
    unsigned mistakes;
} bloom_cases[] = {
    { 1, 0, 0 },
    { 1, 1, 1 },
    { 1, 48, 40 },
    { 8, 0, 0 },
    { 8, 100, 5 },
    { 8, 700, 110 },
    { 1 << 10, 1000, 1 },
    { 1 << 10, 50000, 60 },
    { 1 << 14, 1, 1 },
    { 1 << 14, 100000, 2 },
    { 1 << 14, 1000000, 70 },
};

static void what_was_noted_is_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bloom_cases); i++) {
        const struct bloom_case *c = &bloom_cases[i];
        struct bloom_block *blocks = memory_new(c->blocks, sizeof *blocks);
        unsigned mistakes = 0;

        for (uint64_t key = 1; key <= c->keys; key++) {
            bool known = bloom_has(blocks, c->blocks, hash_u64(key));

            assert_true(bloom_note(blocks, c->blocks, hash_u64(key)) == known);
            assert_true(bloom_has(blocks, c->blocks, hash_u64(key)));
        }
        for (uint64_t key = 1; key <= c->keys; key++)
            assert_true(bloom_has(blocks, c->blocks, hash_u64(key)));
        for (uint64_t key = 1; key <= 100000; key++)
            mistakes += bloom_has(blocks, c->blocks, hash_u64(key << 32));
        if (mistakes > 100 * c->mistakes)
            fail_msg("%u blocks, %u keys: got %u mistakes of 100000, want at most %u", c->blocks,
                     c->keys, mistakes, 100 * c->mistakes);
        free(blocks);
    }
}

/* A full filter knows everything; a look changes nothing. */
static void full_and_empty(void **state)
{
    struct bloom_block block = { { 0 } }, full;

    (void)state;
    for (uint64_t key = 0; key < 1000; key++)
        assert_false(bloom_has(&block, 1, hash_u64(key + 1)));
    for (size_t i = 0; i < COUNT(block.words); i++)
        assert_true(block.words[i] == 0);
    memset(&full, 0xff, sizeof full);
    for (uint64_t key = 0; key < 1000; key++)
        assert_true(bloom_note(&full, 1, hash_u64(key)));
}

/* The last block of many is used, and none behind it. */
static void keys_stay_in_their_blocks(void **state)
{
    enum { BLOCKS = 8 };
    struct bloom_block *blocks = memory_new(BLOCKS, sizeof *blocks); /* exactly: for sanitizers */

    (void)state;
    for (uint64_t key = 0; key < 64; key++) {
        (void)bloom_note(blocks, BLOCKS, key | ~(uint64_t)0 << 6);
        (void)bloom_note(blocks, BLOCKS, key);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        uint64_t any = 0;

        for (size_t w = 0; w < COUNT(blocks[i].words); w++)
            any |= blocks[i].words[w];
        assert_true(any != 0);
    }
    free(blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_noted_is_known),
        cmocka_unit_test(full_and_empty),
        cmocka_unit_test(keys_stay_in_their_blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
