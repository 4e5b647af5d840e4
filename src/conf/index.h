/* index.h - private to conf: what is known of whom, found by name in one table. */
#ifndef CONF_INDEX_H
#define CONF_INDEX_H

#include "base/table.h"
#include "conf/conf.h"
#include "conf/networks.h"
#include "conf/senders.h"
#include "conf/who.h"

/* What a name may set in limits { }: the rates of enum conf_rate, and these. */
enum { PART_FREE_RECIPIENTS = CONF_RATES, PART_AT_LIMIT, PARTS };

struct limits_part {
    uint32_t set; /* one bit for each value that is set */
    uint32_t value[PARTS];
};

/* A submission { } with something in it. */
struct submission_part {
    bool anywhere; /* countries = all */
    struct conf_countries countries;
    struct networks networks;
    uint32_t *as; /* numbers of networks */
    uint32_t as_n, as_room;
};

enum mark_kind {
    MARK_LIMITS,     /* number: of the limits_part */
    MARK_GROUP,      /* there is a group of that name */
    MARK_MEMBER,     /* number: of the group */
    MARK_TRUSTED,    /* trusted-bulk */
    MARK_EXCEPTION,  /* number: of the exception */
    MARK_SUBMISSION, /* number: of the submission_part */
};

/* Something that is said of a name; there may be several of one name. */
struct mark {
    struct slice who; /* folded */
    enum mark_kind kind;
    uint32_t number;
};

struct conf_index {
    struct mark *marks;
    uint32_t marks_n, marks_room;
    struct table by_who;
    struct limits_part *parts; /* [0] is that of the top level */
    uint32_t parts_n, parts_room;
    struct slice *groups; /* "%staff", in the order of the file */
    uint32_t groups_n, groups_room;
    struct submission_part *submissions; /* [0] stands for "everywhere" */
    uint32_t submissions_n, submissions_room;
    uint32_t submission_top; /* of the top level; 0: none */
    struct networks shared, own;
    struct senders senders;
    bool whole; /* nothing of the settings had to be left out, so all groups are known */
};

struct conf_index *index_new(void);
void index_free(struct conf_index *x);

/* `who` lives as long as the index. */
void index_mark(struct conf_index *x, struct slice who, enum mark_kind kind, uint32_t number);

/* The next mark of that name from `*probe` on; false when there is none. Begin with index_find. */
struct table_probe index_find(const struct conf_index *x, struct slice who);
bool index_next(const struct conf_index *x, struct table_probe *probe, struct slice who,
                const struct mark **out);

/* That name has a mark of that kind. */
bool index_has(const struct conf_index *x, struct slice who, enum mark_kind kind);

/* Their numbers. */
uint32_t index_part(struct conf_index *x);
uint32_t index_group(struct conf_index *x, struct slice who);
uint32_t index_submission(struct conf_index *x);

#endif
