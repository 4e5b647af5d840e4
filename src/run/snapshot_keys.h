/* snapshot_keys.h - under which names a snapshot keeps what is no picture. */
#ifndef RUN_SNAPSHOT_KEYS_H
#define RUN_SNAPSHOT_KEYS_H

#include "base/slice.h"

/* Counters. */
#define SNAPSHOT_AWAITED SLICE("awaited")
#define SNAPSHOT_HOURS SLICE("hours")
#define SNAPSHOT_BACKLOG SLICE("backlog")

/* Parts of the engine, a number behind each. */
#define SNAPSHOT_SENT SLICE("sent-")
#define SNAPSHOT_TRAIL SLICE("trail-")

#endif
