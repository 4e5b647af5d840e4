#include "run/alerts.h"

#include "run/alerts_log.h"
#include "run/daemon.h"

#include "base/ban.h"

void alerts_raise(struct daemon *d, const struct alert_event *e)
{
    struct alert_event full = *e;
    const struct alert_kind_row *kind = alert_kind_row(e->kind);

    if (full.severity == ALERT_DEFAULT)
        full.severity = kind->severity;
    if (full.state.n == 0)
        full.state = slice_of(kind->name);
    alerts_log(d, &full);
    json_decref(e->details);
}
