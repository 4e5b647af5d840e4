/* rules_routes.c - by which interfaces the internet is reached. Source: proc(5); route flags:
 * linux/route.h, linux/ipv6_route.h. */
#include <stdio.h>
#include <stdlib.h>

#include "setup/rules.h"

#include "base/ban.h"

enum { COLUMNS_MAX = 12, FLAG_UP = 0x1, FLAG_REJECT = 0x200 };

/* The words of a line; returns their number. */
static size_t split(struct slice line, struct slice column[COLUMNS_MAX])
{
    size_t n = 0;

    while (n < COLUMNS_MAX) {
        size_t len = 0;

        while (line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t'))
            line = slice_from(line, 1);
        while (len < line.n && line.p[len] != ' ' && line.p[len] != '\t')
            len++;
        if (len == 0)
            break;
        column[n++] = slice_head(line, len);
        line = slice_from(line, len);
    }
    return n;
}

/* Up to eight hexadecimal digits; all bits set for anything else. */
static uint32_t hex(struct slice s)
{
    char text[9];
    char *end;
    unsigned long value;

    if (s.n == 0 || s.n >= sizeof text)
        return UINT32_MAX;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    value = strtoul(text, &end, 16);
    return *end == '\0' ? (uint32_t)value : UINT32_MAX;
}

static uint32_t add(char names[FIREWALL_OUTSIDE_MAX][FIREWALL_NAME_MAX], uint32_t n,
                    struct slice name)
{
    if (n == FIREWALL_OUTSIDE_MAX || name.n >= FIREWALL_NAME_MAX || slice_eq(name, SLICE("lo")) ||
        !firewall_name_fits(name))
        return n;
    for (uint32_t i = 0; i < n; i++)
        if (slice_eq(slice_of(names[i]), name))
            return n;
    snprintf(names[n], FIREWALL_NAME_MAX, "%.*s", SLICE_ARG(name));
    return n + 1;
}

static bool usable(uint32_t flags)
{
    return (flags & FLAG_UP) != 0 && (flags & FLAG_REJECT) == 0;
}

uint32_t firewall_outside(struct slice route, struct slice ipv6_route,
                          char names[FIREWALL_OUTSIDE_MAX][FIREWALL_NAME_MAX])
{
    struct slice line, column[COLUMNS_MAX];
    uint32_t n = 0;

    /* Iface Destination Gateway Flags RefCnt Use Metric Mask ... */
    while (slice_cut(&route, '\n', &line))
        if (split(line, column) >= 8 && usable(hex(column[3])) &&
            __builtin_popcount(hex(column[7])) <= 1)
            n = add(names, n, column[0]);
    /* destination, its length, source, its length, next hop, metric, count, use, flags, device;
     * the addresses in use are 2000::/3 */
    while (slice_cut(&ipv6_route, '\n', &line))
        if (split(line, column) == 10 && usable(hex(column[8])) && hex(column[1]) <= 3)
            n = add(names, n, column[9]);
    return n;
}
