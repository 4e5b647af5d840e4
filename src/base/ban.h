/* ban.h - takes away the string functions that lose track of a length. Include it last. */
#ifndef BASE_BAN_H
#define BASE_BAN_H

#undef strcpy
#undef strcat
#undef sprintf
#undef vsprintf
#undef strncpy
#undef strncat
#undef strtok
#undef atoi
#undef atol
#undef sscanf
#undef gets
#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat strtok atoi atol sscanf gets

#endif
