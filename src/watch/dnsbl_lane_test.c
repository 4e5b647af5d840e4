#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "watch/dnsbl_lane.h"

#include "base/ban.h"

enum { SUBJECTS = 6, LISTED = 0x7f000002 };

/* A list that answers as it is told, and time that passes as it is needed. */
struct scene {
    struct dnsbl_list list;
    struct dnsbl_subject subjects[SUBJECTS]; /* 198.51.100.1 and so on; the last is a domain */
    struct dnsbl_plan plan;
    struct dnsbl_result results[SUBJECTS];
    struct dnsbl_lane lane;
    struct mono now;
    unsigned asked[4]; /* by enum dnsbl_what */
};

static void scene_open(struct scene *s, unsigned kinds)
{
    *s = (struct scene){ .now = { 1000000 } };
    s->list = (struct dnsbl_list){ .zone = "bl.test", .name = "Test", .kinds = kinds };
    for (unsigned i = 0; i < DNSBL_KINDS; i++)
        s->list.tests[i] = dnsbl_rfc_test((enum dnsbl_kind)(1u << i));
    for (unsigned i = 0; i < SUBJECTS; i++) {
        char text[20], room[DNSBL_NAME_MAX];

        snprintf(text, sizeof text, "198.51.100.%u", i + 1);
        assert_null(dnsbl_subject_parse(slice_of(text), room, &s->subjects[i]));
    }
    s->subjects[SUBJECTS - 1] =
        (struct dnsbl_subject){ .kind = DNSBL_DOMAIN, .domain = "example.test" };
    s->plan = (struct dnsbl_plan){ .lists = &s->list,
                                   .lists_n = 1,
                                   .subjects = s->subjects,
                                   .subjects_n = SUBJECTS,
                                   .per_second = 20,
                                   .seed = 7 };
    dnsbl_lane_init(&s->lane, &s->plan, 0, s->results);
}

static void scene_close(struct scene *s)
{
    dnsbl_lane_done(&s->lane);
    for (size_t i = 0; i < SUBJECTS; i++) {
        free(s->results[i].words);
        free(s->results[i].text);
    }
}

/* What the list answers: NULL and `end` when it does not. */
typedef enum resolver_end answerer(const char *name, struct dns_answer *out);

/* Until there is nothing more to ask. */
static void scene_run(struct scene *s, answerer *answer)
{
    for (int i = 0; i < 1000 && dnsbl_lane_waiting(&s->lane); i++) {
        struct dnsbl_task task;
        char name[DNSBL_NAME_MAX];
        struct dns_answer got = { 0 };

        s->now.ms += 100;
        if (!dnsbl_lane_next(&s->lane, s->now, &task, name))
            continue;
        s->asked[task.what]++;
        if (task.what == DNSBL_ASK_TEXT) {
            got.text_n = 4;
            memcpy(got.text, "why?", 4);
            dnsbl_lane_take(&s->lane, &task, RESOLVER_ANSWER, &got);
        } else {
            enum resolver_end end = answer(name, &got);

            dnsbl_lane_take(&s->lane, &task, end, end == RESOLVER_ANSWER ? &got : NULL);
        }
    }
    assert_false(dnsbl_lane_waiting(&s->lane));
    assert_int_equal(s->lane.busy, 0);
}

static bool is_test_point(const char *name)
{
    return strcmp(name, "2.0.0.127.bl.test") == 0 || strcmp(name, "test.bl.test") == 0;
}

/* It has the test points, 198.51.100.3, and nothing else. */
static enum resolver_end honest(const char *name, struct dns_answer *out)
{
    *out = (struct dns_answer){ .code = DNS_NXDOMAIN };
    if (is_test_point(name) || strcmp(name, "3.100.51.198.bl.test") == 0)
        *out = (struct dns_answer){ .a = { LISTED }, .a_n = 1 };
    return RESOLVER_ANSWER;
}

static enum resolver_end has_everything(const char *name, struct dns_answer *out)
{
    (void)name;
    *out = (struct dns_answer){ .a = { LISTED }, .a_n = 1 };
    return RESOLVER_ANSWER;
}

static enum resolver_end has_nothing(const char *name, struct dns_answer *out)
{
    (void)name;
    *out = (struct dns_answer){ .code = DNS_NXDOMAIN };
    return RESOLVER_ANSWER;
}

static enum resolver_end silent(const char *name, struct dns_answer *out)
{
    (void)name;
    (void)out;
    return RESOLVER_TIMEOUT;
}

static enum resolver_end garbage(const char *name, struct dns_answer *out)
{
    (void)name;
    (void)out;
    return RESOLVER_FAILED;
}

static enum resolver_end servfail(const char *name, struct dns_answer *out)
{
    (void)name;
    *out = (struct dns_answer){ .code = DNS_SERVFAIL };
    return RESOLVER_ANSWER;
}

static enum resolver_end advertising(const char *name, struct dns_answer *out)
{
    (void)name;
    *out = (struct dns_answer){ .a = { 0xcb007105 }, .a_n = 1 };
    return RESOLVER_ANSWER;
}

static enum resolver_end refusing(const char *name, struct dns_answer *out)
{
    (void)name;
    *out = (struct dns_answer){ .a = { 0x7ffffffe }, .a_n = 1 };
    return RESOLVER_ANSWER;
}

/* The test points are right; then it begins to refuse. */
static enum resolver_end refusing_later(const char *name, struct dns_answer *out)
{
    return strstr(name, "198") != NULL ? refusing(name, out) : honest(name, out);
}

static enum resolver_end silent_later(const char *name, struct dns_answer *out)
{
    return strstr(name, "198") != NULL ? silent(name, out) : honest(name, out);
}

static const struct lane_case {
    const char *name;
    answerer *answer;
    const char *why;
    enum dnsbl_life life;
    unsigned subjects_asked, listed, no_answer;
} lane_cases[] = {
    { "honest", honest, "", DNSBL_ALIVE, 5, 1, 0 },
    { "everything", has_everything, "lists what no list has: it lists everybody", DNSBL_ASIDE, 0, 0,
      0 },
    { "nothing", has_nothing,
      "does not list what every list has, so that it would find nothing: it has closed, or refuses "
      "this resolver",
      DNSBL_ASIDE, 0, 0, 0 },
    { "silent", silent, "does not answer", DNSBL_ASIDE, 0, 0, 0 },
    { "garbage", garbage, "the answer is no DNS", DNSBL_ASIDE, 0, 0, 0 },
    { "SERVFAIL", servfail, "answers with SERVFAIL", DNSBL_ASIDE, 0, 0, 0 },
    { "advertising", advertising,
      "203.0.113.5: no answer of a list; somebody on the way has changed it", DNSBL_ASIDE, 0, 0,
      0 },
    { "refusing", refusing,
      "127.255.255.254: it refuses questions of public resolvers, and of hosts without a name of "
      "their own in reverse DNS",
      DNSBL_ASIDE, 0, 0, 0 },
    { "refusing later", refusing_later,
      "127.255.255.254: it refuses questions of public resolvers, and of hosts without a name of "
      "their own in reverse DNS",
      DNSBL_ASIDE, 1, 0, 1 },
    { "silent later", silent_later, "does not answer any more", DNSBL_ASIDE, 3, 0, 3 },
};

static void test_lanes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lane_cases); i++) {
        const struct lane_case *c = &lane_cases[i];
        unsigned listed = 0, no_answer = 0;
        struct scene s;

        scene_open(&s, DNSBL_IP4);
        scene_run(&s, c->answer);
        if (s.lane.proofs[0].life != c->life)
            fail_msg("%s: got %d", c->name, s.lane.proofs[0].life);
        assert_string_equal(s.lane.proofs[0].why != NULL ? s.lane.proofs[0].why : "", c->why);
        for (size_t k = 0; k < SUBJECTS; k++) {
            listed += s.results[k].state == DNSBL_IS_LISTED;
            no_answer += s.results[k].state == DNSBL_NO_ANSWER;
        }
        assert_int_equal(listed, c->listed);
        assert_int_equal(no_answer, c->no_answer);
        assert_int_equal(s.asked[DNSBL_ASK_SUBJECT], c->subjects_asked);
        assert_int_equal(s.asked[DNSBL_ASK_TEXT], c->listed);
        assert_int_equal(s.results[SUBJECTS - 1].state, DNSBL_NOT_ASKED); /* a domain */
        scene_close(&s);
    }
}

static void test_texts_and_words(void **state)
{
    struct scene s;

    (void)state;
    scene_open(&s, DNSBL_IP4 | DNSBL_DOMAIN);
    scene_run(&s, honest);
    assert_int_equal(s.results[2].state, DNSBL_IS_LISTED);
    assert_string_equal(s.results[2].text, "why?");
    assert_string_equal(s.results[2].words, "127.0.0.2");
    assert_int_equal(s.results[SUBJECTS - 1].state, DNSBL_IS_CLEAN);
    assert_int_equal(s.asked[DNSBL_ASK_LISTED], 2);
    assert_int_equal(s.asked[DNSBL_ASK_CLEAN], 2);
    scene_close(&s);
}

/* Without test points nothing is proved, and all is asked; what is off is not asked at all. */
static void test_no_test_points(void **state)
{
    struct scene s;

    (void)state;
    scene_open(&s, DNSBL_IP4);
    dnsbl_lane_done(&s.lane);
    s.list.tests[0] = (struct dnsbl_test){ NULL, NULL };
    dnsbl_lane_init(&s.lane, &s.plan, 0, s.results);
    scene_run(&s, has_nothing);
    assert_int_equal(s.asked[DNSBL_ASK_LISTED] + s.asked[DNSBL_ASK_CLEAN], 0);
    assert_int_equal(s.asked[DNSBL_ASK_SUBJECT], 5);
    dnsbl_lane_done(&s.lane);
    s.list.off = "no key";
    dnsbl_lane_init(&s.lane, &s.plan, 0, s.results);
    assert_false(dnsbl_lane_waiting(&s.lane));
    scene_close(&s);
}

/* Never more than four at once, nor faster than told. */
static void test_rate(void **state)
{
    struct dnsbl_task task, first;
    char name[DNSBL_NAME_MAX];
    struct dns_answer none = { .code = DNS_NXDOMAIN };
    struct scene s;
    int64_t began, asked = 0;

    (void)state;
    scene_open(&s, DNSBL_IP4);
    s.list.tests[0] = (struct dnsbl_test){ NULL, NULL };
    dnsbl_lane_done(&s.lane);
    dnsbl_lane_init(&s.lane, &s.plan, 0, s.results);
    began = s.now.ms;
    for (; s.now.ms < began + 1000; s.now.ms++) {
        if (dnsbl_lane_next(&s.lane, s.now, &task, name)) {
            if (asked++ == 0)
                first = task;
        }
    }
    assert_int_equal(asked, 4);
    dnsbl_lane_take(&s.lane, &first, RESOLVER_ANSWER, &none);
    assert_true(dnsbl_lane_next(&s.lane, s.now, &task, name));
    dnsbl_lane_take(&s.lane, &task, RESOLVER_ANSWER, &none);
    assert_false(dnsbl_lane_next(&s.lane, s.now, &task, name)); /* too early */
    scene_close(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lanes),
        cmocka_unit_test(test_texts_and_words),
        cmocka_unit_test(test_no_test_points),
        cmocka_unit_test(test_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
