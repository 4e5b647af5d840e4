/* dnsbl.h - what `mailfuse dnsbl` was told, and how its answer looks. */
#ifndef CLI_DNSBL_H
#define CLI_DNSBL_H

#include "cli/sheet.h"
#include "conf/lists.h"
#include "watch/resolver.h"

struct dnsbl_options {
    const char *lists_path;  /* NULL: CONF_LISTS_PATH, if it is there */
    const char *const *only; /* zones; none: all lists that are not off */
    size_t only_n;
    struct dnsbl_server servers[DNSBL_SERVERS_MAX];
    size_t servers_n; /* 0: own recursion */
    unsigned per_second;
    int64_t timeout_ms;
    bool json, table;
};

/* The lists to be asked: the program's table and the administrator's. 0, or 2 after messages. */
NODISCARD int dnsbl_load(const struct dnsbl_options *o, struct conf_lists *out);

/* The answer of run/dnsbl_json.h on a sheet. */
void dnsbl_show(struct sheet *s, const json_t *reply);
void dnsbl_show_table(struct sheet *s, const json_t *reply);

#endif
