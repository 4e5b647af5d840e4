/* parts.h - the parts of replies that several commands have; docs/control.md names them.
 * The references are the caller's. */
#ifndef RUN_CONTROL_PARTS_H
#define RUN_CONTROL_PARTS_H

#include "run/daemon.h"
#include "run/json.h"

/* One command. `peer` and `request` live as long as the call. */
struct control_call {
    struct daemon *d;
    const struct control_peer *peer;
    const json_t *request;
    uint64_t ticket;
};

typedef void control_command(const struct control_call *c);

/* status.c, lists.c, incident.c, show.c, change.c */
void control_status(const struct control_call *c);
void control_top(const struct control_call *c);
void control_incidents(const struct control_call *c);
void control_incident(const struct control_call *c);
void control_queue(const struct control_call *c);
void control_blocks(const struct control_call *c);
void control_journal(const struct control_call *c);
void control_show(const struct control_call *c);
void control_explain(const struct control_call *c);
void control_hold(const struct control_call *c);
void control_lock(const struct control_call *c);
void control_unlock(const struct control_call *c);
void control_release(const struct control_call *c);
void control_purge(const struct control_call *c);
void control_block(const struct control_call *c);
void control_unblock(const struct control_call *c);
void control_trust(const struct control_call *c);
void control_untrust(const struct control_call *c);
void control_reload(const struct control_call *c);
void control_alert(const struct control_call *c);     /* alerts/trial.c */
void control_delist(const struct control_call *c);    /* delist.c */
void control_relay(const struct control_call *c);     /* relay.c */
void control_providers(const struct control_call *c); /* providers.c */
void control_opt_outs(const struct control_call *c);  /* opt_outs.c */
void control_feedback(const struct control_call *c);  /* feedback.c */

json_t *part_time(const struct daemon *d, struct wall at);
json_t *part_amount(const struct box_amount *a);
json_t *part_actions(const struct daemon *d, const struct box_incident *i);

/* Evidence as a list, the heaviest first; `*reason`, when not NULL, gets the strongest in words. */
json_t *part_evidence(const struct daemon *d, const struct evidence all[SIGNALS], json_t **reason);

/* What `incidents` says of one. */
json_t *part_incident(const struct daemon *d, const struct box_incident *i);

/* "account", "observe", "lock". */
const char *part_kind(enum subject_kind kind);
const char *part_stage(const struct daemon *d, uint32_t fuse);
const char *part_stage_of(const struct box_incident *i);

/* The number of the incident that is not ended, or null. */
json_t *part_open_incident(const struct daemon *d, uint32_t fuse);

/* The subject of that name, of whatever kind; an account when it is not known. `room` holds its
 * folded name. False: it is not known. */
bool part_find(const struct daemon *d, struct slice name, char room[ADDRESS_MAX],
               struct subject *out);

/* Where an address is: country, asn and network of an object. */
void part_place(const struct daemon *d, json_t *object, const struct ip *ip);

/* networks.c: the networks of a fuse, as `show` lists them. */
json_t *part_networks(const struct daemon *d, uint32_t fuse);

/* The queue in short. */
json_t *part_backlog(const struct daemon *d);

json_t *part_last_hour(struct daemon *d);
json_t *part_accounts(const struct daemon *d);

/* findings.c: one finding; those of an incident of that number; an incident that is of no
 * account or host, as `incidents` lists it, and all about it but measures and events. */
json_t *part_finding(const struct daemon *d, const struct finding *f);
json_t *part_findings(const struct daemon *d, uint32_t number);
json_t *part_case(const struct daemon *d, const struct finding_case *c);
json_t *part_case_whole(const struct daemon *d, const struct finding_case *c);

/* How many incidents are open that are of no account or host. */
uint32_t part_cases_open(const struct daemon *d);

/* case.c: the incident of an account or host; NULL: it was refused, with what it is. */
struct box_incident *control_held_incident(const struct control_call *c, uint32_t number);

/* A name that nothing is known of may be that of an account. False: it was refused, as it is the
 * number of an incident, or what an incident of nobody's is about. */
bool control_is_account(const struct control_call *c, struct slice name);

/* measures.c: what is still to be done by somebody. */
json_t *part_measures(const struct daemon *d, const struct box_incident *i);
json_t *part_case_measures(const struct daemon *d, const struct finding_case *c);

/* Incidents, the youngest first; `*count` gets how many there are in all. */
json_t *part_incidents(const struct daemon *d, struct slice account, bool all, size_t limit,
                       json_int_t *count);

/* The last incident of a subject, ended or not; or NULL. */
struct box_incident *last_incident(const struct daemon *d, const struct subject *s);

/* Answer with entries of the journal, once they are read; with `incident` as its time line. */
void part_read_journal(const struct control_call *c, const struct store_filter *filter,
                       uint32_t incident);
void part_incident_reply(const struct control_call *c, uint32_t number, json_t *entries);

/* Answer when what was told so far is on disk, or after ten seconds: as a change of no incident,
 * with the members of `more`, whose reference is stolen. */
void control_answer_kept(const struct control_call *c, struct slice words, json_t *more);

void control_answer_with(const struct control_call *c, json_t *reply);

#endif
