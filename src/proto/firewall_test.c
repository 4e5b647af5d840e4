#include "proto/understand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"
#include "proto/record_show.h"

#include "base/ban.h"

#define PACKET                                                                                     \
    "MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=192.0.2.7 DST=198.51.100.9 LEN=60 "         \
    "TOS=0x00 "                                                                                    \
    "PREC=0x00 TTL=63 ID=4711 DF PROTO=TCP SPT=40000 DPT=25 WINDOW=64240 RES=0x00 SYN URGP=0 "
#define SHOWN                                                                                      \
    "firewall 1 client_address=192.0.2.7| client_port=40000| protocol_name=TCP| "                  \
    "server_address=198.51.100.9| server_port=25|"

typedef bool firewall_function(struct slice text, struct record *out);

static const struct firewall_case {
    const char *name, *in, *want;
} kernel_cases[] = {
    { "forwarded", "IN=br0 OUT=ppp0 " PACKET, SHOWN " interface_in=br0| interface_out=ppp0|" },
    { "uptime", "[12345.678901] IN=br0 OUT=ppp0 " PACKET,
      SHOWN " interface_in=br0| interface_out=ppp0|" },
    { "uptime, padded", "[    5.678901] IN=br0 OUT=ppp0 " PACKET,
      SHOWN " interface_in=br0| interface_out=ppp0|" },
    { "from here", "[1.5] smtp-out: IN= OUT=eth0 " PACKET,
      SHOWN " interface_out=eth0| prefix=smtp-out:|" },
    { "UFW", "[12345.678901] [UFW BLOCK] IN=eth0 OUT= " PACKET,
      SHOWN " interface_in=eth0| prefix=[UFW BLOCK]|" },
    { "UFW, no uptime", "[UFW BLOCK] IN=eth0 OUT= " PACKET,
      SHOWN " interface_in=eth0| prefix=[UFW BLOCK]|" },
    { "no blank after the prefix", "DROPIN=eth0 OUT=eth1 " PACKET,
      SHOWN " interface_in=eth0| interface_out=eth1| prefix=DROP|" },
    { "prefix with '='", "rule=7 IN=eth0 OUT=eth1 " PACKET,
      SHOWN " interface_in=eth0| interface_out=eth1| prefix=rule=7|" },
    { "bridge", "IN=br0 OUT=br0 PHYSIN=veth1 PHYSOUT=veth2 " PACKET,
      SHOWN " interface_in=br0| interface_out=br0|" },
    { "Proxmox, outwards", "REJECT: OUT=vmbr0 " PACKET,
      SHOWN " interface_out=vmbr0| prefix=REJECT:|" },
    { "IPv6", "IN=a OUT=b SRC=2001:db8::1 DST=2001:db8::2 LEN=80 TC=0 PROTO=TCP SPT=1 DPT=587 ",
      "firewall 1 client_address=2001:db8::1| client_port=1| protocol_name=TCP| "
      "server_address=2001:db8::2| server_port=587| interface_in=a| interface_out=b|" },
    { "ICMP error about another packet",
      "IN=a OUT=b SRC=192.0.2.1 DST=192.0.2.2 PROTO=ICMP TYPE=3 CODE=3 [SRC=192.0.2.2 "
      "DST=192.0.2.1 PROTO=TCP SPT=1 DPT=25 ] ",
      "firewall 1 client_address=192.0.2.1| protocol_name=ICMP| server_address=192.0.2.2| "
      "interface_in=a| interface_out=b|" },
    { "protocol at the end", "IN=a OUT=b SRC=192.0.2.1 DST=192.0.2.2 PROTO=2",
      "firewall 1 client_address=192.0.2.1| protocol_name=2| server_address=192.0.2.2| "
      "interface_in=a| interface_out=b|" },
    { "cut in the port", "IN=a OUT=b SRC=192.0.2.1 DST=192.0.2.2 PROTO=TCP SPT=1 DPT=25",
      "firewall 1 client_address=192.0.2.1| client_port=1| protocol_name=TCP| "
      "server_address=192.0.2.2| interface_in=a| interface_out=b|" },
    { "cut in the address", "IN=a OUT=b SRC=192.0.2.1 DST=192.0.2.2", "unknown 1" },
    { "no interface", "XX=a OUT= " PACKET, "unknown 1" },
    { "another line of the kernel", "[1.5] eth0: link up", "other 1" },
    { "with '='", "audit: type=1400 apparmor=\"DENIED\"", "other 1" },
    { "empty", "", "other 1" },
};

static const struct firewall_case pf_cases[] = {
    { "TCP",
      "6,,,1000102434,em0,match,block,out,4,0x0,,64,0,0,DF,6,tcp,40,192.0.2.7,198.51.100.9,40000,"
      "25,0,FA,3617062173,29633380,65535,,",
      "firewall 1 client_address=192.0.2.7| client_port=40000| protocol_name=tcp| "
      "server_address=198.51.100.9| server_port=25| interface_out=em0| prefix=block|" },
    { "IPv6",
      "98,,,64d2,re0,match,pass,in,6,0x00,0x0ea87,51,udp,17,73,2001:db8::1,2001:db8::2,6881,53,73",
      "firewall 1 client_address=2001:db8::1| client_port=6881| protocol_name=udp| "
      "server_address=2001:db8::2| server_port=53| interface_in=re0| prefix=pass|" },
    { "ICMP",
      "9,,,1,em0,match,pass,in,4,0x0,,64,0,0,none,1,icmp,84,192.0.2.7,198.51.100.9,request,1,2",
      "firewall 1 client_address=192.0.2.7| protocol_name=icmp| server_address=198.51.100.9| "
      "interface_in=em0| prefix=pass|" },
    { "cut in the port",
      "6,,,1,em0,match,block,out,4,0x0,,64,0,0,DF,6,tcp,40,192.0.2.7,198.51.100.9,40000,25",
      "firewall 1 client_address=192.0.2.7| protocol_name=tcp| server_address=198.51.100.9| "
      "interface_out=em0| prefix=block|" },
    { "cut in the address", "6,,,1,em0,match,block,out,4,0x0,,64,0,0,DF,6,tcp,40,192.0.2.7,198.51",
      "unknown 1" },
    { "other version", "6,,,1,em0,match,block,out,5,0x0,,64", "unknown 1" },
    { "empty", "", "unknown 1" },
};

/* The record of the first `n` bytes of `in`, from a block of exactly that size. */
static char *parse(firewall_function *function, const char *in, size_t n)
{
    struct record record = { .repeat = 1 };
    char *block = memory_new(n > 0 ? n : 1, 1), *shown;
    bool known;

    memcpy(block, in, n);
    known = function((struct slice){ block, n }, &record);
    assert_int_equal(known, record.event != RECORD_UNKNOWN);
    shown = record_show(&record);
    free(block);
    return shown;
}

static void check(firewall_function *function, const struct firewall_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct firewall_case *t = &cases[i];
        char *got = parse(function, t->in, strlen(t->in));

        if (strcmp(got, t->want) != 0)
            fail_msg("%s:\n got  %s\n want %s", t->name, got, t->want);
        free(got);
        for (size_t cut = 0; cut < strlen(t->in); cut++)
            free(parse(function, t->in, cut));
    }
}

static void test_kernel(void **state)
{
    (void)state;
    check(firewall_parse, kernel_cases, COUNT(kernel_cases));
}

static void test_pf(void **state)
{
    (void)state;
    check(firewall_pf_parse, pf_cases, COUNT(pf_cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernel),
        cmocka_unit_test(test_pf),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
