/* incident.h - one incident, as the daemon tells it (docs/control.md), for people. */
#ifndef CLI_INCIDENT_H
#define CLI_INCIDENT_H

#include "cli/sheet.h"

/* The rows of a list of incidents. */
void incidents_table(struct sheet *s, const json_t *list);

/* All about one on the sheet. */
void incident_text(struct sheet *s, const json_t *incident);

/* "done  no mail of it is taken by Postfix": one row for each action, under `label`. */
void incident_actions(struct sheet *s, const char *label, const json_t *actions);

/* The same as a page that can be sent to somebody: loads nothing, runs nothing. */
void incident_html(struct buf *out, const json_t *incident, const char *version);

/* incident_findings.c: what was found because of it, and who may have caused it; nothing when there
 * is nothing. */
struct html_page;
void incident_findings(struct sheet *s, const json_t *incident);
void incident_html_findings(struct html_page *page, const json_t *incident);

/* Of an incident that is of no account or host: "own address". NULL: it is somebody's. */
const char *incident_nobodys(const json_t *incident);

/* What the writers of the report need of it: evidence, addresses, counts, times. Text borrows from
 * the JSON value, lists live in the arena of `r`, whose clock becomes that of the incident. */
void incident_fuse(struct report *r, struct report_fuse *f, const json_t *incident);

/* True when mailfuse only observed: nothing was held or locked. */
bool incident_only_observed(const json_t *incident);

/* "locked" or "held", in brackets when it would have been; "open" or "closed". */
const char *incident_state(const json_t *incident);

#endif
