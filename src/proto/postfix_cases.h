/* postfix_cases.h - how the tests of the Postfix parsers compare: one line in, one line out. */
#ifndef PROTO_POSTFIX_CASES_H
#define PROTO_POSTFIX_CASES_H

#include <stddef.h>

struct postfix_case {
    const char *name;
    const char *program; /* NULL: "postfix/smtpd" */
    const char *text;
    const char *want; /* "event queue-id field=value|field=value|", "-" without queue id */
};

/* Fails the running test with what came and what was wanted. Tries every cut of each text too. */
void postfix_check_cases(const struct postfix_case *cases, size_t n);

/* The same without cuts: for texts of which a part looks like a whole line that tells something
 * else. */
void postfix_check_uncut(const struct postfix_case *cases, size_t n);

#endif
