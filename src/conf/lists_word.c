#include "conf/lists_word.h"

#include "conf/value.h"

#include "base/ban.h"

enum { WANTS_MAX = 4000, BITS_MAX = 128 };

static void take_name(struct lists_reader *r, struct slice word, struct slice rest)
{
    r->list->name = table_text(&r->at, word, rest);
}

static void take_off(struct lists_reader *r, struct slice word, struct slice rest)
{
    r->list->off = table_text(&r->at, word, rest);
}

static void take_on(struct lists_reader *r, struct slice word, struct slice rest)
{
    if (rest.n > 0)
        table_complain(&r->at, word, "nothing may follow; write on alone");
    r->list->off = NULL;
}

static void take_page(struct lists_reader *r, struct slice word, struct slice rest)
{
    table_page(&r->at, word, rest,
               "write where one asks to be removed: https://... with %a where the address belongs",
               &r->list->page);
}

static void take_wants(struct lists_reader *r, struct slice word, struct slice rest)
{
    table_wants(&r->at, word, rest, WANTS_MAX, "this is too much; write at most 4000 bytes in all",
                &r->list->wants);
}

static void take_wait(struct lists_reader *r, struct slice word, struct slice rest)
{
    if (!conf_duration_parse(rest, &r->list->wait_ms))
        table_complain(&r->at, word, "write a time, as in 24h or 7d");
}

static void take_gravity(struct lists_reader *r, struct slice word, struct slice rest)
{
    if (slice_eq(rest, SLICE("minor")))
        r->list->gravity = DNSBL_MINOR;
    else if (slice_eq(rest, SLICE("usual")))
        r->list->gravity = DNSBL_USUAL;
    else if (slice_eq(rest, SLICE("grave")))
        r->list->gravity = DNSBL_GRAVE;
    else
        table_complain(&r->at, word, "write minor, usual or grave");
}

/* "ip4", "ip6", "domain"; 0 for anything else. */
static unsigned kind_of(struct slice word)
{
    if (slice_eq(word, SLICE("ip4")))
        return DNSBL_IP4;
    if (slice_eq(word, SLICE("ip6")))
        return DNSBL_IP6;
    return slice_eq(word, SLICE("domain")) ? DNSBL_DOMAIN : 0;
}

static void take_asks(struct lists_reader *r, struct slice word, struct slice rest)
{
    unsigned kinds = 0, kind = 1;

    while (rest.n > 0 && kind != 0) {
        kind = kind_of(table_cut(&rest));
        kinds |= kind;
    }
    if (kind == 0 || kinds == 0)
        table_complain(&r->at, word, "write one or more of ip4, ip6 and domain");
    r->list->kinds = kinds;
}

/* A test point of that kind; "-" is none. False after a complaint. */
static bool test_point(struct lists_reader *r, unsigned kind, struct slice text, const char **out)
{
    char room[DNSBL_NAME_MAX];
    struct dnsbl_subject subject;

    *out = NULL;
    if (slice_eq(text, SLICE("-")))
        return true;
    if (dnsbl_subject_parse(text, room, &subject) != NULL)
        return false;
    /* An IPv4-mapped one is kept as IPv4, and asked for as IPv6. */
    if (kind == DNSBL_IP6 && memchr(text.p, ':', text.n) != NULL)
        subject.kind = DNSBL_IP6;
    *out = table_keep(&r->at, text);
    return (unsigned)subject.kind == kind;
}

static void take_test(struct lists_reader *r, struct slice word, struct slice rest)
{
    unsigned kind = kind_of(table_cut(&rest));
    struct slice listed = table_cut(&rest), clean = table_cut(&rest);
    struct dnsbl_test test;

    if (kind == 0 || rest.n > 0 || !test_point(r, kind, listed, &test.listed) ||
        !test_point(r, kind, clean, &test.clean))
        table_complain(&r->at, word,
                       "write its kind, a name that is listed, and one that is not, or - "
                       "for none: test domain test.example -");
    else
        r->list->tests[dnsbl_index((enum dnsbl_kind)kind)] = test;
}

/* An IPv4 address as a number. */
static bool address_number(struct slice text, uint32_t *out)
{
    struct ip ip;

    if (!ip_parse(text, &ip) || !ip_is_v4(&ip))
        return false;
    *out =
        (uint32_t)ip.b[12] << 24u | (uint32_t)ip.b[13] << 16u | (uint32_t)ip.b[14] << 8u | ip.b[15];
    return true;
}

/* "127.0.0.4", "127.0.0.4-127.0.0.7"; answers are in 127.0.0.0/8. */
static bool code_range(struct slice text, struct dnsbl_code *out)
{
    enum { LOOPBACK = 127 };
    struct slice to = text, from = text;

    if (!slice_cut(&to, '-', &from))
        to = from;
    return address_number(from, &out->from) && address_number(to, &out->to) &&
           out->from <= out->to && out->from >> 24u == LOOPBACK && out->to >> 24u == LOOPBACK;
}

static void add_code(struct lists_reader *r, struct slice word, struct slice rest,
                     struct dnsbl_code *code)
{
    code->words = table_text(&r->at, word, rest);
    if (r->codes_n == CONF_CODES_MAX)
        table_complain(&r->at, word,
                       "a list has at most 64 codes; write ranges, as in "
                       "127.0.0.4-127.0.0.7");
    else
        r->codes[r->codes_n++] = *code;
}

static void take_code(struct lists_reader *r, struct slice word, struct slice rest)
{
    struct dnsbl_code code = { .means = slice_eq(word, SLICE("note"))    ? DNSBL_MEANS_NOTE
                                        : slice_eq(word, SLICE("error")) ? DNSBL_MEANS_ERROR
                                                                         : DNSBL_MEANS_LISTED };

    if (!code_range(table_cut(&rest), &code))
        table_complain(&r->at, word,
                       "write an answer of the list and what it means: 127.0.0.2 spam "
                       "source, or 127.0.0.4-127.0.0.7 proxy");
    else
        add_code(r, word, rest, &code);
}

static void take_bit(struct lists_reader *r, struct slice word, struct slice rest)
{
    struct dnsbl_code code = { .means = slice_eq(word, SLICE("note-bit"))    ? DNSBL_MEANS_NOTE
                                        : slice_eq(word, SLICE("error-bit")) ? DNSBL_MEANS_ERROR
                                                                             : DNSBL_MEANS_LISTED };
    uint64_t bit;

    if (!slice_to_u64(table_cut(&rest), &bit) || bit == 0 || bit > BITS_MAX ||
        (bit & (bit - 1)) != 0) {
        table_complain(&r->at, word,
                       "write a bit of the last number, and what it means: 8 phishing; "
                       "bits are 1, 2, 4, 8, 16, 32, 64 and 128");
        return;
    }
    code.bit = (uint32_t)bit;
    add_code(r, word, rest, &code);
}

/* All of another list but its zone; for one that is asked under a name of one's own. */
static void take_like(struct lists_reader *r, struct slice word, struct slice rest)
{
    const struct dnsbl_list *like = conf_lists_find(r->lists, rest);
    struct dnsbl_list *list = r->list;

    if (like == list) /* the one that it takes the place of */
        like = r->old.zone != NULL ? &r->old : NULL;
    if (like == NULL) {
        table_complain(&r->at, word,
                       "there is no such list before this one; write the zone of one");
        return;
    }
    *list = (struct dnsbl_list){ .zone = list->zone, .line = list->line };
    list->name = like->name;
    list->page = like->page;
    list->wants = like->wants;
    list->kinds = like->kinds;
    list->gravity = like->gravity;
    list->wait_ms = like->wait_ms;
    memcpy(list->tests, like->tests, sizeof list->tests);
    r->codes_n = 0;
    for (uint32_t i = 0; i < like->codes_n && i < CONF_CODES_MAX; i++)
        r->codes[r->codes_n++] = like->codes[i];
}

void lists_word(struct lists_reader *r, struct slice word, struct slice rest)
{
    static const struct {
        const char *name;
        void (*take)(struct lists_reader *r, struct slice word, struct slice rest);
    } words[] = {
        { "name", take_name }, { "asks", take_asks },    { "gravity", take_gravity },
        { "code", take_code }, { "note", take_code },    { "error", take_code },
        { "bit", take_bit },   { "note-bit", take_bit }, { "error-bit", take_bit },
        { "page", take_page }, { "wants", take_wants },  { "wait", take_wait },
        { "test", take_test }, { "like", take_like },    { "off", take_off },
        { "on", take_on },
    };
    const char *names[COUNT(words)];

    for (size_t i = 0; i < COUNT(words); i++) {
        names[i] = words[i].name;
        if (slice_eq(word, slice_of(words[i].name))) {
            words[i].take(r, word, rest);
            return;
        }
    }
    table_unknown(&r->at, word, names, COUNT(words), "mailfuse-lists(5)");
}
