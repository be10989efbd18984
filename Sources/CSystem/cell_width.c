#define _GNU_SOURCE
#include "cell_width.h"

#include <locale.h>
#include <pthread.h>
#include <wchar.h>

static locale_t unicode;

static void open_locale(void) { unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0); }

// wcwidth(3) knows nothing beyond ASCII in the locale that a process starts with.
int sluice_cell_width(uint32_t scalar) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_locale);
    if (!unicode) return scalar < 0x20 || (scalar >= 0x7F && scalar < 0xA0) ? -1 : 1;
    locale_t previous = uselocale(unicode);
    int width = wcwidth((wchar_t)scalar);
    uselocale(previous);
    return width;
}
