/* relay_map.h - the switch of the emergency relay, in a file that Postfix looks into by itself, so
 * that it stays as it is while mailfuse is down. A map for sender_dependent_default_transport_maps
 * (postconf(5)), asked for a sender first and then, by pipemap:{static:*,...}, for RELAY_MAP_ALL:
 *
 *     *                   mailfuse-relay:[smtp.example.test]:587
 *     eve@example.test    DUNNO
 *
 * sends everybody's mail to the relay but that of one sender, which leaves as usual. Empty, it is
 * off. Where the relay is, the helper knows from the settings: the worker says no more than whether
 * it is to be taken, so that nobody who has taken over the worker can lead mail elsewhere. */
#ifndef ACT_RELAY_MAP_H
#define ACT_RELAY_MAP_H

#include "act/map_file.h"

#define RELAY_MAP_SUFFIX ".relay" /* behind the name of the map of locked accounts */
#define RELAY_MAP_ALL "*"
#define RELAY_SERVICE "mailfuse-relay" /* in master.cf */

/* map    that of the locked accounts
 * next   "[smtp.example.test]:587"; NULL or empty: there is no relay, and it can only be switched
 * off lines  "on" or "off" and a newline; after "on" the senders that go on as usual, a newline
 * after each count  such senders that are in the map 0, -EINVAL when something cannot be written
 * (nothing is), or as map_file_write. */
NODISCARD int relay_map_write(const struct map_file *map, const char *next, struct slice lines,
                              uint64_t *count, struct buf *why);

#endif
