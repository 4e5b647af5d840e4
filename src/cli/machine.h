/* machine.h - whether what the settings name is on this machine: the user and the group, folders
 * and files and who may read or write them, the programs of Postfix and Dovecot, databases. Looks,
 * and changes nothing. Who may is told from owners and modes of the last part of a path; access
 * control lists, and a folder above that nobody may enter, are not seen. */
#ifndef CLI_MACHINE_H
#define CLI_MACHINE_H

#include "conf/conf.h"

/* errors    what keeps `mailfuse run` from working
 * warnings  what it works with, but probably not as meant */
void machine_check(const struct conf *conf, struct conf_errors *errors,
                   struct conf_errors *warnings);

#endif
