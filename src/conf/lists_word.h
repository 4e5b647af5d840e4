/* lists_word.h - private to conf: a table of lists while it is read, and the words of a list. */
#ifndef CONF_LISTS_WORD_H
#define CONF_LISTS_WORD_H

#include "conf/lists.h"
#include "conf/table_words.h"

struct lists_reader {
    struct conf_lists *lists;
    struct table_place at;
    bool here[CONF_LISTS_MAX]; /* of this table */
    struct dnsbl_list *list;   /* that is being read; NULL: none yet */
    struct dnsbl_list old;     /* that it takes the place of; its zone is NULL: of none */
    bool skip;                 /* what follows belongs to a list that cannot be */
    struct dnsbl_code codes[CONF_CODES_MAX];
    uint32_t codes_n;
};

/* Take a line of the list that is being read. Complains of what it does not understand. */
void lists_word(struct lists_reader *r, struct slice word, struct slice rest);

#endif
