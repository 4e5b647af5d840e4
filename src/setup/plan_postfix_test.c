#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/test_copy.h"
#include "setup/plan_postfix.h"

#include "base/ban.h"

#define FACTS                                                                                      \
    "mail_version = 3.7.11\nqueue_directory = /var/spool/postfix\ncompatibility_level = 3.6\n"
#define POLICY "check_policy_service { inet:127.0.0.1:10040, timeout=3s, default_action=DUNNO }"
#define LOCKED ", check_sasl_access hash:/var/lib/mailfuse/locked-accounts"
#define HOSTS ", check_client_access hash:/var/lib/mailfuse/locked-accounts.clients"
#define DEFINE                                                                                     \
    "main.cf mailfuse_recipient_restrictions: - -> " POLICY LOCKED "\n"                            \
    "main.cf mailfuse_end_of_data_restrictions: - -> " POLICY "\n"
#define MX "smtp       inet  n       -       y       -       -       smtpd\n"
#define REST "pickup     unix  n       -       y       60      1       pickup\n"
#define SUBMISSION "submission inet  n       -       y       -       -       smtpd -o ...\n"
#define SMTPS "smtps      inet  n       -       -       -       -       smtpd -o ...\n"
#define AUTH(service) service "/inet/smtpd_sasl_auth_enable = yes\n"

static const struct plan_case {
    const char *name;
    const char *settings, *services, *overrides; /* postconf -n, -M, -P */
    const char *want;                            /* the steps, or why not */
    const char *note;                            /* a part of the first one; NULL: none */
    bool relays;
} plan_cases[] = {
    { "Debian's default has no logins", "smtpd_relay_restrictions = permit_mynetworks\n", MX REST,
      "",
      "no service of master.cf runs smtpd with smtpd_sasl_auth_enable=yes: there is nobody who "
      "logs in to submit mail",
      NULL, false },
    { "Debian's submission, commented in", "smtpd_relay_restrictions = permit_mynetworks\n",
      MX SUBMISSION REST,
      AUTH("submission") "submission/inet/smtpd_client_restrictions =\n"
                         "submission/inet/smtpd_recipient_restrictions = "
                         "permit_sasl_authenticated,reject\n",
      DEFINE "master.cf submission/inet/smtpd_recipient_restrictions: "
             "permit_sasl_authenticated,reject -> "
             "$mailfuse_recipient_restrictions,permit_sasl_authenticated,reject\n"
             "master.cf submission/inet/smtpd_end_of_data_restrictions: - -> "
             "$mailfuse_end_of_data_restrictions\n",
      NULL, false },
    { "macros for mail clients, and smtps",
      "mua_recipient_restrictions = reject_unknown_recipient_domain, permit\n", MX SUBMISSION SMTPS,
      AUTH("submission") AUTH(
          "smtps") "submission/inet/smtpd_recipient_restrictions = $mua_recipient_restrictions\n"
                   "submission/inet/smtpd_end_of_data_restrictions = "
                   "$mua_end_of_data_restrictions\n"
                   "smtps/inet/smtpd_recipient_restrictions = permit_sasl_authenticated, reject\n"
                   "smtps/inet/smtpd_end_of_data_restrictions =\n",
      DEFINE "master.cf submission/inet/smtpd_recipient_restrictions: $mua_recipient_restrictions "
             "-> $mailfuse_recipient_restrictions,$mua_recipient_restrictions\n"
             "master.cf submission/inet/smtpd_end_of_data_restrictions: "
             "$mua_end_of_data_restrictions -> "
             "$mailfuse_end_of_data_restrictions,$mua_end_of_data_restrictions\n"
             "master.cf smtps/inet/smtpd_recipient_restrictions: permit_sasl_authenticated, reject "
             "-> $mailfuse_recipient_restrictions,permit_sasl_authenticated,reject\n"
             "master.cf smtps/inet/smtpd_end_of_data_restrictions:  -> "
             "$mailfuse_end_of_data_restrictions\n",
      NULL, false },
    { "logins at port 25, set in main.cf",
      "smtpd_sasl_auth_enable = YES\n"
      "smtpd_recipient_restrictions = permit_mynetworks, permit_sasl_authenticated, "
      "reject_unauth_destination\n",
      MX REST, "",
      DEFINE "main.cf smtpd_recipient_restrictions: permit_mynetworks, permit_sasl_authenticated, "
             "reject_unauth_destination -> $mailfuse_recipient_restrictions, permit_mynetworks, "
             "permit_sasl_authenticated, reject_unauth_destination\n"
             "main.cf smtpd_end_of_data_restrictions: - -> $mailfuse_end_of_data_restrictions\n",
      NULL, false },
    { "a list of main.cf that two services share is changed once",
      "smtpd_recipient_restrictions = permit_sasl_authenticated\n"
      "smtpd_end_of_data_restrictions = check_x\n",
      MX SUBMISSION SMTPS, AUTH("submission") AUTH("smtps"),
      DEFINE "main.cf smtpd_recipient_restrictions: permit_sasl_authenticated -> "
             "$mailfuse_recipient_restrictions, permit_sasl_authenticated\n"
             "main.cf smtpd_end_of_data_restrictions: check_x -> "
             "$mailfuse_end_of_data_restrictions, check_x\n",
      NULL, false },
    { "a service may switch logins off", "smtpd_sasl_auth_enable = yes\n", MX,
      "smtp/inet/smtpd_sasl_auth_enable = no\n",
      "no service of master.cf runs smtpd with smtpd_sasl_auth_enable=yes: there is nobody who "
      "logs in to submit mail",
      NULL, false },
    { "a parameter says whether there are logins", "mua_auth = yes\n", SUBMISSION,
      "submission/inet/smtpd_sasl_auth_enable = ${mua_auth}\n"
      "submission/inet/smtpd_recipient_restrictions =\n"
      "submission/inet/smtpd_end_of_data_restrictions =\n",
      DEFINE "master.cf submission/inet/smtpd_recipient_restrictions:  -> "
             "$mailfuse_recipient_restrictions\n"
             "master.cf submission/inet/smtpd_end_of_data_restrictions:  -> "
             "$mailfuse_end_of_data_restrictions\n",
      NULL, false },
    { "done already",
      "mailfuse_recipient_restrictions = " POLICY LOCKED "\n"
      "mailfuse_end_of_data_restrictions = " POLICY "\n"
      "smtpd_end_of_data_restrictions = $mailfuse_end_of_data_restrictions\n",
      SUBMISSION,
      AUTH("submission") "submission/inet/smtpd_recipient_restrictions = "
                         "$mailfuse_recipient_restrictions,reject\n",
      "", NULL, false },
    { "done, but at another port",
      "mailfuse_recipient_restrictions = check_policy_service inet:127.0.0.1:9\n"
      "mailfuse_end_of_data_restrictions = " POLICY "\n"
      "smtpd_end_of_data_restrictions = $mailfuse_end_of_data_restrictions\n",
      SUBMISSION,
      AUTH("submission") "submission/inet/smtpd_recipient_restrictions = "
                         "$mailfuse_recipient_restrictions,reject\n",
      "main.cf mailfuse_recipient_restrictions: check_policy_service inet:127.0.0.1:9 -> " POLICY
          LOCKED "\n",
      NULL, false },
    { "done, but behind a permit",
      "mailfuse_recipient_restrictions = " POLICY LOCKED "\n"
      "mailfuse_end_of_data_restrictions = " POLICY "\n"
      "smtpd_end_of_data_restrictions = $mailfuse_end_of_data_restrictions\n"
      "smtpd_recipient_restrictions = permit_mynetworks, $mailfuse_recipient_restrictions\n",
      SUBMISSION, AUTH("submission"), "",
      "smtpd_recipient_restrictions: something that may end the list stands before mailfuse",
      false },
    { "wired by hand, but mail would stop",
      "smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:10040, permit\n"
      "smtpd_end_of_data_restrictions = " POLICY "\n",
      SUBMISSION, AUTH("submission"), "", "without default_action=DUNNO", false },
    { "wired by hand, but sessions would not be asked about after a restart",
      "smtpd_recipient_restrictions = check_policy_service { inet:127.0.0.1:10040, "
      "default_action=DUNNO, try_limit=1 }, permit\n"
      "smtpd_end_of_data_restrictions = " POLICY "\n",
      SUBMISSION, AUTH("submission"), "", "with try_limit=1 sessions are not asked", false },
    { "braces that postconf cannot write", "", SUBMISSION,
      AUTH("submission") "submission/inet/smtpd_recipient_restrictions = check_policy_service { "
                         "inet:h:1, "
                         "timeout=1s }, permit\n"
                         "submission/inet/smtpd_end_of_data_restrictions = a\n",
      DEFINE "master.cf submission/inet/smtpd_end_of_data_restrictions: a -> "
             "$mailfuse_end_of_data_restrictions,a\n",
      "Put $mailfuse_recipient_restrictions in front of it in master.cf by hand", false },
    { "hosts that relay at port 25; what a filter gives back is not asked about",
      "smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination\n",
      MX "127.0.0.1:10025 inet n - y - - smtpd\n" REST, "",
      "main.cf mailfuse_recipient_restrictions: - -> " POLICY LOCKED HOSTS "\n"
      "main.cf mailfuse_end_of_data_restrictions: - -> " POLICY "\n"
      "main.cf smtpd_recipient_restrictions: permit_mynetworks, reject_unauth_destination -> "
      "$mailfuse_recipient_restrictions, permit_mynetworks, reject_unauth_destination\n"
      "main.cf smtpd_end_of_data_restrictions: - -> $mailfuse_end_of_data_restrictions\n",
      NULL, true },
    { "they were asked about before, and stay so",
      "mailfuse_recipient_restrictions = " POLICY LOCKED HOSTS "\n"
      "mailfuse_end_of_data_restrictions = " POLICY "\n"
      "smtpd_recipient_restrictions = $mailfuse_recipient_restrictions\n"
      "smtpd_end_of_data_restrictions = $mailfuse_end_of_data_restrictions\n",
      MX, "", "", NULL, false },
    { "nothing at all", "", "", "", "no service of master.cf", NULL, false },
};

static void show(const struct plan *plan, struct buf *out)
{
    for (uint32_t i = 0; i < plan->steps_n; i++) {
        const struct step *s = &plan->steps[i];

        assert_non_null(s->why);
        buf_printf(out, "%s %s: %s -> %s\n", step_kind_name(s->kind), s->name,
                   s->before != NULL ? s->before : "-", s->after);
    }
}

static void test_plans(void **state)
{
    struct conf_daemon daemon = conf_daemon_defaults();

    (void)state;
    for (size_t i = 0; i < COUNT(plan_cases); i++) {
        const struct plan_case *c = &plan_cases[i];
        struct slice settings = test_copy(slice_of(c->settings));
        struct slice services = test_copy(slice_of(c->services));
        struct slice overrides = test_copy(slice_of(c->overrides));
        struct plan *plan = memory_new(1, sizeof *plan);
        CLEANUP(buf_done) struct buf got = buf_make(1 << 16);

        plan_postfix(
            plan, &(struct postfix_texts){ settings, services, overrides, SLICE(FACTS), c->relays },
            &daemon);
        show(plan, &got);
        if (plan->refusal != NULL
                ? !slice_starts(slice_of(plan->refusal), slice_of(c->want)) || c->want[0] == '\0'
                : !slice_eq(buf_slice(&got), slice_of(c->want)))
            fail_msg("%s: got\n%.*s%s\nwant\n%s", c->name, SLICE_ARG(buf_slice(&got)),
                     plan->refusal != NULL ? plan->refusal : "", c->want);
        if (c->note == NULL ? plan->notes_n > 0
                            : plan->notes_n == 0 || strstr(plan->notes[0], c->note) == NULL)
            fail_msg("%s: got note %s", c->name, plan->notes_n > 0 ? plan->notes[0] : "none");
        plan_done(plan);
        free(plan);
        test_copy_free(settings);
        test_copy_free(services);
        test_copy_free(overrides);
    }
}

/* Where Postfix reaches a policy service that listens there; NULL: nowhere. */
static const struct endpoint_case {
    const char *listen, *services, *want;
} endpoint_cases[] = {
    { "inet:0.0.0.0:5", SUBMISSION, "inet:127.0.0.1:5," },
    { "inet:192.0.2.1:5", SUBMISSION, "inet:192.0.2.1:5," },
    { "inet:[::1]:5", SUBMISSION, "inet:[::1]:5," },
    { "inet:[::]:5", SUBMISSION, "inet:[::1]:5," },
    { "unix:/var/spool/postfix/private/fuse", SUBMISSION, "unix:private/fuse," },
    { "unix:/run/mailfuse/policy", SUBMISSION, NULL },
    { "unix:/run/mailfuse/policy", SMTPS, "unix:/run/mailfuse/policy," },
    { "unix:/var/spool/postfixed/fuse", SMTPS, "unix:/var/spool/postfixed/fuse," },
};

static void test_endpoints(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(endpoint_cases); i++) {
        const struct endpoint_case *c = &endpoint_cases[i];
        struct conf_daemon daemon = conf_daemon_defaults();
        struct conf_listen listen = { .text = c->listen };
        struct plan *plan = memory_new(1, sizeof *plan);
        const char *colon = strrchr(c->listen, ':');

        if (strncmp(c->listen, "unix:", 5) == 0) {
            listen.path = c->listen + 5;
        } else {
            struct slice address = { c->listen + 5, (size_t)(colon - c->listen) - 5 };

            if (address.p[0] == '[')
                address = (struct slice){ address.p + 1, address.n - 2 };
            assert_true(ip_parse(address, &listen.ip));
            listen.port = 5;
        }
        daemon.policy = (struct conf_listens){ &listen, 1 };
        plan_postfix(plan,
                     &(struct postfix_texts){ SLICE("smtpd_sasl_auth_enable = yes\n"),
                                              slice_of(c->services), SLICE(""), SLICE(FACTS),
                                              false },
                     &daemon);
        if (c->want == NULL
                ? plan->refusal == NULL
                : plan->refusal != NULL || strstr(plan->steps[0].after, c->want) == NULL)
            fail_msg("%s: got %s", c->listen,
                     plan->refusal != NULL ? plan->refusal : plan->steps[0].after);
        plan_done(plan);
        free(plan);
    }
}

static void test_versions(void **state)
{
    static const char *const old[] = { "mail_version = 2.11.3\n", "mail_version = x\n", "" };
    struct conf_daemon daemon = conf_daemon_defaults();

    (void)state;
    for (size_t i = 0; i < COUNT(old); i++) {
        struct plan *plan = memory_new(1, sizeof *plan);

        plan_postfix(plan,
                     &(struct postfix_texts){ SLICE("smtpd_sasl_auth_enable = yes\n"), SLICE(MX),
                                              SLICE(""), slice_of(old[i]), false },
                     &daemon);
        assert_non_null(plan->refusal);
        assert_non_null(strstr(plan->refusal, "Postfix 3.0 or later is needed"));
        assert_int_equal(plan->steps_n, 0);
        plan_done(plan);
        free(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plans),
        cmocka_unit_test(test_endpoints),
        cmocka_unit_test(test_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
