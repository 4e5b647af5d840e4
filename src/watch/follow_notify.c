#include "watch/follow_notify.h"

#include <errno.h>
#include <stdalign.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/ban.h"

int follow_notify_open(void)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

    return fd >= 0 ? fd : -errno;
}

bool follow_notify_folder(int notify, const char *folder)
{
    uint32_t mask = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF |
                    IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR;

    return notify >= 0 && inotify_add_watch(notify, folder, mask) >= 0;
}

/* By the descriptor's name in /proc: the file may have lost its own meanwhile. */
int follow_notify_file(int notify, int fd)
{
    char path[40];

    if (notify < 0)
        return -1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return inotify_add_watch(notify, path, IN_MODIFY);
}

void follow_notify_forget(int notify, int watch)
{
    if (notify >= 0 && watch >= 0)
        inotify_rm_watch(notify, watch);
}

bool follow_notify_drain(int notify)
{
    alignas(struct inotify_event) char room[4096];
    bool folder = false;
    ssize_t n;

    while (notify >= 0 && (n = read(notify, room, sizeof room)) > 0) {
        for (size_t at = 0; at < (size_t)n;) {
            const struct inotify_event *event = (const void *)(room + at);

            folder = folder || (event->mask & ~(uint32_t)IN_MODIFY) != 0;
            at += sizeof *event + event->len;
        }
    }
    return folder;
}
