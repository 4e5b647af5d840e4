/* feedback_read.c - a report from a file, and the request that tells the daemon of it. */
#include <errno.h>

#include "base/hash.h"
#include "cli/control.h"
#include "cli/feedback.h"
#include "run/json.h"

#include "base/ban.h"

enum {
    TEXT_MAX = 100,  /* bytes of a text for people: as U+FFFD they may be three times as many */
    EXACT_MAX = 320, /* of a text that is looked up, as the daemon takes it */
    QUEUE_ID_LONG = 32,
};

int feedback_read(FILE *from, struct buf *report)
{
    char block[16384];
    size_t n;

    errno = 0;
    while ((n = fread(block, 1, sizeof block, from)) > 0)
        buf_add(report, slice_head((struct slice){ block, n }, FEEDBACK_MAX - report->n));
    return ferror(from) != 0 ? -(errno != 0 ? errno : EIO) : 0;
}

static bool is_exact(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f)
            return false;
    return s.n > 0 && s.n <= EXACT_MAX;
}

static bool is_queue_id(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'A' && s.p[i] <= 'Z') &&
            !(s.p[i] >= 'a' && s.p[i] <= 'z'))
            return false;
    return s.n > 0 && s.n <= QUEUE_ID_LONG;
}

/* In one line. */
static void put_text(json_t *request, const char *name, struct slice s)
{
    struct buf line = buf_make(TEXT_MAX);

    s = slice_head_utf8(s, TEXT_MAX);
    for (size_t i = 0; i < s.n; i++)
        buf_add_char(&line, (unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f ? ' ' : s.p[i]);
    if (line.n > 0)
        json_object_set_new(request, name, json_text(buf_slice(&line)));
    buf_done(&line);
}

static void put_exact(json_t *list, struct slice s)
{
    if (is_exact(s))
        json_array_append_new(list, json_text(s));
}

/* The addresses from which the servers on its way had it. */
static json_t *servers_of(const struct arf *a)
{
    json_t *list = json_array();
    char text[IP_TEXT_MAX];

    for (uint32_t i = 0; i < a->hops_n; i++)
        if (!ip_none(&a->hops[i].from))
            json_array_append_new(list, json_string(ip_text(&a->hops[i].from, text)));
    return list;
}

json_t *feedback_request(const struct arf *a, struct slice report)
{
    json_t *request = control_request("feedback"), *ids = json_array(), *recipients = json_array();
    char hash[24], text[IP_TEXT_MAX];

    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)hash_slice(report, 0));
    json_object_set_new(request, "report", json_string(hash));
    json_object_set_new(request, "type", json_string(arf_type_name(a->type)));
    put_text(request, "agent", a->agent);
    put_text(request, "reporter", a->reporter);
    if (!ip_none(&a->source_ip))
        json_object_set_new(request, "source", json_string(ip_text(&a->source_ip, text)));
    if (is_exact(a->message_id))
        json_object_set_new(request, "message_id", json_text(a->message_id));
    for (uint32_t i = 0; i < a->hops_n; i++)
        if (is_queue_id(a->hops[i].id))
            put_exact(ids, a->hops[i].id);
    for (uint32_t i = 0; i < a->recipients_n; i++)
        put_exact(recipients, a->recipients[i]);
    json_object_set_new(request, "queue_ids", ids);
    json_object_set_new(request, "servers", servers_of(a));
    json_object_set_new(request, "recipients", recipients);
    json_object_set_new(request, "incidents", json_integer(a->incidents));
    return request;
}
