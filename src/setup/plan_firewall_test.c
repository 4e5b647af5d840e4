#include "setup/plan_firewall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/test_copy.h"

#include "base/ban.h"

#define RULES "/etc/mailfuse/firewall.nft"
#define UNIT "/etc/systemd/system/" FIREWALL_UNIT
#define LOAD "command /usr/sbin/nft -f " RULES " / "
#define UNLOAD "/usr/sbin/nft add table inet mailfuse ; delete table inet mailfuse\n"
#define FORMER "command /usr/sbin/nft -c -f " RULES " / /usr/sbin/nft -f " RULES "\n"
#define ENABLE                                                                                     \
    "command /usr/bin/systemctl enable " FIREWALL_UNIT                                             \
    " / /usr/bin/systemctl disable " FIREWALL_UNIT "\n"
#define READ "command /usr/bin/systemctl daemon-reload / /usr/bin/systemctl daemon-reload\n"
#define RESTART                                                                                    \
    "command /usr/bin/systemctl restart " FIREWALL_UNIT                                            \
    " / /usr/bin/systemctl stop " FIREWALL_UNIT "\n"

/* What a test says of a machine: "now" stands for what the rules would be. */
static const struct plan_case {
    const char *name;
    enum firewall_tool tool;
    const char *path, *file, *unit, *loaded, *tables;
    bool systemd, enabled;
    uint32_t outside;
    const char *want, *note;
} cases[] = {
    { "nothing there yet", FIREWALL_NFT, RULES, NULL, NULL, "", "", false, false, 1,
      "file " RULES " -\n" LOAD UNLOAD, "There is no systemd here." },
    { "all there", FIREWALL_NFT, RULES, "now", NULL, "now", "table inet mailfuse\n", false, false,
      1, "", "There is no systemd here." },
    { "flushed by somebody", FIREWALL_NFT, RULES, "now", NULL, "", "", false, false, 1, LOAD UNLOAD,
      NULL },
    { "other rules of ours", FIREWALL_NFT, RULES, "former", NULL, "mailfuse 0123456789abcdef", "",
      false, false, 1, FORMER "file " RULES " +\n" LOAD UNLOAD, NULL },
    { "a table that came from elsewhere", FIREWALL_NFT, RULES, NULL, NULL, "table inet mailfuse {",
      "table inet filter\ntable inet mailfuse\ntable ip nat\n", false, false, 1,
      "file " RULES " -\n" LOAD UNLOAD, "did not come from " RULES },
    { "rules of others", FIREWALL_NFT, RULES, "now", NULL, "now",
      "table inet filter\ntable inet mailfuse\ntable ip nat\n", false, false, 1, "",
      "there already, and stay as they are: inet filter, ip nat." },
    { "systemd", FIREWALL_NFT, RULES, NULL, NULL, "", "", true, false, 1,
      "file " RULES " -\nfile " UNIT " -\n" ENABLE READ RESTART, NULL },
    { "systemd, all there", FIREWALL_NFT, RULES, "now", "now", "now", "", true, true, 1, "", NULL },
    { "systemd, stopped", FIREWALL_NFT, RULES, "now", "now", "", "", true, true, 1, RESTART, NULL },
    { "systemd, not enabled", FIREWALL_NFT, RULES, "now", "now", "now", "", true, false, 1, ENABLE,
      NULL },
    { "iptables", FIREWALL_IPTABLES, "/etc/f.sh", NULL, NULL, "", "", false, false, 1,
      "file /etc/f.sh -\ncommand /bin/sh /etc/f.sh start / /bin/sh /etc/f.sh stop\n", NULL },
    { "a path with a blank", FIREWALL_NFT, "/etc/my rules", NULL, NULL, "", "", false, false, 1,
      "/etc/my rules: commands and units would have to quote that path", NULL },
    { "no way out", FIREWALL_NFT, RULES, NULL, NULL, "", "", false, false, 0,
      "no default route is set", NULL },
    { "iptables beside our table", FIREWALL_IPTABLES, "/etc/f.sh", NULL, NULL, "",
      "table inet mailfuse\n", false, false, 1, "nft's table \"inet mailfuse\" is loaded", NULL },
};

static struct firewall_rules example(enum firewall_tool tool, uint32_t outside)
{
    struct firewall_rules r = { .tool = tool,
                                .users = { "postfix", "root" },
                                .users_n = 2,
                                .outside = { "eth0" },
                                .outside_n = outside };

    return r;
}

static void show(const struct plan *plan, struct buf *out)
{
    for (uint32_t i = 0; i < plan->steps_n; i++) {
        const struct step *s = &plan->steps[i];

        assert_non_null(s->why);
        if (s->kind == STEP_FILE)
            buf_printf(out, "file %s %c\n", s->name, s->before != NULL ? '+' : '-');
        else
            buf_printf(out, "%s %s / %s\n", step_kind_name(s->kind), s->name, s->before);
    }
}

static bool has_note(const struct plan *plan, const char *part)
{
    for (uint32_t i = 0; i < plan->notes_n; i++)
        if (part != NULL && strstr(plan->notes[i], part) != NULL)
            return true;
    return part == NULL;
}

/* The text of that file as a first plan has it. */
static struct slice planned(const struct firewall_rules *r, struct firewall_machine m,
                            const char *path, struct buf *out)
{
    struct plan *plan = memory_new(1, sizeof *plan);
    const struct step *step;

    m.rules.there = m.unit.there = false;
    plan_firewall(plan, r, &m);
    step = plan_find(plan, STEP_FILE, path);
    buf_add(out, step != NULL ? slice_of(step->after) : SLICE(""));
    plan_done(plan);
    free(plan);
    return buf_slice(out);
}

static void test_plans(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct plan_case *c = &cases[i];
        struct firewall_rules r = example(c->tool, c->outside);
        CLEANUP(buf_done) struct buf rules = buf_make(FIREWALL_RULES_MAX);
        CLEANUP(buf_done) struct buf unit = buf_make(FIREWALL_RULES_MAX);
        CLEANUP(buf_done) struct buf got = buf_make(1 << 16);
        struct plan *plan = memory_new(1, sizeof *plan);
        struct firewall_machine m = { .rules = { c->path, slice_of(c->file), false },
                                      .unit = { c->systemd ? UNIT : "", slice_of(c->unit), false },
                                      .enabled = c->enabled,
                                      .program = true,
                                      .loaded = slice_of(c->loaded),
                                      .tables = test_copy(slice_of(c->tables)) };
        struct slice now = planned(&r, m, c->path, &rules);
        struct slice unit_now = c->systemd ? planned(&r, m, UNIT, &unit) : SLICE("");

        m.rules.there = c->file != NULL;
        m.unit.there = c->unit != NULL;
        if (c->file != NULL && strcmp(c->file, "now") == 0)
            m.rules.now = now;
        if (c->unit != NULL)
            m.unit.now = unit_now;
        if (strcmp(c->loaded, "now") == 0)
            m.loaded = now;
        plan_firewall(plan, &r, &m);
        show(plan, &got);
        if (plan->refusal != NULL
                ? c->want[0] == '\0' || !slice_starts(slice_of(plan->refusal), slice_of(c->want))
                : !slice_eq(buf_slice(&got), slice_of(c->want)))
            fail_msg("%s: got\n%.*s%s\nwant\n%s", c->name, SLICE_ARG(buf_slice(&got)),
                     plan->refusal != NULL ? plan->refusal : "", c->want);
        if (!has_note(plan, c->note))
            fail_msg("%s: no such note: %s", c->name, c->note);
        test_copy_free(m.tables);
        plan_done(plan);
        free(plan);
    }
}

/* Other wishes, other marks; a mark says nothing else. */
static void test_marks(void **state)
{
    char marks[3][FIREWALL_MARK_MAX];

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct firewall_rules r = example(FIREWALL_NFT, 1);
        CLEANUP(buf_done) struct buf text = buf_make(FIREWALL_RULES_MAX);

        r.submission = i == 1;
        firewall_write(&r, &text, marks[i]);
        assert_false(text.full);
        assert_non_null(memmem(text.p, text.n, marks[i], strlen(marks[i])));
    }
    assert_string_not_equal(marks[0], marks[1]);
    assert_string_equal(marks[0], marks[2]);
}

static void test_every_wish_fits(void **state)
{
    (void)state;
    for (int tool = 0; tool < 2; tool++) {
        struct firewall_rules r = example((enum firewall_tool)tool, 1);
        CLEANUP(buf_done) struct buf text = buf_make(FIREWALL_RULES_MAX);
        char mark[FIREWALL_MARK_MAX];

        while (r.servers_n < FIREWALL_SERVERS_MAX)
            assert_true(ip_prefix_parse(SLICE("2001:db8:1111:2222:3333:4444:5555:6666"),
                                        &r.servers[r.servers_n++]));
        while (r.users_n < FIREWALL_USERS_MAX)
            r.users[r.users_n++] = "a-user-whose-name-has-32-letters";
        while (r.outside_n < FIREWALL_OUTSIDE_MAX)
            r.outside[r.outside_n++] = "interface-abcde";
        r.submission = true;
        firewall_write(&r, &text, mark);
        assert_false(text.full);
    }
}

static const struct route_case {
    const char *name, *route, *ipv6_route, *want;
} routes[] = {
    { "one way out",
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
      "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
      "eth1\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n",
      "", "eth0" },
    { "a VPN halves all addresses",
      "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
      "tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0\n"
      "tun0\t00000080\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0\n",
      "", "eth0 tun0" },
    { "IPv6 goes another way; what is refused is no way",
      "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n",
      "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
      "fe800000000000000000000000000001 00000400 00000001 00000000 00000003     sit1\n"
      "20010db8000000000000000000000000 40 00000000000000000000000000000000 00 "
      "00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth1\n"
      "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
      "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n",
      "eth0 sit1" },
    { "only 2000::/3", "",
      "20000000000000000000000000000000 03 00000000000000000000000000000000 00 "
      "fe800000000000000000000000000001 00000400 00000001 00000000 00000003     wg0\n",
      "wg0" },
    { "garbage",
      "eth0\n\n \t \neth0 1 2 xyz 4 5 6 00000000\neth\"0 00000000 0 0003 0 0 0 00000000\n"
      "eth0 0 0 0003 0 0 0 00000000",
      "0\n", "" },
};

static void test_routes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(routes); i++) {
        struct slice route = test_copy(slice_of(routes[i].route));
        struct slice ipv6_route = test_copy(slice_of(routes[i].ipv6_route));
        char names[FIREWALL_OUTSIDE_MAX][FIREWALL_NAME_MAX];
        CLEANUP(buf_done) struct buf got = buf_make(1024);
        uint32_t n = firewall_outside(route, ipv6_route, names);

        for (uint32_t k = 0; k < n; k++)
            buf_printf(&got, "%s%s", k > 0 ? " " : "", names[k]);
        if (!slice_eq(buf_slice(&got), slice_of(routes[i].want)))
            fail_msg("%s: got %.*s want %s", routes[i].name, SLICE_ARG(buf_slice(&got)),
                     routes[i].want);
        test_copy_free(route);
        test_copy_free(ipv6_route);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_true(firewall_name_fits(SLICE("eth0.100")));
    assert_true(firewall_name_fits(SLICE("br-a1@if2")));
    assert_false(firewall_name_fits(SLICE("")));
    assert_false(firewall_name_fits(SLICE("-j")));
    assert_false(firewall_name_fits(SLICE("a b")));
    assert_false(firewall_name_fits(SLICE("a\"")));
    assert_false(firewall_name_fits(SLICE("a\nb")));
    assert_false(firewall_name_fits((struct slice){ "a\0b", 3 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plans),           cmocka_unit_test(test_marks),
        cmocka_unit_test(test_every_wish_fits), cmocka_unit_test(test_routes),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
