/* daemon_test.c - the keys of the daemon, submission { } and the replies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/test_copy.h"
#include "base/wall.h"
#include "conf/conf.h"

#include "base/ban.h"

static const struct error_case {
    const char *text, *want; /* the errors, one a line */
} error_cases[] = {
    { "mode = on\nlock-logins = imap\njournal = 1\nsnapshot-seconds = 6\n",
      "t:1: mode: \"on\" is no mode; write observe or enforce\n"
      "t:2: lock-logins: \"imap\" is no kind of logins; write all or submission\n"
      "t:3: journal: \"1\" is neither yes nor no; write one of them\n"
      "t:4: snapshot-seconds: \"6\" is no number of seconds from 1 to 5; write one" },
    { "queue-alert = 0\nspool-free = 51\nspool-reserve = 0\n",
      "t:1: queue-alert: \"0\" is no number from 1 to 100000000; write one, or none\n"
      "t:2: spool-free: \"51\" is no number from 1 to 50; write one, or none\n"
      "t:3: spool-reserve: \"0\" is no number from 1 to 50; write one, or none" },
    { "policy-listen = \"unix:/a\"\nmetrics-listen = \"unix:/a\"\n",
      "t:2: metrics-listen: \"unix:/a\" is taken by policy-listen; write another place" },
    { "user = \"\"\ncontrol-group = \"a b\"\nstate-directory = \"\"\n",
      "t:1: user: \"\" is nothing; write a value, or leave the key out\n"
      "t:2: control-group: \"a b\" is no name; write that of a user or group of this system\n"
      "t:3: state-directory: \"\" is nothing; write a value, or leave the key out" },
    { "policy-listen = {\"inet:127.0.0.1:1\",\n\"unix:/a\", \"inet:127.0.0.1:1\"}\n"
      "socketmap-listen = \"unix:/a\"\n",
      "t:2: policy-listen: \"inet:127.0.0.1:1\" is taken by policy-listen; write another place\n"
      "t:3: socketmap-listen: \"unix:/a\" is taken by policy-listen; write another place" },
    { "\npolicy-listen = \"inet:127.0.0.1:10042\"\n",
      "t:2: policy-listen: \"inet:127.0.0.1:10042\" is taken by auth-policy-listen; write another "
      "place" },
    { "policy-listen = \"inet:127.0.0.1:10042\"\nauth-policy-listen = {}\n", "" },
    { "auth-policy-key = \"short\"\n",
      "t:1: auth-policy-key: the key has to have 8 to 200 signs; write another one" },
    { "auth-policy-key = \"long-enough\"\nauth-policy-key-file = \"k\"\n",
      "t:2: auth-policy-key-file: auth-policy-key is set, too; leave one of them out" },
    { "postfix-lock-map = \"texthash:/a\"\n", "t:1: postfix-lock-map: \"texthash:/a\" is no map "
                                              "that postmap(1) makes; write \"hash:/path\" "
                                              "(or btree, lmdb, cdb), or \"\" for none" },
    { "postfix-lock-map = \"dbm:/a\"\n", "t:1: postfix-lock-map: \"dbm:/a\" is no map "
                                         "that postmap(1) makes; write \"hash:/path\" "
                                         "(or btree, lmdb, cdb), or \"\" for none" },
    { "postfix-lock-map = \"hash:/tmp/a b\"\n",
      "t:1: postfix-lock-map: \"hash:/tmp/a b\" has a character that main.cf cannot; "
      "write another path" },
    { "postfix-lock-map = \"hash:/a,b\"\n",
      "t:1: postfix-lock-map: \"hash:/a,b\" has a character that main.cf cannot; "
      "write another path" },
    { "postfix-lock-map = \"hash:a\"\n",
      "t:1: postfix-lock-map: \"hash:a\" is no map that postmap(1) makes; write \"hash:/path\" "
      "(or btree, lmdb, cdb), or \"\" for none" },
    { "bruteforce { failures = 0 refuse = 5 memory = \"59s\" tarpit = \"61s\" }\nbruteforce { }\n",
      "t:1: failures: \"0\" is no number; write one from 1 to 1000, or none\n"
      "t:1: refuse: \"5\" is no time from 1s to 30d; write a number and s, m, h or d\n"
      "t:1: memory: \"59s\" is no time from 1m to 30d; write a number and s, m, h or d\n"
      "t:1: tarpit: \"61s\" is no time from 0s to 1m; write a number and s, m, h or d\n"
      "t:2: bruteforce: is there already, in line 1; write all of it in one bruteforce { ... }" },
    { "replies { locked = \"50 %\"\nhold = \"\" }\n",
      "t:1: locked: \"50 %\" has a % of no meaning; write %i (incident), %a (account) or %%\n"
      "t:2: hold: \"\" is empty; write what a mail client shall show" },
    { "submission { }\n",
      "t:1: submission: allows no place; write countries, networks or as, or countries = all" },
    { "submission {\ncountries = UK\nas = \"x\"\nnetworks = \"192.0.2.1/24\" }\ngeo = a\n",
      "t:1: submission: allows no place; write countries, networks or as, or countries = all\n"
      "t:2: countries: \"UK\" is no code of ISO 3166; write \"GB\" instead\n"
      "t:3: as: \"x\" is no number of a network; write one such as \"64496\"\n"
      "t:4: networks: \"192.0.2.1/24\" is a host with the length of a network; write \"192.0.2.1\" "
      "or \"192.0.2.0/24\"" },
    { "submission { countries = DE }\n",
      "t:1: countries: needs a database, or nobody could send; write geo = {\"...\"}" },
    { "account a { submission { as = 1 } submission { as = 2 } }\ngeo = a\n",
      "t:1: submission: is there already, in line 1; write all of it in one submission { ... }" },
    { "account a { submission { networks = \"::1\" } }\naccount A { submission { countries = all } "
      "}",
      "t:2: account: \"a\" has submission already; write all of it in one section" },
    { "relay {\nhost = \"smtp.test:587\"\ntls = yes\nsuspicious = no\nautomatic = maybe\n"
      "back-after = \"5m\"\naddresses = {\"example.test\"}\ncredentials = \"/a b\" }\n",
      "t:2: host: \"smtp.test:587\" is no host with a port; write it as Postfix does, such as "
      "\"[smtp.example.test]:587\"\n"
      "t:3: tls: \"yes\" is no level; write secure, encrypt or none\n"
      "t:4: suspicious: \"no\" is no way; write direct or hold\n"
      "t:5: automatic: \"maybe\" is neither yes nor no; write one of them\n"
      "t:6: back-after: \"5m\" is no time from 1h to 30d; write a number and h or d\n"
      "t:7: addresses: \"example.test\" is no address; write one such as \"192.0.2.10\"\n"
      "t:8: credentials: \"/a b\" has a character that master.cf cannot; write another path" },
    { "mode = observe\nrelay { automatic = yes }\n",
      "t:2: relay: automatic needs a host; write host = \"[smtp.example.test]:587\"" },
    { "limits { submission { } }\nfailures = 3\nreplies { mode = observe }\n",
      "t:1: submission: is out of place; write it outside of all braces\n"
      "t:2: failures: is out of place; write it inside of bruteforce { ... }\n"
      "t:3: mode: is out of place; write it outside of all braces" },
    { "alerts { recipient \"a@b.test\" { } }",
      "t:1: recipient: mail needs a server that takes it; write mail-server as well" },
    { "alerts { mail-server = \"smtp://127.0.0.1\" }",
      "t:1: mail-server: \"smtp://127.0.0.1\" is the mail server of this machine, whose queue may "
      "be "
      "what is blocked; write another server, or own-queue = yes as well" },
    { "own-addresses = \"192.0.2.25\"\nalerts { mail-server = \"smtp://192.0.2.25:587\" }",
      "t:2: mail-server: \"smtp://192.0.2.25:587\" is the mail server of this machine, whose queue "
      "may "
      "be what is blocked; write another server, or own-queue = yes as well" },
    { "alerts { mail-server = \"mail.example.test\" }",
      "t:1: mail-server: \"mail.example.test\" is no mail server; write \"smtp://HOST:PORT\" or "
      "\"smtps://HOST\"" },
    { "alerts {\nwebhook \"x\" { url = \"ftp://x\" }\nwebhook \"y\" { }\ncommand \"z\" { path = x "
      "}\n}",
      "t:2: url: is no address of a web page; write \"https://HOST/PATH\"\n"
      "t:3: webhook: has no url; write url = \"https://...\"\n"
      "t:4: path: \"x\" is no program; write its path from / on" },
    { "alerts {\nmail-server = \"smtps://a\"\nrecipient \"a b\" { severity = high\nquiet-hours = "
      "\"22-6\"\nlanguage = german }\nsource-addresses = here\nmail-tls = yes\nlog = "
      "here\ndigest-after = 0\ndigest-every = \"2d\"\ndomain-languages = fr\nmail-from = me\n}",
      "t:3: severity: \"high\" is no severity; write info, warning or critical\n"
      "t:3: recipient: \"a b\" is no address; write recipient \"postmaster@example.test\" { ... }\n"
      "t:4: quiet-hours: \"22-6\" is no time of the day; write \"22:00-06:00\"\n"
      "t:5: language: \"german\" is no language; write two letters such as en, de or fr\n"
      "t:6: source-addresses: \"here\" is no address; write one such as \"192.0.2.10\"\n"
      "t:7: mail-tls: \"yes\" is no way; write none, try or require\n"
      "t:8: log: \"here\" is no log; write stderr, \"journal:/run/systemd/journal/socket\" or "
      "\"syslog:/dev/log\"\n"
      "t:9: digest-after: \"0\" is no number from 1 to 1000; write one\n"
      "t:10: digest-every: \"2d\" is no time from 1s to 1d; write a number and s, m, h or d\n"
      "t:11: domain-languages: \"fr\" is no domain and its language; write some such as "
      "\"example.fr=fr\"\n"
      "t:12: mail-from: \"me\" is no address; write one such as mailfuse@example.test" },
    { "alerts { webhook \"x\" { url = \"http://a/\" format = irc } }",
      "t:1: format: \"irc\" is no format; write generic, slack, mattermost, rocketchat, teams, "
      "discord, "
      "google-chat or matrix" },
    { "alerts { }\nrecipient \"a@b.test\" { }\n",
      "t:2: recipient: is out of place; write it inside of alerts { ... }" },
};

static void test_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(error_cases); i++) {
        const struct error_case *c = &error_cases[i];
        struct slice text = test_copy(slice_of(c->text));
        CLEANUP(buf_done) struct buf got = buf_make(1 << 16);
        CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
        struct conf *conf = conf_parse("t", text, &errors);

        for (uint32_t e = 0; e < errors.n; e++)
            buf_printf(&got, "%s%s", e > 0 ? "\n" : "", errors.all[e].text.p);
        if (!slice_eq(buf_slice(&got), slice_of(c->want)))
            fail_msg("%s: got\n%.*s\nwant\n%s", c->text, SLICE_ARG(buf_slice(&got)), c->want);
        conf_free(conf);
        test_copy_free(text);
    }
}

static struct conf *sound(const char *path, const char *text)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct conf *conf = conf_parse(path, slice_of(text), &errors);

    if (conf == NULL)
        fail_msg("got error %s", errors.all[0].text.p);
    return conf;
}

static void test_values(void **state)
{
    struct conf *other = conf_defaults(); /* untouched by the next one */
    struct conf *conf =
        sound("/etc/mailfuse/t",
              "mode = enforce\nuser = fuse\nstate-directory = state\ncontrol-group = adm\n"
              "feedback-user = fbl\n"
              "policy-listen = {\"unix:/run/p\", \"inet:[::1]:5\"}\nauth-policy-listen = {}\n"
              "auth-policy-key = \"0123456789\"\nlogs = {a, \"/b\"}\njournal = yes\n"
              "dovecot-config = \"\"\npostfix-lock-map = \"lmdb:/l/m\"\nlock-logins = submission\n"
              "sender-logins = logins\nbruteforce { failures = none tarpit = \"0s\" }\n"
              "snapshot-seconds = 5\nreplies { hold = \"%%%i\" }\n");
    const struct conf_daemon *d = &conf->daemon;

    (void)state;
    assert_int_equal(d->mode, CONF_ENFORCE);
    assert_string_equal(d->user, "fuse");
    assert_string_equal(d->state_directory, "/etc/mailfuse/state");
    assert_string_equal(d->control_socket, "/run/mailfuse/control");
    assert_string_equal(d->control_group, "adm");
    assert_string_equal(d->feedback_user, "fbl");
    assert_string_equal(other->daemon.feedback_user, "mailfuse-feedback");
    assert_int_equal(d->policy.n, 2);
    assert_string_equal(d->policy.all[0].path, "/run/p");
    assert_int_equal(d->policy.all[1].port, 5);
    assert_int_equal(d->socketmap.n + d->auth_policy.n, 0);
    assert_string_equal(d->auth_policy_key, "0123456789");
    assert_int_equal(d->logs_n, 2);
    assert_string_equal(d->logs[0], "/etc/mailfuse/a");
    assert_true(d->journal);
    assert_string_equal(d->dovecot_config, "");
    assert_string_equal(d->postfix_lock_map.type, "lmdb");
    assert_string_equal(d->postfix_lock_map.path, "/l/m");
    assert_int_equal(d->lock_logins, CONF_LOCK_SUBMISSION);
    assert_string_equal(conf->senders_path.text.p, "/etc/mailfuse/logins");
    assert_int_equal(d->bruteforce.failures, 0);
    assert_true(d->bruteforce.tarpit_ms == 0 && d->bruteforce.refuse_ms == 20 * MINUTE_MS);
    assert_int_equal(d->snapshot_seconds, 5);
    assert_int_equal(other->daemon.mode, CONF_OBSERVE);
    assert_string_equal(other->daemon.policy.all[0].text, "inet:127.0.0.1:10040");
    assert_true(ip_is_loopback(&other->daemon.policy.all[0].ip));
    assert_string_equal(other->daemon.logs[0], "/var/log/mail.log");
    conf_free(conf);
    conf_free(other);
}

static void test_alerts(void **state)
{
    struct conf *conf = sound(
        "/etc/mailfuse/t",
        "alerts {\nlanguage = de\nmail-server = \"smtp://localhost\"\nown-queue = yes\n"
        "domain-languages = {\"Example.FR=fr\"}\nsource-addresses = {\"192.0.2.1\", "
        "\"2001:DB8::0:1\"}\n"
        "recipient \"a@b.test\" { quiet-hours = \"22:00-06:30\" domains = {\"@Example.TEST\"} }\n"
        "webhook \"chat\" { url = \"https://c/x\" format = slack severity = critical verify = no "
        "secret-file = key }\ncommand \"sms\" { path = \"/bin/true\" arguments = {a, b} }\n}");
    const struct conf_alerts *a = &conf->daemon.alerts;

    (void)state;
    assert_int_equal(a->ways_n, 3);
    assert_string_equal(a->ways[0].id, "mail a@b.test");
    assert_string_equal(a->ways[0].language, "de");
    assert_string_equal(a->ways[0].domains[0], "example.test");
    assert_int_equal(a->ways[0].quiet_from, 22 * 60);
    assert_int_equal(a->ways[0].quiet_to, 6 * 60 + 30);
    assert_int_equal(a->ways[0].least, ALERT_WARNING);
    assert_string_equal(a->ways[1].id, "webhook chat");
    assert_int_equal(a->ways[1].least, ALERT_CRITICAL);
    assert_true(a->ways[1].format == CONF_FORMAT_SLACK && a->ways[1].unverified);
    assert_string_equal(a->ways[1].secret_file, "/etc/mailfuse/key");
    assert_int_equal(a->ways[2].arguments_n, 2);
    assert_string_equal(a->languages[0].domain, "example.fr");
    assert_int_equal(a->digest_after, 10);
    assert_string_equal(a->sources[1], "2001:db8::1"); /* as lists are told of */
    conf_free(conf);
}

static void test_reply_texts(void **state)
{
    struct conf *conf = sound("t", "replies { hold = \"%%%i, %a\" }\n");
    CLEANUP(buf_done) struct buf out = buf_make(1 << 16);
    char odd[2000];

    (void)state;
    conf_reply_add(&out, &conf->daemon, CONF_REPLY_HOLD, 42, SLICE("a\r\nb\xc3\xa4@x"));
    assert_true(slice_eq(buf_slice(&out), SLICE("%42, a??b??@x")));
    for (unsigned r = 0; r < CONF_REPLIES; r++) {
        buf_clear(&out);
        conf_reply_add(&out, &conf->daemon, (enum conf_reply)r, UINT64_MAX, SLICE("alice"));
        assert_true(out.n > 10 && memchr(out.p, '\n', out.n) == NULL);
        assert_true(strlen(conf_reply_name((enum conf_reply)r)) > 3);
    }
    memset(odd, '\n', sizeof odd);
    buf_clear(&out);
    conf_reply_add(&out, &conf->daemon, CONF_REPLY_HOLD, 1, (struct slice){ odd, sizeof odd });
    assert_true(out.n <= CONF_REPLY_FULL_MAX && memchr(out.p, '\n', out.n) == NULL);
    conf_free(conf);
}

static const char places[] =
    "geo = a\nshared-clients = \"203.0.113.0/24\"\n"
    "submission { countries = {DE, AT} networks = {\"192.0.2.0/24\", \"2001:db8::/32\"} as = 64496 "
    "}\n"
    "domain example.test { submission { networks = \"198.51.100.7\" } }\n"
    "group staff { members = \"bob@example.test\" submission { countries = IT } }\n"
    "account \"carol@example.test\" { submission { countries = all } }\n";

static const char exceptions[] =
    "alice@example.test 2026-11-01..2026-11-30 country FR conference\n"
    "alice@example.test 2026-11-01..2026-11-30 network 8.8.8.0/24 hotel\n"
    "%staff 2026-11-01..2026-11-30 as 64511 hotel\n";

static const struct place_case {
    const char *account, *ip, *country;
    uint32_t as;
    bool want;
} place_cases[] = {
    { "x@else.test", "8.8.8.8", "DE", 0, true },
    { "x@else.test", "8.8.8.8", "FR", 0, false },
    { "x@else.test", "8.8.8.8", "", 0, false },
    { "x@else.test", "8.8.8.8", "FR", 64496, true },
    { "x@else.test", "192.0.2.9", "", 0, true },
    { "x@else.test", "192.0.3.9", "", 0, false },
    { "x@else.test", "2001:db8:5::1", "", 0, true },
    { "x@else.test", "10.1.2.3", "", 0, true },
    { "x@else.test", "127.0.0.1", "", 0, true },
    { "x@else.test", "203.0.113.9", "FR", 0, true },
    { "dave@example.test", "8.8.8.8", "DE", 64496, false },
    { "dave@sub.example.test", "198.51.100.7", "FR", 0, true },
    { "alice@example.test", "8.8.4.4", "FR", 0, true },
    { "alice@example.test", "8.8.8.8", "", 0, true },
    { "alice@example.test", "8.8.4.4", "DE", 64511, false },
    { "bob@example.test", "8.8.8.8", "IT", 0, true },
    { "bob@example.test", "198.51.100.7", "DE", 0, false },
    { "bob@example.test", "8.8.8.8", "", 64511, true },
    { "carol@example.test", "8.8.8.8", "", 0, true },
};

static void test_submission(void **state)
{
    struct civil noon = { .year = 2026, .month = 11, .day = 9, .hour = 12 };
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct conf *conf = sound("t", places);

    (void)state;
    assert_true(conf_parse_exceptions(conf, "x", slice_of(exceptions), &errors));
    for (size_t i = 0; i < COUNT(place_cases); i++) {
        const struct place_case *c = &place_cases[i];
        struct conf_policy p = conf_account(conf, slice_of(c->account), civil_to_wall(&noon, 0), 0);
        struct ip ip;

        assert_true(ip_parse(slice_of(c->ip), &ip));
        if (conf_submission_allowed(conf, &p, &ip, c->country, c->as) != c->want)
            fail_msg("%s from %s (%s, %u): got %d", c->account, c->ip, c->country, (unsigned)c->as,
                     !c->want);
    }
    conf_free(conf);
}

static void test_everywhere_by_default(void **state)
{
    struct conf *conf = sound("t", "account a { submission { networks = \"192.0.2.1\" } }");
    struct conf_policy a = conf_account(conf, SLICE("a"), (struct wall){ 0 }, 0);
    struct conf_policy b = conf_account(conf, SLICE("b"), (struct wall){ 0 }, 0);
    struct ip ip;

    (void)state;
    assert_true(ip_parse(SLICE("8.8.8.8"), &ip));
    assert_false(conf_submission_allowed(conf, &a, &ip, "", 0));
    assert_true(conf_submission_allowed(conf, &b, &ip, "", 0));
    assert_true(conf_submission_allowed(conf, &a, &(struct ip){ 0 }, "", 0));
    conf_free(conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),     cmocka_unit_test(test_values),
        cmocka_unit_test(test_alerts),     cmocka_unit_test(test_reply_texts),
        cmocka_unit_test(test_submission), cmocka_unit_test(test_everywhere_by_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
