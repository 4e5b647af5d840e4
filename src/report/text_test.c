#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/escape.h"
#include "report/fixture.h"
#include "report/text.h"

#include "base/ban.h"

static const struct {
    const char *name;
    void (*make)(struct report *r);
} fixtures[] = {
    { "company", fixture_company },
    { "hostile", fixture_hostile },
    { "calm", fixture_calm },
    { "empty", fixture_empty },
};

/* Commands are indented by six columns and nothing else is, so are the lines that continue them. */
static bool is_command(struct slice line, bool *goes_on)
{
    bool command = *goes_on || (slice_starts(line, SLICE("      ")) && line.n > 6 &&
                                line.p[6] != ' ' && line.p[6] != '+' && line.p[6] != '-');

    *goes_on = command && line.p[line.n - 1] == '\\';
    return command;
}

/* Move past one of our own colours at the front of `*s`. */
static bool skip_colour(struct slice *s)
{
    static const struct slice ours[] = {
        { "\033[0m", 4 },    { "\033[1m", 4 },  { "\033[2m", 4 },
        { "\033[1;31m", 7 }, { "\033[33m", 5 }, { "\033[32m", 5 },
    };

    for (size_t i = 0; i < COUNT(ours); i++)
        if (slice_skip(s, ours[i]))
            return true;
    return false;
}

/* The line without our colours. */
static struct slice bare(struct buf *room, struct slice line, bool colour)
{
    buf_clear(room);
    while (line.n > 0) {
        if (colour && skip_colour(&line))
            continue;
        buf_add_char(room, line.p[0]);
        line = slice_from(line, 1);
    }
    return buf_slice(room);
}

static void check_page(const char *name, struct slice page, unsigned columns, bool colour)
{
    struct buf room = buf_make(1 << 20), escaped = buf_make(1 << 20);
    bool goes_on = false;
    struct slice line;

    assert_true(page.n == 0 || page.p[page.n - 1] == '\n');
    while (slice_cut(&page, '\n', &line)) {
        line = bare(&room, line, colour);
        buf_clear(&escaped);
        escape_terminal(&escaped, line);
        if (!slice_eq(buf_slice(&escaped), line))
            fail_msg("%s: what a terminal must not get: got \"%.*s\"", name,
                     SLICE_ARG(buf_slice(&escaped)));
        if (!is_command(line, &goes_on) && escape_columns(line) > columns)
            fail_msg("%s: got %zu columns, want %u: \"%.*s\"", name, escape_columns(line), columns,
                     SLICE_ARG(line));
        if (line.n > 0 && line.p[line.n - 1] == ' ')
            fail_msg("%s: blanks at the end of \"%.*s\"", name, SLICE_ARG(line));
    }
    buf_done(&room);
    buf_done(&escaped);
}

static void test_every_page_keeps_to_its_columns(void **state)
{
    static const unsigned widths[] = { 0, 60, 80, 132 };

    (void)state;
    for (size_t i = 0; i < COUNT(fixtures) * COUNT(widths) * 8; i++) {
        const struct text_options o = { .columns = widths[i / 8 % COUNT(widths)],
                                        .colour = i % 2 == 1,
                                        .quiet = i / 2 % 2 == 1,
                                        .accounts = i / 4 % 2 == 1,
                                        .top = i / 4 % 2 == 1 ? 2 : 0 };
        struct buf out = buf_make(TEXT_LIMIT);
        struct report r;

        fixtures[i / 8 / COUNT(widths)].make(&r);
        text_report(&r, &o, &out);
        check_page(fixtures[i / 8 / COUNT(widths)].name, buf_slice(&out),
                   o.columns == 0 ? 80 : o.columns, o.colour);
        buf_clear(&out);
        text_explain(&r, &o, &out);
        check_page(fixtures[i / 8 / COUNT(widths)].name, buf_slice(&out),
                   o.columns == 0 ? 80 : o.columns, o.colour);
        buf_done(&out);
        report_done(&r);
    }
}

static void test_what_is_said(void **state)
{
    static const char *const wanted[] = {
        "Held from     19 Nov 02:14:07\n",
        "Locked at     19 Nov 02:16:31, 2 min 24 s later, by the results of 9 canaries\n",
        "Locked at     20 Nov 22:14:09, 1 min 25 s later, by the results of 1 canary\n",
        "Locked at     21 Nov 03:02:50, at once\n",
        "Got out       12 messages to 240 recipients\n",
        "Canaries      9 messages to 180 recipients of these, let go in doubt to see\n",
        "Stopped       3,412 messages to 68,240 recipients would have been stopped\n",
        "So far        36 messages to 36 recipients\n",
        "Still held    8 messages to 8 recipients when the log ends (18%)\n",
        "\nHolds that ended by themselves\n",
        "    56 of 61,224 messages of those who were never locked would have been late\n"
        "    (915 per million), the longest by 45 min.\n",
        "    vertrieb@example.test       20 Nov 11:02  12 min 31 s           4         11\n",
        "  20 Nov 16:01  less than 1 s         1          2\n",
        "Refused       18% unknown recipients (12,326), 22% refused as spam (15,061)\n",
        "Replies       9,120 times: 550 5.7.1 Message rejected as spam",
        "3,312 times: 550 5.1.1",
        "From          187 addresses, the busiest:\n",
        "    203.0.113.9      BR  AS64501 ",
        "Way in        The password was probably guessed: 612 logins failed from 143\n",
        "Evidence       +4.2  31 recipients in 10 minutes, 2 is usual (recipient-rate,\n"
        "                       19 Nov 02:14)\n",
        "                 +0.1  2 smaller findings (others, 19 Nov 02:11)\n"
        "                 -0.5  writes as anna.berger@example.test, as always\n",
        "                 12.9  in all\n",
        "In the queue  5 messages on mail\n",
        "      postsuper -h 4jXCS36Xbrz1bYl8 -h 4jXCS84Lkdz1bYlB -h 4jXCSD1cQyz1bYlF \\\n",
        "        -h 4jXCT05Rtmz1bYlK -h 4jXCT93G0Wz1bYlN\n",
        "      doveadm kick 'anna.berger@example.test'\n",
        "  Known as      crm.example.test\n",
        "\nWorth watching\n",
        "\nGuessing passwords\n",
        "    198.51.100.3     CN  AS64505 ",
        "\nWho refuses our mail\n",
        "    bigmail.example: 26,120 times since 19 Nov 04:41, the last 22 Nov 23:51\n",
        "        21,877 received",
        "15 not understood (12 x cut line; 3 x postfix/smtpd: unknown text).\n",
        "Warning: /var/log/mail.log.3.gz: the archive ends too early",
    };
    struct buf out = buf_make(TEXT_LIMIT);
    const struct text_options o = { 0 };
    struct report r;

    (void)state;
    fixture_company(&r);
    text_report(&r, &o, &out);
    assert_true(slice_starts(buf_slice(&out), SLICE("2 accounts, 1 trusted relay and 1 LAN host "
                                                    "were abused: ")));
    for (size_t i = 0; i < COUNT(wanted); i++)
        if (memmem(out.p, out.n, wanted[i], strlen(wanted[i])) == NULL)
            fail_msg("not on the page: \"%s\" of\n%.*s", wanted[i], SLICE_ARG(buf_slice(&out)));
    buf_done(&out);
    report_done(&r);
}

/* The figure in the column of weights, or NAN. */
static double weight_of(struct slice line)
{
    enum { COLUMN = 16, WIDTH = 5 };
    char text[WIDTH + 1] = "";
    char *end;
    double weight;

    if (line.n < COLUMN + WIDTH + 3 || line.p[COLUMN + WIDTH + 1] != ' ' ||
        line.p[COLUMN + WIDTH + 2] == ' ')
        return NAN;
    memcpy(text, line.p + COLUMN, WIDTH);
    weight = strtod(text, &end);
    return *end == '\0' && end[-2] == '.' ? weight : NAN;
}

/* What is printed of the weights adds up to what is printed of the score, whatever is cut off. */
static void test_weights_make_the_score(void **state)
{
    (void)state;
    for (unsigned top = 1; top < 12; top++) {
        const struct text_options o = { .top = top };
        struct buf out = buf_make(TEXT_LIMIT);
        struct slice rest, line;
        double sum = 0;
        unsigned n = 0, sums = 0;
        struct report r;

        fixture_company(&r);
        text_report(&r, &o, &out);
        rest = buf_slice(&out);
        while (slice_cut(&rest, '\n', &line)) {
            double weight = weight_of(line);

            if (isnan(weight))
                continue;
            if (!slice_ends(line, SLICE("  in all"))) {
                sum += weight;
                n++;
                continue;
            }
            if (fabs(sum - weight) > 0.05 * (n + 1))
                fail_msg("top %u: %u weights make %.1f, want %.1f", top, n, sum, weight);
            sums++;
            sum = n = 0;
        }
        assert_int_equal(sums, r.fuses_n);
        buf_done(&out);
        report_done(&r);
    }
}

static void test_explanation(void **state)
{
    static const char want[] =
        "The evidence about anna.berger@example.test over time: what each piece weighs,\n"
        "and all together.\n"
        "  19 Nov 02:09:58        +1.7    1.7  612 logins failed from 143 addresses in\n"
        "                                      the 28 hours before the first success\n"
        "                                      (guessed)\n"
        "  19 Nov 02:12:40        +3.6    5.8  11 new networks in 6 countries within an\n"
        "                                      hour, 1 is usual (new-networks)\n"
        "  19 Nov 02:14:07        +4.2   10.0  31 recipients in 10 minutes, 2 is usual\n"
        "                                      (recipient-rate)\n"
        "  19 Nov 02:14:07                     mail held from here on\n"
        "  19 Nov 02:16:31        +2.9   12.9  22% of the recipients do not exist, 1% is\n"
        "                                      usual (unknown-recipients)\n"
        "  19 Nov 02:16:31                     locked\n"
        "\n"
        "What it was locked for\n"
        "  Evidence       +4.2  31 recipients in 10 minutes, 2 is usual (recipient-rate,\n";
    static const char *const held[] = {
        "  20 Nov 11:02:00                     mail held from here on\n",
        "  20 Nov 11:14:31                     all let go: 4 messages had waited, for 12\n",
        "                                      min 31 s at most\n",
        "\nWhen most spoke against it\n",
    };
    struct buf out = buf_make(TEXT_LIMIT);
    const struct text_options o = { 0 };
    struct report r;

    (void)state;
    fixture_company(&r);
    text_explain(&r, &o, &out);
    if (!slice_starts(buf_slice(&out), slice_of(want)))
        fail_msg("got\n%.*s\nwant\n%s", SLICE_ARG(buf_slice(&out)), want);
    buf_clear(&out);
    r.explained = r.holds[0].name;
    text_explain(&r, &o, &out);
    for (size_t i = 0; i < COUNT(held); i++)
        if (memmem(out.p, out.n, held[i], strlen(held[i])) == NULL)
            fail_msg("got\n%.*s\nwant \"%s\"", SLICE_ARG(buf_slice(&out)), held[i]);
    buf_clear(&out);
    r.explained = SLICE("anna.berger@example.test");
    r.steps_n = 0;
    r.fuses_n = 0;
    text_explain(&r, &o, &out);
    if (!slice_eq(buf_slice(&out),
                  SLICE("There is no evidence for or against anna.berger@example.test.\n")))
        fail_msg("got\n%.*s", SLICE_ARG(buf_slice(&out)));
    buf_done(&out);
    report_done(&r);
}

/* Of a host of that name something is known; of the account nothing. */
static void test_explanation_of_an_account_only(void **state)
{
    static const char want[] = "There is no evidence for or against 192.0.2.77.\n";
    struct buf out = buf_make(TEXT_LIMIT);
    const struct text_options o = { 0 };
    struct report r;

    (void)state;
    fixture_company(&r);
    r.steps_n = 0;
    r.explained = SLICE("192.0.2.77");
    text_explain(&r, &o, &out);
    if (!slice_eq(buf_slice(&out), slice_of(want)))
        fail_msg("got\n%.*s\nwant\n%s", SLICE_ARG(buf_slice(&out)), want);
    buf_done(&out);
    report_done(&r);
}

static void test_queue_ids(void **state)
{
    struct buf out = buf_make(TEXT_LIMIT);
    struct report r;

    (void)state;
    fixture_company(&r);
    r.fuses[3].queue_ids_n = r.fuses[3].queues[0].n = 1;
    r.fuses[4].queue_ids[0] = SLICE("ALL");
    text_queue_ids(&r, &out);
    if (!slice_eq(buf_slice(&out), SLICE("4jXCS36Xbrz1bYl8\n4jXCS84Lkdz1bYlB\n4jXCSD1cQyz1bYlF\n"
                                         "4jXCT05Rtmz1bYlK\n4jXCT93G0Wz1bYlN\n4jYQ000000z1c2d3\n"
                                         "9D1F0A2B41\n")))
        fail_msg("got \"%.*s\"", SLICE_ARG(buf_slice(&out)));
    buf_done(&out);
    report_done(&r);
}

static void test_full(void **state)
{
    const struct text_options o = { .colour = true };
    struct report r;

    (void)state;
    fixture_company(&r);
    for (size_t limit = 0; limit < 12000; limit += 37) {
        struct buf out = buf_make(limit);

        text_report(&r, &o, &out);
        assert_true(out.n <= limit);
        assert_true(out.full);
        buf_done(&out);
    }
    report_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_page_keeps_to_its_columns),
        cmocka_unit_test(test_what_is_said),
        cmocka_unit_test(test_weights_make_the_score),
        cmocka_unit_test(test_explanation),
        cmocka_unit_test(test_explanation_of_an_account_only),
        cmocka_unit_test(test_queue_ids),
        cmocka_unit_test(test_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
