#define XXH_INLINE_ALL
#include "base/hash.h"

#include <xxhash.h>

#include "base/attributes.h"

#include "base/ban.h"

/* Not inlined: for a literal gcc 12 would work out the branches for long texts, too, and warn that
 * they read beyond its end. */
NOINLINE uint64_t hash_slice(struct slice s, uint64_t seed)
{
    return XXH3_64bits_withSeed(s.p, s.n, seed);
}
