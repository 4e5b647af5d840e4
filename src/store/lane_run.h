/* lane_run.h - what the thread of a lane does. */
#ifndef STORE_LANE_RUN_H
#define STORE_LANE_RUN_H

#include "store/lane.h"

/* The whole life of the thread; `lane` is a struct lane. */
void lane_run(void *lane);

#endif
