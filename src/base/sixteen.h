/* sixteen.h - where a byte stands among sixteen: one bit for each, the lowest for the first.
 * How long the next word of a log line is no processor can guess, and each wrong guess of a loop
 * costs as much as thirty instructions; to look at all bytes together costs five and no guess. */
#ifndef BASE_SIXTEEN_H
#define BASE_SIXTEEN_H

#include <endian.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

typedef uint8_t sixteen __attribute__((vector_size(16)));

/* The sixteen bytes at `p`. */
static inline sixteen sixteen_at(const char *p)
{
    sixteen bytes;

    memcpy(&bytes, p, sizeof bytes);
    return bytes;
}

/* The eight bytes at `p` and the eight at `q`. */
static inline sixteen sixteen_of(const char *p, const char *q)
{
    typedef uint64_t pair __attribute__((vector_size(16)));
    uint64_t front, back;

    memcpy(&front, p, sizeof front);
    memcpy(&back, q, sizeof back);
    return (sixteen)(pair){ front, back };
}

/* `where` holds 0xff and 0, as a comparison leaves them. */
static inline uint64_t sixteen_bits(sixteen where)
{
#ifdef __SSE2__
    return (uint32_t)_mm_movemask_epi8((__m128i)where);
#else
    uint64_t half[2];

    memcpy(half, &where, sizeof half);
    for (int i = 0; i < 2; i++) /* the lowest bit of each byte, gathered in the highest byte */
        half[i] = (le64toh(half[i]) & 0x0101010101010101U) * 0x0102040810204080U >> 56;
    return half[0] | half[1] << 8;
#endif
}

/* Where `c` stands. */
static inline uint64_t sixteen_find(sixteen bytes, char c)
{
    return sixteen_bits((sixteen)(bytes == (uint8_t)c));
}

/* Where one of the `n` bytes from `first` on stands. */
static inline uint64_t sixteen_within(sixteen bytes, char first, uint8_t n)
{
    return sixteen_bits((sixteen)(bytes - (uint8_t)first < n));
}

static inline uint64_t sixteen_digits(sixteen bytes)
{
    return sixteen_within(bytes, '0', 10);
}

/* The lowest `n` bits; `n` is below 64. */
static inline uint64_t bits_below(unsigned n)
{
    return ((uint64_t)1 << n) - 1;
}

/* The number of the lowest bit that is set; `bits` is not 0. */
static inline unsigned bits_first(uint64_t bits)
{
    return (unsigned)__builtin_ctzll(bits);
}

/* The same of the highest. */
static inline unsigned bits_last(uint64_t bits)
{
    return 63 - (unsigned)__builtin_clzll(bits);
}

#endif
