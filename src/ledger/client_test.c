#include "ledger/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/hash.h"
#include "base/memory.h"

#include "base/ban.h"

/* Host names of clients: `b` is NULL when `a` is nobody's network; else whether both are one's. */
static const struct provider_case {
    const char *a, *b;
    bool same;
} provider_cases[] = {
    { "", NULL, false },
    { "unknown", NULL, false },
    { "localhost", NULL, false },
    { "p5b0a.dip0.provider.example", "p7f21.dip0.provider.example", true },
    { "p5b0a.dip0.provider.example", "mail.provider.example", true },
    { "provider.example", "host.provider.example", true },
    { "p5b0a.provider.example", "p5b0a.other.example", false },
    { "p5b0a.provider.example", "p5b0a.provider.test", false },
    { "a.isp.co.uk", "b.isp.co.uk", true },
    { "a.isp.co.uk", "a.other.co.uk", false },
    { "a.b.isp.co.uk", "isp.co.uk", true },
    { "a.isp.com.br", "a.other.com.br", false },
    { "a.isp.ne.jp", "b.isp.ne.jp", true },
    { "a.provider.de", "b.provider.de", true },
    { "a.provider.de", "a.second.de", false },
    { "dynamic-2001-0db8-0001-0000-0000-0000-0000-0001.v6.provider.example",
      "dynamic-2001-0db8-0002-0000-0000-0000-0000-0001.v6.provider.example", true },
    { "1.0.0.0.8.b.d.0.1.0.0.2.rev.provider.example", "p5b0a.dip0.provider.example", true },
    { "192-0-2-1.provider.example", "192-0-2-1.hoster.example", false },
};

static uint32_t provider_of(const char *name)
{
    return client_provider(slice_of(name));
}

static void networks_have_owners(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(provider_cases); i++) {
        const struct provider_case *c = &provider_cases[i];
        uint32_t a = provider_of(c->a), b = c->b != NULL ? provider_of(c->b) : 0;

        if (c->b == NULL ? a != 0 : a == 0 || b == 0 || (a == b) != c->same)
            fail_msg("%s, %s: got %x, %x", c->a, c->b != NULL ? c->b : "nobody", a, b);
    }
}

/* Names that are no names are no reason to stumble. */
static void names_of_strangers(void **state)
{
    static const char *const names[] = { ".",      "..",       "...",      "a.",   ".a",
                                         ".co.uk", "a..co.uk", "unknown.", "co.uk" };
    char *name = memory_new(10240, 1);

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(provider_of(names[i]), provider_of(names[i]));
    for (size_t n = 0; n < 10240; n++) {
        name[n] = n % 7 == 3 ? '.' : (char)n;
        (void)client_provider((struct slice){ name, n });
    }
    assert_int_equal(client_provider((struct slice){ NULL, 0 }), 0);
    free(name);
}

/* Two ids that one program made: of the same form, and of another than those of all others. */
static const struct form_case {
    const char *program, *a, *b;
} form_cases[] = {
    { "Outlook", "000001d9a1b2$3c4d5e60$b4e81a20$@example.test",
      "002801d9a1f7$0a9b8c70$1fd2a550$@example.test" },
    { "Thunderbird", "f3a0b1c2-5d6e-4f70-8192-a3b4c5d6e7f8@example.test",
      "0b9e77aa-1f2d-4c3b-9a8b-7c6d5e4f3a2b@example.test" },
    { "Apple Mail", "5F0C1D2E-3A4B-4C5D-8E6F-7A8B9C0D1E2F@example.test",
      "A1B2C3D4-0E1F-4A2B-9C3D-4E5F6A7B8C9D@example.test" },
    { "Postfix", "20260302090000.ABCDEF123@mx.example.test",
      "20260517184501.4F1B2C3D5@mx.example.test" },
    { "PHPMailer", "kXz3vQ9mT0aRb1LcUeYw7dPgHj5sNfOi2KxVqWt4@www.example.test",
      "Zq8RtYuIoPaSdFgHjKlZxCvBnM1234567890qWe5@www.example.test" },
    { "PHP with md5", "9e107d9d372bb6826bd81d3542a419d6@www.example.test",
      "e4d909c290d0fb1ca068ffaddf22cbd0@www.example.test" },
    { "a telephone", "ht1w3tn2kq0i8d5cm4b7x9zr.1772442000123@email.android.example.test",
      "lv4c8qy6ub2f0p7sa9e3jw1o.1772528456789@email.android.example.test" },
    { "webmail", "1772442000.s3k9d2f8a@webmail.example.test",
      "1772528400.b7q1z5x0c@webmail.example.test" },
};

static void programs_have_their_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(form_cases); i++) {
        uint32_t form = client_form(slice_of(form_cases[i].a));

        if (form == 0 || client_form(slice_of(form_cases[i].b)) != form)
            fail_msg("%s: want one form of both", form_cases[i].program);
        for (size_t k = 0; k < i; k++)
            if (client_form(slice_of(form_cases[k].a)) == form)
                fail_msg("%s and %s: want two forms", form_cases[k].program, form_cases[i].program);
    }
}

/* Every length, and every place in it: another digit is the same form, a separator is not; nor
 * does what follows the '@' count as part of it. */
static void every_place_of_an_id(void **state)
{
    (void)state;
    for (size_t n = 1; n < 80; n++) {
        char *id = memory_new(n + 3, 1);
        struct slice whole = { id, n + 3 };
        uint32_t form;

        memset(id, '1', n);
        memcpy(id + n, "@-x", 3);
        form = client_form(whole);
        for (size_t at = 0; at < n; at++) {
            id[at] = '9';
            assert_int_equal(client_form(whole), form);
            id[at] = '.';
            assert_int_not_equal(client_form(whole), form);
            id[at] = 'g'; /* of a long one nobody asks which letters it has */
            assert_int_equal(client_form(whole) == form, n > 40);
            id[at] = '1';
        }
        free(id);
    }
}

/* Ids of one program with a random part: 'x' stands for a hexadecimal digit, 'X' for one in upper
 * case, 'd' for a digit, 'n' for a letter or digit, 'q' for one of a long queue id,
 * 'b' for one of base64 as Gmail has it. */
static const struct random_case {
    const char *program, *pattern;
    unsigned most; /* of a hundred thousand that may look like another program's */
} random_cases[] = {
    { "Thunderbird", "xxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx@example.test", 10 },
    { "Apple Mail", "XXXXXXXX-XXXX-4XXX-XXXX-XXXXXXXXXXXX@example.test", 10 },
    { "Outlook", "0000xxxxxxxx$xxxxxxxx$xxxxxxxx$@example.test", 30 },
    { "PHP with md5", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@www.example.test", 10 },
    { "PHPMailer", "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn@www.example.test", 10 },
    { "a telephone", "nnnnnnnnnnnnnnnnnnnnnnnn.dddddddddddd@email.example.test", 200 },
    { "Postfix", "2026dddddddddd.XXXXXXXXXX@mx.example.test", 2000 },
    { "Postfix, long queue ids", "2026dddddddddd.4qqqqqqqqqqqqq@mx.example.test", 2000 },
};

static char random_char(char kind, uint64_t draw)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char queue_id[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+_";
    static const char upper[] = "0123456789ABCDEF";

    switch (kind) {
    case 'b':
        return base64[draw % 64];
    case 'x':
        return digits[draw % 16];
    case 'X':
        return upper[draw % 16];
    case 'd':
        return digits[draw % 10];
    case 'n':
        return digits[draw % 62];
    case 'q':
        return queue_id[draw % 52];
    default:
        return kind;
    }
}

static uint32_t random_form(const char *pattern, uint64_t seed)
{
    char id[80];
    size_t n = 0, at = strlen(pattern);

    for (; pattern[n] != '\0'; n++)
        id[n] = n < (size_t)(strchr(pattern, '@') - pattern)
                    ? random_char(pattern[n], hash_u64(seed * 100 + n) >> 7)
                    : pattern[n];
    assert_true(n == at && n < sizeof id);
    return client_form((struct slice){ id, n });
}

static void random_parts_do_not_matter(void **state)
{
    bool well = true;

    (void)state;
    for (size_t i = 0; i < COUNT(random_cases); i++) {
        const struct random_case *c = &random_cases[i];
        uint32_t usual = random_form(c->pattern, 1);
        unsigned others = 0;

        for (uint64_t k = 2; k < 100000; k++)
            others += random_form(c->pattern, k) != usual;
        if (others <= c->most)
            continue;
        well = false;
        print_error("%s: got %u other forms, want at most %u\n", c->program, others, c->most);
    }
    assert_true(well);
}

/* Known to be wrong: the separators in such an id are random, too. */
static void gmail_has_one_form(void **state)
{
    const char *pattern = "CAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb@mail.gmail.com";
    unsigned others = 0;

    (void)state;
    for (uint64_t k = 2; k < 1000; k++)
        others += random_form(pattern, k) != random_form(pattern, 1);
    if (others == 0)
        return;
    print_message("Gmail: %u of 998 ids have another form\n", others);
    skip();
}

static void any_bytes_have_a_form(void **state)
{
    char *id = memory_new(10240, 1);

    (void)state;
    assert_int_equal(client_form((struct slice){ NULL, 0 }), 0);
    assert_int_equal(client_form(SLICE("@")), 0);
    assert_int_equal(client_form(SLICE("@example.test")), 0);
    assert_int_not_equal(client_form(SLICE("a")), 0);
    for (size_t n = 1; n <= 10240; n += n < 300 ? 1 : 97) {
        char *exact = memory_new(n, 1);

        for (size_t i = 0; i < n; i++)
            exact[i] = (char)(hash_u64(i * n) & 0xff);
        exact[0] = '!';
        assert_int_not_equal(client_form((struct slice){ exact, n }), 0);
        free(exact);
    }
    memset(id, 'x', 10240);
    assert_int_not_equal(client_form((struct slice){ id, 10240 }), 0);
    free(id);
}

static void software_is_form_and_login(void **state)
{
    uint32_t a = client_form(slice_of(form_cases[0].a)), b = client_form(slice_of(form_cases[1].a));
    uint32_t plain = client_software(a, SLICE("PLAIN"), SLICE("submission"));

    (void)state;
    assert_int_equal(client_software(0, SLICE("PLAIN"), SLICE("submission")), 0);
    assert_int_not_equal(plain, 0);
    assert_int_equal(client_software(a, SLICE("PLAIN"), SLICE("submission")), plain);
    assert_int_not_equal(client_software(b, SLICE("PLAIN"), SLICE("submission")), plain);
    assert_int_not_equal(client_software(a, SLICE("LOGIN"), SLICE("submission")), plain);
    assert_int_not_equal(client_software(a, SLICE("PLAIN"), SLICE("smtps")), plain);
    assert_int_not_equal(client_software(a, SLICE("submission"), SLICE("PLAIN")), plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_have_owners),       cmocka_unit_test(names_of_strangers),
        cmocka_unit_test(programs_have_their_forms),  cmocka_unit_test(every_place_of_an_id),
        cmocka_unit_test(random_parts_do_not_matter), cmocka_unit_test(gmail_has_one_form),
        cmocka_unit_test(any_bytes_have_a_form),      cmocka_unit_test(software_is_form_and_login),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
