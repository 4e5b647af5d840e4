#include <math.h>

#include "base/escape.h"
#include "report/json_parts.h"
#include "report/words.h"

#include "base/ban.h"

json_t *json_slice(struct slice s)
{
    struct buf text = buf_make(3 * s.n + 1);
    json_t *value;

    escape_utf8(&text, s);
    value = json_stringn(text.n > 0 ? text.p : "", text.n);
    buf_done(&text);
    return value;
}

json_t *json_count(uint64_t n)
{
    return json_integer(n < INT64_MAX ? (json_int_t)n : INT64_MAX);
}

json_t *json_time(const struct report *r, struct wall at)
{
    enum { SECONDS = sizeof "2026-11-22T03:04:05" - 1 };
    char text[WALL_TEXT_MAX];
    int64_t milli = at.ms % SECOND_MS;

    if (at.ms == 0)
        return json_null();
    report_time(r, at, text);
    return milli <= 0 ? json_string(text)
                      : json_sprintf("%.*s.%03d%s", SECONDS, text, (int)milli, text + SECONDS);
}

json_t *json_figure(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

json_t *json_address(const struct ip *ip)
{
    char text[IP_TEXT_MAX];

    return json_string(ip_text(ip, text));
}

json_t *json_counts(const struct report_count *counts, size_t n, const char *name)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:o, s:o}", name, json_slice(counts[i].name),
                                              "count", json_count(counts[i].n)));
    return list;
}

json_t *json_commands(const struct commands *commands)
{
    json_t *list = json_array();

    for (size_t i = 0; i < commands->n; i++)
        json_array_append_new(list,
                              json_pack("{s:o, s:o}", "why", json_slice(commands->list[i].why),
                                        "command", json_slice(commands->list[i].text)));
    return list;
}

const char *json_kind(enum subject_kind kind)
{
    static const char *const names[SUBJECT_KINDS] = {
        [SUBJECT_ACCOUNT] = "account",
        [SUBJECT_RELAY] = "relay",
        [SUBJECT_LAN] = "lan",
        [SUBJECT_LOCAL] = "local",
    };

    return names[kind];
}
