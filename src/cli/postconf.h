/* postconf.h - what Postfix says of itself, asked with postconf(1). */
#ifndef CLI_POSTCONF_H
#define CLI_POSTCONF_H

#include "conf/conf.h"

/* A parameter, terminated; false when it cannot be asked, or is empty. */
bool postconf_value(const struct conf_daemon *d, const char *name, char *out, size_t room);

/* So many bytes have to be free before Postfix's SMTP server takes any mail: postconf(5),
 * queue_minfree. 0 when it is not known. */
uint64_t postconf_queue_needs(const struct conf_daemon *d);

#endif
