#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "detect/evidence.h"

#include "base/ban.h"

static const struct words_case {
    enum signal signal;
    float observed, expected;
    const char *words, *history;
} words_cases[] = {
    { SIGNAL_NEW_NETWORK, 1, 0, "mail from a network it was never seen in before",
      "its own last days" },
    { SIGNAL_NEW_NETWORK, 1, 0.34F,
      "mail from a network it was never seen in before; 0.3 new ones a day are usual, by its own "
      "last days",
      "its own last days" },
    { SIGNAL_COMPLAINTS, 1, 0.33F,
      "1 recipient within days who complained to the provider; with that much mail 0.3 are common",
      "common" },
    { SIGNAL_COMPLAINTS, 3.2F, 6.3F,
      "3 recipients within days who complained to their providers; with that much mail 6.3 are "
      "common",
      "common" },
    { SIGNAL_NEW_COUNTRY, 1, 0, "mail from a country it was never seen in before",
      "its own last days" },
    { SIGNAL_MANY_NETWORKS, 6.3F, 5.5F,
      "mail from about 6 new networks within hours; up to 5 are common", "common" },
    { SIGNAL_MANY_NETWORKS, 0.9F, 2.5F,
      "mail from about 1 new network within hours; up to 2 are usual, by its own last days",
      "its own last days" },
    { SIGNAL_KNOWN_NETWORK, 100, 0,
      "100% of the latest recipients written to from networks it is known in",
      "its own last days" },
    { SIGNAL_KNOWN_NETWORK, 0, 0,
      "0% of the latest recipients written to from networks it is known in", "its own last days" },
    { SIGNAL_NEW_SOFTWARE, 1, 0, "mail made by a program that it never used before",
      "its own last days" },
    { SIGNAL_NEW_SOFTWARE, 1, 0.3F,
      "mail made by a program that it never used before; so far it took up one about every 3 days",
      "its own last days" },
    { SIGNAL_NEW_SOFTWARE, 1, 0.9F,
      "mail made by a program that it never used before; so far it took up one about every 2 days",
      "its own last days" },
    { SIGNAL_WAY_IN, 1, 0, "1 failed login from elsewhere, then mail from a new network", "" },
    { SIGNAL_WAY_IN, 612, 0, "612 failed logins from elsewhere, then mail from a new network", "" },
    { SIGNAL_ABUSED_NETWORK, 1, 0,
      "mail from a network that abused another account within three days", "accounts here" },
    { SIGNAL_VOLUME, 120, 19.6F,
      "120 first contacts within an hour; its own busiest hour had about 20", "its own last days" },
    { SIGNAL_VOLUME, 60, 0.2F, "60 first contacts within an hour; it had no such hour before",
      "its own last days" },
    { SIGNAL_RUN, 82, 15,
      "82 recipients from new networks within hours; up to 15 on a whole day "
      "are common",
      "common" },
    { SIGNAL_RUN, 1, 40.5F,
      "1 recipient from new networks within hours; up to 40 are usual, by its own last days",
      "its own last days" },
    { SIGNAL_ADDRESS_BOOK, 1, 0,
      "1 person it knows, written to from new networks within an hour; it had no such hour before",
      "its own last days" },
    { SIGNAL_ADDRESS_BOOK, 30, 4,
      "30 people it knows, written to from new networks within an hour; its own busiest hour had "
      "about 4",
      "its own last days" },
    { SIGNAL_CIRCULAR, 40, 6,
      "letters to 40 recipients within an hour, by a new program in a new network; its own busiest "
      "hour had about 6",
      "its own last days" },
    { SIGNAL_STRANGERS, 72, 0.4F,
      "72 recipients within a day to whom nobody here ever wrote; 40% of all are common",
      "common" },
    { SIGNAL_STRANGERS, 0.3F, 0.7F,
      "1 recipient within a day to whom nobody here ever wrote; 70% of all are usual, by its own "
      "last days",
      "its own last days" },
    { SIGNAL_UNKNOWN_RECIPIENTS, 4, 0.02F,
      "4 recipients within a day that do not exist; 2.0% of all are common", "common" },
    { SIGNAL_UNKNOWN_RECIPIENTS, 1.2F, 0.0187F,
      "1 recipient within a day that does not exist; 1.9% of all are usual, by its own last days",
      "its own last days" },
    { SIGNAL_UNKNOWN_RECIPIENTS, 0, 0.01F,
      "no recipients within a day that do not exist; 1.0% of all are usual, by its own last days",
      "its own last days" },
    { SIGNAL_REFUSED_AS_SPAM, 0.5F, 0.008F,
      "1 recipient within a day refused as spam; 0.8% of all are common", "common" },
    { SIGNAL_REFUSED_AS_SPAM, 22, 0.123F,
      "22 recipients within a day refused as spam; 12% of all are usual, by its own last days and "
      "the accounts here",
      "its own last days and accounts here" },
    { SIGNAL_NEW_SENDER, 1, 0.04F,
      "1 envelope sender it never used before; 4.0% of its messages are expected to have one",
      "its own last days" },
    { SIGNAL_NEW_SENDER, 3, 0,
      "3 envelope senders it never used before; 0.0% of its messages are expected to have one",
      "its own last days" },
    { SIGNAL_ODD_HOUR, 3, 0, "mail between 03:00 and 03:59, when it was never active before",
      "its own last days" },
    { SIGNAL_DESTINATIONS, 412, 0,
      "412 mail servers outside tried within an hour; it had no such hour before",
      "its own last days" },
    { SIGNAL_DESTINATIONS, 1, 1,
      "1 mail server outside tried within an hour; its own busiest hour had about 1",
      "its own last days" },
    { SIGNAL_BLOCKED, 0.85F, 0.125F,
      "85% of the new people at a provider, written to before that began to refuse this server; "
      "one "
      "of 8 that sent there",
      "" },
    { SIGNAL_BLOCKED, 0, 0.125F,
      "its message was the first that a provider refused, which refuses this server now; one of 8 "
      "that sent there",
      "" },
    { SIGNAL_LIMIT, 120, 100,
      "120 messages or recipients within the hour or day; the settings allow 100", "settings" },
};

static void what_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(words_cases); i++) {
        const struct words_case *c = &words_cases[i];
        const struct evidence e = { .observed = c->observed, .expected = c->expected };
        struct buf words = buf_make(400);

        evidence_words(&words, c->signal, &e);
        if (!slice_eq(buf_slice(&words), slice_of(c->words)))
            fail_msg("%s: got \"%.*s\", want \"%s\"", signal_name(c->signal),
                     SLICE_ARG(buf_slice(&words)), c->words);
        assert_string_equal(evidence_history(c->signal, &e), c->history);
        buf_done(&words);
    }
}

/* What was seen stands in front of what was expected. */
static void what_was_seen_comes_first(void **state)
{
    (void)state;
    for (unsigned s = 0; s < SIGNALS; s++) {
        const struct evidence e = { .observed = 7, .expected = 0.5F };
        struct buf seen = buf_make(400), words = buf_make(400);

        evidence_seen(&seen, (enum signal)s, &e);
        evidence_words(&words, (enum signal)s, &e);
        assert_in_range(seen.n, 20, 120);
        assert_true(slice_starts(buf_slice(&words), buf_slice(&seen)));
        buf_done(&seen);
        buf_done(&words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said),
        cmocka_unit_test(what_was_seen_comes_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
