#include "serve/control_request.h"

#include <assert.h>
#include <string.h>

#include "mail/ip.h"
#include "proto/stamp.h"

#include "base/ban.h"

enum { REQUEST_MEMBERS = 11, REQUEST_INTEGER_MAX = 1000000000 };

enum shape {
    SHAPE_TEXT,   /* not empty, without control characters */
    SHAPE_REASON, /* a longer text */
    SHAPE_TIME,   /* RFC 3339 */
    SHAPE_NUMBER, /* whole, from `least` */
    SHAPE_BOOL,
    SHAPE_CHOICE, /* one of the words of `choice` */
    SHAPE_COUNTRY,
    SHAPE_QUEUE_ID,
    SHAPE_LIST, /* of SHAPE_TEXT, CONTROL_LIST_MAX at most */
};

struct member {
    const char *name;
    enum shape shape;
    bool required;
    int least, most;    /* SHAPE_NUMBER */
    const char *choice; /* words between blanks, with a blank at both ends */
};

struct command {
    const char *name;
    bool changes;
    struct member members[REQUEST_MEMBERS]; /* ends with an empty name */
};

#define TEXT(name, required)                                                                       \
    {                                                                                              \
        name, SHAPE_TEXT, required, 0, 0, NULL                                                     \
    }
#define NUMBER(name, required, least, most)                                                        \
    {                                                                                              \
        name, SHAPE_NUMBER, required, least, most, NULL                                            \
    }
#define CHOICE(name, required, words)                                                              \
    {                                                                                              \
        name, SHAPE_CHOICE, required, 0, 0, " " words " "                                          \
    }
#define OTHER(name, shape, required)                                                               \
    {                                                                                              \
        name, shape, required, 0, 0, NULL                                                          \
    }
#define REASON OTHER("reason", SHAPE_REASON, false)
#define INCIDENT(required) NUMBER("incident", required, 1, REQUEST_INTEGER_MAX)

static const struct command commands[] = {
    { "status", false, { { 0 } } },
    { "top",
      false,
      { CHOICE("sort", false, "score messages recipients failures held account"),
        NUMBER("limit", false, 1, 1000) } },
    { "incidents",
      false,
      { CHOICE("state", false, "open all"), TEXT("account", false),
        NUMBER("limit", false, 1, 10000) } },
    { "incident", false, { INCIDENT(true) } },
    { "show", false, { TEXT("what", true) } },
    { "explain", false, { TEXT("account", true) } },
    { "blocks", false, { { 0 } } },
    { "queue", false, { NUMBER("limit", false, 1, 100) } },
    { "opt-outs",
      false,
      { TEXT("account", false), OTHER("since", SHAPE_TIME, false),
        NUMBER("limit", false, 1, 10000) } },
    { "delist", false, { TEXT("what", false) } },
    { "relay",
      true,
      { CHOICE("action", true, "status on off tested"), CHOICE("only", false, "all clean"),
        OTHER("force", SHAPE_BOOL, false), OTHER("good", SHAPE_BOOL, false),
        OTHER("words", SHAPE_REASON, false), REASON } },
    { "providers", false, { TEXT("provider", false) } },
    { "alert",
      false,
      { CHOICE("what", true, "list test"), TEXT("to", false), NUMBER("limit", false, 1, 10000) } },
    { "journal",
      false,
      { INCIDENT(false), TEXT("account", false), OTHER("since", SHAPE_TIME, false),
        NUMBER("limit", false, 1, 100000) } },
    { "hold", true, { TEXT("account", true), REASON } },
    { "lock", true, { TEXT("account", true), REASON } },
    { "unlock", true, { TEXT("account", true), OTHER("force", SHAPE_BOOL, false), REASON } },
    { "release",
      true,
      { TEXT("account", false), INCIDENT(false), OTHER("queue_id", SHAPE_QUEUE_ID, false),
        REASON } },
    { "purge", true, { INCIDENT(true), NUMBER("messages", true, 0, REQUEST_INTEGER_MAX), REASON } },
    { "block", true, { CHOICE("kind", true, "rcpt client"), TEXT("value", true), REASON } },
    { "unblock", true, { CHOICE("kind", true, "rcpt client"), TEXT("value", true), REASON } },
    { "trust",
      true,
      { TEXT("account", true), OTHER("until", SHAPE_TIME, true),
        OTHER("country", SHAPE_COUNTRY, false), OTHER("reason", SHAPE_REASON, true) } },
    { "untrust", true, { TEXT("account", true), REASON } },
    { "reload", true, { REASON } },
    { "feedback",
      true,
      { CHOICE("type", true, "abuse fraud virus other not-spam auth-failure opt-out"),
        TEXT("report", true), TEXT("reporter", false), TEXT("agent", false),
        TEXT("message_id", false), OTHER("queue_ids", SHAPE_LIST, false), TEXT("source", false),
        OTHER("servers", SHAPE_LIST, false), OTHER("recipients", SHAPE_LIST, false),
        NUMBER("incidents", false, 1, REQUEST_INTEGER_MAX) } },
};

static const struct member always[] = { TEXT("command", true), TEXT("for", false) };

static const struct command *command_of(const char *name)
{
    for (size_t i = 0; name != NULL && i < COUNT(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static const struct member *member_of(const struct command *c, const char *name)
{
    for (size_t i = 0; i < COUNT(always); i++)
        if (strcmp(always[i].name, name) == 0)
            return &always[i];
    for (size_t i = 0; i < REQUEST_MEMBERS && c->members[i].name != NULL; i++)
        if (strcmp(c->members[i].name, name) == 0)
            return &c->members[i];
    return NULL;
}

/* Of a name or a reason: it will stand in one line of a journal. */
static bool plain_text(struct slice s, size_t most)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    return s.n > 0 && s.n <= most;
}

static bool is_choice(struct slice s, const char *words)
{
    struct slice rest = slice_of(words), word;

    assert(words != NULL);
    while (slice_cut(&rest, ' ', &word))
        if (word.n > 0 && slice_eq(word, s))
            return true;
    return false;
}

/* With an offset: a time of day alone would be read in whatever zone. */
static bool is_time(struct slice s)
{
    enum { SHORTEST = sizeof "2026-11-22T03:04:05Z" - 1 };
    struct stamp_clock clock = { 0 };
    struct slice rest = s;
    struct wall at;

    if (s.n < SHORTEST || s.p[10] != 'T' || stamp_parse(&clock, &rest, &at) != STAMP_OK)
        return false;
    return rest.n == 0 && at.ms > 0 && clock.offset_known;
}

static bool is_country(struct slice s)
{
    return s.n == 2 && s.p[0] >= 'A' && s.p[0] <= 'Z' && s.p[1] >= 'A' && s.p[1] <= 'Z';
}

/* postconf(5), enable_long_queue_ids: letters and digits, whatever their number; and not the word
 * of postsuper(1) for every message. */
static bool is_queue_id(struct slice s)
{
    enum { QUEUE_ID_MAX = 32 };

    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'A' && s.p[i] <= 'Z') &&
            !(s.p[i] >= 'a' && s.p[i] <= 'z'))
            return false;
    return s.n > 0 && s.n <= QUEUE_ID_MAX && !slice_eq_nocase(s, SLICE("ALL"));
}

static bool text_fits(const struct member *m, struct slice s)
{
    switch (m->shape) {
    case SHAPE_TEXT:
        return plain_text(s, CONTROL_TEXT_MAX);
    case SHAPE_REASON:
        return plain_text(s, CONTROL_REASON_MAX);
    case SHAPE_TIME:
        return is_time(s);
    case SHAPE_CHOICE:
        return is_choice(s, m->choice);
    case SHAPE_COUNTRY:
        return is_country(s);
    case SHAPE_QUEUE_ID:
        return is_queue_id(s);
    case SHAPE_NUMBER:
    case SHAPE_BOOL:
    case SHAPE_LIST:
        return false;
    }
    return false;
}

static bool list_fits(const json_t *value)
{
    bool fits = json_is_array(value) && json_array_size(value) <= CONTROL_LIST_MAX;

    for (size_t i = 0; fits && i < json_array_size(value); i++) {
        const json_t *one = json_array_get(value, i);

        fits = json_is_string(one) &&
               plain_text((struct slice){ json_string_value(one), json_string_length(one) },
                          CONTROL_TEXT_MAX);
    }
    return fits;
}

static bool member_fits(const struct member *m, const json_t *value)
{
    if (m->shape == SHAPE_BOOL)
        return json_is_boolean(value);
    if (m->shape == SHAPE_LIST)
        return list_fits(value);
    if (m->shape == SHAPE_NUMBER)
        return json_is_integer(value) && json_integer_value(value) >= m->least &&
               json_integer_value(value) <= m->most;
    return json_is_string(value) &&
           text_fits(m, (struct slice){ json_string_value(value), json_string_length(value) });
}

/* "'limit' must be a number from 1 to 1000". */
static void say_misfit(struct buf *wrong, const struct member *m)
{
    static const char *const shapes[] = {
        [SHAPE_TEXT] = "a text in one line, of 320 bytes at most",
        [SHAPE_REASON] = "a text in one line, of 500 bytes at most",
        [SHAPE_TIME] = "a time like 2026-11-22T10:00:00+01:00",
        [SHAPE_NUMBER] = "a number",
        [SHAPE_BOOL] = "true or false",
        [SHAPE_CHOICE] = "one of",
        [SHAPE_COUNTRY] = "a country of two capital letters",
        [SHAPE_QUEUE_ID] = "a queue id of Postfix",
        [SHAPE_LIST] = "a list of at most 16 texts, each in one line, of 320 bytes at most",
    };

    buf_printf(wrong, "'%s' must be %s", m->name, shapes[m->shape]);
    if (m->shape == SHAPE_NUMBER)
        buf_printf(wrong, " from %d to %d", m->least, m->most);
    if (m->shape == SHAPE_CHOICE) {
        struct slice words = slice_from(slice_of(m->choice), 1);

        buf_printf(wrong, " %.*s", (int)words.n - 1, words.p);
    }
}

static bool members_known(const struct command *c, const json_t *request, struct buf *wrong)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)request, name, value)
    {
        const struct member *m = member_of(c, name);

        if (m == NULL) {
            buf_printf(wrong, "'%s' has no member '%.60s'", c->name, name);
            return false;
        }
        if (!member_fits(m, value)) {
            say_misfit(wrong, m);
            return false;
        }
    }
    return true;
}

static bool members_there(const struct command *c, const json_t *request, struct buf *wrong)
{
    for (size_t i = 0; i < REQUEST_MEMBERS && c->members[i].name != NULL; i++) {
        const struct member *m = &c->members[i];

        if (m->required && json_object_get(request, m->name) == NULL) {
            buf_printf(wrong, "'%s' needs '%s'", c->name, m->name);
            return false;
        }
    }
    if (json_object_get(request, "queue_id") != NULL &&
        json_object_get(request, "incident") == NULL) {
        buf_add(wrong, SLICE("'queue_id' stands beside 'incident'"));
        return false;
    }
    if (strcmp(c->name, "release") == 0 && (json_object_get(request, "account") == NULL) ==
                                               (json_object_get(request, "incident") == NULL)) {
        buf_add(wrong, SLICE("'release' needs either 'account' or 'incident'"));
        return false;
    }
    return true;
}

/* A client that may not log in: an address, or a network of more than all. */
static bool value_fits(const struct command *c, const json_t *request, struct buf *wrong)
{
    const char *kind = json_string_value(json_object_get(request, "kind"));
    const char *value = json_string_value(json_object_get(request, "value"));
    struct ip_prefix prefix;

    if (strstr(c->name, "block") == NULL || kind == NULL || value == NULL ||
        strcmp(kind, "client") != 0 || ip_prefix_parse(slice_of(value), &prefix))
        return true;
    buf_add(wrong, SLICE("a client is an address or a network, like 192.0.2.7 or 2001:db8::/32"));
    return false;
}

static bool request_fits(const json_t *request, struct buf *wrong)
{
    const char *name = json_string_value(json_object_get(request, "command"));
    const struct command *c = command_of(name);

    if (!json_is_object(request))
        buf_add(wrong, SLICE("a request is one JSON object on a line"));
    else if (name == NULL)
        buf_add(wrong, SLICE("a request needs 'command'"));
    else if (c == NULL)
        buf_printf(wrong, "unknown command '%.40s'", name);
    else
        return members_known(c, request, wrong) && members_there(c, request, wrong) &&
               value_fits(c, request, wrong);
    return false;
}

json_t *control_request_parse(struct slice line, struct buf *wrong)
{
    json_error_t error;
    json_t *request =
        line.n > 0 ? json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, &error) : NULL;

    if (request == NULL) {
        if (line.n > 0)
            buf_printf(wrong, "this is no JSON object: %s (byte %d)", error.text, error.position);
        else
            buf_add(wrong, SLICE("a request is one JSON object on a line"));
        return NULL;
    }
    if (request_fits(request, wrong))
        return request;
    json_decref(request);
    return NULL;
}

bool control_request_changes(const char *command)
{
    const struct command *c = command_of(command);

    return c != NULL && c->changes;
}
