#include "ledger/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

/* What is done to a store of at most four messages, and the queue ids that must be left, the oldest
 * first. A step is a letter, and "host/queue-id" or a day. */
static const struct message_case {
    const char *name, *steps, *want;
    uint64_t forgotten;
} message_cases[] = {
    { "in the order of coming", "+0/A +0/B +0/C", "0/A 0/B 0/C", 0 },
    { "one that leaves from the middle", "+0/A +0/B +0/C -0/B", "0/A 0/C", 0 },
    { "the first and the last leave", "+0/A +0/B +0/C -0/A -0/C", "0/B", 0 },
    { "all leave, one comes", "+0/A +0/B -0/A -0/B +0/C", "0/C", 0 },
    { "the oldest makes room", "+0/A +0/B +0/C +0/D +0/E +0/F", "0/C 0/D 0/E 0/F", 2 },
    { "a queue id used again is a new message", "+0/A +0/B +0/A", "0/B 0/A", 0 },
    { "used again when there is no room", "+0/A +0/B +0/C +0/D +0/B", "0/A 0/C 0/D 0/B", 0 },
    { "the same on two hosts", "+0/A +1/A -0/A", "1/A", 0 },
    { "renamed", "+0/A +0/B >0/A=Z", "0/Z 0/B", 0 },
    { "renamed to its own name", "+0/A >0/A=A", "0/A", 0 },
    { "renamed to the name of another, which leaves", "+0/A +0/B >0/A=B", "0/B", 0 },
    { "gone after ten days", "+0/A @5 +0/B @10 !", "0/B", 0 },
    { "heard of within ten days", "+0/A @5 +0/B .0/A @10 ! @14 !", "0/B 0/A", 0 },
    { "the clock steps back", "@400 +0/A @0 ! +0/B @409 !", "0/A 0/B", 0 },
};

struct store {
    struct messages messages;
    struct wall now;
};

static void step(struct store *s, char verb, struct slice rest)
{
    struct messages *m = &s->messages;
    struct slice id = rest, host = rest;
    struct slice to;
    uint64_t number = 0;
    uint32_t index = MESSAGE_NONE;

    if (slice_cut(&id, '/', &host))
        (void)slice_to_u64(host, &number);
    if (verb == '@') {
        assert_true(slice_to_u64(rest, &number));
        s->now.ms = (int64_t)number * DAY_MS;
        return;
    }
    if (verb == '>')
        assert_true(slice_cut_last(&id, '=', &to));
    if (verb != '!' && verb != '+')
        assert_int_not_equal(index = messages_find(m, (uint16_t)number, id), MESSAGE_NONE);
    if (verb == '+')
        messages_add(m, (uint16_t)number, id, s->now);
    else if (verb == '-')
        messages_remove(m, index);
    else if (verb == '>')
        messages_rename(m, index, to);
    else if (verb == '.')
        m->all[index].seen = s->now;
    else
        messages_expire(m, s->now);
}

static void list(const struct messages *m, char *out, size_t room)
{
    size_t n = 0;

    out[0] = '\0';
    for (uint32_t i = m->oldest; i != MESSAGE_NONE; i = m->all[i].newer) {
        struct slice id = message_queue_id(&m->all[i]);

        assert_true(messages_find(m, m->all[i].host, id) == i);
        n += (size_t)snprintf(out + n, room - n, "%s%u/%.*s", n > 0 ? " " : "", m->all[i].host,
                              SLICE_ARG(id));
    }
}

static void steps(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(message_cases); i++) {
        const struct message_case *c = &message_cases[i];
        struct slice rest = slice_of(c->steps), word;
        struct store s = { .now = { 0 } };
        char got[256];

        messages_init(&s.messages, 4);
        while (slice_cut(&rest, ' ', &word))
            step(&s, word.p[0], slice_from(word, 1));
        step(&s, rest.p[0], slice_from(rest, 1));
        list(&s.messages, got, sizeof got);
        if (strcmp(got, c->want) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", c->name, got, c->want);
        if (s.messages.forgotten != c->forgotten)
            fail_msg("%s: got %ju forgotten, want %ju", c->name, (uintmax_t)s.messages.forgotten,
                     (uintmax_t)c->forgotten);
        messages_done(&s.messages);
    }
}

static void long_queue_ids_are_cut(void **state)
{
    struct slice longer = SLICE("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    struct messages m;
    uint32_t index;

    (void)state;
    messages_init(&m, 4);
    index = messages_add(&m, 0, longer, (struct wall){ 0 });
    assert_int_equal(message_queue_id(&m.all[index]).n, QUEUE_ID_MAX);
    assert_int_equal(messages_find(&m, 0, slice_head(longer, QUEUE_ID_MAX)), index);
    messages_done(&m);
}

static void message_ids_find_live_messages_of_the_same_host(void **state)
{
    struct messages m;
    uint32_t a, b;

    (void)state;
    messages_init(&m, 4);
    a = messages_add(&m, 1, SLICE("A"), (struct wall){ 0 });
    messages_set_message_id(&m, a, 77);
    assert_int_equal(messages_with_message_id(&m, 1, 77), a);
    assert_int_equal(messages_with_message_id(&m, 2, 77), MESSAGE_NONE);
    b = messages_add(&m, 1, SLICE("B"), (struct wall){ 0 });
    messages_set_message_id(&m, b, 77 + MESSAGE_ID_SLOTS); /* takes the same slot */
    assert_int_equal(messages_with_message_id(&m, 1, 77), MESSAGE_NONE);
    messages_remove(&m, b);
    assert_int_equal(messages_with_message_id(&m, 1, 77 + MESSAGE_ID_SLOTS), MESSAGE_NONE);
    messages_done(&m);
}

static void what_continues_a_message_is_found_when_that_is_gone(void **state)
{
    struct messages m;
    uint32_t parent, child, other;

    (void)state;
    messages_init(&m, 4);
    parent = messages_add(&m, 1, SLICE("A"), (struct wall){ 0 });
    messages_set_message_id(&m, parent, 77);
    assert_int_equal(messages_child(&m, parent), MESSAGE_NONE);
    child = messages_add(&m, 1, SLICE("B"), (struct wall){ 0 });
    m.all[child].flags |= MESSAGE_CHILD;
    m.all[parent].child = child;
    assert_int_equal(messages_child(&m, parent), MESSAGE_NONE); /* its Message-ID is not known */
    messages_set_message_id(&m, child, 77);
    assert_int_equal(messages_child(&m, parent), child);
    assert_int_equal(messages_with_message_id(&m, 1, 77), parent);
    messages_remove(&m, parent);
    assert_int_equal(messages_with_message_id(&m, 1, 77), child);
    messages_remove(&m, child);
    other = messages_add(&m, 1, SLICE("C"), (struct wall){ 0 }); /* in the place of one of them */
    assert_int_equal(messages_with_message_id(&m, 1, 77), MESSAGE_NONE);
    assert_int_equal(messages_child(&m, other), MESSAGE_NONE);
    messages_done(&m);
}

/* As many as a busy queue has; places are used again. */
static void memory_follows_the_queue_not_the_log(void **state)
{
    enum { ROUNDS = 100000, WAITING = 64 };
    struct messages m;
    char id[16];

    (void)state;
    messages_init(&m, 1000);
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(id, sizeof id, "%X", (unsigned)i);
        messages_add(&m, 0, slice_of(id), (struct wall){ i });
        if (i < WAITING)
            continue;
        snprintf(id, sizeof id, "%X", (unsigned)(i - WAITING));
        messages_remove(&m, messages_find(&m, 0, slice_of(id)));
    }
    assert_int_equal(m.live, WAITING);
    assert_true(m.used <= WAITING + 1);
    assert_int_equal(m.forgotten, 0);
    messages_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps),
        cmocka_unit_test(long_queue_ids_are_cut),
        cmocka_unit_test(message_ids_find_live_messages_of_the_same_host),
        cmocka_unit_test(what_continues_a_message_is_found_when_that_is_gone),
        cmocka_unit_test(memory_follows_the_queue_not_the_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
