/* show.h - what `mailfuse show` puts on a sheet. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "cli/sheet.h"

/* Of an IP address. */
void show_address(struct sheet *s, const json_t *reply);

/* What speaks for and against an account now: the reply of `explain`. */
void show_evidence(struct sheet *s, const json_t *reply);

#endif
