/* record_show.h - how tests compare records: as one line of text. */
#ifndef PROTO_RECORD_SHOW_H
#define PROTO_RECORD_SHOW_H

#include "proto/record.h"

/* "event repeat field=value| field=value|", in the order of record.h. The caller frees it. */
char *record_show(const struct record *r);

#endif
