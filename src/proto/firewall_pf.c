/* firewall_pf.c - what filterlog writes on pfSense and OPNsense: pf's decisions as a list of
 * values.
 *
 *   rule,subrule,anchor,tracker,interface,reason,action,direction,version,...
 *   version 4: tos,ecn,ttl,id,offset,flags,protocol number,protocol,length,source,destination,...
 *   version 6: class,flow label,hop limit,protocol,protocol number,length,source,destination,...
 *   TCP, UDP:  source port,destination port,...
 *
 * Source: pfSense documentation, "Raw Filter Log Format". */
#include "proto/understand.h"

#include "base/ban.h"

enum {
    COLUMN_INTERFACE = 4,
    COLUMN_ACTION = 6,
    COLUMN_DIRECTION = 7,
    COLUMN_VERSION = 8,
    COLUMN_PROTOCOL_4 = 16,
    COLUMN_SOURCE_4 = 18,
    COLUMN_PROTOCOL_6 = 12,
    COLUMN_SOURCE_6 = 15,
    COLUMNS = 23, /* none is read after the ports of version 4 */
};

/* The values, empty ones too; returns their number. */
static size_t split(struct slice rest, struct slice column[COLUMNS])
{
    size_t n = 0;

    while (n < COLUMNS && slice_cut(&rest, ',', &column[n]))
        n++;
    if (n < COLUMNS)
        column[n++] = rest;
    return n;
}

static bool has_ports(struct slice protocol)
{
    return slice_eq_nocase(protocol, SLICE("tcp")) || slice_eq_nocase(protocol, SLICE("udp"));
}

bool firewall_pf_parse(struct slice text, struct record *out)
{
    struct slice column[COLUMNS];
    size_t n = split(text, column);
    bool v4 = n > COLUMN_VERSION && slice_eq(column[COLUMN_VERSION], SLICE("4"));
    bool v6 = n > COLUMN_VERSION && slice_eq(column[COLUMN_VERSION], SLICE("6"));
    size_t protocol = v4 ? COLUMN_PROTOCOL_4 : COLUMN_PROTOCOL_6;
    size_t source = v4 ? COLUMN_SOURCE_4 : COLUMN_SOURCE_6;
    bool in;

    out->event = RECORD_UNKNOWN;
    if ((!v4 && !v6) || n <= source + 2) /* the last one may be cut */
        return false;
    in = slice_eq(column[COLUMN_DIRECTION], SLICE("in"));
    out->event = RECORD_FIREWALL;
    record_set(out, in ? FIELD_INTERFACE_IN : FIELD_INTERFACE_OUT, column[COLUMN_INTERFACE]);
    record_set(out, FIELD_PREFIX, column[COLUMN_ACTION]);
    record_set(out, FIELD_PROTOCOL_NAME, column[protocol]);
    record_set(out, FIELD_CLIENT_ADDRESS, column[source]);
    record_set(out, FIELD_SERVER_ADDRESS, column[source + 1]);
    if (has_ports(column[protocol]) && n > source + 4) {
        record_set(out, FIELD_CLIENT_PORT, column[source + 2]);
        record_set(out, FIELD_SERVER_PORT, column[source + 3]);
    }
    return true;
}
