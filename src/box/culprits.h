/* culprits.h - private to the findings: who may have caused one, and whose incident explains it. */
#ifndef BOX_CULPRITS_H
#define BOX_CULPRITS_H

#include "box/findings.h"

enum { CULPRITS_SEEN = 32 };

/* The trail of one time, kept a while: many findings begin at once. */
struct culprits_trail {
    const struct trail *trail;
    struct wall until, at; /* of the sums; when they were made */
    struct trail_sum top[CULPRITS_SEEN];
    size_t n;
    bool known;
};

/* Fill in `culprits`. Returns the number of the incident that explains it; 0: none does. */
uint32_t culprits_find(struct box *b, struct culprits_trail *t, struct finding *f, struct wall at);

#endif
