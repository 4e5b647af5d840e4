#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "serve/auth_scene.h"

#include "base/ban.h"

static const struct answer_case {
    const char *target, *fields, *body, *status, *want, *saw;
} answer_cases[] = {
    { "/?command=allow", "",
      "{\"device_id\":\"\",\"login\":\"alice\",\"protocol\":\"imap\",\"pwhash\":\"060e\","
      "\"remote\":\"192.0.2.1\",\"session_id\":\"abc\",\"tls\":true}",
      "200 OK", "{\"status\":0,\"msg\":\"\",\"r_attrs\":{}}",
      "allow alice 192.0.2.1 060e imap abc tls" },
    { "/command/report", "",
      "{\"login\":\"\",\"remote\":\"::1\",\"success\":false,\"policy_reject\":true}", "200 OK",
      "{\"status\":\"ok\"}", "report  ::1    reject" },
    { "/?x&command=report", "", "{\"login\":\"a\",\"success\":true,\"attrs\":{\"a\":[\"b\"]}}",
      "200 OK", "{\"status\":\"ok\"}", "report a     success" },
    { "/?command=allow", "", "{\"login\":\"locked\"}", "200 OK",
      "{\"status\":-1,\"msg\":\"locked \\\"here\\\"\?\?incident 7\",\"r_attrs\":{}}",
      "allow locked    " },
    { "/?command=allow", "", "{\"login\":\"slow\"}", "200 OK",
      "{\"status\":3,\"msg\":\"\",\"r_attrs\":{}}", "allow slow    " },
    { "/?command=reset", "", "{\"login\":\"a\"}", "200 OK", "{\"status\":\"ok\"}", "reset a " },
    { "/?command=reset", "", "{\"ip\":\"192.0.2.1\"}", "200 OK", "{\"status\":\"ok\"}",
      "reset  192.0.2.1" },
    { "/?command=reset", "", "{}", "400 Bad Request", "neither login nor ip", "" },
    { "/?command=getDBStats", "", "{\"login\":\"a\"}", "200 OK", "{\"login\":\"a\",\"ip\":\"\"}",
      "" },
    { "/?command=getDBStats", "", "{\"login\":\"huge\"}", "500 Internal", "too long", "" },
    { "/?command=getDBStats", "", "{}", "400 Bad Request", "neither login nor ip", "" },
    { "/?command=allow", "", "{\"login\":}", "400 Bad Request",
      "{\"status\":\"failure\",\"reason\":\"a value is missing, or is none\"}", "" },
    { "/?command=allow", "", "", "400 Bad Request", "not a JSON object", "" },
    { "/?command=addBLEntry", "", "{}", "404 Not Found", "mailfuse block client", "" },
    { "/?command=syncDBs", "", "{}", "404 Not Found", "no siblings", "" },
    { "/?command=Allow", "", "{}", "404 Not Found", "no such command", "" },
    { "/", "", "{}", "404 Not Found", "no such command", "" },
    { "/favicon.ico?command=allow", "", "{}", "404 Not Found", "no such command", "" },
    { "/?command=ping", "", "{}", "200 OK", "{\"status\":\"ok\"}", "" },
    { "/livez", "", "", "405 Method Not Allowed", "only GET", "" },
};

/* One after the other on one connection, which stays open through all of them. */
static void answers(void **state)
{
    struct auth_scene s;
    char request[2048];
    int fd;

    (void)state;
    auth_scene_open(&s, (struct auth_door_options){ 0 }, 0);
    fd = auth_client(&s);
    for (size_t i = 0; i < COUNT(answer_cases); i++) {
        const struct answer_case *c = &answer_cases[i];

        auth_forget(&s);
        auth_say(&s, fd, auth_post(request, sizeof request, c->target, c->fields, c->body));
        if (!auth_hear(&s, fd, 1))
            fail_msg("%s %s: closed", c->target, c->body);
        if (strncmp(s.answers + 9, c->status, strlen(c->status)) != 0 ||
            strstr(s.answers, c->want) == NULL || strcmp(s.saw, c->saw) != 0)
            fail_msg("%s %s: got %s and \"%s\"", c->target, c->body, s.answers, s.saw);
    }
    assert_int_equal(auth_door_stats(s.door).allow, 3);
    assert_int_equal(auth_door_stats(s.door).refused, 1);
    assert_int_equal(auth_door_stats(s.door).delayed, 1);
    assert_int_equal(auth_door_stats(s.door).report, 2);
    assert_int_equal(auth_door_stats(s.door).connections, 1);
    close(fd);
    auth_scene_done(&s);
}

static const struct key_case {
    const char *target, *fields;
    bool right;
} key_cases[] = {
    { "/?command=ping", "X-API-Key: secret\r\n", true },
    { "/?command=ping", "Authorization: Basic d2ZvcmNlOnNlY3JldA==\r\n", true },
    { "/?command=ping", "authorization: basic OnNlY3JldA\r\n", true },
    { "/?command=ping", "", false },
    { "/?command=nothing", "", false },
    { "/?command=ping", "X-API-Key: Secret\r\n", false },
    { "/?command=ping", "X-API-Key: secre\r\n", false },
    { "/?command=ping", "X-API-Key: secrets\r\n", false },
    { "/?command=ping", "X-API-Key: x\r\nAuthorization: Basic d2ZvcmNlOnNlY3JldA==\r\n", false },
    { "/?command=ping", "Authorization: Bearer secret\r\n", false },
    { "/?command=ping", "Authorization: Basic c2VjcmV0\r\n", false }, /* no ':' */
    { "/?command=ping", "Authorization: Basic d2ZvcmNlOnNlY3JldA=?\r\n", false },
};

static void keys(void **state)
{
    struct auth_scene s;
    char request[2048];
    int fd;

    (void)state;
    auth_scene_open(&s, (struct auth_door_options){ .key = SLICE("secret") }, 0);
    fd = auth_client(&s);
    for (size_t i = 0; i < COUNT(key_cases); i++) {
        const struct key_case *c = &key_cases[i];

        auth_forget(&s);
        auth_say(&s, fd, auth_post(request, sizeof request, c->target, c->fields, "{}"));
        assert_true(auth_hear(&s, fd, 1));
        if (strncmp(s.answers + 9, c->right ? "200" : "401", 3) != 0)
            fail_msg("%s: got %s", c->fields, s.answers);
    }
    assert_int_equal(auth_door_stats(s.door).unauthorized, 9);
    assert_int_equal(s.troubles, 1); /* no more than one a second */
    assert_true(auth_door_set_key(s.door, SLICE("new")));
    auth_forget(&s);
    auth_say(&s, fd,
             auth_post(request, sizeof request, "/?command=ping", "X-API-Key: new\r\n", "{}"));
    assert_true(auth_hear(&s, fd, 1));
    assert_non_null(strstr(s.answers, "200 OK"));
    close(fd);
    auth_scene_done(&s);
}

static const struct close_case {
    struct slice in;
    const char *status;
} close_cases[] = {
    { SLICE_INIT("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), "200" },
    { SLICE_INIT("GET /readyz HTTP/1.0\r\n\r\n"), "200" },
    { SLICE_INIT("hello\r\n\r\n"), "400" },
    { SLICE_INIT("GET / HTTP/1.1\r\nHost: \0\r\n\r\n"), "400" },
    { SLICE_INIT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      "411" },
    { SLICE_INIT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n"), "413" },
    { SLICE_INIT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "400" },
    { SLICE_INIT("GET / HTTP/2.0\r\n\r\n"), "505" },
};

static void what_closes_a_connection(void **state)
{
    struct auth_scene s;

    (void)state;
    auth_scene_open(&s, (struct auth_door_options){ 0 }, 0);
    for (size_t i = 0; i < COUNT(close_cases); i++) {
        int fd = auth_client(&s);

        auth_forget(&s);
        auth_say(&s, fd, close_cases[i].in);
        while (auth_hear(&s, fd, 2)) /* until the door closes */
            ;
        if (strncmp(s.answers + 9, close_cases[i].status, 3) != 0 ||
            strstr(s.answers, "Connection: close") == NULL)
            fail_msg("%s: got %s", close_cases[i].in.p, s.answers);
        close(fd);
        auth_turn(&s);
        auth_turn(&s);
        assert_int_equal(auth_door_stats(s.door).connections, 0);
    }
    auth_scene_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(keys),
        cmocka_unit_test(what_closes_a_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
