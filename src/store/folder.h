/* folder.h - the folder of the state belongs to one mailfuse at a time. */
#ifndef STORE_FOLDER_H
#define STORE_FOLDER_H

#include "base/attributes.h"
#include "base/buf.h"

/* Take the folder: flock(2) on its file `lock`, in which the process id stands; the kernel lets go
 * when the process ends, however it ends. A descriptor for folder_unlock, or -errno with a sentence
 * that names the folder. */
NODISCARD int folder_lock(const char *folder, struct buf *error);
void folder_unlock(int fd);

#endif
