#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/test_copy.h"
#include "conf/conf.h"
#include "setup/plan_relay.h"

#include "base/ban.h"

#define FACTS "mail_version = 3.7.11\n"
#define SMTP "smtp       unix  -       -       y       -       -       smtp\n"
#define MAP "hash:/var/lib/mailfuse/locked-accounts.relay"
#define DEFINE "main.cf mailfuse_relay_maps: - -> " MAP ", pipemap:{static:*," MAP "}\n"
#define MAPS "sender_dependent_default_transport_maps"
#define NAME                                                                                       \
    "mailfuse-relay unix - - y - 20 smtp -o syslog_name=postfix/mailfuse-relay"                    \
    " -o smtp_fallback_relay= -o smtp_sender_dependent_authentication=no"
#define SECURE                                                                                     \
    " -o smtp_tls_security_level=secure -o smtp_tls_policy_maps="                                  \
    " -o smtp_tls_CAfile=/ca.pem -o smtp_tls_secure_cert_match=nexthop"
#define LOGIN                                                                                      \
    " -o smtp_sasl_auth_enable=yes -o smtp_sasl_password_maps=texthash:/etc/relay"                 \
    " -o smtp_sasl_security_options=noanonymous -o smtp_sasl_tls_security_options=noanonymous"
#define NO_LOGIN " -o smtp_sasl_auth_enable=no"
#define USUAL "host = \"[r.test]:587\" ca-file = \"/ca.pem\" credentials = \"/etc/relay\""
#define SERVICE "service mailfuse-relay/unix: - -> "

static const struct plan_case {
    const char *name, *relay;
    const char *settings, *services; /* postconf -n, -M */
    const char *want;                /* the steps, or why not */
    const char *note;                /* a part of the first one */
} cases[] = {
    { "nothing is there", USUAL, "", SMTP,
      SERVICE NAME SECURE LOGIN "\n" DEFINE "main.cf " MAPS ": - -> $mailfuse_relay_maps\n",
      "mailfuse relay test" },
    { "all is there already", USUAL,
      "mailfuse_relay_maps = " MAP ", pipemap:{static:*," MAP "}\n" MAPS
      " = $mailfuse_relay_maps, hash:/etc/postfix/ways\n",
      SMTP "mailfuse-relay unix -       -       y  -       20       smtp -o "
           "syslog_name=postfix/mailfuse-relay -o smtp_fallback_relay= -o "
           "smtp_sender_dependent_authentication=no" SECURE LOGIN "\n",
      "", "mailfuse relay test" },
    { "somebody else chooses ways by senders, too", USUAL, MAPS " = hash:/etc/postfix/ways\n", SMTP,
      SERVICE NAME SECURE LOGIN "\n" DEFINE "main.cf " MAPS
                                ": hash:/etc/postfix/ways -> $mailfuse_relay_maps, "
                                "hash:/etc/postfix/ways\n",
      "mailfuse relay test" },
    { "transport_maps", USUAL, "transport_maps = hash:/etc/postfix/transport\n", SMTP,
      SERVICE NAME SECURE LOGIN "\n" DEFINE "main.cf " MAPS ": - -> $mailfuse_relay_maps\n",
      "transport_maps is set" },
    { "TLS from the first byte, no login", "host = \"[r.test]:465\" ca-file = \"/ca.pem\"", "",
      SMTP,
      SERVICE NAME SECURE " -o smtp_tls_wrappermode=yes" NO_LOGIN "\n" DEFINE "main.cf " MAPS
                          ": - -> $mailfuse_relay_maps\n",
      "mailfuse relay test" },
    { "with anybody", "host = \"[192.0.2.1]:25\" tls = encrypt", "", SMTP,
      SERVICE NAME " -o smtp_tls_security_level=encrypt -o smtp_tls_policy_maps=" NO_LOGIN
                   "\n" DEFINE "main.cf " MAPS ": - -> $mailfuse_relay_maps\n",
      "whoever answers" },
    { "in the clear", "host = \"[192.0.2.1]:25\" tls = none", "", SMTP,
      SERVICE NAME " -o smtp_tls_security_level=none -o smtp_tls_policy_maps=" NO_LOGIN "\n" DEFINE
                   "main.cf " MAPS ": - -> $mailfuse_relay_maps\n",
      "in the clear" },
    { "no relay", "", "", SMTP,
      "the settings name no relay: write relay { host = \"[smtp.example.test]:587\" ... }", NULL },
};

static void print_steps(const struct plan *plan, struct buf *out)
{
    if (plan->refusal != NULL)
        buf_printf(out, "%s", plan->refusal);
    for (uint32_t i = 0; plan->refusal == NULL && i < plan->steps_n; i++) {
        const struct step *s = &plan->steps[i];

        buf_printf(out, "%s %s: %s -> %s\n", step_kind_name(s->kind), s->name,
                   s->before != NULL ? s->before : "-", s->after);
    }
}

static void try_case(const struct plan_case *c)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    CLEANUP(buf_done) struct buf got = buf_make(1 << 16), text = buf_make(1 << 12);
    struct plan *plan = memory_new(1, sizeof *plan);
    struct slice settings = test_copy(slice_of(c->settings));
    struct slice services = test_copy(slice_of(c->services));
    struct postfix_texts texts = { .settings = settings,
                                   .services = services,
                                   .facts = slice_of(FACTS) };
    struct conf *conf;

    buf_printf(&text, "relay { %s }\n", c->relay);
    conf = conf_parse("t", buf_slice(&text), &errors);
    assert_non_null(conf);
    plan_relay(plan, &texts, &conf->daemon);
    print_steps(plan, &got);
    if (!slice_eq(buf_slice(&got), slice_of(c->want)))
        fail_msg("%s: got\n%.*s\nwant\n%s", c->name, SLICE_ARG(buf_slice(&got)), c->want);
    if (c->note != NULL && (plan->notes_n == 0 || strstr(plan->notes[0], c->note) == NULL))
        fail_msg("%s: got note %s, want %s", c->name, plan->notes_n > 0 ? plan->notes[0] : "none",
                 c->note);
    conf_free(conf);
    plan_done(plan);
    test_copy_free(settings);
    test_copy_free(services);
    free(plan);
}

static void test_plans(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        try_case(&cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_plans) };

    return cmocka_run_group_tests_name("cli-setup-plan-relay", tests, NULL, NULL);
}
