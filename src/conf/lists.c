#include "conf/lists.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "conf/lists_builtin.h"
#include "conf/lists_word.h"
#include "conf/table_file.h"

#include "base/ban.h"

enum { ZONE_MAX = 180 }; /* so that the name of an IPv6 address fits in front */

void conf_lists_done(struct conf_lists *lists)
{
    free(lists->all);
    arena_done(&lists->arena);
    *lists = (struct conf_lists){ 0 };
}

const struct dnsbl_list *conf_lists_find(const struct conf_lists *lists, struct slice zone)
{
    for (uint32_t i = 0; i < lists->n; i++)
        if (slice_eq(slice_of(lists->all[i].zone), zone))
            return &lists->all[i];
    return NULL;
}

/* The list that was read so far is whole, or something of it is missing. */
static void finish(struct lists_reader *r)
{
    struct dnsbl_list *list = r->list;
    struct dnsbl_code *codes;
    uint32_t here = r->at.line;

    if (list == NULL)
        return;
    r->at.line = list->line;
    if (list->kinds == 0)
        table_complain(&r->at, slice_of(list->zone),
                       "it is not said what it is asked about; write asks ip4, ip6 or domain");
    r->at.line = here;
    if (list->name[0] == '\0')
        list->name = list->zone;
    codes = arena_take(&r->lists->arena, (r->codes_n + 1) * sizeof *codes);
    if (r->codes_n > 0)
        memcpy(codes, r->codes, r->codes_n * sizeof *codes);
    list->codes = codes;
    list->codes_n = r->codes_n;
    r->list = NULL;
}

/* Room for the list of that zone: a new one, or the one of an earlier table. */
static struct dnsbl_list *place(struct lists_reader *r, const char *zone)
{
    struct conf_lists *lists = r->lists;

    for (uint32_t i = 0; i < lists->n; i++)
        if (strcmp(lists->all[i].zone, zone) == 0)
            return &lists->all[i];
    if (lists->n == lists->room) {
        lists->room = lists->room > 0 ? lists->room * 2 : 64;
        lists->all = memory_resize(lists->all, lists->room, sizeof *lists->all);
    }
    return &lists->all[lists->n++];
}

static void begin(struct lists_reader *r, struct slice word, struct slice rest)
{
    char room[DNSBL_NAME_MAX];
    struct dnsbl_subject subject;
    const struct dnsbl_list *before;
    const char *zone;

    r->skip = true;
    if (dnsbl_subject_parse(rest, room, &subject) != NULL || subject.kind != DNSBL_DOMAIN ||
        strlen(room) > ZONE_MAX) {
        table_complain(&r->at, word, "write the zone that is asked, as in list bl.example.test");
        return;
    }
    before = conf_lists_find(r->lists, slice_of(room));
    if (before != NULL && r->here[before - r->lists->all]) {
        table_complain(&r->at, slice_of(room), "it is there already; write all of it in one place");
        return;
    }
    if (before == NULL && r->lists->n == CONF_LISTS_MAX) {
        table_complain(&r->at, word, "there are 200 lists already; remove some");
        return;
    }
    r->skip = false;
    r->old = before != NULL ? *before : (struct dnsbl_list){ 0 };
    zone = before != NULL ? before->zone : arena_copy(&r->lists->arena, slice_of(room)).p;
    r->list = place(r, zone);
    r->here[r->list - r->lists->all] = true;
    *r->list = (struct dnsbl_list){ .zone = zone,
                                    .name = "",
                                    .page = "",
                                    .wants = "",
                                    .gravity = DNSBL_USUAL,
                                    .line = r->at.line };
    for (enum dnsbl_kind kind = DNSBL_IP4; kind <= DNSBL_DOMAIN; kind = (enum dnsbl_kind)(kind * 2))
        r->list->tests[dnsbl_index(kind)] = dnsbl_rfc_test(kind);
    r->codes_n = 0;
}

static void take_line(struct lists_reader *r, struct slice line)
{
    struct slice rest = slice_trim(line), word;

    r->at.line++;
    if (rest.n == 0 || rest.p[0] == '#')
        return;
    word = table_cut(&rest);
    if (slice_eq(word, SLICE("list"))) {
        finish(r);
        begin(r, word, rest);
    } else if (r->list != NULL) {
        lists_word(r, word, rest);
    } else if (!r->skip) {
        table_complain(&r->at, word, "no list has begun; write list and its zone first");
    }
}

/* What conf_lists_parse leaves when something is wrong. */
static struct conf_lists copy_of(const struct conf_lists *lists)
{
    struct conf_lists copy = { .n = lists->n, .room = lists->n };

    if (copy.n > 0) {
        copy.all = memory_new(copy.n, sizeof *copy.all);
        memcpy(copy.all, lists->all, copy.n * sizeof *copy.all);
    }
    return copy;
}

bool conf_lists_parse(struct conf_lists *lists, const char *path, struct slice text,
                      struct conf_errors *errors)
{
    struct conf_lists before = copy_of(lists);
    uint32_t wrong = errors->n + errors->more;
    struct lists_reader *r = memory_new(1, sizeof *r);
    struct slice line;

    *r = (struct lists_reader){ .lists = lists, .at = { &lists->arena, errors, path, 0 } };
    (void)slice_skip(&text, SLICE("\xef\xbb\xbf")); /* a byte order mark is harmless */
    while (slice_cut(&text, '\n', &line))
        take_line(r, line);
    take_line(r, text);
    finish(r);
    free(r);
    if (errors->n + errors->more == wrong) {
        free(before.all);
        return true;
    }
    free(lists->all);
    lists->all = before.all;
    lists->n = before.n;
    lists->room = before.room;
    return false;
}

bool conf_lists_read(struct conf_lists *lists, const char *path, struct conf_errors *errors)
{
    CLEANUP(buf_done) struct buf text = { 0 };

    return conf_table_file(path, "table of lists", &text, errors) &&
           conf_lists_parse(lists, path, buf_slice(&text), errors);
}

void conf_lists_builtin(struct conf_lists *lists)
{
    struct conf_errors errors = { 0 };
    struct slice text = { lists_builtin, lists_builtin_size };

    if (!conf_lists_parse(lists, "packaging/dnsbl.lists", text, &errors))
        abort(); /* a test reads it, too */
    conf_errors_done(&errors);
}

bool conf_lists_load(struct conf_lists *lists, const char *path, struct conf_errors *errors)
{
    conf_lists_builtin(lists);
    if (path[0] == '\0' && access(CONF_LISTS_PATH, F_OK) != 0)
        return true;
    return conf_lists_read(lists, path[0] != '\0' ? path : CONF_LISTS_PATH, errors);
}
