#include "report/pseudonym.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "report/fixture.h"
#include "report/json.h"
#include "report/pseudonym_prose.h"
#include "report/text.h"
#include "report/texts.h"

#include "base/ban.h"

static const struct slice key_bytes = { "sixteen bytes or more", 21 };

/* "{name}" in `want` stands for the pseudonym of an account or an address, "[name]" of a host. */
static const struct prose_case {
    const char *name, *in, *want;
} prose_cases[] = {
    { "nothing", "31 recipients in 10 minutes, 2 is usual.",
      "31 recipients in 10 minutes, 2 is "
      "usual." },
    { "empty", "", "" },
    { "address", "writes as bob@example.test.", "writes as {bob@example.test}." },
    { "in brackets", "<bob@example.test>: refused", "<{bob@example.test}>: refused" },
    { "case", "Bob@Example.TEST", "{bob@example.test}" },
    { "tag and apostrophe", "'o'brien+x@example.test'", "'{o'brien+x@example.test}'" },
    { "UTF-8", "an j\303\274rgen@example.test", "an {j\303\274rgen@example.test}" },
    { "quoted", "\"b o b\"@example.test!", "{\"b o b\"@example.test}!" },
    { "known name", "alice logged in", "{alice} logged in" },
    { "part of a word", "malice, alices", "malice, alices" },
    { "known, field", "user=alice, x=y", "user={alice}, x=y" },
    { "address, field", "user=carol@example.test", "user={carol@example.test}" },
    { "unknown address, field", "prvs=1=dan@example.test", "{prvs=1=dan@example.test}" },
    { "in a URL", "http://x/?id=dan%40example.test", "http://x/?id={dan%40example.test}" },
    { "known, several words", "of uid 33 here", "of {uid 33} here" },
    { "IPv4", "from 192.0.2.7.", "from [192.0.2.7]." },
    { "IPv4, brackets", "[192.0.2.7]:587", "[192.0.2.7]:587" },
    { "IPv4, port", "192.0.2.7:587", "[192.0.2.7]:587" },
    { "prefix", "192.0.2.0/24", "[192.0.2.0]/24" },
    { "IPv6", "IPv6:2001:db8::7, next", "IPv6:[2001:db8::7], next" },
    { "IPv6, end", "2001:db8::", "[2001:db8::]" },
    { "times are none", "19 Nov 02:16:31 to 02:17", "19 Nov 02:16:31 to 02:17" },
    { "codes are none", "550 5.7.1 no", "550 5.7.1 no" },
    { "host", "see https://mail.example/help", "see https://[mail.example]/help" },
    { "host, dot", "host mx-1.mail.example.", "host [mx-1.mail.example]." },
    { "abbreviation", "e.g. i.e. 3.5 kB", "e.g. i.e. 3.5 kB" },
    { "pattern", "<\342\200\246>: \342\200\246bob@example.test\342\200\246",
      "<\342\200\246>: \342\200\246{bob@example.test}\342\200\246" },
    { "not UTF-8", "\377\376 \302", "\377\376 \302" },
    { "punctuation", "... @ ' == @@", "... @ ' == @@" },
};

/* `want` with its pseudonyms. */
static void fill(const struct pseudonym_key *key, struct slice want, struct buf *out)
{
    while (want.n > 0) {
        bool account = want.p[0] == '{';
        const char *end = account            ? memchr(want.p, '}', want.n)
                          : want.p[0] == '[' ? memchr(want.p, ']', want.n)
                                             : NULL;
        struct slice name = { want.p + 1, end != NULL ? (size_t)(end - want.p) - 1 : 0 };

        if (end == NULL)
            buf_add_char(out, want.p[0]);
        else if (account)
            pseudonym_account(key, name, out);
        else
            pseudonym_host(key, name, out);
        want = slice_from(want, end != NULL ? name.n + 2 : 1);
    }
}

#define DOTS "\342\200\246"

/* What other servers said: nobody but who says it knows which of its words are names. */
static const struct prose_case reply_cases[] = {
    { "nothing", "550 5.1.1 Recipient address rejected: User unknown (in reply)",
      "550 5.1.1 Recipient address rejected: User unknown (in reply)" },
    { "address", "550-5.7.1 <bob@example.test>: refused",
      "550-5.7.1 <{bob@example.test}>: refused" },
    { "known name", "Message from alice rejected", "Message from {alice} rejected" },
    { "person", "550 5.1.1 Mailbox of Bob Miller does not exist",
      "550 5.1.1 Mailbox of " DOTS " does not exist" },
    { "account", "Sorry, no mailbox here by that name: bmiller",
      "Sorry, no mailbox here by that name: " DOTS },
    { "both", "Message from anna (Anna Schmidt) rejected",
      "Message from " DOTS " (" DOTS ") rejected" },
    { "home", "user /home/anna/Maildir full", "user /" DOTS "/" DOTS "/Maildir full" },
    { "entry", "cn=Bob Miller,ou=sales", DOTS "=" DOTS ",ou=" DOTS },
    { "pattern and name", "User " DOTS " anna unknown", "User " DOTS " unknown" },
    { "umlaut", "Empf\303\244nger J\303\266rg unbekannt", "Empf\303\244nger " DOTS " unbekannt" },
    { "name and number", "max 20 messages, customer 4711234", DOTS " 20 messages, customer " DOTS },
    { "apostrophe", "doesn't, o'brien", "doesn't, o'" DOTS },
    { "not UTF-8", "\377\376 \302 no", DOTS " no" },
};

static void check_reply(const struct pseudonym_key *key, const struct known_names *known,
                        const struct prose_case *c)
{
    struct buf got = buf_make(10000), want = buf_make(10000);

    fill(key, slice_of(c->want), &want);
    pseudonym_reply(key, known, slice_of(c->in), &got);
    if (!slice_eq(buf_slice(&got), buf_slice(&want)))
        fail_msg("%s: got \"%.*s\", want \"%.*s\"", c->name, SLICE_ARG(buf_slice(&got)),
                 SLICE_ARG(buf_slice(&want)));
    buf_done(&got);
    buf_done(&want);
}

static void test_replies(void **state)
{
    struct buf alice = buf_make(100);
    struct known_names known = { 0 };
    struct pseudonym_key key;

    (void)state;
    pseudonym_key_make(&key, key_bytes);
    pseudonym_account(&key, SLICE("alice"), &alice);
    known_names_add(&known, SLICE("alice"), buf_slice(&alice));
    for (size_t i = 0; i < COUNT(reply_cases); i++)
        check_reply(&key, &known, &reply_cases[i]);
    known_names_done(&known);
    buf_done(&alice);
}

static void test_warnings(void **state)
{
    struct report_count warnings[] = { { SLICE("/home/anna/bob@example.test.log: is empty"), 1 },
                                       { SLICE("lines with NUL bytes"), 2 } };
    struct report r = { .warnings = warnings, .warnings_n = COUNT(warnings) };

    (void)state;
    assert_true(pseudonym_report(&r, key_bytes));
    assert_true(slice_eq(warnings[0].name, SLICE(DOTS ": is empty")));
    assert_true(slice_eq(warnings[1].name, SLICE("lines with NUL bytes")));
    report_done(&r);
}

static void test_prose(void **state)
{
    struct buf alice = buf_make(100), uid = buf_make(100), carol = buf_make(100);
    struct known_names known = { 0 };
    struct pseudonym_key key;

    (void)state;
    pseudonym_key_make(&key, key_bytes);
    pseudonym_account(&key, SLICE("alice"), &alice);
    pseudonym_account(&key, SLICE("uid 33"), &uid);
    pseudonym_account(&key, SLICE("carol@example.test"), &carol);
    known_names_add(&known, SLICE("alice"), buf_slice(&alice));
    known_names_add(&known, SLICE("uid 33"), buf_slice(&uid));
    known_names_add(&known, SLICE("carol@example.test"), buf_slice(&carol));
    for (size_t i = 0; i < COUNT(prose_cases); i++) {
        const struct prose_case *c = &prose_cases[i];
        struct buf got = buf_make(10000), want = buf_make(10000);

        fill(&key, slice_of(c->want), &want);
        if (slice_eq(slice_of(c->in), SLICE("[192.0.2.7]:587"))) { /* brackets of its own */
            buf_clear(&want);
            buf_add_char(&want, '[');
            pseudonym_host(&key, SLICE("192.0.2.7"), &want);
            buf_add(&want, SLICE("]:587"));
        }
        pseudonym_prose(&key, &known, slice_of(c->in), &got);
        if (!slice_eq(buf_slice(&got), buf_slice(&want)))
            fail_msg("%s: got \"%.*s\", want \"%.*s\"", c->name, SLICE_ARG(buf_slice(&got)),
                     SLICE_ARG(buf_slice(&want)));
        buf_done(&got);
        buf_done(&want);
    }
    known_names_done(&known);
    buf_done(&alice);
    buf_done(&uid);
    buf_done(&carol);
}

/* The names that must not be found afterwards. */
struct names {
    struct slice list[200];
    size_t n;
};

static void note_name(void *context, enum text_kind kind, struct slice *text)
{
    struct names *names = context;

    if (kind == TEXT_ACCOUNT || kind == TEXT_ADDRESS || kind == TEXT_HOST)
        if (text->n > 4 && names->n < COUNT(names->list))
            names->list[names->n++] = *text;
}

static void check_absent(const struct names *names, const struct buf *out)
{
    for (size_t i = 0; i < names->n; i++)
        if (memmem(out->p, out->n, names->list[i].p, names->list[i].n) != NULL)
            fail_msg("still there: \"%.*s\"", SLICE_ARG(names->list[i]));
}

static void test_no_name_is_left(void **state)
{
    const struct text_options o = { .accounts = true };

    (void)state;
    for (int hostile = 0; hostile < 2; hostile++) {
        struct buf text = buf_make(TEXT_LIMIT), json = buf_make(JSON_LIMIT);
        struct names names = { .n = 0 };
        struct report r;

        if (hostile)
            fixture_hostile(&r);
        else
            fixture_company(&r);
        r.source = SLICE("'/home/anna/mail.log'");
        texts_visit(&r, &(struct text_visitor){ note_name, NULL, &names });
        assert_true(names.n > 20);
        assert_true(pseudonym_report(&r, key_bytes));
        text_report(&r, &o, &text);
        assert_true(json_report(&r, &json));
        if (!hostile) { /* hostile texts are the same words in every place, also in plain ones */
            check_absent(&names, &text);
            check_absent(&names, &json);
            assert_null(memmem(text.p, text.n, "203.0.113.", 10));
            assert_null(memmem(text.p, text.n, "/home/anna", 10));
        }
        report_done(&r);
        buf_done(&text);
        buf_done(&json);
    }
}

static void make(struct report *r, struct slice key)
{
    fixture_company(r);
    assert_true(pseudonym_report(r, key));
}

static void test_same_key_same_names(void **state)
{
    struct report a, b, other;

    (void)state;
    make(&a, key_bytes);
    make(&b, key_bytes);
    make(&other, SLICE("another sixteen bytes"));
    assert_true(slice_eq(a.fuses[1].name, b.fuses[1].name));
    assert_true(slice_eq(a.fuses[1].name, a.accounts[0].name));
    assert_true(slice_eq(a.fuses[1].name, a.wrote[0].account));
    assert_false(slice_eq(a.fuses[1].name, other.fuses[1].name));
    assert_true(ip_eq(&a.brutes[0].ip, &b.brutes[0].ip));
    assert_false(ip_eq(&a.brutes[0].ip, &other.brutes[0].ip));
    /* equal domains and equal networks stay equal, and nothing else does */
    assert_memory_equal(slice_from(a.fuses[1].name, a.fuses[1].name.n - 14).p,
                        slice_from(a.watch[0].name, a.watch[0].name.n - 14).p, 14);
    assert_memory_equal(a.fuses[1].clients[0].ip.b, a.brutes[0].ip.b, 12);
    assert_memory_not_equal(a.fuses[1].clients[0].ip.b, a.brutes[0].ip.b, 16);
    assert_memory_not_equal(a.fuses[1].clients[0].ip.b, a.brutes[1].ip.b, 12);
    report_done(&a);
    report_done(&b);
    report_done(&other);
}

static void test_short_key(void **state)
{
    struct report r;

    (void)state;
    fixture_company(&r);
    assert_false(pseudonym_report(&r, slice_head(key_bytes, PSEUDONYM_KEY_MIN - 1)));
    assert_false(pseudonym_report(&r, (struct slice){ 0 }));
    assert_true(slice_eq(r.fuses[1].name, SLICE("anna.berger@example.test")));
    assert_false(r.pseudonyms);
    assert_true(pseudonym_report(&r, slice_head(key_bytes, PSEUDONYM_KEY_MIN)));
    assert_true(r.pseudonyms);
    report_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prose),
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_no_name_is_left),
        cmocka_unit_test(test_same_key_same_names),
        cmocka_unit_test(test_short_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
