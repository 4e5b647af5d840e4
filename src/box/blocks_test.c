/* blocks_test.c - whom nobody may write to, who may not send, and who is trusted until when. */
#include "box/scene.h"

#include <stdio.h>

#include "base/ban.h"

static const struct block_case {
    enum box_block kind;
    const char *value;
    enum box_said said;
} block_cases[] = {
    { BOX_BLOCK_RECIPIENT, "Phisher@Example.TEST", BOX_OK },
    { BOX_BLOCK_RECIPIENT, "<phisher@example.test>", BOX_ALREADY },
    { BOX_BLOCK_RECIPIENT, "@evil.test", BOX_OK },
    { BOX_BLOCK_RECIPIENT, "nobody", BOX_NO_SUCH },
    { BOX_BLOCK_RECIPIENT, "nobody@", BOX_NO_SUCH },
    { BOX_BLOCK_RECIPIENT, "@", BOX_NO_SUCH },
    { BOX_BLOCK_RECIPIENT, "", BOX_NO_SUCH },
    { BOX_BLOCK_CLIENT, "192.0.2.0/24", BOX_OK },
    { BOX_BLOCK_CLIENT, "192.0.2.77/24", BOX_ALREADY },
    { BOX_BLOCK_CLIENT, "198.51.100.7", BOX_OK },
    { BOX_BLOCK_CLIENT, "198.51.100.7/32", BOX_ALREADY },
    { BOX_BLOCK_CLIENT, "2001:DB8::/32", BOX_OK },
    { BOX_BLOCK_CLIENT, "2001:db8:0::/32", BOX_ALREADY },
    { BOX_BLOCK_CLIENT, "example.test", BOX_NO_SUCH },
    { BOX_BLOCK_CLIENT, "", BOX_NO_SUCH },
    { BOX_BLOCK_RECIPIENT, "late@example.test", BOX_OK },
};

static bool client(const struct box_scene *s, const char *text)
{
    struct ip ip;

    assert_true(ip_parse(slice_of(text), &ip));
    return box_blocks_client(s->b, &ip) != NULL;
}

static bool recipient(const struct box_scene *s, const char *text)
{
    return box_blocks_recipient(s->b, slice_of(text)) != NULL;
}

static void check_all(const struct box_scene *s)
{
    assert_true(recipient(s, "phisher@example.test"));
    assert_false(recipient(s, "other@example.test"));
    assert_true(recipient(s, "anybody@evil.test"));
    assert_false(recipient(s, "anybody@sub.evil.test"));
    assert_false(recipient(s, "evil.test"));
    assert_true(client(s, "192.0.2.1") && client(s, "198.51.100.7") && client(s, "2001:db8::1"));
    assert_false(client(s, "192.0.3.1") || client(s, "198.51.100.8") || client(s, "2001:db9::1"));
}

static void blocks(void **state)
{
    struct box_scene *s = scene_new();
    struct box_decision by = scene_by(s);
    struct picture_book book = scene_pictures(s);
    struct kept kept;
    uint32_t n = 0;

    (void)state;
    for (size_t k = 0; k < COUNT(block_cases); k++) {
        const struct block_case *c = &block_cases[k];
        enum box_said said = box_add_block(s->b, c->kind, slice_of(c->value), &by);

        if (said != c->said)
            fail_msg("%s: got %d, want %d", c->value, said, c->said);
        n += said == BOX_OK;
        assert_int_equal(s->kept.blocks_n, n);
    }
    check_all(s);
    kept = kept_copy(&s->kept);
    scene_restart(s, &kept, &book, true);
    check_all(s);
    box_block_hit(s->b, box_blocks_recipient(s->b, SLICE("x@evil.test")), s->now);
    assert_int_equal(box_blocks_recipient(s->b, SLICE("y@evil.test"))->hits, 1);
    for (size_t k = COUNT(block_cases); k-- > 0;) { /* any spelling takes it away, once */
        const struct block_case *c = &block_cases[k];
        enum box_said said = box_remove_block(s->b, c->kind, slice_of(c->value), &by);

        n -= said == BOX_OK;
        assert_int_equal(s->kept.blocks_n, n);
        assert_int_equal(recipient(s, "late@example.test"), false);
    }
    assert_int_equal(n, 0);
    assert_null(box_block_at(s->b, 0));
    assert_false(recipient(s, "phisher@example.test") || client(s, "192.0.2.1"));
    kept_done(&kept);
    pictures_done(&book);
    scene_free(s);
}

/* Added and taken away in turn: each is found, and no other. */
static void many_blocks(void **state)
{
    struct box_scene *s = scene_new();
    struct box_decision by = scene_by(s);
    char text[40];

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (int k = 0; k < 200; k++) {
            snprintf(text, sizeof text, k % 2 ? "10.0.%d.0/24" : "a%d@example.test", k);
            assert_int_equal(box_add_block(s->b, (enum box_block)(k % 2), slice_of(text), &by),
                             BOX_OK);
        }
        for (int k = 0; k < 200; k++) {
            snprintf(text, sizeof text, k % 2 ? "10.0.%d.7" : "a%d@example.test", k);
            assert_true(k % 2 ? client(s, text) : recipient(s, text));
            snprintf(text, sizeof text, k % 2 ? "10.0.%d.0/24" : "a%d@example.test", k);
            assert_int_equal(box_remove_block(s->b, (enum box_block)(k % 2), slice_of(text), &by),
                             BOX_OK);
            snprintf(text, sizeof text, k % 2 ? "10.0.%d.7" : "a%d@example.test", k);
            assert_false(k % 2 ? client(s, text) : recipient(s, text));
        }
    }
    scene_free(s);
}

static void trust(void **state)
{
    struct box_scene *s = scene_new();
    struct box_decision by = scene_by(s);
    struct picture_book book = scene_pictures(s);
    struct kept kept;

    (void)state;
    assert_int_equal(box_trust(s->b, SLICE(" "), 100, (const char[3]){ "" }, &by), BOX_NO_SUCH);
    assert_int_equal(box_trust(s->b, SLICE("Alice@example.test"), 100, "DE", &by), BOX_OK);
    assert_int_equal(box_trust(s->b, SLICE(BOB), 100, (const char[3]){ "" }, &by), BOX_OK);
    assert_int_equal(box_trust(s->b, SLICE(ALICE), 101, "FR", &by), BOX_OK); /* in its place */
    kept = kept_copy(&s->kept);
    scene_restart(s, &kept, &book, true);
    assert_string_equal(box_trusts(s->b, SLICE(ALICE), 101)->country, "FR");
    assert_null(box_trusts(s->b, SLICE(ALICE), 102));
    assert_non_null(box_trusts(s->b, SLICE(BOB), 100));
    assert_null(box_trusts(s->b, SLICE(BOB), 101));
    assert_int_equal(box_untrust(s->b, SLICE(ALICE), &by), BOX_OK);
    assert_int_equal(box_untrust(s->b, SLICE(ALICE), &by), BOX_NO_SUCH);
    assert_null(box_trusts(s->b, SLICE(ALICE), 100));
    assert_true(slice_eq(box_trust_at(s->b, 0)->account, SLICE(BOB)));
    assert_null(box_trust_at(s->b, 1));
    assert_int_equal(s->kept.trusts_n, 1);
    kept_done(&kept);
    pictures_done(&book);
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks),
        cmocka_unit_test(many_blocks),
        cmocka_unit_test(trust),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
