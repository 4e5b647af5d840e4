#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/memory.h"
#include "setup/plan_dovecot.h"

#include "base/ban.h"

#define V23 "# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf\n# Hostname: mail\n"
#define DENY                                                                                       \
    "passdb {\n  args = /var/lib/mailfuse/dovecot-deny\n  deny = yes\n  driver = passwd-file\n}\n"
#define PAM "passdb {\n  driver = pam\n}\n"

static const struct plan_case {
    const char *name, *settings, *main;
    const char *want[6];     /* parts of the text of our file; none: no step for it */
    const char *want_not[2]; /* what is not in it */
    uint32_t steps;
    const char *refusal; /* a part of it */
} plan_cases[] = {
    { "as installed",
      V23 PAM,
      "protocols = imap\n",
      { "auth_policy_server_url = http://127.0.0.1:10042/\n", "auth_policy_hash_nonce = fresh\n",
        "args = /var/lib/mailfuse/dovecot-deny\n  deny = yes\n  default_fields = nodelay=y\n",
        "  auth_verbose = no\n}\n",
        "auth_policy_check_after_auth = no\nauth_policy_server_timeout_msecs = 250\n",
        "remote=%{rip} device_id=%{client_id} protocol=%s session_id=%{session} mech=%{mech}\n" },
      { "api_header", "passwd_file_path" },
      2,
      NULL },
    { "2.4",
      "# 2.4.1 (x): /etc/dovecot/dovecot.conf\n" PAM,
      "dovecot_config_version = 2.4.0\n",
      { "passdb mailfuse-locked {", "passwd_file_path = /var/lib/mailfuse/dovecot-deny\n",
        "auth_policy_check_after_auth = no\n", "request_absolute_timeout = 250ms\n",
        "auth_policy_request_attributes {\n  login = %{requested_username}\n",
        "  fail_type = %{fail_type}\n  mech = %{mechanism}\n}\n" },
      { "args =", "auth_verbose" },
      2,
      NULL },
    { "the deny file is there, and first",
      V23 DENY PAM,
      "",
      { "auth_policy_server_url" },
      { "deny = yes" },
      2,
      NULL },
    { "the deny file is there, but last", V23 PAM DENY, "", { "deny = yes" }, { NULL }, 2, NULL },
    { "asks mailfuse already, by hand",
      V23 "auth_policy_server_url = http://127.0.0.1:10042/\n" DENY,
      "",
      { NULL },
      { NULL },
      0,
      NULL },
    { "asks somebody else",
      V23 "auth_policy_server_url = http://192.0.2.1:8084/\n" PAM,
      "",
      { NULL },
      { NULL },
      0,
      "asks another policy server already" },
    { "too old",
      "# 2.2.36 (x): /etc/dovecot/dovecot.conf\n" PAM,
      "",
      { NULL },
      { NULL },
      0,
      "2.3 or later is needed" },
    { "no version", PAM, "", { NULL }, { NULL }, 0, "2.3 or later is needed" },
};

static void test_plans(void **state)
{
    struct conf_daemon daemon = conf_daemon_defaults();

    (void)state;
    for (size_t i = 0; i < COUNT(plan_cases); i++) {
        const struct plan_case *c = &plan_cases[i];
        struct plan *plan = memory_new(1, sizeof *plan);
        const struct step *own;

        plan_dovecot(plan,
                     &(struct dovecot_texts){ .settings = slice_of(c->settings),
                                              .main = slice_of(c->main),
                                              .fresh_nonce = "fresh" },
                     &daemon);
        if ((c->refusal == NULL) != (plan->refusal == NULL) ||
            (c->refusal != NULL && strstr(plan->refusal, c->refusal) == NULL))
            fail_msg("%s: got refusal %s", c->name, plan->refusal != NULL ? plan->refusal : "none");
        if (plan->steps_n != c->steps)
            fail_msg("%s: got %u steps", c->name, (unsigned)plan->steps_n);
        own = plan_find(plan, STEP_FILE, "/etc/dovecot/mailfuse.conf");
        for (size_t k = 0; k < COUNT(c->want) && c->want[k] != NULL; k++)
            if (own == NULL || strstr(own->after, c->want[k]) == NULL)
                fail_msg("%s: got no %s", c->name, c->want[k]);
        for (size_t k = 0; k < COUNT(c->want_not) && c->want_not[k] != NULL; k++)
            if (own == NULL || strstr(own->after, c->want_not[k]) != NULL)
                fail_msg("%s: got %s", c->name, c->want_not[k]);
        plan_done(plan);
        free(plan);
    }
}

/* Who is asked about too late, or not at all. */
static void test_mechanisms(void **state)
{
    static const struct {
        const char *settings;
        uint32_t notes;
    } cases[] = { { V23 PAM, 0 },
                  { V23 "auth_mechanisms = plain login\n" PAM, 0 },
                  { V23 "auth_mechanisms = plain gssapi\n" PAM, 1 },
                  { V23 "auth_mechanisms = GSS-SPNEGO\n" PAM, 1 },
                  { V23 "auth_mechanisms = PLAIN CRAM-MD5 scram-sha-256\n" PAM, 1 },
                  { V23 "auth_mechanisms = digest-md5\n" PAM, 1 },
                  { V23 "auth_mechanisms = plain apop gssapi\n" PAM, 2 } };
    struct conf_daemon daemon = conf_daemon_defaults();

    (void)state;
    daemon.auth_policy_key = "0123456789";
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct plan *plan = memory_new(1, sizeof *plan);

        plan_dovecot(plan,
                     &(struct dovecot_texts){ .settings = slice_of(cases[i].settings),
                                              .fresh_nonce = "fresh" },
                     &daemon);
        if (plan->notes_n != cases[i].notes)
            fail_msg("%s: got %u notes", cases[i].settings, (unsigned)plan->notes_n);
        plan_done(plan);
        free(plan);
    }
}

/* What was written is kept when it is looked at again: the nonce, too. */
static void test_again(void **state)
{
    struct conf_daemon daemon = conf_daemon_defaults();
    struct plan *first = memory_new(1, sizeof *first), *second = memory_new(1, sizeof *second);
    struct dovecot_texts texts = { .settings = SLICE_INIT(V23 PAM),
                                   .main = SLICE_INIT("a = b\n"),
                                   .fresh_nonce = "one" };

    (void)state;
    daemon.auth_policy_key = "0123456789";
    plan_dovecot(first, &texts, &daemon);
    assert_int_equal(first->steps_n, 2);
    assert_non_null(
        strstr(first->steps[0].after, "auth_policy_server_api_header = X-API-Key: 0123456789\n"));
    assert_int_equal(first->steps[0].mode, 0600);
    assert_int_equal(first->notes_n, 0);
    texts = (struct dovecot_texts){
        .settings = SLICE_INIT(V23 "auth_policy_server_url = http://127.0.0.1:10042/\n" DENY PAM),
        .nonce = SLICE_INIT("one"),
        .main = SLICE_INIT(DOVECOT_INCLUDE "\na = b\n"),
        .own = slice_of(first->steps[0].after),
        .has_own = true,
        .fresh_nonce = "two",
    };
    plan_dovecot(second, &texts, &daemon);
    assert_null(second->refusal);
    assert_int_equal(second->steps_n, 0);
    daemon.auth_policy_key = "another-key";
    plan_dovecot(second, &texts, &daemon);
    assert_int_equal(second->steps_n, 1);
    assert_non_null(strstr(second->steps[0].after, "X-API-Key: another-key\n"));
    assert_non_null(strstr(second->steps[0].after, "auth_policy_hash_nonce = one\n"));
    plan_done(first);
    plan_done(second);
    free(first);
    free(second);
}

static void test_submission_only(void **state)
{
    struct conf_daemon daemon = conf_daemon_defaults();
    struct plan *plan = memory_new(1, sizeof *plan);

    (void)state;
    daemon.lock_logins = CONF_LOCK_SUBMISSION;
    plan_dovecot(plan,
                 &(struct dovecot_texts){ .settings = SLICE_INIT(V23 PAM), .fresh_nonce = "n" },
                 &daemon);
    assert_null(strstr(plan->steps[0].after, "deny = yes"));
    assert_non_null(strstr(plan->notes[0], "lock-logins = submission"));
    plan_done(plan);
    free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plans),
        cmocka_unit_test(test_mechanisms),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_submission_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
