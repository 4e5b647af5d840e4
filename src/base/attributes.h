/* attributes.h - the GNU attributes that gcc 12 and clang 14 share, under short names. */
#ifndef BASE_ATTRIBUTES_H
#define BASE_ATTRIBUTES_H

#define NODISCARD __attribute__((warn_unused_result))
#define CLEANUP(function) __attribute__((cleanup(function)))
#define PRINTF(at, first) __attribute__((format(printf, at, first)))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
/* For what few lines of a log need, in a function that all of them go through: inlined, it would
 * cost each of them registers to save. */
#define NOINLINE __attribute__((noinline))
#define COUNT(array) (sizeof(array) / sizeof *(array))

#endif
