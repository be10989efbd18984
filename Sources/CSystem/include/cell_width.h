#pragma once
#include <stdint.h>

/// How many cells of a terminal a Unicode scalar takes: 0 to 2, and -1 for a control character.
int sluice_cell_width(uint32_t scalar);
