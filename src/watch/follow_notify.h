/* follow_notify.h - inotify(7), as a hint when to look. It misses what other machines write, and
 * needs the right to read: so nothing depends on it but how soon something is seen. */
#ifndef WATCH_FOLLOW_NOTIFY_H
#define WATCH_FOLLOW_NOTIFY_H

#include "base/attributes.h"
#include "base/slice.h"

/* A descriptor, or -errno. */
NODISCARD int follow_notify_open(void);

/* Watch a folder for new and renamed files; may be repeated. False when that cannot be. */
bool follow_notify_folder(int notify, const char *folder);

/* Watch an open file for writes: the watch, or -1. */
int follow_notify_file(int notify, int fd);

void follow_notify_forget(int notify, int watch);

/* Take all events: true when one was of a folder, or events were lost. */
bool follow_notify_drain(int notify);

#endif
