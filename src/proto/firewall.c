/* firewall.c - what the kernel's LOG target writes (iptables, nftables, UFW, Proxmox):
 *
 *   [12345.678] prefix IN=eth0 OUT=eth1 MAC=... SRC=192.0.2.1 DST=198.51.100.1 LEN=60 ...
 *       PROTO=TCP SPT=40000 DPT=25 ...
 *
 * The prefix is the administrator's; nothing of a packet but numbers is written. An ICMP error
 * repeats the packet that it is about in brackets, which is not read. Proxmox leaves out an IN= or
 * OUT= that is empty. Source: net/ipv4/netfilter/nf_log_ipv4.c, nf_log_syslog.c. */
#include "proto/understand.h"

#include "base/ban.h"

/* "[12345.678901] " */
static void skip_uptime(struct slice *s)
{
    size_t n = 1;

    if (s->n == 0 || s->p[0] != '[')
        return;
    while (n < s->n && (s->p[n] == ' ' || s->p[n] == '.' || (unsigned char)(s->p[n] - '0') <= 9))
        n++;
    if (n < s->n && s->p[n] == ']')
        *s = slice_trim(slice_from(*s, n + 1));
}

/* Move to the first "IN=" or "OUT="; what precedes is the prefix, which need not end in a blank. */
static bool take_prefix(struct slice *rest, struct slice *prefix)
{
    struct slice s = *rest, before;

    while (slice_cut(&s, '=', &before)) {
        size_t n = slice_ends(before, SLICE("OUT")) ? 3 : slice_ends(before, SLICE("IN")) ? 2 : 0;

        if (n > 0) {
            const char *start = before.p + before.n - n;

            *prefix = slice_between(rest->p, start);
            *rest = slice_between(start, rest->p + rest->n);
            return true;
        }
    }
    return false;
}

/* The field of a word like "DPT=25", of which the name is passed; RECORD_FIELDS for the other half
 * of the words. The first letter tells most of them. */
static enum record_field take_name(struct slice *word)
{
    switch (word->n > 0 ? word->p[0] : ' ') {
    case 'I':
        return slice_skip(word, SLICE("IN=")) ? FIELD_INTERFACE_IN : RECORD_FIELDS;
    case 'O':
        return slice_skip(word, SLICE("OUT=")) ? FIELD_INTERFACE_OUT : RECORD_FIELDS;
    case 'S':
        if (slice_skip(word, SLICE("SRC=")))
            return FIELD_CLIENT_ADDRESS;
        return slice_skip(word, SLICE("SPT=")) ? FIELD_CLIENT_PORT : RECORD_FIELDS;
    case 'D':
        if (slice_skip(word, SLICE("DST=")))
            return FIELD_SERVER_ADDRESS;
        return slice_skip(word, SLICE("DPT=")) ? FIELD_SERVER_PORT : RECORD_FIELDS;
    case 'P':
        return slice_skip(word, SLICE("PROTO=")) ? FIELD_PROTOCOL_NAME : RECORD_FIELDS;
    default:
        return RECORD_FIELDS;
    }
}

/* A packet comes in or goes out, or both. */
static bool is_packet(const struct record *r)
{
    return (record_has(r, FIELD_INTERFACE_IN) || record_has(r, FIELD_INTERFACE_OUT)) &&
           record_has(r, FIELD_CLIENT_ADDRESS) && record_has(r, FIELD_SERVER_ADDRESS) &&
           record_has(r, FIELD_PROTOCOL_NAME);
}

bool firewall_parse(struct slice text, struct record *out)
{
    struct slice rest = text, prefix, word;
    enum record_field field;
    bool whole;

    out->event = RECORD_OTHER;
    skip_uptime(&rest);
    if (!take_prefix(&rest, &prefix))
        return true;
    while (rest.n > 0 && rest.p[0] != '[' && !record_has(out, FIELD_SERVER_PORT)) {
        whole = slice_cut(&rest, ' ', &word);
        if (!whole) { /* the line may be cut in a number */
            word = rest;
            rest = slice_from(rest, rest.n);
        }
        field = take_name(&word);
        if (field != RECORD_FIELDS && word.n > 0 && (whole || field == FIELD_PROTOCOL_NAME))
            record_set(out, field, word);
    }
    out->event = is_packet(out) ? RECORD_FIREWALL : RECORD_UNKNOWN;
    if (out->event == RECORD_UNKNOWN)
        out->have = 0;
    else if (slice_trim(prefix).n > 0)
        record_set(out, FIELD_PREFIX, slice_trim(prefix));
    return out->event != RECORD_UNKNOWN;
}
